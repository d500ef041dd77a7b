"""The rules for boilerplate lines: reading them from TOML, and reading a line by them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cleaning.lines.lexicon import HEAD
from cleaning.lines.patterns import COUNTING, DATE, JOINED, READERS, Found
from cleaning.lines.people import people_of
from cleaning.lines.person_names import is_name, is_named_outlet, is_outlet, name_list
from cleaning.resources import load_toml

MAX_LINE = 320
"""Characters: a longer line is prose, whatever it opens with."""

SHORT_LINE = 120
"""Characters of a line that most rules are for."""
MAX_CONTAINING = 240
"""Characters of a line that a phrase inside it may condemn."""

PEOPLE = ("names", "full names")
"""The values that are people."""

ZONES = ("anywhere", "edge", "head", "tail", "linked")

_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_WORD_BREAK = re.compile(r"[\s,;/&()\[\]]+|$")
_SEPARATORS = re.compile(r"[\s.;,|·•*/()\[\]\-]*")
_AROUND = " .:;,|·•*()[]-_/<>\t▶►▸■□●◆★☆➤→⇒"
_JOINT = re.compile(r"\s*[|·•;]\s*|,\s+(?=[^\s,:][^,:]{1,30}:)|\s/\s")
"""What stands between the pieces of one line: "4 min read · 12 comments", "Text: Ali Musa, Photo: Jo Berg"."""
_SENTENCES = re.compile(r"[.!?。] +\S")
_END_OF_UNIT = re.compile(r"\s*(?:$|[.;|·•()\[\]]|-\s)")
_ESCAPE_OR_CAPITAL = re.compile(r"\\.|[A-Z]")

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
            ",": "，፣",
            ";": "；؛",
            "|": "｜",
            "/": "／",
            "=": "＝",
            " ": "\u00a0\u202f\u2009",
        }.items()
        for char in chars
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One kind of boilerplate line. The fields are explained at the top of ``rules/lines.toml``."""

    id: str
    zone: str
    value: str | None
    harvest: str | None
    glued: tuple[str, ...]
    closed: bool
    ends: bool
    box: bool
    flag: str | None
    opening: re.Pattern[str] | None
    patterns: tuple[re.Pattern[str], ...]
    contains: tuple[str, ...]
    needs: tuple[str, ...]
    heads: frozenset[str]
    """The first letters of what it needs."""
    counts: bool
    """Whether it needs a digit."""
    longest: int
    shape: Callable[[str], Found | None] | None
    joined: bool
    """Whether a line may hold several such shapes."""
    begins: re.Pattern[str] | None
    """Matches where the rule may begin to read a :func:`plain` text: a cheap test before the patterns themselves."""
    drops: tuple[str, ...]
    keeps: tuple[str, ...]

    def may_begin(self, text: str, low: str) -> bool:
        """Whether the rule may read a tidied text from its beginning on; ``low`` is the same in lower case."""
        if self.needs and not any(word in low for word in self.needs):
            return False
        return bool(self.begins and self.begins.match(low)) or self.may_be_shaped(text)

    def may_be_shaped(self, text: str) -> bool:
        """Whether its shape reads a tidied text, or the first piece of it."""
        return bool(self.shape and any(self.shape(text[:end]) for end in self.shape_ends(text, 0)))

    def shape_ends(self, text: str, position: int) -> list[int]:
        """Where what its shape reads from a position on may end."""
        if not self.joined:
            return [] if position else [len(text)]
        return [len(text), *(start for start in _joints(text) if start > position)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule read in a text: up to where, and the value that the text gives to a field of the article."""

    rule: Rule
    end: int
    value: str | None
    field: str | None = None


def tidy(text: str) -> str:
    """The spelling that rules match: ASCII dashes, quotes and brackets, as long as the text itself.

    >>> tidy("Axadle international–Monitoring：“x”")
    'Axadle international-Monitoring:"x"'
    """
    return text if text.isascii() else text.translate(_TIDY)


def bare(text: str) -> str:
    """A tidied line without the bullets, brackets and stops around it.

    >>> bare("- (Edited by Ali Musa)")
    'Edited by Ali Musa'
    """
    return text.strip(_AROUND) or text


def plain(text: str) -> str:
    """A tidied text in lower case, as long as the text itself: Turkish İ alone has a longer lower case."""
    return text.replace("İ", "i").lower()


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
    opening = _opening(entry.get("labels", {}), entry.get("labels_with_colon", {}))
    patterns = entry.get("patterns", [])
    needs = tuple(entry.get("needs", ()))
    return Rule(
        id=entry["id"],
        zone=entry["zone"],
        value=entry.get("value"),
        harvest=entry.get("harvest"),
        glued=tuple(entry.get("glued", ())),
        closed=entry.get("closed", False),
        ends=entry.get("ends", False),
        box=entry.get("box", False),
        flag=entry.get("flag"),
        opening=re.compile(opening, re.IGNORECASE) if opening else None,
        patterns=tuple(_compiled(pattern, agency, network) for pattern in patterns),
        contains=tuple(plain(tidy(phrase)) for phrase in entry.get("contains", ())),
        needs=needs,
        heads=frozenset(word[:HEAD] for word in needs) if all(map(str.isalpha, needs)) else frozenset(),
        counts=entry.get("shape") in COUNTING or (bool(needs) and all(map(str.isdigit, needs))),
        longest=entry.get("longest", MAX_LINE),
        shape=READERS[entry["shape"]] if "shape" in entry else None,
        joined=entry.get("shape") in JOINED,
        begins=_beginning([opening, *patterns], agency, network),
        drops=tuple(entry["drops"]),
        keeps=tuple(entry["keeps"]),
    )


def _opening(labels: dict[str, list[str]], labels_with_colon: dict[str, list[str]]) -> str:
    """How a labelled line opens: a label that may stand without a colon, or one that needs it."""
    alternatives = []
    if labels_with_colon:
        # A label in brackets, and one in Chinese or Japanese before a name of two to four characters, need no colon.
        mark = r"(?:[:|/>\]]|-(?=\s)|(?<=[\u3040-\u9fff]\s)(?=[\u3400-\u9fff]{2,4}(?:$|[\s,)])))"
        alternatives.append(rf"(?:{_any_of(labels_with_colon)})\s*{mark}\s*")
    if labels:
        # A label in a script with spaces must end where a word ends: "na" is no part of "nasiib".
        cjk_name = r"(?<=[\u3040-\u9fff])(?=[\u3400-\u9fff]{2,3}$)"
        alternatives.append(rf"(?:{_any_of(labels)})(?:\s*[:|/]\s*|\s+-\s+|(?<=[:=/])\s*|\s+|{cjk_name})")
    return "|".join(f"(?:{a})" for a in alternatives)


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


def _beginning(patterns: list[str], agency: str, network: str) -> re.Pattern[str] | None:
    """One pattern for all the ways in which a rule begins, on lower-case text.

    Without ``IGNORECASE`` the engine skips an alternative by its first letter: telling a line of prose from all rules
    takes a twentieth of the time.
    """
    pieces = {**_PIECES, "agency": agency, "network": network}
    bare = (
        _PIECE.sub(lambda match: pieces[match[1]], tidy(one)).replace("(?P<value>", "(?:") for one in patterns if one
    )
    lowered = [
        _ESCAPE_OR_CAPITAL.sub(lambda match: match[0] if len(match[0]) > 1 else match[0].lower(), one) for one in bare
    ]
    return re.compile("|".join(f"(?:{one})" for one in lowered)) if lowered else None


@lru_cache(maxsize=256)
def _joints(text: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _JOINT.finditer(text))


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
        and (rule.may_begin(text, low) if opens or rule.needs else rule.may_be_shaped(text))
    }
    return tuple(rule for rule in line_rules() if rule in begin or rule in holding) if begin or holding else ()


@cache
def _guarded() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules that tell by another test than an opening whether they may read a line: without a digit, and with."""
    guarded = tuple(rule for rule in line_rules() if rule.shape or rule.needs)
    return tuple(rule for rule in guarded if not rule.counts), guarded


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


@cache
def _openers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How any rule that no other test guards may begin: for short lines, and for longer ones."""
    guarded = [rule for rule in line_rules() if rule.begins and not rule.needs]
    short, long = (
        re.compile("|".join(f"(?:{rule.begins.pattern})" for rule in guarded if rule.begins and rule.longest >= length))
        for length in (0, SHORT_LINE + 1)
    )
    return short, long


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
    if not any(rule.may_begin(text[position : position + MAX_LINE], low) for rule in rules):
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
            yield Reading(rule, end, text[match.end() : end].strip(_AROUND) or None, rule.harvest)
    for pattern in rule.patterns:
        found = pattern.fullmatch(text, position) or pattern.match(text, position)
        if found and _is_at_word_end(text, found.end()) and _is_plausible(found):
            yield Reading(rule, found.end(), found.groupdict().get("value"), rule.harvest)
    for end in rule.shape_ends(text, position) if rule.shape else ():
        if rule.shape and (said := rule.shape(text[position:end].strip(_AROUND))):
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
