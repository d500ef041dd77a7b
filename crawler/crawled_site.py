"""A site in one run of the crawl: what its user set, what was learned of it, and what has been done on it so far."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from cleaning import Cleaned
from cleaning.urls import site_of
from crawler.config.models import CrawlDefaults, SourceConfig
from crawler.config.opt_out import NOBODY, OptOut
from crawler.frontier.schedule import next_visit
from crawler.pages.site_profile import SiteProfile
from crawler.stats import Tally
from crawler.urls.classifier import same_site
from storage import Source

_log = logging.getLogger(__name__)


class CrawledSite:
    """A source as this run sees it."""

    def __init__(self, source: Source, config: SourceConfig) -> None:
        self.source = source
        self.configs = [config]
        self.profile = profile_of(source)
        """What is known of the site's pages, and grows with each."""
        self.tally = Tally(config.name or source.name or source.key, config.url)
        self.hosts = dict.fromkeys([site_of(config.url), *config.hosts])
        """The hosts whose articles are the site's, without ``www.``, with a port that is not the default."""
        self.leased = 0
        self.opt_out: OptOut = NOBODY

    @property
    def room(self) -> float:
        """How many more pages its limit allows; infinite without one."""
        limit = self.configs[0].max_pages
        return inf if limit is None else limit - self.leased

    @property
    def delay(self) -> float | None:
        """Seconds between two requests that the person who set it up wants; ``None`` for the crawl's own."""
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

    def next_visit(self, first: datetime, now: datetime, defaults: CrawlDefaults) -> datetime | None:
        """When to look again at an article of the site that was first fetched at ``first``."""
        return next_visit([timedelta(seconds=after) for after in defaults.revisit_of(self.configs[0])], first, now)

    @property
    def needs_browser(self) -> bool:
        """Whether its pages are made by their scripts."""
        return any(config.js for config in self.configs)

    @property
    def oldest(self) -> datetime | None:
        """Before when articles are too old to be fetched; ``None`` where none is."""
        ages = [inf if config.max_age is None else config.max_age for config in self.configs]
        return None if inf in ages else datetime.now(UTC) - timedelta(seconds=max(ages))

    @property
    def concurrency(self) -> int:
        """Requests to one of its hosts at once."""
        return min(config.concurrency for config in self.configs)

    def owns(self, url: str) -> bool:
        """Whether an address is on the site."""
        return any(same_site(url, host) for host in self.hosts)

    def takes(self, url: str) -> bool:
        """Whether the person who set it up wants pages of such addresses, and nobody has opted out of it."""
        return any(config.takes(url) for config in self.configs) and not self.opt_out.covers(url)

    def add_host(self, url: str) -> None:
        """The site answers at this address too."""
        self.hosts.setdefault(site_of(url))


def profile_of(source: Source) -> SiteProfile:
    """What earlier runs have learned of a source; nothing where that cannot be read."""
    try:
        return SiteProfile.from_json(source.profile)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("what was learned of %s cannot be read, and is learned again", source.key)
        return SiteProfile()
