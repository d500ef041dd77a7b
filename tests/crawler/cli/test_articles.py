"""``cleanwire show`` and ``versions``."""

import csv
import io
import json
import sqlite3
from typing import Any

from crawler.demo import DemoSite, serve


def rows(done) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_show_by_number_and_by_address(crawled: Any) -> None:
    article = json.loads(crawled.run("show", "1", "--json").stdout)
    same = json.loads(crawled.run("show", article["url"], "--json").stdout)
    assert same == article
    assert article["removals"]
    shown = crawled.run("show", "1", "--removed").stdout
    assert article["title"][:10] in shown
    assert article["removals"][0]["rule"] in shown


def test_show_of_nothing_has_its_exit_code(crawled: Any) -> None:
    done = crawled.run("show", "4711")
    assert (done.returncode, "4711" in done.stderr) == (15, True)


def test_what_an_edit_and_newer_rules_changed(desk) -> None:
    """A page that its site edits, crawled twice; then, by other rules than those of now, cleaned anew."""
    with serve(DemoSite()) as server:
        assert desk.run("crawl", "--delay", "0", server.url).returncode == 0
    with sqlite3.connect(desk.folder / "corpus.db") as connection:
        older = (
            "UPDATE article SET cleaner = '0.0.1+0', text = text || char(10) || char(10) || 'Share this' WHERE id = 1"
        )
        connection.execute(older)
    connection.close()
    told = desk.run("reclean", "--dry-run", "--workers", "1").stdout
    assert ("1 articles would change, 0 stay the same" in told, "- Share this" in told) == (True, True)
    assert "has not changed" in desk.run("versions", "1").stderr
    assert "1 articles change" in desk.run("reclean", "--workers", "1").stdout
    diff = desk.run("versions", "1", "--diff").stdout.splitlines()
    assert diff[0].startswith("version 1, cleaned again")
    assert diff[1:] == ["-Share this", ""]
    (version,) = rows(desk.run("versions", "1", "--format", "csv"))
    assert (version["ended_by"], version["cleaner"]) == ("reclean", "0.0.1+0")
    assert "every article was cleaned with the current rules" in desk.run("reclean").stderr
