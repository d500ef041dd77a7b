"""Processes that are killed, and processes that get in each other's way."""

import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from storage import Corpus

PROCESS = Path(__file__).with_name("crawler_process.py")
BATCH = 4


@pytest.fixture
def begin(path):
    """Begins crawling processes; what is left of them at the end is killed."""
    begun = []

    def begin(addresses):
        command = [sys.executable, str(PROCESS), str(path), str(addresses)]
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def check_soundness(path):
    """The database's own checks, and that no page is half recorded; gives the stored addresses."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO article_fts (article_fts) VALUES ('integrity-check')")
        stored = [url for (url,) in connection.execute("SELECT url FROM article ORDER BY id")]
        for question in (
            "SELECT url FROM frontier WHERE state = 'done' ORDER BY article_id",
            "SELECT final_url FROM fetch ORDER BY id",
            "SELECT url FROM article JOIN article_fts ON article_fts.rowid = article.id ORDER BY id",
        ):
            assert [url for (url,) in connection.execute(question)] == stored
    assert len(set(stored)) == len(stored)
    return stored


@pytest.mark.promise(33)
@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_kill_9_loses_whole_batches_only(path, begin, kills, measured):
    addresses = 70 * kills
    moments = random.Random(5)
    acknowledged, ends = [], []
    for _ in range(kills):
        process = begin(addresses)
        process.stdin.write("go\n")
        process.stdin.flush()
        batches = list(itertools.islice(process.stdout, moments.randrange(1, 8)))
        os.kill(process.pid, signal.SIGKILL)
        rest, errors = process.communicate()
        assert errors == ""
        ends.append(process.returncode)
        acknowledged += " ".join([*batches, rest]).split()
        stored = check_soundness(path)
        assert set(acknowledged) <= set(stored)
        assert len(stored) % BATCH == 0
        with Corpus.open(str(path)) as corpus:
            held = corpus.crawl.open_frontier(corpus.crawl.start_run("after the kill")).release_stale_leases()
            assert held in (0, BATCH)
    assert -signal.SIGKILL in ends  # not all of them came to their end before the signal did
    begin(addresses).communicate("go\n")
    assert sorted(check_soundness(path)) == sorted(f"https://wire.example/news/{n}" for n in range(addresses))
    with Corpus.open(str(path)) as corpus:
        assert [hit.title for hit in corpus.search("story17")] == ["Headline 17"]
        assert len(corpus.search("ceasefire", limit=10_000)) == addresses
        # A killed run fetches again what it held, and nothing else: here each address has one fetch.
        assert corpus.stats().by_outcome == {"stored": addresses}
    measured(f"{kills} kills, database intact each time, nothing lost or duplicated")


@pytest.mark.promise(36)
@pytest.mark.parametrize("addresses", [80, pytest.param(2400, marks=pytest.mark.slow)])
def test_four_writers_and_none_is_locked_out(path, begin, addresses, measured):
    processes = [begin(addresses) for _ in range(4)]  # the corpus does not exist yet: they make it together, too
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    finished = [process.communicate() for process in processes]
    assert [errors for _, errors in finished] == [""] * 4
    fetched = Counter(url for output, _ in finished for url in output.split())
    assert set(fetched.values()) == {1}  # no address was leased to two of them
    assert sorted(check_soundness(path)) == sorted(fetched)
    assert len(fetched) == addresses
    measured(f"{2 * addresses // BATCH:,} transactions, 0 errors")
