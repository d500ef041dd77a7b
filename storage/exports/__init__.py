"""Articles out of the corpus, in the forms that other programs read. Each writer takes articles one by one as they
come, so that a corpus of any size fits into memory; pyarrow and pandas are imported by the functions that need them.

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
