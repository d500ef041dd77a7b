"""Worker processes for everything that parses: a page that hangs, crashes or eats memory fails alone.

Byte limits cannot bound a parser's time (66 KB can take 20 s), and a parser that hangs in the crawl's own
process makes it deaf to signals. So each page has a deadline and a memory limit, in another process.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import resource
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import popen_forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Any, Final, ParamSpec, TypeVar, cast

import pebble
from pebble.pool.process import WORKERS_NAME

P = ParamSpec("P")
T = TypeVar("T")

DEADLINE: Final = 15.0
"""Seconds a page may take."""
MEMORY: Final = 700 * 1024 * 1024
"""Bytes of address space a worker may use."""
TASKS: Final = 200
"""Pages after which a worker is replaced: parsers leak."""
_OUT_OF_MEMORY: Final = 112
"""Exit code of a worker that ran out of memory; any other that is not 0 is a crash."""
_MOST_DISCARDED: Final = 5

_log = logging.getLogger(__name__)


class WorkerLostError(Exception):
    """A page that cost its worker: it took too long, too much memory, or the process died."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Bug:
    """An exception that nobody expected, as text: not every exception survives being pickled."""

    summary: str
    trace: str


class Workers:
    """A pool of processes that functions run in. Everything passed in and out is pickled."""

    def __init__(self, count: int | None = None, deadline: float = DEADLINE, memory: int = MEMORY) -> None:
        self._count = count or os.cpu_count() or 1
        self._deadline = deadline
        self._memory = memory
        self._pool: pebble.ProcessPool | None = None
        self._changing = asyncio.Lock()
        self._waiting: set[asyncio.Future[Any]] = set()
        self._discarded = 0
        self._stopped = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's value, from a worker. Raises WorkerLostError."""
        while True:
            pool = await self._running_pool()
            try:
                value = await self._result(
                    pool.schedule(_contained, args=(function, args, kwargs), timeout=self._deadline)
                )
            except TimeoutError:
                raise WorkerLostError("cleaner-timeout", f"took longer than {self._deadline:g} s") from None
            except pebble.ProcessExpired as error:
                raise _lost(error.exitcode) from None
            except (BrokenProcessPool, RuntimeError) as error:
                await self._discard(pool, error)
                continue
            if isinstance(value, _Bug):
                _log.error("a worker failed: %s\n%s", value.summary, value.trace)
                raise WorkerLostError("cleaner-error", value.summary)
            return cast("T", value)

    async def _result(self, task: Future[T | _Bug]) -> T | _Bug:
        waiting = asyncio.wrap_future(task)
        self._waiting.add(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if self._stopped:
                raise _STOPPED from None
            raise
        finally:
            self._waiting.discard(waiting)

    async def _running_pool(self) -> pebble.ProcessPool:
        async with self._changing:
            if self._stopped:
                raise _STOPPED
            if self._pool is None:
                try:
                    # In a thread: starting waits for the fork server, which imports for seconds.
                    self._pool = await asyncio.to_thread(_started_pool, self._count, self._memory)
                except (BrokenProcessPool, OSError, EOFError) as error:
                    raise WorkerLostError("cleaner-crashed", f"no worker process starts: {error}") from error
            return self._pool

    async def _discard(self, broken: pebble.ProcessPool, error: Exception) -> None:
        """Let go of a pool whose processes died without a page to blame; the next page starts another one."""
        async with self._changing:
            if self._pool is not broken:
                return
            self._discarded += 1
            if self._discarded > _MOST_DISCARDED:
                raise WorkerLostError("cleaner-crashed", f"the worker processes do not stay alive: {error}")
            self._pool = None
        await asyncio.to_thread(_stop, broken)

    def stop(self) -> None:
        """End the processes at once; what they were doing is lost."""
        self._stopped = True
        for waiting in self._waiting:
            waiting.cancel()
        if self._pool is not None:
            _stop(self._pool)
            self._pool = None


_STOPPED: Final = WorkerLostError("cleaner-crashed", "the workers have been stopped")


def _lost(exitcode: int | None) -> WorkerLostError:
    if exitcode == _OUT_OF_MEMORY:
        return WorkerLostError("out-of-memory", "the page took more memory than a worker has")
    died = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit code {exitcode}"
    return WorkerLostError("cleaner-crashed", f"the worker process died ({died})")


def _started_pool(count: int, memory: int) -> pebble.ProcessPool:
    """A pool whose processes run. Raises BrokenProcessPool."""
    pebble.CONSTS.term_timeout = 0.5  # a worker that hangs in C does not hear SIGTERM: do not wait long for it
    pool = pebble.ProcessPool(
        max_workers=count,
        max_tasks=TASKS,
        initializer=_begin,
        initargs=(memory,),
        context=_Context(),
    )
    if not pool.active:  # asking starts it
        raise BrokenProcessPool("the worker processes do not start")
    return pool


def _stop(pool: pebble.ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    for process in multiprocessing.active_children():
        if process.name == WORKERS_NAME:
            process.kill()  # one that hangs does not hear SIGTERM, and none holds what could be damaged
    pool.join()


def _begin(memory: int) -> None:
    """Prepare a worker process: load what pages need, then limit its memory."""
    import crawler.preloaded  # noqa: F401  (here as well: where the fork server could not load it)

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _contained(function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T | _Bug:
    """Run in a worker: nothing but values may leave it, or the pool itself breaks."""
    try:
        return function(*args, **kwargs)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # what is left of the heap cannot be trusted to report anything
    except Exception as error:
        return _Bug(f"{type(error).__name__}: {error}"[:500], traceback.format_exc())


# A fork server is a clean process without our threads that forks in milliseconds. Two things are changed:
# what it imports beforehand, and what its children import.


class _Popen(popen_forkserver.Popen):
    """Starts a process that does not import the program's main module.

    multiprocessing has each child import it, for functions that are defined there. None of ours is, and a
    script that calls the crawl without the ``if __name__ == "__main__"`` guard would start itself again.
    """

    def _launch(self, process_obj: Any) -> None:
        with _no_main_module():
            super()._launch(process_obj)  # type: ignore[misc]


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:  # noqa: N802
        return _Popen(process_obj)


class _Context(ForkServerContext):
    Process = _Process

    def __init__(self) -> None:
        self.set_forkserver_preload(["crawler.preloaded"])


_one_launch = threading.Lock()


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    with _one_launch:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
