"""Who may read what is written: files as the umask says; the archive, and what replaces a closed file, as before."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.demo import DemoSite, serve
from storage import Corpus
from storage.errors import CorpusReadOnly

CLEANWIRE = Path(sys.executable).with_name("cleanwire")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(folder: Path, umask: int, *words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    subprocess.run(
        [CLEANWIRE, *words],
        cwd=folder,
        env={**environment, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8"},
        umask=umask,
        check=True,
        capture_output=True,
        timeout=120,
    )


@pytest.fixture(
    scope="module", params=[pytest.param(0o022, id="022"), pytest.param(0o077, id="077", marks=pytest.mark.slow)]
)
def crawled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A folder that was crawled in under a umask."""
    folder, umask = tmp_path_factory.mktemp("rights"), int(request.param)
    with serve(DemoSite()) as server:
        run(folder, umask, "crawl", "--delay", "0", "--max-pages", "3", server.url)
    for words in (
        ("export", "-o", "out.jsonl"),
        ("export", "--format", "text", "-o", "texts"),
        ("db", "backup", "copy.db"),
        ("sources", "add", "https://news.example"),
        ("cron", "--systemd", "--output", "."),
    ):
        run(folder, umask, *words)
    return folder, umask


def test_files_are_made_as_the_umask_says(crawled: tuple[Path, int]) -> None:
    folder, umask = crawled
    made = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    assert {"corpus.db", "corpus.db.lock", "out.jsonl", "texts", "copy.db", "sources.toml"} <= {*made}
    archive = made.pop("corpus.db.warc")
    assert mode(archive) == 0o700
    assert mode(made.pop("cleanwire.service")) == 0o600  # it may hold a password
    wrong = {name: oct(mode(path)) for name, path in made.items() if mode(path) & umask}
    assert wrong == {}
    wide = {name: oct(mode(path)) for name, path in made.items() if mode(path) & 0o133 and not path.is_dir()}
    assert wide == {}


def test_what_sqlite_keeps_beside_a_corpus_is_no_wider(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Corpus.open(f"sqlite:///{path}", create=True).close()
    path.chmod(0o640)
    with Corpus.open(f"sqlite:///{path}") as corpus:
        corpus.crawl.get_or_create_source("https://news.example/")
        assert {name.name: mode(name) for name in tmp_path.iterdir()} == dict.fromkeys(
            ("corpus.db", "corpus.db-wal", "corpus.db-shm"), 0o640
        )


def test_a_copy_of_a_closed_corpus_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Corpus.open(f"sqlite:///{path}", create=True).close()
    path.chmod(0o600)
    with Corpus.open(f"sqlite:///{path}") as corpus:
        corpus.admin.backup(tmp_path / "copy.db")
    assert mode(tmp_path / "copy.db") == 0o600


def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    Corpus.open(f"sqlite:///{tmp_path / 'corpus.db'}", create=True).close()
    for name, words in (
        ("out.jsonl", ("export", "-o", "out.jsonl")),
        ("feed.xml", ("feed", "-o", "feed.xml")),
        ("sources.toml", ("sources", "add", "https://news.example")),
    ):
        (tmp_path / name).touch(mode=0o600)
        run(tmp_path, 0o022, *words)
        assert mode(tmp_path / name) == 0o600, name


def test_no_link_that_somebody_laid_is_written_through(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    Corpus.open(f"sqlite:///{tmp_path / 'corpus.db'}", create=True).close()
    (tmp_path / ".out.jsonl.partial").symlink_to(kept)
    (tmp_path / "copy.db.part").symlink_to(kept)
    (tmp_path / "corpus.db.lock").symlink_to(kept)
    run(tmp_path, 0o022, "export", "-o", "out.jsonl")
    with Corpus.open(f"sqlite:///{tmp_path / 'corpus.db'}") as corpus:
        corpus.admin.backup(tmp_path / "copy.db")
        with (
            pytest.raises(CorpusReadOnly, match=r"cannot write the crawl's lock file .*corpus.db.lock"),
            corpus.crawl.lock(),
        ):
            pass
    assert kept.read_text() == "kept"
