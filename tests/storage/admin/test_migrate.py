"""The schema: what the migrations make is what the models say, and old corpora are brought up to date."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import Corpus, CorpusError
from storage.admin import migrate
from storage.backends.sqlite import APPLICATION_ID, SQLite
from storage.backends.url import DatabaseUrl
from storage.ingest.derived_rows import rebuild_derived_rows
from storage.schema.tables import Base


def script_directory(folder):
    config = Config()
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config)


def test_the_revisions_are_those_of_the_migrations():
    newest_first = script_directory(migrate.MIGRATIONS_FOLDER).walk_revisions()
    assert tuple(reversed([script.revision for script in newest_first])) == migrate.REVISIONS


# Articles and addresses refer to each other; Alembic need not sort them.
pytestmark = pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")


def compared(subject, name, kind, reflected, other):
    return kind != "index" and not (kind == "table" and name.startswith(("article_fts", "article_search")))


def test_the_tables_are_what_the_models_say(corpus):
    with corpus._database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": compared, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("revision", migrate.REVISIONS[:-1])
def test_the_migrations_make_what_the_models_say(older_corpus, empty_corpus, revision):
    """Indexes are compared by their SQL: Alembic does not see the direction of an index's columns."""
    path = older_corpus(revision)
    with Corpus.open(str(path)) as corpus, corpus._database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": compared, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    for kind in ("index", "view"):
        made, migrated = (definitions(database, kind) for database in (empty_corpus, path))
        assert migrated == made


def definitions(path, kind):
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE type = ?", (kind,))} - {None}


def test_the_connection_is_set_up(corpus, on_sqlite):
    with corpus._database.write() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous", "application_id")
        }
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "synchronous": 1,
        "application_id": APPLICATION_ID,
    }


def test_a_corpus_that_lost_its_log_mode_gets_it_back(corpus, path):
    corpus.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with Corpus.open(str(path)) as again, again._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_corpus_that_is_up_to_date_opens_without_alembic(corpus, path):
    script = "import sys; from storage import Corpus; Corpus.open(sys.argv[1]); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_errors_and_values_come_without_sqlalchemy():
    script = "import sys; from storage import CorpusError, Hit; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


NOW = migrate.REVISIONS[-1]

NEXT_REVISION = textwrap.dedent(f'''
    """Of the future."""

    import sqlalchemy as sa
    from alembic import op

    revision = "next"
    down_revision = "{NOW}"


    def upgrade() -> None:
        op.add_column("source", sa.Column("mood", sa.Text()))
        op.create_index("ix_source_mood", "source", ["mood"])
''')


@pytest.fixture
def program_of_the_future(tmp_path, monkeypatch):
    """Turns this program into one that has another revision; that is given more steps."""

    def begin(more=""):
        migrations = tmp_path / "migrations of 100%"
        shutil.copytree(migrate.MIGRATIONS_FOLDER, migrations)
        (migrations / "versions" / "next_mood.py").write_text(NEXT_REVISION + more)
        monkeypatch.setattr(migrate, "MIGRATIONS_FOLDER", migrations)
        monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "next"))

    return begin


def moods(path):
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(source)")]
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return version, "mood" in columns


def test_an_older_corpus_is_copied_and_upgraded(crawl, corpus, path, program_of_the_future):
    crawl.store("The ceasefire holds.")
    program_of_the_future()
    # The first corpus is still open, and part of it is in the log only: the copy must hold that too.
    with Corpus.open(str(path)) as upgraded:
        assert [hit.id for hit in upgraded.search("ceasefire")] == [1]
    assert moods(path) == ("next", True)
    copy = path.with_name(f"corpus.db.before-upgrade-{NOW}")
    assert moods(copy) == (NOW, False)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT text FROM article").fetchall() == [("The ceasefire holds.",)]


def test_an_upgrade_that_fails_leaves_the_old_corpus(crawl, corpus, path, program_of_the_future):
    crawl.store("The ceasefire holds.")
    program_of_the_future("    op.drop_column('source', 'no such column')\n")
    with pytest.raises(Exception, match="no such column"):
        Corpus.open(str(path))
    assert moods(path) == (NOW, False)
    assert [hit.id for hit in corpus.search("ceasefire")] == [1]


def test_an_older_corpus_is_not_upgraded_read_only(corpus, path, program_of_the_future):
    program_of_the_future()
    with pytest.raises(CorpusError, match="needs an upgrade"):
        Corpus.open(str(path), read_only=True)
    assert moods(path) == (NOW, False)


def test_a_new_corpus_is_of_the_last_revision_and_has_no_copy(path):
    Corpus.open(str(path), create=True).close()
    assert moods(path) == (NOW, False)
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == [path.name]


# Corpora of earlier versions

