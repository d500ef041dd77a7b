"""Questions in SQL, which change nothing."""

import pytest

from storage import CorpusError, NotReadOnly


def test_an_answer(corpus, crawl) -> None:
    crawl.store("100% :done", "One", authors=("Ali",))
    with corpus.admin.run_sql("SELECT title, text FROM articles WHERE text LIKE '100%' -- :x") as (columns, rows):
        assert (columns, list(rows)) == (["title", "text"], [("One", "100% :done")])


@pytest.mark.parametrize("view", ["articles", "article_people", "article_tags", "article_addresses", "fetches"])
def test_views(corpus, crawl, view) -> None:
    crawl.store("Text", "One", authors=("Ali",), tags=("a",))
    with corpus.admin.run_sql(f"SELECT count(*) FROM {view}") as (_, rows):
        assert list(rows) == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM article",
        "  -- hello\n drop table article",
        "/* SELECT */ UPDATE article SET title = ''",
        "",
        ";",
        "WITH x AS (SELECT 1) DELETE FROM article",
        "SELECT 1; DELETE FROM article",
        "COPY article TO '/tmp/x'",
        "ATTACH DATABASE '/tmp/cleanwire-attached.db' AS x",
        "PRAGMA user_version = 7",
        "SELECT 1 INTO OUTFILE '/tmp/cleanwire-out'",
        "SELECT * FROM nowhere",
        "SELECT (",
        "VACUUM INTO '/tmp/cleanwire-vacuum.db'",
    ],
)
def test_nothing_is_changed(corpus, crawl, statement) -> None:
    article_id = crawl.store("Text", "One")
    with pytest.raises(CorpusError), corpus.admin.run_sql(statement) as (_, rows):
        list(rows)
    assert corpus.get(article_id).title == "One"


def test_writing_is_refused_by_name(corpus) -> None:
    with pytest.raises(NotReadOnly, match="sql is read-only: DELETE is not allowed"):
        corpus.admin.run_sql("DELETE FROM article").__enter__()
