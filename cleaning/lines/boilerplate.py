"""Matching of one line: whether it is boilerplate by the rules, or because it only repeats the page's metadata."""

import re
from dataclasses import replace
from functools import cache

from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.normalization import fold_text, normalize_punctuation, strip_edge_marks
from cleaning.lines.patterns import PatternMatch, has_request
from cleaning.lines.people import parse_people
from cleaning.lines.person_names import parse_names
from cleaning.lines.prose import count_words, has_reported_speech, is_prose
from cleaning.lines.rule_loader import MAX_LINE_CHARACTERS, Rule, load_line_rules
from cleaning.lines.rule_matcher import RuleMatch, find_candidate_rules, match_line

MAX_TITLE_WORDS = 24
"""Words that a title or a label has at most."""
MAX_SITE_REQUEST_WORDS = 12
"""Words that a request with the name of the site has at most."""
MIN_LABELLED_LINK_SHARE = 0.4
"""Share of a line that belongs to links, from which on the line counts as linked. A linked line needs no colon after
its label: "À lire aussi Que faire des …"."""
MAX_NAMES_CHARACTERS = 160
"""Characters that a line of nothing but the names of the authors or of the site has at most."""
MAX_CACHED_LINES = 32_768
"""Lines whose matches are kept in memory from one page to the next; within a page, all are kept."""

_PEOPLE_FIELDS = frozenset({"authors", "editors", "translators", "contributors"})
_SENTENCE_END = re.compile(r"[.!?…。！？\"”»]$")


def match_boilerplate(line: Line, known: KnownMetadata, zones: tuple[str, ...]) -> tuple[RuleMatch, ...]:
    """Return how a line matches as boilerplate; empty if it is not boilerplate.

    Args:
        line: the line.
        known: the metadata of the page; a line in zone ``edge`` that only repeats it is boilerplate too.
        zones: the rules that apply, by the places where such lines occur: "anywhere", "edge", "head", "tail".

    >>> match_boilerplate(Line("Edited by: Ali Musa"), KnownMetadata(), ("anywhere",))[0].rule.id
    'editor'
    >>> match_boilerplate(Line("Edited by hand, the footage shows the harbour."), KnownMetadata(), ("anywhere",))
    ()
    """
    if line.kept or len(line.text) > MAX_LINE_CHARACTERS:
        return ()
    is_linked = line.linked or line.link_share >= MIN_LABELLED_LINK_SHARE
    matches = _match_text(line.text, (*zones, "linked") if is_linked else zones)
    # A line that reports speech is news, unless it consists of labels and values only.
    if matches and not all(match.field for match in matches) and has_reported_speech(line.text, quote_words=2):
        return ()
    if matches:
        return matches
    if known.site_name and _is_site_request(known.site_name, line.text):
        return (RuleMatch(_find_rule("prompt"), len(line.text), None),)
    return _match_known_metadata(line, known) if "edge" in zones else ()


def _is_site_request(site_name: str, text: str) -> bool:
    """Return whether a text is a short request that names the site: "Sign up for The Chalk Letter"."""
    return (
        site_name in text
        and not _SENTENCE_END.search(text)
        and count_words(text) <= MAX_SITE_REQUEST_WORDS
        and has_request(text)
    )


def _match_text(text: str, zones: tuple[str, ...]) -> tuple[RuleMatch, ...]:
    """Match a text with the rules of some zones; matches are cached, since several steps match the same line."""
    # Most lines cannot match any rule, which the candidates show at a fraction of the cost of matching.
    candidates = _find_candidates(text)
    if not any(rule.zone in zones for rule in candidates):
        return ()
    return _match_rules(text, _select_rules(zones))


@cache
def _find_candidates(text: str) -> tuple[Rule, ...]:
    return find_candidate_rules(strip_edge_marks(normalize_punctuation(text)))


