"""All commands: their help, the corpus that they open, completion."""

import sqlite3
from typing import Any

import pytest

COMMANDS = (
    "backfill clean completion counts crawl cron db demo erase export failures feed reclean report runs saved search "
    "show similar sources sql stats status terms versions"
).split()


def test_help_lists_every_command_with_an_example(crawled: Any) -> None:
    listed = crawled.run("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in listed
        assert f"cleanwire {command}" in crawled.run(command, "--help").stdout


@pytest.mark.parametrize("words", [(), ("db",)], ids=["cleanwire", "db"])
def test_nothing_to_do_is_answered_with_help(crawled: Any, words: tuple[str, ...]) -> None:
    done = crawled.run(*words)
    assert (done.returncode, "\n  -h, --help" in done.stderr) == (2, True)


def test_help_loads_nothing_heavy(crawled: Any) -> None:
    loaded = crawled.run("--help", PYTHONPROFILEIMPORTTIME="1").stderr
    assert "click" in loaded
    for module in ("scrapy", "sqlalchemy", "trafilatura", "lxml", "pebble", "rich", "dateparser"):
        assert f"| {module}\n" not in loaded.replace("|   ", "| ").replace("  ", "")


@pytest.mark.parametrize(
    ("database", "code", "said"),
    [
        ("sqlite:////nowhere/at/all.db", 10, "all.db"),
        (
            "postgresql://user:secret@db.example/news",
            10,
            "could not reach the database server of postgresql://user:***@db.example/news",
        ),
        ("oracle://user:secret@db.example/news", 2, "unknown database oracle://"),
        ("nonsense", 2, "sqlite:///"),
    ],
)
def test_database_that_cannot_be_used(desk: Any, database: str, code: int, said: str) -> None:
    done = desk.run("--database", database, "stats")
    assert done.returncode == code
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_database_that_is_none(desk: Any) -> None:
    (desk.folder / "corpus.db").write_bytes(b"no database at all, but long enough to look into" * 20)
    done = desk.run("stats")
    assert done.returncode == 11
    (desk.folder / "corpus.db").unlink()
    sqlite3.connect(desk.folder / "corpus.db").execute("CREATE TABLE alien (x)").connection.close()
    assert desk.run("stats").returncode == 11


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(desk: Any, shell: str) -> None:
    assert "_CLEANWIRE_COMPLETE" in desk.run("completion", shell).stdout
