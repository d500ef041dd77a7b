"""The frontier: which URLs are known, which are fetched next, and their outcomes.

A URL is ``queued``, ``leased`` to a run, or ``done``. The end of its lease, its fetch and its article are committed in
one transaction. So a run that is killed loses at most the batches that it had not committed, and
`Frontier.release_stale_leases` returns their URLs to the queue.
"""

import itertools
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from cleaning.article import Article
from cleaning.times import convert_to_utc
from storage.backends.chunks import iter_chunks
from storage.backends.database import Database
from storage.backends.ordering import newest_first
from storage.frontier import retries
from storage.frontier.relisting import (
    REVISIT_PRIORITY,
    KnownUrl,
    Listed,
    decide_relistings,
    select_changed_at,
)
from storage.ingest import warc_imports
from storage.ingest.fetch_results import ROW_ERRORS, is_row_error, record_batch, record_fetch, update_by_columns
from storage.ingest.retry_policy import LONGEST_DELAY
from storage.ingest.take_back import take_back_repeated
from storage.schema.keys import hash_key, parse_host
from storage.schema.tables import DONE, LEASED, QUEUED, ArticleRow, FeedEntryRow, FrontierRow, RunRow, TombstoneRow
from storage.values import Candidate, FeedEntry, FetchedPage, Lease

IDLE_SECONDS = 60.0
"""Seconds after which a host that had no URL ready is asked for one again: a retry may have become due."""

# A URL is ready if its retry is due, and this run has not failed to fetch it already. A ``not_before`` that is further
# away than any retry delay was written while the clock was ahead, and would wait for years: it counts as due.
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
# An article that was "first fetched" in the future was fetched while the clock was ahead: its revisit counts as due.
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
    # A recursive query takes one step in the index for each host; DISTINCT would read every queued URL.
    queued = FrontierRow.state == QUEUED
    hosts = select(func.min(FrontierRow.host).label("host")).where(queued).cte("hosts", recursive=True)
    following = select(func.min(FrontierRow.host)).where(queued, FrontierRow.host > hosts.c.host)
    hosts = hosts.union_all(select(following.scalar_subquery()).where(hosts.c.host.is_not(None)))
    return select(hosts.c.host).where(hosts.c.host.is_not(None))


_SELECT_QUEUED_HOSTS = _select_queued_hosts()


