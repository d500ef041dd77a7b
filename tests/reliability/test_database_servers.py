"""A database server that is stopped hard in mid-crawl: a restart is survived, and one that stays away is said."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from databases import MARIADB, POSTGRESQL
from own_servers import OwnServer, missing, own_server
from processes import Running, started, until

from crawler.demo import DemoServer, make_big_site, serve
from storage import Corpus

PAGES = 24


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A server that runs; a test that stops it starts it again."""
    if reason := missing(request.param):
        pytest.skip(f"no {request.param} of one's own: {reason}")
    with own_server(request.param) as server:
        yield server


on_postgresql = pytest.mark.parametrize("server", [POSTGRESQL], indirect=True)
on_both = pytest.mark.parametrize("server", [POSTGRESQL, MARIADB], indirect=True)


@contextmanager
def crawling(server: OwnServer, folder: Path, host: str) -> Iterator[tuple[Running, DemoServer]]:
    """A crawl of a site of its own, as soon as a part of it is stored."""
    with serve(make_big_site(PAGES), delay=0.05) as site:
        crawl = begun(server, folder, host, site)
        until(lambda: len(site.requests) > PAGES / 3)
        yield crawl, site


def begun(server: OwnServer, folder: Path, host: str, site: DemoServer) -> Running:
    arguments = ("crawl", "--delay", "0", "--no-archive", f"http://{host}/")
    return started(folder, *arguments, database=server.address, http_proxy=site.url)


def stored(server: OwnServer, host: str) -> list[str]:
    """The addresses of a site's articles; the corpus is checked as well."""
    with Corpus.open(server.address) as corpus:
        assert corpus.admin.check_integrity() == []
        return [article.url for article in corpus.iter(f"source:{host}")]


def assert_all_stored(server: OwnServer, host: str, said: str = "") -> None:
    """Each article of a site is there, and once."""
    addresses = stored(server, host)
    assert (len(addresses), len(set(addresses))) == (PAGES, PAGES), said


def survives(server: OwnServer, folder: Path, host: str, seconds: float) -> None:
    with crawling(server, folder, host) as (crawl, _):
        server.stop()
        time.sleep(seconds)
        server.start()
        ended = crawl.wait()
    assert (ended.status, ended.errors) == (0, "")
    assert_all_stored(server, host, ended.output)


@pytest.mark.promise(33)
@on_postgresql
def test_a_server_that_is_restarted_is_waited_for(server: OwnServer, tmp_path: Path) -> None:
    survives(server, tmp_path, "short.example", 0.5)


@pytest.mark.slow
@pytest.mark.promise(33)
@on_both
def test_so_is_one_that_takes_five_seconds(server: OwnServer, tmp_path: Path, measured) -> None:
    survives(server, tmp_path, "long.example", 5.0)
    measured("a server stopped hard and back within 5 s: nothing lost, exit 0")


@pytest.mark.slow
@on_both
def test_told_to_stop_while_the_server_is_away(server: OwnServer, tmp_path: Path) -> None:
    with crawling(server, tmp_path, "stopped.example") as (crawl, site):
        server.stop()
        time.sleep(1)
        crawl.send(signal.SIGTERM)
        ended = crawl.wait(10)
        server.start()
        assert_lost(ended.status, ended.errors)
        assert begun(server, tmp_path, "stopped.example", site).wait().status == 0
    assert_all_stored(server, "stopped.example")


@pytest.mark.slow
@on_both
def test_a_server_that_stays_away_is_said_and_the_next_run_takes_the_rest(server: OwnServer, tmp_path: Path) -> None:
    with crawling(server, tmp_path, "away.example") as (crawl, site):
        server.stop()
        ended = crawl.wait()
        assert_lost(ended.status, ended.errors)
        assert begun(server, tmp_path, "away.example", site).wait().status == 10
        server.start()
        kept = stored(server, "away.example")
        assert 0 < len(kept) < PAGES
        assert begun(server, tmp_path, "away.example", site).wait().status == 0
    assert_all_stored(server, "away.example")


def assert_lost(status: int, errors: str) -> None:
    assert status == 16, errors
    assert "committed before that is kept" in errors
    assert len(errors.splitlines()) == 1
