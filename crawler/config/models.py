"""What a person decides about the sites to watch, and about watching them: the values of ``sources.toml``.

:mod:`crawler.config.loader` reads the file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

USAGE_PREFERENCES: Final = ("noindex", "noarchive", "tdm")
"""What a page or a server can ask for and a person can choose to obey: not to be indexed, not to be archived, not to
be used for text and data mining."""


class ConfigError(Exception):
    """A configuration that cannot be used. The message tells its author what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that its author must put right."""

    file: str
    line: int
    """From 1."""
    text: str
    """A sentence without a full stop."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.text}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """A site to watch."""

    url: str
    """Its front page, or the page to begin at; canonical."""
    name: str | None = None
    """What people call it; ``None`` for the name that the site gives itself."""
    delay: float | None = None
    """Seconds between two requests to it; ``None`` for the crawl's default."""
    concurrency: int = 1
    """Requests to its host at once."""
    language: str | None = None
    """ISO 639-1 code of the language that most of it is in."""
    section: str | None = None
    """The section of articles whose page names none."""
    include: tuple[str, ...] = ()
    """Regular expressions; only addresses in which one of them is found are taken. Empty: all are."""
    exclude: tuple[str, ...] = ()
    """Regular expressions; addresses in which one of them is found are not taken."""
    follow: tuple[str, ...] = ()
    """Regular expressions; only listing pages in whose address one of them is found are followed. Empty: all are."""
    feeds: tuple[str, ...] = ()
    """Feeds to read, absolute; where there are any, none is looked for."""
    sitemaps: tuple[str, ...] = ()
    """Sitemaps to read, absolute; where there are any, none is looked for."""
    sections: tuple[str, ...] = ()
    """Pages to follow links from, absolute."""
    hosts: tuple[str, ...] = ()
    """Further hosts with articles of the site, beside that of ``url``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Headers of every request to the site's hosts, and to no others. They may be secret: never log or store them."""
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Cookies of every request to the site's hosts, and to no others. They may be secret, as ``headers``."""
    js: bool = False
    """Whether its pages need a browser to run their scripts."""
    max_pages: int | None = None
    """The most pages to fetch in one crawl; ``None`` for the crawl's default."""
    max_age: float | None = None
    """Seconds since an article was published, after which it is not fetched any more; ``None`` for no limit."""
    paused: bool = False
    """Whether it is left alone for now."""
    obey: tuple[str, ...] | None = None
    """Which of ``USAGE_PREFERENCES`` are obeyed; ``None`` for the crawl's default."""
    revisit: tuple[float, ...] | None = None
    """Seconds after an article was first fetched at which it is looked at again, ascending; ``None`` for the crawl's
    default."""
    archive: bool = True
    """Whether its pages are archived, where there is an archive."""
    verify_tls: bool = True
    """Whether its certificates are verified."""
    spider: str | None = None
    """Name of the Scrapy spider that crawls it; ``None`` for the one that crawls any site."""

    def accepts_url(self, url: str) -> bool:
        """Whether ``include`` and ``exclude`` let an address pass."""
        if any(re.search(pattern, url) for pattern in self.exclude):
            return False
        return not self.include or any(re.search(pattern, url) for pattern in self.include)

    def follows_url(self, url: str) -> bool:
        """Whether links may be followed from the listing page at an address."""
        return not self.follow or any(re.search(pattern, url) for pattern in self.follow)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlDefaults:
    """What holds for every source that does not say otherwise."""

    delay: float = 1.0
    """Seconds between two requests to a host."""
    obey: tuple[str, ...] = USAGE_PREFERENCES
    """Which of ``USAGE_PREFERENCES`` are obeyed; all that are met are recorded."""
    revisit: tuple[float, ...] = (3_600.0, 6 * 3_600.0, 86_400.0, 7 * 86_400.0)
    """Seconds after an article was first fetched at which it is looked at again, ascending; empty for never."""
    min_interval: float = 600.0
    """The least seconds between two polls of a feed."""
    max_interval: float = 86_400.0
    """The most seconds between two polls of a feed."""
    opt_out: tuple[str, ...] = ()
    """What is never fetched: hosts, meant with their subdomains and without ``www.``, and canonical addresses, meant
    with all that begin so. Those of ``opt_out_file`` are among them."""

    def get_delay(self, source: SourceConfig) -> float:
        """Seconds between two requests to a source."""
        return self.delay if source.delay is None else source.delay

    def get_obeyed_preferences(self, source: SourceConfig) -> tuple[str, ...]:
        """The wishes that are obeyed on pages of a source."""
        return self.obey if source.obey is None else source.obey

    def get_revisit_schedule(self, source: SourceConfig) -> tuple[float, ...]:
        """Seconds after which articles of a source are looked at again."""
        return self.revisit if source.revisit is None else source.revisit


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConfig:
    """The archive of fetched pages."""

    enabled: bool = True
    folder: Path | None = None
    """Absolute, if the path of ``sources.toml`` is; ``None`` for a folder beside the database."""
    budget: int = 20 * 1000**3
    """Bytes; the archive stops growing there."""
    rotate: int = 1000**3
    """Bytes after which a new WARC file is begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """Who is told of what goes wrong."""

    command: tuple[str, ...] = ()
    """A program with its arguments, which gets the alert as JSON on standard input; empty for none."""
    webhook: str | None = field(default=None, repr=False)
    """An address that the alert is sent to as JSON with POST. It may be secret, as chat services' are."""
    ping_url: str | None = field(default=None, repr=False)
    """An address that is told when a run begins, ends and fails. It may be secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of ``sources.toml``."""

    crawl: CrawlDefaults = CrawlDefaults()
    archive: ArchiveConfig = ArchiveConfig()
    alerts: AlertConfig = AlertConfig()
    sources: tuple[SourceConfig, ...] = ()
    variables: tuple[str, ...] = ()
    """Names of the environment variables that secrets are taken from."""

    @property
    def active_sources(self) -> tuple[SourceConfig, ...]:
        """The sources that are not paused."""
        return tuple(source for source in self.sources if not source.paused)
