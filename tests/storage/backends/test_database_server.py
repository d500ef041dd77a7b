"""Servers that refuse, are not there, hold something else, or go away: each gets a sentence, without a password."""

import os
import threading
import time

import pytest
from databases import MARIADB, POSTGRESQL, administration, created, drop
from sqlalchemy import event, text

from storage import (
    Corpus,
    CorpusBusy,
    CorpusError,
    CorpusLocked,
    CorpusNotFound,
    CorpusReadOnly,
    CorpusTooNew,
    NotACorpus,
)
from storage.backends import database_server as server_module


@pytest.fixture
def server(kind, address):
    """The address of a corpus on a server."""
    return address


def statements(kind, database, *lines):
    with administration(kind, database) as connection:
        for line in lines:
            connection.execute(text(line))


def as_user(address, user, password="secret"):
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{user}:{password}@{rest.rpartition('@')[2]}"


def test_a_stranger_is_refused(server):
    with pytest.raises(CorpusError, match=r"the server rejected the login to .*nobody_of_that_name:\*\*\*@") as raised:
        Corpus.open(as_user(server, "nobody_of_that_name"))
    assert "secret" not in str(raised.value)


def test_no_such_database(server):
    missing = server.rpartition("/")[0] + "/cleanwire_no_such_database"
    with pytest.raises(CorpusNotFound, match="does not exist; create it on the server"):
        Corpus.open(missing, create=True)


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_no_server(scheme):
    with pytest.raises(
        CorpusNotFound, match=f"could not reach the database server of {scheme}://me:\\*\\*\\*@127.0.0.1:9/news"
    ) as raised:
        Corpus.open(f"{scheme}://me:secret@127.0.0.1:9/news")
    assert "secret" not in str(raised.value)


def test_an_empty_database_becomes_a_corpus_only_when_asked(kind, server):
    empty = created(kind, "empty")
    with pytest.raises(CorpusNotFound, match=r"there is no corpus in .* yet; create one with cleanwire db init"):
        Corpus.open(empty)
    with pytest.raises(CorpusNotFound):
        Corpus.open(empty, create=True, read_only=True)
    Corpus.open(empty, create=True).close()
    with Corpus.open(empty, read_only=True) as corpus:
        assert corpus.stats().articles == 0
        with pytest.raises(CorpusReadOnly):
            corpus.crawl.start_run("x")


def test_the_database_of_another_program(kind, server):
    other = created(kind, "other")
    statements(kind, other, "CREATE TABLE customers (id INTEGER)")
    with pytest.raises(NotACorpus, match="holds another program's tables"):
        Corpus.open(other, create=True)


def test_a_corpus_of_a_newer_version(kind, server):
    newer = created(kind, "newer")
    Corpus.open(newer, create=True).close()
    statements(kind, newer, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CorpusTooNew, match="newer version of Cleanwire"):
        Corpus.open(newer)


def test_a_corpus_that_was_not_finished_is_finished(kind, server):
    """MariaDB keeps the tables that were made before whoever made them died."""
    begun = created(kind, "begun")
    Corpus.open(begun, create=True).close()
    statements(kind, begun, "UPDATE alembic_version SET version_num = 'unfinished'", "DROP TABLE article_search")
    with pytest.raises(CorpusNotFound):
        Corpus.open(begun)
    with Corpus.open(begun, create=True) as corpus:
        assert corpus.search("anything") == ()
        assert corpus.admin.check_integrity() == []


