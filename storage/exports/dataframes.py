"""Articles as Arrow tables and pandas data frames, with the columns of `storage.exports.columns`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from storage.exports.columns import COLUMNS, ColumnKind, arrow_schema
from storage.exports.optional_packages import import_pandas, import_pyarrow
from storage.values import StoredArticle

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BATCH_ROWS: Final = 2_000
BATCH_CHARACTERS: Final = 16_000_000
"""A batch ends with the article by which it reaches either limit. 2,000 news articles have about ten million
characters, but a single article may have millions."""


def arrow_batches(articles: Iterable[StoredArticle]) -> Iterator["pa.RecordBatch"]:
    """Convert articles to Arrow record batches of at most 2,000 rows, for formats that are written in parts.

    There is no batch if there are no articles.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    pa = import_pyarrow()
    schema = arrow_schema()
    for batch in _split_into_batches(articles):
        columns = [
            pa.array(_convert_column(batch, column.name, column.kind), type=field.type)
            for column, field in zip(COLUMNS, schema, strict=True)
        ]
        yield pa.record_batch(columns, schema=schema)


def to_arrow(articles: Iterable[StoredArticle]) -> "pa.Table":
    """Convert articles to one Arrow table, which holds all of them in memory.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    return import_pyarrow().Table.from_batches(arrow_batches(articles), schema=arrow_schema())


def to_pandas(articles: Iterable[StoredArticle]) -> "pd.DataFrame":
    """Convert articles to a pandas data frame, which holds all of them in memory.

    Times have the type ``datetime64[us, UTC]``, lists are arrays of objects, and columns such as ``paywalled`` have the
    nullable type ``boolean``.

    Raises:
        MissingPackage: pandas or pyarrow is not installed.
    """
    pd, pa = import_pandas(), import_pyarrow()
    # Without the mapping, a column with true, false and null would become a column of Python objects.
    return to_arrow(articles).to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)


def _split_into_batches(articles: Iterable[StoredArticle]) -> Iterator[list[StoredArticle]]:
    batch: list[StoredArticle] = []
    characters = 0
    for article in articles:
        batch.append(article)
        # Removals count, too: of a page with little prose, they are longer than the text.
        characters += len(article.text) + sum(len(removal.text) for removal in article.removals)
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _convert_column(batch: list[StoredArticle], name: str, kind: ColumnKind) -> list[Any]:
    convert = _ARROW_CONVERTERS.get(kind)
    values = (getattr(article, name) for article in batch)
    return [convert(value) for value in values] if convert else list(values)


_ARROW_CONVERTERS: Final[dict[ColumnKind, Callable[[Any], Any]]] = {
    "origins": lambda origins: [{"field": name, "origin": origin} for name, origin in origins.items()],
    "statements": lambda statements: [asdict(each) for each in statements],
    "removals": lambda removals: [{"step": each.step, "rule": each.rule, "text": each.text} for each in removals],
}
"""Conversions for the kinds of values that Arrow does not accept as they are."""
