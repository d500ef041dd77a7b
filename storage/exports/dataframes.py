"""Articles as tables in memory: Arrow and pandas, with the columns of `storage.exports.columns`."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from storage.exports.columns import COLUMNS, ColumnKind, arrow_schema
from storage.exports.optional_packages import import_pandas, import_pyarrow
from storage.values import StoredArticle

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BATCH_ROWS: Final = 2_000
BATCH_CHARACTERS: Final = 16_000_000
"""A batch ends with the article that makes it larger than either: 2,000 news articles have some ten million
characters, but a single one may have as many."""


def arrow_batches(articles: Iterable[StoredArticle]) -> Iterator["pa.RecordBatch"]:
    """The articles in batches that each fit into memory; none where there are no articles. Raises `MissingPackage`."""
    pa = import_pyarrow()
    schema = arrow_schema()
    for batch in _split_into_batches(articles):
        columns = [
            pa.array(_convert_column(batch, column.name, column.kind), type=field.type)
            for column, field in zip(COLUMNS, schema, strict=True)
        ]
        yield pa.record_batch(columns, schema=schema)


def to_arrow(articles: Iterable[StoredArticle]) -> "pa.Table":
    """All of the articles as one table. Raises `MissingPackage`."""
    return import_pyarrow().Table.from_batches(arrow_batches(articles), schema=arrow_schema())


def to_pandas(articles: Iterable[StoredArticle]) -> "pd.DataFrame":
    """All of the articles as a data frame: times as ``datetime64[us, UTC]``, lists as arrays of objects.

    What is true, false or not known is of pandas' type ``boolean``. Raises `MissingPackage`.
    """
    pd, pa = import_pandas(), import_pyarrow()
    return to_arrow(articles).to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)


def _split_into_batches(articles: Iterable[StoredArticle]) -> Iterator[list[StoredArticle]]:
    batch: list[StoredArticle] = []
    characters = 0
    for article in articles:
        batch.append(article)
        characters += len(article.text) + sum(len(removal.text) for removal in article.removals)
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _convert_column(batch: list[StoredArticle], name: str, kind: ColumnKind) -> list[Any]:
    arrow_of = _ARROW_CONVERTERS.get(kind)
    values = (getattr(article, name) for article in batch)
    return [arrow_of(value) for value in values] if arrow_of else list(values)


_ARROW_CONVERTERS: Final[dict[ColumnKind, Callable[[Any], Any]]] = {
    "origins": lambda origins: [{"field": name, "origin": origin} for name, origin in origins.items()],
    "removals": lambda removals: [{"step": each.step, "rule": each.rule, "text": each.text} for each in removals],
}
"""How the values become what Arrow takes, where they are not."""
