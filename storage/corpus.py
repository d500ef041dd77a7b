"""The corpus: the one door to the database of articles."""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from sqlalchemy import insert, update

from cleaning.article import Cleaned
from cleaning.urls import same_article_key, site_of
from storage.admin import copy, erase, maintenance, sql_query
from storage.admin.copy import Told, nobody
from storage.admin.migrate import prepare, revision_of
from storage.archive.folder import Archive, Exchange
from storage.backends.connect import open_database
from storage.backends.database import Database
from storage.backends.url import address_of
from storage.dedup import clusters
from storage.errors import ArchivedPageDamaged, ArchivedPageGone, ArticleNotFound
from storage.frontier import sources
from storage.frontier.frontier import Frontier
from storage.ingest import warc_imports
from storage.ingest.warc_imports import WarcImport
from storage.monitoring import source_history, stats
from storage.monitoring.source_history import Lack
from storage.schema.tables import ArticleRow, RunRow
from storage.search import article_loader, facets, saved_queries, search
from storage.search.facets import By
from storage.search.filters import FilterOptions, Filters
from storage.search.search import Order
from storage.values import (
    Alias,
    Candidate,
    Count,
    Erased,
    Failure,
    Feed,
    FeedKind,
    FetchedPage,
    Hits,
    Host,
    Lease,
    Run,
    SavedQuery,
    Similar,
    Source,
    SourceDay,
    SourceHistory,
    SourceRun,
    SourceStanding,
    Stats,
    StoredArticle,
    TermCount,
    Version,
)

if TYPE_CHECKING:
    from cleaning.site_rules import Sites
    from storage.admin.reclean import Recleaned

PAGE = 100
"""Articles read at once by `Corpus.iter`."""


