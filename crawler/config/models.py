"""The values of ``sources.toml``: the sources to crawl and the settings of the crawl, the archive and the alerts.

:mod:`crawler.config.loader` reads the file. All values are frozen; durations are in seconds, sizes in bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crawler.urls.user_patterns import accepts_url

USAGE_PREFERENCES: Final = ("noindex", "noarchive", "tdm")
"""The usage preferences that a page or server can state and the user can choose to obey: do not index, do not archive,
no text and data mining."""


class ConfigError(Exception):
    """A configuration that cannot be used. The message is for the user and says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning about a line of a file that the user wrote."""

    file: str
    line: int
    """From 1; 0 if ``file`` is no file but a variable of the environment."""
    text: str
    """A sentence without a full stop."""
    source: int | None = field(default=None, compare=False)
    """The number of the only ``[[source]]`` table that it spoils, from 0; ``None`` if the whole file cannot be used."""

    def __str__(self) -> str:
        # A text that ends with a question ("did you mean …?") needs no full stop.
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.text}{'' if self.text.endswith('?') else '.'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """A site to crawl: one ``[[source]]`` table."""

    url: str
    """URL of its front page, or of another page to start from; canonical."""
    name: str | None = None
    """The name to show; ``None`` for the name that the site itself uses."""
    group: str | None = None
    """The group that the user has put it into, for reports, searches and counts; ``None`` for none."""
    delay: float | None = None
    """Seconds between two requests to it; ``None`` for the crawl's default."""
    concurrency: int = 1
    """Number of parallel requests to its host."""
    language: str | None = None
    """Language code of articles whose language cannot be detected; ``None`` if the user states none."""
    section: str | None = None
    """Section of articles whose page names none; ``None`` leaves theirs empty."""
    include: tuple[str, ...] = ()
    """Regular expressions. Only URLs that match one of them are fetched; if empty, all are."""
    exclude: tuple[str, ...] = ()
    """Regular expressions. URLs that match one of them are not fetched, even if ``include`` matches."""
    follow: tuple[str, ...] = ()
    """Regular expressions. Only section pages whose URL matches one of them are followed; if empty, all are."""
    feeds: tuple[str, ...] = ()
    """Absolute URLs of feeds to poll. If there are any, the crawl does not search for others."""
    sitemaps: tuple[str, ...] = ()
    """Absolute URLs of sitemaps to read. If there are any, the crawl does not search for others."""
    sections: tuple[str, ...] = ()
    """Absolute URLs of section pages to take links from."""
    hosts: tuple[str, ...] = ()
    """Other hosts with articles of the site, in addition to the host of ``url``."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Headers for every request to the site's own origins, and to no others. They may be secret: never log or store
    them."""
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Cookies for every request to the site's own origins, and to no others. They may be secret, like ``headers``."""
    session_cookies: bool = True
    """Whether cookies that the site sets are sent back to it within a run."""
    js: bool = False
    """Whether a browser must run the scripts of its pages."""
    max_pages: int | None = None
    """Maximum number of article pages to fetch in one run; ``None`` for the crawl's default."""
    max_age: float | None = None
    """Articles published longer ago than this many seconds are not fetched; ``None`` for no limit."""
    paused: bool = False
    """Whether the source is skipped for now."""
    obey: tuple[str, ...] | None = None
    """The ``USAGE_PREFERENCES`` to obey; ``None`` for the crawl's default."""
    purpose: str | None = None
    """What its articles are used for, one of ``cleaning.usage.PURPOSES``; ``None`` for the crawl's default."""
    revisit: tuple[float, ...] | None = None
    """When to revisit an article: seconds since its first fetch, ascending. Empty for never, ``None`` for the crawl's
    default."""
    archive: bool = True
    """Whether its pages are archived, if there is an archive."""
    verify_tls: bool = True
    """Whether its TLS certificates are verified."""
    spider: str | None = None
    """Name of the custom spider that finds its articles; ``None`` for the discovery that works on any site."""
    typed: str | None = None
    """What the user typed on the command line for a site that ``sources.toml`` does not list; ``None`` for a source of
    the file. Such a site leaves no trace if nothing answers at its URL."""

    def accepts_url(self, url: str) -> bool:
        """Return whether ``include`` and ``exclude`` allow a URL to be fetched.

        The patterns are searched anywhere in the URL, host included, and ``exclude`` wins.
        """
        return accepts_url(self.include, self.exclude, url)

    def follows_url(self, url: str) -> bool:
        """Return whether the section page at a URL may be polled for links.

        This limits discovery only: articles are chosen by ``accepts_url``.
        """
        return accepts_url(self.follow, (), url)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlDefaults:
    """The ``[crawl]`` table: defaults for every source that does not override them, and the opt-out list."""

    delay: float = 1.0
    """Seconds between two requests to a host."""
    obey: tuple[str, ...] = USAGE_PREFERENCES
    """The ``USAGE_PREFERENCES`` to obey. All that pages state are recorded, obeyed or not."""
    purpose: str | None = None
    """What the articles are used for, one of ``cleaning.usage.PURPOSES``. Articles that may not be used for it are not
    stored. ``None``: what sites state about uses is recorded, but rejects nothing."""
    revisit: tuple[float, ...] = (3_600.0, 6 * 3_600.0, 86_400.0, 7 * 86_400.0)
    """When to revisit an article: seconds since its first fetch, ascending; empty for never."""
    min_interval: float = 600.0
    """Minimum number of seconds between two polls of a feed. Others use ten minutes to a day as well (Media Cloud)."""
    max_interval: float = 86_400.0
    """Maximum number of seconds between two polls of a feed."""
    opt_out: tuple[str, ...] = ()
    """Hosts and URLs that are never fetched: hosts, without ``www.`` and including their subdomains, and canonical
    URLs, including every URL that begins with them. The entries of ``opt_out_file`` are included."""

    def get_delay(self, source: SourceConfig) -> float:
        """Return the seconds between two requests to a source's hosts: its own setting, or the default.

        ``Crawl-delay`` in robots.txt can make the actual delay longer, never shorter.
        """
        return self.delay if source.delay is None else source.delay

    def get_obeyed_preferences(self, source: SourceConfig) -> tuple[str, ...]:
        """Return the usage preferences to obey on pages of a source: its own setting, or the default.

        An empty ``obey`` of the source is a setting: nothing is obeyed.
        """
        return self.obey if source.obey is None else source.obey

    def get_purpose(self, source: SourceConfig) -> str | None:
        """Return what the articles of a source are used for: its own setting, or the default."""
        return source.purpose or self.purpose

    def get_revisit_schedule(self, source: SourceConfig) -> tuple[float, ...]:
        """Return when articles of a source are revisited: its own setting, or the default.

        The values are seconds since the first fetch, ascending; an empty tuple means never.
        """
        return self.revisit if source.revisit is None else source.revisit


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConfig:
    """The ``[archive]`` table: the WARC archive of fetched pages."""

    enabled: bool = True
    folder: Path | None = None
    """The folder, absolute if the path of ``sources.toml`` is; ``None`` for a folder next to the database."""
    budget: int = 20 * 1000**3
    """Bytes at which archiving stops; the run reports it."""
    rotate: int = 1000**3
    """Bytes after which a new WARC file is started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """The ``[alerts]`` table: where to report that a problem with a source begins or is over."""

    command: tuple[str, ...] = ()
    """A program with its arguments that receives the alert as JSON on standard input; empty for none."""
    webhook: str | None = field(default=None, repr=False)
    """URL that receives the alert as JSON by POST; ``None`` for none. It may be secret, like the URLs of chat
    services."""
    ping_url: str | None = field(default=None, repr=False)
    """URL that is called when a run begins, succeeds or fails; ``None`` for none. It may be secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole ``sources.toml``."""

    crawl: CrawlDefaults = CrawlDefaults()
    archive: ArchiveConfig = ArchiveConfig()
    alerts: AlertConfig = AlertConfig()
    sources: tuple[SourceConfig, ...] = ()
    variables: tuple[str, ...] = ()
    """Names of the environment variables that hold its secrets."""
    skipped: tuple[Problem, ...] = ()
    """The errors of sources that cannot be used and are left out; one of them must not stop the others."""

    @property
    def active_sources(self) -> tuple[SourceConfig, ...]:
        """The sources that are not paused, in the order of the file.

        Commands crawl these, but list and find paused ones too.
        """
        return tuple(source for source in self.sources if not source.paused)
