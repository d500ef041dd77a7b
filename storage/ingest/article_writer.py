"""Decide for each fetched article whether it is new, changed, unchanged or a duplicate, and write it.

A batch is looked up in four statements, decided in memory, and written in one statement per table.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import CompoundSelect, Connection, Select, bindparam, insert, literal_column, select, union_all, update
from sqlalchemy.orm import aliased

from cleaning.article import Article
from cleaning.version import get_cleaner_version
from storage.backends.chunks import iter_chunks
from storage.backends.types import sanitize_text
from storage.ingest.article_rows import (
    MAX_FIELD_CHARACTERS,
    VERSIONED_COLUMNS,
    build_page_row,
    compute_content_hash,
    to_utc,
)
from storage.ingest.change_detection import Change, compute_fingerprint, detect_change, is_edited_story, is_same_story
from storage.ingest.derived_rows import index_articles, unindex_articles
from storage.schema.keys import hash_key, make_key
from storage.schema.tables import ArticleRow, ArticleVersionRow, FrontierRow, TombstoneRow
from storage.values import FetchedPage

ERASED_OUTCOME = "erased"
"""The outcome of a page whose article was erased, and is not stored again."""


@dataclass(slots=True)
class StoredOutcome:
    """The outcome of storing a fetched article, and the article's entry."""

    outcome: str
    """``"stored"``, ``"updated"``, ``"unchanged"``, ``"duplicate"`` or ``"erased"``."""
    entry: "ArticleEntry | None" = None

    @property
    def article_id(self) -> int | None:
        """The number of the article; ``None`` if the page has none.

        For a new article it is 0 until the batch has been written.
        """
        return self.entry.id if self.entry else None


@dataclass(slots=True)
class ArticleEntry:
    """An article that is in the corpus, or will be once the batch has been written."""

    id: int = 0
    row: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    version: int = 1
    gone_at: datetime | None = None
    cleaner: str | None = None
    """The cleaner that its text is from; ``None`` for an article of this batch."""
    fetched_at: datetime | None = None
    """UTC; when the page was fetched that its text is from; ``None`` for an article of this batch."""
    frontier_id: int = 0
    """The URL of its own in the frontier; 0 for an article of this batch."""


def store_articles(connection: Connection, pages: Sequence[FetchedPage]) -> list[StoredOutcome]:
    """Store the articles of pages, and return the outcome of each, in the same order.

    New articles are inserted, changed ones replaced after their current state was saved as a version; unchanged ones
    and duplicates are not written at all. An article that only a newer cleaner reads differently is replaced too, but
    its site has changed nothing: its outcome is ``unchanged``, and its version says ``reclean``.

    Args:
        connection: A connection whose write transaction the caller holds.
        pages: Pages that have been cleaned.

    Raises:
        ValueError: if an article is too large; nothing has been written then.
    """
    known = _KnownArticles(connection, pages)
    batch = _WriteBatch()
    placed = [_resolve_article(page, known, batch) for page in pages]
    batch.write(connection)
    return placed