class Frontier:
    """The frontier of one run. Get it from `CrawlState.open_frontier`; any thread may use it.

    Every method is one transaction, and raises a `CorpusError` if the database is locked, damaged, full or read-only.
    """

    def __init__(self, database: Database, run_id: int) -> None:
        self._database = database
        self._run_id = run_id
        self._idle_until: dict[str, float] = {}
        """Hosts that had no URL ready, with the monotonic time until which they are not asked for again. Hundreds of
        hosts may have nothing but retries that are not due."""
        self._leased_sources: frozenset[int] = frozenset()
        self._turns: dict[str, int] = {}
        self._turn = itertools.count(1)

    def add(self, candidates: Iterable[Candidate]) -> set[str]:
        """Queue the URLs that are new, and return their keys.

        A URL is known if its key is in the frontier (queued, done, or the target of a redirect), is the key of a stored
        article, or was erased. If candidates share a key, the first one is used. A known URL is queued again if its
        listing gives a reason for that: see `storage.frontier.relisting`. So the candidates of one listing belong into
        one call, as far as it is not too long.
        """
        now = datetime.now(UTC)
        # A dict keeps the last of equal keys, so both reversals together keep the first, and the order.
        unique = {hash_key(candidate.key): candidate for candidate in reversed(list(candidates))}
        guids = _hash_guids(unique)
        added: set[str] = set()
        relisted: list[tuple[KnownUrl, Listed]] = []
        with self._database.write() as connection:
            for hashes in iter_chunks(list(reversed(unique))):
                known = {row.key_hash: row for row in _load_known_urls(connection, hashes)}
                taken = known.keys() | _find_taken_hashes(connection, hashes)
                rows = [
                    _build_queued_row(unique[key_hash], guids.get(key_hash), now)
                    for key_hash in hashes
                    if key_hash not in taken
                ]
                if rows:
                    connection.execute(insert(FrontierRow), rows)
                for row in rows:
                    self._idle_until.pop(row["host"], None)
                added.update(row["key"] for row in rows)
                _save_feed_entries(connection, {row["key_hash"]: unique[row["key_hash"]] for row in rows})
                relisted += [
                    (row, _describe_listed(unique[key_hash], guids.get(key_hash), now))
                    for key_hash, row in known.items()
                ]
            changes = decide_relistings(relisted, now, self._run_id)
            update_by_columns(connection, FrontierRow, changes)
        if changes:
            self._idle_until.clear()
        return added

    def queue_revisits(self, sources: Collection[int]) -> int:
        """Queue the articles of these sources that are due for a revisit, and return how many there are.

        They are queued with `REVISIT_PRIORITY`, after everything new. Called at the start of a run. Retries of URLs
        that no listing names any more are given up at the same time.
        """
        self._idle_until.clear()
        with self._database.write() as connection:
            retries.give_up_unlisted(connection, sources, datetime.now(UTC))
            return connection.execute(
                _QUEUE_DUE_REVISITS, {"now": datetime.now(UTC), "sources": list(sources)}
            ).rowcount

    def list_outcomes(self, sources: Collection[int]) -> set[str]:
        """Return the outcomes that URLs of these sources have had at their last fetch."""
        with self._database.read() as connection:
            return retries.list_outcomes(connection, sources)

    def queue_outcomes(self, sources: Collection[int], outcomes: Collection[str]) -> int:
        """Queue the URLs of these sources whose last fetch had one of these outcomes; return how many there are.

        Their attempts are counted from the start. For users who ask for it: `cleanwire crawl --retry`.
        """
        self._idle_until.clear()
        with self._database.write() as connection:
            return retries.queue_outcomes(connection, sources, outcomes)

    def get_feed_entry(self, lease: Lease) -> FeedEntry:
        """Return what the feed says of a page; an empty entry if it says nothing.

        Its text is used if the page cannot be fetched, the rest if the page lacks it.
        """
        columns = select(FeedEntryRow.html, FeedEntryRow.authors, FeedEntryRow.tags)
        with self._database.read() as connection:
            row = connection.execute(columns.where(FeedEntryRow.frontier_id == lease.id)).one_or_none()
        return FeedEntry(row.html, tuple(row.authors), tuple(row.tags)) if row else FeedEntry()

    def lease(self, limit: int, *, busy: Mapping[str, int], per_host: int, sources: Collection[int]) -> list[Lease]:
        """Lease up to ``limit`` URLs of these sources to this run, for fetching.

        Hosts take turns, and the one that has waited longest is first. Within a host, the order is by priority, then
        the newest, then the one found first. URLs that this run has already tried are left to the next run.

        Args:
            limit: The maximum number of leases; none if it is 0 or less.
            busy: How many pages of each host are being fetched now.
            per_host: The maximum number of pages per host, including the busy ones.
            sources: The sources whose URLs may be leased.
        """
        queues: list[list[Lease]] = []
        idle: list[str] = []
        ready = self._build_ready_parameters(sources)
        with self._database.write() as connection:
            for host in self._order_hosts(connection, sources):
                # The hosts before this one get at least one lease each, so it cannot get more than the rest.
                free = min(limit - len(queues), per_host - busy.get(host, 0))
                if free > 0:
                    rows = connection.execute(_SELECT_NEXT_OF_HOST, ready | {"host": host, "limit": free}).all()
                    queues += [[Lease(**row._mapping) for row in rows]] if rows else []
                    idle += [] if rows else [host]
            leases = _interleave_queues(queues)[: max(limit, 0)]
            taken = {"ids": [lease.id for lease in leases], "run": self._run_id}
            connection.execute(_MARK_LEASED, taken)
        self._idle_until |= dict.fromkeys(idle, time.monotonic() + IDLE_SECONDS)
        self._turns |= {lease.host: next(self._turn) for lease in leases}
        return leases

    def _order_hosts(self, connection: Connection, sources: Collection[int]) -> list[str]:
        """Return the hosts with queued URLs that may be ready, the one that has waited longest first."""
        if not self._leased_sources.issuperset(sources):
            self._idle_until.clear()
        self._leased_sources = frozenset(sources)
        now = time.monotonic()
        hosts = connection.scalars(_SELECT_QUEUED_HOSTS)
        awake = [host for host in hosts if self._idle_until.get(host, 0.0) <= now]
        return sorted(awake, key=lambda host: self._turns.get(host, 0))

    def _build_ready_parameters(self, sources: Collection[int]) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {"sources": list(sources), "now": now, "latest": now + LONGEST_DELAY, "run": self._run_id}

    def claim(self, candidate: Candidate) -> Lease | None:
        """Add one URL and lease it, because its page is already available (from a custom spider, say).

        Returns ``None`` if the URL is known and not queued: it is leased, done, or was erased.
        """
        self.add([candidate])
        with self._database.write() as connection:
            waiting = {"key_hash": hash_key(candidate.key)}
            row = connection.execute(_SELECT_BY_KEY.where(FrontierRow.state == QUEUED), waiting).one_or_none()
            if row is None:
                return None
            connection.execute(_MARK_LEASED, {"ids": [row.id], "run": self._run_id})
            return Lease(**row._mapping)

    def contains(self, key: str) -> bool:
        """Return whether a URL with this key is known, so that `add` would leave it unchanged."""
        with self._database.read() as connection:
            return bool(_find_known_hashes(connection, [hash_key(key)]))

    def record_fetches(self, pages: Sequence[FetchedPage]) -> list[str]:
        """Record fetched pages and end their leases in one transaction, and return each page's final outcome.

        A page with an article ends as ``stored``, ``updated``, ``unchanged`` (its URL had the same article before),
        ``duplicate`` (the article is stored under another URL) or ``erased``. Other pages keep their own outcome;
        temporary failures return to the queue for a later run. A page that the database rejects ends as
        ``storage-error`` without affecting the others. When this returns, everything has been committed.
        """
        # Page by page takes a third to a half more time, so it is done only if the database has rejected the batch.
        try:
            with self._database.write() as connection:
                return record_batch(connection, self._run_id, pages)
        except ROW_ERRORS as error:
            if not is_row_error(error):
                raise
        with self._database.write() as connection:
            return [record_fetch(connection, self._run_id, page) for page in pages]

    def take_back(self, source_id: int, article: Article, title_in_listing: str | None) -> int:
        """Take back the articles of a source that turned out to be a page which many URLs return.

        Returns the number of URLs; 0 if the page may be a real article: see `storage.ingest.take_back`.
        """
        now = datetime.now(UTC)
        with self._database.write() as connection:
            return take_back_repeated(connection, self._run_id, source_id, article, title_in_listing, now)

    def is_known(self, key: str, fetched_at: datetime) -> bool:
        """Return whether `import_pages` would skip a page that was fetched at that time.

        ``key`` is `cleaning.urls.make_url_key` of its URL. Lets an import skip the page before cleaning it.
        """
        with self._database.read() as connection:
            return warc_imports.is_known(connection, key, fetched_at)

    def import_pages(self, pages: Sequence[FetchedPage], progress: warc_imports.WarcImport) -> list[str]:
        """Record pages from a WARC file, together with the progress in the file, in one transaction.

        So an import that is killed continues after the last committed page, and never records one twice. The pages'
        leases have the number 0, because no run has leased them. The outcomes are those of `record_fetches`, and
        ``known`` for a page that is skipped: the corpus has recorded it before, or has a later version of its article.
        """
        with self._database.write() as connection:
            outcomes = [warc_imports.import_page(connection, self._run_id, page) for page in pages]
            warc_imports.save_progress(connection, progress)
        return outcomes

    def release_stale_leases(self) -> int:
        """Return the leases of dead runs to the queue, and mark those runs ``interrupted``.

        The caller must hold `CrawlState.lock`: then every other run that has not finished is dead. Returns the number
        of leases.
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

    def count_waiting(self, sources: Collection[int]) -> int:
        """Return how many URLs of these sources the next run can fetch at once, if this run ends now.

        These are the URLs that are ready, and those that are leased to this run.
        """
        leased = select(func.count()).where(
            FrontierRow.state == LEASED, FrontierRow.run_id == self._run_id, FrontierRow.source_id.in_(sources)
        )
        with self._database.read() as connection:
            ready = connection.scalar(_COUNT_READY, self._build_ready_parameters(sources)) or 0
            return ready + (connection.scalar(leased) or 0)

    def count_ready(self, sources: Collection[int]) -> int:
        """Return how many URLs of these sources `lease` could still hand out to this run, regardless of busy hosts."""
        with self._database.read() as connection:
            return connection.scalar(_COUNT_READY, self._build_ready_parameters(sources)) or 0


_SELECT_KNOWN_URLS = select(*(FrontierRow.__table__.c[field.name] for field in fields(KnownUrl))).where(
    FrontierRow.key_hash.in_(bindparam("hashes", expanding=True))
)


def _load_known_urls(connection: Connection, hashes: Sequence[bytes]) -> list[KnownUrl]:
    """Return the rows of the frontier that have one of these key hashes."""
    return [KnownUrl(**row._mapping) for row in connection.execute(_SELECT_KNOWN_URLS, {"hashes": hashes})]


def _find_taken_hashes(connection: Connection, hashes: Sequence[bytes]) -> set[bytes]:
    """Return those of the hashes that belong to a stored article or were erased."""
    stored = select(ArticleRow.key_hash).where(ArticleRow.key_hash.in_(hashes))
    erased = select(TombstoneRow.key_hash).where(TombstoneRow.key_hash.in_(hashes))
    return set(connection.scalars(stored.union(erased)))


def _find_known_hashes(connection: Connection, hashes: Sequence[bytes]) -> set[bytes]:
    """Return those of the hashes that are in the frontier, belong to a stored article, or were erased."""
    known = set(connection.scalars(select(FrontierRow.key_hash).where(FrontierRow.key_hash.in_(hashes))))
    return known | _find_taken_hashes(connection, hashes)


def _hash_guids(candidates: Mapping[bytes, Candidate]) -> dict[bytes, bytes]:
    """Return the hashes of the candidates' ids and sources, by the hashes of their keys.

    An id that several URLs of one listing have identifies none of them, and is left out.
    """
    guids = {
        key_hash: hash_key(f"{candidate.source_id} {candidate.guid}")
        for key_hash, candidate in candidates.items()
        if candidate.guid
    }
    counts = Counter(guids.values())
    return {key_hash: guid_hash for key_hash, guid_hash in guids.items() if counts[guid_hash] == 1}


def _describe_listed(candidate: Candidate, guid_hash: bytes | None, now: datetime) -> Listed:
    times = (_to_utc_or_none(candidate.published), _to_utc_or_none(candidate.modified))
    return Listed(candidate.found_in, select_changed_at(times, now), guid_hash)


def _save_feed_entries(connection: Connection, candidates: Mapping[bytes, Candidate]) -> None:
    """Save what feeds say of new URLs, in a table of their own, so that the frontier's rows stay small."""
    saved = {hashed: one for hashed, one in candidates.items() if one.content or one.authors or one.tags}
    if saved:
        keys = select(FrontierRow.id, FrontierRow.key_hash).where(FrontierRow.key_hash.in_(list(saved)))
        rows = [
            {
                "frontier_id": id_,
                "html": saved[key_hash].content or None,
                "authors": saved[key_hash].authors,
                "tags": saved[key_hash].tags,
            }
            for id_, key_hash in connection.execute(keys)
        ]
        connection.execute(insert(FeedEntryRow), rows)


def _build_queued_row(candidate: Candidate, guid_hash: bytes | None, now: datetime) -> dict[str, Any]:
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
        "guid_hash": guid_hash,
        "listed_modified": _describe_listed(candidate, guid_hash, now).changed_at,
    }


def _interleave_queues(queues: Sequence[Sequence[Lease]]) -> list[Lease]:
    """Return the first lease of each queue, then the second of each, and so on."""
    return [lease for turn in itertools.zip_longest(*queues) for lease in turn if lease is not None]


def _to_utc_or_none(published: datetime | None) -> datetime | None:
    """Return a feed's date in UTC; ``None`` if it is out of range there. A naive date is returned as it is."""
    return convert_to_utc(published) if published and published.tzinfo else published
