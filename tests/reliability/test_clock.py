"""A clock that is wrong, and put right: nothing waits for years, and nothing takes a negative time."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from faulty import FaultyServer, in_turn, page, reply, robots, serving
from processes import Ended, started

from storage import Corpus, Host

HOST = "news.example"
SOURCES = f"""
[[source]]
url = "http://{HOST}/"
"""
TIMES = {
    "run": ("started_at", "finished_at"),
    "feed": ("polled_at", "changed_at", "next_poll_at"),
    "host": ("paused_until", "robots_fetched_at"),
    "source_run": ("at",),
    "frontier": ("found_at", "not_before", "first_fetched_at", "revisit_at"),
    "fetch": ("fetched_at",),
    "article": ("stored_at", "fetched_at"),
}
"""What the crawl writes down by its clock."""


def in_the_future(database: Path) -> None:
    """Have everything be noted as if the clock had been ten years ahead."""
    with closing(connect(database)) as connection, connection:
        for table, columns in TIMES.items():
            for column in columns:
                ahead = f"CAST(substr({column}, 1, 4) + 10 AS TEXT) || substr({column}, 5)"
                connection.execute(f"UPDATE {table} SET {column} = {ahead} WHERE {column} IS NOT NULL")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """A site of four articles, of which one cannot be had at first."""
    pages = {f"/2024/{number}/": page(number) for number in range(3)}
    troubled = in_turn(reply(503), page(3))
    site = {"/robots.txt": robots("User-agent: *\nAllow: /"), **pages, "/2024/3/": troubled}
    with serving({HOST: site}) as server:
        yield server


def run(folder: Path, server: FaultyServer) -> tuple[Ended, Counter[str]]:
    """Crawl what is due; what that asked for."""
    before = len(server.exchanges)
    ended = started(folder, "crawl", "--delay", "0", "--json", http_proxy=server.url).wait()
    return ended, Counter(exchange.path for exchange in server.exchanges[before:])


def test_a_run_whose_clock_was_ten_years_ahead_leaves_no_trace(tmp_path: Path, server: FaultyServer) -> None:
    (tmp_path / "sources.toml").write_text(SOURCES)
    first, _ = run(tmp_path, server)
    assert (first["stored"], first["failed"]) == (3, {"http-503": 1})
    in_the_future(tmp_path / "corpus.db")
    with Corpus.open(str(tmp_path / "corpus.db")) as corpus:
        known = corpus.crawl.get_host(HOST)
        corpus.crawl.save_host(Host(HOST, datetime.now(UTC) + timedelta(days=3650), known.robots_fetched_at, 200, ""))
    second, asked = run(tmp_path, server)
    assert (second.status, second["stored"]) == (0, 1)
    assert asked["/robots.txt"] == 1
    assert asked["/feed"] == 1
    assert asked["/2024/3/"] == 1  # it had failed, and was to wait
    assert second["unchanged"] == 3  # and the others were to be looked at again
    third, asked = run(tmp_path, server)
    assert (third.status, asked) == (0, {})
    assert_no_negative_time(tmp_path)


def assert_no_negative_time(folder: Path) -> None:
    """Also of a run that the clock was put back in."""
    with closing(connect(folder / "corpus.db")) as connection, connection:
        connection.execute("UPDATE run SET started_at = '2036' || substr(started_at, 5) WHERE id = 3")
    report = started(folder, "report", "--json").wait()
    assert report["run"]["seconds"] == 0


JUMP = """
import os, sys, time

right = time.time
def jumping():
    try:
        has_begun = right() - os.stat("begun").st_mtime > 0.3
    except FileNotFoundError:
        has_begun = False
    return right() + (float(sys.argv[1]) if has_begun else 0.0)
time.time = jumping

import slow
from cleaning.batch import Page, map_in_workers
from cleaning.worker_preload import SAMPLE_PAGE
ends = [b"<!-- hang -->", b"<!-- slow -->"]
pages = [Page(SAMPLE_PAGE + end) for end in ends]
done = list(map_in_workers(slow.clean, pages, workers=2, deadline=0.75, ordered=True))
print([str(getattr(result, "outcome", "article")) for _, result in done])
"""
SLOW = """
import time
from pathlib import Path
from cleaning.batch import clean_page

def clean(page, sites=None):
    while page.content.endswith(b"<!-- hang -->"):
        time.sleep(0.01)
    if page.content.endswith(b"<!-- slow -->"):
        Path("begun").touch()
        time.sleep(1.5)
    return clean_page(page)
"""


@pytest.mark.promise(1)
@pytest.mark.parametrize("seconds", [3600, pytest.param(-3600, marks=pytest.mark.slow)])
def test_a_pages_deadline_does_not_follow_a_clock_that_jumps(tmp_path: Path, seconds: int) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    done = subprocess.run(
        [sys.executable, "-c", JUMP, str(seconds)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "['timeout', 'article']\n"
