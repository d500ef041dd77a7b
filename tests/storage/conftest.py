"""A corpus in a temporary folder, and a crawl that fills it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from crawl_steps import Crawl, cleaned_article
from databases import SQLITE, available, emptied
from harbour import PAGE, URL

from cleaning import clean_and_explain
from cleaning.article import Cleaned
from storage import Archive, Corpus, Exchange


@pytest.fixture
def cleaned() -> Callable[..., Cleaned]:
    return cleaned_article


# The same tests run on every database. What names a file, by asking for ``path``, is about SQLite.
OF_A_CORPUS = {"corpus", "crawl", "new_crawl", "library", "address"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if OF_A_CORPUS & set(metafunc.fixturenames):
        if "server" in metafunc.fixturenames:
            metafunc.parametrize("kind", [kind for kind in available() if kind != SQLITE], scope="module")
            return
        of_a_file = {"path", "first_corpus", "empty_corpus", "on_sqlite"} & set(metafunc.fixturenames)
        metafunc.parametrize("kind", [SQLITE] if of_a_file else available(), scope="module")


@pytest.fixture(scope="session")
def empty_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a corpus without anything in it. Copying it is faster than making the schema for every
    test.
    """
    path = tmp_path_factory.mktemp("empty") / "corpus.db"
    Corpus.open(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corpus.db"


@pytest.fixture
def on_sqlite() -> None:
    """For tests that look into SQLite itself."""


@pytest.fixture
def address(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a corpus without anything in it."""
    if kind == SQLITE:
        path = tmp_path / "corpus.db"
        shutil.copy(request.getfixturevalue("empty_corpus"), path)
        return f"sqlite:///{path}"
    return emptied(kind)


@pytest.fixture
def corpus(address: str) -> Iterator[Corpus]:
    with Corpus.open(address) as corpus:
        yield corpus


@pytest.fixture
def new_crawl(corpus: Corpus) -> Callable[..., Crawl]:
    """Begins a run; every call another one."""
    return partial(Crawl, corpus)


@pytest.fixture
def crawl(new_crawl: Callable[..., Crawl]) -> Crawl:
    return new_crawl()


@pytest.fixture(scope="module")
def library(kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Crawl]:
    """A corpus that the tests of one module share, to fill it once and then only read."""
    if kind == SQLITE:
        path = tmp_path_factory.mktemp("library") / "corpus.db"
        shutil.copy(request.getfixturevalue("empty_corpus"), path)
        address = f"sqlite:///{path}"
    else:
        address = emptied(kind, "library")
    with Corpus.open(address) as corpus:
        yield Crawl(corpus)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def stored(crawl, corpus, archive) -> int:
    """An article whose page is archived; an earlier cleaner left its editor in the text."""
    now = datetime(2024, 10, 1, 12, tzinfo=UTC)
    headers = ((b"Content-Type", b"text/html; charset=utf-8"),)
    pointer = archive.write(Exchange(URL, now, 200, "OK", (), headers, PAGE.encode()))
    cleaned = clean_and_explain(PAGE, URL)
    assert crawl.fetch(URL, cleaned, fetched_at=now, archived=pointer) == "stored"
    return corpus.find(URL).id
