"""From the address of a corpus to the file or the server that holds it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from storage.errors import CorpusError

FILE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
SQLITE_SCHEME = "sqlite:///"
URL_EXAMPLES = "sqlite:///corpus.db, postgresql://USER@HOST/NAME or mariadb://USER@HOST/NAME"

Dialect = Literal["sqlite", "postgresql", "mariadb"]

_SERVER_SCHEMES: dict[str, tuple[Dialect, str]] = {
    "postgresql": ("postgresql", "postgresql+psycopg"),
    "postgres": ("postgresql", "postgresql+psycopg"),
    "postgresql+psycopg": ("postgresql", "postgresql+psycopg"),
    "mariadb": ("mariadb", "mariadb+pymysql"),
    "mysql": ("mariadb", "mariadb+pymysql"),
    "mariadb+pymysql": ("mariadb", "mariadb+pymysql"),
    "mysql+pymysql": ("mariadb", "mariadb+pymysql"),
}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where a corpus is."""

    dialect: Dialect
    display_url: str
    """For people to read, without a password."""
    path: Path | None = None
    """The file, as it was written, ``~`` resolved; ``None`` for a server."""
    url: str = field(default="", repr=False)
    """For SQLAlchemy, with the password; empty for a file."""


def parse_database_url(written: str) -> DatabaseUrl:
    """What ``corpus.db``, ``sqlite:////var/lib/corpus.db`` or ``postgresql://me@localhost/news`` means.

    Raises `CorpusError` for what is no address of a corpus. Neither its message nor ``shown`` ever repeats a password.

    >>> parse_database_url("sqlite:///corpus.db").path
    PosixPath('corpus.db')
    >>> parse_database_url("postgres://me:secret@localhost/news").display_url
    'postgresql://me:***@localhost/news'
    """
    scheme, divider, rest = written.partition("://")
    if not divider or scheme == "sqlite":
        path = parse_sqlite_path(written)
        return DatabaseUrl("sqlite", str(path), path)
    if scheme not in _SERVER_SCHEMES:
        raise CorpusError(f"{scheme}: there is no such database; write {URL_EXAMPLES}")
    dialect, driver = _SERVER_SCHEMES[scheme]
    return DatabaseUrl(dialect, _remove_password(dialect, written), url=f"{driver}://{rest}")


def _remove_password(dialect: str, written: str) -> str:
    """The address as it may be shown: without password, and without options, which can hold one."""
    try:
        parts = urlsplit(written)
    except ValueError:
        raise CorpusError(f"{dialect}: no address of a server; write {URL_EXAMPLES}") from None
    if not parts.path.strip("/"):
        raise CorpusError(f"the address names no database: write {dialect}://USER@HOST/NAME")
    access, _, host = parts.netloc.rpartition("@")
    user, divider, _ = access.partition(":")
    return f"{dialect}://{user}{':***' if divider else ''}{'@' if access else ''}{host}{parts.path}"


def parse_sqlite_path(written: str) -> Path:
    """The SQLite file that an address names. Raises `CorpusError` where it names none."""
    path = written.removeprefix(SQLITE_SCHEME)
    if path == ":memory:" or not path.strip() or path.startswith("sqlite:"):
        raise CorpusError("a corpus is kept in a file, e.g. sqlite:///corpus.db")
    if path is written and not path.endswith(FILE_SUFFIXES):
        raise CorpusError(f"{written} names no corpus: write {URL_EXAMPLES}, or a file that ends with .db")
    return Path(path).expanduser()
