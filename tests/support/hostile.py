"""Values as a hostile site would choose them, and a corpus with nothing else in it."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column

from cleaning.article import Article, Block, BlockKind, Cleaned, Removal
from cleaning.urls import make_url_key
from storage import Candidate, Corpus, FetchedPage, SourceRun
from storage.backends.types import Counts, Removals, SafeString, SafeText, Strings, StringsByName, dump_json
from storage.schema.tables import Base

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)

MARKUP = (
    '<script>document.title="PWNED"</script>"><img src="http://evil.example/i" onerror="document.title=\'PWNED\'">'
    "'--></style></title></textarea>]]><svg/onload=\"document.title='PWNED'\">&lt;script&gt;"
)
"""What would run, fetch or end an element in a page, a feed or an XML file."""
COMMANDS = (
    "\x1b]0;PWNED\x07\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\\x1b]52;c;UFdORUQ=\x07\x1b[8mhidden\x1b[2J"
    "\x1bc\x9b31m\x9d0;PWNED\x9c\x90q\x9c\x08\x7f\x07\x0e\x85"
)
"""What a terminal would obey: titles, links, the clipboard, hidden text, erasing, resetting; also by single bytes."""
UNSEEN = "\u202egnp.\u2066\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u2028\u2029\U000e0041\ufff9"
"""What turns the direction of writing, breaks lines where none are expected, or is not seen at all."""
FORGED = "\r\nFORGED\nFORGED"
"""Lines that would pass for ours."""
PROSE = f"Flood in Mombasa {MARKUP}{COMMANDS}{UNSEEN}"
"""Hostile as far as a text may be that has lines."""
VALUE = f"{PROSE}{FORGED}"
"""For what is a single line: titles, names, addresses, reasons."""

PLAIN = {
    *("frontier.state", "article_version.ended_by", "credit.role", "tag.kind", "article.published_precision"),
    *("article.modified_precision", "source.profile"),
}
"""Columns that no page has a say in: words of our own, by which rows are found; and JSON that is checked when read."""


def is_harmless(text: str) -> bool:
    """Whether a terminal shows the text, and does nothing else; joiners are parts of words in many scripts.

    >>> is_harmless("Roob\\n\\tmahiigaan"), is_harmless("\\x1b[2J"), is_harmless("\\u202e"), is_harmless("\\x9b2J")
    (True, False, False, False)
    """
    bad = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return not any(unicodedata.category(char) in bad and char not in "\n\t\u200c\u200d" for char in text)


_OURS = re.compile(r"\x1b\[(?:(?:[0-7]|9|[34][0-8]|9[0-7])(?:;\d+)*)?m|\x1b\[\?25[lh]|\r?\x1b\[(?:1A|2?K)")
"""Colours and their end, and what draws a bar of progress, as our own output has them; but not 8, which hides text."""


def assert_harmless(text: str) -> None:
    """Nothing that a terminal would obey but our own colours, and no line that `VALUE` made."""
    lines = _OURS.sub("", text).split("\n")
    bad = [line for line in lines if not is_harmless(line) or line.rstrip() == "FORGED"]
    assert not bad, bad[0]


def hostile_corpus(path: Path) -> None:
    """Make an SQLite corpus in which every text is hostile."""
    with Corpus.open(f"sqlite:///{path}", create=True) as corpus:
        _fill(corpus)
    # Past the corpus, which might refuse some of it. A connection that only garbage collection closes would remove its
    # log while a test copies the folder.
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO article_version SELECT 1, id, 1, fetched_at, fetched_at, published, modified, content_hash,"
            " fingerprint, 'before', authors, 'Another text', cleaner, 'edit' FROM article WHERE id = 1"
        )
        connection.execute("INSERT INTO host (name, robots_status, robots, tdmrep) VALUES ('a', 200, 'b', 'c')")
        connection.execute("INSERT INTO feed_entry VALUES (1, 'c', '[]', '[]')")
        for table, columns in _text_columns():
            for column in columns:
                _poison(connection, table, column)
        problems = f"failing: {PROSE}\n  http://evil.example/{PROSE}\nsilent: {PROSE}\n  javascript:alert(1)//{PROSE}"
        connection.execute("UPDATE source_run SET drift = ?", (problems,))
        for table in ("article", "frontier", "feed"):
            connection.execute(
                f"UPDATE {table} SET url = ? WHERE id = 1", (f"javascript:document.title='PWNED'//{VALUE}",)
            )
        connection.execute("UPDATE article SET canonical_url = url WHERE id = 1")
        connection.execute("UPDATE fetch SET outcome = 'http-404' WHERE id = 3")
        connection.execute("UPDATE article SET version = 2, text = ?, language = 'en'", (f"{PROSE}\n\n{PROSE}",))


def _fill(corpus: Corpus) -> None:
    source = corpus.crawl.get_or_create_source("https://wire.example/", "Wire")
    run = corpus.crawl.start_run("crawl")
    frontier = corpus.crawl.open_frontier(run)
    urls = [f"https://wire.example/news/{number}" for number in range(4)]
    frontier.add(Candidate(url, make_url_key(url), source.id, found_in="feed") for url in urls)
    leases = frontier.lease(10, busy={}, per_host=10, sources=[source.id])
    words = "Flood in Mombasa: the harbour was closed after a storm and twelve boats were damaged over the pier. " * 9
    texts = [f"{words}The ferry sails on day {number}." for number in range(4)]  # nearly the same
    for number, lease in enumerate(leases):
        names = ("x", "y")
        article = Article(
            text=texts[number], blocks=(Block(BlockKind.PARAGRAPH, texts[number]),), title="Flood", language="en",
            published=NOON, published_precision="minute", authors=names, editors=names, translators=names,
            contributors=names, credits=names, tags=names, organisations=names, photo_credits=names, section="x",
            dateline="x", description="x", image="x", licence="x", site_name="x", tdm_policy="x", robots=names,
            flags=names, canonical_url=f"{lease.url}/c", page_type="x", provenance={"title": "x"},
        )  # fmt: skip
        cleaned = Cleaned(article, (Removal("drop_lines", "rule", "removed"),)) if number < 2 else None
        frontier.record_fetches(
            [
                FetchedPage(
                    lease, final_url=lease.url, http_status=200 if cleaned else 404, detail="d", fetched_at=NOON,
                    outcome="article" if cleaned else "http-404", milliseconds=9, bytes=9, cleaned=cleaned,
                )
            ]
        )  # fmt: skip
    look = SourceRun(
        run_id=run, source_id=source.id, at=datetime.now(UTC), found=4, requests=9,
        outcomes={"stored": 2, "http-404": 2}, measured=2, words=90, titles=2, dates=2, authors=2,
        problem="p", drift="d",
    )  # fmt: skip
    corpus.crawl.save_source_runs([look])
    corpus.crawl.finish_run(run, {"found": 4, "stored": 2}, "finished")
    corpus.save_query("floods", "flood")


def _text_columns() -> Iterator[tuple[str, list[Column[Any]]]]:
    kinds = (SafeText, SafeString, Strings, StringsByName, Removals, Counts)
    for table in Base.metadata.tables.values():
        columns = [column for column in table.columns if isinstance(column.type, kinds)]
        yield table.name, [one for one in columns if f"{table.name}.{one.name}" not in PLAIN and "hash" not in one.name]


def _poison(connection: sqlite3.Connection, table: str, column: "Column[Any]") -> None:
    """Set a column to what is hostile, in the form that it has."""
    value = {
        Strings: dump_json([VALUE, VALUE]),
        StringsByName: dump_json({"title": VALUE, VALUE: VALUE}),
        Removals: dump_json([{"step": VALUE, "rule": VALUE, "text": VALUE}]),
        Counts: dump_json({"stored": 2, VALUE: 3}),
    }.get(type(column.type), f"http://evil.example/{VALUE}" if column.name.endswith("url") else VALUE)
    connection.execute(f"UPDATE {table} SET {column.name} = ?", (value,))
