"""The corpus: a SQL database of cleaned articles, with the crawl's state in the same database.

    from storage import Corpus

    with Corpus.open("sqlite:///corpus.db") as corpus:
        for hit in corpus.search("ceasefire zelensky", language="en"):
            print(hit.published, hit.title, hit.snippet.marked("[", "]"))

Start with `Corpus`, in `storage/corpus.py`. It returns the frozen dataclasses of `storage.values` and raises the errors
of `storage.errors`; `storage.exports` writes articles to files.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.admin.reclean import Recleaned
    from storage.archive.exchange import Exchange
    from storage.archive.folder import Archive
    from storage.corpus import Corpus
    from storage.errors import (
        ArchivedPageDamaged,
        ArchivedPageGone,
        ArchiveError,
        ArticleNotFound,
        CorpusBusy,
        CorpusError,
        CorpusLocked,
        CorpusLost,
        CorpusNotFound,
        CorpusReadOnly,
        CorpusTooNew,
        DiskFailed,
        NotACorpus,
        NotReadOnly,
        SavedQueryNotFound,
    )
    from storage.frontier.frontier import Frontier
    from storage.ingest.warc_imports import WarcImport
    from storage.values import (
        ArchivePointer,
        ArticleUrl,
        Candidate,
        ErasureReport,
        FacetCount,
        FailedPage,
        Feed,
        FeedEntry,
        FetchedPage,
        Hit,
        Hits,
        Host,
        Lease,
        Run,
        SavedQuery,
        Similar,
        Snippet,
        Source,
        SourceDay,
        SourceHistory,
        SourceRun,
        SourceState,
        Stats,
        StoredArticle,
        TermCount,
        Version,
    )

# Names are imported on first use: sqlalchemy.orm takes 0.9 s to import, and a program that only catches a
# `CorpusError`, or a command that ends with a usage error, does not need it.
_MODULES = {
    "Archive": "archive.folder",
    "ArchiveError": "errors",
    "ArchivePointer": "values",
    "ArchivedPageDamaged": "errors",
    "ArchivedPageGone": "errors",
    "ArticleNotFound": "errors",
    "ArticleUrl": "values",
    "Candidate": "values",
    "Corpus": "corpus",
    "CorpusBusy": "errors",
    "CorpusError": "errors",
    "CorpusLocked": "errors",
    "CorpusLost": "errors",
    "CorpusNotFound": "errors",
    "CorpusReadOnly": "errors",
    "CorpusTooNew": "errors",
    "DiskFailed": "errors",
    "ErasureReport": "values",
    "Exchange": "archive.exchange",
    "FacetCount": "values",
    "FailedPage": "values",
    "Feed": "values",
    "FeedEntry": "values",
    "FetchedPage": "values",
    "Frontier": "frontier.frontier",
    "Hit": "values",
    "Hits": "values",
    "Host": "values",
    "Lease": "values",
    "MissingPackage": "errors",
    "NotACorpus": "errors",
    "NotReadOnly": "errors",
    "Recleaned": "admin.reclean",
    "Run": "values",
    "SavedQuery": "values",
    "SavedQueryNotFound": "errors",
    "Similar": "values",
    "Snippet": "values",
    "Source": "values",
    "SourceDay": "values",
    "SourceHistory": "values",
    "SourceRun": "values",
    "SourceState": "values",
    "Stats": "values",
    "StoredArticle": "values",
    "TermCount": "values",
    "Version": "values",
    "WarcImport": "ingest.warc_imports",
}

__all__ = [
    "Archive",
    "ArchiveError",
    "ArchivePointer",
    "ArchivedPageDamaged",
    "ArchivedPageGone",
    "ArticleNotFound",
    "ArticleUrl",
    "Candidate",
    "Corpus",
    "CorpusBusy",
    "CorpusError",
    "CorpusLocked",
    "CorpusLost",
    "CorpusNotFound",
    "CorpusReadOnly",
    "CorpusTooNew",
    "DiskFailed",
    "ErasureReport",
    "Exchange",
    "FacetCount",
    "FailedPage",
    "Feed",
    "FeedEntry",
    "FetchedPage",
    "Frontier",
    "Hit",
    "Hits",
    "Host",
    "Lease",
    "MissingPackage",
    "NotACorpus",
    "NotReadOnly",
    "Recleaned",
    "Run",
    "SavedQuery",
    "SavedQueryNotFound",
    "Similar",
    "Snippet",
    "Source",
    "SourceDay",
    "SourceHistory",
    "SourceRun",
    "SourceState",
    "Stats",
    "StoredArticle",
    "TermCount",
    "Version",
    "WarcImport",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'storage' has no attribute {name!r}")
    return getattr(import_module(f"storage.{_MODULES[name]}"), name)
