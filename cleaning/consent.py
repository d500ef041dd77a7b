"""Recognising cookie and consent notices in text, by at least two signals."""

import re
from functools import cache

from .data import load_toml
from .prose import is_reported

ENOUGH = 2
"""Features that a text must show to be a notice. One alone also occurs in news."""

_MENTION = re.compile(
    r"cookie|consent|kuki|cooki|ciasteczek|çerez|куки|кукі|الارتباط|کوکی|कुकी|vidakuzi|ኩኪ|クッキー|쿠키|privacy|gdpr"
    r"|opt[- ]?out|accept|kakor|datenschutz|einwilligung|legitimate interest",
    re.IGNORECASE,
)


def consent_features(text: str) -> frozenset[str]:
    """The kinds of things that consent notices say and this text says too.

    >>> sorted(consent_features("This website uses cookies to improve your experience. Accept Read More"))
    ['buttons', 'purpose', 'use']
    """
    if not _MENTION.search(text):
        return frozenset()
    return frozenset(name for name, pattern in _features() if pattern.search(text))


def is_consent_notice(text: str) -> bool:
    """Whether a text is a consent notice: enough features, and nobody is reported to say it.

    >>> is_consent_notice("We use cookies to analyse our traffic. By continuing you agree to this.")
    True
    >>> is_consent_notice("The court ruled that the site uses cookies to analyse traffic and offered no way out.")
    False
    """
    return len(consent_features(text)) >= ENOUGH and not is_reported(text)


def is_button(text: str) -> bool:
    """Whether a line is nothing but labels of a notice's buttons.

    >>> is_button("Accept"), is_button("Accept the offer")
    (True, False)
    """
    return len(text) <= 40 and bool(_button().fullmatch(text))


@cache
def _button() -> re.Pattern[str]:
    rows = load_toml("consent")["features"]["buttons"]
    return re.compile("|".join(row.removesuffix("{2,}$") + "+" for row in rows), re.IGNORECASE)


@cache
def _features() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE))
        for name, patterns in load_toml("consent")["features"].items()
    )
