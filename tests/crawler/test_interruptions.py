"""A crawl that is killed, or told to stop, loses nothing and repeats next to nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from processes import in_session, is_sound, until

from crawler.demo import DemoServer, make_big_site, serve
from storage import Corpus

SITE = "http://dhow.example/"
HANGING = """
import time
def read_article(*args, **known):
    time.sleep(3600)
"""


def until_asked(server: DemoServer, count: int) -> None:
    """Wait until the server has had so many requests."""
    until(lambda: len(server.requests) >= count)


def stored(database: str) -> list[str]:
    with Corpus.open(database) as corpus:
        return sorted(unquote(urlsplit(article.url).path) for article in corpus.iter())


@pytest.mark.promise(24, 33, 34)
@pytest.mark.parametrize("moment", [60, 150, 260])
def test_killed_in_mid_crawl_and_run_again(start_crawl, database: str, moment: int, measured) -> None:
    site = make_big_site(300)
    truth = sorted(article.path for article in site.articles)
    with serve(site) as server:
        environment = {"http_proxy": server.url}
        killed = start_crawl(SITE, environment=environment)
        until_asked(server, moment)
        assert not listening_ports(killed.process.pid)
        killed.send(signal.SIGKILL)
        killed.wait()
        kept = len(stored(database))
        assert 0 < kept < 300
        again = start_crawl(SITE, environment=environment).wait()
        fetched = Counter(unquote(request.path) for request in server.requests)
    assert in_session(killed.process.pid) == {}  # the workers have noticed that nobody is there
    assert again["exit_code"] == 0
    assert stored(database) == truth
    assert again["counts"]["stored"] == 300 - kept
    twice = sum(fetched[path] > 1 for path in truth)
    assert twice <= 6  # 2 %
    measured(f"{twice / len(truth):.1%} of 300 pages twice", promise=34)
    measured("none", promise=24)
    measured("3 kills of a crawl, nothing lost or duplicated", promise=33)
    assert is_sound(Path(database.removeprefix("sqlite:///")))


def listening_ports(process: int) -> list[int]:
    """The TCP ports that a process listens on."""
    sockets = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.add(str(descriptor.readlink()))
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    table = [line.split() for lines in tables for line in lines]
    return [int(row[1].partition(":")[2], 16) for row in table if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


def test_told_to_stop_it_commits_what_it_has_and_the_next_run_goes_on(start_crawl, database: str) -> None:
    site = make_big_site(40)
    with serve(site) as server:
        environment = {"http_proxy": server.url}
        stopped = start_crawl(SITE, environment=environment)
        until_asked(server, 25)
        stopped.send(signal.SIGTERM)
        summary = stopped.wait()
        assert (summary.status, summary["stopped"], summary.errors) == (0, "SIGTERM", "")
        assert summary["counts"]["stored"] == len(stored(database)) < 40
        start_crawl(SITE, environment=environment).wait()
        fetched = Counter(request.path for request in server.requests)
    assert len(stored(database)) == 40
    assert sum(fetched[path] > 1 for path in (article.path for article in site.articles)) <= 2


@pytest.mark.promise(4)
def test_told_to_stop_while_a_page_hangs_and_another_does_not_come(
    start_crawl, database: str, tmp_path: Path, measured
) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    before = (
        "import hanging; from crawler.engine import page_processor; page_processor.read_article = hanging.read_article"
    )
    with serve({"dhow.example": make_big_site(20), "slow.example": SlowSite()}) as server:
        environment = {"http_proxy": server.url, "PYTHONPATH": str(tmp_path)}
        crawl = start_crawl(SITE, "http://slow.example/", environment=environment, before=before, deadline=600.0)
        until_asked(server, 8)
        crawl.send(signal.SIGTERM)
        began = time.monotonic()
        summary = crawl.wait()
        took = time.monotonic() - began
        assert took < 10
        measured(f"{took:.1f} s")
        assert (summary.status, summary["stopped"], summary.errors) == (0, "SIGTERM", "")
    with Corpus.open(database) as corpus:
        assert corpus.monitoring.list_runs(1)[0].outcome == "stopped"


class SlowSite:
    """A site that answers nothing within the test."""

    def respond(self, target: str, base_url: str):
        time.sleep(15)
        raise ConnectionError


def test_a_time_limit_ends_it_in_good_order(start_crawl, database: str) -> None:
    with serve(make_big_site(60), delay=0.05) as server:
        summary = start_crawl(SITE, environment={"http_proxy": server.url}, max_runtime=1.5).wait()
    assert (summary.status, summary["stopped"], summary["exit_code"]) == (0, "time limit", 0)
    assert summary["counts"]["stored"] == len(stored(database)) < 60


@pytest.mark.promise(35)
def test_a_disk_that_is_full_is_said_once_and_nothing_stored_is_lost(start_crawl, database: str) -> None:
    """The corpus fails in mid-crawl; a limit on the database's pages stands for the full disk."""
    before = """
import sqlalchemy
@sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
def limit(connection, record):
    connection.execute("pragma max_page_count = 90")
"""
    with serve(make_big_site(200)) as server:
        crawl = start_crawl(SITE, environment={"http_proxy": server.url}, before=before).wait()
    assert crawl.status == 1
    assert "corpus.db is full; everything committed before that is kept" in crawl.errors.splitlines()[-1]
    assert stored(database)
    assert is_sound(Path(database.removeprefix("sqlite:///")))


def test_scrapys_own_commands_work(database: str) -> None:
    root = Path(__file__).parents[2]
    with serve(make_big_site(12)) as server:
        environment = {**os.environ, "CLEANWIRE_DATABASE": database, "http_proxy": server.url}
        scrapy = [sys.executable, "-m", "scrapy"]
        listed = subprocess.run([*scrapy, "list"], cwd=root, capture_output=True, text=True, timeout=60)
        assert (listed.stdout, listed.returncode) == ("news\n", 0)
        crawl = [*scrapy, "crawl", "news", "-a", f"url={SITE}", "-s", "DOWNLOAD_DELAY=0.01", "-s", "LOG_LEVEL=INFO"]
        items = Path(database.removeprefix("sqlite:///")).with_name("articles.jsonl")
        done = subprocess.run(
            [*crawl, "-o", str(items)], cwd=root, env=environment, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stderr
    assert "stored 12, updated 0" in done.stderr
    assert len(stored(database)) == 12
    assert len(items.read_text().splitlines()) == 12
