"""Recognises click counters: hosts to which the entries of a feed lead, and which redirect to the site.

Feeds that are published through a service list its URLs instead of the articles'. A few entries are tried, without
fetching the articles themselves; what was found is kept in the portfolio of the source.
"""

from collections.abc import Sequence
from typing import Final

from scrapy import Request
from scrapy.crawler import Crawler

from cleaning.urls import canonicalise
from crawler.crawled_site import CrawledSite
from crawler.fetch.client import get_header
from crawler.parsers.listings import Listing
from crawler.parsers.other_hosts import OtherHost

MAX_TRIES: Final = 3
"""Entries of a host that are tried until one leads to the site."""
MAX_HOSTS: Final = 2
"""Unknown hosts of one feed that are tried; a link blog names dozens."""
MAX_HOPS: Final = 4
"""Redirects that are followed from one entry."""
MIN_SHARE: Final = 1 / 3
"""Share of a feed's entries that a host must have to be tried."""
MAX_BODY_BYTES: Final = 512 * 1024
"""A click counter answers with a redirect and no body to speak of."""


def select_unknown_hosts(listing: Listing, site: CrawledSite) -> list[OtherHost]:
    """Return the hosts of a feed that may be click counters and have not been tried yet."""
    if listing.kind != "feed":
        return []
    total = len(listing.pages) + sum(other.count for other in listing.other_hosts)
    tried = site.portfolio.click_counters
    hosts = [other for other in listing.other_hosts if other.host not in tried and other.count >= MIN_SHARE * total]
    return hosts[:MAX_HOSTS]


async def find_click_counters(crawler: Crawler, site: CrawledSite, listing: Listing) -> bool:
    """Try the unknown hosts of a feed, and remember which are click counters; return whether one was found."""
    found = False
    for other in select_unknown_hosts(listing, site):
        is_counter = await _is_click_counter(crawler, site, other.samples[:MAX_TRIES])
        if is_counter is not None:
            site.learn_click_counter(other.host, is_counter=is_counter)
        found |= bool(is_counter)
    return found


async def _is_click_counter(crawler: Crawler, site: CrawledSite, urls: Sequence[str]) -> bool | None:
    """Return whether one of several URLs leads to the site; ``None`` if none of them could be fetched."""
    answer = None
    for url in urls:
        leads_to_site = await _leads_to_site(crawler, site, url)
        if leads_to_site:
            return True
        answer = answer if leads_to_site is None else False
    return answer


async def _leads_to_site(crawler: Crawler, site: CrawledSite, url: str) -> bool | None:
    """Follow the redirects of a URL until one leads to the site, without fetching that; ``None`` after a failure."""
    for _ in range(MAX_HOPS):
        meta = {"dont_redirect": True, "download_maxsize": MAX_BODY_BYTES}
        try:
            response = await crawler.engine.download_async(Request(url, meta=meta, dont_filter=True))
            location = get_header(response, "Location") if 300 <= response.status < 400 else None
            if location is None:
                return None if response.status >= 500 or response.status == 429 else False
            url = canonicalise(location, url)
        except Exception:  # whatever ends a request: the host is tried again by a later run
            return None
        if site.owns_url(url):
            return True
    return False
