"""Apache Parquet: tables for pandas, Polars, DuckDB, Spark and the like."""

from collections.abc import Iterable
from typing import BinaryIO, Final

from storage.exports.columns import arrow_schema
from storage.exports.dataframes import arrow_batches
from storage.exports.optional_packages import import_pyarrow_parquet
from storage.values import StoredArticle

COMPRESSION: Final = "zstd"


def write_parquet(articles: Iterable[StoredArticle], stream: BinaryIO) -> int:
    """Write one file of the columns of `arrow_schema`, a row group a batch; gives how many articles there were.

    The stream need not be seekable. Raises `MissingPackage`, and OSError where the stream does.
    """
    count = 0
    with import_pyarrow_parquet().ParquetWriter(stream, arrow_schema(), compression=COMPRESSION) as writer:
        for batch in arrow_batches(articles):
            writer.write_batch(batch)
            count += batch.num_rows
    return count
