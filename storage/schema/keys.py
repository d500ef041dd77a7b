"""Keys of URLs, by which the corpus recognises a page under different spellings; their hashes, and hosts."""

import hashlib
from urllib.parse import urlsplit

from cleaning.urls import make_url_key

KEY_HASH_BYTES = 16
"""Half a SHA-256: short enough for an index, and collisions remain out of the question."""

MAX_HOST_CHARACTERS = 255
"""The longest host in the database: DNS allows 253 characters."""


def make_key(*urls: str) -> str:
    """Return the key of the first of these URLs that has one, or the last URL itself if none has.

    A URL has no key if `cleaning.urls.make_url_key` cannot parse it; servers redirect to such URLs, too.

    >>> make_key("https://www.wire.example/news/1?utm_source=x")
    'wire.example/news/1'
    >>> make_key("http://[wire", "http://[news")
    'http://[news'
    """
    for url in urls:
        try:
            return make_url_key(url)
        except ValueError:
            continue
    return urls[-1]


def hash_key(key: str) -> bytes:
    """Return the first 16 bytes of a key's SHA-256, which the database indexes instead of the key.

    Lone surrogates are replaced: they have no UTF-8 form, and a URL from a page may contain them.

    >>> hash_key("wire.example/news/1").hex()
    'e465da0c4262308fa4df6310042a438f'
    """
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()[:KEY_HASH_BYTES]


def parse_host(url: str) -> str:
    """Return a URL's host in lower case and without its port; ``""`` if it has none or cannot be parsed.

    >>> parse_host("http://WWW.Wire.example:8080/news")
    'www.wire.example'
    """
    try:
        return (urlsplit(url).hostname or "")[:MAX_HOST_CHARACTERS]
    except ValueError:  # brackets without an IPv6 address in them: fetching it will fail with an outcome of its own
        return ""