class _KnownArticles:
    """The stored articles that have a URL or a text of a batch; the batch's own articles are added as they are decided.

    So two pages of one batch with the same article are recognised like two of different batches.
    """

    def __init__(self, connection: Connection, pages: Sequence[FetchedPage]) -> None:
        self._connection = connection
        self._entries: dict[int, ArticleEntry] = {}
        leases = {page.lease.id for page in pages if page.lease.id}
        keys = {
            hash_key(key) for page in pages for key in (_make_final_key(page), page.article_key, page.lease.url) if key
        }
        self.own = {
            row.frontier_id: self._add_entry(row) for row in self._iter_own_rows(ArticleRow.frontier_id, leases)
        }
        self._by_guid = self._load_guids(pages)
        self.by_key: defaultdict[bytes, list[ArticleEntry]] = defaultdict(list)
        self.article_keys: set[bytes] = set()
        """The key hashes of stored articles, which are unique."""
        self.tombstones: set[bytes] = set()
        self._by_content: dict[tuple[Any, ...], ArticleEntry] = {}
        for keys_ in iter_chunks(sorted(keys)):
            for key_hash, article_id, is_own in connection.execute(_SELECT_BY_KEY, {"keys": keys_}):
                self.by_key[key_hash].append(self._entries.setdefault(article_id, ArticleEntry(article_id)))
                self.article_keys.update([key_hash] if is_own else ())
            self.tombstones.update(connection.scalars(_SELECT_TOMBSTONES, {"keys": keys_}))
        hashes = {compute_content_hash(_get_article(page).text) for page in pages}
        for hashes_ in iter_chunks(sorted(hashes)):
            for article_id, *content in connection.execute(_SELECT_BY_CONTENT, {"hashes": hashes_}):
                entry = self._entries.setdefault(article_id, ArticleEntry(article_id))
                self._by_content.setdefault(tuple(content), entry)

    def _iter_own_rows(self, column: Any, values: Collection[int]) -> Iterator[Any]:
        for some in iter_chunks(sorted(values)):
            yield from self._connection.execute(_SELECT_OWN_ARTICLES.where(column.in_(some)))

    def _add_entry(self, row: Any) -> ArticleEntry:
        entry = ArticleEntry(
            row.id,
            fingerprint=row.fingerprint,
            version=row.version,
            gone_at=row.gone_at,
            cleaner=row.cleaner,
            fetched_at=row.fetched_at,
            frontier_id=row.frontier_id,
        )
        return self._entries.setdefault(row.id, entry)

    def _load_guids(self, pages: Sequence[FetchedPage]) -> dict[int, ArticleEntry]:
        """Return, by the lease's number, the article at another URL to which its feed gives the same id.

        An id that several articles have identifies none of them.
        """
        articles: defaultdict[int, set[int]] = defaultdict(set)
        for leases in iter_chunks(sorted({p.lease.id for p in pages if p.lease.id and p.lease.article_id is None})):
            for lease_id, article_id in self._connection.execute(_SELECT_BY_GUID, {"leases": leases}):
                articles[lease_id].add(article_id or 0)
        single = {lease_id: next(iter(found)) for lease_id, found in articles.items() if len(found) == 1}
        entries = {row.id: self._add_entry(row) for row in self._iter_own_rows(ArticleRow.id, set(single.values()))}
        return {lease_id: entries[article_id] for lease_id, article_id in single.items() if article_id in entries}

    def find_by_guid(self, page: FetchedPage) -> ArticleEntry | None:
        """Return the article to which the page's feed gives the same id, at another URL, if it is the same story."""
        entry = self._by_guid.get(page.lease.id)
        if entry is None:
            return None
        published, _ = to_utc(_get_article(page).published, _get_article(page).published_precision)
        is_same = is_edited_story(
            *self._load_title_and_text(entry),
            *_get_title_and_text(page),
            same_time=published is not None and published == self._load_published(entry),
        )
        return entry if is_same else None

    def find_by_key(self, key: str, but: ArticleEntry | None = None) -> ArticleEntry | None:
        """Return the article with this key, or to which a URL with this key has led; ``None`` if there is none.

        ``but`` is an article that does not count.
        """
        return next((entry for entry in self.by_key.get(hash_key(key), ()) if entry is not but), None)

    def find_duplicate(self, source_id: int, article: Article) -> ArticleEntry | None:
        """Return an article of the same source with the same title, text and time: one article under two URLs.

        Exact duplicates only; near-duplicates are stored, and clustered by `storage.dedup`.
        """
        return self._by_content.get(_make_content_key(source_id, article))

    def is_same_story(self, entry: ArticleEntry, article: Article) -> bool:
        """Return whether a stored article may be the one that a page names by its canonical URL.

        Reads the stored text only when it is needed: few pages have a canonical URL that differs from their own.
        """
        return is_same_story(*self._load_title_and_text(entry), article.title, article.text)

    def _load_title_and_text(self, entry: ArticleEntry) -> tuple[str | None, str]:
        title, text = entry.row.get("title"), entry.row.get("text")
        if not entry.row:
            title, text = self._connection.execute(_SELECT_TITLE_AND_TEXT, {"article": entry.id}).one()
        return title, text or ""

    def _load_published(self, entry: ArticleEntry) -> datetime | None:
        if entry.row:
            return cast("datetime | None", entry.row.get("published"))
        return self._connection.scalar(select(ArticleRow.published).where(ArticleRow.id == entry.id))

    def learn_keys(self, page: FetchedPage, entry: ArticleEntry, keys: Iterable[str]) -> None:
        """Remember that URLs with these keys lead to this article, for the rest of the batch."""
        for key in keys:
            self.by_key[hash_key(key)].append(entry)
        self.own.setdefault(page.lease.id, entry)

    def learn_content(self, page: FetchedPage, entry: ArticleEntry) -> None:
        """Remember the content of a page's article, so that a duplicate in the rest of the batch is found."""
        self._by_content.setdefault(_make_content_key(page.lease.source_id, _get_article(page)), entry)


