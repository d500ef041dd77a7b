"""The write path of articles: where a fetched article belongs, its row, and its place in the search index."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Row, bindparam, delete, insert, select, union, update

from cleaning.article import Article, Precision
from cleaning.urls import same_article_key
from storage.columns import sanitise
from storage.decisions import Change, decide, fingerprint, same_story
from storage.folding import fold
from storage.models import ArticleRow, ArticleVersionRow, FrontierRow, article_fts, hash_of
from storage.values import FetchedPage

_WHOLE_DAYS = ("year", "month", "day")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a fetched article ended up."""

    article_id: int
    outcome: str
    """``"stored"``, ``"updated"``, ``"unchanged"`` or ``"duplicate"``."""


def store(connection: Connection, page: FetchedPage) -> Placed:
    """Keep a page's article: a new row, a changed one, or nothing but the news that we have it already.

    The caller holds the transaction. The page must have been cleaned.
    """
    assert page.cleaned is not None
    article = page.cleaned.article
    own = connection.execute(_OWN, {"lease": page.lease.id}).one_or_none()
    final_key = key_of(page.final_url, page.lease.url)
    if own is not None:
        elsewhere = _known(connection, final_key, but=own.id)
        return _renew(connection, own, page) if elsewhere is None else Placed(elsewhere, "duplicate")
    key = page.article_key or final_key
    known = _known(connection, key)
    if known is not None and key != final_key and not _same_story(connection, known, article):
        key, known = final_key, _known(connection, final_key)
    if known is None:
        known = _twin(connection, page.lease.source_id, article)
    return _add(connection, page, key) if known is None else Placed(known, "duplicate")


def key_of(*urls: str) -> str:
    """The key of the first of these addresses that has one; the last address itself where none has."""
    for url in urls:
        try:
            return same_article_key(url)
        except ValueError:
            continue
    return urls[-1]


_OWN = select(ArticleRow.id, ArticleRow.fingerprint, ArticleRow.version, ArticleRow.gone_at).where(
    ArticleRow.frontier_id == bindparam("lease")
)
_KNOWN: CompoundSelect[*tuple[Any, ...]] = union(
    select(ArticleRow.id).where(ArticleRow.key_hash == bindparam("key_hash"), ArticleRow.id != bindparam("but")),
    select(FrontierRow.article_id).where(
        FrontierRow.key_hash == bindparam("key_hash"), FrontierRow.article_id != bindparam("but")
    ),
).limit(1)


def _known(connection: Connection, key: str, but: int = 0) -> int | None:
    """The article with this key, or that an address with this key led to; not the one of number ``but``."""
    found: int | None = connection.scalar(_KNOWN, {"key_hash": hash_of(key), "but": but})
    return found


def _same_story(connection: Connection, article_id: int, article: Article) -> bool:
    stored = connection.execute(select(ArticleRow.title, ArticleRow.text).where(ArticleRow.id == article_id)).one()
    return same_story(stored.title, stored.text, article.title, article.text)


_TWIN = (
    select(ArticleRow.id)
    .where(ArticleRow.content_hash == bindparam("content_hash"))
    .where(ArticleRow.source_id == bindparam("source_id"))
    .where(ArticleRow.title.is_not_distinct_from(bindparam("title")))
    .where(ArticleRow.published.is_not_distinct_from(bindparam("published")))
    .limit(1)
)


def _twin(connection: Connection, source_id: int, article: Article) -> int | None:
    """An article of the same site with the same headline, text and time: one article under two addresses."""
    published, _ = moment(article.published, article.published_precision)
    values = {
        "content_hash": _content_hash(article.text),
        "source_id": source_id,
        "title": article.title,
        "published": published,
    }
    return connection.execute(_TWIN, values).scalar()


def _renew(connection: Connection, own: Row[*tuple[Any, ...]], page: FetchedPage) -> Placed:
    assert page.cleaned is not None
    if own.gone_at is not None:
        connection.execute(update(ArticleRow).where(ArticleRow.id == own.id), {"gone_at": None})
    if decide(own.fingerprint, fingerprint(page.cleaned.article)) is Change.UNCHANGED:
        return Placed(own.id, "unchanged")
    _keep_version(connection, own.id, page.fetched_at)
    row = row_of(page)
    connection.execute(update(ArticleRow).where(ArticleRow.id == own.id), row | {"version": own.version + 1})
    connection.execute(delete(article_fts).where(article_fts.c.rowid == own.id))
    _index(connection, own.id, row)
    return Placed(own.id, "updated")


