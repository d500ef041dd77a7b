"""The features by which the line model tells boilerplate from prose: hashed letter groups, and simple signals.

Letter groups carry over to wordings and languages that no rule knows: "nyhetsbrev" shares most of its groups with
"nyhetsbrevet". Signals say how the line is made: its length, its end, its markup, and what the rules find in it.
"""

import re
import zlib
from functools import lru_cache

from cleaning.article import BlockKind
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.consent import find_consent_features
from cleaning.lines.lexicon import has_word, tokenize
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.normalization import fold_case, normalize_punctuation
from cleaning.lines.patterns import has_request
from cleaning.lines.people import parse_people
from cleaning.lines.prose import count_words, has_reported_speech

BUCKETS = 1 << 15
"""Buckets that the letter groups are hashed into."""
GROUP_SIZES = (3, 4, 5)
"""Letters of a group; the spaces around a word count as letters."""
UNSPACED_GROUP_SIZES = (1, 2, 3)
"""The same in scripts without spaces between words, whose characters say more."""
MAX_WORD_CHARACTERS = 60
"""Characters of a word that are read; a longer one is an address, or a sentence in a script without spaces."""

_WORD = re.compile(r"[^\W\d_][^\s\d_,;:!?.()\[\]\"|/<>«»…。、！？「」،؛۔।·•*@#+=()（）：፦፡።፣–—]*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[.!?…።۔؟।。！？][\"'”’»)\]]*(?=\s|$)|[。！？]")
_SEPARATOR = re.compile(r"[|/»>·•→]")
_COLON = re.compile(r"[:：፦፡՝]")
_DIGIT = re.compile(r"\d")
_NAME_END = re.compile(r"(?:^|[\s:：፦])(\S+ \S+)[.)\]]?$")

SIGNALS = (
    "words<4", "words<7", "words<13", "words<26", "words<46", "words>45",
    "ends", "unfinished", "sentences>1", "sentences>2", "question", "exclamation", "quotation", "reports",
    "colon", "colon-early", "colon-last", "separator", "separators>1", "digit", "digits>4", "©", "address", "bracketed",
    "lower", "capitals", "title-case", "name-last", "name-alone", "name-after-colon", "arrow",
    "heading", "list-item", "quote", "linked", "links", "consent", "consent>1", "request", "thing", "ours", "network",
    "rule-head", "rule-tail", "rule-edge", "rule-linked",
)  # fmt: skip
"""The names of the signals, in the order of :func:`compute_signals`."""


def split_words(text: str) -> tuple[str, ...]:
    """Split a line into words in lower case; the first and the last word are marked, since labels begin a line.

    >>> split_words("Edited by: Ali Musa")
    ('^edited', 'edited', 'by', 'ali', 'musa', 'musa$')
    """
    words = [word[:MAX_WORD_CHARACTERS] for word in _WORD.findall(fold_case(normalize_punctuation(text)))]
    return (f"^{words[0]}", *words, f"{words[-1]}$") if words else ()


def hash_word(word: str) -> list[int]:
    """Return the buckets of the letter groups of a word from :func:`split_words`."""
    if word[0] == "^" or word[-1] == "$":
        return [_hash(word), _hash(word[:5] if word[0] == "^" else word[-5:])]
    if _UNSPACED.search(word):
        padded, sizes = word, UNSPACED_GROUP_SIZES
    else:
        padded, sizes = f" {word} ", GROUP_SIZES
    groups = [padded[i : i + size] for size in sizes for i in range(len(padded) - size + 1)]
    return [_hash(group) for group in (*groups, f"={word}")]


def _hash(group: str) -> int:
    # Python's own hash differs from one process to the next.
    return zlib.crc32(group.encode("utf-8", "replace")) % BUCKETS


def compute_signals(line: Line) -> tuple[float, ...]:
    """Return the signals of a line, in the order of ``SIGNALS``."""
    text = line.text
    plain = normalize_punctuation(text).strip()
    words = count_words(text)
    tokens = tokenize(fold_case(plain))
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    is_ended = bool(ends) and ends[-1] >= len(text.rstrip())
    colon = _COLON.search(text)
    separators = len(_SEPARATOR.findall(plain))
    digits = len(_DIGIT.findall(text))
    capitals = [word for word in plain.split() if word[:1].isupper()]
    spaced = [word for word in plain.split() if word[:1].isalpha()]
    consent = find_consent_features(text)
    matched = _find_matched_zones(text)
    name = _NAME_END.search(plain)
    values = (
        words < 4, 4 <= words < 7, 7 <= words < 13, 13 <= words < 26, 26 <= words < 46, words > 45,
        is_ended, bool(ends) and not is_ended, len(ends) > 1, len(ends) > 2,
        "?" in plain or "؟" in plain or "？" in plain, "!" in plain or "！" in plain,
        any(char in text for char in "\"“”„«»「」"), has_reported_speech(text, quote_words=3),
        colon is not None, colon is not None and colon.start() < 25, plain.endswith(":"),
        separators > 0, separators > 1, digits > 0, digits > 4,
        any(mark in text for mark in "©ⓒ®"), "@" in text or "http" in text or "www." in text,
        plain[:1] in "([" and plain[-1:] in ")].",
        plain[:1].islower(), plain.isupper(), len(spaced) > 2 and len(capitals) >= 0.7 * len(spaced),
        bool(name and parse_people(name[1])), len(text) < 60 and bool(parse_people(plain)),
        bool(colon and len(text) < 120 and parse_people(plain[colon.end() :].strip())),
        plain[-1:] in ">»→›",
        line.kind is BlockKind.HEADING, line.kind is BlockKind.LIST_ITEM, line.kind is BlockKind.QUOTE,
        line.linked, line.link_share >= 0.4,
        len(consent) > 0, len(consent) > 1,
        has_request(plain), has_word("thing", tokens), has_word("ours", tokens), has_word("networks", tokens),
        "head" in matched, "tail" in matched, "edge" in matched, "linked" in matched,
    )  # fmt: skip
    return tuple(float(value) for value in values)


@lru_cache(maxsize=1024)
def _find_matched_zones(text: str) -> frozenset[str]:
    """Return the zones of the rules that match a line; each has its own step, but here the place is left out."""
    return frozenset(
        zone
        for zone in ("head", "tail", "edge", "linked")
        if match_boilerplate(Line(text, linked=zone == "linked"), KnownMetadata(), (zone,))
    )
