"""What can be told of a corpus before SQLite touches it."""

import os
from pathlib import Path

from storage.errors import CorpusError, CorpusNotFound, CorpusReadOnly, NotACorpus

NOT_A_DATABASE_MESSAGE = "{} is not a database: restore it from a copy, or move it out of the way"

_SQLITE_HEADER = b"SQLite format 3\0"


def check_file(path: Path, *, create: bool, read_only: bool) -> None:
    """Make sure that there is a database file to open; ``create`` makes an empty one where there is none.

    Raises the `CorpusError` that says what is missing.
    """
    try:
        if path.is_dir():
            raise NotACorpus(f"{path} is a folder; a corpus is a file")
        if not path.exists():
            _create_file(path, create=create)
        elif path.stat().st_size == 0:
            if not create:
                raise NotACorpus(f"{path} is an empty file")
        elif not _has_sqlite_header(path):
            raise NotACorpus(NOT_A_DATABASE_MESSAGE.format(path))
    except OSError as error:
        raise CorpusError(f"{path} cannot be opened: {error.strerror}") from error
    if not read_only:
        _check_writable(path)


def _create_file(path: Path, *, create: bool) -> None:
    if not create:
        raise CorpusNotFound(f"there is no corpus at {path}")
    if not path.absolute().parent.is_dir():
        raise CorpusNotFound(f"there is no folder {path.parent} to keep {path.name} in")
    try:
        path.touch()
    except PermissionError:
        raise CorpusReadOnly(f"{path} cannot be made: its folder cannot be written") from None


def _has_sqlite_header(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def _check_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise CorpusReadOnly(f"{path} can be read but not written")
    # SQLite keeps its log beside the file while it writes.
    if not os.access(path.absolute().parent, os.W_OK):
        raise CorpusReadOnly(f"the folder of {path} cannot be written, and a database that is written to needs it")