_KEPT = ("fetched_at", "published", "modified", "content_hash", "fingerprint", "title", "authors", "text")
_PRESENT = select(
    ArticleRow.id.label("article_id"),
    ArticleRow.version.label("number"),
    bindparam("replaced_at", type_=ArticleVersionRow.__table__.c.replaced_at.type).label("replaced_at"),
    *(ArticleRow.__table__.c[name] for name in _KEPT),
).where(ArticleRow.id == bindparam("article"))
_KEEP = insert(ArticleVersionRow).from_select(["article_id", "number", "replaced_at", *_KEPT], _PRESENT)


def _keep_version(connection: Connection, article_id: int, replaced_at: datetime) -> None:
    """Keep what the article says now, before it is overwritten."""
    connection.execute(_KEEP, {"article": article_id, "replaced_at": replaced_at})


# Building a statement takes as long as running it.
_INSERT = insert(ArticleRow).returning(ArticleRow.id)
_INDEX = insert(article_fts)


def _add(connection: Connection, page: FetchedPage, key: str) -> Placed:
    row = row_of(page)
    fixed = {
        "source_id": page.lease.source_id,
        "frontier_id": page.lease.id,
        "key_hash": hash_of(key),
        "stored_at": page.fetched_at,
        "version": 1,
    }
    article_id = connection.scalars(_INSERT, row | fixed).one()
    _index(connection, article_id, row)
    return Placed(article_id, "stored")


def _index(connection: Connection, article_id: int, row: dict[str, Any]) -> None:
    # In the article's own transaction and without a trigger: REPLACE orphans what triggers wrote, and Alembic
    # drops them silently where it rebuilds a table.
    folded = {"rowid": article_id, "title": fold(row["title"] or ""), "text": fold(row["text"])}
    connection.execute(_INDEX, folded)


def row_of(page: FetchedPage) -> dict[str, Any]:
    """The columns of an article's row that come from its page, and change with it."""
    assert page.cleaned is not None
    article = page.cleaned.article
    published, published_offset = moment(article.published, article.published_precision)
    modified, modified_offset = moment(article.modified, article.modified_precision)
    return {
        "url": page.final_url,
        "fetched_at": page.fetched_at,
        "published": published,
        "published_offset": published_offset,
        "modified": modified,
        "modified_offset": modified_offset,
        "content_hash": _content_hash(article.text),
        "fingerprint": fingerprint(article),
        "removals": page.cleaned.removals,
        **{name: getattr(article, name) for name in _AS_THEY_ARE},
    }


_AS_THEY_ARE = (
    "canonical_url",
    "title",
    "text",
    "language",
    "language_confidence",
    "published_precision",
    "modified_precision",
    "authors",
    "organisations",
    "editors",
    "translators",
    "contributors",
    "credits",
    "photo_credits",
    "dateline",
    "site_name",
    "section",
    "tags",
    "description",
    "image",
    "licence",
    "page_type",
    "paywalled",
    "robots",
    "tdm_reserved",
    "tdm_policy",
    "word_count",
    "flags",
    "provenance",
)


def _content_hash(text: str) -> str:
    return hashlib.sha256(sanitise(text).encode()).hexdigest()


def moment(stated: datetime | None, precision: Precision | None) -> tuple[datetime | None, int | None]:
    """What an article says of a time, as the UTC moment and the stated zone's minutes east of it.

    A time without a zone is taken for UTC, and one that is known only to the day or less is that day's
    midnight in UTC: shifting it by a zone would move it to another day.

    >>> moment(datetime.fromisoformat("2024-10-01T01:30+03:00"), "minute")
    (datetime.datetime(2024, 9, 30, 22, 30, tzinfo=datetime.timezone.utc), 180)
    >>> moment(datetime.fromisoformat("2024-10-01T00:00+03:00"), "day")
    (datetime.datetime(2024, 10, 1, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    if stated is None:
        return None, None
    offset = stated.utcoffset()
    if offset is None or precision in _WHOLE_DAYS:
        return stated.replace(tzinfo=UTC), None
    try:
        return stated.astimezone(UTC), offset // timedelta(minutes=1)
    except OverflowError:  # the year 1 east of Greenwich: no article's date
        return None, None
