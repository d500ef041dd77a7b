"""Recognition of cookie and consent notices in text.

A notice must show at least two features: kinds of phrases of ``rules/consent.toml``, such as the use of cookies, their
purpose, and buttons. An article about cookies may show one of them, and reports what people said.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise

from cleaning.lines.normalization import fold_case
from cleaning.lines.prose import count_words, has_reported_speech
from cleaning.resources import load_toml

MIN_FEATURES = 2
"""Features that make a text a notice. One alone occurs in news as well."""

MIN_QUOTE_WORDS = 4
"""Words that a quotation has at least; fewer words in quotation marks are the label of a button."""
MAX_SENTENCE_DISTANCE = 3
"""Sentences that may separate a sentence of a notice from the nearest one with a consent word."""
MAX_NOTICE_CHARACTERS = 10_000
"""Characters of a text that is searched; a longer line is the whole text of a page, not a notice."""
MIN_OTHER_WORDS = 4
"""Words beside a notice from which on the line holds something else as well: prose, or a credit."""

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
"""Parts of words, of which every notice has one. They are searched without patterns, since every line is tested."""


def find_consent_features(text: str) -> frozenset[str]:
    """Return the names of the features of a consent notice that a text shows.

    >>> sorted(find_consent_features("This website uses cookies to improve your experience. Accept Read More"))
    ['buttons', 'purpose', 'use']
    """
    return _match_features(text) if has_consent_word(text) else frozenset()


@lru_cache(maxsize=1024)
def has_consent_word(text: str) -> bool:
    """Return whether a text can be or contain a notice: it is not too long, and has a consent word.

    It is a cheap test before the patterns of the features, which few lines reach.
    """
    return len(text) <= MAX_NOTICE_CHARACTERS and has_any_consent_word(text)


def has_any_consent_word(*texts: str) -> bool:
    """Return whether any of several texts has a consent word.

    A page is tested as a whole first, because most pages have none.
    """
    low = "\n".join(texts).lower()
    return any(word in low for word in _CONSENT_WORDS)


@lru_cache(maxsize=1024)
def _match_features(text: str) -> frozenset[str]:
    low = fold_case(text)
    return frozenset(name for name, pattern in build_feature_patterns() if pattern.search(low))


def is_consent_notice(text: str) -> bool:
    """Return whether a text is a consent notice: it has enough features, reports no speech, and holds nothing else.

    >>> is_consent_notice("We use cookies to analyse our traffic. By continuing you agree to this.")
    True
    >>> is_consent_notice("The court ruled that the site uses cookies to analyse traffic and offered no way out.")
    False
    """
    return len(find_notice_features(text)) >= MIN_FEATURES and not is_prose_beside_notice(text)


def find_notice_features(text: str) -> frozenset[str]:
    """Return the features of a notice that a text shows; none if the text reports speech, since it is news then.

    Several neighbouring lines may share one notice, so that one feature of a line matters as well.
    """
    if not has_consent_word(text) or has_reported_speech(text, quote_words=MIN_QUOTE_WORDS):
        return frozenset()
    return find_consent_features(text)


def find_notice_span(text: str) -> tuple[int, int] | None:
    """Return the start and the end of a notice in a paragraph, or ``None`` if it contains none.

    A notice is a run of sentences, each with a feature or consisting of buttons, that have enough features together.

    >>> text = "The ferry sailed. We use cookies to improve your experience. Accept all Reject all"
    >>> text[slice(*find_notice_span(text))]
    'We use cookies to improve your experience. Accept all Reject all'
    """
    if not has_consent_word(text):
        return None
    run: list[tuple[int, int]] = []
    run_features: frozenset[str] = frozenset()
    sentences = _split_sentences(text)
    with_consent_word = [i for i, (start, end) in enumerate(sentences) if has_consent_word(text[start:end])]
    for i, (start, end) in enumerate(sentences):
        sentence = text[start:end]
        # Some features, such as "improve your experience", occur in any text: they count only near a consent word.
        is_near = any(abs(i - other) <= MAX_SENTENCE_DISTANCE for other in with_consent_word)
        may_be_notice = is_near and not has_reported_speech(sentence, quote_words=MIN_QUOTE_WORDS)
        features = _match_features(sentence) if may_be_notice else frozenset()
        if features or (run and is_consent_button(sentence)):
            run.append((start, end))
            run_features |= features
        elif len(run_features) >= MIN_FEATURES:
            break
        else:
            run, run_features = [], frozenset()
    if len(run_features) < MIN_FEATURES:
        return None
    return _find_notice_start(text, *run[0]), run[-1][1]


def is_prose_beside_notice(text: str) -> bool:
    """Return whether a line holds a notice and more than a few other words, which must not be lost with it."""
    span = find_notice_span(text)
    return span is not None and count_words(text[: span[0]] + text[span[1] :]) >= MIN_OTHER_WORDS


def _split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the start and the end of each sentence."""
    bounds = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(bounds) if text[a:b].strip()]


def _find_notice_start(text: str, start: int, end: int) -> int:
    """Return the start of the notice in its first sentence, since a credit may be glued to it without a stop.

    An example is "…–Monitoring This website uses cookies".
    """
    low = fold_case(text)
    begins = min(match.start() for _, pattern in build_feature_patterns() if (match := pattern.search(low, start, end)))
    return start if count_words(text[start:begins]) < MIN_OTHER_WORDS else begins


def is_consent_button(text: str) -> bool:
    """Return whether a line consists only of the labels of a notice's buttons.

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
    """Return the features of notices, each with a pattern for text in lower case.

    They are read from ``rules/consent.toml``.
    """
    return tuple(
        (name, re.compile("|".join(f"(?:{pattern})" for pattern in patterns)))
        for name, patterns in load_toml("consent")["features"].items()
    )
