"""The corpus: the single entry point to the database of articles.

`Corpus` has the methods for querying and changing articles. The methods that only a crawl needs are in `Corpus.crawl`,
those for status pages and reports in `Corpus.monitoring`, and those for maintenance in `Corpus.admin`.

A crawl may write to the database meanwhile: a query sees everything that was committed before it started.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from cleaning.article import Cleaned
from cleaning.urls import get_site, make_url_key
from cleaning.usage import PURPOSES, find_prohibition, list_statements
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
"""Number of articles that `Corpus.iter` reads per query. This bounds its memory: a text may have up to 4 MB."""


class Corpus:
    """A database of cleaned articles and of the crawl's state.

    Create one with `Corpus.open`, and close it or use it in a ``with`` statement. A corpus may be used by any number of
    threads. Every method raises a `CorpusError` if the database is locked, damaged, full or read-only. All datetimes
    that a corpus returns are timezone-aware.

    >>> from tempfile import TemporaryDirectory
    >>> from cleaning.article import Article
    >>> article = Article(text="Both sides agreed to a ceasefire.", blocks=(), title="Ceasefire agreed", language="en")
    >>> with TemporaryDirectory() as folder, Corpus.open(f"{folder}/corpus.db", create=True) as corpus:
    ...     article_id = corpus.save(Cleaned(article, removals=()), "https://news.example/ceasefire")
    ...     [hit.title for hit in corpus.search("cease* lang:en")]
    ...     corpus.get(article_id).source
    ...     corpus.counts("source")
    ['Ceasefire agreed']
    'news.example'
    [FacetCount(value='news.example', articles=1)]
    """

    def __init__(self, database: Database) -> None:
        """Use `Corpus.open` instead, which checks that the database holds a corpus of the current schema."""
        self._database = database
        self.crawl = CrawlState(database)
        """The crawl's state: its lock, its runs, the frontier, and the sources, hosts and listings that it knows."""
        self.monitoring = Monitoring(database)
        """Runs, and the state and history of sources: for status pages, reports and alerts."""
        self.admin = Administration(database)
        """Maintenance: checks, backups, copies, recleaning, and read-only SQL queries."""

    @classmethod
    def open(cls, url: str, *, create: bool = False, read_only: bool = False) -> Self:
        """Open the corpus at a database URL, and upgrade its schema if an earlier version of Cleanwire created it.

        Before an SQLite file is upgraded, it is copied to ``NAME.before-upgrade-REVISION`` in the same folder.

        Args:
            url: ``sqlite:///corpus.db``, the path of a file (``corpus.db``), ``postgresql://USER@HOST/NAME`` or
                ``mariadb://USER@HOST/NAME``.
            create: Create the corpus if the file does not exist or the server's database is empty.
            read_only: Never write to the database. This also opens files without write permission, but does not
                upgrade an older schema.

        Raises:
            CorpusNotFound: There is no corpus at ``url``, or no server answers there.
            NotACorpus: The file is damaged, or the database belongs to another program.
            CorpusTooNew: A later version of Cleanwire wrote the corpus.
            CorpusReadOnly: The file cannot be written; ``read_only=True`` would open it.
            CorpusLocked: Another program locked the database for too long.
            CorpusError: ``url`` is not a database URL, the server rejected the connection, or ``read_only`` prevents a
                required upgrade.

        >>> Corpus.open("sqlite:////nowhere/corpus.db")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        storage.errors.CorpusNotFound: there is no corpus at /nowhere/corpus.db
        """
        database = open_database(parse_database_url(url), create=create, read_only=read_only)
        try:
            open_or_create_schema(database, create=create)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the connections to the database.

        Each method commits its own changes, so a program that ends without closing loses none of them.
        """
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The corpus as messages name it: the file's path, or the server's URL without password and options."""
        return self._database.name

    @property
    def archive_folder(self) -> Path:
        """The default folder of the page archive.

        It is beside the SQLite file; for a database on a server, it is in the working directory and named after the
        database. ``sources.toml`` may choose another folder for a crawl.
        """
        return derive_archive_folder(self._database.database_url)

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
        """Return one page of the articles that match a query, with snippets.

        No query is an error: the parts that could not be parsed are in `Hits.ignored`. A query without any letter or
        digit, such as ``"?!"``, finds nothing; an empty query finds all articles that pass the filters.

        Args:
            query: Words, phrases and fields, as described in `storage.search.query_parser`.
            limit: Maximum number of hits. 0 or less returns none.
            order: ``"relevance"`` (words in the title count more) or ``"date"`` (the latest publication first, articles
                without a date last). A query without words is always sorted by date.
            after: The `Hits.next` of the previous page, which must come from the same query, filters and order.
            collapse: Return only the first article of each cluster of near-duplicates.
            **filters: ``since`` and ``until`` limit the publication, both inclusive; a ``date`` is a day in UTC, and a
                ``datetime`` must be timezone-aware. Either one excludes articles without a date. ``language`` is an ISO
                639-1 code. ``source`` is a source's key, URL or name, or the first part of its host (``"bbc"``).

        Raises:
            ValueError: ``after`` is not a cursor or belongs to another order, or a ``datetime`` is naive.

        To read page after page::

            hits = corpus.search("ferry", language="en")
            while hits:
                ...
                hits = corpus.search("ferry", language="en", after=hits.next) if hits.next else ()
        """
        with self._database.read() as connection:
            return search.search_hits(
                connection, query, Filters(**filters), order, limit, after=after, collapse=collapse
            )

    def get(self, article_id: int) -> StoredArticle:
        """Return the article with an id, as found in `Hit.id`.

        Raises:
            ArticleNotFound: The corpus has no article with this id, or it was erased.
        """
        with self._database.read() as connection:
            row = connection.execute(article_loader.select_articles().where(ArticleRow.id == article_id)).one_or_none()
        if row is None:
            raise ArticleNotFound(f"the corpus has no article {article_id}")
        return article_loader.build_article(row)

    def find(self, url: str) -> StoredArticle | None:
        """Return the article at a URL, or ``None`` if the corpus has none.

        The URL may be any that led to the article: the one found in a feed, a redirect's target, or the canonical URL.
        Differences that do not matter (tracking parameters, ``www.``, a trailing slash) are ignored; see
        `cleaning.urls.make_url_key`.
        """
        with self._database.read() as connection:
            article_id = article_loader.find_article_id(connection, url)
        return None if article_id is None else self.get(article_id)

    def iter(
        self,
        query: str = "",
        *,
        purpose: str | None = None,
        **filters: Unpack[FilterOptions],
    ) -> Iterator[StoredArticle]:
        """Iterate over all articles that match a query, in the order in which they were stored.

        Takes the query and the filters of `search`. Memory stays constant however many articles there are, so this is
        the method for exports: see `storage.exports`. The ids are read when the iteration starts; articles that are
        stored later are not included, and each article is returned as it is when its batch is read.

        Args:
            query: The query of `search`.
            purpose: One of `cleaning.usage.PURPOSES`, such as ``"ai-train"``: articles that may not be used for it,
                according to their sites, are left out. ``None`` leaves none out.
            **filters: The filters of `search`.

        Raises:
            ValueError: A ``datetime`` in the filters is naive, or the purpose is unknown.

        To export articles::

            with open("somali.jsonl", "w", encoding="utf-8") as stream:
                storage.exports.write_jsonl(corpus.iter("flood OR drought", language="so"), stream)
        """
        if purpose is not None and purpose not in PURPOSES:
            raise ValueError(f'unknown purpose "{purpose}"; use one of {", ".join(PURPOSES)}')
        with self._database.read() as connection:
            ids = search.search_ids(connection, query, Filters(**filters))
        for article in self._iter_articles(ids):
            if purpose is None or find_prohibition(list_statements(article), purpose) is None:
                yield article

    def _iter_articles(self, ids: Sequence[int]) -> Iterator[StoredArticle]:
        # A transaction per batch: a consumer may take hours, and SQLite cannot truncate its write-ahead log while a
        # reader's transaction is open.
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
        """Return the earlier versions of an article, the oldest first.

        The list is empty if the article has never changed, and also if the corpus has no such article.
        """
        with self._database.read() as connection:
            return article_loader.load_versions(connection, article_id)

    def similar(self, article_id: int) -> list[Similar]:
        """Return the near-duplicates of an article, the most similar first.

        Near-duplicates share at least half of their three-word sequences; see `storage.dedup.minhash`. The list is
        empty if there are none, and also if the corpus has no such article.
        """
        with self._database.read() as connection:
            return clusters.find_similar(connection, article_id)

    def list_urls(self, article_id: int) -> list[ArticleUrl]:
        """Return every URL that led to an article, in the order in which they were found.

        The canonical URL comes last unless the crawl has found it, too.
        """
        with self._database.read() as connection:
            return article_loader.load_urls(connection, article_id)

    def read_archived_page(self, article_id: int, *, archive_folder: Path | None = None) -> Exchange | None:
        """Return the archived page from which an article's current text was cleaned.

        Args:
            article_id: The article's id.
            archive_folder: Where the archive is, if not in the default `archive_folder`.

        Returns:
            The request and the response, or ``None`` if the page was not archived, or its record is missing or damaged.

        Raises:
            ArchiveError: A file of the archive exists but cannot be read.
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
        """Return the number of articles that match a query.

        Takes the query and the filters of `search`; without any, counts all articles.
        """
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
        """Return the number of matching articles for each value of a field.

        Args:
            by: ``"day"``, ``"week"``, ``"month"`` or ``"year"`` of publication in UTC, sorted by time; or ``"source"``,
                ``"group"``, ``"lang"``, ``"author"``, ``"editor"``, ``"agency"``, ``"tag"`` or ``"section"``, the most
                frequent first. ``"outcome"`` counts fetches instead of articles.
            query: The query of `search`; empty counts all articles.
            limit: Maximum number of values, ``None`` for all; ignored for periods.
            **filters: The filters of `search`.

        An article with several authors or tags is counted once for each. Spellings of a name or tag that differ only in
        case or accents are counted as one value.
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
        """Return the words that distinguish the matching articles from all others, the most distinctive first.

        Compares the newest 2,000 matching articles with the newest 2,000 others, by the smoothed log odds ratio (see
        `TermCount.weight`). Without a query and filters, returns the most frequent words with a weight of 0.0.
        """
        with self._database.read() as connection:
            return facets.find_distinctive_terms(connection, query, Filters(**filters), limit)

    def stats(self) -> Stats:
        """Return the totals of the corpus: articles, sources, fetches by outcome, size on disk.

        All counts come from indexes, so this is fast on large corpora, too.
        """
        with self._database.read() as connection:
            return corpus_stats.load_corpus_stats(connection, self._database.measure_size(connection))

    def sources(self) -> list[Source]:
        """Return all sources, sorted by key.

        This includes sources that have no articles yet; `Stats.by_source` has the number of articles of each.
        """
        with self._database.read() as connection:
            return sources.list_sources(connection)

    def list_failed_pages(
        self, *, source: str | None = None, outcome: str | None = None, limit: int = 50
    ) -> list[FailedPage]:
        """Return the pages whose last fetch produced no article, the latest first.

        Args:
            source: Only pages of this source: its key, URL or name, or the first part of its host.
            outcome: Only pages with this outcome, e.g. ``"http-404"`` or ``"too-short"``.
            limit: Maximum number of pages.
        """
        with self._database.read() as connection:
            return facets.list_failed_pages(connection, source, outcome, limit)

    # Saved queries

    def save_query(self, name: str, query: str) -> None:
        """Save a query under a name, to ask for its new articles later with `get_new_articles`.

        Replaces any query of that name and resets what counts as new: all articles it finds are new again.

        Raises:
            ValueError: The name is blank or longer than 100 characters.
        """
        with self._database.write() as connection:
            saved_queries.save_query(connection, name, query)

    def get_saved_query(self, name: str) -> SavedQuery:
        """Return the saved query of that name.

        Raises:
            SavedQueryNotFound: There is no such query; the message lists up to ten that exist.
        """
        with self._database.read() as connection:
            return saved_queries.get_saved_query(connection, name)

    def list_saved_queries(self) -> list[SavedQuery]:
        """Return all saved queries, sorted by name."""
        with self._database.read() as connection:
            return saved_queries.list_saved_queries(connection)

    def delete_query(self, name: str) -> None:
        """Delete a saved query. Articles are not affected.

        Raises:
            SavedQueryNotFound: There is no such query.
        """
        with self._database.write() as connection:
            saved_queries.delete_saved_query(connection, name)

    def get_new_articles(self, name: str, *, mark: bool = True) -> list[StoredArticle]:
        """Return the articles of a saved query that were stored since the last call, in the order of their arrival.

        An article counts as new by the time at which it was stored, not by its publication. An article that changes is
        not new again.

        Args:
            name: The name given to `save_query`.
            mark: Whether the next call leaves these articles out. ``False`` previews them.

        Raises:
            SavedQueryNotFound: There is no such query.
        """
        with self._database.read() as connection:
            query = saved_queries.get_saved_query(connection, name)
            # Read before the search: an article that is stored in between is then returned twice rather than never.
            newest = saved_queries.find_newest_article_id(connection)
            found = [each for each in search.search_ids(connection, query.query, Filters()) if each > query.seen_id]
        new = list(self._iter_articles(found))
        if mark:
            with self._database.write() as connection:
                saved_queries.mark_seen(connection, name, newest)
        return new

    # Changes

    def save(self, cleaned: Cleaned, url: str, *, fetched_at: datetime | None = None) -> int:
        """Store an article that was cleaned outside of a crawl, and return its id.

        If the corpus has the article, it is updated and its previous text becomes a version. The source is derived from
        the URL's host and created if necessary.

        Args:
            cleaned: The result of `cleaning.clean_and_explain`.
            url: The URL from which the page was fetched.
            fetched_at: When it was fetched, timezone-aware; ``None`` for now.

        Raises:
            ValueError: ``url`` is not an http or https URL, or the article was rejected, for example because it was
                erased before; the message has the outcome.
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
            raise ValueError(f"{url} was not stored: {outcome}")
        return article_id

    def erase(
        self, articles: Collection[int], urls: Collection[str] = (), *, archive_folder: Path | None = None
    ) -> ErasureReport:
        """Delete articles permanently: text, versions, credits, index entries and archived pages.

        All URLs of the articles, and the given ones, are never fetched again; only a hash of each remains. Finally the
        database is compacted, which rewrites the whole file and blocks other writers meanwhile.

        Args:
            articles: Ids of articles.
            urls: Further URLs to forget, whether or not they led to an article.
            archive_folder: Where the archive is, if not in the default `archive_folder`.

        Raises:
            ArchiveError: An archived page could not be overwritten. The database is unchanged then; try again.

        To erase all articles by an author::

            corpus.erase(corpus.find_article_ids(author="Ali Musa"))
        """
        return erase.erase_articles(self._database, articles, urls, archive_folder or self.archive_folder)

    def find_article_ids(self, *, author: str | None = None, source: str | None = None) -> list[int]:
        """Return the ids of all articles by an author, of a source, or both.

        This is meant for `erase`, so the author's whole name must match apart from case and accents: "Ali Musa" does
        not find articles by "Ali Musa Hassan". A source is matched as in `search`: "bbc" means every source whose host
        starts with ``bbc.``.
        """
        with self._database.read() as connection:
            return erase.find_article_ids(connection, author, source)

    def list_source_urls(self, source: str) -> list[str]:
        """Return every URL of a source that the frontier has, fetched or not.

        The source is named by its key, URL or name, or the first part of its host. Use it with `erase` to forget a
        source completely.
        """
        with self._database.read() as connection:
            return erase.list_source_urls(connection, source)
