"""Worker processes for everything that parses: a page that hangs, crashes or eats memory fails alone.

Byte limits cannot bound a parser's time (66 KB can take 20 s), and a parser that hangs in the caller's own
process makes it deaf to signals. So each page has a deadline and a memory limit, in another process.
"""

import contextlib
import logging
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import popen_forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType, SimpleNamespace
from typing import Any, Final, Generic, ParamSpec, TypeVar

import pebble
from pebble.pool import process as pebbles_processes

from cleaning.outcomes import Outcome

P = ParamSpec("P")
T = TypeVar("T")

DEADLINE_SECONDS: Final = 15.0
"""Seconds a page may take."""
MAX_MEMORY_BYTES: Final = 700 * 1024 * 1024
"""Bytes of address space a worker may use."""
MAX_TASKS_PER_WORKER: Final = 200
"""Pages after which a worker is replaced: parsers leak."""
_OUT_OF_MEMORY_EXIT_CODE: Final = 112
"""Exit code of a worker that ran out of memory; any other that is not 0 is a crash."""
_MAX_DISCARDED_POOLS: Final = 5

# pebble counts a page's time by the wall clock. One that is put forward would time out every page under way, and one
# that is put back let those that hang go on.
pebbles_processes.time = SimpleNamespace(  # type: ignore[attr-defined, assignment]
    time=time.monotonic, sleep=time.sleep
)

_log = logging.getLogger(__name__)


class WorkerLostError(Exception):
    """A page that cost its worker: it took too long, too much memory, or the process died."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


class PoolLostError(Exception):
    """The processes died without a page to blame: discard them and submit the page again."""

    def __init__(self, pool: "_Pool | None", error: Exception) -> None:
        super().__init__(str(error))
        self.pool = pool


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """A call that runs in a worker, or waits for one; :meth:`WorkerPool.wait_for_value` reads what came of it."""

    future: "Future[T | _ErrorReport]"
    pool: "_Pool | None" = None


@dataclass(frozen=True, slots=True)
class _ErrorReport:
    """An exception that nobody expected, as text: not every exception survives being pickled."""

    summary: str
    trace: str


class WorkerPool:
    """Processes that functions run in. Everything passed in and out is pickled.

    Functions are named by their module, so they cannot be of the program's main module.
    """

    def __init__(
        self,
        count: int | None = None,
        deadline: float = DEADLINE_SECONDS,
        memory: int = MAX_MEMORY_BYTES,
        preload: str = "cleaning.worker_preload",
    ) -> None:
        self.count = count or os.cpu_count() or 1
        self._deadline = deadline
        self._memory = memory
        self._preload = preload
        """The module that is imported before the first page's time begins to count."""
        self._pool: _Pool | None = None
        self._changing = threading.Lock()
        self._discarded = 0
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Whether the next page need not wait for processes to start."""
        return self._pool is not None

    def start(self) -> None:
        """Start the processes, where none run. Waits for seconds: they import. Raises WorkerLostError."""
        self._start_pool()

    def _start_pool(self) -> "_Pool":
        with self._changing:
            if self._stopped:
                raise POOL_STOPPED
            if self._pool is None:
                try:
                    with _hold_signals():  # until there is a pool to end
                        self._pool = _Pool(self.count, self._memory, self._preload)
                except (BrokenProcessPool, OSError, EOFError) as error:
                    raise WorkerLostError(Outcome.CRASHED, f"no worker process starts: {error}") from error
            return self._pool

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Task[T]:
        """Have a function run as soon as a worker is free; its time counts from then on."""
        pool = None
        try:
            pool = self._start_pool()
            return Task(pool.schedule(_run_contained, args=(function, args, kwargs), timeout=self._deadline), pool)
        except (WorkerLostError, BrokenProcessPool, RuntimeError) as error:
            failed: Future[T | _ErrorReport] = Future()
            failed.set_exception(error)
            return Task(failed, pool)

    def wait_for_value(self, task: Task[T]) -> T:
        """The function's value, once there is one. Raises WorkerLostError or PoolLostError."""
        try:
            value = task.future.result()
        except TimeoutError:
            raise WorkerLostError(Outcome.TIMEOUT, f"took longer than {self._deadline:g} s") from None
        except pebble.ProcessExpired as error:
            raise _build_lost_error(error.exitcode) from None
        except CancelledError:
            raise POOL_STOPPED from None
        except (BrokenProcessPool, RuntimeError) as error:
            raise PoolLostError(task.pool, error) from error
        if isinstance(value, _ErrorReport):
            _log.error("a worker failed: %s\n%s", value.summary, value.trace)
            raise WorkerLostError(Outcome.ERROR, value.summary)
        return value

    def discard(self, lost: PoolLostError) -> None:
        """Let go of processes that died; the next page starts others. Raises WorkerLostError where that is hopeless."""
        with self._changing:
            if self._pool is not lost.pool:
                return
            self._discarded += 1
            if self._discarded > _MAX_DISCARDED_POOLS:
                raise WorkerLostError(Outcome.CRASHED, f"the worker processes do not stay alive: {lost}")
            self._pool = None
        if lost.pool is not None:
            lost.pool.end()

    def stop(self) -> None:
        """End the processes at once; what they were doing is lost."""
        self._stopped = True
        with self._changing:  # another thread may be starting them
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.end()


