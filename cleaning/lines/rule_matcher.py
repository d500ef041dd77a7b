"""Matching of the rules for boilerplate: with a whole line, or with the opening of one.

All functions take text from :func:`cleaning.lines.normalization.normalize_punctuation`. A line may need several rules,
as in "4 min read · 12 comments"; together they must account for all of it, which protects prose that begins like a
label.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.lines.lexicon import PREFIX_LETTERS
from cleaning.lines.normalization import EDGE_MARKS, fold_case, strip_edge_marks
from cleaning.lines.people import parse_people
from cleaning.lines.person_names import is_labelled_outlet, is_name, is_outlet, parse_names
from cleaning.lines.rule_loader import MAX_LINE_CHARACTERS, Rule, load_line_rules

MAX_SHORT_LINE_CHARACTERS = 120
"""Characters up to which a line is short; some rules apply only to short lines, and are not tried for longer ones."""
MAX_PHRASE_LINE_CHARACTERS = 240
"""Characters that a line may have to be boilerplate because of a phrase in it."""

PEOPLE_VALUES = ("names", "full names")
"""The kinds of values that are lists of people."""

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_WORD_BREAK = re.compile(r"[\s,;/&()\[\]]+|$")
_SEPARATORS = re.compile(r"[\s.;,|·•*/()\[\]\-]*")
_UNIT_SEPARATOR = re.compile(r"\s*[|·•;]\s*|,\s+(?=[^\s,:][^,:]{1,30}:)|\s/\s")
"""Separates the parts of one line: "4 min read · 12 comments", "Text: Ali Musa, Photo: Jo Berg"."""
_SENTENCE_INSIDE = re.compile(r"[.!?。] +\S")
_UNIT_END = re.compile(r"\s*(?:$|[.;|·•()\[\]]|-\s)")
_PLACEHOLDER_CHECKS: dict[str, Callable[[str], object]] = {
    "outlet": is_outlet,
    "name": is_name,
    "names": parse_names,
    "place": lambda text: text[:1].isupper() or not text[:1].islower(),
}


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A match of a rule with a text, or with a part of it."""

    rule: Rule
    end: int
    """The position in the text at which the match ends."""
    value: str | None
    """The value in the matched text, if any."""
    field: str | None = None
    """The field of the article that the value belongs to; ``None`` if it is not harvested."""


