"""Worker processes for all parsing: a page that hangs, crashes or exhausts memory fails alone.

A limit on bytes cannot bound the time of a parser: 66 KB of broken JSON-LD took 20 s. A parser that hangs in the
caller's own process also keeps it from handling signals. Each page is therefore parsed in another process, with a
deadline and a memory limit. The pool is pebble's: that of :mod:`concurrent.futures` is broken for good after the first
segmentation fault.
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
"""Seconds of computing (CPU time) that a page may take. On a busy machine it may last longer."""
WALL_DEADLINES: Final = 6
"""Deadlines that may pass on the clock while a page waits for a busy machine, or sleeps without computing."""
MAX_MEMORY_BYTES: Final = 700 * 1024 * 1024
"""Bytes of address space that a worker may use (``RLIMIT_AS``)."""
MAX_TASKS_PER_WORKER: Final = 200
"""Pages after which a worker is replaced, because parsers leak memory."""
_OUT_OF_MEMORY_EXIT_CODE: Final = 112
"""Exit code of a worker that ran out of memory; any other code except 0 is a crash."""
_MAX_DISCARDED_POOLS: Final = 5
"""Pools that may die without a success between them before new ones are started only now and then: on a machine
without memory, none would live."""
_POOL_RETRY_SECONDS: Final = 30.0
"""Seconds between attempts to start a pool after that. Pages that come in between fail."""

# pebble measures the time of a page by the wall clock. A clock that is put forward would time out every running page,
# and one that is put back would let pages that hang continue; the monotonic clock does neither.
pebbles_processes.time = SimpleNamespace(  # type: ignore[attr-defined, assignment]
    time=time.monotonic, sleep=time.sleep
)

_log = logging.getLogger(__name__)


class WorkerLostError(Exception):
    """Raised for a call whose worker was lost: it exceeded the deadline or the memory limit, or the process died.

    ``outcome`` names the reason with one of the outcomes of pages; ``detail`` explains it to people.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


class PoolLostError(Exception):
    """Raised if the whole pool died, not because of this call: discard the pool, and submit the call again."""

    def __init__(self, pool: "_Pool | None", error: Exception) -> None:
        super().__init__(str(error))
        self.pool = pool


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """A call that runs in a worker, or waits for one. Pass it to :meth:`WorkerPool.wait_for_value` for its result."""

    future: "Future[T | _ErrorReport]"
    pool: "_Pool | None" = None


@dataclass(frozen=True, slots=True)
class _ErrorReport:
    """An unexpected exception, as text: not every exception can be pickled and unpickled."""

    summary: str
    trace: str


