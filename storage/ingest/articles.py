"""The write path of articles: what the articles of fetched pages are to the corpus, and what is written of them.

A batch is looked up in four statements, decided in memory, and written in one statement a table.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, bindparam, insert, select, union_all, update

from cleaning.article import Article
from storage.backends.chunks import chunks
from storage.backends.types import sanitise
from storage.ingest.article_rows import MAX_FIELD_CHARACTERS, content_hash, moment, row_of
from storage.ingest.change_detection import Change, decide, fingerprint, same_story
from storage.ingest.derived_rows import derive, underive
from storage.schema.keys import hash_of, key_of
from storage.schema.tables import ArticleRow, ArticleVersionRow, FrontierRow, TombstoneRow
from storage.values import FetchedPage

ERASED = "erased"
"""The outcome of a page that was erased, and is not to be kept again."""


@dataclass(slots=True)
class Placed:
    """Where a fetched article ended up."""

    outcome: str
    """``"stored"``, ``"updated"``, ``"unchanged"``, ``"duplicate"`` or ``"erased"``."""
    entry: "Entry | None" = None

    @property
    def article_id(self) -> int | None:
        """The article; ``None`` where there is to be none."""
        return self.entry.id if self.entry else None


@dataclass(slots=True)
class Entry:
    """An article that is in the corpus, or will be once the batch is written."""

    id: int = 0
    row: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    version: int = 1
    gone_at: datetime | None = None


def store(connection: Connection, pages: Sequence[FetchedPage]) -> list[Placed]:
    """Keep the articles of pages: new rows, changed ones, or nothing but the news that we have them already.

    The caller holds the transaction. All pages must have been cleaned. Raises ValueError for one that is too large.
    """
    known = _Known(connection, pages)
    batch = _Batch()
    placed = [_place(page, known, batch) for page in pages]
    batch.write(connection)
    return placed


class _Known:
    """What the corpus knows of the addresses and texts of a batch. It learns what the batch itself adds."""

    def __init__(self, connection: Connection, pages: Sequence[FetchedPage]) -> None:
        self._connection = connection
        self._entries: dict[int, Entry] = {}
        leases = {page.lease.id for page in pages if page.lease.id}
        keys = {hash_of(key) for page in pages for key in (_final_key(page), page.article_key, page.lease.url) if key}
        self.own = {row.frontier_id: self._entry(row) for row in self._rows(ArticleRow.frontier_id, leases)}
        self.by_key: defaultdict[bytes, list[Entry]] = defaultdict(list)
        self.tombstones: set[bytes] = set()
        self._twins: dict[tuple[Any, ...], Entry] = {}
        for keys_ in chunks(sorted(keys)):
            for key_hash, article_id in connection.execute(_BY_KEY, {"keys": keys_}):
                self.by_key[key_hash].append(self._entries.setdefault(article_id, Entry(article_id)))
            self.tombstones.update(connection.scalars(_TOMBSTONES, {"keys": keys_}))
        hashes = {content_hash(_article(page).text) for page in pages}
        for hashes_ in chunks(sorted(hashes)):
            for article_id, *twin in connection.execute(_TWINS, {"hashes": hashes_}):
                self._twins.setdefault(tuple(twin), self._entries.setdefault(article_id, Entry(article_id)))

    def _rows(self, column: Any, values: Collection[int]) -> Iterator[Any]:
        for some in chunks(sorted(values)):
            yield from self._connection.execute(_OWN.where(column.in_(some)))

    def _entry(self, row: Any) -> Entry:
        entry = Entry(row.id, fingerprint=row.fingerprint, version=row.version, gone_at=row.gone_at)
        return self._entries.setdefault(row.id, entry)

    def with_key(self, key: str, but: Entry | None = None) -> Entry | None:
        """The article with this key, or that an address with this key led to."""
        return next((entry for entry in self.by_key.get(hash_of(key), ()) if entry is not but), None)

    def twin(self, source_id: int, article: Article) -> Entry | None:
        """An article of the same site with the same headline, text and time: one article under two addresses."""
        return self._twins.get(_twin_of(source_id, article))

    def tells_the_same(self, entry: Entry, article: Article) -> bool:
        """Whether an article that is in the corpus may be the one that a page claims to be."""
        title, text = entry.row.get("title"), entry.row.get("text")
        if not entry.row:
            title, text = self._connection.execute(_TOLD, {"article": entry.id}).one()
        return same_story(title, text or "", article.title, article.text)

    def learn(self, page: FetchedPage, entry: Entry, keys: Iterable[str]) -> None:
        """Note that these addresses lead to this article from now on."""
        for key in keys:
            self.by_key[hash_of(key)].append(entry)
        self.own.setdefault(page.lease.id, entry)

    def learn_twin(self, page: FetchedPage, entry: Entry) -> None:
        """Note what the article of a page says."""
        self._twins.setdefault(_twin_of(page.lease.source_id, _article(page)), entry)


_OWN: Select[*tuple[Any, ...]] = select(
    ArticleRow.id, ArticleRow.frontier_id, ArticleRow.fingerprint, ArticleRow.version, ArticleRow.gone_at
)
_KEYS: Any = bindparam("keys", expanding=True)
_BY_KEY: CompoundSelect[bytes, int] = union_all(
    select(ArticleRow.key_hash, ArticleRow.id).where(ArticleRow.key_hash.in_(_KEYS)),
    select(FrontierRow.key_hash, FrontierRow.article_id).where(
        FrontierRow.key_hash.in_(_KEYS), FrontierRow.article_id.is_not(None)
    ),
)
_TOMBSTONES = select(TombstoneRow.key_hash).where(TombstoneRow.key_hash.in_(_KEYS))
_TWINS = (
    select(ArticleRow.id, ArticleRow.source_id, ArticleRow.content_hash, ArticleRow.title, ArticleRow.published)
    .where(ArticleRow.content_hash.in_(bindparam("hashes", expanding=True)))
    .order_by(ArticleRow.id)
)
_TOLD = select(ArticleRow.title, ArticleRow.text).where(ArticleRow.id == bindparam("article"))


def _place(page: FetchedPage, known: _Known, batch: "_Batch") -> Placed:
    article = _article(page)
    final_key = _final_key(page)
    own = known.own.get(page.lease.id) if page.lease.id else None
    if own is not None:
        elsewhere = known.with_key(final_key, but=own)
        if elsewhere is not None:
            return Placed("duplicate", elsewhere)
        return _renew(page, own, batch)
    key = page.article_key or final_key
    if {hash_of(key), hash_of(final_key)} & known.tombstones:
        return Placed(ERASED)
    found = known.with_key(key)
    if found is not None and key != final_key and not known.tells_the_same(found, article):
        key, found = final_key, known.with_key(final_key)
    if found is None:
        found = known.twin(page.lease.source_id, article)
    outcome = "duplicate"
    if found is None:
        found, outcome = batch.add(page, key), "stored"
        known.learn(page, found, [key])
        known.learn_twin(page, found)
    known.learn(page, found, [final_key])
    return Placed(outcome, found)


def _renew(page: FetchedPage, own: Entry, batch: "_Batch") -> Placed:
    if own.gone_at is not None:
        own.gone_at = None
        batch.back.append(own)
    now = fingerprint(_article(page))
    if decide(own.fingerprint or own.row.get("fingerprint"), now) is Change.UNCHANGED:
        return Placed("unchanged", own)
    batch.change(page, own)
    return Placed("updated", own)


class _Batch:
    """What is to be written of a batch."""

    def __init__(self) -> None:
        self._new: list[Entry] = []
        self._changed: list[Entry] = []
        self._replaced: list[dict[str, Any]] = []
        self.back: list[Entry] = []
        """Articles whose page is there again."""

    def add(self, page: FetchedPage, key: str) -> Entry:
        """A new article."""
        row = row_of(page) | {
            "source_id": page.lease.source_id,
            "frontier_id": page.lease.id,
            "key_hash": hash_of(key),
            "stored_at": page.fetched_at,
            "version": 1,
        }
        entry = Entry(row=row)
        self._new.append(entry)
        return entry

    def change(self, page: FetchedPage, entry: Entry) -> None:
        """An article that says something else than before."""
        assert entry.id  # a page is leased once in a run
        self._replaced.append({"article": entry.id, "replaced_at": page.fetched_at, "ended_by": "edit"})
        entry.version += 1
        entry.row = row_of(page) | {"version": entry.version}
        self._changed.append(entry)

    def write(self, connection: Connection) -> None:
        """Write it all."""
        if self._new:
            ids = connection.execute(_INSERT, [entry.row for entry in self._new])
            numbers = {key_hash: number for number, key_hash in ids}
            for entry in self._new:
                entry.id = numbers[entry.row["key_hash"]]
        if self.back:
            connection.execute(_BACK, [{"article": entry.id} for entry in self.back])
        if self._changed:
            replace(connection, self._replaced, {entry.id: entry.row for entry in self._changed})
        derive(connection, {entry.id: entry.row for entry in self._new})


# Building a statement takes as long as running it.
_INSERT = insert(ArticleRow).returning(ArticleRow.id, ArticleRow.key_hash)
_BACK = update(ArticleRow).where(ArticleRow.id == bindparam("article")).values(gone_at=None)
_KEPT = ("fetched_at", "published", "modified", "content_hash", "fingerprint", "title", "authors", "text", "cleaner")
_NEW_IN_VERSION = {
    name: bindparam(name, type_=ArticleVersionRow.__table__.c[name].type) for name in ("replaced_at", "ended_by")
}
_PRESENT = select(
    ArticleRow.id.label("article_id"),
    ArticleRow.version.label("number"),
    *(parameter.label(name) for name, parameter in _NEW_IN_VERSION.items()),
    *(ArticleRow.__table__.c[name] for name in _KEPT),
).where(ArticleRow.id == bindparam("article"))
_KEEP = insert(ArticleVersionRow).from_select(["article_id", "number", *_NEW_IN_VERSION, *_KEPT], _PRESENT)


def replace(connection: Connection, versions: Sequence[Mapping[str, Any]], rows: Mapping[int, dict[str, Any]]) -> None:
    """Keep what articles say now as versions, and have them say what is in these rows, by their ids.

    ``versions`` say of each when it ended and why: ``article``, ``replaced_at`` and ``ended_by``.
    """
    for version in versions:
        connection.execute(_KEEP, version)
    for article_id, row in rows.items():
        connection.execute(update(ArticleRow).where(ArticleRow.id == article_id), row)
    underive(connection, list(rows))
    derive(connection, rows)


def _article(page: FetchedPage) -> Article:
    assert page.cleaned is not None
    return page.cleaned.article


def _final_key(page: FetchedPage) -> str:
    return key_of(page.final_url, page.lease.url)


def _twin_of(source_id: int, article: Article) -> tuple[Any, ...]:
    published, _ = moment(article.published, article.published_precision)
    title = article.title and sanitise(article.title)[:MAX_FIELD_CHARACTERS]
    return source_id, content_hash(article.text), title, published and published.astimezone(UTC)
