"""Load the history and the current state of sources, and pages that are examples of a problem."""

from collections import Counter
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from storage.schema.tables import ArticleRow, FeedRow, FetchRow, FrontierRow, RunRow, SourceRow, SourceRunRow
from storage.values import Run, Source, SourceDay, SourceHistory, SourceRun, SourceState

MissingField = Literal["title", "date", "author"]
"""A field whose absence from articles is an anomaly."""

MAX_HISTORY_AGE: Final = timedelta(days=400)
MAX_HISTORY_RUNS: Final = 10_000
"""How far `SourceHistory.days` goes back: a hundred days for a source polled every 15 minutes; for one polled every
hour, far enough to include the same weeks of last year. Reading them from the index alone takes SQLite 10 ms."""

RECENT_RUNS: Final = 40
BASELINE_RUNS: Final = 200
"""The number of runs with pages that are compared: the recent ones, and the unremarkable ones that they differ from."""

ANOMALY_LIFETIME: Final = timedelta(days=28)
"""After this time an anomaly counts as normal: a site that has stopped naming authors is not reported for ever."""

_SOURCE_RUN_COLUMNS = [SourceRunRow.__table__.c[each.name] for each in fields(SourceRun)]


def list_source_runs(
    connection: Connection, *, run_id: int | None, source_id: int | None, limit: int
) -> list[SourceRun]:
    """Return the counts of runs for each source, the latest run first; of one run or one source, or of all."""
    rows = select(*_SOURCE_RUN_COLUMNS).order_by(SourceRunRow.run_id.desc(), SourceRunRow.id).limit(limit)
    if run_id is not None:
        rows = rows.where(SourceRunRow.run_id == run_id)
    if source_id is not None:
        rows = rows.where(SourceRunRow.source_id == source_id)
    return list(_load_source_runs(connection, rows))


def load_history(connection: Connection, source_id: int, before: int, now: datetime, has_pages: bool) -> SourceHistory:
    """Return a source's history before a run, with which the run is compared.

    Args:
        connection: A connection to the corpus.
        source_id: The source.
        before: The number of the run.
        now: The time of the run, timezone-aware.
        has_pages: Whether the run fetched pages. The counts of earlier pages, ``recent`` and ``baseline``, are loaded
            only if it did, or if the previous run was unusual: most polls find nothing new.
    """
    earlier = and_(SourceRunRow.source_id == source_id, SourceRunRow.run_id < before)
    newest = select(*_SOURCE_RUN_COLUMNS).where(earlier).order_by(SourceRunRow.run_id.desc())
    unremarkable = or_(SourceRunRow.drift.is_(None), SourceRunRow.at < now - ANOMALY_LIFETIME)
    good = connection.execute(newest.where(SourceRunRow.problem.is_(None)).limit(1)).one_or_none()
    # Every run after the last one without a problem has failed.
    failures = select(func.count(), func.min(SourceRunRow.at)).where(
        earlier, SourceRunRow.run_id > (good.run_id if good else 0)
    )
    failed, failing_since = connection.execute(failures).one()
    previous = next(iter(_load_source_runs(connection, newest.limit(1))), None)
    needs_pages = has_pages or (previous is not None and previous.drift is not None)
    with_pages = newest.where(SourceRunRow.pages > 0)
    return SourceHistory(
        days=tuple(load_days(connection, source_id, before, now)),
        recent=_load_source_runs(connection, with_pages.limit(RECENT_RUNS)) if needs_pages else (),
        baseline=_load_source_runs(connection, with_pages.where(unremarkable).limit(BASELINE_RUNS))
        if needs_pages
        else (),
        previous=previous,
        last_good_at=good.at if good else None,
        failed=failed,
        failing_since=failing_since,
    )


def load_days(connection: Connection, source_id: int, before: int | None, now: datetime) -> list[SourceDay]:
    """Return the days on which a source was polled before a run, the oldest first.

    Args:
        connection: A connection to the corpus.
        source_id: The source.
        before: The number of the run; ``None`` for all runs until ``now``.
        now: The end of the history, timezone-aware. Polls after it are ignored: they were recorded while the clock was
            ahead, and would hide for years that nothing new arrives.
    """
    polls = select(
        func.date(SourceRunRow.at).label("day"),
        SourceRunRow.at,
        SourceRunRow.found,
        SourceRunRow.measured.label("stored"),
        case((SourceRunRow.measured > 0, SourceRunRow.at)).label("new_at"),
    ).where(SourceRunRow.source_id == source_id)
    if before is not None:
        polls = polls.where(SourceRunRow.run_id < before)
    last = polls.order_by(SourceRunRow.run_id.desc()).limit(MAX_HISTORY_RUNS).subquery()
    by_day = (
        select(
            last.c.day,
            func.count().label("looks"),
            cast(func.sum(last.c.found), Integer).label("found"),
            cast(func.sum(last.c.stored), Integer).label("stored"),
            func.count(last.c.new_at).label("arrivals"),
            func.min(last.c.new_at).label("first_new_at"),
            func.max(last.c.new_at).label("last_new_at"),
        )
        .where(last.c.at >= now - MAX_HISTORY_AGE, last.c.at <= now)
        .group_by(last.c.day)
        .order_by(last.c.day)
    )
    return [_build_day(row) for row in connection.execute(by_day).mappings()]


