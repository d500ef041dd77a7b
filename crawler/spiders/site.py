"""The base class of a site's own spider; see :mod:`crawler.engine.site_spider`."""

from crawler.engine.site_spider import HINTS, FoundArticle, SiteSpider

__all__ = ["HINTS", "FoundArticle", "SiteSpider"]
