"""The opt-out list: hosts and URL prefixes that are never requested.

Site owners ask for it, and the user writes them into ``opt_out`` or ``opt_out_file`` of ``sources.toml``. The list is
checked before every request, redirects included.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from cleaning.urls import canonicalise, get_site

OPTED_OUT: Final = "opted-out"
"""The outcome of a URL that is not fetched because it is on the list."""


class OptOutList:
    """Hosts and URL prefixes that must not be requested.

    A lookup takes the same time for long and short lists: hosts are found by name, prefixes by their site.

    >>> listed = OptOutList(["example.org", "https://example.com/private/"])
    >>> listed.find_entry("http://news.example.org/a"), listed.find_entry("https://notexample.org/a")
    ('example.org', None)
    >>> listed.find_entry("http://www.example.com/private/a"), listed.find_entry("https://example.com/public/a")
    ('https://example.com/private/', None)
    """

    def __init__(self, entries: Iterable[str]) -> None:
        """Build the list from host names and URLs.

        A host name covers its subdomains. A URL covers every URL that begins with it; its scheme and ``www.`` are
        ignored. Raises ValueError for an entry that is neither.
        """
        self._hosts: set[str] = set()
        self._beginnings: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in entries:
            if "://" in entry:
                self._beginnings[get_site(entry)].append((_get_path_and_query(entry), entry))
            else:
                self._hosts.add(get_site(f"http://{entry}/"))

    def find_entry(self, url: str) -> str | None:
        """Return the entry that forbids a URL, or ``None`` if no entry does.

        Raises ValueError if ``url`` is not a valid http(s) URL.
        """
        site = get_site(url)
        # The site's key has a port only if it is not the default; an entry without a port covers all ports.
        host = site if site in self._hosts else site.rpartition(":")[0] or site
        # Walk up the domain labels: news.example.org, example.org, org.
        while host:
            if host in self._hosts:
                return host
            host = host.partition(".")[2]
        rest = _get_path_and_query(url) if site in self._beginnings else ""
        return next((entry for start, entry in self._beginnings.get(site, ()) if rest.startswith(start)), None)

    def covers(self, url: str) -> bool:
        """Return whether a URL must not be requested.

        A text that is not a valid http(s) URL returns False: it is never requested anyway.
        """
        try:
            return bool(self._hosts or self._beginnings) and self.find_entry(url) is not None
        except ValueError:
            return False


EMPTY_OPT_OUT_LIST: Final = OptOutList(())
"""A list without entries: the default where no ``sources.toml`` is loaded."""


def _get_path_and_query(url: str) -> str:
    parts = urlsplit(canonicalise(url))
    return parts.path + (f"?{parts.query}" if parts.query else "")
