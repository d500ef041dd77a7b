"""What is typed stays a value, and a question in SQL stays a question: on every database."""

from contextlib import suppress
from pathlib import Path

import pytest
from databases import MARIADB, POSTGRESQL, SQLITE

from storage import Corpus
from storage.errors import CorpusError
from storage.search.query_parser import parse_query

PAYLOADS = [
    "' OR '1'='1",
    "') OR 1=1 --",
    "\\' OR 1=1 #",
    '" OR ""="',
    "x'; DELETE FROM article; --",
    "x' UNION SELECT 1,2,3 --",
    "%",
    "_",
    "%%%s",
    ":name",
    "{0.__class__}",
    "$1",
    "*/ OR 1=1 /*",
    "' || (SELECT version()) || '",
    "wire.example' AND SLEEP(5) #",
    "\u02bc OR 1=1",
    "\uff07 OR 1=1",
    "a\0' OR 1=1",
    "9" * 40,
]


@pytest.fixture(scope="module")
def stored(library) -> Corpus:
    library.store("The harbour was closed.", "Harbour", authors=("Ali",), tags=("sea",), section="News")
    library.store("The market was closed.", "Market", authors=("Asha",), tags=("land",), section="News")
    return library.corpus


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_filter_finds_all_or_changes_anything(stored: Corpus, payload: str) -> None:
    fields = ("title", "author", "editor", "source", "lang", "section", "tag", "published", "cluster")
    for query in (*(f'{field}:"{payload}"' for field in fields), *(f"{field}:{payload}" for field in fields)):
        if not parse_query(query).ignored and '"' not in payload and " " not in payload:
            assert not list(stored.search(query)) or "title" in query, query
        stored.search(query, limit=3)
        stored.count(query)
    for name in ("source", "language"):
        assert not list(stored.search("", **{name: payload}))
        assert list(stored.iter("", **{name: payload})) == []
        assert stored.find_distinctive_terms("", **{name: payload}) == []
    assert stored.list_failed_pages(source=payload, outcome=payload) == []
    assert stored.find(payload) is None
    assert stored.find_article_ids(author=payload) == []
    assert stored.find_article_ids(source=payload) == []
    assert stored.list_source_urls(payload) == []
    for by in ("source", "author", "tag", "month"):
        stored.counts(by, payload, limit=3)
    with suppress(ValueError, CorpusError):
        stored.search("", after=payload)
    with suppress(ValueError):
        stored.save_query(payload, payload)
        stored.get_new_articles(payload.replace("\0", ""))
        stored.delete_query(payload.replace("\0", ""))
    assert stored.stats().articles == 2


FILES = {
    SQLITE: [
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('{folder}/out', 'x')",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT 1; ATTACH '{folder}/out' AS x",
        "VACUUM INTO '{folder}/out'",
        "PRAGMA writable_schema = 1",
        "SELECT * FROM pragma_database_list",
    ],
    POSTGRESQL: [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '{folder}/out')",
        "SELECT query_to_xml('SELECT pg_read_file(''/etc/passwd'')', true, true, '')",
        "COPY source TO PROGRAM 'touch {folder}/out'",
        "SELECT 1; COPY source TO PROGRAM 'touch {folder}/out'",
        "/* /* */ SELECT */ COPY source TO PROGRAM 'touch {folder}/out'",
        "SELECT pg_reload_conf()",
        "SELECT set_config('transaction_read_only', 'off', false)",
    ],
    MARIADB: [
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT `LOAD_FILE`('/etc/passwd')",
        "SELECT 1 INTO OUTFILE '{folder}/out'",
        "SELECT 1 INTO/**/OUTFILE '{folder}/out'",
        "SELECT 1 INTO # a comment\n DUMPFILE '{folder}/out'",
        "SELECT /*!1 INTO*/ OUTFILE '{folder}/out'",
        "/*!SET GLOBAL long_query_time = (*/SELECT 9)",
        "/*M!100000 SET GLOBAL long_query_time = (*/SELECT 9)",
        "/*!BEGIN NOT ATOMIC SET SESSION TRANSACTION READ WRITE; DELETE FROM source; END #*/ SELECT",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE tag",
        "SELECT 1; DELETE FROM article",
    ],
}


def test_no_question_reads_or_writes_a_file(kind: str, corpus: Corpus, crawl, tmp_path: Path) -> None:
    crawl.store("Text", "One")
    tmp_path.chmod(0o777)  # a server runs as another user
    for statement in FILES[kind]:
        with (
            pytest.raises(CorpusError),
            corpus.admin.run_sql(statement.replace("{folder}", str(tmp_path))) as (_, rows),
        ):
            list(rows)
    assert not (tmp_path / "out").exists()
    assert corpus.stats().articles == 1
    with corpus.admin.run_sql("SELECT title FROM articles") as (_, rows):
        assert list(rows) == [("One",)]


def test_a_question_leaves_nothing_behind(kind: str, corpus: Corpus, crawl) -> None:
    if kind == POSTGRESQL:  # PostgreSQL before 16 takes large objects for no change
        with suppress(CorpusError), corpus.admin.run_sql("SELECT lo_from_bytea(0, 'x')") as (_, rows):
            list(rows)
        with corpus.admin.run_sql("SELECT count(*) FROM pg_largeobject_metadata") as (_, rows):
            assert list(rows) == [(0,)]
    crawl.store("Text", "Two")  # and whoever asked may write again
    assert corpus.stats().articles == 1