def match_line(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    """Match a whole line: one rule, or up to four in a row, must account for all of it.

    Args:
        text: the normalised line.
        rules: the rules to try, in this order.

    Returns:
        The matches in order; empty if the line is something else.
    """
    if len(text) > MAX_LINE_CHARACTERS:
        return ()
    return _match_rest(strip_edge_marks(text), 0, rules, units=4) or ()


def match_opening(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    """Match the opening of a text that continues with prose, as in "Edited by Ali Musa The river rose on Monday".

    Args:
        text: the normalised text.
        rules: the rules for text that may be glued to prose.

    Returns:
        Up to four matches in order; the prose begins where the last one ends. Empty if the text begins with prose.
    """
    matches: list[RuleMatch] = []
    position = _skip_separators(text, 0)
    low = fold_case(text[position : position + MAX_LINE_CHARACTERS])
    if not any(_is_candidate(rule, text[position : position + MAX_LINE_CHARACTERS], low) for rule in rules):
        return ()
    while len(matches) < 4:
        match = _match_glued_unit(text, position, rules)
        if match is None:
            break
        matches.append(match)
        position = _skip_separators(text, match.end)
    return tuple(matches)


def _match_glued_unit(text: str, position: int, rules: tuple[Rule, ...]) -> RuleMatch | None:
    """Return the first match after which another piece of boilerplate or a sentence can begin, or ``None``.

    The end of a name is uncertain in glued text: "Edited by Ali Musa Axadle International". A match that another rule
    continues is preferred to one that ends at a punctuation mark.
    """
    candidates = [match for rule in rules for match in _iter_matches(rule, text, position)]
    for candidate in candidates:
        rest = text[candidate.end :].lstrip(" .;,|-")
        if any(_has_match(rule, rest) for rule in rules if rule is not candidate.rule):
            return candidate
    return next((match for match in candidates if match.rule.closed or _is_unit_end(text, match.end)), None)


def _has_match(rule: Rule, text: str) -> bool:
    return any(True for _ in _iter_matches(rule, text, 0))


def _match_rest(text: str, position: int, rules: tuple[Rule, ...], *, units: int) -> tuple[RuleMatch, ...] | None:
    """Match the rest of a text completely with at most ``units`` rules in a row, or return ``None``.

    It backtracks: if the rest after a match cannot be matched, the next match is tried.
    """
    if position >= len(text):
        return ()
    if units == 0:
        return None
    candidates = frozenset(find_candidate_rules(text[position:]))
    for rule in rules:
        if rule not in candidates:
            continue
        for match in _iter_matches(rule, text, position):
            rest = _match_rest(text, _skip_separators(text, match.end), rules, units=units - 1)
            if rest is not None:
                return (match, *rest)
    return None


def _skip_separators(text: str, position: int) -> int:
    match = _SEPARATORS.match(text, position)
    return match.end() if match else position


def _iter_matches(rule: Rule, text: str, position: int) -> Iterator[RuleMatch]:
    """Yield the ways in which a rule can match a text from a position on, most likely first."""
    if rule.opening and (match := rule.opening.compiled.match(text, position)):
        for end in _find_value_ends(rule.value, text, match.end()):
            yield RuleMatch(rule, end, text[match.end() : end].strip(EDGE_MARKS) or None, rule.harvest)
    for pattern in (lazy.compiled for lazy in rule.patterns):
        # A lazy pattern ends as early as it can, so the whole text is tried first.
        found = pattern.fullmatch(text, position) or pattern.match(text, position)
        if found and _is_at_word_end(text, found.end()) and _is_plausible(found):
            yield RuleMatch(rule, found.end(), found.groupdict().get("value"), rule.harvest)
    for end in _find_shape_ends(rule, text, position) if rule.shape else ():
        if rule.shape and (shape_match := rule.shape(text[position:end].strip(EDGE_MARKS))):
            yield RuleMatch(rule, end, shape_match.value, shape_match.field or rule.harvest)
    # A phrase makes the whole line boilerplate, so it cannot be one of several parts.
    if position == 0 and rule.contains and rule in find_rules_by_phrase(fold_case(text)):
        yield RuleMatch(rule, len(text), None)


def _find_value_ends(value: str | None, text: str, start: int) -> Iterator[int]:
    """Yield the positions at which the value after a label may end, most likely first.

    The text before each position passes the test for its kind of value: a title, names of people, or an outlet.
    """
    if value == "title":
        if start < len(text) and not text[start].islower() and not _SENTENCE_INSIDE.search(text, start):
            yield len(text)
        return
    check = {"names": parse_people, "full names": is_full_name_list}.get(value or "", is_labelled_outlet)
    # No value has more than 16 words or 120 characters; the limits bound the time for long lines.
    ends = [match.start() for match in _WORD_BREAK.finditer(text, start, start + 120) if match.start() > start][:16]
    # A punctuation mark or the end of the line ends the value, the longest first. Otherwise two words make a name, then
    # three and more, and one word only if nothing else does.
    marked = [end for end in ends if _is_unit_end(text, end)]
    unmarked = [end for end in ends if end not in marked]
    for end in (*reversed(marked), *unmarked[1:], *unmarked[:1]):
        if check(text[start:end]) and (value not in PEOPLE_VALUES or end in marked or parse_names(text[start:end])):
            yield end


def is_full_name_list(text: str) -> bool:
    """Return whether a text is a list of full names: of two words, or of one in a script without spaces.

    After a label that is also an ordinary word, a single name is too weak: "Von Berlin" is not a byline.

    >>> is_full_name_list("Katrin Lange und Jens Okafor"), is_full_name_list("Berlin")
    (True, False)
    """
    return bool(names := parse_people(text)) and all(" " in name or not name.isascii() for name in names)


def _is_unit_end(text: str, end: int) -> bool:
    """Return whether a punctuation mark or the end of the text shows that a credit ends here."""
    return text[end - 1] in ".;" or bool(_UNIT_END.match(text, end))


def _is_at_word_end(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())


def _is_plausible(match: re.Match[str]) -> bool:
    """Return whether the text of each placeholder passes the test for its kind, e.g. ``{name}`` that for names."""
    return all(
        _PLACEHOLDER_CHECKS[kind](text)
        for name, text in match.groupdict().items()
        if text and (kind := name.partition("_")[0]) in _PLACEHOLDER_CHECKS
    )


@lru_cache(maxsize=32_768)
def find_candidate_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules of all zones that may match a normalised text from its beginning.

    It is a cheap test before the matching itself; for most lines of prose the result is empty.
    """
    low = fold_case(text)
    opens = _build_opening_patterns()[len(text) > MAX_SHORT_LINE_CHARACTERS].match(low)
    possible = load_line_rules() if opens else _list_guarded_rules()[bool(_DIGIT.search(low))]
    by_phrase = find_rules_by_phrase(low)
    prefixes = frozenset([word[:PREFIX_LETTERS] for word in _WORD.findall(low)]) if low.isascii() else None
    by_beginning = {
        rule
        for rule in possible
        if len(text) <= rule.longest
        and not (prefixes and rule.needed_prefixes and rule.needed_prefixes.isdisjoint(prefixes))
        and (_is_candidate(rule, text, low) if opens or rule.needs else _has_shape_match(rule, text))
    }
    if not by_beginning and not by_phrase:
        return ()
    return tuple(rule for rule in load_line_rules() if rule in by_beginning or rule in by_phrase)


def _is_candidate(rule: Rule, text: str, low: str) -> bool:
    """Return whether a rule may match a normalised text from its beginning; ``low`` is the text in lower case."""
    if rule.needs and not any(word in low for word in rule.needs):
        return False
    return bool(rule.beginning and rule.beginning.compiled.match(low)) or _has_shape_match(rule, text)


def _has_shape_match(rule: Rule, text: str) -> bool:
    """Return whether the rule's shape matches a normalised text, or the first part of it."""
    if rule.shape is None or not rule.is_joinable:
        return bool(rule.shape and rule.shape(text))
    return any(rule.shape(text[:end]) for end in _find_shape_ends(rule, text, 0))


def _find_shape_ends(rule: Rule, text: str, position: int) -> list[int]:
    """Return the positions at which a match of the rule's shape may end: at the end of the text, or of a part of it."""
    if not rule.is_joinable:
        return [] if position else [len(text)]
    return [len(text), *(start for start in _find_unit_separators(text) if start > position)]


@lru_cache(maxsize=256)
def _find_unit_separators(text: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _UNIT_SEPARATOR.finditer(text))


@cache
def _list_guarded_rules() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return the rules with a shape or needed words, which may match a line whatever its beginning.

    The first tuple has those for lines without a digit, the second those for lines with one.
    """
    guarded = tuple(rule for rule in load_line_rules() if rule.shape or rule.needs)
    return tuple(rule for rule in guarded if not rule.needs_digit), guarded


@cache
def _build_opening_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return two patterns that match if any rule without needed words may begin: for short lines, and for longer ones.

    One pattern for all rules is faster than one per rule, and fewer rules apply to long lines, most of which are prose.
    """
    guarded = [rule for rule in load_line_rules() if rule.beginning and not rule.needs]
    short, long = (
        re.compile(
            "|".join(f"(?:{rule.beginning.pattern})" for rule in guarded if rule.beginning and rule.longest >= length)
        )
        for length in (0, MAX_SHORT_LINE_CHARACTERS + 1)
    )
    return short, long


def find_rules_by_phrase(low: str) -> frozenset[Rule]:
    """Return the rules with a phrase that a text in lower case contains; none for a long text."""
    if len(low) > MAX_PHRASE_LINE_CHARACTERS:
        return frozenset()
    spaced, unspaced = _index_phrases()
    possible = [pair for word in frozenset(_WORD.findall(low)) & spaced.keys() for pair in spaced[word]]
    return frozenset(rule for phrase, rule in (possible if low.isascii() else (*possible, *unspaced)) if phrase in low)


@cache
def _index_phrases() -> tuple[dict[str, list[tuple[str, Rule]]], list[tuple[str, Rule]]]:
    """Return the phrases of all rules, each with its rule: those with words by their longest word, and the others.

    Only phrases whose longest word is in a line are searched. Scripts without capitals are not indexed, since their
    words may be joined to others.
    """
    spaced: dict[str, list[tuple[str, Rule]]] = {}
    unspaced = []
    for phrase, rule in ((phrase, one) for one in load_line_rules() for phrase in one.contains):
        words = _WORD.findall(phrase)
        if words and phrase.upper() != phrase.lower():
            spaced.setdefault(max(words, key=len), []).append((phrase, rule))
        else:
            unspaced.append((phrase, rule))
    return spaced, unspaced
