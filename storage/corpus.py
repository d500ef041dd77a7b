"""The corpus: the one door to the database of articles."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import insert, update

from storage import figures, health, imports, opening, reading, searching, sources
from storage.address import file_of
from storage.database import Database
from storage.errors import ArticleNotFound
from storage.filters import Filters
from storage.frontier import Frontier
from storage.imports import WarcImport
from storage.lock import locked
from storage.models import ArticleRow, RunRow
from storage.schema import prepare
from storage.searching import Order
from storage.values import (
    Candidate,
    Feed,
    FeedKind,
    Hit,
    Host,
    Run,
    Source,
    SourceDay,
    SourceHistory,
    SourceRun,
    SourceStanding,
    Stats,
    StoredArticle,
    Version,
)

PAGE = 200
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
        """Open the corpus at ``sqlite:///corpus.db`` or ``corpus.db``, its schema brought up to date.

        ``create`` makes one where there is none. Before the schema of an older corpus is upgraded, a copy of
        its file is kept beside it. ``read_only`` works on files that cannot be written, and changes nothing.

        Raises `CorpusNotFound`, `NotACorpus`, `CorpusTooNew`, `CorpusReadOnly` (``read_only`` would help),
        `CorpusLocked`, or plain `CorpusError` for addresses of other databases.
        """
        path = file_of(url)
        opening.check(path, create=create and not read_only, read_only=read_only)
        database = Database(path, read_only=read_only)
        try:
            prepare(database)
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
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        language: str | None = None,
        source: str | None = None,
        limit: int = 20,
        order: Order = "relevance",
    ) -> list[Hit]:
        """The best articles for what a person typed (see `storage.query`), or the newest of all that match.

        Never raises over a query. An empty one asks for the newest articles that pass the filters; one
        without any letter or digit finds nothing. ``since`` and ``until`` (inclusive) limit the publication:
        dates are days in UTC, datetimes must be timezone-aware (else `ValueError`); articles without a date
        then stay out. ``language`` is an ISO 639-1 code, ``source`` a source's key, address or name.
        """
        filters = Filters(since=since, until=until, language=language, source=source)
        with self._database.read() as connection:
            return searching.hits(connection, query, filters, order, limit)

    def get(self, article_id: int) -> StoredArticle:
        """The article of that number. Raises `ArticleNotFound`."""
        with self._database.read() as connection:
            row = connection.execute(reading.articles().where(ArticleRow.id == article_id)).one_or_none()
        if row is None:
            raise ArticleNotFound(f"the corpus holds no article {article_id}")
        return reading.article_of(row)

    def find(self, url: str) -> StoredArticle | None:
        """The article that an address leads to, however it is spelled; ``None`` where the corpus has none."""
        with self._database.read() as connection:
            article_id = reading.id_of_address(connection, url)
        return None if article_id is None else self.get(article_id)

    def versions(self, article_id: int) -> list[Version]:
        """What an article said before it changed, the oldest first; empty where it never did."""
        with self._database.read() as connection:
            return reading.versions_of(connection, article_id)

    def iter(
        self,
        query: str = "",
        *,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        language: str | None = None,
        source: str | None = None,
    ) -> Iterator[StoredArticle]:
        """All articles that `search` could find, in the order they were stored, in constant memory.

        It is settled at the first one which articles come; a crawl may write meanwhile.
        """
        filters = Filters(since=since, until=until, language=language, source=source)
        with self._database.read() as connection:
            ids = searching.ids(connection, query, filters)
        for start in range(0, len(ids), PAGE):
            page = reading.articles().where(ArticleRow.id.in_(ids[start : start + PAGE])).order_by(ArticleRow.id)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            yield from map(reading.article_of, rows)

    def stats(self) -> Stats:
        """The corpus in figures."""
        with self._database.read() as connection:
            return figures.stats(connection, self._database.path)

    def runs(self, limit: int = 20) -> list[Run]:
        """The last runs, the newest first."""
        with self._database.read() as connection:
            return figures.runs(connection, limit)

    @property
    def archive_folder(self) -> Path:
        """The folder beside the database that fetched pages are archived in, where no other is chosen."""
        path = self._database.path
        return path.with_name(f"{path.name}.warc")

    def runs_before(self, run_id: int, limit: int = 20) -> list[Run]:
        """The last runs before the one of that number, the oldest first."""
        with self._database.read() as connection:
            return figures.runs(connection, limit, before=run_id)[::-1]

    def run(self, run_id: int) -> Run | None:
        """The run of that number; ``None`` where there is none."""
        with self._database.read() as connection:
            return health.run_of_number(connection, run_id)

    def lock(self) -> AbstractContextManager[None]:
        """The crawl's lock on this corpus, for ``with``. Raises `CorpusBusy` where another crawl holds it."""
        return locked(self._database.path)

    def start_run(self, arguments: str) -> int:
        """Note that a run has begun, with what it was asked to do for people to read; gives its number."""
        row = {"started_at": datetime.now(UTC), "arguments": arguments, "summary": {}}
        with self._database.write() as connection:
            return connection.scalars(insert(RunRow).returning(RunRow.id), row).one()

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
            return imports.begin(connection, path, selection, size)

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
            return health.history(connection, look.source_id, look.run_id, look.at, bool(look.outcomes))

    def source_days(self, source_id: int, now: datetime) -> list[SourceDay]:
        """The days on which a source was looked at until now, the oldest first: 10,000 looks, and 400 days at most."""
        with self._database.read() as connection:
            return health.days(connection, source_id, None, now)

    def source_standings(self) -> list[SourceStanding]:
        """How every source stands, by its key."""
        with self._database.read() as connection:
            return health.standings(connection)

    def outcomes_since(self, since: datetime) -> dict[int, Mapping[str, int]]:
        """What became of the pages of each source, by its number, since then; only of those with any."""
        with self._database.read() as connection:
            return dict(health.outcomes_since(connection, since))

    def waits(self, run_id: int) -> dict[int, tuple[int, int]]:
        """By source, the pages that a run asked for, and the milliseconds that their answers took together."""
        with self._database.read() as connection:
            return health.waits(connection, run_id)

    def pages_with(
        self, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int = 3
    ) -> list[str]:
        """Addresses of a source's pages that ended so in these runs, the last ones first."""
        with self._database.read() as connection:
            return health.pages_with(connection, source_id, run_ids, outcomes, limit)

    def articles_without(
        self, source_id: int, run_ids: Collection[int], lack: health.Lack, limit: int = 3
    ) -> list[str]:
        """Addresses of a source's articles that were stored in these runs and have no title, date or author."""
        with self._database.read() as connection:
            return health.articles_without(connection, source_id, run_ids, lack, limit)

    def shortest_articles(self, source_id: int, run_ids: Collection[int], limit: int = 3) -> list[str]:
        """Addresses of the shortest articles of a source that were stored in these runs."""
        with self._database.read() as connection:
            return health.shortest_articles(connection, source_id, run_ids, limit)

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
