"""Column types: they convert every value on its way into the database and out of it.

Text is sanitised here and nowhere else, because every column of the models has one of these types.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, String, Text
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT, VARBINARY
from sqlalchemy.types import TypeDecorator, TypeEngine

from cleaning.article import Removal
from cleaning.times import convert_to_utc
from cleaning.usage import UsageStatement

T = TypeVar("T")

dump_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
"""Format JSON for the database: compact, and with non-ASCII characters unescaped, so that people can read it."""


def sanitize_text(text: str) -> str:
    r"""Return the text without characters that databases reject: NUL is removed, lone surrogates become U+FFFD.

    NUL truncates strings in SQLite's functions and is rejected by PostgreSQL. A lone surrogate has no UTF-8 form, and
    would make the whole statement fail. Two surrogates that form a pair become the character that they encode.

    >>> sanitize_text("Dheg\x00eyso \ud83d\ude00 \udcff")
    'Dhegeyso 😀 �'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") if "\0" in text else text


class SafeText(TypeDecorator[str]):
    """Sanitised text of any length."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type for a database: MariaDB's TEXT is limited to 64 kB, so it gets LONGTEXT."""
        return dialect.type_descriptor(LONGTEXT() if dialect.name == "mariadb" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sanitise a value on its way into the database."""
        return None if value is None else sanitize_text(value)


class SafeString(TypeDecorator[str]):
    """Sanitised text of a limited length, for columns that are indexed."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sanitise a value on its way into the database. Its length is not checked here."""
        return None if value is None else sanitize_text(value)


class UnreadableValue(ValueError):  # noqa: N818 - describes the problem
    """A stored value is none that we could have written: the disk is damaged, or another program wrote it."""


class _DecodedType(TypeDecorator[T]):
    """A type whose values are decoded from the database. Raises `UnreadableValue` if one cannot be decoded."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:
        """Return the function that decodes a stored value, with its errors turned into `UnreadableValue`.

        `Database.explain_errors` reports these as damage; a plain ValueError would look like a bug.
        """
        decode = super().result_processor(dialect, coltype) or (lambda value: value)

        def read(value: Any) -> T | None:
            try:
                return decode(value)
            except (ValueError, TypeError) as error:
                raise UnreadableValue(f"{type(self).__name__}: {error}") from error

        return read


class UtcDateTime(_DecodedType[datetime]):
    """A time, accepted in any time zone, stored in UTC, and returned in UTC. Naive times raise ValueError.

    SQLite and MariaDB would drop the zone of an aware time without converting it, and return it naive.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type for a database, with microseconds on all three."""
        if dialect.name == "mariadb":
            return dialect.type_descriptor(DATETIME(fsp=6))  # MariaDB's default is whole seconds
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a time to UTC on its way into the database.

        Raises ValueError if it is naive, or out of range in UTC (year 1 east of Greenwich).
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a time zone cannot be stored: {value.isoformat()}")
        moment = convert_to_utc(value)
        if moment is None:
            raise ValueError(f"time out of range in UTC: {value.isoformat()}")
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a stored time as an aware one in UTC."""
        if value is None:
            return None
        return convert_to_utc(value)


class Bytes(TypeDecorator[bytes]):
    """Bytes of a limited length, for columns that may be indexed."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type for a database: MariaDB cannot index a whole BLOB, so it gets VARBINARY."""
        binary = VARBINARY(self.length) if dialect.name == "mariadb" else LargeBinary(self.length)
        return dialect.type_descriptor(binary)


class Strings(_DecodedType[tuple[str, ...]]):
    """A list of sanitised texts, stored as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        """Sanitise the texts on their way into the database."""
        return None if value is None else [sanitize_text(text) for text in value]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Return the stored list as a tuple, as in `cleaning.article.Article`."""
        return None if value is None else tuple(value)


class Removals(_DecodedType[tuple[Removal, ...]]):
    """The pieces of text that the cleaner removed from a page, stored as a JSON array of objects."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[Removal] | None, dialect: Dialect) -> Any:
        """Return the removals as JSON objects with sanitised texts."""
        if value is None:
            return None
        return [{"step": removal.step, "rule": removal.rule, "text": sanitize_text(removal.text)} for removal in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Removal, ...] | None:
        """Return the stored objects as `Removal`s."""
        return None if value is None else tuple(Removal(**removal) for removal in value)


class UsageStatements(_DecodedType[tuple[UsageStatement, ...]]):
    """What a site states about the use of an article, stored as a JSON array of objects."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[UsageStatement] | None, dialect: Dialect) -> Any:
        """Return the statements as JSON objects with sanitised texts."""
        if value is None:
            return None
        return [
            {name: sanitize_text(part) if isinstance(part, str) else part for name, part in asdict(each).items()}
            for each in value
        ]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[UsageStatement, ...] | None:
        """Return the stored objects as `UsageStatement`s."""
        return None if value is None else tuple(UsageStatement(**statement) for statement in value)


class StringsByName(_DecodedType[dict[str, str]]):
    """Sanitised texts by name, stored as a JSON object."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> dict[str, str] | None:
        """Sanitise the texts on their way into the database; the names are our own."""
        return None if value is None else {name: sanitize_text(text) for name, text in value.items()}


class Counts(_DecodedType[dict[str, int]]):
    """Counts by name, stored as a JSON object."""

    impl = JSON
    cache_ok = True
