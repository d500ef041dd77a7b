"""Take an article out of the corpus that turned out to be a page about the site, such as one about maintenance.

Such a page answers at the URLs of many articles. The first time it looks like an article; that it is none is known when
other URLs return it as well, although their listings announce different stories.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from cleaning.article import Article
from storage.backends.types import sanitize_text
from storage.ingest.article_rows import MAX_FIELD_CHARACTERS, VERSIONED_COLUMNS, compute_content_hash
from storage.ingest.change_detection import resemble_each_other
from storage.ingest.derived_rows import CREDIT_ROLES, index_articles, unindex_articles
from storage.schema.tables import DONE, QUEUED, ArticleRow, ArticleVersionRow, FetchRow, FrontierRow

REPEATED_OUTCOME = "soft-404"
REPEATED_DETAIL = "other URLs of the site return the same page"


def take_back_repeated(
    connection: Connection, run_id: int, source_id: int, article: Article, title_in_listing: str | None, now: datetime
) -> int:
    """Take back the articles of a source with the title and text of a page that several URLs return.

    Nothing happens if the page may be a real article under several URLs: its listings then announce it under one title,
    or under titles like its own. An article that had another text before gets that text again.

    Args:
        connection: A connection whose write transaction the caller holds.
        run_id: The run that has found out; it does not fetch the URLs again.
        source_id: The source.
        article: The page.
        title_in_listing: The title under which a listing announced the page that was fetched last.
        now: The current time.

    Returns:
        The number of URLs that had led to the page.
    """
    title = article.title and sanitize_text(article.title)[:MAX_FIELD_CHARACTERS]
    alike = select(ArticleRow.id, ArticleRow.version, ArticleRow.frontier_id).where(
        ArticleRow.content_hash == compute_content_hash(article.text), ArticleRow.source_id == source_id
    )
    articles = connection.execute(alike.where(ArticleRow.title == title if title else ArticleRow.title.is_(None))).all()
    if not articles:
        return 0
    urls = connection.execute(
        select(FrontierRow.id, FrontierRow.article_id, FrontierRow.title, FrontierRow.found_in).where(
            FrontierRow.article_id.in_([row.id for row in articles])
        )
    ).all()
    if not _announce_other_stories(article, [title_in_listing, *(url.title for url in urls)]):
        return 0
    new = {row.id for row in articles if row.version == 1}
    for row in articles:
        if row.version > 1:
            _restore_version(connection, row.id, row.version, row.frontier_id, now)
    _delete_articles(connection, new, [url for url in urls if url.article_id in new], run_id, now)
    return len(urls)


def _announce_other_stories(article: Article, titles_in_listings: Collection[str | None]) -> bool:
    """Return whether listings announce several stories, and none with a title like that of the page.

    A page with a publication time is rarely about the site: then it takes three stories instead of two.
    """
    stated = {" ".join(title.casefold().split()) for title in titles_in_listings if title and title.strip()}
    needed = 2 if article.published is None else 3
    return len(stated) >= needed and not any(resemble_each_other(article.title, other) for other in stated)


def _delete_articles(
    connection: Connection, articles: Collection[int], urls: Sequence[Any], run_id: int, now: datetime
) -> None:
    """Delete articles, and queue the URLs that led to them as if their page had been rejected."""
    if not articles:
        return
    numbers = [url.id for url in urls]
    rejected = {
        "outcome": REPEATED_OUTCOME,
        "article_id": None,
        "first_fetched_at": None,
        "revisit_at": None,
        "etag": None,
        "last_modified": None,
    }
    connection.execute(update(FrontierRow).where(FrontierRow.id.in_(numbers)).values(rejected))
    # The target of a redirect was not asked for by anyone.
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.id.in_(numbers), FrontierRow.state == DONE, FrontierRow.found_in != "redirect")
        .values(state=QUEUED, attempts=1, not_before=now, listed_at=now, run_id=run_id)
    )
    connection.execute(
        update(FetchRow)
        .where(FetchRow.frontier_id.in_(numbers), FetchRow.outcome.in_(("stored", "duplicate")))
        .values(outcome=REPEATED_OUTCOME, detail=REPEATED_DETAIL)
    )
    unindex_articles(connection, sorted(articles))
    connection.execute(delete(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(articles)))
    connection.execute(delete(ArticleRow).where(ArticleRow.id.in_(articles)))


def _restore_version(connection: Connection, article_id: int, version: int, frontier_id: int, now: datetime) -> None:
    """Give an article its earlier text again, and have its page fetched by the next run."""
    columns = [ArticleVersionRow.__table__.c[name] for name in VERSIONED_COLUMNS]
    which = (ArticleVersionRow.article_id == article_id, ArticleVersionRow.number == version - 1)
    earlier = connection.execute(select(*columns).where(*which)).one_or_none()
    if earlier is None:
        return
    restored = dict(earlier._mapping) | {"version": version - 1, "word_count": len(earlier.text.split())}
    connection.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(restored))
    connection.execute(delete(ArticleVersionRow).where(*which))
    unindex_articles(connection, [article_id])
    names = ("title", "text", "section", "tags", *CREDIT_ROLES.values())
    row = connection.execute(
        select(*(ArticleRow.__table__.c[name] for name in names)).where(ArticleRow.id == article_id)
    ).one()
    index_articles(connection, {article_id: row._asdict()})
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.id == frontier_id)
        .values(revisit_at=now, etag=None, last_modified=None, outcome=REPEATED_OUTCOME)
    )
