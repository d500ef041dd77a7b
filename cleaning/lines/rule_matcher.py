"""Reading a line, or the opening of one, by the rules for boilerplate."""

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
"""Characters of a line that most rules are for."""
MAX_PHRASE_LINE_CHARACTERS = 240
"""Characters of a line that a phrase inside it may condemn."""

PEOPLE_VALUES = ("names", "full names")
"""The values that are people."""

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_WORD_BREAK = re.compile(r"[\s,;/&()\[\]]+|$")
_SEPARATORS = re.compile(r"[\s.;,|·•*/()\[\]\-]*")
_UNIT_SEPARATOR = re.compile(r"\s*[|·•;]\s*|,\s+(?=[^\s,:][^,:]{1,30}:)|\s/\s")
"""What stands between the pieces of one line: "4 min read · 12 comments", "Text: Ali Musa, Photo: Jo Berg"."""
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
    """What a rule read in a text: up to where, and the value that the text gives to a field of the article."""

    rule: Rule
    end: int
    value: str | None
    field: str | None = None


def match_line(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    """Read a whole line as boilerplate: one rule or several in a row must account for all of it.

    Args:
        text: the tidied line.

    Returns:
        The readings in order; empty where the line is something else.
    """
    if len(text) > MAX_LINE_CHARACTERS:
        return ()
    return _match_rest(strip_edge_marks(text), 0, rules, units=4) or ()


def match_opening(text: str, rules: tuple[Rule, ...]) -> tuple[RuleMatch, ...]:
    """Read the opening of a text as boilerplate that prose follows."""
    readings: list[RuleMatch] = []
    position = _skip_separators(text, 0)
    low = fold_case(text[position : position + MAX_LINE_CHARACTERS])
    if not any(_is_candidate(rule, text[position : position + MAX_LINE_CHARACTERS], low) for rule in rules):
        return ()
    while len(readings) < 4:
        following = _match_glued_unit(text, position, rules)
        if following is None:
            break
        readings.append(following)
        position = _skip_separators(text, following.end)
    return tuple(readings)


def _match_glued_unit(text: str, position: int, rules: tuple[Rule, ...]) -> RuleMatch | None:
    """The first reading after which another boilerplate unit or a sentence can begin."""
    candidates = [reading for rule in rules for reading in _iter_matches(rule, text, position)]
    for reading in candidates:
        rest = text[reading.end :].lstrip(" .;,|-")
        if any(_has_match(rule, rest) for rule in rules if rule is not reading.rule):
            return reading
    return next((r for r in candidates if r.rule.closed or _is_unit_end(text, r.end)), None)


def _has_match(rule: Rule, text: str) -> bool:
    return any(True for _ in _iter_matches(rule, text, 0))


def _match_rest(text: str, position: int, rules: tuple[Rule, ...], *, units: int) -> tuple[RuleMatch, ...] | None:
    """Account for the rest of a text by at most so many units; ``None`` where that fails."""
    if position >= len(text):
        return ()
    if units == 0:
        return None
    begin = frozenset(find_candidate_rules(text[position:]))
    for rule in rules:
        if rule not in begin:
            continue
        for reading in _iter_matches(rule, text, position):
            rest = _match_rest(text, _skip_separators(text, reading.end), rules, units=units - 1)
            if rest is not None:
                return (reading, *rest)
    return None


def _skip_separators(text: str, position: int) -> int:
    match = _SEPARATORS.match(text, position)
    return match.end() if match else position


def _iter_matches(rule: Rule, text: str, position: int) -> Iterator[RuleMatch]:
    """The ways in which a rule can read a text from a position on, most likely first."""
    if rule.opening and (match := rule.opening.match(text, position)):
        for end in _find_value_ends(rule.value, text, match.end()):
            yield RuleMatch(rule, end, text[match.end() : end].strip(EDGE_MARKS) or None, rule.harvest)
    for pattern in rule.patterns:
        found = pattern.fullmatch(text, position) or pattern.match(text, position)
        if found and _is_at_word_end(text, found.end()) and _is_plausible(found):
            yield RuleMatch(rule, found.end(), found.groupdict().get("value"), rule.harvest)
    for end in _find_shape_ends(rule, text, position) if rule.shape else ():
        if rule.shape and (said := rule.shape(text[position:end].strip(EDGE_MARKS))):
            yield RuleMatch(rule, end, said.value, said.field or rule.harvest)
    if position == 0 and rule.contains and rule in find_rules_by_phrase(fold_case(text)):
        yield RuleMatch(rule, len(text), None)


def _find_value_ends(value: str | None, text: str, start: int) -> Iterator[int]:
    if value == "title":
        if start < len(text) and not text[start].islower() and not _SENTENCE_INSIDE.search(text, start):
            yield len(text)
        return
    check = {"names": parse_people, "full names": is_full_name_list}.get(value or "", is_labelled_outlet)
    ends = [match.start() for match in _WORD_BREAK.finditer(text, start, start + 120) if match.start() > start][:16]
    # Where the value ends at a mark or at the end of the line, that is its end; else two words make a name.
    marked = [end for end in ends if _is_unit_end(text, end)]
    unmarked = [end for end in ends if end not in marked]
    for end in (*reversed(marked), *unmarked[1:], *unmarked[:1]):
        if check(text[start:end]) and (value not in PEOPLE_VALUES or end in marked or parse_names(text[start:end])):
            yield end


def is_full_name_list(text: str) -> bool:
    """Whether a text is names of two words each, or of a script that joins them: "Von Berlin" is no byline.

    >>> is_full_name_list("Katrin Lange und Jens Okafor"), is_full_name_list("Berlin")
    (True, False)
    """
    return bool(names := parse_people(text)) and all(" " in name or not name.isascii() for name in names)


def _is_unit_end(text: str, end: int) -> bool:
    """Whether a mark shows that a credit ends here."""
    return text[end - 1] in ".;" or bool(_UNIT_END.match(text, end))


def _is_at_word_end(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())


def _is_plausible(match: re.Match[str]) -> bool:
    """Whether each placeholder's text is what the placeholder says."""
    return all(
        _PLACEHOLDER_CHECKS[kind](text)
        for name, text in match.groupdict().items()
        if text and (kind := name.partition("_")[0]) in _PLACEHOLDER_CHECKS
    )


@lru_cache(maxsize=32_768)
def find_candidate_rules(text: str) -> tuple[Rule, ...]:
    """The rules, of whatever zone, that may read a tidied line from its beginning on: for most lines of prose none."""
    low = fold_case(text)
    opens = _build_opening_patterns()[len(text) > MAX_SHORT_LINE_CHARACTERS].match(low)
    asked = load_line_rules() if opens else _list_guarded_rules()[bool(_DIGIT.search(low))]
    holding = find_rules_by_phrase(low)
    heads = frozenset([word[:PREFIX_LETTERS] for word in _WORD.findall(low)]) if low.isascii() else None
    begin = {
        rule
        for rule in asked
        if len(text) <= rule.longest
        and not (heads and rule.needed_prefixes and rule.needed_prefixes.isdisjoint(heads))
        and (_is_candidate(rule, text, low) if opens or rule.needs else _has_shape_match(rule, text))
    }
    return tuple(rule for rule in load_line_rules() if rule in begin or rule in holding) if begin or holding else ()


def _is_candidate(rule: Rule, text: str, low: str) -> bool:
    """Whether a rule may read a tidied text from its beginning on; ``low`` is the same in lower case."""
    if rule.needs and not any(word in low for word in rule.needs):
        return False
    return bool(rule.beginning and rule.beginning.match(low)) or _has_shape_match(rule, text)


def _has_shape_match(rule: Rule, text: str) -> bool:
    """Whether the rule's shape reads a tidied text, or the first piece of it."""
    return bool(rule.shape and any(rule.shape(text[:end]) for end in _find_shape_ends(rule, text, 0)))


def _find_shape_ends(rule: Rule, text: str, position: int) -> list[int]:
    """Where what the rule's shape reads from a position on may end."""
    if not rule.is_joinable:
        return [] if position else [len(text)]
    return [len(text), *(start for start in _find_unit_separators(text) if start > position)]


@lru_cache(maxsize=256)
def _find_unit_separators(text: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _UNIT_SEPARATOR.finditer(text))


@cache
def _list_guarded_rules() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules that tell by another test than an opening whether they may read a line: without a digit, and with."""
    guarded = tuple(rule for rule in load_line_rules() if rule.shape or rule.needs)
    return tuple(rule for rule in guarded if not rule.needs_digit), guarded


@cache
def _build_opening_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How any rule that no other test guards may begin: for short lines, and for longer ones."""
    guarded = [rule for rule in load_line_rules() if rule.beginning and not rule.needs]
    short, long = (
        re.compile(
            "|".join(f"(?:{rule.beginning.pattern})" for rule in guarded if rule.beginning and rule.longest >= length)
        )
        for length in (0, MAX_SHORT_LINE_CHARACTERS + 1)
    )
    return short, long


def find_rules_by_phrase(low: str) -> frozenset[Rule]:
    """The rules of which a text in lower case holds a phrase."""
    if len(low) > MAX_PHRASE_LINE_CHARACTERS:
        return frozenset()
    spaced, unspaced = _index_phrases()
    asked = [pair for word in frozenset(_WORD.findall(low)) & spaced.keys() for pair in spaced[word]]
    return frozenset(rule for phrase, rule in (asked if low.isascii() else (*asked, *unspaced)) if phrase in low)


@cache
def _index_phrases() -> tuple[dict[str, list[tuple[str, Rule]]], list[tuple[str, Rule]]]:
    """Phrases that condemn a line: by their longest word, and those of scripts in which a line has no such words."""
    spaced: dict[str, list[tuple[str, Rule]]] = {}
    unspaced = []
    for phrase, rule in ((phrase, one) for one in load_line_rules() for phrase in one.contains):
        words = _WORD.findall(phrase)
        if words and phrase.upper() != phrase.lower():
            spaced.setdefault(max(words, key=len), []).append((phrase, rule))
        else:
            unspaced.append((phrase, rule))
    return spaced, unspaced
