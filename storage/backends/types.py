"""Column types: what every value passes on its way into the database and out of it.

Text is sanitised here and nowhere else, because every column of the models has one of these types.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, String, Text
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT, VARBINARY
from sqlalchemy.types import TypeDecorator, TypeEngine

from cleaning.article import Removal

T = TypeVar("T")

dump_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
"""JSON that people can read in the database, whatever its script."""


def sanitize_text(text: str) -> str:
    r"""The text without what databases refuse: NUL goes, lone surrogates become U+FFFD.

    NUL ends strings early in SQLite and is refused by PostgreSQL; a lone surrogate has no UTF-8 form, and
    would make the whole statement fail. Two surrogates that form a pair become the character they stand for.

    >>> sanitize_text("Dheg\x00eyso \ud83d\ude00 \udcff")
    'Dhegeyso 😀 �'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") if "\0" in text else text


class SafeText(TypeDecorator[str]):
    """Text of any length that every database takes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # MariaDB's TEXT ends at 64 kB.
        return dialect.type_descriptor(LONGTEXT() if dialect.name == "mariadb" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sanitize_text(value)


class SafeString(TypeDecorator[str]):
    """The same of a known greatest length, for columns that are indexed."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sanitize_text(value)


class UnreadableValue(ValueError):  # noqa: N818 - reads as what is the matter
    """What is stored is none of the values that are written there: a disk has changed it, or another program."""


class _DecodedType(TypeDecorator[T]):
    """A type whose values are made of what the database holds. Raises `UnreadableValue` where that cannot be done."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:
        decode = super().result_processor(dialect, coltype) or (lambda value: value)

        def read(value: Any) -> T | None:
            try:
                return decode(value)
            except (ValueError, TypeError) as error:
                raise UnreadableValue(f"{type(self).__name__}: {error}") from error

        return read


class UtcDateTime(_DecodedType[datetime]):
    """A moment. Goes in with any zone, is stored in UTC, comes out in UTC. A naive one is a `ValueError`.

    SQLite and MariaDB would take an aware time, drop its zone unconverted, and give it back naive.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mariadb":
            return dialect.type_descriptor(DATETIME(fsp=6))  # else it keeps whole seconds
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the corpus stores no times without a zone: {value.isoformat()}")
        try:
            moment = value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"no such time in UTC: {value.isoformat()}") from error
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Bytes(TypeDecorator[bytes]):
    """A few bytes of a known greatest length, for columns that may be indexed."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # MariaDB indexes no BLOB.
        binary = VARBINARY(self.length) if dialect.name == "mariadb" else LargeBinary(self.length)
        return dialect.type_descriptor(binary)


class Strings(_DecodedType[tuple[str, ...]]):
    """A list of texts, as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [sanitize_text(text) for text in value]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)


class Removals(_DecodedType[tuple[Removal, ...]]):
    """What was removed from a page, as a JSON array of objects."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[Removal] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return [{"step": removal.step, "rule": removal.rule, "text": sanitize_text(removal.text)} for removal in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Removal, ...] | None:
        return None if value is None else tuple(Removal(**removal) for removal in value)


class StringsByName(_DecodedType[dict[str, str]]):
    """Texts by name, as a JSON object."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else {name: sanitize_text(text) for name, text in value.items()}


class Counts(_DecodedType[dict[str, int]]):
    """Counts by name, as a JSON object."""

    impl = JSON
    cache_ok = True
