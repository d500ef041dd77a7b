"""The crawl's memory: which addresses are known, which are to be fetched next, and what became of them.

An address is ``queued``, ``leased`` to a run, or ``done``. Its "done", its fetch and its article are
committed in one transaction: a killed run loses whole batches, never halves, and `Frontier.release_stale_leases`
returns what it held.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from storage.backends.chunks import iter_chunks
from storage.backends.database import Database
from storage.backends.ordering import newest_first
from storage.ingest import warc_imports
from storage.ingest.change_detection import FINAL_RETRY_DELAY
from storage.ingest.fetch_results import ROW_ERRORS, is_row_error, record_batch, record_fetch
from storage.schema.keys import hash_key, parse_host
from storage.schema.tables import DONE, LEASED, QUEUED, ArticleRow, FeedTextRow, FrontierRow, RunRow, TombstoneRow
from storage.values import Candidate, FetchedPage, Lease

REVISIT_PRIORITY = -1
"""The priority of a later look: behind everything new."""

_IS_READY = and_(
    FrontierRow.state == QUEUED,
    FrontierRow.source_id.in_(bindparam("sources", expanding=True)),
    or_(
        FrontierRow.not_before.is_(None),
        FrontierRow.not_before <= bindparam("now"),
        FrontierRow.not_before > bindparam("latest"),
    ),
    or_(FrontierRow.run_id.is_(None), FrontierRow.run_id != bindparam("run")),
)
_COUNT_READY = select(func.count()).where(_IS_READY)
_SELECT_NEXT_OF_HOST = (
    select(
        FrontierRow.id,
        FrontierRow.url,
        FrontierRow.source_id,
        FrontierRow.host,
        FrontierRow.found_in,
        FrontierRow.attempts,
        FrontierRow.published,
        FrontierRow.title,
        FrontierRow.article_id,
        FrontierRow.first_fetched_at,
        FrontierRow.etag,
        FrontierRow.last_modified,
    )
    .where(FrontierRow.host == bindparam("host"), _IS_READY)
    .order_by(FrontierRow.priority.desc(), newest_first(FrontierRow.published), FrontierRow.id)
    .limit(bindparam("limit"))
)
_QUEUE_DUE_REVISITS = (
    update(FrontierRow)
    .where(
        or_(FrontierRow.revisit_at <= bindparam("now"), FrontierRow.first_fetched_at > bindparam("now")),
        FrontierRow.revisit_at.is_not(None),
        FrontierRow.state == DONE,
        FrontierRow.source_id.in_(bindparam("sources", expanding=True)),
    )
    .values(state=QUEUED, priority=REVISIT_PRIORITY, not_before=None, run_id=None, revisit_at=None)
)
_SELECT_BY_KEY = select(*_SELECT_NEXT_OF_HOST.selected_columns).where(FrontierRow.key_hash == bindparam("key_hash"))
_MARK_LEASED = (
    update(FrontierRow)
    .where(FrontierRow.id.in_(bindparam("ids", expanding=True)))
    .values(state=LEASED, run_id=bindparam("run"))
)


def _select_queued_hosts() -> Select[str]:
    # A recursive query takes one step in the index a host; DISTINCT would read every address.
    queued = FrontierRow.state == QUEUED
    hosts = select(func.min(FrontierRow.host).label("host")).where(queued).cte("hosts", recursive=True)
    following = select(func.min(FrontierRow.host)).where(queued, FrontierRow.host > hosts.c.host)
    hosts = hosts.union_all(select(following.scalar_subquery()).where(hosts.c.host.is_not(None)))
    return select(hosts.c.host).where(hosts.c.host.is_not(None))


_SELECT_QUEUED_HOSTS = _select_queued_hosts()


class Frontier:
    """The frontier as one run sees it. Get it from `CrawlState.open_frontier`."""

    def __init__(self, database: Database, run_id: int) -> None:
        self._database = database
        self._run_id = run_id
        self._turns: dict[str, int] = {}
        self._turn = itertools.count(1)

    def add(self, candidates: Iterable[Candidate]) -> int:
        """Queue the addresses that are new, and say how many were. Known ones stay as they are.

        Known is what has the key of an address met before, be it as a redirect's target or as the address
        that an article names as its own.
        """
        now = datetime.now(UTC)
        unique = {hash_key(candidate.key): candidate for candidate in reversed(list(candidates))}
        added = 0
        with self._database.write() as connection:
            for hashes in iter_chunks(list(reversed(unique))):
                known = _find_known_hashes(connection, hashes)
                rows = [_build_queued_row(unique[key_hash], now) for key_hash in hashes if key_hash not in known]
                if rows:
                    connection.execute(insert(FrontierRow), rows)
                added += len(rows)
                _save_feed_texts(connection, {row["key_hash"]: unique[row["key_hash"]].content for row in rows})
        return added

    def queue_revisits(self, sources: Collection[int]) -> int:
        """Queue the articles of these sources whose time for a later look has come; how many they are.

        One that was first fetched in the future was so by a clock that was ahead, and its time has come, too.
        """
        with self._database.write() as connection:
            return connection.execute(
                _QUEUE_DUE_REVISITS, {"now": datetime.now(UTC), "sources": list(sources)}
            ).rowcount

    def get_feed_text(self, lease: Lease) -> str | None:
        """The full text that a feed has of a page, in HTML; ``None`` where none has."""
        with self._database.read() as connection:
            return connection.scalar(select(FeedTextRow.html).where(FeedTextRow.frontier_id == lease.id))

    def lease(self, limit: int, *, busy: Mapping[str, int], per_host: int, sources: Collection[int]) -> list[Lease]:
        """Take up to ``limit`` addresses of these sources for fetching; they are this run's from then on.

        Never more than ``per_host`` of a host, counting those it is ``busy`` with already. Hosts take turns,
        the one that waited longest first; within a host the highest priority goes first, then the newest,
        then the one found first. What this run has tried already is left to the next one.
        """
        queues: list[list[Lease]] = []
        ready = self._build_ready_parameters(sources)
        with self._database.write() as connection:
            for host in sorted(connection.scalars(_SELECT_QUEUED_HOSTS), key=lambda host: self._turns.get(host, 0)):
                free = min(limit - len(queues), per_host - busy.get(host, 0))
                if free > 0:
                    rows = connection.execute(_SELECT_NEXT_OF_HOST, ready | {"host": host, "limit": free}).all()
                    queues += [[Lease(**row._mapping) for row in rows]] if rows else []
            leases = _interleave_queues(queues)[: max(limit, 0)]
            taken = {"ids": [lease.id for lease in leases], "run": self._run_id}
            connection.execute(_MARK_LEASED, taken)
        self._turns |= {lease.host: next(self._turn) for lease in leases}
        return leases

    def _build_ready_parameters(self, sources: Collection[int]) -> dict[str, Any]:
        # A clock that was ahead may have noted times further off than anything ever waits: those are over.
        now = datetime.now(UTC)
        return {"sources": list(sources), "now": now, "latest": now + FINAL_RETRY_DELAY, "run": self._run_id}

    def claim(self, candidate: Candidate) -> Lease | None:
        """Lease one address whose page is at hand already; ``None`` where it is known and not waiting to be fetched."""
        self.add([candidate])
        with self._database.write() as connection:
            waiting = {"key_hash": hash_key(candidate.key)}
            row = connection.execute(_SELECT_BY_KEY.where(FrontierRow.state == QUEUED), waiting).one_or_none()
            if row is None:
                return None
            connection.execute(_MARK_LEASED, {"ids": [row.id], "run": self._run_id})
            return Lease(**row._mapping)

    def contains(self, key: str) -> bool:
        """Whether `add` would leave an address with this key as it is."""
        with self._database.read() as connection:
            return bool(_find_known_hashes(connection, [hash_key(key)]))

    def record_fetches(self, pages: Sequence[FetchedPage]) -> list[str]:
        """Record what became of leases, in one transaction, and give each page's final outcome.

        A page with an article ends as ``stored``, ``updated``, ``unchanged`` (its address gave the same
        before) or ``duplicate`` (another address of an article we have). The others keep their own outcome;
        failures that may pass go back to the queue for a later run. A page that the database refuses ends as
        ``storage-error`` and leaves its neighbours alone. Once this returns, all of it has been committed.
        """
        try:
            with self._database.write() as connection:
                return record_batch(connection, self._run_id, pages)
        except ROW_ERRORS as error:
            if not is_row_error(error):
                raise
        with self._database.write() as connection:
            return [record_fetch(connection, self._run_id, page) for page in pages]

    def is_known(self, key: str, fetched_at: datetime) -> bool:
        """Whether `import_pages` would leave out a page of that time, by `make_url_key` of its address."""
        with self._database.read() as connection:
            return warc_imports.is_known(connection, key, fetched_at)

    def import_pages(self, pages: Sequence[FetchedPage], progress: warc_imports.WarcImport) -> list[str]:
        """Record pages that come from a WARC file, in one transaction with how far the file has been read.

        Their leases have the number 0. Outcomes are those of `finish`, and ``known`` where the corpus has nothing to
        learn from a page: it has judged that very one before, or it has a later state of the article.
        """
        with self._database.write() as connection:
            outcomes = [warc_imports.import_page(connection, self._run_id, page) for page in pages]
            warc_imports.save_progress(connection, progress)
        return outcomes

    def release_stale_leases(self) -> int:
        """Return to the queue what dead runs held, and mark those runs ``interrupted``; says how many it was.

        The caller holds `CrawlState.lock`, so that every other run that has not finished is dead.
        """
        with self._database.write() as connection:
            released = connection.execute(
                update(FrontierRow)
                .where(FrontierRow.state == LEASED, FrontierRow.run_id != self._run_id)
                .values(state=QUEUED, run_id=None)
            ).rowcount
            connection.execute(
                update(RunRow)
                .where(RunRow.finished_at.is_(None), RunRow.id != self._run_id)
                .values(outcome="interrupted", finished_at=datetime.now(UTC))
            )
        return released

    def count_ready(self, sources: Collection[int]) -> int:
        """How many addresses of these sources `lease` could still give this run, were no host busy."""
        with self._database.read() as connection:
            return connection.scalar(_COUNT_READY, self._build_ready_parameters(sources)) or 0


def _find_known_hashes(connection: Connection, hashes: Sequence[bytes]) -> set[bytes]:
    met = select(FrontierRow.key_hash).where(FrontierRow.key_hash.in_(hashes))
    stored = select(ArticleRow.key_hash).where(ArticleRow.key_hash.in_(hashes))
    erased = select(TombstoneRow.key_hash).where(TombstoneRow.key_hash.in_(hashes))
    return set(connection.scalars(met.union(stored, erased)))


def _save_feed_texts(connection: Connection, contents: Mapping[bytes, str | None]) -> None:
    """Keep what feeds have of new addresses beside them: few have any, and the queue's rows stay small."""
    texts = {key_hash: html for key_hash, html in contents.items() if html}
    if texts:
        keys = select(FrontierRow.id, FrontierRow.key_hash).where(FrontierRow.key_hash.in_(list(texts)))
        rows = [{"frontier_id": id_, "html": texts[key_hash]} for id_, key_hash in connection.execute(keys)]
        connection.execute(insert(FeedTextRow), rows)


def _build_queued_row(candidate: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "source_id": candidate.source_id,
        "url": candidate.url,
        "key": candidate.key,
        "key_hash": hash_key(candidate.key),
        "host": parse_host(candidate.url),
        "found_in": candidate.found_in,
        "found_at": now,
        "priority": candidate.priority,
        "title": candidate.title,
        "published": _to_utc_or_none(candidate.published),
        "state": QUEUED,
        "attempts": 0,
    }


def _interleave_queues(queues: Sequence[Sequence[Lease]]) -> list[Lease]:
    """One of each, then the second of each, and so on."""
    return [lease for turn in itertools.zip_longest(*queues) for lease in turn if lease is not None]


def _to_utc_or_none(published: datetime | None) -> datetime | None:
    """A feed's date, unless it lies beyond what there is in UTC."""
    try:
        return published.astimezone(UTC) if published and published.tzinfo else published
    except OverflowError:
        return None
