"""The rules for boilerplate lines, read from ``rules/lines.toml`` and compiled."""

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
"""Characters: a longer line is prose, whatever it opens with."""

ZONES = ("anywhere", "edge", "head", "tail", "linked")
_ESCAPE_OR_CAPITAL = re.compile(r"\\.|[A-Z]")

# Vowel signs of Indic scripts are no letters to `\w`.
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
    needed_prefixes: frozenset[str]
    """The first letters of what it needs."""
    needs_digit: bool
    """Whether it needs a digit."""
    longest: int
    shape: Callable[[str], PatternMatch | None] | None
    is_joinable: bool
    """Whether a line may hold several such shapes."""
    beginning: re.Pattern[str] | None
    """Matches where the rule may begin to read a :func:`plain` text: a cheap test before the patterns themselves."""
    drops: tuple[str, ...]
    keeps: tuple[str, ...]


@cache
def load_line_rules() -> tuple[Rule, ...]:
    """The rules of ``rules/lines.toml``, in its order."""
    book = load_toml("lines")
    agency, network = (_build_name_alternatives(book[kind]["names"]) for kind in ("agencies", "networks"))
    return tuple(_build_rule(entry, agency, network) for entry in book["rule"])


def _build_name_alternatives(names: list[str]) -> str:
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _build_rule(entry: dict[str, Any], agency: str, network: str) -> Rule:
    if entry["zone"] not in ZONES:
        raise ValueError(f"rule {entry['id']!r}: zone {entry['zone']!r} is none of {', '.join(ZONES)}")
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
        opening=re.compile(opening, re.IGNORECASE) if opening else None,
        patterns=tuple(_compile_pattern(pattern, agency, network) for pattern in patterns),
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
    """How a labelled line opens: a label that may stand without a colon, or one that needs it."""
    alternatives = []
    if labels_with_colon:
        # A label in brackets, and one in Chinese or Japanese before a name of two to four characters, need no colon.
        mark = r"(?:[:|/>\]]|-(?=\s)|(?<=[\u3040-\u9fff]\s)(?=[\u3400-\u9fff]{2,4}(?:$|[\s,)])))"
        alternatives.append(rf"(?:{_build_label_alternatives(labels_with_colon)})\s*{mark}\s*")
    if labels:
        # A label in a script with spaces must end where a word ends: "na" is no part of "nasiib".
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
    """A pattern for a label: any white space, and in Arabic any alef and any vowel marks."""
    pattern = re.escape(word).replace(r"\ ", r"\s?" if _is_cjk(word) else r"\s+")
    return re.sub("[\u0621-\u064a]", _expand_arabic_letter, re.sub("[\u064b-\u0652]", "", pattern))


def _expand_arabic_letter(match: re.Match[str]) -> str:
    letter = "[اأإآ]" if match[0] in "اأإآ" else match[0]
    return f"{letter}[\u064b-\u0652]*"


def _is_cjk(word: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" for char in word)


def _compile_pattern(pattern: str, agency: str, network: str) -> re.Pattern[str]:
    """Compile a pattern; each placeholder becomes a group whose text is checked after the match."""
    count = 0

    def replace_placeholder(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        kind = match[1]
        fixed = {"agency": f"(?-i:{agency})", "network": network}
        return fixed.get(kind) or f"(?P<{kind}_{count}>{_PLACEHOLDER_PATTERNS[kind]})"

    return re.compile(_PLACEHOLDER.sub(replace_placeholder, normalize_punctuation(pattern)), re.IGNORECASE)


def _build_beginning(patterns: list[str], agency: str, network: str) -> re.Pattern[str] | None:
    """One pattern for all the ways in which a rule begins, on lower-case text.

    Without ``IGNORECASE`` the engine skips an alternative by its first letter: telling a line of prose from all rules
    takes a twentieth of the time.
    """
    pieces = {**_PLACEHOLDER_PATTERNS, "agency": agency, "network": network}
    bare = (
        _PLACEHOLDER.sub(lambda match: pieces[match[1]], normalize_punctuation(one)).replace("(?P<value>", "(?:")
        for one in patterns
        if one
    )
    lowered = [
        _ESCAPE_OR_CAPITAL.sub(lambda match: match[0] if len(match[0]) > 1 else match[0].lower(), one) for one in bare
    ]
    return re.compile("|".join(f"(?:{one})" for one in lowered)) if lowered else None
