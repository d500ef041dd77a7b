"""The corpus: the one entry to the database of articles.

`Corpus` itself is for those who query it. What only a crawl needs is in `Corpus.crawl`, what status pages and reports
need in `Corpus.monitoring`, and maintenance in `Corpus.admin`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from cleaning.article import Cleaned
from cleaning.urls import get_site, make_url_key
from storage.admin import erase
from storage.admin.administration import Administration
from storage.admin.migrate import open_or_create_schema
from storage.archive.exchange import Exchange
from storage.archive.folder import Archive, derive_archive_folder
from storage.backends.connect import open_database
from storage.backends.database import Database
from storage.backends.url import parse_database_url
from storage.dedup import clusters
from storage.errors import ArchivedPageDamaged, ArchivedPageGone, ArticleNotFound
from storage.frontier import run_log, sources
from storage.frontier.crawl_state import CrawlState
from storage.ingest import warc_imports
from storage.monitoring import corpus_stats
from storage.monitoring.monitoring import Monitoring
from storage.schema.tables import ArticleRow
from storage.search import article_loader, facets, saved_queries, search
from storage.search.facets import Grouping
from storage.search.filters import FilterOptions, Filters
from storage.search.search import SortOrder
from storage.values import (
    ArticleUrl,
    ErasureReport,
    FacetCount,
    FailedPage,
    FetchedPage,
    Hits,
    Lease,
    SavedQuery,
    Similar,
    Source,
    Stats,
    StoredArticle,
    TermCount,
    Version,
)

BATCH_ARTICLES = 100
"""Articles read at once by `Corpus.iter`."""


class Corpus:
    """A database of cleaned articles, and the crawl's state in it. Close it, or use it in ``with``.

    Any thread may use it. Every method raises a `CorpusError` if the database is locked, damaged, full or read-only.

    >>> corpus = Corpus.open("sqlite:////nowhere/corpus.db")
    Traceback (most recent call last):
    storage.errors.CorpusNotFound: there is no corpus at /nowhere/corpus.db
    """

    def __init__(self, database: Database) -> None:
        """For `open`, which knows that the database is a corpus."""
        self._database = database
        self.crawl = CrawlState(database)
        """What a crawl keeps: its lock, its runs, the frontier, and what it knows of sources, hosts and listings."""
        self.monitoring = Monitoring(database)
        """Runs, and the state and history of sources: for status pages, reports and alerts."""
        self.admin = Administration(database)
        """Checks, backups, copies, cleaning again, and queries in SQL."""

    @classmethod
    def open(cls, url: str, *, create: bool = False, read_only: bool = False) -> Self:
        """Open the corpus at ``sqlite:///corpus.db``, ``corpus.db``, ``postgresql://…`` or ``mariadb://…``, and upgrade
        its schema if it is an older one.

        ``create`` creates it if there is none. Before the schema of an older corpus is upgraded, a copy of
        its file is kept beside it. ``read_only`` works on files that cannot be written, and changes nothing.

        Raises `CorpusNotFound`, `NotACorpus`, `CorpusTooNew`, `CorpusReadOnly` (``read_only`` would help),
        `CorpusLocked`, or plain `CorpusError` if ``url`` is no database URL, or the server rejects it.
        """
        database = open_database(parse_database_url(url), create=create, read_only=read_only)
        try:
            open_or_create_schema(database, create=create)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the database's connections. Nothing is lost without it."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Its database URL, for people: without a password."""
        return self._database.name

    @property
    def archive_folder(self) -> Path:
        """The folder that fetched pages are archived in, unless another one is chosen: beside the file, or for a
        database on a server, in the working directory and named like it."""
        return derive_archive_folder(self._database.address)

    # Articles

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        order: SortOrder = "relevance",
        after: str | None = None,
        collapse: bool = False,
        **filters: Unpack[FilterOptions],
    ) -> Hits:
        """Return the best articles for what a person typed (see `storage.search.query_parser`), or the newest of all.

        Never raises over a query. An empty one asks for the newest articles that pass the filters; one
        without any letter or digit finds nothing. ``since`` and ``until`` (inclusive) limit the publication:
        dates are days in UTC, datetimes must be timezone-aware (else `ValueError`); articles without a date
        are then left out. ``language`` is an ISO 639-1 code, ``source`` a source's key, address or name.

        ``after`` is the ``next`` of an earlier search for the same, to continue behind it (else `ValueError`). With
        ``collapse``, only the first of articles that are near-duplicates is returned.
        """
        with self._database.read() as connection:
            return search.search_hits(
                connection, query, Filters(**filters), order, limit, after=after, collapse=collapse
            )

    def get(self, article_id: int) -> StoredArticle:
        """Return the article of that number. Raises `ArticleNotFound`."""
        with self._database.read() as connection:
            row = connection.execute(article_loader.select_articles().where(ArticleRow.id == article_id)).one_or_none()
        if row is None:
            raise ArticleNotFound(f"the corpus holds no article {article_id}")
        return article_loader.build_article(row)

    def find(self, url: str) -> StoredArticle | None:
        """Return the article that an address leads to, in whatever spelling; ``None`` if the corpus has none."""
        with self._database.read() as connection:
            article_id = article_loader.find_article_id(connection, url)
        return None if article_id is None else self.get(article_id)

    def iter(
        self,
        query: str = "",
        **filters: Unpack[FilterOptions],
    ) -> Iterator[StoredArticle]:
        """Iterate over all articles that `search` could find, in the order they were stored, in constant memory.

        Which articles these are is decided before the first one is returned; a crawl may write meanwhile.
        """
        with self._database.read() as connection:
            ids = search.search_ids(connection, query, Filters(**filters))
        yield from self._iter_articles(ids)

    def _iter_articles(self, ids: Sequence[int]) -> Iterator[StoredArticle]:
        for start in range(0, len(ids), BATCH_ARTICLES):
            page = (
                article_loader.select_articles()
                .where(ArticleRow.id.in_(ids[start : start + BATCH_ARTICLES]))
                .order_by(ArticleRow.id)
            )
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            yield from map(article_loader.build_article, rows)

    def versions(self, article_id: int) -> list[Version]:
        """Return what an article said before it changed, the oldest first; empty if it never did."""
        with self._database.read() as connection:
            return article_loader.load_versions(connection, article_id)

    def similar(self, article_id: int) -> list[Similar]:
        """Return the near-duplicates of an article, the most similar first: see `storage.dedup.minhash`."""
        with self._database.read() as connection:
            return clusters.find_similar(connection, article_id)

    def list_urls(self, article_id: int) -> list[ArticleUrl]:
        """Return every address that leads to an article, the one found first in front."""
        with self._database.read() as connection:
            return article_loader.load_urls(connection, article_id)

    def read_archived_page(self, article_id: int, *, archive_folder: Path | None = None) -> Exchange | None:
        """Return the page that an article's present text comes from, from the archive; ``None`` if it is not there.

        Raises `ArchiveError` if a file of the archive cannot be read.
        """
        with self._database.read() as connection:
            pointer = article_loader.load_archive_pointers(connection, [article_id]).get(article_id)
        try:
            return Archive(archive_folder or self.archive_folder).read(pointer) if pointer else None
        except (ArchivedPageGone, ArchivedPageDamaged):
            return None

    # Figures

    def count(
        self,
        query: str = "",
        **filters: Unpack[FilterOptions],
    ) -> int:
        """Return how many articles `search` could find."""
        with self._database.read() as connection:
            return len(search.search_ids(connection, query, Filters(**filters)))

    def counts(
        self,
        by: Grouping,
        query: str = "",
        *,
        limit: int | None = None,
        **filters: Unpack[FilterOptions],
    ) -> list[FacetCount]:
        """Return how many articles `search` could find: by day, week (its Monday), month or year of publication, in
        order.

        Or by source, language, author, editor, agency, tag or section, the most first. By outcome, fetches are counted.
        """
        with self._database.read() as connection:
            return facets.count_facets(connection, query, Filters(**filters), by, limit)

    def find_distinctive_terms(
        self,
        query: str = "",
        *,
        limit: int = 30,
        **filters: Unpack[FilterOptions],
    ) -> list[TermCount]:
        """Return the words that articles have more often than the others, the most distinctive first.

        The 2,000 newest of each are compared. Without a query and filters, the most frequent words.
        """
        with self._database.read() as connection:
            return facets.find_distinctive_terms(connection, query, Filters(**filters), limit)

    def stats(self) -> Stats:
        """Return the corpus in figures."""
        with self._database.read() as connection:
            return corpus_stats.load_corpus_stats(connection, self._database.measure_size(connection))

    def sources(self) -> list[Source]:
        """Return every source that the corpus knows, sorted by key."""
        with self._database.read() as connection:
            return sources.list_sources(connection)

    def list_failed_pages(
        self, *, source: str | None = None, outcome: str | None = None, limit: int = 50
    ) -> list[FailedPage]:
        """Return the pages whose last fetch produced no article, the latest first."""
        with self._database.read() as connection:
            return facets.list_failed_pages(connection, source, outcome, limit)

    # Saved queries

    def save_query(self, name: str, query: str) -> None:
        """Save a query under a name, replacing any query of that name. Raises `ValueError` if the name is not valid."""
        with self._database.write() as connection:
            saved_queries.save_query(connection, name, query)

    def get_saved_query(self, name: str) -> SavedQuery:
        """Return the query of that name. Raises `SavedQueryNotFound`."""
        with self._database.read() as connection:
            return saved_queries.get_saved_query(connection, name)

    def list_saved_queries(self) -> list[SavedQuery]:
        """Return every saved query, sorted by name."""
        with self._database.read() as connection:
            return saved_queries.list_saved_queries(connection)

    def delete_query(self, name: str) -> None:
        """Delete a saved query. Raises `SavedQueryNotFound`."""
        with self._database.write() as connection:
            saved_queries.delete_saved_query(connection, name)

    def get_new_articles(self, name: str, *, mark: bool = True) -> list[StoredArticle]:
        """Return the articles that a saved query finds and that arrived since the last call, the oldest first.

        Without ``mark``, the next call returns them again. Raises `SavedQueryNotFound`.
        """
        with self._database.read() as connection:
            query = saved_queries.get_saved_query(connection, name)
            newest = saved_queries.find_newest_article_id(connection)
            found = [each for each in search.search_ids(connection, query.query, Filters()) if each > query.seen_id]
        new = list(self._iter_articles(found))
        if mark:
            with self._database.write() as connection:
                saved_queries.mark_seen(connection, name, newest)
        return new

    # Changes

    def save(self, cleaned: Cleaned, url: str, *, fetched_at: datetime | None = None) -> int:
        """Save an article that was cleaned elsewhere, under its address; return the number of the article that holds
        it.

        One that is known is updated, and its earlier text becomes a version. Raises `ValueError` if ``url`` is no
        web address, and if the article was erased.
        """
        key = make_url_key(url)
        moment = fetched_at or datetime.now(UTC)
        source = self.crawl.get_or_create_source(get_site(url))
        lease = Lease(0, url, source.id, get_site(url), "given", 0, None)
        page = FetchedPage(lease, url, None, "article", None, moment, 0, 0, cleaned, article_key=key)
        with self._database.write() as connection:
            run_id = run_log.add_finished_run(connection, "save", moment)
            outcome = warc_imports.store_page(connection, run_id, page)
            article_id = article_loader.find_article_id(connection, url)
        if article_id is None:
            raise ValueError(f"{url} is not kept: {outcome}")
        return article_id

    def erase(
        self, articles: Collection[int], addresses: Collection[str] = (), *, archive_folder: Path | None = None
    ) -> ErasureReport:
        """Remove articles for good (text, versions, index, archived pages), and never fetch these addresses again.

        The database is compacted in the end, which rewrites it. Raises `ArchiveError` if a page cannot be erased;
        then nothing has been.
        """
        return erase.erase_articles(self._database, articles, addresses, archive_folder or self.archive_folder)

    def find_article_ids(self, *, author: str | None = None, source: str | None = None) -> list[int]:
        """Return the numbers of all articles by an author, of a source, or both; names must match whole."""
        with self._database.read() as connection:
            return erase.find_article_ids(connection, author, source)

    def list_source_urls(self, source: str) -> list[str]:
        """Return every address of a source that the crawl knows."""
        with self._database.read() as connection:
            return erase.list_source_urls(connection, source)
