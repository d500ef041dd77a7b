"""A site in one run of the crawl: what its user set, what was learned of it, and what has been done on it so far."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Final

from cleaning import Cleaned
from cleaning.urls import canonicalise, get_site
from crawler.config.lookup import has_scheme
from crawler.config.models import CrawlDefaults, SourceConfig
from crawler.config.opt_out import EMPTY_OPT_OUT_LIST, OptOutList
from crawler.fetch.session_cookies import SOURCE_META
from crawler.frontier.portfolio import Portfolio
from crawler.frontier.schedule import compute_next_revisit
from crawler.pages.site_profile import SiteProfile
from crawler.stats import SourceStats
from crawler.urls.url_classifier import is_same_site
from storage import Source

MAX_CLICK_COUNTERS: Final = 20
"""Hosts that were tried as click counters; the latest are remembered."""
MAX_LEARNED_HOSTS: Final = 10
"""Hosts of a source that redirects of its front page have taught; the latest are kept."""

UNANSWERED_OUTCOMES: Final = frozenset({"dns-failure", "connection-failed", "address-refused", "timeout", "stopped"})
"""Outcomes of requests to a host that does not exist or does not answer."""
HTTPS_FAILURES: Final = frozenset({"connection-failed", "timeout", "robots-unreachable"})
"""Outcomes of a host that may still answer at ``http://``; of robots.txt, because it is requested first."""

_log = logging.getLogger(__name__)


