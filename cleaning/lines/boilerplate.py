"""Is a line boilerplate? What the rules, and what is known of the page, read in it."""

import re
from dataclasses import replace
from functools import cache

from cleaning.lines.line import KnownMetadata, Line, StepResult, drop_lines
from cleaning.lines.normalization import fold_text, normalize_punctuation, strip_edge_marks
from cleaning.lines.patterns import has_request
from cleaning.lines.people import parse_people
from cleaning.lines.person_names import parse_names
from cleaning.lines.prose import count_words, has_reported_speech, is_prose
from cleaning.lines.rule_loader import MAX_LINE_CHARACTERS, Rule, load_line_rules
from cleaning.lines.rule_matcher import RuleMatch, find_candidate_rules, match_line

MAX_TITLE_WORDS = 24
"""Words that a line without an end of sentence has at most to be a title or a label."""
MAX_SITE_REQUEST_WORDS = 12
"""Words of a line that only asks the reader for something of the site's."""
MIN_LABELLED_LINK_SHARE = 0.4
"""Share of a line that is a link from which on a label before it may need no colon: "À lire aussi Que faire des …"."""
MAX_NAMES_CHARACTERS = 160
"""Characters of a line that says nothing but the authors' names, or the site's."""
MAX_CACHED_LINES = 32_768
"""Lines whose readings are remembered from page to page; within a page all are."""

_PEOPLE_FIELDS = frozenset({"authors", "editors", "translators", "contributors"})
_SENTENCE_END = re.compile(r"[.!?…。！？\"”»]$")


def match_boilerplate(line: Line, known: KnownMetadata, zones: tuple[str, ...]) -> tuple[RuleMatch, ...]:
    """How a line reads as boilerplate, by the rules of some zones; empty where it does not."""
    if line.kept or len(line.text) > MAX_LINE_CHARACTERS:
        return ()
    readings = _match_text(
        line.text, (*zones, "linked") if line.linked or line.link_share >= MIN_LABELLED_LINK_SHARE else zones
    )
    if readings and not all(reading.field for reading in readings) and has_reported_speech(line.text, quote_words=2):
        return ()
    if readings:
        return readings
    if known.site_name and _is_site_request(known.site_name, line.text):
        return (RuleMatch(_find_rule("prompt"), len(line.text), None),)
    return _match_known_metadata(line, known) if "edge" in zones else ()


def _is_site_request(site_name: str, text: str) -> bool:
    """Whether a text is a short request that names the site: "Sign up for The Chalk Letter"."""
    return (
        site_name in text
        and not _SENTENCE_END.search(text)
        and count_words(text) <= MAX_SITE_REQUEST_WORDS
        and has_request(text)
    )


def _match_text(text: str, zones: tuple[str, ...]) -> tuple[RuleMatch, ...]:
    """The steps ask about the same line several times, and most lines no rule can begin to read."""
    begin = _find_candidates(text)
    return _match_rules(text, _select_rules(zones)) if begin and any(rule.zone in zones for rule in begin) else ()


@cache
def _find_candidates(text: str) -> tuple[Rule, ...]:
    return find_candidate_rules(strip_edge_marks(normalize_punctuation(text)))


@cache
def _match_rules(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    return match_line(normalize_punctuation(text), rules)


def trim_caches() -> None:
    """Forget the readings of earlier pages when they have become many."""
    if _find_candidates.cache_info().currsize > MAX_CACHED_LINES:
        _find_candidates.cache_clear()
        _match_rules.cache_clear()


def _match_known_metadata(line: Line, known: KnownMetadata) -> tuple[RuleMatch, ...]:
    """A line that says again what is known: an author's name, or the site's."""
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
    """Whether a line may be a headline or a label: short, and no sentence."""
    return not is_prose(line.text) and not _SENTENCE_END.search(line.text) and count_words(line.text) <= MAX_TITLE_WORDS


def drop_and_harvest(lines: tuple[Line, ...], readings: dict[int, tuple[RuleMatch, ...]], step: str) -> StepResult:
    """Drop the lines that rules read, by their indices, and keep what they say."""
    stripped = drop_lines(lines, {i: found[0].rule.id for i, found in readings.items()}, step)
    harvest = tuple(pair for i in sorted(readings) for pair in harvest_values(readings[i]))
    flags = tuple(sorted({r.rule.flag for found in readings.values() for r in found if r.rule.flag}))
    return replace(stripped, harvest=harvest, flags=flags)


def harvest_values(readings: tuple[RuleMatch, ...]) -> tuple[tuple[str, str], ...]:
    """The values that readings give."""
    said = ((reading.field, reading.value) for reading in readings)
    return tuple(pair for field, value in said if field and value for pair in build_field_values(field, value))


def build_field_values(field: str, value: str) -> tuple[tuple[str, str], ...]:
    """A field with its value: names one by one, outlets and photo credits as they stand."""
    if field not in _PEOPLE_FIELDS:
        return ((field, value.strip(" .()[]")),)
    return tuple((field, name) for name in parse_people(value))
