"""The list of those who do not want to be crawled at all."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from cleaning.urls import canonicalise, get_site

OPTED_OUT: Final = "opted-out"
"""The outcome of an address that is not fetched because it is on the list."""


class OptOutList:
    """An opt-out list. To ask it takes no longer where it is long.

    >>> listed = OptOutList(["example.org", "https://example.com/private/"])
    >>> listed.find_entry("http://news.example.org/a"), listed.find_entry("https://notexample.org/a")
    ('example.org', None)
    >>> listed.find_entry("http://www.example.com/private/a"), listed.find_entry("https://example.com/public/a")
    ('https://example.com/private/', None)
    """

    def __init__(self, entries: Iterable[str]) -> None:
        """A list of hosts, meant with their subdomains, and of addresses, meant with all that begin so.

        Scheme and ``www.`` of an address do not matter. Raises ValueError on what is neither.
        """
        self._hosts: set[str] = set()
        self._beginnings: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in entries:
            if "://" in entry:
                self._beginnings[get_site(entry)].append((_get_path_and_query(entry), entry))
            else:
                self._hosts.add(get_site(f"http://{entry}/"))

    def find_entry(self, url: str) -> str | None:
        """The entry that forbids an address, or ``None``. Raises ValueError on what is no web address."""
        site = get_site(url)
        host = site if site in self._hosts else site.rpartition(":")[0] or site
        while host:
            if host in self._hosts:
                return host
            host = host.partition(".")[2]
        rest = _get_path_and_query(url) if site in self._beginnings else ""
        return next((entry for start, entry in self._beginnings.get(site, ()) if rest.startswith(start)), None)

    def covers(self, url: str) -> bool:
        """Whether an address must not be fetched; what is no web address is not fetched anyway."""
        try:
            return bool(self._hosts or self._beginnings) and self.find_entry(url) is not None
        except ValueError:
            return False


EMPTY_OPT_OUT_LIST: Final = OptOutList(())
"""The list on which nobody is."""


def _get_path_and_query(url: str) -> str:
    parts = urlsplit(canonicalise(url))
    return parts.path + (f"?{parts.query}" if parts.query else "")