def _build_day(row: RowMapping) -> SourceDay:
    # SQLite has no type for dates: there the day is a text, on the servers a date.
    return SourceDay(**{**row, "day": date.fromisoformat(str(row["day"]))})


def _load_source_runs(connection: Connection, statement: Select[*tuple[Any, ...]]) -> tuple[SourceRun, ...]:
    return tuple(SourceRun(**row._mapping) for row in connection.execute(statement))


def load_source_states(connection: Connection) -> list[SourceState]:
    """Return the state of every source, sorted by key, in five statements for all of them together."""
    articles = _count_articles(connection)
    listings = _count_listings(connection)
    last = _load_last_runs(connection, None)
    good = _load_last_runs(connection, SourceRunRow.problem.is_(None))
    rows = connection.execute(select(*SourceRow.__table__.columns).order_by(SourceRow.key))
    sources = [Source(**row._mapping) for row in rows]
    return [
        SourceState(
            source=source,
            **articles.get(source.id, {"articles": 0, "last_article_at": None}),
            **listings.get(source.id, {"listings": 0, "failing_listings": 0, "next_poll_at": None}),
            last=last.get(source.id),
            last_good_at=good[source.id].at if source.id in good else None,
        )
        for source in sources
    ]


def _count_articles(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return each source's number of articles, and when the last one was stored.

    The counts come from an index; only one article row per source is read.
    """
    counted = select(
        ArticleRow.source_id, func.count().label("articles"), func.max(ArticleRow.id).label("newest")
    ).group_by(ArticleRow.source_id)
    newest = counted.subquery()
    rows = select(newest.c.source_id, newest.c.articles, ArticleRow.stored_at).join(
        ArticleRow, ArticleRow.id == newest.c.newest
    )
    return {
        source_id: {"articles": articles, "last_article_at": stored_at}
        for source_id, articles, stored_at in connection.execute(rows)
    }


def _count_listings(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return each source's number of listings, how many of them fail, and when the first is due.

    That time is ``None`` if a listing has never been polled, and so is due at once.
    """
    never_polled = func.sum(case((FeedRow.next_poll_at.is_(None), 1), else_=0))
    rows = select(
        FeedRow.source_id,
        func.count(),
        cast(func.sum(case((FeedRow.failures > 0, 1), else_=0)), Integer),
        func.min(FeedRow.next_poll_at),
        never_polled,
    ).group_by(FeedRow.source_id)
    return {
        source_id: {
            "listings": listings,
            "failing_listings": failing,
            "next_poll_at": None if at_once else next_poll_at,
        }
        for source_id, listings, failing, next_poll_at, at_once in connection.execute(rows)
    }


def _load_last_runs(connection: Connection, which: ColumnElement[bool] | None) -> dict[int, SourceRun]:
    """Return each source's last run, or the last one that meets a condition."""
    # A subquery per source takes one step in the index each; GROUP BY would read the whole history.
    one = select(SourceRunRow.id).where(SourceRunRow.source_id == SourceRow.id)
    if which is not None:
        one = one.where(which)
    newest = one.order_by(SourceRunRow.run_id.desc()).limit(1).correlate(SourceRow).scalar_subquery()
    found = select(newest.label("id")).select_from(SourceRow).subquery()
    runs = _load_source_runs(connection, select(*_SOURCE_RUN_COLUMNS).join(found, SourceRunRow.id == found.c.id))
    return {run.source_id: run for run in runs}


def count_outcomes_since(connection: Connection, since: datetime) -> dict[int, Counter[str]]:
    """Return each source's numbers of pages by outcome, in runs that ended since a time.

    The keys are the sources' numbers; sources without any pages are missing.
    """
    # The bound on run_id lets the index be used; a run that ended since then started at most a day before.
    first = select(func.min(RunRow.id)).where(RunRow.started_at >= since - timedelta(days=1)).scalar_subquery()
    rows = select(SourceRunRow.source_id, SourceRunRow.outcomes).where(
        SourceRunRow.run_id >= first, SourceRunRow.at >= since, SourceRunRow.pages > 0
    )
    counts: dict[int, Counter[str]] = {}
    for source_id, outcomes in connection.execute(rows):
        counts.setdefault(source_id, Counter()).update(outcomes)
    return counts


def find_pages_by_outcome(
    connection: Connection, source_id: int, run_ids: Collection[int], outcomes: Collection[str], limit: int
) -> list[str]:
    """Return URLs of a source's pages that had one of these outcomes in these runs, the latest fetch first."""
    pages = (
        select(FrontierRow.url, func.max(FetchRow.id).label("last"))
        .join(FetchRow, FetchRow.frontier_id == FrontierRow.id)
        .where(
            FetchRow.run_id.in_(list(run_ids)), FrontierRow.source_id == source_id, FetchRow.outcome.in_(list(outcomes))
        )
        .group_by(FrontierRow.id, FrontierRow.url)
    )
    return [url for url, _ in connection.execute(pages.order_by(func.max(FetchRow.id).desc()).limit(limit))]


def find_articles_missing(
    connection: Connection, source_id: int, run_ids: Collection[int], missing: MissingField, limit: int
) -> list[str]:
    """Return URLs of a source's articles that were stored in these runs and have no title, date or author.

    The latest ones come first. An organisation counts as an author.
    """
    # Lists are JSON, and the databases disagree on functions for it; an empty one is always written as [].
    no_names = and_(cast(ArticleRow.authors, Text) == "[]", cast(ArticleRow.organisations, Text) == "[]")
    lacks = {"title": ArticleRow.title.is_(None), "date": ArticleRow.published.is_(None), "author": no_names}[missing]
    return _find_stored_articles(connection, source_id, run_ids, lacks, FetchRow.id.desc(), limit)


def find_shortest_articles(connection: Connection, source_id: int, run_ids: Collection[int], limit: int) -> list[str]:
    """Return URLs of a source's articles that were stored in these runs, the shortest first."""
    return _find_stored_articles(
        connection, source_id, run_ids, ArticleRow.word_count >= 0, ArticleRow.word_count.asc(), limit
    )


def _find_stored_articles(
    connection: Connection,
    source_id: int,
    run_ids: Collection[int],
    which: ColumnElement[bool],
    order: ColumnElement[Any],
    limit: int,
) -> list[str]:
    articles = (
        select(ArticleRow.url)
        .select_from(FetchRow)
        .join(FrontierRow, FrontierRow.id == FetchRow.frontier_id)
        .join(ArticleRow, ArticleRow.id == FrontierRow.article_id)
        .where(
            FetchRow.run_id.in_(list(run_ids)), FetchRow.outcome == "stored", FrontierRow.source_id == source_id, which
        )
    )
    return list(connection.scalars(articles.order_by(order).limit(limit)))


def count_fetches(connection: Connection, run: Run) -> list[SourceRun]:
    """Return what a run has done on each source according to its fetches, for a run that was killed before its end.

    Requests other than for pages were not recorded, and are not counted. URLs count as found if they entered the
    frontier during the run.
    """
    until = run.finished_at or datetime.now(UTC)
    outcomes: dict[int, Counter[str]] = {}
    rows = (
        select(FrontierRow.source_id, FetchRow.outcome, func.count())
        .join(FetchRow, FetchRow.frontier_id == FrontierRow.id)
        .where(FetchRow.run_id == run.id)
        .group_by(FrontierRow.source_id, FetchRow.outcome)
    )
    for source_id, outcome, number in connection.execute(rows):
        outcomes.setdefault(source_id, Counter())[outcome] += number
    found = select(FrontierRow.source_id, func.count().label("found")).where(
        FrontierRow.found_at >= run.started_at, FrontierRow.found_at <= until, FrontierRow.found_in != "redirect"
    )
    found_by_source = {row.source_id: row.found for row in connection.execute(found.group_by(FrontierRow.source_id))}
    return [
        SourceRun(
            run_id=run.id,
            source_id=source_id,
            at=until,
            found=found_by_source.get(source_id, 0),
            requests=outcomes[source_id].total() if source_id in outcomes else 0,
            outcomes=outcomes.get(source_id, {}),
        )
        for source_id in sorted(outcomes.keys() | found_by_source.keys())
    ]


def load_response_times(connection: Connection, run_id: int) -> dict[int, tuple[int, int]]:
    """Return each source's number of pages that a run requested, and the sum of their response times in milliseconds.

    The keys are the sources' numbers; sources without any requests are missing.
    """
    rows = (
        select(FrontierRow.source_id, func.count(), cast(func.sum(FetchRow.milliseconds), Integer))
        .join(FetchRow, FetchRow.frontier_id == FrontierRow.id)
        .where(FetchRow.run_id == run_id)
        .group_by(FrontierRow.source_id)
    )
    return {source_id: (pages, milliseconds) for source_id, pages, milliseconds in connection.execute(rows)}
