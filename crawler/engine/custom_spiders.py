"""Which of a crawl's sources have a spider of their own, and which class that is."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoaderProtocol, get_spider_loader

from cleaning.urls import canonicalise, site_of
from crawler.config.models import ConfigError, SourceConfig
from crawler.engine.site_spider import SiteSpider

FOLDERS: Final = tuple(
    Path(folder).absolute() for folder in os.environ.get("CLEANWIRE_SPIDERS", "").split(os.pathsep) if folder
)
"""The folders with the user's spiders."""
GENERIC: Final = "news"
"""Name of the spider that crawls any site; a source can ask for it where the site has one of its own."""


def load(settings: BaseSettings) -> SpiderLoaderProtocol:
    """All spiders there are; raises ConfigError for one that cannot be imported, and for a missing folder."""
    for folder in FOLDERS:
        if not folder.is_dir():
            raise ConfigError(f"CLEANWIRE_SPIDERS names {folder}, and there is no such folder.")
    try:
        return get_spider_loader(settings)
    except Exception as error:  # whatever importing the author's module raises
        raise ConfigError(f"A spider cannot be loaded: {_where(error)}{type(error).__name__}: {error}") from error


def _where(error: Exception) -> str:
    """The place in the author's file that the error comes from."""
    if isinstance(error, SyntaxError):
        return ""  # it names its file and line itself
    frame, place = error.__traceback__, ""
    while frame:
        if any(folder in _parents(frame.tb_frame.f_code.co_filename) for folder in map(str, FOLDERS)):
            place = f"{frame.tb_frame.f_code.co_filename}, line {frame.tb_lineno}: "
        frame = frame.tb_next
    return place


def _parents(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts))}


def spider_of(source: SourceConfig, spiders: SpiderLoaderProtocol) -> type[Spider] | None:
    """The class of a source's own spider: the one it names, else one that says it is for that site.

    ``None`` where the generic spider is to crawl it; raises ConfigError for a name that no spider has.
    """
    if source.spider == GENERIC:
        return None
    if source.spider is None:
        return _made_for(site_of(source.url), spiders)
    try:
        return spiders.load(source.spider)
    except KeyError:
        nearest = difflib.get_close_matches(source.spider, spiders.list(), n=1, cutoff=0.5)
        hint = f"is {nearest[0]!r} meant?" if nearest else f"there are {', '.join(sorted(spiders.list()))}."
        raise ConfigError(f"{source.url} is to be crawled by the spider {source.spider!r}: {hint}") from None


def check(sources: Iterable[SourceConfig], settings: BaseSettings) -> None:
    """Raise ConfigError where a source's spider cannot be had: before anything is fetched."""
    spiders = load(settings)
    for source in sources:
        spider_of(source, spiders)


def _made_for(site: str, spiders: SpiderLoaderProtocol) -> type[Spider] | None:
    for name in spiders.list():
        spider = spiders.load(name)
        if issubclass(spider, SiteSpider) and (address := address_of(spider)) and site_of(address) == site:
            return spider
    return None


def address_of(spider: Spider | type[Spider]) -> str | None:
    """The address of the site that a spider is for; ``None`` where it names none."""
    starts, domains = getattr(spider, "start_urls", ()), getattr(spider, "allowed_domains", None) or ()
    if address := getattr(spider, "site", None):
        return canonicalise(address)
    if starts:
        parts = urlsplit(canonicalise(next(iter(starts))))
        return f"{parts.scheme}://{parts.netloc}/"
    return canonicalise(f"https://{next(iter(domains))}/") if domains else None


def source_of(spider: Spider) -> SourceConfig:
    """The source that a spider is for; raises ConfigError where it does not say."""
    address = address_of(spider)
    if address is None:
        raise ConfigError(f"The spider {spider.name!r} says nowhere which site it is for: set `site` to its address.")
    return SourceConfig(url=address, spider=spider.name)


def hosts_of(spider: Spider) -> tuple[str, ...]:
    """The hosts that a spider allows itself beside that of its site, as ``SourceConfig.hosts`` has them."""
    return tuple(site_of(f"http://{domain}/") for domain in getattr(spider, "allowed_domains", None) or ())
