"""Addresses and files that are no corpus, or not as they should be: each gets its one sentence."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from storage import (
    ArticleNotFound,
    Corpus,
    CorpusError,
    CorpusLocked,
    CorpusNotFound,
    CorpusReadOnly,
    CorpusTooNew,
    NotACorpus,
)
from storage.backends import sqlite


def sqlite_file(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def test_open_create_and_open_again(path):
    with Corpus.open(f"sqlite:///{path}", create=True) as corpus:
        assert corpus.stats().articles == 0
    with Corpus.open(str(path)) as corpus:
        assert corpus.search("anything") == ()
    with Corpus.open(str(path), create=True, read_only=True) as corpus:
        assert list(corpus.iter()) == []


def test_a_relative_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Corpus.open("sqlite:///corpus.db", create=True).close()
    assert (tmp_path / "corpus.db").exists()
    Corpus.open("corpus.db").close()


def test_a_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Corpus.open("~/corpus.db", create=True).close()
    assert (tmp_path / "corpus.db").exists()


def test_odd_names(tmp_path):
    path = tmp_path / "50% of?all #news &co=1 é.db"
    Corpus.open(f"sqlite:///{path}", create=True).close()
    Corpus.open(str(path), read_only=True).close()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_missing_file(path, read_only):
    with pytest.raises(CorpusNotFound, match=r"no corpus at .*corpus\.db"):
        Corpus.open(str(path), read_only=read_only)
    assert not path.exists()


def test_a_missing_folder(tmp_path):
    with pytest.raises(CorpusNotFound, match=r"folder .* does not exist"):
        Corpus.open(f"sqlite:///{tmp_path}/missing/corpus.db", create=True)


@pytest.mark.parametrize(
    "written",
    ["oracle://me:secret@localhost/news", "https://me:secret@example.com/corpus.db", "sqlserver://secret", "://secret"],
)
def test_other_databases_are_named_and_passwords_are_not(written):
    with pytest.raises(CorpusError, match=r"unknown database .*; use sqlite:") as raised:
        Corpus.open(written, create=True)
    assert "secret" not in str(raised.value)
    assert written.partition(":")[0] in str(raised.value)


@pytest.mark.parametrize(
    "written",
    ["postgresql://me:secret@localhost", "mariadb://me:secret@localhost/", "postgresql://me:secret@[::1/news"],
)
def test_servers_without_a_database_or_a_host(written):
    with pytest.raises(CorpusError) as raised:
        Corpus.open(written, create=True)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("written", ["", "sqlite://", "sqlite:///", "sqlite:///:memory:", ":memory:", "corpus"])
def test_what_is_no_address(written):
    with pytest.raises(CorpusError):
        Corpus.open(written, create=True)


def test_a_folder(tmp_path):
    with pytest.raises(NotACorpus, match="is a folder"):
        Corpus.open(f"sqlite:///{tmp_path}")


def test_an_empty_file_is_filled_only_when_asked(path):
    path.touch()
    with pytest.raises(NotACorpus, match="empty file"):
        Corpus.open(str(path))
    Corpus.open(str(path), create=True).close()
    Corpus.open(str(path)).close()


@pytest.mark.parametrize("content", [b"%PDF-1.7 " * 500, os.urandom(5000), b"x"])
@pytest.mark.parametrize("create", [False, True])
def test_no_database_at_all(path, content, create):
    path.write_bytes(content)
    with pytest.raises(NotACorpus, match="is not a database"):
        Corpus.open(str(path), create=create)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE article (id)"],
        ["CREATE TABLE alembic_version (version_num)", "INSERT INTO alembic_version VALUES ('0001')"],
        ["PRAGMA application_id = 7"],
    ],
)
@pytest.mark.parametrize("create", [False, True])
def test_the_database_of_another_program_is_left_as_it_is(path, statements, create):
    before = sqlite_file(path, *statements).read_bytes()
    with pytest.raises(NotACorpus, match="another program's database"):
        Corpus.open(str(path), create=create)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_corpus_of_a_newer_version(corpus, path, read_only):
    sqlite_file(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CorpusTooNew, match="newer version of Cleanwire"):
        Corpus.open(str(path), read_only=read_only)


def test_a_damaged_file(corpus, crawl, path):
    for number in range(100):
        crawl.store(f"Text {number} " * 500)
    corpus.close()
    content = bytearray(path.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(NotACorpus, match="damaged"), Corpus.open(str(path)) as damaged:
        list(damaged.iter())


def test_a_file_cut_short(corpus, crawl, path):
    crawl.store("Text " * 5000)
    corpus.close()
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(NotACorpus, match="damaged"):
        Corpus.open(str(path))


def test_locked_by_another_program(corpus, path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Corpus.open(str(path)) as locked:
            assert locked.search("readers are not kept out") == ()
            with pytest.raises(CorpusLocked, match="locked by another program"):
                locked.crawl.start_run("crawl")
        other.execute("ROLLBACK")
    corpus.crawl.start_run("crawl")


def test_nothing_is_written_read_only(corpus, path):
    with Corpus.open(str(path), read_only=True) as reader:
        for write in (lambda: reader.crawl.start_run("x"), lambda: reader.crawl.get_or_create_source("a.example")):
            with pytest.raises(CorpusReadOnly, match="opened read-only"):
                write()


AS_A_STRANGER = textwrap.dedent("""
    import os, sys
    from storage import Corpus, CorpusError
    # Everything is imported before the program's own folder may become unreadable.
    with Corpus.open(sys.argv[2]) as other:
        other.search("ceasefire")
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    with Corpus.open(sys.argv[1], read_only=True) as reader:
        print(len(reader.search("ceasefire")))
    try:
        Corpus.open(sys.argv[1])
    except CorpusError as error:
        print(type(error).__name__, error)
