"""What happens to articles besides crawling: saved by hand, erased, cleaned anew, copied; and questions in SQL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import MARIADB, POSTGRESQL, SQLITE, available, created

from cleaning import clean_and_explain
from cleaning.article import Removal
from storage import Archive, Corpus, CorpusError, Exchange, NotReadOnly, SavedQueryNotFound
from storage.admin.copy import copy, digest
from storage.schema.tables import Base

URL = "https://wire.example/news/harbour"
SECRET = "Zanzibarine"
PAGE = f"""<html lang=en><head><title>Harbour closed</title><meta property="og:type" content="article"></head><body>
<h1>Harbour closed</h1><article>
<p>The harbour of Mombasa was closed on Tuesday after a storm, the port authority said in a statement, and
{SECRET} ferries stayed in port until the evening while the crews waited.</p>
<p>Fishermen said that they had not seen such waves for years, and that twelve boats were damaged when the
water rose over the pier in the night before the storm.</p>
<p>Edited by: Ali Musa</p></article></body></html>"""


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


def by_an_older_cleaner(corpus: Corpus, article_id: int) -> None:
    from sqlalchemy import update

    from storage.schema.tables import ArticleRow

    with corpus._database.write() as connection:
        text = corpus.get(article_id).text + "\n\nEdited by: Ali Musa"
        older = {"cleaner": "0.0.1+00000000", "text": text, "editors": ()}
        connection.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(older))


class TestReclean:
    def test_what_changes_is_told_first_and_makes_a_version_that_is_ours(self, corpus, stored, archive) -> None:
        by_an_older_cleaner(corpus, stored)
        before = corpus.get(stored)
        assert corpus.count_stale() == 1
        (dry,) = corpus.reclean(archive_folder=archive.folder, dry_run=True, workers=1)
        assert (dry.was, dry.fields, dry.lines) == ("changed", ("text", "editors"), ("- Edited by: Ali Musa",))
        assert corpus.get(stored) == before
        (done,) = corpus.reclean(archive_folder=archive.folder, workers=1)
        assert done == dry
        after = corpus.get(stored)
        assert (after.editors, after.version, after.text + "\n\nEdited by: Ali Musa") == (("Ali Musa",), 2, before.text)
        (version,) = corpus.versions(stored)
        assert (version.ended_by, version.cleaner, version.text) == ("reclean", "0.0.1+00000000", before.text)
        assert corpus.count_stale() == 0
        assert list(corpus.reclean(archive_folder=archive.folder, workers=1)) == []

    def test_what_comes_out_the_same_is_only_marked(self, corpus, stored, archive) -> None:
        (done,) = corpus.reclean(archive_folder=archive.folder, everything=True, workers=1)
        assert done.was == "same"
        assert corpus.get(stored).version == 1

    def test_without_the_page_the_text_stays(self, corpus, stored, archive, tmp_path) -> None:
        by_an_older_cleaner(corpus, stored)
        before = corpus.get(stored)
        (done,) = corpus.reclean(archive_folder=tmp_path / "elsewhere", workers=1)
        assert (done.was, corpus.get(stored)) == ("no-page", before)
        assert "is not there any more" in done.detail


class TestErase:
    @pytest.mark.promise(40)
    def test_nothing_is_left_in_any_file(self, corpus, crawl, stored, archive, tmp_path, kind, measured) -> None:
        other = crawl.store("Rain is expected, say the farmers.", "Rain")
        with corpus._database.read():
            pass
        erased = corpus.erase([stored], archive_folder=archive.folder)
        assert (erased.articles, erased.pages) == (1, 1)
        assert [article.id for article in corpus.iter()] == [other]
        assert corpus.search(SECRET) == ()
        assert corpus.find(URL) is None
        for file in archive.folder.iterdir():
            assert SECRET not in unpacked(file)
        if kind == SQLITE:
            corpus.close()
            for file in (path for path in tmp_path.iterdir() if path.name.startswith("corpus.db")):
                content = file.read_bytes()
                assert SECRET.encode() not in content
                assert SECRET.casefold().encode() not in content
                assert b"harbour" not in content.lower()
            measured("0 hits in database and archive")

    @pytest.mark.promise(40)
    def test_it_is_never_fetched_again(self, corpus, crawl, new_crawl, cleaned, stored, archive) -> None:
        corpus.erase([stored], archive_folder=archive.folder)
        later = new_crawl()
        assert later.find(URL) == 0
        assert later.frontier.knows("wire.example/news/harbour")
        assert later.fetch("https://wire.example/short", cleaned("A text."), final_url=URL) == "erased"
        assert corpus.stats().articles == 0
        with pytest.raises(ValueError, match="is not kept: erased"):
            corpus.save(clean_and_explain(PAGE, URL), URL)

    def test_by_author_and_by_source(self, corpus, crawl) -> None:
        one = crawl.store("One text.", "One", authors=("Ali Musa",))
        crawl.store("Another text.", "Other", authors=("Ali Musa Noor",))
        assert corpus.articles_by(author="ALI MUSA") == [one]
        assert len(corpus.articles_by(source="wire.example")) == 2
        addresses = corpus.addresses_of("wire.example")
        corpus.erase(corpus.articles_by(source="wire.example"), addresses)
        assert corpus.stats().articles == 0
        assert crawl.find(*addresses) == 0

    def test_a_cluster_of_one_is_none(self, corpus, crawl) -> None:
        text = " ".join(f"word{number}" for number in range(100))
        first, second = crawl.store(text, "One"), crawl.store(text + " more", "Two")
        assert corpus.get(second).cluster_id is not None
        corpus.erase([first])
        assert corpus.get(second).cluster_id is None

    def test_other_pages_of_the_archive_stay(self, corpus, crawl, stored, archive) -> None:
        now = datetime(2024, 10, 2, tzinfo=UTC)
        pointers = [archive.write(Exchange(f"{URL}{n}", now, 200, "OK", (), (), b"<p>Other")) for n in range(2)]
        corpus.erase([stored], archive_folder=archive.folder)
        assert [archive.read(pointer).body for pointer in pointers] == [b"<p>Other"] * 2


def unpacked(file: Path) -> str:
    import gzip

    return gzip.decompress(file.read_bytes()).decode("utf-8", "replace") + file.read_bytes().decode("latin-1")


class TestSave:
    def test_new_unchanged_and_changed(self, corpus) -> None:
        cleaned = clean_and_explain(PAGE, URL)
        article_id = corpus.save(cleaned, URL)
        assert corpus.save(cleaned, URL) == article_id
        assert corpus.get(article_id).version == 1
        assert corpus.save(clean_and_explain(PAGE.replace("twelve", "thirteen"), URL), URL) == article_id
        assert (corpus.get(article_id).version, len(corpus.versions(article_id))) == (2, 1)
        assert [alias.url for alias in corpus.aliases(article_id)] == [URL]

    def test_what_is_no_address(self, corpus) -> None:
        with pytest.raises(ValueError, match="not an address"):
            corpus.save(clean_and_explain(PAGE, URL), "not an address")


class TestSavedQueries:
    def test_new_since_the_last_look(self, corpus, crawl) -> None:
        corpus.save_query("floods", "flood lang:en")
        first = crawl.store("The flood in Mombasa.")
        crawl.store("Rain.")
        assert [article.id for article in corpus.new_articles("floods", mark=False)] == [first]
        assert [article.id for article in corpus.new_articles("floods")] == [first]
        assert corpus.new_articles("floods") == []
        second = crawl.store("Another flood in Garissa.")
        assert [article.id for article in corpus.new_articles("floods")] == [second]
        (query,) = corpus.saved_queries()
        assert (query.name, query.query, query.seen_id) == ("floods", "flood lang:en", second)

    def test_names(self, corpus) -> None:
        corpus.save_query("a", "x")
        corpus.save_query("a", "y")
        assert corpus.saved_query("a").query == "y"
        with pytest.raises(SavedQueryNotFound, match="no saved query 'b'; there are: a"):
            corpus.saved_query("b")
        corpus.forget_query("a")
        assert corpus.saved_queries() == []
        with pytest.raises(ValueError, match="needs a name"):
            corpus.save_query(" ", "x")


class TestSql:
    def test_an_answer(self, corpus, crawl) -> None:
        crawl.store("100% :done", "One", authors=("Ali",))
        with corpus.sql("SELECT title, text FROM articles WHERE text LIKE '100%' -- :x") as (columns, rows):
            assert (columns, list(rows)) == (["title", "text"], [("One", "100% :done")])

    @pytest.mark.parametrize("view", ["articles", "article_people", "article_tags", "article_addresses", "fetches"])
    def test_views(self, corpus, crawl, view) -> None:
        crawl.store("Text", "One", authors=("Ali",), tags=("a",))
        with corpus.sql(f"SELECT count(*) FROM {view}") as (_, rows):
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
    def test_nothing_is_changed(self, corpus, crawl, statement) -> None:
        article_id = crawl.store("Text", "One")
        with pytest.raises(CorpusError), corpus.sql(statement) as (_, rows):
            list(rows)
        assert corpus.get(article_id).title == "One"

    def test_writing_is_refused_by_name(self, corpus) -> None:
        with pytest.raises(NotReadOnly, match="only questions are answered here, such as SELECT; not DELETE"):
            corpus.sql("DELETE FROM article").__enter__()


TARGETS = {SQLITE: POSTGRESQL, POSTGRESQL: MARIADB, MARIADB: SQLITE}


class TestCopy:
    @pytest.fixture
    def target(self, kind, tmp_path) -> str:
        if TARGETS[kind] == SQLITE or TARGETS[kind] not in available():
            return f"sqlite:///{tmp_path / 'target.db'}"
        return created(TARGETS[kind], "target")

    def test_every_row_is_equal(self, corpus, crawl, cleaned, stored, target) -> None:
        crawl.store("السلام في غزة 停火", "Zwei é B b", authors=("Ali",), tags=("x",))
        crawl.find("https://wire.example/queued", content="<p>Feed")
        corpus.save_query("a", "b")
        with Corpus.open(target, create=True) as copied:
            told = []
            counts = copy(corpus._database, copied._database, lambda *row: told.append(row))
            assert counts["article"] == 2
            assert told
            with corpus._database.read() as one, copied._database.read() as other:
                for table in Base.metadata.tables.values():
                    assert digest(one, table) == digest(other, table), table.name
            assert [hit.id for hit in copied.search("停火")] == [hit.id for hit in corpus.search("停火")]
            assert copied.find(URL) == corpus.find(URL)
            number = copied.start_run("goes on")
            assert number not in {run.id for run in corpus.runs()}
            with pytest.raises(CorpusError, match="is not empty"):
                copy(corpus._database, copied._database)


def test_removals_are_kept(corpus, stored) -> None:
    assert [removal for removal in corpus.get(stored).removals if removal.rule == "editor"] == [
        Removal("drop_boilerplate_lines", "editor", "Edited by: Ali Musa")
    ]
