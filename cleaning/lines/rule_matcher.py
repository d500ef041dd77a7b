"""Reading a line, or the opening of one, by the rules for boilerplate."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.lines.lexicon import HEAD
from cleaning.lines.normalization import EDGE_MARKS, bare, plain
from cleaning.lines.people import people_of
from cleaning.lines.person_names import is_name, is_named_outlet, is_outlet, name_list
from cleaning.lines.rule_loader import MAX_LINE, Rule, line_rules

SHORT_LINE = 120
"""Characters of a line that most rules are for."""
MAX_CONTAINING = 240
"""Characters of a line that a phrase inside it may condemn."""

PEOPLE = ("names", "full names")
"""The values that are people."""

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_WORD_BREAK = re.compile(r"[\s,;/&()\[\]]+|$")
_SEPARATORS = re.compile(r"[\s.;,|·•*/()\[\]\-]*")
_JOINT = re.compile(r"\s*[|·•;]\s*|,\s+(?=[^\s,:][^,:]{1,30}:)|\s/\s")
"""What stands between the pieces of one line: "4 min read · 12 comments", "Text: Ali Musa, Photo: Jo Berg"."""
_SENTENCES = re.compile(r"[.!?。] +\S")
_END_OF_UNIT = re.compile(r"\s*(?:$|[.;|·•()\[\]]|-\s)")
_CHECKS: dict[str, Callable[[str], object]] = {
    "outlet": is_outlet,
    "name": is_name,
    "names": name_list,
    "place": lambda text: text[:1].isupper() or not text[:1].islower(),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule read in a text: up to where, and the value that the text gives to a field of the article."""

    rule: Rule
    end: int
    value: str | None
    field: str | None = None


