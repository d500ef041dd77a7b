"""The crawl's interface to the cleaner's worker processes: calls are awaited, and end with the crawl."""

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
"""The outcome of a page that took too long to clean; in a crawl, ``timeout`` means the server's."""


class Workers:
    """A pool of processes in which functions run. Arguments and return values are pickled.

    The pool starts with the first call, and starts again if it is lost.
    """

    def __init__(
        self, count: int | None = None, deadline: float = DEADLINE_SECONDS, memory: int = MAX_MEMORY_BYTES
    ) -> None:
        """Prepare a pool.

        Args:
            count: the number of processes; ``None`` for one per core.
            deadline: seconds of computing that a call may take; six times as many may pass on the clock.
            memory: bytes of address space per process.
        """
        self._pool = WorkerPool(count, deadline, memory, preload="crawler.pages.worker_preload")
        self._waiting: set[asyncio.Future[Any]] = set()
        self._stopped = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a worker and return its value.

        If the whole pool is lost, which is not the page's fault, it is started again and the call repeated.

        Raises:
            WorkerLostError: the call exceeded its deadline or memory, the worker crashed, or the pool was stopped.
        """
        while True:
            if not self._pool.is_running:
                await asyncio.to_thread(self._pool.start)  # blocks for seconds while the fork server imports
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
            with contextlib.suppress(Exception):  # wait_for_value raises it again
                await waiting
        except asyncio.CancelledError:
            # stop() cancels only this wait: the caller gets an error that it handles, not its own cancellation.
            if self._stopped:
                raise POOL_STOPPED from None
            raise
        finally:
            self._waiting.discard(waiting)

    def stop(self) -> None:
        """End all processes at once; the calls in progress fail with WorkerLostError.

        Called when the crawl ends, and when pages in progress have used up their time to finish.
        """
        self._stopped = True
        for waiting in self._waiting:
            waiting.cancel()
        self._pool.stop()
