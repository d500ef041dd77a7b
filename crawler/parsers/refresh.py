"""Finds the page to which a page sends browsers after a moment: ``<meta http-equiv="refresh">``."""

import re
from html import unescape
from typing import Final

from cleaning.urls import canonicalise, make_url_key

MAX_DELAY_SECONDS: Final = 10
"""Pages that name themselves or another one after a longer time are meant to be read."""
_HEAD_BYTES: Final = 16 * 1024
_IGNORED = re.compile(rb"<(noscript|script|style|textarea)\b.*?</\1|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_META = re.compile(r"""<meta\s(?=[^<>]*http-equiv\s*=\s*["']?refresh["'\s/>])([^<>]{1,2000})>""", re.IGNORECASE)
_CONTENT = re.compile(r"""content\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TARGET = re.compile(r"""\s*(\d{1,5})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']+)""", re.IGNORECASE)


def parse_refresh(value: str, url: str) -> str | None:
    """Return the URL that a ``Refresh`` header or element leads to; ``None`` if it leads nowhere else, or not soon.

    >>> parse_refresh("0; url=/story", "https://a.example/go"), parse_refresh("300", "https://a.example/")
    ('https://a.example/story', None)
    >>> parse_refresh("1;URL='https://b.example/x'", "https://a.example/"), parse_refresh("60; url=/b", "https://a.example/")
    ('https://b.example/x', None)
    """
    match = _TARGET.match(value[:2_000])
    if match is None or int(match[1]) > MAX_DELAY_SECONDS:
        return None
    try:
        target = canonicalise(match[2].strip(), url)
        return None if make_url_key(target) == make_url_key(url) else target
    except ValueError:
        return None


def find_refresh_url(body: bytes, url: str) -> str | None:
    """Return the URL that a page's refresh element leads to; those for browsers without scripts do not count."""
    head = _IGNORED.sub(b" ", body[:_HEAD_BYTES]).decode("utf-8", "replace")
    if (meta := _META.search(head)) and (content := _CONTENT.search(meta[1])):
        return parse_refresh(unescape(next(filter(None, content.groups()), "")), url)
    return None
