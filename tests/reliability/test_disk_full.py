"""A disk that is full: what was stored is kept, it is said, and the run after there is room again takes the rest."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Ended, is_sound, one_value, started
from small_disk import resize, small_disk, unavailable

from crawler.demo import DemoServer, make_big_site, serve
from storage import Corpus

PAGES = 60
SITE = "http://dhow.example/"
SOURCES = """
[archive]
folder = "disk"

[[source]]
url = "http://dhow.example/"
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is a disk of 4 MB."""
    if reason := unavailable():
        pytest.skip(f"no small disk: {reason}")
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, "4m"):
        yield folder


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(make_big_site(PAGES)) as server:
        yield server


def crawl(folder: Path, server: DemoServer, *options: str) -> Ended:
    return started(folder, "crawl", "--delay", "0", *options, http_proxy=server.url).wait()


@pytest.mark.promise(35)
def test_the_database_does_not_fit(disk: Path, server: DemoServer, measured) -> None:
    database = disk / "corpus.db"
    full = crawl(disk, server, "--no-archive", "--verbose", SITE)
    assert full.status == 74
    assert full.errors.splitlines()[-1] == (
        "cleanwire: the disk that holds corpus.db is full; everything committed before that is kept"
    )
    assert "Traceback" not in full.errors
    acknowledged = set(re.findall(r"\bstored (http\S+)", full.errors))
    with Corpus.open(str(database), read_only=True) as corpus:
        kept = {article.url for article in corpus.iter()}
        assert corpus.admin.check_integrity() == []
    assert acknowledged
    assert acknowledged <= kept
    assert is_sound(database)
    assert started(disk, "search", "ferry").wait().status == 0
    resize(disk, "64m")
    assert crawl(disk, server, "--no-archive", SITE).status == 0
    assert one_value(database, "SELECT count(*) FROM article") == PAGES
    measured(f"a 4 MB tmpfs: {len(acknowledged)} acknowledged rows intact, exit 74, the next run completes")


@pytest.mark.slow
@pytest.mark.promise(35)
def test_the_archive_does_not_fit(disk: Path, server: DemoServer, tmp_path: Path, measured) -> None:
    resize(disk, "128k")
    (tmp_path / "sources.toml").write_text(SOURCES)
    full = crawl(tmp_path, server, "--now")
    assert full.status == 0
    assert full.errors.splitlines() == [
        "cleanwire: cannot write to the archive disk: No space left on device; "
        "the pages of this run are no longer archived"
    ]
    kept = archived(tmp_path)
    assert 0 < kept < PAGES
    resize(disk, "64m")
    server.publish(make_big_site(PAGES + 30))
    assert crawl(tmp_path, server, "--now").errors == ""
    assert archived(tmp_path) == kept + 30
    measured(f"an archive on it stops after {kept} pages, the crawl continues")


def archived(folder: Path) -> int:
    """How many articles' pages are in the archive, whole."""
    with Corpus.open(str(folder / "corpus.db")) as corpus:
        pages = [corpus.read_archived_page(article.id, archive_folder=folder / "disk") for article in corpus.iter()]
    return sum(page is not None for page in pages)
