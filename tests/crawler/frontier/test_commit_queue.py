"""Pages are committed in batches that grow with the load."""

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest

from crawler.frontier.commit_queue import CommitQueue, CorpusThread, FinishedPage
from storage import CorpusError, CorpusLocked, CorpusLost, CorpusNotFound


def pages(count: int) -> list[FinishedPage]:
    return [cast("FinishedPage", number) for number in range(count)]


def test_what_gathers_while_a_batch_is_written_is_the_next_batch() -> None:
    async def scenario() -> list[int]:
        batches: list[int] = []
        written = threading.Event()

        def finish(batch: Sequence[Any]) -> list[str]:
            batches.append(len(batch))
            written.wait(5)
            return [f"stored {page}" for page in batch]

        thread = CorpusThread()
        commits = CommitQueue(finish, thread)
        first = asyncio.ensure_future(commits.commit(pages(1)[0]))
        while not batches:  # until the first batch is being written
            await asyncio.sleep(0.001)
        others = [asyncio.ensure_future(commits.commit(page)) for page in pages(10)]
        await asyncio.sleep(0)
        written.set()
        assert await first == "stored 0"
        assert await asyncio.gather(*others) == [f"stored {number}" for number in range(10)]
        thread.close(lambda: None)
        return batches

    assert asyncio.run(scenario()) == [1, 10]


def test_an_error_reaches_every_page_of_its_batch_and_no_other() -> None:
    async def scenario() -> None:
        answers: list[Any] = [CorpusError("the disk is full"), ["stored"]]

        def finish(batch: Sequence[Any]) -> list[str]:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return cast("list[str]", answer)

        thread = CorpusThread()
        commits = CommitQueue(finish, thread)
        results = await asyncio.gather(*map(commits.commit, pages(2)), return_exceptions=True)
        assert [str(result) for result in results] == ["the disk is full"] * 2
        assert await commits.commit(pages(1)[0]) == "stored"
        thread.close(lambda: None)

    asyncio.run(scenario())


def test_calls_run_one_after_the_other_in_one_thread() -> None:
    async def scenario() -> set[str]:
        thread = CorpusThread()
        names = await asyncio.gather(*(thread(lambda: threading.current_thread().name) for _ in range(5)))
        with pytest.raises(ZeroDivisionError):
            await thread(lambda: 1 // 0)
        thread.close(lambda: None)
        return set(names)

    assert len(asyncio.run(scenario())) == 1


def test_a_call_that_a_restart_cuts_off_is_made_once_more_when_the_server_is_back() -> None:
    away: list[Exception] = [CorpusNotFound("no server answers")] * 2
    answers: list[Any] = [CorpusLost("the connection was lost"), "stored"]

    def hold() -> None:
        if away:
            raise away.pop()

    def finish() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return cast("str", answer)

    async def scenario() -> str:
        return await CorpusThread(hold)(finish)

    assert asyncio.run(scenario()) == "stored"
    assert not away


def never() -> None:
    raise CorpusNotFound("no server answers")


def test_a_server_that_stays_away_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.frontier.commit_queue.RESTART_SECONDS", 0.5)

    async def scenario() -> float:
        thread = CorpusThread(never)
        begun = time.monotonic()
        lost = await asyncio.gather(*(thread(never) for _ in range(20)), return_exceptions=True)
        assert {str(error) for error in lost} == {"no server answers; everything committed before that is kept"}
        assert {type(error) for error in lost} == {CorpusLost}
        return time.monotonic() - begun

    assert asyncio.run(scenario()) < 5


def test_who_is_in_a_hurry_does_not_wait_for_a_database_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.frontier.commit_queue.HURRIED_SECONDS", 0.2)
    thread = CorpusThread()
    thread.set_deadline()
    with pytest.raises(CorpusLocked, match="the next run will fetch the last pages again"):
        thread.close(threading.Event().wait)
