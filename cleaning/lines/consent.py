"""Recognising cookie and consent notices in text, by at least two signals."""

import re
from functools import cache, lru_cache
from itertools import pairwise

from cleaning.lines.normalization import fold_case
from cleaning.lines.prose import count_words, has_reported_speech
from cleaning.resources import load_toml

MIN_FEATURES = 2
"""Features that a text must show to be a notice. One alone also occurs in news."""

MIN_QUOTE_WORDS = 4
"""Words that a quotation has at least; fewer between quotation marks are the label of a button."""
MAX_SENTENCE_DISTANCE = 3
"""Sentences of a notice around the one that names its matter."""
MAX_NOTICE_CHARACTERS = 10_000
"""Characters of a text that is looked through; a longer line is a page's whole text, and no notice."""
MIN_OTHER_WORDS = 4
"""Words beside a notice from which on they are something else: prose, or a credit."""

_SENTENCE_END = re.compile(r"[.!?…](?:['\"”’»)\]]*)\s+|[。！？]\s*")
_CONSENT_WORDS = (
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


def find_consent_features(text: str) -> frozenset[str]:
    """The kinds of things that consent notices say and this text says too.

    >>> sorted(find_consent_features("This website uses cookies to improve your experience. Accept Read More"))
    ['buttons', 'purpose', 'use']
    """
    return _match_features(text) if has_consent_word(text) else frozenset()


@lru_cache(maxsize=1024)
def has_consent_word(text: str) -> bool:
    """Whether a text, no longer than a notice, has a word that every notice has."""
    return len(text) <= MAX_NOTICE_CHARACTERS and has_any_consent_word(text)


def has_any_consent_word(*texts: str) -> bool:
    """Whether one of several texts has such a word: a page is asked at once, because most say nothing of consent."""
    low = "\n".join(texts).lower()
    return any(word in low for word in _CONSENT_WORDS)


@lru_cache(maxsize=1024)
def _match_features(text: str) -> frozenset[str]:
    low = fold_case(text)
    return frozenset(name for name, pattern in build_feature_patterns() if pattern.search(low))


def is_consent_notice(text: str) -> bool:
    """Whether a text is a consent notice: enough features, and nobody is reported to say it.

    >>> is_consent_notice("We use cookies to analyse our traffic. By continuing you agree to this.")
    True
    >>> is_consent_notice("The court ruled that the site uses cookies to analyse traffic and offered no way out.")
    False
    """
    return len(find_notice_features(text)) >= MIN_FEATURES and not is_prose_beside_notice(text)


def find_notice_features(text: str) -> frozenset[str]:
    """The features of a text; none where somebody is reported to say it."""
    if not has_consent_word(text) or has_reported_speech(text, quote_words=MIN_QUOTE_WORDS):
        return frozenset()
    return find_consent_features(text)


def find_notice_span(text: str) -> tuple[int, int] | None:
    """Where in a paragraph sentences stand that are a notice together; ``None`` where none do.

    >>> text = "The ferry sailed. We use cookies to improve your experience. Accept all Reject all"
    >>> text[slice(*find_notice_span(text))]
    'We use cookies to improve your experience. Accept all Reject all'
    """
    if not has_consent_word(text):
        return None
    run: list[tuple[int, int]] = []
    found: frozenset[str] = frozenset()
    sentences = _split_sentences(text)
    mentioning = [i for i, (start, end) in enumerate(sentences) if has_consent_word(text[start:end])]
    for i, (start, end) in enumerate(sentences):
        sentence = text[start:end]
        is_near = any(abs(i - other) <= MAX_SENTENCE_DISTANCE for other in mentioning)
        is_notice = is_near and not has_reported_speech(sentence, quote_words=MIN_QUOTE_WORDS)
        features = _match_features(sentence) if is_notice else frozenset()
        if features or (run and is_consent_button(sentence)):
            run.append((start, end))
            found |= features
        elif len(found) >= MIN_FEATURES:
            break
        else:
            run, found = [], frozenset()
    if len(found) < MIN_FEATURES:
        return None
    return _find_notice_start(text, *run[0]), run[-1][1]


def is_prose_beside_notice(text: str) -> bool:
    """Whether a line says more than a notice does."""
    span = find_notice_span(text)
    return span is not None and count_words(text[: span[0]] + text[span[1] :]) >= MIN_OTHER_WORDS


def _split_sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(bounds) if text[a:b].strip()]


def _find_notice_start(text: str, start: int, end: int) -> int:
    """Where the notice begins in its first sentence: a credit may be glued to it, "…–Monitoring This website uses…"."""
    low = fold_case(text)
    begins = min(match.start() for _, pattern in build_feature_patterns() if (match := pattern.search(low, start, end)))
    return start if count_words(text[start:begins]) < MIN_OTHER_WORDS else begins


def is_consent_button(text: str) -> bool:
    """Whether a line is nothing but labels of a notice's buttons.

    >>> is_consent_button("Accept"), is_consent_button("Accept the offer")
    (True, False)
    """
    return len(text) <= 60 and bool(_build_button_pattern().fullmatch(text.strip()))


@cache
def _build_button_pattern() -> re.Pattern[str]:
    rows = load_toml("consent")["features"]["buttons"]
    return re.compile("|".join(row.removesuffix("{2,}$") + "+" for row in rows), re.IGNORECASE)


@cache
def build_feature_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The kinds of things that notices say, and how they say them, in lower case."""
    return tuple(
        (name, re.compile("|".join(f"(?:{pattern})" for pattern in patterns)))
        for name, patterns in load_toml("consent")["features"].items()
    )
