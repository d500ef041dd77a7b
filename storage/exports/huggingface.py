"""A folder as the Hugging Face Hub and the ``datasets`` library read it: Parquet files, and a card."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final

from storage.exports.columns import arrow_schema
from storage.exports.dataframes import arrow_batches
from storage.exports.dataset_card import build_dataset_card
from storage.exports.dataset_stats import StatsCollector
from storage.exports.optional_packages import import_pyarrow_parquet
from storage.exports.parquet import COMPRESSION
from storage.values import StoredArticle

SHARD_BYTES: Final = 500_000_000
"""About where a file ends and the next one begins; what the Hub's own tools do."""
DEFAULT_TITLE: Final = "News articles"


def write_dataset(
    articles: Iterable[StoredArticle], folder: Path, *, title: str = DEFAULT_TITLE, shard_bytes: int = SHARD_BYTES
) -> int:
    """Write ``README.md`` and ``data/train-00000-of-00001.parquet`` into a folder, which is made where it is not there.

    A file is larger than ``shard_bytes`` by one row group at most. Gives how many articles there were; without any
    there is one file with the columns alone. The folder's own ``data`` must not be there yet (FileExistsError).

    Raises `MissingPackage`, and OSError where the folder cannot be written.
    """
    tally = StatsCollector()
    data = folder / "data"
    import_pyarrow_parquet()  # before anything is made
    data.mkdir(parents=True)
    with _ShardWriter(data, shard_bytes) as shards:
        for batch in arrow_batches(tally.count_articles(articles)):
            shards.write(batch)
    shards.rename_files()
    figures = tally.build_stats()
    (folder / "README.md").write_text(build_dataset_card(figures, title), "utf-8", newline="\n")
    return figures.articles


class _ShardWriter:
    """The files of a dataset, one after the other. They have their names when it is known how many there are."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._paths: list[Path] = []
        self._open = ExitStack()
        self._has_rows = False
        self._begin_shard()

    def __enter__(self) -> "_ShardWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def write(self, batch: Any) -> None:
        """Put a batch into the present file, or into a new one where that is full."""
        if self._has_rows and self._file.tell() >= self._most_bytes:
            self._open.close()
            self._begin_shard()
        self._writer.write_batch(batch)
        self._has_rows = True

    def rename_files(self) -> None:
        """Give the files their names."""
        for number, path in enumerate(self._paths):
            path.rename(path.with_name(f"train-{number:05}-of-{len(self._paths):05}.parquet"))

    def _begin_shard(self) -> None:
        path = self._folder / f"train-{len(self._paths):05}.partial"
        self._file: BinaryIO = self._open.enter_context(path.open("xb"))
        writer = import_pyarrow_parquet().ParquetWriter(self._file, arrow_schema(), compression=COMPRESSION)
        self._writer: Any = self._open.enter_context(writer)
        self._has_rows = False
        self._paths.append(path)
