"""A crawl that is long: memory stays where it is."""

import time
from pathlib import Path

import pytest

from crawler.demo import make_big_site, serve

PAGES = 10_000
MOST_GROWTH = 20
"""Megabytes, from a fifth of the pages to the end."""


def resident(process: int) -> int:
    """Megabytes that a process has in memory."""
    return int(Path(f"/proc/{process}/status").read_text().split("VmRSS:")[1].split()[0]) // 1024


@pytest.mark.slow
@pytest.mark.promise(39)
def test_memory_over_ten_thousand_pages(start_crawl, database: str, measured) -> None:
    with serve(make_big_site(PAGES)) as server:
        crawl = start_crawl("http://dhow.example/", environment={"http_proxy": server.url})
        sizes: list[tuple[int, int]] = []
        while crawl.process.poll() is None:
            try:
                sizes.append((len(server.requests), resident(crawl.process.pid)))
            except (OSError, IndexError):
                break
            time.sleep(1)
        done = crawl.wait()
    assert done["counts"]["stored"] == PAGES
    early = max(size for asked, size in sizes if asked < PAGES // 5)
    last = max(size for asked, size in sizes if asked > PAGES * 0.95)
    measured(f"{early} MB after a fifth, {last} MB at the end: {last - early:+} MB")
    assert last - early < MOST_GROWTH
