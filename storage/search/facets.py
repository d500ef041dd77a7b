"""Facets: the number of articles by day, source, language, author …; distinctive words; and failed pages."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, case, func, select

from storage.backends.ordering import newest_first
from storage.schema.tables import QUEUED, ArticleRow, CreditRow, FetchRow, FrontierRow, SourceRow, TagRow
from storage.search import search
from storage.search.filters import Filters, select_source_ids
from storage.search.folding import fold
from storage.search.query_parser import parse_query
from storage.search.query_tree import Query
from storage.values import FacetCount, FailedPage, TermCount

Grouping = Literal[
    "day", "week", "month", "year", "source", "group", "lang", "author", "editor", "agency", "tag", "section", "outcome"
]

MAX_SAMPLE_ARTICLES: Final = 2_000
"""Number of articles whose words are counted: the newest matches, and as many of the other articles."""
MIN_TERM_ARTICLES: Final = 3
"""Number of matches that must have a word before it counts as distinctive; fewer are chance."""


def count_facets(
    connection: Connection, text: str, filters: Filters, by: Grouping, limit: int | None
) -> list[FacetCount]:
    """Return the number of matching articles for each value of a field; see `storage.Corpus.counts`.

    Periods are sorted by time, everything else by frequency.
    """
    query = parse_query(text)
    if text.strip() and not query:
        return []
    if by in _PERIOD_FORMATS:
        return _count_by_period(connection, query, filters, _PERIOD_FORMATS[by])
    counted = _build_count_query(connection, by, query, filters).order_by(func.count().desc()).limit(limit)
    return [FacetCount(value or "", number) for value, number in connection.execute(counted)]


def _count_by_period(
    connection: Connection, query: Query, filters: Filters, period: Callable[[date], str]
) -> list[FacetCount]:
    day = func.date(ArticleRow.published)
    days = _limit_to_matching(connection, query, filters, select(day, func.count())).group_by(day)
    found: Counter[str] = Counter()
    for written, number in connection.execute(days):
        # The type of a day differs: SQLite returns a string, the others a date.
        found[period(date.fromisoformat(str(written))) if written else ""] += number
    return [FacetCount(value, number) for value, number in sorted(found.items())]


def _format_week(day: date) -> str:
    """Return a week as the date of its Monday, in ISO 8601."""
    return (day - timedelta(days=day.weekday())).isoformat()


_PERIOD_FORMATS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": _format_week,
    "month": lambda day: f"{day:%Y-%m}",
    "year": lambda day: f"{day.year:04}",
}


def _build_count_query(connection: Connection, by: Grouping, query: Query, filters: Filters) -> Any:
    match by:
        case "source":
            rows = select(SourceRow.key, func.count()).join_from(ArticleRow, SourceRow)
            return _limit_to_matching(connection, query, filters, rows).group_by(SourceRow.key)
        case "group":
            rows = select(func.coalesce(SourceRow.group_name, ""), func.count()).join_from(ArticleRow, SourceRow)
            return _limit_to_matching(connection, query, filters, rows).group_by(SourceRow.group_name)
        case "lang":
            rows = select(ArticleRow.language, func.count())
            return _limit_to_matching(connection, query, filters, rows).group_by(ArticleRow.language)
        case "outcome":
            rows = select(FetchRow.outcome, func.count())
            if query or list(filters.build_conditions()):
                rows = rows.join_from(FetchRow, FrontierRow).join(ArticleRow, ArticleRow.id == FrontierRow.article_id)
                rows = _limit_to_matching(connection, query, filters, rows)
            return rows.group_by(FetchRow.outcome)
        case "tag" | "section":
            # Spellings of a tag are counted together; the alphabetically first is shown.
            rows = select(func.min(TagRow.name), func.count()).join_from(ArticleRow, TagRow)
            matching = _limit_to_matching(connection, query, filters, rows.where(TagRow.kind == by))
            return matching.group_by(TagRow.words)
    rows = select(func.min(CreditRow.name), func.count()).join_from(ArticleRow, CreditRow)
    return _limit_to_matching(connection, query, filters, rows.where(CreditRow.role == by)).group_by(CreditRow.words)


def _limit_to_matching(connection: Connection, query: Query, filters: Filters, rows: Any) -> Any:
    if not query and not list(filters.build_conditions()):
        return rows
    return rows.where(ArticleRow.id.in_(search.select_matching_ids(connection, query, filters)))


def find_distinctive_terms(connection: Connection, text: str, filters: Filters, limit: int) -> list[TermCount]:
    """Return the words that matching articles have more often than the others, the most distinctive first.

    Without a query and filters, return the most frequent words of the newest articles, with a weight of 0.0.
    """
    matching = search.search_ids(connection, text, filters)
    here = _load_sample(
        connection, ArticleRow.id.in_(matching[-MAX_SAMPLE_ARTICLES:]) if text.strip() or _has_limits(filters) else None
    )
    if not here.articles:
        return []
    if not text.strip() and not _has_limits(filters):
        most = here.words.most_common(limit)
        return [TermCount(word, number, 0.0) for word, number in most]
    elsewhere = _load_sample(connection, ArticleRow.id.not_in(matching[-MAX_SAMPLE_ARTICLES:]))
    distinctive = [
        TermCount(word, number, weight)
        for word, number in here.words.items()
        if number >= min(MIN_TERM_ARTICLES, here.articles)
        and (weight := _weigh_term(number, here, elsewhere.words[word], elsewhere)) > 0
    ]
    return sorted(distinctive, key=lambda term: (-term.weight, term.word))[:limit]


class _ArticleSample:
    """The number of articles in a sample, and in how many of them each word occurs."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.articles = 0
        self.words: Counter[str] = Counter()
        """Number of articles by word."""
        for text in texts:
            self.articles += 1
            self.words.update(set(fold(text).split()))


