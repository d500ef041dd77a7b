"""Finds the custom spider of a source: the one that the source names, or one that says it is for that site."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoaderProtocol, get_spider_loader

from cleaning.urls import canonicalise, get_site
from crawler.config.models import ConfigError, SourceConfig
from crawler.engine.site_spider import SiteSpider

SPIDER_FOLDERS: Final = tuple(
    Path(folder).absolute() for folder in os.environ.get("CLEANWIRE_SPIDERS", "").split(os.pathsep) if folder
)
"""The folders with the user's spiders, absolute."""
GENERIC_SPIDER: Final = "news"
"""Name of the spider that crawls any site. A source can name it to do without its site's custom spider."""


def load_custom_spiders(settings: BaseSettings) -> SpiderLoaderProtocol:
    """Load all spiders, ours and the user's.

    Raises:
        ConfigError: a spider cannot be imported, or a folder does not exist.
    """
    for folder in SPIDER_FOLDERS:
        if not folder.is_dir():
            raise ConfigError(f"CLEANWIRE_SPIDERS names {folder}, which does not exist.")
    try:
        return get_spider_loader(settings)
    except Exception as error:  # whatever importing the author's module raises
        raise ConfigError(
            f"A spider cannot be loaded: {_find_error_place(error)}{type(error).__name__}: {error}"
        ) from error


def _find_error_place(error: Exception) -> str:
    """Return the file and line of the user's spider that an error comes from, as the beginning of a sentence."""
    if isinstance(error, SyntaxError):
        return ""  # it names its file and line itself
    frame, place = error.__traceback__, ""
    while frame:
        if any(folder in _list_parents(frame.tb_frame.f_code.co_filename) for folder in map(str, SPIDER_FOLDERS)):
            place = f"{frame.tb_frame.f_code.co_filename}, line {frame.tb_lineno}: "
        frame = frame.tb_next
    return place


def _list_parents(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts))}


def find_spider(source: SourceConfig, spiders: SpiderLoaderProtocol) -> type[Spider] | None:
    """Return the class of a source's custom spider; ``None`` if the generic spider crawls it.

    Raises:
        ConfigError: the source names a spider that does not exist.
    """
    if source.spider == GENERIC_SPIDER:
        return None
    if source.spider is None:
        return _find_spider_for_site(get_site(source.url), spiders)
    try:
        return spiders.load(source.spider)
    except KeyError:
        nearest = difflib.get_close_matches(source.spider, spiders.list(), n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"the spiders are {', '.join(sorted(spiders.list()))}."
        raise ConfigError(f"{source.url} names the spider {source.spider!r}, which does not exist: {hint}") from None


def find_missing_spiders(sources: Iterable[SourceConfig], settings: BaseSettings) -> dict[str, str]:
    """Return the URLs of sources that name a spider that does not exist, each with a sentence about it.

    Raises:
        ConfigError: a spider cannot be imported, or a folder does not exist.
    """
    spiders = load_custom_spiders(settings)
    missing = {}
    for source in sources:
        try:
            find_spider(source, spiders)
        except ConfigError as error:
            missing[source.url] = str(error)
    return missing


def _find_spider_for_site(site: str, spiders: SpiderLoaderProtocol) -> type[Spider] | None:
    for name in spiders.list():
        spider = spiders.load(name)
        if issubclass(spider, SiteSpider) and (address := find_site_url(spider)) and get_site(address) == site:
            return spider
    return None


def find_site_url(spider: Spider | type[Spider]) -> str | None:
    """Return the URL of the site that a spider is for, from its attributes; ``None`` if it names none."""
    starts, domains = getattr(spider, "start_urls", ()), getattr(spider, "allowed_domains", None) or ()
    if address := getattr(spider, "site", None):
        return canonicalise(address)
    if starts:
        parts = urlsplit(canonicalise(next(iter(starts))))
        return f"{parts.scheme}://{parts.netloc}/"
    return canonicalise(f"https://{next(iter(domains))}/") if domains else None


def source_for_spider(spider: Spider) -> SourceConfig:
    """Return the source that a spider is for; raise ConfigError if the spider does not say."""
    address = find_site_url(spider)
    if address is None:
        raise ConfigError(f"The spider {spider.name!r} does not say which site it is for: set `site` to its URL.")
    return SourceConfig(url=address, spider=spider.name)


def list_allowed_hosts(spider: Spider) -> tuple[str, ...]:
    """Return the hosts of a spider's ``allowed_domains``, in the form of ``SourceConfig.hosts``."""
    return tuple(get_site(f"http://{domain}/") for domain in getattr(spider, "allowed_domains", None) or ())
