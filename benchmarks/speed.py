"""Measure the pages per second of a crawl, and the CPU time of each step, compared with a plain Scrapy spider.

Both crawl the same generated site on loopback, one after the other, with politeness off. The plain one is a sitemap
spider with trafilatura that stores its articles in SQLite, with one commit an item.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cleaning import Cleaned
from cleaning.urls import make_url_key
from crawler.demo import DemoSite, make_big_site, serve
from storage import Candidate, Corpus, FetchedPage, Lease

CLEANWIRE = Path(sys.executable).with_name("cleanwire")

PLAIN_SPIDER = """
import sqlite3, sys
import scrapy, trafilatura
from scrapy.crawler import CrawlerProcess

class Plain(scrapy.spiders.SitemapSpider):
    name = "plain"
    sitemap_urls = [sys.argv[1] + "/robots.txt"]
    database = sqlite3.connect(sys.argv[2])

    def parse(self, response):
        found = trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True, include_comments=False)
        if found:
            row = (response.url, found.title, found.text, found.date)
            self.database.execute("INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?)", row)
            self.database.commit()

Plain.database.execute("CREATE TABLE article (url PRIMARY KEY, title, text, date)")
settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "ERROR"}
process = CrawlerProcess(settings)
process.crawl(Plain)
process.start()
"""


@dataclass(frozen=True)
class Crawl:
    """What a crawl took."""

    seconds: float
    cpu: float
    """CPU seconds of the process itself, without workers that the fork server started."""


def main() -> None:
    """Run both crawls and print their rates, then the CPU time by step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="articles of the site (default: 300)")
    arguments = parser.parse_args()
    site = make_big_site(arguments.pages)
    with tempfile.TemporaryDirectory() as scratch, serve(site) as server:
        spider = Path(scratch) / "plain.py"
        spider.write_text(PLAIN_SPIDER)
        ours = measure_crawl(
            [str(CLEANWIRE), "--database", f"sqlite:///{scratch}/ours.db", "crawl", "--delay", "0", server.url]
        )
        plain = measure_crawl([sys.executable, str(spider), server.url, f"{scratch}/plain.db"])
    print(f"{arguments.pages} pages, one host, including start and end of the process\n")
    print("| | pages/s | CPU ms a page without workers | pages/s, plain = 1 |\n|---|---|---|---|")
    for name, crawl in (("cleanwire", ours), ("plain Scrapy + trafilatura", plain)):
        rate = arguments.pages / crawl.seconds
        ratio = plain.seconds / crawl.seconds
        print(f"| {name} | {rate:.1f} | {1000 * crawl.cpu / arguments.pages:.1f} | {ratio:.2f} |")
    print_steps(site)


def measure_crawl(command: list[str]) -> Crawl:
    """Run a crawl in a process of its own, and return what it took."""
    environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "no_proxy": "127.0.0.1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Crawl(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def print_steps(site: DemoSite) -> None:
    """Print the CPU milliseconds of each step of the cleaner, and of storing, as means over 60 pages."""
    from cleaning.cleaner import clean_and_explain
    from cleaning.content.blocks import read_blocks
    from cleaning.content.extraction import extract_content, to_line
    from cleaning.content.repeated_text import mark_duplicate_blocks
    from cleaning.html.decoding import decode_page
    from cleaning.html.tree import parse_html
    from cleaning.lines.line import KnownMetadata
    from cleaning.lines.steps.pipeline import strip_lines
    from cleaning.metadata.language import detect_language
    from cleaning.metadata.reader import read_metadata

    pages = [
        (url, site.respond(urlsplit(url).path, "http://site.example").body)
        for url in site.list_urls("http://site.example")[:60]
    ]
    # Warm up: the first page loads rules and models.
    clean_and_explain(pages[0][1])
    spent: dict[str, float] = {}

    def measure_step(name: str, call: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = call()
        spent[name] = spent.get(name, 0.0) + time.process_time() - started
        return result

    cleaned = []
    for url, body in pages:
        text = measure_step("decode", lambda body=body: decode_page(body))
        tree = measure_step("parse", lambda text=text: parse_html(text))
        metadata = measure_step("metadata", lambda tree=tree, url=url: read_metadata(tree, url))
        blocks = measure_step("blocks", lambda tree=tree: read_blocks(tree))
        measure_step("repeats", lambda blocks=blocks: mark_duplicate_blocks(blocks))
        known = KnownMetadata(title=metadata.title, authors=metadata.authors, site_name=metadata.site_name)
        chosen = measure_step(
            "content", lambda blocks=blocks, tree=tree, known=known: extract_content(blocks, known, tree)
        )
        lines = tuple(to_line(block, url) for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)
        stripped = measure_step("lines", lambda lines=lines, known=known: strip_lines(lines, known))
        measure_step(
            "language", lambda stripped=stripped: detect_language("\n\n".join(line.text for line in stripped.lines))
        )
        cleaned.append((url, clean_and_explain(body, url)))
    with tempfile.TemporaryDirectory() as scratch, Corpus.open(f"sqlite:///{scratch}/store.db", create=True) as corpus:
        measure_step("store", lambda: store_articles(cleaned, corpus))
    print("\n| step | CPU ms a page |\n|---|---|")
    for name, seconds in spent.items():
        print(f"| {name} | {1000 * seconds / len(pages):.2f} |")


def store_articles(cleaned: list[tuple[str, Any]], corpus: Corpus) -> None:
    """Store articles in batches of four, as a crawl of one host does."""
    source = corpus.crawl.get_or_create_source("http://site.example/")
    frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("benchmark"))
    frontier.add(Candidate(url, make_url_key(url), source.id, "feed") for url, _ in cleaned)
    articles = dict(cleaned)
    while leases := frontier.lease(4, busy={}, per_host=4, sources=[source.id]):
        now = datetime.now(UTC)
        frontier.record_fetches([build_fetched_page(lease, articles[lease.url], now) for lease in leases])


def build_fetched_page(lease: Lease, cleaned: Cleaned, now: datetime) -> FetchedPage:
    """Build a fetched page as a crawl commits it."""
    return FetchedPage(lease, lease.url, 200, "article", None, now, 1, 1, cleaned, make_url_key(lease.url))


if __name__ == "__main__":
    main()
