"""From the address of a corpus to the file that holds it."""

from pathlib import Path

from storage.errors import CorpusError

SUFFIXES = (".db", ".sqlite", ".sqlite3")
SCHEME = "sqlite:///"


def file_of(address: str) -> Path:
    """The SQLite file that ``sqlite:///corpus.db``, ``sqlite:////var/lib/corpus.db`` or ``corpus.db`` names.

    The path comes back as it was written, ``~`` resolved. Raises `CorpusError` for other databases and for
    what is no address of a corpus. Its message never repeats the address of a server: that may hold a
    password.

    >>> file_of("sqlite:///corpus.db")
    PosixPath('corpus.db')
    >>> file_of("postgresql://me:secret@localhost/news")
    Traceback (most recent call last):
    storage.errors.CorpusError: postgresql: SQLite is what this version supports, e.g. sqlite:///corpus.db
    """
    if address.startswith(SCHEME):
        path = address.removeprefix(SCHEME)
    elif "://" in address:
        scheme = address.partition("://")[0]
        raise CorpusError(f"{scheme}: SQLite is what this version supports, e.g. sqlite:///corpus.db")
    else:
        path = address
    if path == ":memory:" or not path.strip():
        raise CorpusError("a corpus is kept in a file, e.g. sqlite:///corpus.db")
    if path is address and not path.endswith(SUFFIXES):
        raise CorpusError(f"{address} names no corpus: write sqlite:///corpus.db, or a file that ends with .db")
    return Path(path).expanduser()
