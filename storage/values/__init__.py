"""The values that go into the corpus and come out of it. All are frozen; all times are timezone-aware.

They are defined by topic: `crawl_records`, `run_records`, `stored_articles` and `search_results`.
"""

from storage.values.crawl_records import (
    ArchivePointer,
    Candidate,
    Feed,
    FeedKind,
    FetchedPage,
    FoundIn,
    Host,
    Lease,
    Source,
)
from storage.values.run_records import FailedPage, Run, SourceDay, SourceHistory, SourceRun, SourceState, Stats
from storage.values.search_results import FacetCount, Hit, Hits, SavedQuery, Similar, Snippet, TermCount
from storage.values.stored_articles import ArticleUrl, ErasureReport, StoredArticle, Version

__all__ = [
    "ArchivePointer",
    "ArticleUrl",
    "Candidate",
    "ErasureReport",
    "FacetCount",
    "FailedPage",
    "Feed",
    "FeedKind",
    "FetchedPage",
    "FoundIn",
    "Hit",
    "Hits",
    "Host",
    "Lease",
    "Run",
    "SavedQuery",
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
]
