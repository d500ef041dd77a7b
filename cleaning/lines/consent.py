"""Recognising cookie and consent notices in text, by at least two signals."""

import re
from functools import cache, lru_cache
from itertools import pairwise

from cleaning.lines.normalization import plain
from cleaning.lines.prose import count_words, is_reported
from cleaning.resources import load_toml

ENOUGH = 2
"""Features that a text must show to be a notice. One alone also occurs in news."""

QUOTE_WORDS = 4
"""Words that a quotation has at least; fewer between quotation marks are the label of a button."""
NEAR = 3
"""Sentences of a notice around the one that names its matter."""
MOST_LENGTH = 10_000
"""Characters of a text that is looked through; a longer line is a page's whole text, and no notice."""
OTHER_WORDS = 4
"""Words beside a notice from which on they are something else: prose, or a credit."""

_SENTENCE_END = re.compile(r"[.!?…](?:['\"”’»)\]]*)\s+|[。！？]\s*")
_MENTIONS = (
    "cooki",
    "consent",
    "kuki",
    "ciasteczek",
    "çerez",
    "куки",
    "кукі",
    "الارتباط",
    "کوکی",
    "कुकी",
    "vidakuzi",
    "ኩኪ",
    "クッキー",
    "쿠키",
    "privacy",
    "gdpr",
    "opt-out",
    "opt out",
    "optout",
    "accept",
    "kakor",
    "datenschutz",
    "einwilligung",
    "legitimate interest",
)
"""Words of which a notice has one: plain searches, because every line of every page is asked."""


def consent_features(text: str) -> frozenset[str]:
    """The kinds of things that consent notices say and this text says too.

    >>> sorted(consent_features("This website uses cookies to improve your experience. Accept Read More"))
    ['buttons', 'purpose', 'use']
    """
    return _found(text) if mentions_consent(text) else frozenset()


@lru_cache(maxsize=1024)
def mentions_consent(text: str) -> bool:
    """Whether a text, no longer than a notice, has a word that every notice has."""
    return len(text) <= MOST_LENGTH and one_mentions_consent(text)


def one_mentions_consent(*texts: str) -> bool:
    """Whether one of several texts has such a word: a page is asked at once, because most say nothing of consent."""
    low = "\n".join(texts).lower()
    return any(word in low for word in _MENTIONS)


@lru_cache(maxsize=1024)
def _found(text: str) -> frozenset[str]:
    low = plain(text)
    return frozenset(name for name, pattern in feature_patterns() if pattern.search(low))


def is_consent_notice(text: str) -> bool:
    """Whether a text is a consent notice: enough features, and nobody is reported to say it.

    >>> is_consent_notice("We use cookies to analyse our traffic. By continuing you agree to this.")
    True
    >>> is_consent_notice("The court ruled that the site uses cookies to analyse traffic and offered no way out.")
    False
    """
    return len(notice_features(text)) >= ENOUGH and not is_prose_beside_notice(text)


def notice_features(text: str) -> frozenset[str]:
    """The features of a text; none where somebody is reported to say it."""
    if not mentions_consent(text) or is_reported(text, quote_words=QUOTE_WORDS):
        return frozenset()
    return consent_features(text)


def notice_span(text: str) -> tuple[int, int] | None:
    """Where in a paragraph sentences stand that are a notice together; ``None`` where none do.

    >>> text = "The ferry sailed. We use cookies to improve your experience. Accept all Reject all"
    >>> text[slice(*notice_span(text))]
    'We use cookies to improve your experience. Accept all Reject all'
    """
    if not mentions_consent(text):
        return None
    run: list[tuple[int, int]] = []
    found: frozenset[str] = frozenset()
    sentences = _sentences(text)
    mentioning = [i for i, (start, end) in enumerate(sentences) if mentions_consent(text[start:end])]
    for i, (start, end) in enumerate(sentences):
        sentence = text[start:end]
        is_near = any(abs(i - other) <= NEAR for other in mentioning)
        is_notice = is_near and not is_reported(sentence, quote_words=QUOTE_WORDS)
        features = _found(sentence) if is_notice else frozenset()
        if features or (run and is_button(sentence)):
            run.append((start, end))
            found |= features
        elif len(found) >= ENOUGH:
            break
        else:
            run, found = [], frozenset()
    if len(found) < ENOUGH:
        return None
    return _first_word_of_notice(text, *run[0]), run[-1][1]


def is_prose_beside_notice(text: str) -> bool:
    """Whether a line says more than a notice does."""
    span = notice_span(text)
    return span is not None and count_words(text[: span[0]] + text[span[1] :]) >= OTHER_WORDS


def _sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(bounds) if text[a:b].strip()]


def _first_word_of_notice(text: str, start: int, end: int) -> int:
    """Where the notice begins in its first sentence: a credit may be glued to it, "…–Monitoring This website uses…"."""
    low = plain(text)
    begins = min(match.start() for _, pattern in feature_patterns() if (match := pattern.search(low, start, end)))
    return start if count_words(text[start:begins]) < OTHER_WORDS else begins


def is_button(text: str) -> bool:
    """Whether a line is nothing but labels of a notice's buttons.

    >>> is_button("Accept"), is_button("Accept the offer")
    (True, False)
    """
    return len(text) <= 60 and bool(_button().fullmatch(text.strip()))


@cache
def _button() -> re.Pattern[str]:
    rows = load_toml("consent")["features"]["buttons"]
    return re.compile("|".join(row.removesuffix("{2,}$") + "+" for row in rows), re.IGNORECASE)


@cache
def feature_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The kinds of things that notices say, and how they say them, in lower case."""
    return tuple(
        (name, re.compile("|".join(f"(?:{pattern})" for pattern in patterns)))
        for name, patterns in load_toml("consent")["features"].items()
    )