POOL_STOPPED: Final = WorkerLostError(Outcome.CRASHED, "the workers have been stopped")


def _build_lost_error(exitcode: int | None) -> WorkerLostError:
    if exitcode == _OUT_OF_MEMORY_EXIT_CODE:
        return WorkerLostError(Outcome.OUT_OF_MEMORY, "the page took more memory than a worker has")
    died = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit code {exitcode}"
    return WorkerLostError(Outcome.CRASHED, f"the worker process died ({died})")


class _Pool(pebble.ProcessPool):
    def __init__(self, count: int, memory: int, preload: str) -> None:
        pebble.CONSTS.term_timeout = 0.5  # a worker that hangs in C does not hear SIGTERM: do not wait long for it
        self._processes = _Context(preload)
        super().__init__(count, MAX_TASKS_PER_WORKER, _prepare_worker, (memory, preload), self._processes)
        if not self.active:  # asking starts it
            raise BrokenProcessPool("the worker processes do not start")

    def end(self) -> None:
        """End the processes at once."""
        self.stop()  # type: ignore[no-untyped-call]
        for process in self._processes.launched:
            if process.is_alive():
                process.kill()  # one that hangs does not hear SIGTERM, and none holds what could be damaged
        self.join()


def _prepare_worker(memory: int, preload: str) -> None:
    """Prepare a worker process: load what pages need, then limit its memory."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    import_module(preload)  # here as well: where the fork server could not load it
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run_contained(function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T | _ErrorReport:
    """Run in a worker: nothing but values may leave it, or the pool itself breaks."""
    try:
        return function(*args, **kwargs)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY_EXIT_CODE)  # what is left of the heap cannot be trusted to report anything
    except Exception as error:
        return _ErrorReport(f"{type(error).__name__}: {error}"[:500], traceback.format_exc())


# A fork server is a clean process without our threads that forks in milliseconds. Two things are changed:
# what it imports beforehand, and what its children import.


@contextlib.contextmanager
def _hold_signals() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back from us, and from the processes that we start in the meantime.

    A terminal, or whoever stops a service, sends them to all of these. The fork server ignores Ctrl-C once it has
    imported; before, it would die of it with a traceback. And we wait for the server then: if we died, it would still
    start the worker that was asked for, which finds nothing left of the pool's locks, and prints a traceback as well.
    The server ends with us; a worker hears SIGTERM again once it has begun.
    """
    resource_tracker.ensure_running()  # it protects itself, and its start would end our protection
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Popen(popen_forkserver.Popen):
    """Starts a process that does not import the program's main module.

    multiprocessing has each child import it, for functions that are defined there. None of ours is, and a
    script that starts workers without the ``if __name__ == "__main__"`` guard would start itself again.
    """

    def _launch(self, process_obj: Any) -> None:
        with _replace_main_module():
            super()._launch(process_obj)  # type: ignore[misc]


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:  # noqa: N802
        return _Popen(process_obj)


class _Context(ForkServerContext):
    def __init__(self, preload: str) -> None:
        self.launched: frozenset[_Process] = frozenset()
        """The pool's own processes: a program may have several pools, and stops one."""
        self.set_forkserver_preload([preload])

    def Process(self, *args: Any, **kwargs: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        process = _Process(*args, **kwargs)
        # Another thread may be going through the set, to end what is in it: it is replaced, never changed.
        self.launched = frozenset((process, *(known for known in self.launched if known.is_alive())))
        return process


_launch_lock = threading.Lock()


@contextlib.contextmanager
def _replace_main_module() -> Iterator[None]:
    with _launch_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