class Corpus:
    """A database of cleaned articles, and the crawl's memory in it. Close it, or use it in ``with``.

    Any thread may use it. Every method raises a `CorpusError` where the database is locked, damaged, full or
    may not be written.

    >>> corpus = Corpus.open("sqlite:////nowhere/corpus.db")
    Traceback (most recent call last):
    storage.errors.CorpusNotFound: there is no corpus at /nowhere/corpus.db
    """

    def __init__(self, database: Database) -> None:
        """For `open`, which knows that the database is a corpus."""
        self._database = database

    @classmethod
    def open(cls, url: str, *, create: bool = False, read_only: bool = False) -> Self:
        """Open the corpus at ``sqlite:///corpus.db``, ``corpus.db``, ``postgresql://…`` or ``mariadb://…``, its schema
        brought up to date.

        ``create`` makes one where there is none. Before the schema of an older corpus is upgraded, a copy of
        its file is kept beside it. ``read_only`` works on files that cannot be written, and changes nothing.

        Raises `CorpusNotFound`, `NotACorpus`, `CorpusTooNew`, `CorpusReadOnly` (``read_only`` would help),
        `CorpusLocked`, or plain `CorpusError` for what is no address and for servers that refuse one.
        """
        database = open_database(address_of(url), create=create, read_only=read_only)
        try:
            prepare(database, create=create)
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

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        order: Order = "relevance",
        after: str | None = None,
        collapse: bool = False,
        **filters: Unpack[FilterOptions],
    ) -> Hits:
        """The best articles for what a person typed (see `storage.search.query_parser`), or the newest of all.

        Never raises over a query. An empty one asks for the newest articles that pass the filters; one
        without any letter or digit finds nothing. ``since`` and ``until`` (inclusive) limit the publication:
        dates are days in UTC, datetimes must be timezone-aware (else `ValueError`); articles without a date
        then stay out. ``language`` is an ISO 639-1 code, ``source`` a source's key, address or name.

        ``after`` is the ``next`` of an earlier search for the same, to go on behind it (else `ValueError`). With
        ``collapse``, of articles that tell nearly the same only the first one comes.
        """
        with self._database.read() as connection:
            return search.hits(connection, query, Filters(**filters), order, limit, after=after, collapse=collapse)

    def get(self, article_id: int) -> StoredArticle:
        """The article of that number. Raises `ArticleNotFound`."""
        with self._database.read() as connection:
            row = connection.execute(article_loader.articles().where(ArticleRow.id == article_id)).one_or_none()
        if row is None:
            raise ArticleNotFound(f"the corpus holds no article {article_id}")
        return article_loader.article_of(row)

    def find(self, url: str) -> StoredArticle | None:
        """The article that an address leads to, however it is spelled; ``None`` where the corpus has none."""
        with self._database.read() as connection:
            article_id = article_loader.id_of_address(connection, url)
        return None if article_id is None else self.get(article_id)

    def versions(self, article_id: int) -> list[Version]:
        """What an article said before it changed, the oldest first; empty where it never did."""
        with self._database.read() as connection:
            return article_loader.versions_of(connection, article_id)

    def iter(
        self,
        query: str = "",
        **filters: Unpack[FilterOptions],
    ) -> Iterator[StoredArticle]:
        """All articles that `search` could find, in the order they were stored, in constant memory.

        It is settled at the first one which articles come; a crawl may write meanwhile.
        """
        with self._database.read() as connection:
            ids = search.ids(connection, query, Filters(**filters))
        yield from self._articles(ids)

    def _articles(self, ids: Sequence[int]) -> Iterator[StoredArticle]:
        for start in range(0, len(ids), PAGE):
            page = article_loader.articles().where(ArticleRow.id.in_(ids[start : start + PAGE])).order_by(ArticleRow.id)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            yield from map(article_loader.article_of, rows)

    def count(
        self,
        query: str = "",
        **filters: Unpack[FilterOptions],
    ) -> int:
        """How many articles `search` could find."""
        with self._database.read() as connection:
            return len(search.ids(connection, query, Filters(**filters)))

    def page(self, article_id: int, *, archive_folder: Path | None = None) -> Exchange | None:
        """The page that gave an article its present text, from the archive; ``None`` where that does not give it.

        Raises `ArchiveError` where a file of the archive cannot be read.
        """
        with self._database.read() as connection:
            pointer = article_loader.pages_of(connection, [article_id]).get(article_id)
        try:
            return Archive(archive_folder or self.archive_folder).read(pointer) if pointer else None
        except (ArchivedPageGone, ArchivedPageDamaged):
            return None

    def similar(self, article_id: int) -> list[Similar]:
        """The articles that tell nearly the same as one, the most similar first: see `storage.dedup.minhash`."""
        with self._database.read() as connection:
            return clusters.similar(connection, article_id)

    def aliases(self, article_id: int) -> list[Alias]:
        """Every address that leads to an article, the one found first in front."""
        with self._database.read() as connection:
            return article_loader.aliases_of(connection, article_id)

    def counts(
        self,
        by: By,
        query: str = "",
        *,
        limit: int | None = None,
        **filters: Unpack[FilterOptions],
    ) -> list[Count]:
        """How many articles `search` could find: by day, week (its Monday), month or year of publication, in order.

        Or by source, language, author, editor, agency, tag or section, the most first. By outcome, fetches are counted.
        """
        with self._database.read() as connection:
            return facets.counts(connection, query, Filters(**filters), by, limit)

    def terms(
        self,
        query: str = "",
        *,
        limit: int = 30,
        **filters: Unpack[FilterOptions],
    ) -> list[TermCount]:
        """The words that articles have more often than the others, the most telling first.

        Looked at are the 2,000 newest of each. Where nothing is asked for, the most frequent words.
        """
        with self._database.read() as connection:
            return facets.terms(connection, query, Filters(**filters), limit)

    def failures(self, *, source: str | None = None, outcome: str | None = None, limit: int = 50) -> list[Failure]:
        """The pages that gave no article at their last attempt, the latest first."""
        with self._database.read() as connection:
            return facets.failures(connection, source, outcome, limit)

    def save_query(self, name: str, query: str) -> None:
        """Keep a query under a name; one of that name is replaced. Raises `ValueError` for what is no name."""
        with self._database.write() as connection:
            saved_queries.save(connection, name, query)

    def saved_query(self, name: str) -> SavedQuery:
        """The query of that name. Raises `SavedQueryNotFound`."""
        with self._database.read() as connection:
            return saved_queries.named(connection, name)

    def saved_queries(self) -> list[SavedQuery]:
        """Every saved query, by its name."""
        with self._database.read() as connection:
            return saved_queries.all_saved(connection)

    def forget_query(self, name: str) -> None:
        """Remove a saved query. Raises `SavedQueryNotFound`."""
        with self._database.write() as connection:
            saved_queries.forget(connection, name)

    def new_articles(self, name: str, *, mark: bool = True) -> list[StoredArticle]:
        """What a saved query finds that is new since its new articles were last asked for, the oldest first.

        With ``mark``, the next time begins behind them. Raises `SavedQueryNotFound`.
        """
        with self._database.read() as connection:
            query = saved_queries.named(connection, name)
            newest = saved_queries.newest_article(connection)
            found = [each for each in search.ids(connection, query.query, Filters()) if each > query.seen_id]
        new = list(self._articles(found))
        if mark:
            with self._database.write() as connection:
                saved_queries.mark_seen(connection, name, newest)
        return new

    def save(self, cleaned: Cleaned, url: str, *, fetched_at: datetime | None = None) -> int:
        """Keep an article that was cleaned elsewhere, under its address; the number of the article that holds it.

        One that is known is brought up to date, and its earlier text becomes a version. Raises `ValueError` for what is
        no address, and for an article that was erased.
        """
        key = same_article_key(url)
        moment = fetched_at or datetime.now(UTC)
        source = self.source_for(site_of(url))
        lease = Lease(0, url, source.id, site_of(url), "given", 0, None)
        page = FetchedPage(lease, url, None, "article", None, moment, 0, 0, cleaned, article_key=key)
        with self._database.write() as connection:
            run_id = connection.execute(insert(RunRow).returning(RunRow.id), _given(moment)).scalar_one()
            outcome = warc_imports.keep(connection, run_id, page)
            article_id = article_loader.id_of_address(connection, url)
        if article_id is None:
            raise ValueError(f"{url} is not kept: {outcome}")
        return article_id

    def erase(
        self, articles: Collection[int], addresses: Collection[str] = (), *, archive_folder: Path | None = None
    ) -> Erased:
        """Remove articles for good, and have addresses never fetched again: text, versions, index, archived pages.

        The database is compacted in the end, which rewrites it. Raises `ArchiveError` where a page cannot be erased;
        then nothing has been.
        """
        return erase.erase(self._database, articles, addresses, archive_folder or self.archive_folder)

    def articles_by(self, *, author: str | None = None, source: str | None = None) -> list[int]:
        """The numbers of all articles by an author, of a source, or both, named whole."""
        with self._database.read() as connection:
            return erase.named_by(connection, author, source)

    def addresses_of(self, source: str) -> list[str]:
        """Every address of a source that the crawl knows."""
        with self._database.read() as connection:
            return erase.addresses_of(connection, source)

    def reclean(
        self,
        *,
        archive_folder: Path | None = None,
        everything: bool = False,
        dry_run: bool = False,
        workers: int | None = None,
        sites: "Sites | None" = None,
    ) -> Generator["Recleaned", None, None]:
        """Clean articles anew by the present rules, from their archived pages: see `storage.admin.reclean`."""
        from cleaning.site_rules import NO_SITES  # with all of the cleaner, which whoever only asks need not wait for
        from storage.admin import reclean

        archive = Archive(archive_folder or self.archive_folder)
        return reclean.reclean(
            self._database, archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites or NO_SITES
        )

    def count_stale(self, *, everything: bool = False) -> int:
        """How many articles `reclean` would look at."""
        from storage.admin import reclean

        with self._database.read() as connection:
            return reclean.count_stale(connection, everything=everything)

    def problems(self) -> list[str]:
        """What is wrong with the corpus, as sentences; empty where all is well."""
        return maintenance.problems(self._database)

    def reindex(self) -> int:
        """Make the search index, credits, tags and near-duplicates anew from the articles; says how many there are."""
        return maintenance.reindex(self._database)

    def compact(self) -> None:
        """Rewrite the database without the space of what was deleted; others wait meanwhile."""
        self._database.compact()

    def backup(self, target: Path, told: Told = nobody) -> None:
        """Write the corpus as it is now into an SQLite file. Raises `CorpusError` where there is one of that name."""
        maintenance.backup(self._database, target, told)

    def restore(self, backup: Path, told: Told = nobody) -> None:
        """Hold what a backup holds, instead of what is held now; a database on a server must be empty."""
        maintenance.restore(backup, self._database, told)

    def copy_to(self, other: "Corpus", told: Told = nobody) -> dict[str, int]:
        """Copy every row into an empty corpus, and compare; gives the number of rows by table."""
        return copy.copy(self._database, other._database, told)

    def sql(self, statement: str) -> AbstractContextManager[tuple[list[str], Iterator[tuple[Any, ...]]]]:
        """The names of the columns and the rows that a question in SQL gives, for ``with``.

        Raises `NotReadOnly` for a statement that is no question, and `CorpusError` for one that the database refuses.
        """
        return sql_query.ask(self._database, statement)

    def stats(self) -> Stats:
        """The corpus in figures."""
        with self._database.read() as connection:
            return stats.stats(connection, self._database.size(connection))

    def runs(self, limit: int = 20) -> list[Run]:
        """The last runs, the newest first."""
        with self._database.read() as connection:
            return stats.runs(connection, limit)

    @property
    def name(self) -> str:
        """Its address, for people: without a password."""
        return self._database.name

    @property
    def revision(self) -> str:
        """The revision of its schema."""
        with self._database.read() as connection:
            return revision_of(connection, self._database) or ""

    @property
    def archive_folder(self) -> Path:
        """The folder that fetched pages are archived in, where no other is chosen: beside the file, or for a database
        on a server, here and called like it."""
        address = self._database.address
        if address.path is not None:
            return address.path.with_name(f"{address.path.name}.warc")
        return Path(f"{address.shown.rpartition('/')[2]}.warc")

    def runs_before(self, run_id: int, limit: int = 20) -> list[Run]:
        """The last runs before the one of that number, the oldest first."""
        with self._database.read() as connection:
            return stats.runs(connection, limit, before=run_id)[::-1]

    def run(self, run_id: int) -> Run | None:
        """The run of that number; ``None`` where there is none."""
        with self._database.read() as connection:
            return source_history.run_of_number(connection, run_id)

    def lock(self) -> AbstractContextManager[Callable[[], None]]:
        """The crawl's lock on this corpus, for ``with``. Raises `CorpusBusy` where another crawl holds it.

        ``with`` gives a function that makes sure of it where the corpus's server has been away: it raises `CorpusLost`
        or `CorpusNotFound` as long as that does not answer, and `CorpusBusy` where another crawl was quicker.
        """
        return self._database.lock()

    def start_run(self, arguments: str) -> int:
        """Note that a run has begun, with what it was asked to do for people to read; gives its number."""
        row = {"started_at": datetime.now(UTC), "arguments": arguments, "summary": {}}
        with self._database.write() as connection:
            return connection.execute(insert(RunRow).returning(RunRow.id), row).scalar_one()

    def finish_run(self, run_id: int, summary: Mapping[str, int], outcome: str) -> None:
        """Note how a run ended, with its counts and the slug of its outcome."""
        values = {"finished_at": datetime.now(UTC), "summary": dict(summary), "outcome": outcome}
        with self._database.write() as connection:
            connection.execute(update(RunRow).where(RunRow.id == run_id), values)

    def frontier(self, run_id: int) -> Frontier:
        """The crawl's memory, as the run of that number uses it."""
        return Frontier(self._database, run_id)

    def warc_import(self, path: str, selection: str, size: int) -> WarcImport:
        """How far a WARC file of that size has been read, as far as ``selection`` says what is wanted of it.

        ``path`` is absolute. What was asked for with another selection is another import.
        """
        with self._database.write() as connection:
            return warc_imports.begin(connection, path, selection, size)

    def source_for(self, site: str, name: str | None = None) -> Source:
        """The source of an address, host or key, made where it is new; a name given replaces the old one.

        Raises `ValueError` for what is no site.
        """
        with self._database.write() as connection:
            return sources.source_for(connection, site, name)

    def sources(self) -> list[Source]:
        """Every source that the corpus knows, by its key."""
        with self._database.read() as connection:
            return sources.all_sources(connection)

    def save_profile(self, source_id: int, profile: str) -> None:
        """Keep what the crawl has learned of a source, as JSON."""
        with self._database.write() as connection:
            sources.save_profile(connection, source_id, profile)

    def host(self, name: str) -> Host:
        """What a host has asked for; a `Host` with its name alone where nothing is known."""
        with self._database.read() as connection:
            return sources.host_of_name(connection, name)

    def save_host(self, host: Host) -> None:
        """Keep what a host has asked for, instead of what was known. Times are timezone-aware."""
        with self._database.write() as connection:
            sources.save_host(connection, host)

    def source_runs(
        self, *, run_id: int | None = None, source_id: int | None = None, limit: int = 10_000
    ) -> list[SourceRun]:
        """What runs did on sources, the latest run first; of one run, of one source, or of all."""
        with self._database.read() as connection:
            return sources.source_runs(connection, run_id=run_id, source_id=source_id, limit=limit)

    def save_source_runs(self, source_runs: Iterable[SourceRun]) -> None:
        """Keep what a run did on its sources."""
        with self._database.write() as connection:
            sources.save_source_runs(connection, source_runs)

    def walked(self, source_id: int, since: datetime) -> dict[str, str | None]:
        """The source's lists that walks back to ``since``, or further, have read, by address.

        Each with the address of the page where it goes on; ``None`` where it was read to its end.
        """
        with self._database.read() as connection:
            return sources.walked(connection, source_id, since)

    def save_walk(self, source_id: int, url: str, since: datetime, next_url: str | None = None) -> None:
        """Note that a walk back to ``since`` has read a list, to its end or up to ``next_url``."""
        with self._database.write() as connection:
            sources.save_walk(connection, source_id, url, since, next_url)

    def candidates(self, source_id: int) -> list[Candidate]:
        """The addresses of a source in the frontier, in the order in which they would be fetched."""
        with self._database.read() as connection:
            return list(sources.candidates(connection, source_id))

    def source_history(self, look: SourceRun) -> SourceHistory:
        """What is known of a source from before a run looked at it."""
        with self._database.read() as connection:
            return source_history.history(connection, look.source_id, look.run_id, look.at, bool(look.outcomes))

    def source_days(self, source_id: int, now: datetime) -> list[SourceDay]:
        """The days on which a source was looked at until now, the oldest first: 10,000 looks, and 400 days at most."""
        with self._database.read() as connection:
            return source_history.days(connection, source_id, None, now)

    def source_standings(self) -> list[SourceStanding]:
        """How every source stands, by its key."""
        with self._database.read() as connection:
            return source_history.standings(connection)

    def outcomes_since(self, since: datetime) -> dict[int, Mapping[str, int]]:
        """What became of the pages of each source, by its number, since then; only of those with any."""
        with self._database.read() as connection:
            return dict(source_history.outcomes_since(connection, since))

    def waits(self, run_id: int) -> dict[int, tuple[int, int]]:
        """By source, the pages that a run asked for, and the milliseconds that their answers took together."""
        with self._database.read() as connection:
            return source_history.waits(connection, run_id)

    def pages_with(
        self, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int = 3
    ) -> list[str]:
        """Addresses of a source's pages that ended so in these runs, the last ones first."""
        with self._database.read() as connection:
            return source_history.pages_with(connection, source_id, run_ids, outcomes, limit)

    def articles_without(self, source_id: int, run_ids: Collection[int], lack: Lack, limit: int = 3) -> list[str]:
        """Addresses of a source's articles that were stored in these runs and have no title, date or author."""
        with self._database.read() as connection:
            return source_history.articles_without(connection, source_id, run_ids, lack, limit)

    def shortest_articles(self, source_id: int, run_ids: Collection[int], limit: int = 3) -> list[str]:
        """Addresses of the shortest articles of a source that were stored in these runs."""
        with self._database.read() as connection:
            return source_history.shortest_articles(connection, source_id, run_ids, limit)

    def feeds(self, source_id: int) -> list[Feed]:
        """The pages of a source that list articles, the one found first in front."""
        with self._database.read() as connection:
            return sources.feeds_of(connection, source_id)

    def save_feed(
        self,
        source_id: int,
        url: str,
        kind: FeedKind,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        body_hash: str | None = None,
        polled_at: datetime | None = None,
        changed_at: datetime | None = None,
        entries: int = 0,
        interval: int | None = None,
        next_poll_at: datetime | None = None,
        validated: int = 0,
        failures: int = 0,
    ) -> Feed:
        """Make a feed known, or, with ``polled_at``, note what a look at it gave.

        Without ``polled_at`` a feed that is known stays as it is. With it, all that is given replaces what
        was noted before, ``None`` too; only ``changed_at`` stays where it is ``None``. Times are
        timezone-aware.
        """
        poll = {
            "etag": etag,
            "last_modified": last_modified,
            "body_hash": body_hash,
            "polled_at": polled_at,
            "changed_at": changed_at,
            "entries": entries,
            "interval": interval,
            "next_poll_at": next_poll_at,
            "validated": validated,
            "failures": failures,
        }
        with self._database.write() as connection:
            return sources.save_feed(connection, source_id, url, kind, poll)


def _given(moment: datetime) -> dict[str, Any]:
    return {
        "started_at": moment,
        "finished_at": moment,
        "arguments": "save",
        "outcome": "finished",
        "summary": {},
    }