def test_a_user_who_may_only_read(kind, server, crawl):
    crawl.store("The ceasefire holds.")
    user, name = f"cleanwire_test_reader_{os.getpid()}", server.rpartition("/")[2]
    drop_user(kind, user, server)
    if kind == POSTGRESQL:
        grant = [f"CREATE USER {user} PASSWORD 'secret'", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"]
    else:
        grant = [f"CREATE USER {user}@'%' IDENTIFIED BY 'secret'", f"GRANT SELECT ON {name}.* TO {user}@'%'"]
    statements(kind, server, *grant)
    try:
        with Corpus.open(as_user(server, user)) as corpus:
            assert len(corpus.search("ceasefire")) == 1
            with pytest.raises(CorpusReadOnly, match="is read-only"):
                corpus.crawl.start_run("crawl")
    finally:
        drop_user(kind, user, server)


def drop_user(kind, user, address):
    """Remove a user with its rights in a database. Others are left alone: tests that run beside these drop theirs."""
    with administration(kind) as connection:
        if kind == MARIADB:
            connection.execute(text(f"DROP USER IF EXISTS {user}@'%'"))
        elif connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :user"), {"user": user}):
            with administration(kind, address) as own:
                own.execute(text(f"DROP OWNED BY {user}"))
            connection.execute(text(f"DROP USER {user}"))


def test_a_writer_waits_for_its_turn_and_no_longer(kind, server, corpus, monkeypatch):
    monkeypatch.setattr(server_module, "WAIT_SECONDS", 1)
    with Corpus.open(server) as other:
        with corpus._database.write():
            assert other.search("readers are not kept out") == ()
            with pytest.raises(CorpusLocked, match="waited 1 second"):
                other.crawl.start_run("crawl")
        assert other.crawl.start_run("crawl")
        begun, done = threading.Event(), []

        def hold():
            with corpus._database.write():
                begun.set()
                time.sleep(0.3)
                done.append("first")

        holder = threading.Thread(target=hold)
        holder.start()
        begun.wait()
        other.crawl.start_run("crawl")
        done.append("second")
        holder.join()
        assert done == ["first", "second"]


def test_a_connection_that_is_cut_is_told_and_the_next_one_works(kind, server, corpus):
    with pytest.raises(CorpusError, match=r"the connection to .* was lost"), corpus._database.write() as connection:
        cut(kind, server, connection)
    assert corpus.crawl.start_run("goes on")


def cut(kind, server, connection):
    """Have the server end a connection, and find that out by using it."""
    which = "pg_backend_pid()" if kind == POSTGRESQL else "CONNECTION_ID()"
    number = connection.scalar(text(f"SELECT {which}"))
    statements(kind, server, f"SELECT pg_terminate_backend({number})" if kind == POSTGRESQL else f"KILL {number}")
    time.sleep(0.2)
    connection.execute(text("SELECT 1"))


def test_the_crawls_lock_is_taken_anew_where_the_server_has_forgotten_it(kind, server, corpus):
    with corpus.crawl.lock() as hold:
        hold()
        end_connections(kind, server)
        hold()
        with pytest.raises(CorpusBusy, match="another crawl"):
            corpus.crawl.lock().__enter__()


def test_so_is_it_where_the_server_is_away_for_a_while(kind, server, corpus):
    engine = corpus._database._engine
    asked = []

    def refuse_twice(dialect, *_):
        asked.append(1)
        if len(asked) <= 2:
            raise dialect.loaded_dbapi.OperationalError(2003, "connection refused")

    with corpus.crawl.lock() as hold:
        end_connections(kind, server)
        event.listen(engine, "do_connect", refuse_twice)
        for _ in range(2):
            with pytest.raises(CorpusError):
                hold()
        hold()
        event.remove(engine, "do_connect", refuse_twice)
        with Corpus.open(server) as other, pytest.raises(CorpusBusy, match="another crawl"):
            other.crawl.lock().__enter__()


def test_another_crawl_may_be_quicker(kind, server, corpus):
    with corpus.crawl.lock() as hold:
        end_connections(kind, server)
        with corpus.crawl.lock(), pytest.raises(CorpusBusy, match="another crawl"):
            hold()


def end_connections(kind, address):
    """Have a server end every connection to a database, as when it is restarted."""
    name = address.rpartition("/")[2]
    if kind == POSTGRESQL:
        statements(kind, "postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    else:
        with administration(kind) as connection:
            ids = text("SELECT id FROM information_schema.processlist WHERE db = :name")
            numbers = connection.scalars(ids, {"name": name}).all()
        statements(kind, "mysql", *(f"KILL {number}" for number in numbers))
    time.sleep(0.2)


def test_two_make_one_corpus(kind, server):
    new = created(kind, "together")
    failed = []

    def make():
        try:
            Corpus.open(new, create=True).close()
        except Exception as error:
            failed.append(error)

    makers = [threading.Thread(target=make) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert failed == []
    with Corpus.open(new) as corpus:
        assert corpus.admin.check_integrity() == []


def test_what_is_dropped_is_gone(kind, server):
    address = created(kind, "gone")
    drop(kind, address.rpartition("/")[2])
    with pytest.raises(CorpusNotFound):
        Corpus.open(address)
