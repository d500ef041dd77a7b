"""From the address of a corpus to the file or the server that holds it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from storage.errors import CorpusError

SUFFIXES = (".db", ".sqlite", ".sqlite3")
SCHEME = "sqlite:///"
EXAMPLES = "sqlite:///corpus.db, postgresql://USER@HOST/NAME or mariadb://USER@HOST/NAME"

Dialect = Literal["sqlite", "postgresql", "mariadb"]

_SERVERS: dict[str, tuple[Dialect, str]] = {
    "postgresql": ("postgresql", "postgresql+psycopg"),
    "postgres": ("postgresql", "postgresql+psycopg"),
    "postgresql+psycopg": ("postgresql", "postgresql+psycopg"),
    "mariadb": ("mariadb", "mariadb+pymysql"),
    "mysql": ("mariadb", "mariadb+pymysql"),
    "mariadb+pymysql": ("mariadb", "mariadb+pymysql"),
    "mysql+pymysql": ("mariadb", "mariadb+pymysql"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a corpus is."""

    dialect: Dialect
    shown: str
    """For people to read, without a password."""
    path: Path | None = None
    """The file, as it was written, ``~`` resolved; ``None`` for a server."""
    url: str = field(default="", repr=False)
    """For SQLAlchemy, with the password; empty for a file."""


def address_of(written: str) -> Address:
    """What ``corpus.db``, ``sqlite:////var/lib/corpus.db`` or ``postgresql://me@localhost/news`` means.

    Raises `CorpusError` for what is no address of a corpus. Neither its message nor ``shown`` ever repeats a password.

    >>> address_of("sqlite:///corpus.db").path
    PosixPath('corpus.db')
    >>> address_of("postgres://me:secret@localhost/news").shown
    'postgresql://me:***@localhost/news'
    """
    scheme, divider, rest = written.partition("://")
    if not divider or scheme == "sqlite":
        path = file_of(written)
        return Address("sqlite", str(path), path)
    if scheme not in _SERVERS:
        raise CorpusError(f"{scheme}: there is no such database; write {EXAMPLES}")
    dialect, driver = _SERVERS[scheme]
    return Address(dialect, _without_password(dialect, written), url=f"{driver}://{rest}")


def _without_password(dialect: str, written: str) -> str:
    """The address as it may be shown: without password, and without options, which can hold one."""
    try:
        parts = urlsplit(written)
    except ValueError:
        raise CorpusError(f"{dialect}: no address of a server; write {EXAMPLES}") from None
    if not parts.path.strip("/"):
        raise CorpusError(f"the address names no database: write {dialect}://USER@HOST/NAME")
    access, _, host = parts.netloc.rpartition("@")
    user, divider, _ = access.partition(":")
    return f"{dialect}://{user}{':***' if divider else ''}{'@' if access else ''}{host}{parts.path}"


def file_of(written: str) -> Path:
    """The SQLite file that an address names. Raises `CorpusError` where it names none."""
    path = written.removeprefix(SCHEME)
    if path == ":memory:" or not path.strip() or path.startswith("sqlite:"):
        raise CorpusError("a corpus is kept in a file, e.g. sqlite:///corpus.db")
    if path is written and not path.endswith(SUFFIXES):
        raise CorpusError(f"{written} names no corpus: write {EXAMPLES}, or a file that ends with .db")
    return Path(path).expanduser()
