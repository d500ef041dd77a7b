"""A corpus that is copied into another database."""

import pytest
from databases import MARIADB, POSTGRESQL, SQLITE, available, created
from harbour import URL

from storage import Corpus, CorpusError
from storage.admin.database_copy import copy_database, hash_rows
from storage.schema.tables import Base

TARGETS = {SQLITE: POSTGRESQL, POSTGRESQL: MARIADB, MARIADB: SQLITE}


@pytest.fixture
def target(kind, tmp_path) -> str:
    if TARGETS[kind] == SQLITE or TARGETS[kind] not in available():
        return f"sqlite:///{tmp_path / 'target.db'}"
    return created(TARGETS[kind], "target")


def test_every_row_is_equal(corpus, crawl, cleaned, stored, target) -> None:
    crawl.store("السلام في غزة 停火", "Zwei é B b", authors=("Ali",), tags=("x",))
    crawl.find("https://wire.example/queued", content="<p>Feed")
    corpus.save_query("a", "b")
    with Corpus.open(target, create=True) as copied:
        told = []
        counts = copy_database(corpus._database, copied._database, lambda *row: told.append(row))
        assert counts["article"] == 2
        assert told
        with corpus._database.read() as one, copied._database.read() as other:
            for table in Base.metadata.tables.values():
                assert hash_rows(one, table) == hash_rows(other, table), table.name
        assert [hit.id for hit in copied.search("停火")] == [hit.id for hit in corpus.search("停火")]
        assert copied.find(URL) == corpus.find(URL)
        number = copied.crawl.start_run("goes on")
        assert number not in {run.id for run in corpus.monitoring.list_runs()}
        with pytest.raises(CorpusError, match="is not empty"):
            copy_database(corpus._database, copied._database)
