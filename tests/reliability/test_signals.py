"""A command that is told to stop, at whatever moment: it ends soon, by its code, and the next run takes the rest."""

import itertools
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest
from faulty import FaultyServer, article, late, page, reply, robots, serving
from hostile_pages import KINDS
from processes import Ended, Running, in_session, is_sound, one_value, started, until

from crawler.demo import make_big_site, serve

PAGES = 8
SITE = "http://news.example/"
SOON = 10.0
"""Seconds in which whoever is told to stop has to have ended."""
slow = pytest.mark.slow
BOMB = reply(200, KINDS["lines of editors"](2_000_000).encode())  # keeps a worker for longer than its deadline


def ordinary() -> dict[str, bytes]:
    return {"/robots.txt": robots("User-agent: *\nAllow: /"), **{address(n): page(n) for n in range(PAGES)}}


def address(number: int) -> str:
    return f"/2024/{number}/"


class Crawl:
    """A crawl of a small site, which can be run again once the site is well."""

    def __init__(self, folder: Path, server: FaultyServer) -> None:
        self.server = server
        self._folder = folder
        self.database = folder / "corpus.db"
        self.running = self.begin()

    def begin(self) -> Running:
        return started(self._folder, "crawl", "--delay", "0", SITE, http_proxy=self.server.url)

    def has_asked(self, path: str) -> bool:
        return path in self.server.asked("news.example")

    def stored(self) -> int:
        try:
            return int(one_value(self.database, "SELECT count(*) FROM article"))
        except sqlite3.OperationalError:  # it is still being made
            return 0

    @contextmanager
    def kept_from_writing(self) -> Iterator[None]:
        """Another program writes to the database, and does not come to an end."""
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()

    def told(self, signals: Sequence[int]) -> Ended:
        """Send signals one shortly after the other; it ends within `SOON`, and leaves no process behind."""
        begun = time.monotonic()
        for number in signals:
            self.running.send(number)
            time.sleep(0.1)
        ended = self.running.wait()
        assert time.monotonic() - begun < SOON
        until(lambda: not in_session(self.running.id), SOON)
        return ended

    def takes_the_rest(self) -> None:
        """The next run ends well, and then each article is stored, once."""
        self.server.sites["*"] = ordinary()
        ended = self.begin().wait()
        assert (ended.status, ended.errors) == (0, "")
        assert self.stored() == PAGES
        assert is_sound(self.database)


@pytest.fixture
def crawl_of(tmp_path: Path) -> Iterator[Callable[..., Crawl]]:
    """Begins a crawl of a site on which some paths answer strangely."""
    servers = []

    def begin(**strange: object) -> Crawl:
        context = serving({"*": {**ordinary(), **strange}})  # type: ignore[dict-item]
        servers.append(context)
        return Crawl(tmp_path, context.__enter__())

    yield begin
    for server in servers:
        server.__exit__(None, None, None)


@pytest.mark.promise(4)
@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_while_it_is_being_imported(crawl_of: Callable[..., Crawl], number: signal.Signals) -> None:
    crawl = crawl_of()
    until(lambda: crawl.running.has_loaded("_json"))
    ended = crawl.told([number])
    assert ended.errors.strip() == ""
    if "found 0, fetched 0" in ended.output:  # on a busy machine it has imported all when the signal comes
        assert ended.output.strip().endswith(f"stopped early: {number.name}")
    else:
        assert ended.output == ""
        assert ended.status in ({130} if number == SIGINT else {-SIGTERM, 143})


@pytest.mark.promise(4)
@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_while_a_command_imports_what_loses_exceptions(tmp_path: Path, number: int) -> None:
    """Extension modules do; this one stands for them."""
    (tmp_path / "deaf.py").write_text(
        "import time\nprint(flush=True)\ntry:\n    time.sleep(1)\nexcept BaseException:\n    pass\n"
    )
    program = """
import time, click
from cleaning.cli.runtime import run

def command():
    import deaf
    time.sleep(60)

run(click.Command("command", callback=command), "command")
"""
    running = Running([sys.executable, "-c", program], {}, tmp_path)
    running.process.stdout.readline()
    running.send(number)
    ended = running.wait(SOON / 2)
    assert (ended.status, ended.output, ended.errors.strip()) == (128 + number, "", "")


@pytest.mark.promise(4)
@pytest.mark.parametrize("number", [SIGTERM, pytest.param(SIGINT, marks=slow)])
def test_before_anything_is_fetched(crawl_of: Callable[..., Crawl], number: int) -> None:
    crawl = crawl_of()
    until(crawl.database.with_name("corpus.db.lock").exists)
    ended = crawl.told([number])
    assert ended.status in ((130,) if number == SIGINT else (143, 0))
    assert ended.errors.strip() == ""
    crawl.takes_the_rest()


