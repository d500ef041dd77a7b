"""The values that go into the corpus and come out of it. All are frozen; all times are timezone-aware.

They are defined by topic: `crawl_records`, `run_records`, `stored_articles` and `search_results`.
"""

from storage.values.crawl_records import Candidate, Feed, FeedKind, FetchedPage, FoundIn, Host, Lease, Pointer, Source
from storage.values.run_records import Failure, Run, SourceDay, SourceHistory, SourceRun, SourceStanding, Stats
from storage.values.search_results import Count, Hit, Hits, SavedQuery, Similar, Snippet, TermCount
from storage.values.stored_articles import Alias, Erased, StoredArticle, Version

__all__ = [
    "Alias",
    "Candidate",
    "Count",
    "Erased",
    "Failure",
    "Feed",
    "FeedKind",
    "FetchedPage",
    "FoundIn",
    "Hit",
    "Hits",
    "Host",
    "Lease",
    "Pointer",
    "Run",
    "SavedQuery",
    "Similar",
    "Snippet",
    "Source",
    "SourceDay",
    "SourceHistory",
    "SourceRun",
    "SourceStanding",
    "Stats",
    "StoredArticle",
    "TermCount",
    "Version",
]
