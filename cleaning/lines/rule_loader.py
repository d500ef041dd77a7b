"""Loading of the rules for boilerplate lines: they are read from ``rules/lines.toml`` and compiled.

The top of that file explains the keys of a rule; :mod:`cleaning.lines.rule_matcher` applies the rules to lines.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cleaning.lines.lexicon import PREFIX_LETTERS
from cleaning.lines.normalization import fold_case, normalize_punctuation
from cleaning.lines.patterns import DATE_PATTERN, DIGIT_MATCHERS, JOINABLE_MATCHERS, MATCHERS, PatternMatch
from cleaning.resources import load_toml

MAX_LINE_CHARACTERS = 320
"""Characters from which on a line is prose, however it begins."""

ZONES = ("anywhere", "edge", "head", "tail", "linked")
"""The places where the lines of a rule occur; ``edge`` is the head and the tail, ``linked`` any line that is a link."""
_ESCAPE_OR_CAPITAL = re.compile(r"\\.|[A-Z]")

# `\w` does not match the vowel signs of Indic scripts, so words are described by the characters that they do not have.
_NAME_WORD = r"[^\W\d_][^\s\d_,;:!?()\[\]\"|/]*"
_NAME_PATTERN = rf"{_NAME_WORD}(?: {_NAME_WORD}){{0,4}}?"
_PLACEHOLDER_PATTERNS: dict[str, str] = {
    "outlet": r"[^\W\d_](?:[^\s,;:!?()\[\]\"|-]| |-(?=\w)){0,60}?",
    "name": _NAME_PATTERN,
    "names": rf"{_NAME_PATTERN}(?:(?:, | and | & |, and ){_NAME_PATTERN}){{0,4}}?",
    "place": r"[^\W\d_][\w'.,\- ]{1,40}?",
    "date": DATE_PATTERN,
}
_PLACEHOLDER = re.compile(r"\{(outlet|names|name|place|date|agency|network)\}")


@dataclass(slots=True)
class LazyPattern:
    """A regular expression that is compiled when it is first used.

    A page needs few of the 400 patterns, and compiling all of them took most of the first call's half a second.
    """

    pattern: str
    flags: re.RegexFlag = re.NOFLAG
    _compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """Return the compiled expression."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule for one kind of boilerplate line. The top of ``rules/lines.toml`` explains the keys of the file.

    Rules are compared by identity: each exists once.
    """

    id: str
    zone: str
    value: str | None
    harvest: str | None
    glued: tuple[str, ...]
    closed: bool
    ends: bool
    box: bool
    flag: str | None
    opening: LazyPattern | None
    """Matches the labels of the rule, with the mark that separates them from the value."""
    patterns: tuple[LazyPattern, ...]
    """Patterns for a whole line, or a whole part of one."""
    contains: tuple[str, ...]
    """Phrases in lower case."""
    needs: tuple[str, ...]
    """Words in lower case, of which a line must contain one."""
    needed_prefixes: frozenset[str]
    """The first letters of the needed words; empty if not all of them are words."""
    needs_digit: bool
    """Whether the rule matches only lines with a digit."""
    longest: int
    """Characters that a line may have."""
    shape: Callable[[str], PatternMatch | None] | None
    """The function for the shape, from :mod:`cleaning.lines.patterns`."""
    is_joinable: bool
    """Whether the shape may be one of several parts of a line."""
    beginning: LazyPattern | None
    """Matches a normalised text in lower case if the rule can match from there: a cheap test before the patterns."""
    drops: tuple[str, ...]
    keeps: tuple[str, ...]


@cache
def load_line_rules() -> tuple[Rule, ...]:
    """Return the rules of ``rules/lines.toml``, compiled, in the order of the file.

    The order matters: if several rules match a line, the first one is used.

    Raises:
        ValueError: a rule has an unknown zone.
    """
    book = load_toml("lines")
    agency, network = (_build_name_alternatives(book[kind]["names"]) for kind in ("agencies", "networks"))
    return tuple(_build_rule(entry, agency, network) for entry in book["rule"])


def _build_name_alternatives(names: list[str]) -> str:
    """Build a group that matches any of some names; longer names come first, since a name may begin with another."""
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _build_rule(entry: dict[str, Any], agency: str, network: str) -> Rule:
    """Compile a ``[[rule]]`` table; ``agency`` and ``network`` are the patterns for the placeholders of that name."""
    if entry["zone"] not in ZONES:
        raise ValueError(f"rule {entry['id']!r}: unknown zone {entry['zone']!r}; must be one of {', '.join(ZONES)}")
    opening = _build_opening(entry.get("labels", {}), entry.get("labels_with_colon", {}))
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
        opening=LazyPattern(opening, re.IGNORECASE) if opening else None,
        patterns=tuple(_expand_placeholders(pattern, agency, network) for pattern in patterns),
        contains=tuple(fold_case(normalize_punctuation(phrase)) for phrase in entry.get("contains", ())),
        needs=needs,
        needed_prefixes=frozenset(word[:PREFIX_LETTERS] for word in needs)
        if all(map(str.isalpha, needs))
        else frozenset(),
        needs_digit=entry.get("shape") in DIGIT_MATCHERS or (bool(needs) and all(map(str.isdigit, needs))),
        longest=entry.get("longest", MAX_LINE_CHARACTERS),
        shape=MATCHERS[entry["shape"]] if "shape" in entry else None,
        is_joinable=entry.get("shape") in JOINABLE_MATCHERS,
        beginning=_build_beginning([opening, *patterns], agency, network),
        drops=tuple(entry["drops"]),
        keeps=tuple(entry["keeps"]),
    )


def _build_opening(labels: dict[str, list[str]], labels_with_colon: dict[str, list[str]]) -> str:
    """Build the pattern for the labels that open a line: some need a colon after them, others do not."""
    alternatives = []
    if labels_with_colon:
        # No colon is needed after a label in brackets, or between a Chinese or Japanese label and a short name.
        mark = r"(?:[:|/>\]]|-(?=\s)|(?<=[\u3040-\u9fff]\s)(?=[\u3400-\u9fff]{2,4}(?:$|[\s,)])))"
        alternatives.append(rf"(?:{_build_label_alternatives(labels_with_colon)})\s*{mark}\s*")
    if labels:
        # In a script with spaces, a label must end where a word ends: "na" must not match the beginning of "nasiib".
        cjk_name = r"(?<=[\u3040-\u9fff])(?=[\u3400-\u9fff]{2,3}$)"
        alternatives.append(
            rf"(?:{_build_label_alternatives(labels)})(?:\s*[:|/]\s*|\s+-\s+|(?<=[:=/])\s*|\s+|{cjk_name})"
        )
    return "|".join(f"(?:{a})" for a in alternatives)


def _build_label_alternatives(labels: dict[str, list[str]]) -> str:
    words = sorted(
        {normalize_punctuation(label) for of_language in labels.values() for label in of_language},
        key=len,
        reverse=True,
    )
    return "|".join(_build_label_pattern(word) for word in words)


def _build_label_pattern(word: str) -> str:
    """Build the pattern for a label: white space may vary, and in Arabic the form of alef and the vowel marks."""
    pattern = re.escape(word).replace(r"\ ", r"\s?" if _is_cjk(word) else r"\s+")
    return re.sub("[\u0621-\u064a]", _expand_arabic_letter, re.sub("[\u064b-\u0652]", "", pattern))


def _expand_arabic_letter(match: re.Match[str]) -> str:
    letter = "[اأإآ]" if match[0] in "اأإآ" else match[0]
    return f"{letter}[\u064b-\u0652]*"


def _is_cjk(word: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" for char in word)


def _expand_placeholders(pattern: str, agency: str, network: str) -> LazyPattern:
    """Build a pattern from one with placeholders; each becomes a named group, whose text is tested after the match.

    Placeholders for agencies and networks need no test, since they match only the names in the file.
    """
    count = 0

    def replace_placeholder(match: re.Match[str]) -> str:
        """Return the pattern for a placeholder; the number makes the name of its group unique."""
        nonlocal count
        count += 1
        kind = match[1]
        fixed = {"agency": f"(?-i:{agency})", "network": network}
        return fixed.get(kind) or f"(?P<{kind}_{count}>{_PLACEHOLDER_PATTERNS[kind]})"

    return LazyPattern(_PLACEHOLDER.sub(replace_placeholder, normalize_punctuation(pattern)), re.IGNORECASE)


def _build_beginning(patterns: list[str], agency: str, network: str) -> LazyPattern | None:
    """Build one pattern for all ways in which a match of a rule can begin, for text in lower case.

    Returns:
        The pattern, or ``None`` if the rule has neither labels nor patterns.
    """
    # Without IGNORECASE, the engine skips an alternative by its first letter: excluding all rules for a line of prose
    # takes a twentieth of the time.
    pieces = {**_PLACEHOLDER_PATTERNS, "agency": agency, "network": network}
    bare = (
        _PLACEHOLDER.sub(lambda match: pieces[match[1]], normalize_punctuation(pattern)).replace("(?P<value>", "(?:")
        for pattern in patterns
        if pattern
    )
    # Only letters are lowered: `\S` and `\s` are different classes.
    lowered = [
        _ESCAPE_OR_CAPITAL.sub(lambda match: match[0] if len(match[0]) > 1 else match[0].lower(), pattern)
        for pattern in bare
    ]
    return LazyPattern("|".join(f"(?:{pattern})" for pattern in lowered)) if lowered else None
