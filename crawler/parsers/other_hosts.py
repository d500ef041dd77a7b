"""Counts what a listing names on hosts that are not the site's, so that the user can be told which host to add."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cleaning.urls import get_site
from crawler.urls.registrable_domain import get_registrable_domain

MAX_OTHER_HOSTS: Final = 5
"""Hosts of one listing that are kept: those that it names most."""
MAX_COUNTED_URLS: Final = 2_000
MAX_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class OtherHost:
    """A host that is not the site's, and how often a listing names it."""

    host: str
    """Without ``www.``, with the port if it is not the default."""
    count: int
    """How many of its entries lead there."""
    samples: tuple[str, ...] = ()
    """The first URLs there."""
    is_related: bool = False
    """Whether it has the same registrable domain as one of the site's hosts."""


def count_other_hosts(urls: Iterable[str], hosts: Iterable[str]) -> tuple[OtherHost, ...]:
    """Count the URLs on each host that is not among ``hosts``; return the most frequent ones.

    >>> count_other_hosts(["https://sport.a.example/1", "https://a.example/2"], ["a.example"])
    (OtherHost(host='sport.a.example', count=1, samples=('https://sport.a.example/1',), is_related=True),)
    """
    found: dict[str, dict[str, None]] = {}
    own = set(hosts)
    for url in list(dict.fromkeys(urls))[:MAX_COUNTED_URLS]:
        try:
            host = get_site(url)
        except ValueError:
            continue
        if host not in own:
            found.setdefault(host, {})[url] = None
    most = sorted(found.items(), key=lambda item: -len(item[1]))[:MAX_OTHER_HOSTS]
    domains = {get_registrable_domain(host) for host in own} - {None} if most else set()
    return tuple(
        OtherHost(host, len(there), tuple(there)[:MAX_SAMPLES], get_registrable_domain(host) in domains)
        for host, there in most
    )
