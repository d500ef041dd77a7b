"""Datasets for the Hugging Face Hub and its ``datasets`` library: a folder with Parquet files and a dataset card."""

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
"""Approximate size of a Parquet file: the default of the Hub's own tools."""
DEFAULT_TITLE: Final = "News articles"


def write_dataset(
    articles: Iterable[StoredArticle], folder: Path, *, title: str = DEFAULT_TITLE, shard_bytes: int = SHARD_BYTES
) -> int:
    """Write ``README.md`` and ``data/train-00000-of-00001.parquet`` … to a folder, and return the number of articles.

    Without articles, there is one file that has the columns only.

    Args:
        articles: Any iterable; it is consumed in batches.
        folder: Created if necessary. It must not have a subfolder ``data`` yet.
        title: The title of the dataset card.
        shard_bytes: Size at which a new file is started. A file may be larger by one row group.

    Raises:
        MissingPackage: pyarrow is not installed. The folder is not created then.
        FileExistsError: The folder has a subfolder ``data``.
        OSError: The folder cannot be written.
    """
    collector = StatsCollector()
    data = folder / "data"
    # Fail before anything is created.
    import_pyarrow_parquet()
    data.mkdir(parents=True)
    with _ShardWriter(data, shard_bytes) as shards:
        for batch in arrow_batches(collector.count_articles(articles)):
            shards.write(batch)
    shards.rename_files()
    stats = collector.build_stats()
    (folder / "README.md").write_text(build_dataset_card(stats, title), "utf-8", newline="\n")
    return stats.articles


class _ShardWriter:
    """Writes the files of a dataset one after the other.

    A file's final name has the number of files, so all files are renamed at the end.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._paths: list[Path] = []
        self._open = ExitStack()
        self._has_rows = False
        self._begin_shard()

    def __enter__(self) -> "_ShardWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def write(self, batch: Any) -> None:
        """Write a batch to the current file, or to a new one if that is full."""
        if self._has_rows and self._file.tell() >= self._max_bytes:
            self._open.close()
            self._begin_shard()
        self._writer.write_batch(batch)
        self._has_rows = True

    def rename_files(self) -> None:
        """Rename the files to ``train-NUMBER-of-TOTAL.parquet``, after all batches have been written."""
        for number, path in enumerate(self._paths):
            path.rename(path.with_name(f"train-{number:05}-of-{len(self._paths):05}.parquet"))

    def _begin_shard(self) -> None:
        path = self._folder / f"train-{len(self._paths):05}.partial"
        self._file: BinaryIO = self._open.enter_context(path.open("xb"))
        writer = import_pyarrow_parquet().ParquetWriter(self._file, arrow_schema(), compression=COMPRESSION)
        self._writer: Any = self._open.enter_context(writer)
        self._has_rows = False
        self._paths.append(path)
