"""The baseline of ``farm.py``: Scrapy's SitemapSpider with trafilatura in a pipeline. Run with ``scrapy runspider``."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trafilatura
from scrapy.http import Response
from scrapy.spiders import SitemapSpider


class Pipeline:
    """Extracts each page, and writes those with a text as a JSON line."""

    def open_spider(self, spider: Any) -> None:
        """Open the output file that ``PEER_OUTPUT`` names."""
        self.file = Path(os.environ["PEER_OUTPUT"]).open("a")  # noqa: SIM115 - closed with the spider

    def close_spider(self, spider: Any) -> None:
        """Close the output file."""
        self.file.close()

    def process_item(self, item: dict[str, Any], spider: Any) -> dict[str, Any]:
        """Extract a page and write its article."""
        document = trafilatura.bare_extraction(item.pop("html"), url=item["url"], with_metadata=True)
        if document is not None and document.text:
            self.file.write(json.dumps({"url": item["url"], "title": document.title, "text": document.text}) + "\n")
        return item


class Peer(SitemapSpider):
    """Fetches all pages in the sitemaps of the hosts that ``PEER_HOSTS`` lists."""

    name = "peer"
    sitemap_urls = [f"http://{host}/robots.txt" for host in os.environ["PEER_HOSTS"].split()]  # noqa: RUF012
    custom_settings = {  # noqa: RUF012
        "ITEM_PIPELINES": {Pipeline: 1},
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 200,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": float(os.environ["PEER_DELAY"]),
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }

    def parse(self, response: Response, **kwargs: Any) -> Iterator[dict[str, Any]]:
        """Yield the page for the pipeline."""
        yield {"url": response.url, "html": response.body}
