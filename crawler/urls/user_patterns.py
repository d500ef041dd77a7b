"""Matches URLs with regular expressions that users write, in time linear to the URL.

The crawl's own process matches them against URLs that strangers choose. With Python's ``re``, a pattern such as
``/([a-z0-9]+-?)+/$`` takes for ever on a URL made for it. RE2 has no look-around and no references to groups, and so no
such patterns.
"""

import functools
import re
from collections.abc import Iterable
from typing import Any, Final

import re2

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False  # the error is raised, too

_UNSUPPORTED: Final = (
    (re.compile(r"\(\?<?[=!]"), "looking ahead or behind"),
    (re.compile(r"\(\?P=|\\[1-9]"), "a reference to a group"),
)


def check_pattern(pattern: str) -> None:
    """Check a regular expression.

    Raises:
        ValueError: it is none, or uses what cannot be matched in linear time. The message is for the user, without a
            full stop.
    """
    try:
        _compile(pattern)
    except re2.error as error:
        raise ValueError(_find_unsupported(pattern) or _decode(error.args[0])) from None


def find_match(pattern: str, url: str) -> tuple[int, int] | None:
    """Return where a pattern is first found in a URL, as start and end; ``None`` if it is not found.

    Raises:
        ValueError: the pattern is not valid; see :func:`check_pattern`.
    """
    try:
        match = _compile(pattern).search(url.encode(errors="replace").decode())
    except re2.error as error:
        raise ValueError(_decode(error.args[0])) from None
    return match.span() if match else None


def matches_any(patterns: Iterable[str], url: str) -> bool:
    """Return whether any of the patterns is found in a URL.

    >>> matches_any([r"/sport/", r"/20\\d\\d/"], "https://news.example/2024/a")
    True
    >>> matches_any([r"/([a-z0-9]+-?)+/$"], "https://news.example/" + "a" * 5_000 + "!")
    False
    """
    return any(find_match(pattern, url) is not None for pattern in patterns)


def accepts_url(include: Iterable[str], exclude: Iterable[str], url: str) -> bool:
    """Return whether no pattern of ``exclude`` is found in a URL, and one of ``include``, if there are any."""
    include = tuple(include)
    return not matches_any(exclude, url) and (not include or matches_any(include, url))


@functools.lru_cache(maxsize=1_000)
def _compile(pattern: str) -> Any:
    return re2.compile(pattern, _OPTIONS)


def _decode(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def _find_unsupported(pattern: str) -> str | None:
    """Return why RE2 refuses what other engines know; ``None`` if the pattern has none of it."""
    construct = next((name for found, name in _UNSUPPORTED if found.search(pattern)), None)
    return construct and f"{construct} is not supported, because it could take for ever on some URLs"
