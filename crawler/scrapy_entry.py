"""Makes ``scrapy crawl NAME`` of a custom spider a whole crawl of its site."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.spiders.news import NewsSpider


class ScrapyEntryMiddleware:
    """A spider middleware that starts a crawl of the spider's site, of which the spider then finds the articles.

    So a spider that Scrapy runs alone has the same corpus, frontier and workers as in ``cleanwire crawl``.
    """

    def __init__(self, crawl: NewsSpider) -> None:
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware; raise NotConfigured for the generic spider, which is a whole crawl already."""
        if crawler.spider is None or isinstance(crawler.spider, NewsSpider):
            raise NotConfigured
        return cls(NewsSpider.from_crawler(crawler, custom_spider=crawler.spider))

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield the requests for leased pages in place of the spider's own, which are made when discovery runs it."""
        async for request in self._crawl.start():
            yield request
