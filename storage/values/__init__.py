"""The values that the corpus accepts and returns: frozen dataclasses, whose datetimes are all timezone-aware.

They are defined by topic: articles in `stored_articles`, search results in `search_results`, sources, listings and
pages in `crawl_records`, and runs and statistics in `run_records`. Import them from `storage`.
"""

from storage.values.crawl_records import (
    ArchivePointer,
    Candidate,
    Feed,
    FeedEntry,
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
    "FeedEntry",
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