FIRST_ROWS = """
INSERT INTO source VALUES (1, 'wire.example', 'The Wire', 'https://wire.example/', '2024-10-01 12:00:00.000000');
INSERT INTO run VALUES (1, '2024-10-01 12:00:00.000000', NULL, 'crawl', NULL, '{}');
INSERT INTO frontier (id, source_id, article_id, run_id, url, key, key_hash, host, found_in, found_at, priority, state,
    attempts, outcome) VALUES (1, 1, NULL, 1, 'https://wire.example/calm', 'wire.example/calm',
    x'00112233445566778899aabbccddeeff', 'wire.example', 'feed', '2024-10-01 12:00:00.000000', 0, 'done', 0, 'stored');
INSERT INTO article (id, source_id, frontier_id, published, published_offset, published_precision, language,
    language_confidence, stored_at, fetched_at, word_count, key_hash, content_hash, fingerprint, url, title, authors,
    editors, translators, contributors, credits, tags, flags, removals, text) VALUES (1, 1, 1,
    '2024-09-30 22:30:00.000000', 180, 'minute', 'en', 0.99, '2024-10-01 12:00:00.000000',
    '2024-10-01 12:00:00.000000', 3, x'00112233445566778899aabbccddeeff', 'c', 'f', 'https://wire.example/calm', 'Calm',
    '["AFP"]', '[]', '[]', '[]', '[]', '[]', '[]', '[{"step":"s","rule":"r","text":"t"}]', 'The ceasefire holds.');
UPDATE frontier SET article_id = 1;
INSERT INTO article_fts (rowid, title, text) VALUES (1, 'calm', 'the ceasefire holds');
"""


@pytest.fixture
def older_corpus(tmp_path):
    """Makes corpora of earlier revisions with an article in them, as those versions of the program wrote them."""

    def make(revision):
        path = tmp_path / "older.db"
        database = SQLite(DatabaseUrl("sqlite", str(path), path))
        path.touch()
        database.use_write_ahead_log()
        config = Config()
        config.set_main_option("script_location", str(migrate.MIGRATIONS_FOLDER))
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(FIRST_ROWS)
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if revision >= max(migrate.REINDEXING_REVISIONS):
                rebuild_derived_rows(connection)
        database.close()
        return path

    return make


@pytest.fixture
def first_corpus(older_corpus):
    return older_corpus("0001")


@pytest.mark.promise(40)
@pytest.mark.parametrize("revision", migrate.REVISIONS[:-1])
def test_a_corpus_of_every_earlier_revision_keeps_its_rows_and_gets_what_is_derived(older_corpus, revision, measured):
    path = older_corpus(revision)
    with Corpus.open(str(path)) as corpus:
        for query in ("ceasefire", "author:afp", "published:2024-09"):
            assert [hit.title for hit in corpus.search(query)] == ["Calm"]
        assert corpus.get(1).text == "The ceasefire holds."
        assert (corpus.get(1).cleaner, corpus.get(1).cluster_id) == (None, None)
    assert path.with_name(f"older.db.before-upgrade-{revision}").exists()
    measured(f"revision {revision} complete")


def test_a_corpus_of_the_first_revision_keeps_its_rows(first_corpus, crawl, on_sqlite):
    with Corpus.open(str(first_corpus)) as corpus:
        (hit,) = corpus.search("ceasefire")
        article = corpus.get(hit.id)
        assert (article.text, article.authors, article.source) == ("The ceasefire holds.", ("AFP",), "wire.example")
        assert article.published.isoformat() == "2024-10-01T01:30:00+03:00"
        assert (article.organisations, article.photo_credits, article.robots) == ((), (), ())
        assert (article.tdm_reserved, article.tdm_policy, article.provenance) == (None, None, {})
        newer = corpus.get(
            type(crawl)(corpus).store("The rain came.", organisations=("AFP",), provenance={"title": "h1"})
        )
        assert (newer.organisations, newer.provenance) == (("AFP",), {"title": "h1"})
        assert [article.text for article in corpus.iter()] == ["The ceasefire holds.", "The rain came."]
    copy = first_corpus.with_name("older.db.before-upgrade-0001")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT text FROM article").fetchall() == [("The ceasefire holds.",)]


def test_a_corpus_of_the_first_revision_read_only(first_corpus):
    before = first_corpus.read_bytes()
    with pytest.raises(CorpusError, match="needs an upgrade; run cleanwire db upgrade"):
        Corpus.open(str(first_corpus), read_only=True)
    assert first_corpus.read_bytes() == before
    Corpus.open(str(first_corpus)).close()
    with Corpus.open(str(first_corpus), read_only=True) as corpus:
        assert [hit.title for hit in corpus.search("ceasefire")] == ["Calm"]


def test_the_documented_schema_is_that_of_the_models():
    """Where it is not: python -m storage.schema.docs > docs/schema.md"""
    from storage.schema.docs import render_page

    assert (Path(__file__).parents[3] / "docs" / "schema.md").read_text("utf-8") == render_page()