class CrawledSite:
    """A source during one run: its settings, its profile, and the statistics of the run so far."""

    def __init__(self, source: Source, config: SourceConfig) -> None:
        self.source = source
        self.configs = [config]
        self.profile = load_profile(source)
        """What the site's pages have taught so far. It is replaced after each page."""
        self.portfolio = load_portfolio(source)
        """Which listings name its articles. It is replaced after each poll and each page."""
        self.stats = SourceStats(config.name or source.name or source.key, config.url)
        self.hosts = dict.fromkeys([get_site(config.url), *config.hosts, *self.portfolio.hosts])
        """The hosts whose articles belong to the site, without ``www.``, with the port if it is not the default."""
        self.leased_pages = 0
        self.is_provisional = False
        """Whether the site is known from the command line alone and for the first time."""
        self.opt_out: OptOutList = EMPTY_OPT_OUT_LIST

    @property
    def remaining_pages(self) -> float:
        """How many more pages may be fetched in this run; infinite without ``max_pages``."""
        limit = self.configs[0].max_pages
        return inf if limit is None else limit - self.leased_pages

    @property
    def delay(self) -> float | None:
        """Seconds between two requests as set for the source; ``None`` for the crawl's default."""
        return max((config.delay for config in self.configs if config.delay is not None), default=None)

    def apply_source_defaults(self, cleaned: Cleaned) -> Cleaned:
        """Fill in the section and the language that the user set for the source, if the page states none itself."""
        article, config = cleaned.article, self.configs[0]
        defaults: dict[str, Any] = {}
        if article.section is None and config.section is not None:
            defaults["section"] = config.section
        if article.language == "unknown" and config.language is not None:
            defaults["language"] = config.language
        if not defaults:
            return cleaned
        provenance = {**article.provenance, **dict.fromkeys(defaults, "source")}
        return replace(cleaned, article=replace(article, provenance=provenance, **defaults))

    def schedule_revisit(
        self, first: datetime, now: datetime, defaults: CrawlDefaults, published: datetime | None
    ) -> datetime | None:
        """Return when to revisit an article that was first fetched at ``first``; ``None`` after the last revisit."""
        return compute_next_revisit(
            [timedelta(seconds=after) for after in defaults.get_revisit_schedule(self.configs[0])],
            first,
            now,
            published,
        )

    @property
    def needs_browser(self) -> bool:
        """Whether the pages must be rendered by a browser because their scripts make the text."""
        return any(config.js for config in self.configs)

    @property
    def request_meta(self) -> dict[str, Any]:
        """Scrapy's meta of a request for the site: whose cookies it carries, unless the user wants none."""
        return {SOURCE_META: self.source.id} if all(config.session_cookies for config in self.configs) else {}

    @property
    def oldest_wanted(self) -> datetime | None:
        """The time before which articles are too old to be fetched (``max_age``); ``None`` without a limit."""
        ages = [inf if config.max_age is None else config.max_age for config in self.configs]
        return None if inf in ages else datetime.now(UTC) - timedelta(seconds=max(ages))

    @property
    def concurrency(self) -> int:
        """How many requests may be sent to one of its hosts at the same time."""
        return min(config.concurrency for config in self.configs)

    @property
    def left_no_trace(self) -> bool:
        """Whether a site that was typed for the first time did not answer at all: its name may be a typo."""
        outcomes = {poll.outcome for poll in self.stats.polls.values()}
        return self.is_provisional and not self.stats.outcomes and not outcomes - UNANSWERED_OUTCOMES

    def fall_back_to_http(self) -> bool:
        """Use ``http://`` from now on if the user typed no scheme and nothing answered at ``https://``.

        A name that does not exist is not tried again. Returns whether the site is to be polled once more.
        """
        config = self.configs[0]
        outcomes = {poll.outcome for poll in self.stats.polls.values()}
        if config.typed is None or has_scheme(config.typed) or not config.url.startswith("https://"):
            return False
        if len(self.configs) > 1 or not outcomes or outcomes - HTTPS_FAILURES:
            return False
        url = f"http://{config.url.removeprefix('https://')}"
        self.configs[0] = replace(config, url=url)
        self.hosts.setdefault(get_site(url))
        self.stats.url, self.stats.problem = url, None
        self.stats.polls.clear()
        return True

    def owns_url(self, url: str) -> bool:
        """Return whether a URL is on one of the site's hosts."""
        return any(is_same_site(url, host) for host in self.hosts)

    @property
    def listed_hosts(self) -> tuple[str, ...]:
        """The hosts whose URLs are taken from listings: the site's own, and click counters that redirect to it."""
        counters = (host for host, is_counter in self.portfolio.click_counters.items() if is_counter)
        return tuple(dict.fromkeys((*self.hosts, *counters)))

    def learn_click_counter(self, host: str, *, is_counter: bool) -> None:
        """Remember whether a host redirects to the site, now and for later runs."""
        known = {**self.portfolio.click_counters, host: is_counter}
        self.portfolio = replace(self.portfolio, click_counters=dict(list(known.items())[-MAX_CLICK_COUNTERS:]))

    def accepts_url(self, url: str) -> bool:
        """Return whether a URL passes the source's ``include`` and ``exclude`` and is not on the opt-out list.

        The patterns are about the site's own URLs, so click counters pass them.
        """
        if self.is_click_counter(url):
            return not self.opt_out.covers(url)
        return any(config.accepts_url(url) for config in self.configs) and not self.opt_out.covers(url)

    def is_click_counter(self, url: str) -> bool:
        """Return whether a URL is on a host that counts clicks and redirects to the site."""
        return bool(self.portfolio.click_counters.get(get_site(url))) and not self.owns_url(url)

    def is_front_page(self, url: str) -> bool:
        """Return whether the user has named this URL as the source's own."""
        return any(canonicalise(config.url) == url for config in self.configs)

    def add_host(self, url: str) -> None:
        """Count the host of a URL among the site's hosts, now and in later runs: the site answers there too."""
        host = get_site(url)
        if host not in self.hosts:
            self.hosts[host] = None
            self.portfolio = replace(self.portfolio, hosts=(*self.portfolio.hosts, host)[-MAX_LEARNED_HOSTS:])


def load_profile(source: Source) -> SiteProfile:
    """Return what earlier runs have learned about a source; an empty profile if the stored one cannot be read."""
    try:
        return SiteProfile.from_json(source.profile)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("the profile of %s cannot be read; it is learned again", source.key)
        return SiteProfile()


def load_portfolio(source: Source) -> Portfolio:
    """Return what earlier runs have learned of a source's listings; an empty value if it cannot be read."""
    try:
        return Portfolio.from_json(source.portfolio)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, OSError):
        _log.warning("the portfolio of %s cannot be read; it is learned again", source.key)
        return Portfolio()
