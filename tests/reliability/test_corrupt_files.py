"""Files that a crash or a disk has damaged: it is said which, by exit code, and what can be read is read."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from processes import Ended, started, until

from crawler.demo import DemoServer, make_big_site, serve
from storage import Corpus, NotACorpus

PAGES = 20
SITE = "http://dhow.example/"
SQLITE_PAGE = 4096
NOISE = random.Random(7)


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(make_big_site(PAGES)) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, server: DemoServer) -> Path:
    """A folder with a corpus and its archive."""
    folder = tmp_path_factory.mktemp("crawled")
    assert crawl(folder, server).status == 0
    return folder


@pytest.fixture
def folder(crawled: Path, tmp_path: Path) -> Path:
    """The same, to damage."""
    return Path(shutil.copytree(crawled, tmp_path / "copy"))


def crawl(folder: Path, server: DemoServer, *options: str) -> Ended:
    return started(folder, "crawl", "--delay", "0", *options, SITE, http_proxy=server.url).wait()


# The database


def noise(path: Path, offset: int, length: int) -> None:
    """Overwrite a piece of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(NOISE.randbytes(length))


def middle(path: Path) -> None:
    size = path.stat().st_size // SQLITE_PAGE
    noise(path, size // 4 * SQLITE_PAGE, size // 2 * SQLITE_PAGE)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "pages in the middle": middle,
    "half of it": lambda path: os.truncate(path, path.stat().st_size // 2),
    "its first bytes": lambda path: os.truncate(path, 50),
    "no database": lambda path: path.write_text("what somebody redirected here\n" * 200),
}


@pytest.mark.parametrize(
    "damage", [name if name == "half of it" else pytest.param(name, marks=pytest.mark.slow) for name in DAMAGES]
)
def test_a_database_that_is_damaged_is_left_as_it_is(folder: Path, server: DemoServer, damage: str) -> None:
    database = folder / "corpus.db"
    DAMAGES[damage](database)
    before = database.read_bytes()
    commands = [["search", "ferry"], ["db", "check"]] if damage == "pages in the middle" else []
    for ended in (crawl(folder, server), *(started(folder, *command).wait() for command in commands)):
        assert ended.status == 11
        assert "corpus.db is " in ended.errors
        assert "restore it from a backup" in ended.errors
        assert len(ended.errors.splitlines()) == 1
    assert database.read_bytes() == before


def test_whichever_page_is_damaged_it_is_said_or_does_not_matter(crawled: Path, tmp_path: Path) -> None:
    """No other error comes out of any of them: a traceback would not tell whose fault it is."""
    whole = (crawled / "corpus.db").read_bytes()
    said = [look_at(whole, number, tmp_path) for number in range(0, len(whole) // SQLITE_PAGE, 3)]
    assert any(said)


def look_at(whole: bytes, number: int, folder: Path) -> str | None:
    """What is said of a database of which one page is damaged; ``None`` where nothing."""
    path = folder / f"{number}.db"
    path.write_bytes(whole)
    noise(path, number * SQLITE_PAGE + 300, 700)
    try:
        with Corpus.open(str(path)) as corpus:
            corpus.search("ferry")
            list(corpus.iter())
            corpus.stats()
    except NotACorpus as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("column", "value"),
    [("authors", '["Ali Musa",'), ("fetched_at", "2026-11-2; 09:06:52"), ("removals", '[{"step": 1}]')],
)
def test_a_value_that_nobody_wrote_is_damage(folder: Path, column: str, value: str) -> None:
    """SQLite does not look into texts, so that a few changed bytes reach whoever reads them."""
    with closing(sqlite3.connect(folder / "corpus.db")) as connection, connection:
        connection.execute(f"UPDATE article SET {column} = ? WHERE id = 3", [value])
    ended = started(folder, "export").wait()
    assert (ended.status, "damaged; restore it from a backup" in ended.errors) == (11, True), ended.errors
    assert len(ended.errors.splitlines()) == 1
    assert started(folder, "show", "2").wait().status == 0


@pytest.mark.slow
def test_damage_in_mid_crawl(tmp_path: Path, server: DemoServer) -> None:
    database = tmp_path / "corpus.db"
    with serve(make_big_site(400), delay=0.01) as large:
        running = started(tmp_path, "crawl", "--delay", "0", "--no-archive", SITE, http_proxy=large.url)
        until(lambda: len(large.requests) > 120)
        until(lambda: database.stat().st_size > 100 * SQLITE_PAGE)
        noise(database, SQLITE_PAGE, database.stat().st_size - SQLITE_PAGE)
        ended = running.wait()
    assert ended.status == 11, ended
    assert ended.errors.splitlines() == [
        "cleanwire: corpus.db is damaged; restore it from a backup, or try sqlite3's .recover"
    ]


# The archive


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1500)


def begin_a_record(file: Path) -> None:
    """Put the beginning of a gzip member behind the last one, as a crash in the midst of writing leaves it."""
    begun = file.read_bytes()[: file.stat().st_size // (2 * PAGES)]
    with file.open("ab") as archive:
        archive.write(begun)


def add_noise(file: Path) -> None:
    noise(file, file.stat().st_size, 5000)


@pytest.mark.slow
@pytest.mark.parametrize(("damage", "lost"), [(begin_a_record, 0), (cut_off, 1), (add_noise, 0)])
def test_the_archives_end_is_damaged(folder: Path, damage: Callable[[Path], None], lost: int) -> None:
    """The next run's pages can be read, since they are in a file of their own, and so can all pages before."""
    archive = folder / "corpus.db.warc"
    (file,) = archive.iterdir()
    damage(file)
    with serve(make_big_site(PAGES + 3)) as server:
        again = crawl(folder, server)
    assert (again.status, again.errors) == (0, "")
    with Corpus.open(str(folder / "corpus.db")) as corpus:
        pages = [corpus.read_archived_page(article.id) for article in corpus.iter()]
    assert (len(pages), pages.count(None)) == (PAGES + 3, lost)
    cleaned = started(folder, "clean", archive.name, "-o", "cleaned").wait()
    assert cleaned.status == 3
    assert f"{file.name}: damaged at byte " in cleaned.errors
    assert f"article {PAGES + 3 - lost}, unreadable 1" in cleaned.errors
    recleaned = started(folder, "reclean", "--all").wait()
    assert (recleaned.status, recleaned.errors) == (0, "")
    assert ("1 cannot be cleaned again" in recleaned.output) == (lost == 1)
    taken = started(folder, "backfill", "--any-site", "--warc", archive.name, "--json", database="taken.db").wait()
    assert (taken.status, taken["stored"]) == (3, PAGES + 3 - lost)
    assert "damaged at byte" in taken.errors
