"""The crawl's lock on an SQLite corpus: a locked file beside the database, so that only one crawl uses it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import CorpusBusy, CorpusReadOnly


@contextmanager
def hold_lock(database: Path) -> Iterator[Callable[[], None]]:
    """Hold the crawl's lock on a corpus, for ``with``.

    The operating system releases the lock when the process ends, even if it is killed. So the lock file is never
    deleted, and its existence means nothing; deleting it would let two crawls each lock a file of that name.

    Yields a function that does nothing, because a file's lock cannot be lost as a server's can: see `Database.lock`.

    Raises:
        CorpusBusy: immediately, if another process holds the lock.
        CorpusReadOnly: if the lock file cannot be written.
    """
    path = database.with_name(database.name + ".lock")
    try:
        # O_NOFOLLOW: another user of the machine may have put a link there, to have us overwrite some other file.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise CorpusReadOnly(f"cannot write the crawl's lock file {path}: {error.strerror or error}") from error
    try:
        _take_lock(descriptor, database)
        yield lambda: None
    finally:
        os.close(descriptor)


def _take_lock(descriptor: int, database: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise CorpusBusy(f"another crawl is already running on {database} (pid {holder})") from None
    # The process ID is written for the message above only; the lock itself is flock's.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
