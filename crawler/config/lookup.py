"""Find sources by the text that a user types: a name, a URL, or a host."""

import re
from collections.abc import Iterable

from cleaning.urls import canonicalise, get_site, make_url_key
from crawler.config.models import SourceConfig

# Both "feed://news.example/rss" and "feed:https://news.example/rss" are in use.
_FEED_SCHEME = re.compile(r"^feed:(?:(//)|(?=https?:))", re.IGNORECASE)
# "mailto:a" has a scheme, "news.example:8080" has a port.
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?!\d)")
_HOST = re.compile(r"https://(\[|[^/]*[.:]|localhost\b)")


def parse_typed_url(text: str) -> str:
    """Parse a URL as users type it and return it in canonical form.

    A missing scheme becomes ``https://``, and the ``feed:`` scheme of feed readers is translated. Raises ValueError if
    the text is not a URL of a web page.

    >>> [parse_typed_url(typed) for typed in ("news.example", "feed://news.example/rss", "news.example:8080/a")]
    ['https://news.example/', 'http://news.example/rss', 'https://news.example:8080/a']
    """
    text = _FEED_SCHEME.sub(lambda match: "http://" if match[1] else "", text.strip())
    if "://" in text or _SCHEME.match(text):
        return canonicalise(text)
    url = canonicalise(f"https://{text}")
    # A single word such as "hello" is a typo more often than a host; localhost and IP addresses are fine.
    if not _HOST.match(url):
        raise ValueError(f"not a host name with a dot: {text[:100]!r}")
    return url


def find_sources(sources: Iterable[SourceConfig], text: str) -> list[SourceConfig]:
    """Return the sources that a typed text refers to, in the order of ``sources``; an empty list if there are none.

    The text is compared with the sources' names first, ignoring case. Then a text with a slash is taken for a URL and
    selects the source with that URL, and any other text for a host and selects all sources on it.

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
        url = parse_typed_url(text)
    except ValueError:
        return []
    if "/" not in text:
        return [source for source in sources if get_site(source.url) == get_site(url)]
    return [source for source in sources if make_url_key(source.url) == make_url_key(url)]