def read_line(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    """Read a whole line as boilerplate: one rule or several in a row must account for all of it.

    Args:
        text: the tidied line.

    Returns:
        The readings in order; empty where the line is something else.
    """
    if len(text) > MAX_LINE:
        return ()
    return _read_on(bare(text), 0, rules, units=4) or ()


def read_opening(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    """Read the opening of a text as boilerplate that prose follows."""
    readings: list[Reading] = []
    position = _after_separators(text, 0)
    low = plain(text[position : position + MAX_LINE])
    if not any(_may_begin(rule, text[position : position + MAX_LINE], low) for rule in rules):
        return ()
    while len(readings) < 4:
        following = _glued_reading(text, position, rules)
        if following is None:
            break
        readings.append(following)
        position = _after_separators(text, following.end)
    return tuple(readings)


def _glued_reading(text: str, position: int, rules: tuple[Rule, ...]) -> Reading | None:
    """The first reading after which another boilerplate unit or a sentence can begin."""
    candidates = [reading for rule in rules for reading in _readings(rule, text, position)]
    for reading in candidates:
        rest = text[reading.end :].lstrip(" .;,|-")
        if any(_starts(rule, rest) for rule in rules if rule is not reading.rule):
            return reading
    return next((r for r in candidates if r.rule.closed or _ends_unit(text, r.end)), None)


def _starts(rule: Rule, text: str) -> bool:
    return any(True for _ in _readings(rule, text, 0))


def _read_on(text: str, position: int, rules: tuple[Rule, ...], *, units: int) -> tuple[Reading, ...] | None:
    """Account for the rest of a text by at most so many units; ``None`` where that fails."""
    if position >= len(text):
        return ()
    if units == 0:
        return None
    begin = frozenset(rules_that_begin(text[position:]))
    for rule in rules:
        if rule not in begin:
            continue
        for reading in _readings(rule, text, position):
            rest = _read_on(text, _after_separators(text, reading.end), rules, units=units - 1)
            if rest is not None:
                return (reading, *rest)
    return None


def _after_separators(text: str, position: int) -> int:
    match = _SEPARATORS.match(text, position)
    return match.end() if match else position


def _readings(rule: Rule, text: str, position: int) -> Iterator[Reading]:
    """The ways in which a rule can read a text from a position on, most likely first."""
    if rule.opening and (match := rule.opening.match(text, position)):
        for end in _value_ends(rule.value, text, match.end()):
            yield Reading(rule, end, text[match.end() : end].strip(EDGE_MARKS) or None, rule.harvest)
    for pattern in rule.patterns:
        found = pattern.fullmatch(text, position) or pattern.match(text, position)
        if found and _is_at_word_end(text, found.end()) and _is_plausible(found):
            yield Reading(rule, found.end(), found.groupdict().get("value"), rule.harvest)
    for end in _shape_ends(rule, text, position) if rule.shape else ():
        if rule.shape and (said := rule.shape(text[position:end].strip(EDGE_MARKS))):
            yield Reading(rule, end, said.value, said.field or rule.harvest)
    if position == 0 and rule.contains and rule in rules_that_hold(plain(text)):
        yield Reading(rule, len(text), None)


def _value_ends(value: str | None, text: str, start: int) -> Iterator[int]:
    if value == "title":
        if start < len(text) and not text[start].islower() and not _SENTENCES.search(text, start):
            yield len(text)
        return
    check = {"names": people_of, "full names": are_full_names}.get(value or "", is_named_outlet)
    ends = [match.start() for match in _WORD_BREAK.finditer(text, start, start + 120) if match.start() > start][:16]
    # Where the value ends at a mark or at the end of the line, that is its end; else two words make a name.
    marked = [end for end in ends if _ends_unit(text, end)]
    unmarked = [end for end in ends if end not in marked]
    for end in (*reversed(marked), *unmarked[1:], *unmarked[:1]):
        if check(text[start:end]) and (value not in PEOPLE or end in marked or name_list(text[start:end])):
            yield end


def are_full_names(text: str) -> bool:
    """Whether a text is names of two words each, or of a script that joins them: "Von Berlin" is no byline.

    >>> are_full_names("Katrin Lange und Jens Okafor"), are_full_names("Berlin")
    (True, False)
    """
    return bool(names := people_of(text)) and all(" " in name or not name.isascii() for name in names)


def _ends_unit(text: str, end: int) -> bool:
    """Whether a mark shows that a credit ends here."""
    return text[end - 1] in ".;" or bool(_END_OF_UNIT.match(text, end))


def _is_at_word_end(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())


def _is_plausible(match: re.Match[str]) -> bool:
    """Whether each placeholder's text is what the placeholder says."""
    return all(
        _CHECKS[kind](text)
        for name, text in match.groupdict().items()
        if text and (kind := name.partition("_")[0]) in _CHECKS
    )


@lru_cache(maxsize=32_768)
def rules_that_begin(text: str) -> tuple[Rule, ...]:
    """The rules, of whatever zone, that may read a tidied line from its beginning on: for most lines of prose none."""
    low = plain(text)
    opens = _openers()[len(text) > SHORT_LINE].match(low)
    asked = line_rules() if opens else _guarded()[bool(_DIGIT.search(low))]
    holding = rules_that_hold(low)
    heads = frozenset([word[:HEAD] for word in _WORD.findall(low)]) if low.isascii() else None
    begin = {
        rule
        for rule in asked
        if len(text) <= rule.longest
        and not (heads and rule.heads and rule.heads.isdisjoint(heads))
        and (_may_begin(rule, text, low) if opens or rule.needs else _may_be_shaped(rule, text))
    }
    return tuple(rule for rule in line_rules() if rule in begin or rule in holding) if begin or holding else ()


def _may_begin(rule: Rule, text: str, low: str) -> bool:
    """Whether a rule may read a tidied text from its beginning on; ``low`` is the same in lower case."""
    if rule.needs and not any(word in low for word in rule.needs):
        return False
    return bool(rule.begins and rule.begins.match(low)) or _may_be_shaped(rule, text)


def _may_be_shaped(rule: Rule, text: str) -> bool:
    """Whether the rule's shape reads a tidied text, or the first piece of it."""
    return bool(rule.shape and any(rule.shape(text[:end]) for end in _shape_ends(rule, text, 0)))


def _shape_ends(rule: Rule, text: str, position: int) -> list[int]:
    """Where what the rule's shape reads from a position on may end."""
    if not rule.joined:
        return [] if position else [len(text)]
    return [len(text), *(start for start in _joints(text) if start > position)]


@lru_cache(maxsize=256)
def _joints(text: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _JOINT.finditer(text))


@cache
def _guarded() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules that tell by another test than an opening whether they may read a line: without a digit, and with."""
    guarded = tuple(rule for rule in line_rules() if rule.shape or rule.needs)
    return tuple(rule for rule in guarded if not rule.counts), guarded


@cache
def _openers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How any rule that no other test guards may begin: for short lines, and for longer ones."""
    guarded = [rule for rule in line_rules() if rule.begins and not rule.needs]
    short, long = (
        re.compile("|".join(f"(?:{rule.begins.pattern})" for rule in guarded if rule.begins and rule.longest >= length))
        for length in (0, SHORT_LINE + 1)
    )
    return short, long


def rules_that_hold(low: str) -> frozenset[Rule]:
    """The rules of which a text in lower case holds a phrase."""
    if len(low) > MAX_CONTAINING:
        return frozenset()
    spaced, unspaced = _phrases()
    asked = [pair for word in frozenset(_WORD.findall(low)) & spaced.keys() for pair in spaced[word]]
    return frozenset(rule for phrase, rule in (asked if low.isascii() else (*asked, *unspaced)) if phrase in low)


@cache
def _phrases() -> tuple[dict[str, list[tuple[str, Rule]]], list[tuple[str, Rule]]]:
    """Phrases that condemn a line: by their longest word, and those of scripts in which a line has no such words."""
    spaced: dict[str, list[tuple[str, Rule]]] = {}
    unspaced = []
    for phrase, rule in ((phrase, one) for one in line_rules() for phrase in one.contains):
        words = _WORD.findall(phrase)
        if words and phrase.upper() != phrase.lower():
            spaced.setdefault(max(words, key=len), []).append((phrase, rule))
        else:
            unspaced.append((phrase, rule))
    return spaced, unspaced