def robots_is_fetched(crawl: Crawl) -> None:
    until(lambda: crawl.has_asked("/robots.txt"))


def a_page_comes_slowly(crawl: Crawl) -> None:
    until(lambda: crawl.has_asked(address(3)))


def a_page_is_cleaned(crawl: Crawl) -> None:
    until(lambda: crawl.has_asked(address(3)))
    until(lambda: crawl.stored() == PAGES - 1)


SLOW = late(60, page(3))
MOMENTS = {
    "robots": (robots_is_fetched, {"/robots.txt": late(60, robots(""))}),
    "download": (a_page_comes_slowly, {address(3): SLOW}),
    "cleaning": (a_page_is_cleaned, {address(3): BOMB}),
}
TIMES = [[SIGTERM], [SIGINT], [SIGTERM, SIGTERM], [SIGINT, SIGINT], [SIGINT, SIGTERM]]


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    ("moment", "signals"),
    [
        pytest.param("download", [SIGTERM, SIGTERM]),
        *(pytest.param(moment, signals, marks=slow) for moment in MOMENTS for signals in TIMES),
    ],
    ids=str,
)
def test_in_mid_crawl(crawl_of: Callable[..., Crawl], moment: str, signals: list[int], measured) -> None:
    is_there, strange = MOMENTS[moment]
    crawl = crawl_of(**strange)
    is_there(crawl)
    begun = time.monotonic()
    ended = crawl.told(signals)
    measured(f"{time.monotonic() - begun:.1f} s during {moment}")
    assert (ended.status, ended.errors) == (130 if signals[0] == SIGINT else 0, "")
    assert f"stopped early: {signal.Signals(signals[0]).name}" in ended.output
    assert "run the same command again to continue." in ended.output
    crawl.takes_the_rest()


@slow
@pytest.mark.promise(4)
def test_while_another_program_does_not_let_it_commit(crawl_of: Callable[..., Crawl], measured) -> None:
    crawl = crawl_of()
    until(crawl.stored)
    with crawl.kept_from_writing():
        begun = time.monotonic()
        ended = crawl.told([SIGTERM])
        measured(f"{time.monotonic() - begun:.1f} s while another program blocks the database")
    assert ended.status in (13, 0)  # 0 where all was committed before
    if ended.status:
        assert "what was fetched last is left to the next run" in ended.errors
        assert len(ended.errors.splitlines()) == 1
    crawl.takes_the_rest()


@slow
@pytest.mark.promise(4)
def test_while_it_is_finishing(crawl_of: Callable[..., Crawl]) -> None:
    crawl = crawl_of()
    until(lambda: crawl.stored() == PAGES)
    with crawl.kept_from_writing():
        time.sleep(1)
        crawl.running.send(SIGTERM)
        time.sleep(0.5)
    ended = crawl.told([])
    assert (ended.status, ended.errors) == (0, "")
    assert one_value(crawl.database, "SELECT outcome FROM run") in ("finished", "stopped")
    crawl.takes_the_rest()


# Other commands


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus, its archive, and files of pages."""
    folder = tmp_path_factory.mktemp("kept")
    with serve(make_big_site(50)) as server:
        ended = started(folder, "crawl", "--delay", "0", "http://dhow.example/", http_proxy=server.url).wait()
    assert ended.status == 0
    (folder / "pages").mkdir()
    for number in range(100):
        (folder / "pages" / f"{number}.html").write_bytes(article(number))
    return folder


COMMANDS = {
    "clean": "clean pages -o cleaned",
    "export": "export -o articles.jsonl",
    "search": "search ferry",
    "reclean": "reclean --all --dry-run",
    "db copy": "db copy corpus.db copy.db",
}


@slow
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_ctrl_c_at_every_moment_of_a_command(kept: Path, name: str, number: int) -> None:
    """As a terminal does it: to everything that the command has begun, too. Later and later, until it has ended."""
    before = {path.name for path in kept.iterdir()}
    interrupted = 0
    for moment in itertools.count():
        running = started(kept, *COMMANDS[name].split())
        until(lambda running=running: running.has_loaded("_heapq") or running.process.poll() is not None)
        time.sleep(0.15 * moment)
        has_ended = running.process.poll() is not None
        with suppress(ProcessLookupError):
            os.killpg(running.id, number)
        ended = running.wait(SOON + 5)
        assert "Traceback" not in ended.errors
        until(lambda running=running: not in_session(running.id), SOON)
        assert not list(kept.glob(".*partial*"))
        for path in kept.iterdir():
            if path.name not in before and path.name != "copy.db.lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if has_ended:
            break
        assert ended.status in (128 + number, -number, 0)
        interrupted += ended.status != 0
    assert interrupted > 1
    assert ended.status == 0
