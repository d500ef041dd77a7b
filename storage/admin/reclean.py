"""Clean stored articles again with the current rules, from their archived pages.

    for result in reclean(corpus_database, archive, dry_run=True):
        print(result.article_id, result.was)

Articles that the current cleaner has cleaned already are skipped, so an interrupted run continues where it stopped. A
text that comes out differently becomes a new version, marked as made by newer rules, not by an edit of the site. If the
current rules find no article in a page, the stored text is kept.
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
"""The provenance of fields that a custom spider set: they cannot be read from the page again."""

RecleanOutcome = Literal["changed", "same", "no-article", "no-page"]


@dataclass(frozen=True, slots=True)
class Recleaned:
    """The result of cleaning one article again."""

    article_id: int
    url: str
    was: RecleanOutcome
    """``"no-page"``: the page is not in the archive. ``"no-article"``: the rules find no article in it."""
    detail: str = ""
    """The reason, as a sentence; for ``"no-article"``, the outcome of cleaning."""
    fields: tuple[str, ...] = ()
    """The fields that changed, among those that a reader sees."""
    lines: tuple[str, ...] = ()
    """The lines of the text that were removed, each after ``- ``, and those that were added, after ``+ ``."""


def count_stale(connection: Connection, *, everything: bool = False) -> int:
    """Return how many articles `reclean` would process; with ``everything``, the number of all articles."""
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
    """Clean articles again, in batches of `BATCH_ARTICLES`, and yield each result once it has been committed.

    Args:
        database: The corpus.
        archive: The archive of its pages.
        everything: Clean all articles, not only those that another version or other rules have cleaned.
        dry_run: Change nothing.
        workers: The number of processes; by default one per core.
        sites: The user's rules for single sites.

    Raises:
        CorpusError: if the database is locked, full or read-only. Batches before that are committed.
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
            missing.append(Recleaned(article_id, article.url, "no-page", "the page was not archived"))
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
        # An equal article only gets the current cleaner's mark, so that the next run skips it.
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
    """Return the article with the values that its page does not contain: the usage preferences from the server's
    headers, and the fields that a custom spider set."""
    known: dict[str, Any] = {
        "robots": before.robots,
        "tdm_reserved": before.tdm_reserved,
        "tdm_policy": before.tdm_policy,
        "usage_statements": before.usage_statements,
        "url": before.url,
    }
    stated = [name for name, origin in before.provenance.items() if origin == SPIDER_ORIGIN]
    known |= {name: getattr(before, name) for name in stated if hasattr(before, name)}
    provenance = {**cleaned.article.provenance, **dict.fromkeys(stated, SPIDER_ORIGIN)}
    return replace(cleaned, article=replace(cleaned.article, **known, provenance=provenance))


def _compare_articles(before: StoredArticle, after: Article) -> Recleaned:
    # Only fields that a reader sees count; otherwise every improvement of a minor field would make a version of every
    # article.
    fields = tuple(name for name in VISIBLE_FIELDS if _normalize_field(before, name) != _normalize_field(after, name))
    if not fields:
        return Recleaned(before.id, before.url, "same")
    lines = difflib.ndiff(before.text.split("\n"), after.text.split("\n")) if "text" in fields else ()
    shown = tuple(line for line in lines if line.startswith(("- ", "+ ")) and line[2:].strip())
    return Recleaned(before.id, before.url, "changed", fields=fields, lines=shown)


def _normalize_field(article: StoredArticle | Article, name: str) -> Any:
    """Return a field as the corpus stores it, so that a stored and a fresh article can be compared."""
    if name == "published":
        return article_rows.to_utc(article.published, article.published_precision)[0]
    value = getattr(article, name)
    return sanitize_text(value) if isinstance(value, str) else value
