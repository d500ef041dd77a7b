"""What hostile pages say reaches terminals and browsers as text: it moves no cursor, and runs nothing."""

import json
import re
import shlex
import shutil
import sqlite3

import pytest

TURNED = "\x9b2J\u202egnp\u2066 \r\b"
EVIL = f"fl\x1b[31mood\x1b]52;c;Y2FsYw==\x07 {TURNED}<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What moves cursors and turns lines; new lines and tabs do neither."""

WRITTEN = {
    "article": "title text section site_name dateline description image licence".split(),
    "article_version": "title text".split(),
    "fetch": "detail".split(),
    "source": "name".split(),
    "source_run": "problem".split(),
    "run": "arguments".split(),
}
"""Columns that say what pages, sites and errors said, by their tables; lists of such values are in others."""
LISTS = {"article": "authors editors credits tags contributors translators photo_credits organisations".split()}
COMMANDS = {
    "search": "search",
    "search as JSON": "search --json",
    "show": "show 1",
    "show as JSON": "show 1 --json",
    "similar": "similar 1",
    "versions": "versions 1",
    "versions with differences": "versions 1 --diff",
    "terms": "terms lang:en",
    "counts by author": "counts --by author",
    "counts by section": "counts --by section",
    "counts by source": "counts --by source",
    "counts by tag as JSON": "counts --by tag --json",
    "failures": "failures",
    "failures as JSON": "failures --json",
    "runs": "runs",
    "runs as JSON": "runs --json",
    "status": "status",
    "status as JSON": "status --json",
    "report": "report",
    "report as JSON": "report --json",
    "stats": "stats",
    "stats as JSON": "stats --json",
    "sql": "sql 'select title, url, section from articles'",
    "sql as JSON": "sql 'select title, url, section from articles' --json",
    "feed": "feed",
    "feed as JSON": "feed --format json",
}


@pytest.fixture(scope="module")
def armed(crawled, tmp_path_factory: pytest.TempPathFactory):
    """A desk whose corpus says what a hostile site would have it say, in every column that is not the program's own."""
    desk = type(crawled)(tmp_path_factory.mktemp("armed"), crawled.server)
    shutil.copy(crawled.folder / "corpus.db", desk.folder)
    with sqlite3.connect(desk.folder / "corpus.db") as connection:
        for table, wanted in WRITTEN.items():
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            for column in there & {*wanted, *LISTS.get(table, ())}:
                value = json.dumps([EVIL]) if column in LISTS.get(table, ()) else EVIL
                connection.execute(f"UPDATE {table} SET {column} = ?", [value])
    connection.close()
    return desk


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_unseen_is_printed(armed, command: str) -> None:
    done = armed.run(*shlex.split(command))
    assert done.returncode in (0, 3), done.stderr
    assert not UNSEEN.findall(done.stdout.replace("\r\n", "\n") + done.stderr)
    if "--json" in command:
        json.loads(done.stdout)


def test_pages_and_feeds_show_markup_as_text(armed) -> None:
    assert armed.run("report", "--html", "page.html").returncode in (0, 3)
    page = (armed.folder / "page.html").read_text()
    feed = armed.run("feed").stdout
    for written in (page, feed):
        assert "<script>alert" not in written
        assert "<img src=x" not in written
        assert not UNSEEN.findall(written)
