"""The cleaner's worker processes for the crawl: awaited, and stopped with it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

from cleaning import Outcome
from cleaning.worker_pool import (
    DEADLINE_SECONDS,
    MAX_MEMORY_BYTES,
    POOL_STOPPED,
    PoolLostError,
    Task,
    WorkerLostError,
    WorkerPool,
)

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_OUTCOME: Final = "cleaner-timeout"
"""The outcome of a page that took too long to clean: in a crawl, ``timeout`` is a server's."""


class Workers:
    """A pool of processes that functions run in. Everything passed in and out is pickled."""

    def __init__(
        self, count: int | None = None, deadline: float = DEADLINE_SECONDS, memory: int = MAX_MEMORY_BYTES
    ) -> None:
        self._pool = WorkerPool(count, deadline, memory, preload="crawler.pages.worker_preload")
        self._waiting: set[asyncio.Future[Any]] = set()
        self._stopped = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's value, from a worker. Raises WorkerLostError."""
        while True:
            if not self._pool.is_running:
                await asyncio.to_thread(self._pool.start)  # it waits for the fork server, which imports for seconds
            task = self._pool.submit(function, *args, **kwargs)
            await self._wait_for_task(task)
            try:
                return self._pool.wait_for_value(task)
            except PoolLostError as lost:
                await asyncio.to_thread(self._pool.discard, lost)
            except WorkerLostError as lost:
                raise (
                    WorkerLostError(TIMEOUT_OUTCOME, lost.detail) if lost.outcome == Outcome.TIMEOUT else lost
                ) from None

    async def _wait_for_task(self, task: Task[Any]) -> None:
        waiting = asyncio.wrap_future(task.future)
        self._waiting.add(waiting)
        try:
            with contextlib.suppress(Exception):  # what it is, value_of tells
                await waiting
        except asyncio.CancelledError:
            if self._stopped:
                raise POOL_STOPPED from None
            raise
        finally:
            self._waiting.discard(waiting)

    def stop(self) -> None:
        """End the processes at once; what they were doing is lost."""
        self._stopped = True
        for waiting in self._waiting:
            waiting.cancel()
        self._pool.stop()
