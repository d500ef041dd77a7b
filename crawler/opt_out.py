"""The list of those who do not want to be crawled at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from cleaning.urls import canonicalise
from crawler.outcomes import RefusedError

OPTED_OUT: Final = "opted-out"


@dataclass(frozen=True, slots=True)
class OptOuts:
    """What is never fetched."""

    hosts: frozenset[str] = frozenset()
    """Meant with their subdomains."""
    beginnings: tuple[str, ...] = ()
    """Canonical addresses, without their scheme; meant with all that begin so."""

    def cover(self, url: str) -> bool:
        """Whether an address is on the list.

        >>> outs = opt_outs(["example.org", "https://example.com/blog/"])
        >>> [outs.cover(f"http://{url}") for url in ("news.example.org/a", "anexample.org/a", "example.com/blog/a")]
        [True, False, True]
        """
        if not self.hosts and not self.beginnings:
            return False
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        endings = [host, *(host[dot + 1 :] for dot, letter in enumerate(host) if letter == ".")]
        if any(ending in self.hosts or f"{ending}:{parts.port}" in self.hosts for ending in endings):
            return True
        return bool(self.beginnings) and _without_scheme(_canonical(url)).startswith(self.beginnings)


def opt_outs(entries: Iterable[str]) -> OptOuts:
    """The list of hosts and of addresses; hosts are named with or without ``www.``."""
    hosts, beginnings = set(), []
    for entry in entries:
        if "://" in entry:
            beginnings.append(_without_scheme(_canonical(entry)))
        else:
            hosts.add(entry.lower().removeprefix("www.").rstrip("."))
    return OptOuts(frozenset(hosts), tuple(beginnings))


def _canonical(url: str) -> str:
    try:
        return canonicalise(url)
    except ValueError:
        return url


def _without_scheme(url: str) -> str:
    """Who opts out over https does not mean to be crawled over http; nor at ``www.``, or without it."""
    return url.partition("://")[2].removeprefix("www.")


class RefuseOptedOut:
    """Refuses requests to what is on the list, redirected ones too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._outs: OptOuts | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._outs is None:
            session: Any = getattr(self._crawler.spider, "session", None)
            self._outs = session.opt_outs if session is not None else OptOuts()
        if self._outs.cover(request.url):
            raise RefusedError(OPTED_OUT, f"{urlsplit(request.url).hostname} is on the list of those who opted out")
