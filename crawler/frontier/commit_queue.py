"""Everything that touches the database happens in one thread; finished pages are committed in batches."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from queue import SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar

from storage import CorpusError, CorpusLocked, CorpusLost, CorpusNotFound, Exchange, FetchedPage

P = ParamSpec("P")
T = TypeVar("T")

RESTART_SECONDS: Final = 30.0
"""How long a server may be away."""
HURRIED_SECONDS: Final = 8.0
"""How long a crawl that a signal has told to stop waits for the database: longer than pages under way get."""

_log = logging.getLogger(__name__)


class CorpusThread:
    """Runs what waits for the database, one call after the other, beside the reactor.

    A server that goes away is given some seconds to come back: most of them are only being restarted. And what hangs
    here, for a lock that nobody gives up or a disk or a network that does not answer, does not keep the process alive.
    """

    def __init__(self, hold: Callable[[], None] = lambda: None) -> None:
        """``hold`` makes sure of the crawl's lock; it is called where the server has been away."""
        self._hold = hold
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._is_closed = False
        self._has_deadline = threading.Event()
        self._deadline = inf
        threading.Thread(target=self._run_calls, name="corpus", daemon=True).start()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's value. A call that a server's restart has cut off is made once more."""
        return await asyncio.wrap_future(self._submit(partial(function, *args, **kwargs)))

    def set_deadline(self) -> None:
        """Wait for the database no longer than a few seconds, from now on."""
        if not self._has_deadline.is_set():
            self._deadline = time.monotonic() + HURRIED_SECONDS
            self._has_deadline.set()

    def close(self, last_call: Callable[[], T]) -> T:
        """Wait for what was begun, then for one last call, and end.

        Raises CorpusLocked where that takes too long for one who is in a hurry.
        """
        called = self._submit(last_call)
        self._calls.put(None)
        self._is_closed = True
        while not called.done():
            if time.monotonic() > self._deadline:
                raise CorpusLocked(
                    "the database keeps the crawl waiting: another program writes to it, or its disk or its server "
                    "does not answer; what was fetched last is left to the next run"
                )
            wait([called], timeout=0.1)
        return called.result()

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        if self._is_closed:
            raise RuntimeError("the crawl has ended")
        called: Future[T] = Future()
        self._calls.put((called, call))
        return called

    def _run_calls(self) -> None:
        while (waiting := self._calls.get()) is not None:
            called, call = waiting
            if called.set_running_or_notify_cancel():
                try:
                    called.set_result(self._call_with_retry(call))
                except BaseException as error:
                    called.set_exception(error)

    def _call_with_retry(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (CorpusLost, CorpusNotFound) as lost:
            self._await_server(lost)
            return call()

    def _await_server(self, lost: CorpusError) -> None:
        deadline = time.monotonic() + RESTART_SECONDS
        while time.monotonic() < deadline and not self._has_deadline.wait(0.2):
            with suppress(CorpusLost, CorpusNotFound):
                self._hold()
                _log.warning("%s; it is back", lost)
                return
        self.set_deadline()  # none of the calls that wait behind this one waits as long again
        raise (
            lost if isinstance(lost, CorpusLost) else CorpusLost(f"{lost}; what was committed before is kept")
        ) from lost


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page whose outcome is known, and what is archived of it."""

    page: FetchedPage
    exchange: Exchange | None = None
    """The request and its answer; ``None`` where it is not to be archived."""


class CommitQueue:
    """Commits pages: what gathers while one batch is being written is the next one.

    A page under little load is committed at once, and under much load the batches grow by themselves.
    """

    def __init__(self, commit_batch: Callable[[Sequence[FinishedPage]], list[str]], thread: CorpusThread) -> None:
        self._commit_batch = commit_batch
        self._thread = thread
        self._waiting: list[tuple[FinishedPage, asyncio.Future[str]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def commit(self, page: FinishedPage) -> str:
        """Wait until the page is committed; its final outcome. Raises what the corpus raises."""
        committed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((page, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_batches())
        return await committed

    async def _write_batches(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                outcomes = await self._thread(self._commit_batch, [page for page, _ in batch])
            except Exception as error:
                for _, committed in batch:
                    _set_unless_done(committed, committed.set_exception, error)
            else:
                for (_, committed), outcome in zip(batch, outcomes, strict=True):
                    _set_unless_done(committed, committed.set_result, outcome)
        self._writing = None


def _set_unless_done(committed: asyncio.Future[str], set_value: Callable[[T], None], value: T) -> None:
    if not committed.done():
        set_value(value)
