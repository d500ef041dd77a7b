"""Checks of a database file before SQLite opens it, so that a mistake gets a clear message."""

import os
from pathlib import Path

from storage.errors import CorpusError, CorpusNotFound, CorpusReadOnly, NotACorpus

NOT_A_DATABASE_MESSAGE = "{} is not a database; restore it from a backup, or move it out of the way"

_SQLITE_HEADER = b"SQLite format 3\0"


def check_file(path: Path, *, create: bool, read_only: bool) -> None:
    """Check that a file can be opened as a database.

    Args:
        path: The file.
        create: Create an empty file if there is none.
        read_only: Do not require that the file and its folder are writable.

    Raises:
        CorpusNotFound: if there is no file, or no folder for it.
        NotACorpus: if it is a folder, empty (and ``create`` is false), or not an SQLite database.
        CorpusReadOnly: if it cannot be created or written.
    """
    try:
        if path.is_dir():
            raise NotACorpus(f"{path} is a folder, but a corpus is a file")
        if not path.exists():
            _create_file(path, create=create)
        elif path.stat().st_size == 0:
            if not create:
                raise NotACorpus(f"{path} is an empty file")
        elif not _has_sqlite_header(path):
            raise NotACorpus(NOT_A_DATABASE_MESSAGE.format(path))
    except OSError as error:
        raise CorpusError(f"cannot open {path}: {error.strerror or error}") from error
    if not read_only:
        _check_writable(path)


def _create_file(path: Path, *, create: bool) -> None:
    if not create:
        raise CorpusNotFound(f"there is no corpus at {path}")
    if not path.absolute().parent.is_dir():
        raise CorpusNotFound(f"cannot create {path}: the folder {path.parent} does not exist")
    try:
        path.touch()
    except PermissionError:
        raise CorpusReadOnly(f"cannot create {path}: its folder is not writable") from None


def _has_sqlite_header(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def _check_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise CorpusReadOnly(f"{path} is read-only")
    # SQLite creates its log beside the file while it writes.
    if not os.access(path.absolute().parent, os.W_OK):
        raise CorpusReadOnly(f"the folder of {path} is not writable, but SQLite keeps its log there")
