"""How people name sites when they type."""

import re
from collections.abc import Iterable

from cleaning.urls import canonicalise, get_site, make_url_key
from crawler.config.models import SourceConfig

_FEED_SCHEME = re.compile(r"^feed:(?:(//)|(?=https?:))", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?!\d)")
_HOST = re.compile(r"https://(\[|[^/]*[.:]|localhost\b)")


def parse_typed_url(text: str) -> str:
    """The address that a person means: ``news.example`` is short for ``https://news.example/``.

    >>> [parse_typed_url(typed) for typed in ("news.example", "feed://news.example/rss", "news.example:8080/a")]
    ['https://news.example/', 'http://news.example/rss', 'https://news.example:8080/a']

    Raises ValueError on what is no web address.
    """
    text = _FEED_SCHEME.sub(lambda match: "http://" if match[1] else "", text.strip())
    if "://" in text or _SCHEME.match(text):
        return canonicalise(text)
    address = canonicalise(f"https://{text}")
    if not _HOST.match(address):
        raise ValueError(f"no host name with a dot: {text[:100]!r}")
    return address


def find_sources(sources: Iterable[SourceConfig], text: str) -> list[SourceConfig]:
    """The sources that a person means: by name, in whatever case; by address; or by host, then all on it.

    >>> times = SourceConfig(url="https://example.com/en/", name="Example Times")
    >>> [find_sources([times], text) == [times] for text in ("example times", "example.com", "http://example.com/en")]
    [True, True, True]
    >>> find_sources([times], "https://example.com/"), find_sources([times], "times")
    ([], [])
    """
    sources = list(sources)
    if named := [source for source in sources if source.name and source.name.casefold() == text.strip().casefold()]:
        return named
    try:
        address = parse_typed_url(text)
    except ValueError:
        return []
    if "/" not in text:
        return [source for source in sources if get_site(source.url) == get_site(address)]
    return [source for source in sources if make_url_key(source.url) == make_url_key(address)]
