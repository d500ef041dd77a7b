"""One crawl a corpus: a lock on a file beside the database."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import CorpusBusy, CorpusReadOnly


@contextmanager
def hold_lock(database: Path) -> Iterator[Callable[[], None]]:
    """Hold the crawl's lock on a corpus; nothing need be done to keep it.

    Raises `CorpusBusy` at once where another process holds it.

    The system gives the lock back when its holder ends, however it ends; so the file stays where it is, and
    its being there means nothing. Deleting it would let two crawls each lock a file of that name.
    """
    path = database.with_name(database.name + ".lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise CorpusReadOnly(f"{path} cannot be written, and a crawl needs it: {error.strerror}") from error
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
        raise CorpusBusy(f"another crawl is at work on {database} (process {holder})") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
