"""What addresses are told apart and looked up by: keys, their hashes, and hosts."""

import hashlib
from urllib.parse import urlsplit

from cleaning.urls import make_url_key

KEY_HASH_BYTES = 16
MAX_HOST_CHARACTERS = 255


def make_key(*urls: str) -> str:
    """The key of the first of these addresses that has one; the last address itself where none has."""
    for url in urls:
        try:
            return make_url_key(url)
        except ValueError:
            continue
    return urls[-1]


def hash_key(key: str) -> bytes:
    """What a key is looked up by: the first 16 bytes of its SHA-256.

    >>> hash_key("wire.example/news/1").hex()
    'e465da0c4262308fa4df6310042a438f'
    """
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()[:KEY_HASH_BYTES]


def parse_host(url: str) -> str:
    """An address's host, in lower case and without port; empty where it has none.

    >>> parse_host("http://WWW.Wire.example:8080/news")
    'www.wire.example'
    """
    try:
        return (urlsplit(url).hostname or "")[:MAX_HOST_CHARACTERS]
    except ValueError:  # brackets that hold no IPv6 address: fetching it will fail under a name of its own
        return ""
