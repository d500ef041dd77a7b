"""Exports: writing articles in the formats that other programs read.

Each writer takes any iterable of `storage.StoredArticle` and consumes it one by one or in batches, so that a corpus of
any size can be exported in constant memory (except `to_arrow`, `to_pandas` and the feeds, which return one object).
Writers return the number of articles that they have written. pyarrow and pandas are optional: the functions that need
them import them, and raise `MissingPackage` if they are not installed.

    from pathlib import Path

    from storage import Corpus
    from storage.exports import write_dataset, write_parquet

    with Corpus.open("sqlite:///corpus.db") as corpus:
        with open("somali.parquet", "wb") as stream:
            write_parquet(corpus.iter(language="so"), stream)
        write_dataset(corpus.iter(), Path("dataset"))
"""

from storage.errors import MissingPackage
from storage.exports.columns import COLUMNS, Column, arrow_schema
from storage.exports.csv_rows import write_csv
from storage.exports.dataframes import arrow_batches, to_arrow, to_pandas
from storage.exports.feeds import FeedHead, atom, json_feed, rss
from storage.exports.huggingface import write_dataset
from storage.exports.jsonl import write_jsonl
from storage.exports.parquet import write_parquet
from storage.exports.text_files import write_texts
from storage.exports.warc import write_warc

__all__ = [
    "COLUMNS",
    "Column",
    "FeedHead",
    "MissingPackage",
    "arrow_batches",
    "arrow_schema",
    "atom",
    "json_feed",
    "rss",
    "to_arrow",
    "to_pandas",
    "write_csv",
    "write_dataset",
    "write_jsonl",
    "write_parquet",
    "write_texts",
    "write_warc",
]