""")


def as_a_stranger(path, other, script=AS_A_STRANGER):
    """Open a corpus without the right to write; root would have it always."""
    command = [sys.executable, "-c", script, str(path), str(other)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def public_folder(tmp_path):
    """A folder that another user may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)


def filled(folder, corpus, crawl):
    crawl.store("The ceasefire holds.")
    corpus.close()
    copy = folder / "corpus.db"
    shutil.copy(corpus._database.path, copy)
    return corpus._database.path, copy


def test_a_file_that_may_not_be_written(public_folder, corpus, crawl, on_sqlite):
    other, path = filled(public_folder, corpus, crawl)
    path.chmod(0o444)
    public_folder.chmod(0o777)
    found, error = as_a_stranger(path, other)
    assert found == "1"
    assert error == f"CorpusReadOnly {path} is read-only"


def test_a_folder_that_may_not_be_written(public_folder, corpus, crawl, on_sqlite):
    other, path = filled(public_folder, corpus, crawl)
    path.chmod(0o666)
    public_folder.chmod(0o555)
    found, error = as_a_stranger(path, other)
    assert found == "1"
    assert error.startswith(f"CorpusReadOnly the folder of {path} is not writable")


def test_a_file_that_may_not_be_read(public_folder, corpus, crawl, on_sqlite):
    other, path = filled(public_folder, corpus, crawl)
    path.chmod(0o000)
    script = AS_A_STRANGER.partition("with Corpus.open(sys.argv[1]")[0] + textwrap.dedent("""
        try:
            Corpus.open(sys.argv[1], read_only=True)
        except CorpusError as error:
            print(error)
    """)
    assert as_a_stranger(path, other, script) == [f"cannot open {path}: Permission denied"]


def fill(crawl):
    for _ in range(100):
        crawl.store("A long text. " * 1000)


@pytest.mark.promise(35)
def test_a_full_disk_loses_nothing_that_was_committed(path, monkeypatch, crawl):
    connect = sqlite._connect

    def on_a_small_disk(*arguments):
        connection = connect(*arguments)
        connection.execute("PRAGMA max_page_count = 150")
        return connection

    monkeypatch.setattr(sqlite, "_connect", on_a_small_disk)
    with Corpus.open(str(path)) as full:
        small_crawl = type(crawl)(full)
        with pytest.raises(CorpusError, match=r"disk that holds .* is full; everything committed before that is kept"):
            fill(small_crawl)
    monkeypatch.undo()
    with Corpus.open(str(path)) as after:
        stored = [article.id for article in after.iter()]
        assert len(stored) > 1
        assert {hit.id for hit in after.search("long", limit=1000)} == set(stored)
        assert after.stats().by_outcome == {"stored": len(stored)}


def test_no_such_article(corpus):
    with pytest.raises(ArticleNotFound, match="no article 17"):
        corpus.get(17)


def test_a_trigger_of_another_program_is_named(path):
    with Corpus.open(f"sqlite:///{path}", create=True):
        pass
    sqlite_file(path, "CREATE TRIGGER count_runs AFTER INSERT ON run BEGIN INSERT INTO nowhere VALUES (1); END")
    with Corpus.open(str(path)) as corpus:
        with pytest.raises(CorpusError, match=r"another program .* drop it: count_runs"):
            corpus.crawl.start_run("crawl")
        with pytest.raises(CorpusError) as raised, corpus.admin.run_sql("SELECT bogus FROM run"):
            pass
        assert "trigger" not in str(raised.value)