_SELECT_OWN_ARTICLES: Select[*tuple[Any, ...]] = select(
    ArticleRow.id,
    ArticleRow.frontier_id,
    ArticleRow.fingerprint,
    ArticleRow.version,
    ArticleRow.gone_at,
    ArticleRow.cleaner,
    ArticleRow.fetched_at,
)
_KEY_HASHES: Any = bindparam("keys", expanding=True)
_SELECT_BY_KEY: CompoundSelect[bytes, int, int] = union_all(
    select(ArticleRow.key_hash, ArticleRow.id, literal_column("1")).where(ArticleRow.key_hash.in_(_KEY_HASHES)),
    select(FrontierRow.key_hash, FrontierRow.article_id, literal_column("0")).where(
        FrontierRow.key_hash.in_(_KEY_HASHES), FrontierRow.article_id.is_not(None)
    ),
)
_KNOWN_BY_GUID = aliased(FrontierRow)
_SELECT_BY_GUID = (
    select(FrontierRow.id, _KNOWN_BY_GUID.article_id)
    .join(_KNOWN_BY_GUID, _KNOWN_BY_GUID.guid_hash == FrontierRow.guid_hash)
    .where(
        FrontierRow.id.in_(bindparam("leases", expanding=True)),
        _KNOWN_BY_GUID.id != FrontierRow.id,
        _KNOWN_BY_GUID.article_id.is_not(None),
    )
)
_SELECT_TOMBSTONES = select(TombstoneRow.key_hash).where(TombstoneRow.key_hash.in_(_KEY_HASHES))
_SELECT_BY_CONTENT = (
    select(ArticleRow.id, ArticleRow.source_id, ArticleRow.content_hash, ArticleRow.title, ArticleRow.published)
    .where(ArticleRow.content_hash.in_(bindparam("hashes", expanding=True)))
    .order_by(ArticleRow.id)
)
_SELECT_TITLE_AND_TEXT = select(ArticleRow.title, ArticleRow.text).where(ArticleRow.id == bindparam("article"))


def _resolve_article(page: FetchedPage, known: _KnownArticles, batch: "_WriteBatch") -> StoredOutcome:
    """Decide what a page's article is to the corpus, and add what must be written to the batch."""
    article = _get_article(page)
    final_key = _make_final_key(page)
    own = known.own.get(page.lease.id) if page.lease.id else None
    # A revisit: the page's URL has an article already, unless it now redirects to the URL of another one.
    if own is not None:
        elsewhere = known.find_by_key(final_key, but=own)
        if elsewhere is not None:
            return StoredOutcome("duplicate", elsewhere)
        return _update_own_article(page, own, batch)
    key = page.article_key or final_key
    if {hash_key(key), hash_key(final_key)} & known.tombstones:
        return StoredOutcome(ERASED_OUTCOME)
    found = known.find_by_key(key)
    # Some sites name one canonical URL on all their pages. If the article there is another story, the claim is wrong,
    # and the page's own URL counts.
    if found is not None and key != final_key and not known.is_same_story(found, article):
        key, found = final_key, known.find_by_key(final_key)
    corrected = known.find_by_guid(page)
    if corrected is not None and found in (None, corrected):
        return _move_article(page, corrected, batch)
    # The URL showed another URL's article before, such as a page about maintenance, and now shows one of its own.
    was_duplicate = found is not None and found.id == page.lease.article_id and hash_key(key) not in known.article_keys
    if found is not None and was_duplicate and not known.is_same_story(found, article):
        found = None
    if found is None:
        found = known.find_duplicate(page.lease.source_id, article)
    outcome = "duplicate"
    if found is None:
        found, outcome = batch.add_article(page, key), "stored"
        known.learn_keys(page, found, [key])
        known.learn_content(page, found)
    known.learn_keys(page, found, [final_key])
    return StoredOutcome(outcome, found)


