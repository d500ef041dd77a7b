"""One crawl a corpus."""

import os
import signal
import subprocess
import sys

import pytest

from storage import CorpusBusy

HOLD = """
import sys
from storage import Corpus
with Corpus.open(sys.argv[1]) as corpus, corpus.crawl.lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(corpus, address):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_crawl_is_told_who_holds_the_lock(corpus, holder, kind):
    who = rf"corpus\.db \(pid {holder.pid}\)" if kind == "sqlite" else "cleanwire_test_corpus"
    with pytest.raises(CorpusBusy, match=f"another crawl is already running on .*{who}"):
        corpus.crawl.lock().__enter__()
    assert corpus.search("reading is allowed") == ()


def test_a_dead_crawl_holds_no_lock(corpus, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with corpus.crawl.lock():
        pass


def test_the_lock_is_given_back(corpus):
    for _ in range(2):
        with corpus.crawl.lock(), pytest.raises(CorpusBusy, match="another crawl"):
            corpus.crawl.lock().__enter__()


def test_a_failing_crawl_gives_it_back(corpus):
    with pytest.raises(ZeroDivisionError), corpus.crawl.lock():
        raise ZeroDivisionError
    with corpus.crawl.lock():
        pass


def test_two_corpora_have_two_locks(corpus, tmp_path):
    from storage import Corpus

    with Corpus.open(str(tmp_path / "other.db"), create=True) as other, corpus.crawl.lock(), other.crawl.lock():
        pass
