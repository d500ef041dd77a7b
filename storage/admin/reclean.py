"""Articles cleaned anew by the present rules, from the pages that the archive holds.

    for done in reclean(corpus_database, archive, dry_run=True):
        print(done.article_id, done.what)

What has the mark of the present cleaner is left alone, so that a run that was stopped goes on where it was. A text that
comes out differently makes a version that is marked as ours, not as the site's. A page in which the present rules find
no article keeps the text that it has.
"""

import difflib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, or_, select, update

from cleaning import CleanedPage, Page, Sites, clean_many
from cleaning.article import Article, Cleaned
from cleaning.html.decoding import parse_charset
from cleaning.site_rules import NO_SITES
from cleaning.version import get_cleaner_version
from storage.archive.folder import Archive
from storage.backends.database import Database
from storage.backends.types import sanitize_text
from storage.errors import ArchiveError
from storage.ingest import article_rows, article_writer
from storage.ingest.change_detection import VISIBLE_FIELDS
from storage.schema.tables import ArticleRow
from storage.search import article_loader
from storage.values import ArchivePointer, StoredArticle

BATCH_ARTICLES: Final = 100
SPIDER_ORIGIN: Final = "spider"
"""The provenance of fields that the site's own spider stated: the page alone does not tell them."""

RecleanOutcome = Literal["changed", "same", "no-article", "no-page"]


@dataclass(frozen=True, slots=True)
class Recleaned:
    """What became of an article."""

    article_id: int
    url: str
    was: RecleanOutcome
    """``"no-page"``: the archive does not give the page. ``"no-article"``: the rules find none in it."""
    detail: str = ""
    """Why, as a sentence; the outcome of cleaning for ``"no-article"``."""
    fields: tuple[str, ...] = ()
    """What came out differently, of what a reader sees."""
    lines: tuple[str, ...] = ()
    """The lines of the text that went, behind ``- ``, and those that came, behind ``+ ``."""


def count_stale(connection: Connection, *, everything: bool = False) -> int:
    """How many articles `reclean` would look at."""
    return len(connection.scalars(_select_stale(everything)).all())


def reclean(
    database: Database,
    archive: Archive,
    *,
    everything: bool = False,
    dry_run: bool = False,
    workers: int | None = None,
    sites: Sites = NO_SITES,
) -> Generator[Recleaned, None, None]:
    """Clean the articles that another cleaner made, or with ``everything`` all; ``dry_run`` changes nothing.

    Each comes back once it is committed, in batches. Raises `CorpusError`.
    """
    with database.read() as connection:
        ids = list(connection.scalars(_select_stale(everything)))
    for start in range(0, len(ids), BATCH_ARTICLES):
        some = ids[start : start + BATCH_ARTICLES]
        with database.read() as connection:
            stored = {row.id: article_loader.build_article(row) for row in connection.execute(_select_articles(some))}
            pointers = article_loader.load_archive_pointers(connection, some)
        pages, missing = _read_archived_pages(archive, stored, pointers)
        yield from missing
        done = list(clean_many(pages, workers=workers, ordered=True, sites=sites))
        yield from _record_results(database, stored, done, dry_run=dry_run)


def _select_stale(everything: bool) -> Select[int]:
    stale = select(ArticleRow.id).order_by(ArticleRow.id)
    return (
        stale
        if everything
        else stale.where(or_(ArticleRow.cleaner.is_(None), ArticleRow.cleaner != get_cleaner_version()))
    )


def _select_articles(ids: Sequence[int]) -> Any:
    return article_loader.select_articles().where(ArticleRow.id.in_(ids)).order_by(ArticleRow.id)


def _read_archived_pages(
    archive: Archive, stored: Mapping[int, StoredArticle], pointers: Mapping[int, ArchivePointer]
) -> tuple[list[Page], list[Recleaned]]:
    pages, missing = [], []
    for article_id, article in stored.items():
        pointer = pointers.get(article_id)
        if pointer is None:
            missing.append(Recleaned(article_id, article.url, "no-page", "its page was not archived"))
            continue
        try:
            exchange = archive.read(pointer)
        except ArchiveError as error:
            missing.append(Recleaned(article_id, article.url, "no-page", str(error)))
            continue
        types = [value for name, value in exchange.response_headers if name.lower() == b"content-type"]
        charset = parse_charset(types[-1].decode("latin-1")) if types else None
        pages.append(Page(exchange.body, article.url, key=article_id, charset=charset))
    return pages, missing


def _record_results(
    database: Database, stored: Mapping[int, StoredArticle], done: Sequence[CleanedPage], *, dry_run: bool
) -> list[Recleaned]:
    now = datetime.now(UTC)
    results, versions, rows, same = [], [], {}, []
    for page in done:
        before = stored[page.page.key]
        if page.cleaned is None:
            results.append(Recleaned(before.id, before.url, "no-article", f"{page.outcome}: {page.detail}"))
            continue
        cleaned = _restore_crawl_values(page.cleaned, before)
        result = _compare_articles(before, cleaned.article)
        results.append(result)
        if result.was == "same":
            same.append(before.id)
            continue
        versions.append({"article": before.id, "replaced_at": now, "ended_by": "reclean"})
        rows[before.id] = article_rows.build_article_row(cleaned) | {"version": before.version + 1}
    if not dry_run:
        with database.write() as connection:
            if rows:
                article_writer.replace_articles(connection, versions, rows)
            if same:
                connection.execute(
                    update(ArticleRow).where(ArticleRow.id.in_(same)).values(cleaner=get_cleaner_version())
                )
    return results


def _restore_crawl_values(cleaned: Cleaned, before: StoredArticle) -> Cleaned:
    """The article with what servers asked of robots, and with what the site's own spider stated."""
    known: dict[str, Any] = {
        "robots": before.robots,
        "tdm_reserved": before.tdm_reserved,
        "tdm_policy": before.tdm_policy,
        "url": before.url,
    }
    stated = [name for name, origin in before.provenance.items() if origin == SPIDER_ORIGIN]
    known |= {name: getattr(before, name) for name in stated if hasattr(before, name)}
    provenance = {**cleaned.article.provenance, **dict.fromkeys(stated, SPIDER_ORIGIN)}
    return replace(cleaned, article=replace(cleaned.article, **known, provenance=provenance))


def _compare_articles(before: StoredArticle, after: Article) -> Recleaned:
    fields = tuple(name for name in VISIBLE_FIELDS if _normalize_field(before, name) != _normalize_field(after, name))
    if not fields:
        return Recleaned(before.id, before.url, "same")
    lines = difflib.ndiff(before.text.split("\n"), after.text.split("\n")) if "text" in fields else ()
    shown = tuple(line for line in lines if line.startswith(("- ", "+ ")) and line[2:].strip())
    return Recleaned(before.id, before.url, "changed", fields=fields, lines=shown)


def _normalize_field(article: StoredArticle | Article, name: str) -> Any:
    if name == "published":
        return article_rows.to_utc(article.published, article.published_precision)[0]
    value = getattr(article, name)
    return sanitize_text(value) if isinstance(value, str) else value