def _move_article(page: FetchedPage, entry: ArticleEntry, batch: "_WriteBatch") -> StoredOutcome:
    """Update an article whose URL its site has corrected: the URL that was found later becomes its own."""
    if page.lease.id < entry.frontier_id:
        return StoredOutcome("duplicate", entry)
    batch.move_article(page, entry)
    return _update_own_article(page, entry, batch)


def _update_own_article(page: FetchedPage, own: ArticleEntry, batch: "_WriteBatch") -> StoredOutcome:
    if own.gone_at is not None:
        own.gone_at = None
        batch.back.append(own)
    now = compute_fingerprint(_get_article(page))
    if detect_change(own.fingerprint or own.row.get("fingerprint"), now) is Change.UNCHANGED:
        # The cleaner is noted: with the next change, it tells an edit from a reading by a newer cleaner.
        if own.cleaner not in (None, get_cleaner_version()):
            batch.confirmed.append(own)
        return StoredOutcome("unchanged", own)
    if _is_edited(own, page):
        batch.update_article(page, own, ended_by="edit")
        return StoredOutcome("updated", own)
    batch.update_article(page, own, ended_by="reclean")
    return StoredOutcome("unchanged", own)


def _is_edited(own: ArticleEntry, page: FetchedPage) -> bool:
    """Return whether the site has changed an article, and not a newer cleaner that reads the same page differently.

    If the cleaner is another one, only a change that the page dates after the last fetch counts as an edit.
    """
    modified, _ = to_utc(_get_article(page).modified, _get_article(page).modified_precision)
    is_dated = modified is not None and own.fetched_at is not None and modified > own.fetched_at
    return is_dated or own.cleaner in (None, get_cleaner_version())


class _WriteBatch:
    """The rows to be written for a batch."""

    def __init__(self) -> None:
        self._new: list[ArticleEntry] = []
        self._changed: list[ArticleEntry] = []
        self._replaced: list[dict[str, Any]] = []
        self.back: list[ArticleEntry] = []
        """Articles whose page had been gone (404 or 410) and is back."""
        self._moved: list[dict[str, Any]] = []
        self.confirmed: list[ArticleEntry] = []
        """Articles that an older cleaner read, and that this one reads in the same way."""

    def add_article(self, page: FetchedPage, key: str) -> ArticleEntry:
        """Add a new article under a key, and return its entry, whose number is 0 until `write`."""
        row = build_page_row(page) | {
            "source_id": page.lease.source_id,
            "frontier_id": page.lease.id,
            "key_hash": hash_key(key),
            "stored_at": page.fetched_at,
            "version": 1,
        }
        entry = ArticleEntry(row=row)
        self._new.append(entry)
        return entry

    def update_article(self, page: FetchedPage, entry: ArticleEntry, ended_by: Literal["edit", "reclean"]) -> None:
        """Replace an article whose content has changed; its current state becomes a version."""
        assert entry.id  # never an article of this batch: a page is leased only once in a run
        self._replaced.append({"article": entry.id, "replaced_at": page.fetched_at, "ended_by": ended_by})
        entry.version += 1
        entry.row = build_page_row(page) | {"version": entry.version}
        self._changed.append(entry)

    def move_article(self, page: FetchedPage, entry: ArticleEntry) -> None:
        """Make the URL of a page an article's own. Earlier URLs of it still lead to it, and are not visited again."""
        entry.frontier_id = page.lease.id
        self._moved.append({"article": entry.id, "lease": page.lease.id, "to": page.final_url})

    def write(self, connection: Connection) -> None:
        """Write all rows: new articles, then moved and returned ones, then changed ones.

        Called once, in the caller's transaction. Sets the numbers of new articles' entries.
        """
        if self._new:
            ids = connection.execute(_INSERT_ARTICLES, [entry.row for entry in self._new])
            numbers = {key_hash: number for number, key_hash in ids}
            for entry in self._new:
                entry.id = numbers[entry.row["key_hash"]]
        if self._moved:
            connection.execute(_MOVE_ARTICLE, self._moved)
            connection.execute(_LEAVE_EARLIER_URLS, self._moved)
        if self.back:
            connection.execute(_CLEAR_GONE, [{"article": entry.id} for entry in self.back])
        if self.confirmed:
            connection.execute(
                _SET_CLEANER, [{"article": entry.id, "by": get_cleaner_version()} for entry in self.confirmed]
            )
        if self._changed:
            replace_articles(connection, self._replaced, {entry.id: entry.row for entry in self._changed})
        index_articles(connection, {entry.id: entry.row for entry in self._new})


