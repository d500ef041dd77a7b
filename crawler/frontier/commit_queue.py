"""Runs all database calls of a crawl in one thread, and commits finished pages in batches.

One SQLite commit per page costs 2.6 ms, a batch of 100 about 0.5 ms per page.
"""

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
"""How long to wait for a database server that has gone away."""
HURRIED_SECONDS: Final = 8.0
"""How long a crawl that was told to stop waits for the database: longer than the 4 seconds that pages in progress get.
"""

_log = logging.getLogger(__name__)


class CorpusThread:
    """Runs database calls one after the other, outside the event loop.

    If a database server goes away, the calls wait up to :data:`RESTART_SECONDS`, since most servers are only being
    restarted. The thread is a daemon: a call that hangs, on a lock that is never released or on a disk or network that
    does not respond, does not keep the process alive.
    """

    def __init__(self, hold: Callable[[], None] = lambda: None) -> None:
        """Start the thread.

        Args:
            hold: takes or confirms the crawl's lock on the corpus. It is called after a lost server has come back,
                because
                another crawl may have started meanwhile.
        """
        self._hold = hold
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._is_closed = False
        self._has_deadline = threading.Event()
        self._deadline = inf
        threading.Thread(target=self._run_calls, name="corpus", daemon=True).start()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread and return its value.

        A call that fails because the database server has gone away is repeated once when the server is back.

        Raises:
            CorpusLost: the server did not come back in time.
            RuntimeError: the thread was closed.
        """
        return await asyncio.wrap_future(self._submit(partial(function, *args, **kwargs)))

    def set_deadline(self) -> None:
        """Limit all waiting for the database to :data:`HURRIED_SECONDS` from now.

        Called when the crawl is told to stop; later calls do not extend the deadline.
        """
        if not self._has_deadline.is_set():
            self._deadline = time.monotonic() + HURRIED_SECONDS
            self._has_deadline.set()

    def close(self, last_call: Callable[[], T]) -> T:
        """Finish the calls in the queue, run one last call, and return its value. The thread then ends.

        Blocks. Calls that are submitted later fail with RuntimeError.

        Raises:
            CorpusLocked: the deadline passed before the last call was done.
        """
        future = self._submit(last_call)
        self._calls.put(None)
        self._is_closed = True
        while not future.done():
            if time.monotonic() > self._deadline:
                raise CorpusLocked(
                    "the database does not respond: another program is writing to it, or its disk or server hangs; "
                    "the next run will fetch the last pages again"
                )
            wait([future], timeout=0.1)
        return future.result()

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        if self._is_closed:
            raise RuntimeError("the crawl has ended")
        future: Future[T] = Future()
        self._calls.put((future, call))
        return future

    def _run_calls(self) -> None:
        while (queued := self._calls.get()) is not None:
            future, call = queued
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._call_with_retry(call))
                # Whatever happens must reach the caller: an exception here would end the thread, and all who wait would
                # wait for ever.
                except BaseException as error:
                    future.set_exception(error)

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
        self.set_deadline()  # or each call in the queue would wait for 30 seconds, too
        raise (
            lost if isinstance(lost, CorpusLost) else CorpusLost(f"{lost}; everything committed before that is kept")
        ) from lost


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page whose outcome is known, with the response to archive."""

    page: FetchedPage
    exchange: Exchange | None = None
    """The request and the response; ``None`` if they are not archived."""


class CommitQueue:
    """Commits finished pages in batches: while one batch is being written, the next one collects.

    Under light load each page is committed at once, and under heavy load the batches grow by themselves.
    """

    def __init__(self, commit_batch: Callable[[Sequence[FinishedPage]], list[str]], thread: CorpusThread) -> None:
        self._commit_batch = commit_batch
        self._thread = thread
        self._waiting: list[tuple[FinishedPage, asyncio.Future[str]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def commit(self, page: FinishedPage) -> str:
        """Wait until a page is committed, and return its final outcome.

        The final outcome is known only then: the corpus decides whether an article is new, changed or unchanged.

        Raises:
            CorpusError: the batch with this page could not be written. All pages of the batch get this error.
        """
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
    # The page that waits may have been cancelled meanwhile, at the end of the crawl.
    if not committed.done():
        set_value(value)
