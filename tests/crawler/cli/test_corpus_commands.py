"""The commands that query, keep and move a corpus, as a user runs them."""

import csv
import io
import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from databases import MARIADB, POSTGRESQL, administration, available, created
from sqlalchemy import text

from crawler.demo import DemoSite, serve

SERVERS = [kind for kind in available() if kind in (POSTGRESQL, MARIADB)]


def rows(done) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_looks(crawled) -> None:
    assert rows(crawled.run("terms", "ferry", "--format", "csv"))[0]["word"] == "ferry"
    assert rows(crawled.run("runs", "--format", "csv"))[-1]["outcome"] == "finished"
    (failure,) = rows(crawled.run("failures", "--format", "csv"))
    assert (failure["outcome"], failure["http_status"]) == ("http-404", "404")
    assert "has not changed" in crawled.run("versions", "1", "--diff").stderr
    assert "no near-duplicates" in crawled.run("similar", "1").stderr
    done = crawled.run("sql", "SELECT source, count(*) AS n FROM articles GROUP BY source", "--format", "csv")
    assert rows(done)[0]["n"] == "30"
    done = crawled.run("sql", "-", "--json", stdin=b"SELECT count(*) AS n FROM article_people")
    assert json.loads(done.stdout)[0]["n"] > 10


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("sql", "DELETE FROM article"), 2, "sql is read-only: DELETE is not allowed"),
        (("sql", "SELECT nonsense"), 2, "the database rejected the statement: no such column: nonsense"),
        (("search", "--saved", "nowhere"), 15, "there is no saved query 'nowhere'"),
        (("search", "--new"), 2, "--new requires --saved"),
        (("versions", "999"), 15, "no article 999"),
        (("similar", "https://nowhere.example/a"), 15, "no article with the URL"),
        (("counts", "--by", "colour"), 2, "'colour' is not one of"),
        (("erase",), 2, "choose articles by"),
        (("export", "--format", "hf"), 2, "use --output"),
        (("export", "--format", "hf", "--output", "."), 2, "not an earlier hf export"),
        (("export", "--output", "nowhere/a.csv"), 2, "cannot write nowhere/a.csv: "),
        (("export", "--output", "nowhere/a.parquet"), 2, "cannot write nowhere/a.parquet: "),
        (("db", "backup", "nowhere/a.db"), 10, "the folder nowhere does not exist"),
        (("db", "copy", "sqlite:///nowhere.db", "sqlite:///target.db"), 10, "no corpus at"),
        (("db", "restore", "nowhere.db"), 2, "does not exist"),
        (
            ("--database", "postgresql://me:secret@127.0.0.1:9/news", "stats"),
            10,
            "could not reach the database server of postgresql://me:***@",
        ),
        (
            ("--database", "mariadb://me:secret@127.0.0.1:9/news", "stats"),
            10,
            "could not reach the database server of mariadb://me:***@",
        ),
        (("--database", "oracle://me:secret@host/news", "stats"), 2, "unknown database oracle"),
    ],
)
def test_mistakes_get_a_sentence(crawled, arguments, code, said) -> None:
    done = crawled.run(*arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


@pytest.fixture
def copied(crawled, desk):
    """A desk with a copy of the crawled corpus."""
    done = crawled.run("db", "backup", str(desk.folder / "corpus.db"))
    assert done.returncode == 0, done.stderr
    return desk


def test_saved_queries(copied) -> None:
    assert copied.run("saved", "add", "ferries", "ferry", "lang:en").returncode == 0
    assert [row["query"] for row in rows(copied.run("saved", "list", "--format", "csv"))] == ["ferry lang:en"]
    found = json.loads(copied.run("search", "--saved", "ferries", "--json").stdout)
    new = json.loads(copied.run("search", "--saved", "ferries", "--new", "--json").stdout)
    assert {row["id"] for row in new} == {row["id"] for row in found}
    assert json.loads(copied.run("search", "--saved", "ferries", "--new", "--json").stdout) == []
    assert "<title>ferries</title>" in copied.run("feed", "--saved", "ferries").stdout
    assert copied.run("saved", "remove", "ferries").returncode == 0


def test_erase_backup_restore_check(copied) -> None:
    (hit, *_) = json.loads(copied.run("search", "title:ferry", "--json").stdout)
    assert copied.run("db", "backup", "backup.db").returncode == 0
    assert "already exists" in copied.run("db", "backup", "backup.db").stderr
    assert copied.run("erase", str(hit["id"]), stdin=b"n\n").returncode == 130
    assert copied.run("show", str(hit["id"])).returncode == 0
    done = copied.run("erase", hit["url"], "--yes")
    assert (done.returncode, "1 articles and" in done.stderr) == (0, True)
    assert copied.run("show", str(hit["id"])).returncode == 15
    assert copied.run("db", "check").stdout == f"{copied.folder / 'corpus.db'}: no problems found, 29 articles\n"
    assert copied.run("db", "restore", "backup.db", "--yes").returncode == 0
    assert copied.run("show", str(hit["id"])).returncode == 0
    assert "30 articles" in copied.run("db", "check").stdout
    for command in ("reindex", "vacuum", "upgrade", "init"):
        done = copied.run("db", command)
        assert done.returncode == 0, done.stderr
    Path(copied.folder / "backup.db").write_bytes(b"not a database")
    done = copied.run("db", "restore", "backup.db", "--yes")
    assert (done.returncode, "backup.db is not a database" in done.stderr) == (11, True)
    assert "30 articles" in copied.run("db", "check").stdout


def test_a_check_that_finds_something(copied) -> None:
    import sqlite3

    with sqlite3.connect(copied.folder / "corpus.db") as connection:
        connection.execute("DELETE FROM article_fts WHERE rowid = 1")
    done = copied.run("db", "check")
    assert (done.returncode, done.stdout) == (
        11,
        "30 articles, but 29 in the search index; run cleanwire db reindex\n",
    )
    assert copied.run("db", "reindex").returncode == 0
    assert copied.run("db", "check").returncode == 0


def test_reclean_with_nothing_archived(copied) -> None:
    done = copied.run("reclean", "--all", "--dry-run", "--workers", "1")
    assert done.returncode == 0
    assert "30 cannot be cleaned again because their pages are not in the archive" in done.stdout
    assert "every article was cleaned with the current rules" in copied.run("reclean").stderr


@pytest.mark.parametrize("kind", SERVERS)
def test_a_whole_crawl_on_a_server(desk, kind) -> None:
    """Crawled into, queried, crawled again with nothing new, copied to a file and back: as on SQLite."""
    address = created(kind, "crawl")
    with serve(DemoSite()) as server:
        done = desk.run("crawl", "--delay", "0", server.url, CLEANWIRE_DATABASE=address)
        assert done.returncode == 0, done.stderr
        assert re.search(r"30 (new )?(articles )?stored|stored 30", done.stdout + done.stderr), done.stdout
        done = desk.run("crawl", "--delay", "0", server.url, CLEANWIRE_DATABASE=address)
        assert done.returncode == 0, done.stderr
    assert json.loads(desk.run("stats", "--json", CLEANWIRE_DATABASE=address).stdout)["articles"] == 30
    (hit,) = json.loads(desk.run("search", "title:ferry", "--json", CLEANWIRE_DATABASE=address).stdout)
    assert hit["title"] == "Night ferry to the islands returns after nine years"
    assert desk.run("db", "check", CLEANWIRE_DATABASE=address).returncode == 0
    assert desk.run("status", CLEANWIRE_DATABASE=address).returncode == 0
    assert desk.run("report", CLEANWIRE_DATABASE=address).returncode == 0
    done = desk.run("db", "copy", address, "sqlite:///copy.db")
    assert (done.returncode, "30 articles" in done.stderr, "verified" in done.stderr) == (0, True, True), done.stderr
    back = created(kind, "back")
    assert desk.run("db", "copy", "sqlite:///copy.db", back).returncode == 0
    assert json.loads(desk.run("stats", "--json", CLEANWIRE_DATABASE=back).stdout)["articles"] == 30


def test_a_missing_driver_is_named(desk) -> None:
    (desk.folder / "psycopg.py").write_text("raise ModuleNotFoundError('no', name='psycopg')\n")
    paths = os.pathsep.join([str(desk.folder), os.environ.get("PYTHONPATH", "")])
    done = desk.run("stats", CLEANWIRE_DATABASE="postgresql://me@127.0.0.1/news", PYTHONPATH=paths)
    assert (done.returncode, "pip install 'cleanwire[postgres]'" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_goes_away_in_mid_crawl(desk, kind) -> None:
    """Its connections are cut: the crawl says so, what was stored stays, and the next run takes the rest."""
    from storage import Corpus

    address = created(kind, "cut")
    Corpus.open(address, create=True).close()
    with serve(DemoSite()) as server:
        environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "CLEANWIRE_DATABASE": address}
        crawl = subprocess.Popen(
            [desk.executable, "crawl", "--delay", "0.3", server.url],
            cwd=desk.folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        with Corpus.open(address) as corpus:
            until = time.monotonic() + 60
            while corpus.stats().articles < 5 and time.monotonic() < until:
                time.sleep(0.1)
        cut_all(kind, address)
        _, errors = crawl.communicate(timeout=60)
        stored = json.loads(desk.run("stats", "--json", CLEANWIRE_DATABASE=address).stdout)["articles"]
        assert "Traceback" not in errors, errors
        assert 5 <= stored <= 30
        if crawl.returncode:  # between two transactions nothing is lost, and nothing needs to be said
            assert (crawl.returncode, f"the connection to {kind}://" in errors) == (16, True)
        assert desk.run("crawl", "--delay", "0", server.url, CLEANWIRE_DATABASE=address).returncode == 0
    assert json.loads(desk.run("stats", "--json", CLEANWIRE_DATABASE=address).stdout)["articles"] == 30
    assert desk.run("db", "check", CLEANWIRE_DATABASE=address).returncode == 0


def cut_all(kind: str, address: str) -> None:
    """End all connections to a database."""
    name = address.rpartition("/")[2]
    with administration(kind) as connection:
        if kind == POSTGRESQL:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(others), {"name": name})
            return
        threads = text("SELECT id FROM information_schema.processlist WHERE db = :name")
        for number in connection.scalars(threads, {"name": name}).all():
            connection.execute(text(f"KILL {number}"))
