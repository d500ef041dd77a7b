"""The rules for boilerplate lines: reading them from TOML, and reading a line by them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .data import load_toml
from .names import is_name, is_named_outlet, is_outlet, name_list

MAX_LINE = 320
"""Characters: a longer line is prose, whatever it opens with."""

ZONES = ("anywhere", "edge", "head", "tail", "linked")

_WORD_BREAK = re.compile(r"[\s,;/&()\[\]]+|$")
_SEPARATORS = re.compile(r"[\s.;,|·•*/()\[\]\-]*")
_AROUND = " .:;,|·•*()[]-_/<>\t"
_SENTENCES = re.compile(r"[.!?。] +\S")
_END_OF_UNIT = re.compile(r"\s*(?:$|[.;|·•()\[\]]|-\s)")
_PLACE_WORD = r"[^\W\d_a-z][\w'.-]*"
_IN_PLACE = re.compile(
    rf"\s(?:in|from|aus|à|en|da|di|de|at)\s{_PLACE_WORD}(?:,? (?:and |of |de |el |al-)?{_PLACE_WORD}){{0,3}}$"
)

_DAY = (
    r"(?:\w{2,12}\.?,? )?"  # a weekday
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    r"|\d{1,2}(?:st|nd|rd|th|\.|º)? ?(?:de |of )?[^\W\d_]{3,12}\.?,?(?: de)? ?\d{4}"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일])"
)
_TIME = (
    r"[T,]?\s?(?:at |um |à |a las |às |-\s?|\| ?)?\d{1,2}[:.h時时]\s?\d{2}(?::\d{2})?分?(?:\s?[ap]\.?m\.?)?(?:\s?uhr)?"
    r"(?:\s?\(?(?:[A-Z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2})\)?)?"  # a zone
)
DATE = rf"{_DAY}(?:{_TIME})?"
"""A day as people write it, in the scripts of the rules, with or without a time."""

# Vowel signs of Indic scripts are no letters to `\w`.
_NAME_WORD = r"[^\W\d_][^\s\d_,;:!?()\[\]\"|/]*"
_NAME = rf"{_NAME_WORD}(?: {_NAME_WORD}){{0,4}}?"
_PIECES: dict[str, str] = {
    "outlet": r"[^\W\d_](?:[^\s,;:!?()\[\]\"|-]| |-(?=\w)){0,60}?",
    "name": _NAME,
    "names": rf"{_NAME}(?:(?:, | and | & |, and ){_NAME}){{0,4}}?",
    "place": r"[^\W\d_][\w'.,\- ]{1,40}?",
    "date": DATE,
}
_PIECE = re.compile(r"\{(outlet|names|name|place|date|agency|network)\}")
_CHECKS: dict[str, Callable[[str], object]] = {
    "outlet": is_outlet,
    "name": is_name,
    "names": name_list,
    "place": lambda text: text[:1].isupper() or not text[:1].islower(),
}
# One character for one character, so that places in the tidied text are places in the text.
_TIDY = str.maketrans(
    {
        char: plain
        for plain, chars in {
            "-": "‐‑‒–—―−﹣－",
            "'": "‘’‚‛ʼ",
            '"': "“”„‟",
            ":": "：፦፡",
            "(": "（",
            ")": "）",
            "[": "［【",
            "]": "］】",
            ".": "。．",
            ",": "，",
            ";": "；؛",
            "|": "｜",
            "/": "／",
            "=": "＝",
            " ": "\u00a0\u202f\u2009",
        }.items()
        for char in chars
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of boilerplate line. The fields are explained at the top of ``rules/lines.toml``."""

    id: str
    zone: str
    value: str | None
    harvest: str | None
    glued: tuple[str, ...]
    closed: bool
    ends: bool
    flag: str | None
    opening: re.Pattern[str] | None
    patterns: tuple[re.Pattern[str], ...]
    drops: tuple[str, ...]
    keeps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule read in a text: up to where, and the value that the text gives."""

    rule: Rule
    end: int
    value: str | None


def tidy(text: str) -> str:
    """The spelling that rules match: ASCII dashes, quotes and brackets, as long as the text itself.

    >>> tidy("Axadle international–Monitoring：“x”")
    'Axadle international-Monitoring:"x"'
    """
    return text.translate(_TIDY)


@cache
def line_rules() -> tuple[Rule, ...]:
    """The rules of ``rules/lines.toml``, in its order."""
    book = load_toml("lines")
    agency, network = (_one_of(book[kind]["names"]) for kind in ("agencies", "networks"))
    return tuple(_rule(entry, agency, network) for entry in book["rule"])


def _one_of(names: list[str]) -> str:
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _rule(entry: dict[str, Any], agency: str, network: str) -> Rule:
    if entry["zone"] not in ZONES:
        raise ValueError(f"rule {entry['id']!r}: zone {entry['zone']!r} is none of {', '.join(ZONES)}")
    return Rule(
        id=entry["id"],
        zone=entry["zone"],
        value=entry.get("value"),
        harvest=entry.get("harvest"),
        glued=tuple(entry.get("glued", ())),
        closed=entry.get("closed", False),
        ends=entry.get("ends", False),
        flag=entry.get("flag"),
        opening=_opening(entry.get("labels", {}), entry.get("labels_with_colon", {})),
        patterns=tuple(_compiled(pattern, agency, network) for pattern in entry.get("patterns", ())),
        drops=tuple(entry["drops"]),
        keeps=tuple(entry["keeps"]),
    )


def _opening(labels: dict[str, list[str]], labels_with_colon: dict[str, list[str]]) -> re.Pattern[str] | None:
    """How a labelled line opens: a label that may stand without a colon, or one that needs it."""
    alternatives = []
    if labels:
        # A label in a script with spaces must end where a word ends: "na" is no part of "nasiib".
        cjk_name = r"(?<=[\u3040-\u9fff])(?=[\u3400-\u9fff]{2,3}$)"
        alternatives.append(rf"(?:{_any_of(labels)})(?:\s*[:|/]\s*|\s+-\s+|(?<=[:=/])\s*|\s+|{cjk_name})")
    if labels_with_colon:
        alternatives.append(rf"(?:{_any_of(labels_with_colon)})\s*(?:[:|/]|-(?=\s))\s*")
    return re.compile("|".join(f"(?:{a})" for a in alternatives), re.IGNORECASE) if alternatives else None


def _any_of(labels: dict[str, list[str]]) -> str:
    words = sorted({tidy(label) for of_language in labels.values() for label in of_language}, key=len, reverse=True)
    return "|".join(_spelled(word) for word in words)


def _spelled(word: str) -> str:
    """A pattern for a label: any white space, and in Arabic any alef and any vowel marks."""
    pattern = re.escape(word).replace(r"\ ", r"\s?" if _is_cjk(word) else r"\s+")
    return re.sub("[\u0621-\u064a]", _arabic_letter, re.sub("[\u064b-\u0652]", "", pattern))


def _arabic_letter(match: re.Match[str]) -> str:
    letter = "[اأإآ]" if match[0] in "اأإآ" else match[0]
    return f"{letter}[\u064b-\u0652]*"


def _is_cjk(word: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" for char in word)


def _compiled(pattern: str, agency: str, network: str) -> re.Pattern[str]:
    """Compile a pattern; each placeholder becomes a group whose text is checked after the match."""
    count = 0

    def group(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        kind = match[1]
        fixed = {"agency": f"(?-i:{agency})", "network": network}
        return fixed.get(kind) or f"(?P<{kind}_{count}>{_PIECES[kind]})"

    return re.compile(_PIECE.sub(group, tidy(pattern)), re.IGNORECASE)


def read_line(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    """Read a whole line as boilerplate: one rule or several in a row must account for all of it.

    Args:
        text: the tidied line.

    Returns:
        The readings in order; empty where the line is something else.
    """
    if len(text) > MAX_LINE:
        return ()
    text = text.strip(_AROUND) or text
    return _read_on(text, 0, rules, units=4) or ()


@lru_cache(maxsize=4096)
def may_be_boilerplate(text: str) -> bool:
    """Whether any rule, of whatever zone, can begin to read a tidied line: most lines of prose none can."""
    text = text.strip(_AROUND) or text
    return any(
        pattern.match(text)
        for rule in line_rules()
        for pattern in (rule.opening, *rule.patterns)
        if pattern is not None
    )


def read_opening(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    """Read the opening of a text as boilerplate that prose follows."""
    readings: list[Reading] = []
    position = _after_separators(text, 0)
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
    for rule in rules:
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
            yield Reading(rule, end, text[match.end() : end].strip(_AROUND) or None)
    for pattern in rule.patterns:
        found = pattern.fullmatch(text, position) or pattern.match(text, position)
        if found and _is_at_word_end(text, found.end()) and _is_plausible(found):
            yield Reading(rule, found.end(), found.groupdict().get("value"))


def _value_ends(value: str | None, text: str, start: int) -> Iterator[int]:
    if value == "title":
        if start < len(text) and not text[start].islower() and not _SENTENCES.search(text, start):
            yield len(text)
        return
    check = name_list if value == "names" else is_named_outlet
    ends = [match.start() for match in _WORD_BREAK.finditer(text, start, start + 120) if match.start() > start][:16]
    # Where the value ends at a mark or at the end of the line, that is its end; else two words make a name.
    marked = [end for end in ends if _ends_unit(text, end)]
    unmarked = [end for end in ends if end not in marked]
    for end in (*reversed(marked), *unmarked[1:], *unmarked[:1]):
        candidate = text[start:end]
        if check(candidate) or (value == "names" and end in marked and check(without_place(candidate))):
            yield end


def _ends_unit(text: str, end: int) -> bool:
    """Whether a mark shows that a credit ends here."""
    return text[end - 1] in ".;" or bool(_END_OF_UNIT.match(text, end))


def without_place(names: str) -> str:
    """Names without the place they reported from.

    >>> without_place("Samuel Otieno in Old Lantern")
    'Samuel Otieno'
    """
    return _IN_PLACE.sub("", names)


def _is_at_word_end(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())


def _is_plausible(match: re.Match[str]) -> bool:
    """Whether each placeholder's text is what the placeholder says."""
    return all(
        _CHECKS[kind](text)
        for name, text in match.groupdict().items()
        if text and (kind := name.partition("_")[0]) in _CHECKS
    )
