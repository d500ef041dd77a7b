"""Processes of a crawl that are killed from outside: the crawl goes on, and no page is lost."""

import os
import signal
import time
from pathlib import Path

import pytest
from processes import in_session, is_sound, one_value, started, until

from crawler.demo import make_big_site, serve

PAGES = 40
KILLS = 3
SITE = "http://dhow.example/"


def parent_of(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0


def workers_of(crawl: int) -> list[int]:
    """The processes that clean: they were begun by another one that the crawl has begun."""
    return [process for process in in_session(crawl) if parent_of(parent_of(process)) == crawl]


def starters_of(crawl: int) -> list[int]:
    """The process that begins those that clean."""
    return [process for process in map(parent_of, workers_of(crawl)) if process]


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    "victims", [workers_of, pytest.param(starters_of, marks=pytest.mark.slow)], ids=["workers", "their parent"]
)
def test_kill_9_of_the_processes_that_clean(tmp_path: Path, victims, measured) -> None:
    database = tmp_path / "corpus.db"
    with serve(make_big_site(PAGES), delay=0.1) as server:
        crawl = started(tmp_path, "crawl", "--delay", "0", "--json", SITE, http_proxy=server.url)
        until(lambda: len(server.requests) > PAGES / 4)
        for _ in range(KILLS):
            os.kill(until(lambda: victims(crawl.id))[0], signal.SIGKILL)
            time.sleep(0.5)
        ended = crawl.wait()
        crashed = ended["failed"].get("cleaner-crashed", 0)
        assert ended.status == (3 if crashed > PAGES / 2 else 0), ended
        assert ended["stored"] == PAGES - crashed, ended.errors
        # Without the parent, a worker that was just begun finds its locks gone; multiprocessing says so in its own way.
        assert victims is starters_of or ended.errors == ""
        assert one_value(database, "SELECT count(*) FROM frontier WHERE state = 'leased'") == 0
        again = started(tmp_path, "crawl", "--delay", "0", "--json", SITE, http_proxy=server.url).wait()
    assert (again.status, again["stored"]) == (0, crashed)
    assert one_value(database, "SELECT count(DISTINCT url) FROM article") == PAGES
    assert is_sound(database)
    measured(f"{KILLS} workers killed from outside: {crashed} pages recorded and stored by the next run")