class WorkerPool:
    """A pool of worker processes that run functions with a deadline and a memory limit.

    Functions, arguments and results are pickled. Functions are pickled by the name of their module, so they cannot be
    defined in the program's main module, which workers do not import. The pool may be used by several threads.

    Args:
        count: the number of processes; by default one per core.
        deadline: seconds of computing that a call may take; :data:`WALL_DEADLINES` times as many may pass on the clock.
        memory: bytes of address space that a worker may use.
        preload: the module that workers import before the time of their first call begins.
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
        self._pool: _Pool | None = None
        self._changing = threading.Lock()
        self._discarded = 0
        """Pools that have died since the last success."""
        self._retry_at = 0.0
        """When the next pool may be started after too many have died, on the monotonic clock."""
        self._stopped = False

    @property
    def is_running(self) -> bool:
        """Return whether the processes have been started.

        If not, the next call waits for them to start, which takes seconds.
        """
        return self._pool is not None

    def start(self) -> None:
        """Start the processes if they do not run yet.

        This takes seconds, because they import the preloaded module. :meth:`submit` does the same when it is first
        called; call this method to find out early whether processes can be started.

        Raises:
            WorkerLostError: no process can be started, or the pool has been stopped.
        """
        self._start_pool()

    def _start_pool(self) -> "_Pool":
        """Return the running pool, and start it first if there is none."""
        with self._changing:
            if self._stopped:
                raise POOL_STOPPED
            if self._pool is None:
                if self._discarded > _MAX_DISCARDED_POOLS and time.monotonic() < self._retry_at:
                    raise WorkerLostError(Outcome.CRASHED, "worker processes keep dying")
                try:
                    # A signal that arrived before the pool is assigned would leave its processes behind.
                    with _hold_signals():
                        self._pool = _Pool(self.count, self._memory, self._preload)
                except (BrokenProcessPool, OSError, EOFError) as error:
                    raise WorkerLostError(Outcome.CRASHED, f"cannot start worker processes: {error}") from error
            return self._pool

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Task[T]:
        """Queue a call; it runs when a worker is free, and its deadline counts from then on.

        It never raises: a failure to start processes is raised by :meth:`wait_for_value`.
        """
        pool = None
        try:
            pool = self._start_pool()
            call = (function, args, kwargs, self._deadline)
            return Task(pool.schedule(_run_contained, args=call, timeout=WALL_DEADLINES * self._deadline), pool)
        except (WorkerLostError, BrokenProcessPool, RuntimeError) as error:
            failed: Future[T | _ErrorReport] = Future()
            failed.set_exception(error)
            return Task(failed, pool)

    def wait_for_value(self, task: Task[T]) -> T:
        """Wait for a call to end, and return its value.

        Raises:
            WorkerLostError: the call cost its worker, or raised an unexpected exception (which is logged).
            PoolLostError: the processes died, but not because of this call.
        """
        try:
            value = task.future.result()
        except TimeoutError:
            raise WorkerLostError(Outcome.TIMEOUT, f"took longer than {WALL_DEADLINES * self._deadline:g} s") from None
        except pebble.ProcessExpired as error:
            if error.exitcode == -signal.SIGPROF:
                raise WorkerLostError(Outcome.TIMEOUT, f"took longer than {self._deadline:g} s of computing") from None
            raise _build_lost_error(error.exitcode) from None
        except CancelledError:
            raise POOL_STOPPED from None
        except (BrokenProcessPool, RuntimeError) as error:
            raise PoolLostError(task.pool, error) from error
        if isinstance(value, _ErrorReport):
            # The outcome is reported anyway: a quiet run, whose output cron sends by e-mail, must not print this.
            _log.warning("a worker failed: %s\n%s", value.summary, value.trace)
            raise WorkerLostError(Outcome.ERROR, value.summary)
        self._discarded = 0
        return value

    def discard(self, lost: PoolLostError) -> None:
        """Discard processes that died; the next call starts new ones.

        Raises:
            WorkerLostError: this has happened too often for another attempt to make sense.
        """
        with self._changing:
            # Several threads may report the same dead pool: only the first report counts.
            if self._pool is not lost.pool:
                return
            self._discarded += 1
            self._pool = None
            is_hopeless = self._discarded > _MAX_DISCARDED_POOLS
            self._retry_at = time.monotonic() + _POOL_RETRY_SECONDS
        if lost.pool is not None:
            lost.pool.end()
        if is_hopeless:
            raise WorkerLostError(Outcome.CRASHED, f"worker processes keep dying: {lost}")

    def stop(self) -> None:
        """End the processes at once, and drop unfinished calls. A stopped pool cannot be started again."""
        self._stopped = True
        # Another thread may be starting processes right now: wait for it, then end them too.
        with self._changing:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.end()


POOL_STOPPED: Final = WorkerLostError(Outcome.CRASHED, "the workers have been stopped")


def _build_lost_error(exitcode: int | None) -> WorkerLostError:
    """Build the error for a worker that died, from its exit code; a negative code is the number of a signal."""
    if exitcode == _OUT_OF_MEMORY_EXIT_CODE:
        return WorkerLostError(Outcome.OUT_OF_MEMORY, "the page took more memory than a worker has")
    died = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit code {exitcode}"
    return WorkerLostError(Outcome.CRASHED, f"the worker process died ({died})")


class _Pool(pebble.ProcessPool):
    """A pebble pool whose processes come from our own fork server, and which can be killed at once."""

    def __init__(self, count: int, memory: int, preload: str) -> None:
        # A worker that hangs in C code does not handle SIGTERM: pebble should send SIGKILL soon.
        pebble.CONSTS.term_timeout = 0.5
        self._processes = _Context(preload)
        super().__init__(count, MAX_TASKS_PER_WORKER, _prepare_worker, (memory, preload), self._processes)
        # The property starts the processes.
        if not self.active:
            raise BrokenProcessPool("the worker processes do not start")

    def end(self) -> None:
        """End all processes at once."""
        self.stop()  # type: ignore[no-untyped-call]
        for process in self._processes.launched:
            if process.is_alive():
                # A worker that hangs does not handle SIGTERM, and no worker holds anything that could be damaged.
                process.kill()
        self.join()


def _prepare_worker(memory: int, preload: str) -> None:
    """Prepare a worker process: import the preloaded module, then limit the memory."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGPROF})
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # The fork server ignores a failing import; here it is repeated, or is already done.
    import_module(preload)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run_contained(
    function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], deadline: float
) -> T | _ErrorReport:
    """Run a call in a worker, and return an unexpected exception as a value: raised, it would break the pool.

    A call that computes for longer than ``deadline`` seconds ends the worker with SIGPROF. The kernel counts the CPU
    time of the process and sends the signal, whose default action also ends code that hangs outside of Python. The
    timer is off while the worker talks to the pool: a worker that dies then takes its locks with it.
    """
    signal.setitimer(signal.ITIMER_PROF, deadline)
    try:
        return function(*args, **kwargs)
    except MemoryError:
        # Without memory, not even pickling a report can be relied on; the exit code is the report.
        os._exit(_OUT_OF_MEMORY_EXIT_CODE)
    except Exception as error:
        return _ErrorReport(f"{type(error).__name__}: {error}"[:500], traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


# A fork server is a clean process without the threads of this one, and forks a worker in milliseconds. Two things
# differ from multiprocessing's own: it imports the preloaded module, and its children do not import `__main__`.


@contextlib.contextmanager
def _hold_signals() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM for this process, and for the processes that it starts meanwhile.

    A terminal and a service manager send these signals to all of them. The fork server ignores Ctrl-C once it has
    finished importing; before that, it would die with a traceback. This process has to survive its start, too:
    otherwise the server would still fork the requested worker, which would find the locks of the pool gone and print a
    traceback as well. The server ends with this process, and a worker unblocks SIGTERM when it begins.
    """
    # The resource tracker blocks these signals for itself; starting it later would unblock them here.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Popen(popen_forkserver.Popen):
    """Starts a process that does not import the program's main module.

    multiprocessing makes each child import it, for functions that are defined there. Workers do not need it, and a
    script without the ``if __name__ == "__main__"`` guard would run again in each of them.
    """

    def _launch(self, process_obj: Any) -> None:
        with _replace_main_module():
            super()._launch(process_obj)  # type: ignore[misc]


class _Process(ForkServerProcess):
    """A process that is started by :class:`_Popen`."""

    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:  # noqa: N802
        return _Popen(process_obj)


class _Context(ForkServerContext):
    """Creates the processes of one pool, and remembers them, so that they can be killed."""

    def __init__(self, preload: str) -> None:
        self.launched: frozenset[_Process] = frozenset()
        """The processes of this pool only: a program may have several pools, and stop one of them."""
        self.set_forkserver_preload([preload])

    def Process(self, *args: Any, **kwargs: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        """Create a process that does not import ``__main__``; pebble calls this for each worker.

        Processes that have ended are forgotten at the same time.
        """
        process = _Process(*args, **kwargs)
        # Another thread may be iterating over the set to kill processes, so the set is replaced, never changed.
        self.launched = frozenset((process, *(known for known in self.launched if known.is_alive())))
        return process


_launch_lock = threading.Lock()


@contextlib.contextmanager
def _replace_main_module() -> Iterator[None]:
    """Replace ``__main__`` by an empty module, so that multiprocessing has nothing to import in the child."""
    with _launch_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