def _load_sample(connection: Connection, which: Any) -> _ArticleSample:
    newest = (
        select(ArticleRow.text)
        .order_by(newest_first(ArticleRow.published), ArticleRow.id.desc())
        .limit(MAX_SAMPLE_ARTICLES)
    )
    return _ArticleSample(connection.scalars(newest if which is None else newest.where(which)))


def _weigh_term(number: int, here: _ArticleSample, other: int, elsewhere: _ArticleSample) -> float:
    """Return the log odds ratio of a word, weighted by the square root of the number of articles that have it."""
    # Half an article is added to each count (the Haldane-Anscombe correction), or a word that is in all articles of a
    # sample, or in none, would have infinite odds. The root keeps rare words, whose ratios are the largest, from the
    # top.
    odds = (number + 0.5) / (here.articles - number + 0.5)
    other_odds = (other + 0.5) / (elsewhere.articles - other + 0.5)
    return math.log(odds / other_odds) * math.sqrt(number)


def _has_limits(filters: Filters) -> bool:
    return bool(list(filters.build_conditions()))


def list_failed_pages(connection: Connection, source: str | None, outcome: str | None, limit: int) -> list[FailedPage]:
    """Return the pages whose last fetch produced no article, the latest first; at most ``limit``."""
    # A page that failed and was fetched later is not a failed page: only each URL's last fetch counts.
    last = select(func.max(FetchRow.id)).group_by(FetchRow.frontier_id)
    rows = (
        select(
            FrontierRow.url,
            SourceRow.key,
            FetchRow.outcome,
            FetchRow.detail,
            FetchRow.http_status,
            FetchRow.fetched_at,
            FrontierRow.attempts,
            case((FrontierRow.state == QUEUED, FrontierRow.not_before)),
        )
        .join_from(FetchRow, FrontierRow, FrontierRow.id == FetchRow.frontier_id)
        .join(SourceRow, SourceRow.id == FrontierRow.source_id)
        .where(FetchRow.id.in_(last), FetchRow.outcome.not_in(("stored", "updated", "unchanged", "duplicate")))
        .order_by(FetchRow.id.desc())
        .limit(limit)
    )
    if outcome is not None:
        rows = rows.where(FetchRow.outcome == outcome)
    if source is not None:
        rows = rows.where(SourceRow.id.in_(select_source_ids(source)))
    return [FailedPage(*row) for row in connection.execute(rows)]
