"""Lets ``scrapy crawl NAME`` run a site's own spider as a crawl of that site."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.spiders.news import NewsSpider


class Hosting:
    """A spider middleware that starts the crawl of a source in place of the spider, which then finds its articles.

    So a spider that is run alone has the corpus, the frontier and the workers that it has in ``cleanwire crawl``.
    """

    def __init__(self, host: NewsSpider) -> None:
        self._host = host

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured where the spider is the generic one, which needs no host."""
        if crawler.spider is None or isinstance(crawler.spider, NewsSpider):
            raise NotConfigured
        return cls(NewsSpider.from_crawler(crawler, own=crawler.spider))

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The requests for what the frontier leases; the spider's own are made when its run begins."""
        async for request in self._host.start():
            yield request