# Statements are built once, because SQLAlchemy takes as long to build one as the database to run it.
_INSERT_ARTICLES = insert(ArticleRow).returning(ArticleRow.id, ArticleRow.key_hash)
_MOVE_ARTICLE = (
    update(ArticleRow)
    .where(ArticleRow.id == bindparam("article"))
    .values(frontier_id=bindparam("lease"), url=bindparam("to"))
)
_LEAVE_EARLIER_URLS = (
    update(FrontierRow)
    .where(FrontierRow.article_id == bindparam("article"), FrontierRow.id != bindparam("lease"))
    .values(revisit_at=None)
)
_CLEAR_GONE = update(ArticleRow).where(ArticleRow.id == bindparam("article")).values(gone_at=None)
_SET_CLEANER = update(ArticleRow).where(ArticleRow.id == bindparam("article")).values(cleaner=bindparam("by"))
_VERSION_PARAMETERS = {
    name: bindparam(name, type_=ArticleVersionRow.__table__.c[name].type) for name in ("replaced_at", "ended_by")
}
_SELECT_CURRENT = select(
    ArticleRow.id.label("article_id"),
    ArticleRow.version.label("number"),
    *(parameter.label(name) for name, parameter in _VERSION_PARAMETERS.items()),
    *(ArticleRow.__table__.c[name] for name in VERSIONED_COLUMNS),
).where(ArticleRow.id == bindparam("article"))
_INSERT_VERSION = insert(ArticleVersionRow).from_select(
    ["article_id", "number", *_VERSION_PARAMETERS, *VERSIONED_COLUMNS], _SELECT_CURRENT
)


def replace_articles(
    connection: Connection, versions: Sequence[Mapping[str, Any]], rows: Mapping[int, dict[str, Any]]
) -> None:
    """Save the current state of articles as versions, and replace it by new rows.

    Args:
        connection: A connection whose write transaction the caller holds.
        versions: For each article, its number (``article``), the time (``replaced_at``), and whether the site or newer
            rules have changed it (``ended_by``: ``"edit"`` or ``"reclean"``).
        rows: The new columns by the articles' numbers.
    """
    for version in versions:
        connection.execute(_INSERT_VERSION, version)
    for article_id, row in rows.items():
        connection.execute(update(ArticleRow).where(ArticleRow.id == article_id), row)
    unindex_articles(connection, list(rows))
    index_articles(connection, rows)


def _get_article(page: FetchedPage) -> Article:
    assert page.cleaned is not None
    return page.cleaned.article


def _get_title_and_text(page: FetchedPage) -> tuple[str | None, str]:
    article = _get_article(page)
    return article.title, article.text


def _make_final_key(page: FetchedPage) -> str:
    return make_key(page.final_url, page.lease.url)


def _make_content_key(source_id: int, article: Article) -> tuple[Any, ...]:
    published, _ = to_utc(article.published, article.published_precision)
    title = article.title and sanitize_text(article.title)[:MAX_FIELD_CHARACTERS]
    return source_id, compute_content_hash(article.text), title, published and published.astimezone(UTC)
