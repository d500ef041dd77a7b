"""Parse database URLs: the file or the server that holds a corpus."""

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
    """The location of a corpus."""

    dialect: Dialect
    display_url: str
    """The URL for messages, without password and options."""
    path: Path | None = None
    """The file as the user wrote it, with ``~`` expanded; ``None`` for a server."""
    url: str = field(default="", repr=False)
    """The URL for SQLAlchemy, with the password; empty for a file."""


def parse_database_url(written: str) -> DatabaseUrl:
    """Parse a database URL such as ``postgresql://me@localhost/news`` or ``sqlite:////var/lib/corpus.db``.

    A plain file name works as well if it ends in ``.db``, ``.sqlite`` or ``.sqlite3``.

    Raises `CorpusError` if it is not a valid URL. Neither its message nor ``display_url`` ever contains a password.

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
        raise CorpusError(f"unknown database {scheme}://; use {URL_EXAMPLES}")
    dialect, driver = _SERVER_SCHEMES[scheme]
    return DatabaseUrl(dialect, _remove_password(dialect, written), url=f"{driver}://{rest}")


def _remove_password(dialect: str, written: str) -> str:
    """Return the URL without its password, and without its options, which can contain one."""
    try:
        parts = urlsplit(written)
    except ValueError:
        raise CorpusError(f"invalid {dialect} URL; use {URL_EXAMPLES}") from None
    if not parts.path.strip("/"):
        raise CorpusError(f"the URL names no database; use {dialect}://USER@HOST/NAME")
    access, _, host = parts.netloc.rpartition("@")
    user, divider, _ = access.partition(":")
    return f"{dialect}://{user}{':***' if divider else ''}{'@' if access else ''}{host}{parts.path}"


def parse_sqlite_path(written: str) -> Path:
    """Return the SQLite file that a URL or file name refers to, with ``~`` expanded.

    Raises `CorpusError` if it is neither, and for databases in memory, which would be lost with the process.

    >>> parse_sqlite_path("news.db")
    PosixPath('news.db')
    """
    path = written.removeprefix(SQLITE_SCHEME)
    if path == ":memory:" or not path.strip() or path.startswith("sqlite:"):
        raise CorpusError("SQLite needs a file name, e.g. sqlite:///corpus.db")
    if path is written and not path.endswith(FILE_SUFFIXES):
        raise CorpusError(f"{written} is not a database URL; use {URL_EXAMPLES}, or a file name that ends in .db")
    return Path(path).expanduser()
