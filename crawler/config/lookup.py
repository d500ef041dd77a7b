"""Find sources by the text that a user types: a name, a URL, a host, or a group.

Every command resolves its SITE arguments here, among the sources of ``sources.toml`` and those of the corpus.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cleaning.urls import canonicalise, get_site, make_url_key
from crawler.config.models import SourceConfig

if TYPE_CHECKING:  # the commands that only read sources.toml need not wait for SQLAlchemy
    from storage import Source

# Both "feed://news.example/rss" and "feed:https://news.example/rss" are in use.
_FEED_SCHEME = re.compile(r"^feed:(?:(//)|(?=https?:))", re.IGNORECASE)
# "mailto:a" has a scheme, "news.example:8080" has a port.
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?!\d)")
_HOST = re.compile(r"https://(\[|[^/]*[.:]|localhost\b)")
_GROUP_PREFIX: Final = "group:"


class UnknownSourceError(ValueError):
    """No source has this name, URL or host. The message is a sentence for the user, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A source that ``sources.toml`` lists, that the corpus has, or both."""

    key: str
    """The key in the corpus: the host without ``www.``."""
    url: str
    name: str | None = None
    """The name that the user gave it; ``None`` without one."""
    group: str | None = None
    config: SourceConfig | None = None
    """Its table in the file; ``None`` if only the corpus has it."""
    stored: "Source | None" = None
    """Its row in the corpus; ``None`` if it was never crawled."""

    @property
    def label(self) -> str:
        """The name to show: its own name, or its host."""
        return self.name or self.key


def join_sources(configs: Iterable[SourceConfig], stored: "Iterable[Source]" = ()) -> tuple[KnownSource, ...]:
    """Join the sources of the file with those of the corpus: first those of the file in its order, then the others.

    Several sources of the file can be on one host; each is joined with the same source of the corpus.
    """
    by_key = {source.key: source for source in stored}
    listed = [_join_source(config, by_key.get(get_site(config.url))) for config in configs]
    keys = {source.key for source in listed}
    others = (
        KnownSource(key=source.key, url=source.url, name=source.name, group=source.group_name, stored=source)
        for source in by_key.values()
        if source.key not in keys
    )
    return (*listed, *others)


def _join_source(config: SourceConfig, stored: "Source | None") -> KnownSource:
    return KnownSource(
        key=get_site(config.url),
        url=config.url,
        name=config.name or (stored.name if stored else None),
        group=config.group,
        config=config,
        stored=stored,
    )


def parse_typed_url(text: str) -> str:
    """Parse a URL as users type it and return it in canonical form.

    A missing scheme becomes ``https://``, and the ``feed:`` scheme of feed readers is translated. Raises ValueError if
    the text is not a URL of a web page.

    >>> [parse_typed_url(typed) for typed in ("news.example", "feed://news.example/rss", "news.example:8080/a")]
    ['https://news.example/', 'http://news.example/rss', 'https://news.example:8080/a']
    """
    text = _FEED_SCHEME.sub(lambda match: "http://" if match[1] else "", text.strip())
    if has_scheme(text):
        return canonicalise(text)
    url = canonicalise(f"https://{text}")
    # A single word such as "hello" is a typo more often than a host; localhost and IP addresses are fine.
    if not _HOST.match(url):
        raise ValueError(f"not a host name with a dot: {text[:100]!r}")
    return url


def has_scheme(text: str) -> bool:
    """Return whether a typed URL names its scheme.

    >>> has_scheme("http://news.example"), has_scheme("news.example:8080/a")
    (True, False)
    """
    return "://" in text or _SCHEME.match(text.strip()) is not None


def find_sources(sources: Iterable[KnownSource], text: str, *, by_page: bool = False) -> list[KnownSource]:
    """Return the sources that a typed text refers to, in the order of ``sources``; an empty list if there are none.

    The text is compared with these, and the first of them that any source has decides:

    1. the name, ignoring case, or the group after ``group:``;
    2. the URL, with or without scheme, ``www.`` and final slash;
    3. the host, if the text has no path; several sources may be on it;
    4. the first labels of the host: ``bbc`` selects ``bbc.co.uk`` and ``bbc.com``, but not ``bbcnews.example``;
    5. with ``by_page``, the host of a URL: any page of a site selects the site. Commands that read the corpus use it.
       For a crawl, a URL that no source has is another place to start.

    >>> times = KnownSource(key="example.com", url="https://example.com/en/", name="Example Times", group="Asia")
    >>> typed = ("example times", "WWW.example.com", "http://example.com/en", "example", "group:asia")
    >>> [find_sources([times], text) == [times] for text in typed]
    [True, True, True, True, True]
    >>> find_sources([times], "https://example.com/"), find_sources([times], "times")
    ([], [])
    >>> find_sources([times], "https://example.com/en/2024/flood.html", by_page=True) == [times]
    True
    """
    sources, words = list(sources), _normalise(text)
    if named := [source for source in sources if source.name and _normalise(source.name) == words]:
        return named
    if words.startswith(_GROUP_PREFIX):
        group = words.removeprefix(_GROUP_PREFIX).strip()
        return [source for source in sources if source.group and _normalise(source.group) == group]
    if re.fullmatch(r"[\w-]+(\.[\w-]+)*", words) and (hosts := _find_by_host(sources, words)):
        return hosts
    try:
        url = parse_typed_url(text)
    except ValueError:
        return []
    if found := [source for source in sources if make_url_key(source.url) == make_url_key(url)]:
        return found
    if "/" not in text.strip() or by_page:
        return [source for source in sources if source.key == get_site(url)]
    return []


def _find_by_host(sources: Sequence[KnownSource], words: str) -> list[KnownSource]:
    """Return the sources on a host, with or without its port, or else those whose host begins with these labels."""
    host = words.removeprefix("www.")
    if exact := [source for source in sources if host in (source.key, source.key.partition(":")[0])]:
        return exact
    # The dot ends a label. Without it, "bbc" would select every host that merely begins with these letters.
    return [source for source in sources if source.key.startswith(f"{host}.")]


def _normalise(text: str) -> str:
    return " ".join(text.split()).casefold()


def resolve_sources(sources: Iterable[KnownSource], text: str, *, by_page: bool = True) -> list[KnownSource]:
    """Return the sources that a typed text refers to, as `find_sources` finds them; never an empty list.

    Raises:
        UnknownSourceError: no source is meant; the message suggests the most similar one.

    >>> resolve_sources([KnownSource(key="example.com", url="https://example.com/")], "exmaple.com")
    Traceback (most recent call last):
        ...
    crawler.config.lookup.UnknownSourceError: no such source: exmaple.com; did you mean example.com?
    """
    sources = list(sources)
    if found := find_sources(sources, text, by_page=by_page):
        return found
    raise UnknownSourceError(f"no such source: {text}{suggest_source(sources, text)}")


def suggest_source(sources: Iterable[KnownSource], text: str) -> str:
    """Return the end of a sentence that suggests the most similar name, host or group; empty if none is similar."""
    known: dict[str, str] = {}
    for source in sources:
        group = f"{_GROUP_PREFIX}{source.group}" if source.group else ""
        known |= {_normalise(typed): typed for typed in (source.key, source.name, group) if typed}
    typed = _normalise(text)
    if "://" in typed:
        typed = urlsplit(typed).netloc.removeprefix("www.") or typed
    nearest = difflib.get_close_matches(typed, known, n=1, cutoff=0.6)
    return f"; did you mean {known[nearest[0]]}?" if nearest else ""