@cache
def _match_rules(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    return match_line(normalize_punctuation(text), rules)


def trim_caches() -> None:
    """Clear the cached matches of earlier pages if there are many. It is called between pages.

    The caches have no limit of their own: on a page with more lines than a limit, every step would match them again.
    """
    if _find_candidates.cache_info().currsize > MAX_CACHED_LINES:
        _find_candidates.cache_clear()
        _match_rules.cache_clear()


def _match_known_metadata(line: Line, known: KnownMetadata) -> tuple[RuleMatch, ...]:
    """Match a line that only repeats the names of the page's authors, or the name of its site."""
    if len(line.text) > MAX_NAMES_CHARACTERS:
        return ()
    names = {fold_text(name) for name in known.authors}
    parts = parse_names(line.text)
    if parts and all(fold_text(part) in names for part in parts):
        return (RuleMatch(_find_rule("byline"), len(line.text), line.text, "authors"),)
    if known.site_name and fold_text(line.text) == fold_text(known.site_name):
        return (RuleMatch(_find_rule("source"), len(line.text), line.text, "credits"),)
    return ()


@cache
def _select_rules(zones: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_line_rules() if rule.zone in zones)


@cache
def _find_rule(rule_id: str) -> Rule:
    return next(rule for rule in load_line_rules() if rule.id == rule_id)


def is_title_like(line: Line) -> bool:
    """Return whether a line may be a headline or a label: it is short, and does not end like a sentence.

    >>> is_title_like(Line("Ferry timetable changes")), is_title_like(Line("The ferry sailed at noon."))
    (True, False)
    """
    return not is_prose(line.text) and not _SENTENCE_END.search(line.text) and count_words(line.text) <= MAX_TITLE_WORDS


def drop_and_harvest(
    lines: tuple[Line, ...], matches_by_index: dict[int, tuple[RuleMatch, ...]], step: str
) -> StepResult:
    """Drop the lines that rules match, and collect the values and flags in them.

    Args:
        lines: all lines.
        matches_by_index: the indices of the lines to drop, each with its matches.
        step: the name of the step, for the removals.
    """
    stripped = drop_lines(lines, {i: matches[0].rule.id for i, matches in matches_by_index.items()}, step)
    harvest = tuple(pair for i in sorted(matches_by_index) for pair in harvest_values(matches_by_index[i]))
    flags = {match.rule.flag for matches in matches_by_index.values() for match in matches if match.rule.flag}
    return replace(stripped, harvest=harvest, flags=tuple(sorted(flags)))


def harvest_values(matches: tuple[RuleMatch, ...]) -> tuple[tuple[str, str], ...]:
    """Return the values in a matched line, as pairs of a field of the article and a value.

    >>> harvest_values(match_boilerplate(Line("Edited by: Ali Musa and K. Nurow"), KnownMetadata(), ("anywhere",)))
    (('editors', 'Ali Musa'), ('editors', 'K. Nurow'))
    """
    values = ((match.field, match.value) for match in matches)
    return tuple(pair for field, value in values if field and value for pair in build_field_values(field, value))


def harvest_pattern(match: PatternMatch) -> tuple[tuple[str, str], ...]:
    """Return the values in the match of a pattern, as pairs of a field of the article and a value.

    >>> harvest_pattern(PatternMatch("editors", "Ali Musa, K. Nurow"))
    (('editors', 'Ali Musa'), ('editors', 'K. Nurow'))
    """
    return build_field_values(match.field, match.value) if match.field and match.value else ()


def build_field_values(field: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of a field and a value: one pair per person for names, else one pair with the trimmed value.

    >>> build_field_values("editors", "Ali Musa in Lamu, K. Nurow")
    (('editors', 'Ali Musa'), ('editors', 'K. Nurow'))
    """
    if field not in _PEOPLE_FIELDS:
        return ((field, value.strip(" .()[]")),)
    return tuple((field, name) for name in parse_people(value))
