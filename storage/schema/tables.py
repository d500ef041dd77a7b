"""The tables. A change here needs a revision in ``migrations/versions``; a test compares the two.

Unique keys over addresses are on a hash: addresses are longer than some databases can index, and collations
make ``/B`` and ``/b`` collide.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Double, ForeignKey, Index, MetaData, SmallInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cleaning.article import Removal
from storage.backends.ordering import newest_first
from storage.backends.types import Bytes, Counts, Removals, SafeString, SafeText, Strings, StringsByName, UtcDateTime
from storage.schema.keys import KEY_HASH_BYTES, MAX_HOST_CHARACTERS

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
SIGNATURE_BYTES = 512
MAX_NAME_CHARACTERS = 200
"""How much of a name or a tag is kept to find it by: what every database can index."""

QUEUED, LEASED, DONE = "queued", "leased", "done"
"""The states of an address in the frontier."""


class Base(DeclarativeBase):
    """Everything below; text is `SafeText` and moments are `UtcDateTime` unless a column says otherwise."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {
        str: SafeText(),
        datetime: UtcDateTime(),
        bytes: Bytes(KEY_HASH_BYTES),
        float: Double(),
        tuple[str, ...]: Strings(),
        tuple[Removal, ...]: Removals(),
        dict[str, int]: Counts(),
        dict[str, str]: StringsByName(),
    }


class SourceRow(Base):
    """A news site."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(SafeString(MAX_HOST_CHARACTERS), unique=True)
    name: Mapped[str | None]
    url: Mapped[str]
    created_at: Mapped[datetime]
    profile: Mapped[str | None]
    """What the crawl has learned of the site, as JSON; the corpus does not look into it."""


class RunRow(Base):
    """One crawl."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    arguments: Mapped[str]
    outcome: Mapped[str | None] = mapped_column(SafeString(40))
    summary: Mapped[dict[str, int]]


class FeedRow(Base):
    """A page that lists articles: feed, sitemap or section page."""

    __tablename__ = "feed"
    __table_args__ = (Index(None, "source_id", "url_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    url: Mapped[str]
    url_hash: Mapped[bytes]
    kind: Mapped[str] = mapped_column(SafeString(40))
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_hash: Mapped[str | None] = mapped_column(SafeString(128))
    polled_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    entries: Mapped[int]
    interval: Mapped[int | None]
    next_poll_at: Mapped[datetime | None]
    validated: Mapped[int]
    failures: Mapped[int]


class HostRow(Base):
    """What a host has asked for: to be left alone for a while, and its robots.txt."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(SafeString(MAX_HOST_CHARACTERS), primary_key=True)
    paused_until: Mapped[datetime | None]
    robots_fetched_at: Mapped[datetime | None]
    robots_status: Mapped[int | None]
    robots: Mapped[str | None]


class SourceRunRow(Base):
    """What one run did on one source: what its health is told by."""

    __tablename__ = "source_run"
    # A source's history is read from the last index alone: its rows lie far apart, one in each run's heap.
    __table_args__ = (
        Index(None, "source_id", "run_id", unique=True),
        Index(None, "run_id"),
        Index("ix_source_run_history", "source_id", "run_id", "at", "found", "measured", "pages"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    at: Mapped[datetime]
    found: Mapped[int]
    requests: Mapped[int]
    outcomes: Mapped[dict[str, int]]
    pages: Mapped[int]
    """The sum of ``outcomes``."""
    measured: Mapped[int]
    words: Mapped[int | None]
    titles: Mapped[int]
    dates: Mapped[int]
    authors: Mapped[int]
    problem: Mapped[str | None]
    drift: Mapped[str | None]


class FrontierRow(Base):
    """An address that may lead to an article, what is to be done with it, and the article it led to.

    ``state`` is ``queued``, ``leased`` (by ``run_id``) or ``done``. In the queue, ``run_id`` is the run that
    failed at it last, and ``not_before`` the time of the next attempt. What is done is looked at again at
    ``revisit_at``.
    """

    __tablename__ = "frontier"
    __table_args__ = (
        Index(None, "key_hash", unique=True),
        Index(None, "source_id", "state", "not_before", "run_id"),
        Index(None, "article_id"),
        Index(None, "revisit_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    url: Mapped[str]
    key: Mapped[str]
    key_hash: Mapped[bytes]
    host: Mapped[str] = mapped_column(SafeString(MAX_HOST_CHARACTERS))
    found_in: Mapped[str] = mapped_column(SafeString(40))
    found_at: Mapped[datetime]
    priority: Mapped[int]
    title: Mapped[str | None]
    published: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(SafeString(10))
    attempts: Mapped[int]
    not_before: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(SafeString(40))
    first_fetched_at: Mapped[datetime | None]
    revisit_at: Mapped[datetime | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]


# It gives the hosts that have any addresses, and the next ones of each, in order.
Index(
    "ix_frontier_queue",
    FrontierRow.state,
    FrontierRow.host,
    FrontierRow.priority.desc(),
    newest_first(FrontierRow.published),
    FrontierRow.id,
)


class FeedTextRow(Base):
    """The full text that a feed has of an article which is still to be fetched, as HTML."""

    __tablename__ = "feed_text"

    frontier_id: Mapped[int] = mapped_column(ForeignKey("frontier.id"), primary_key=True)
    html: Mapped[str]


class FetchRow(Base):
    """One attempt to fetch an address, with its named outcome."""

    __tablename__ = "fetch"
    __table_args__ = (Index(None, "frontier_id"), Index(None, "run_id"), Index(None, "outcome"))

    id: Mapped[int] = mapped_column(primary_key=True)
    frontier_id: Mapped[int] = mapped_column(ForeignKey("frontier.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    final_url: Mapped[str]
    http_status: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(SafeString(40))
    detail: Mapped[str | None]
    fetched_at: Mapped[datetime]
    milliseconds: Mapped[int]
    bytes: Mapped[int]
    archive_file: Mapped[str | None] = mapped_column(SafeString(255))
    archive_offset: Mapped[int | None] = mapped_column(BigInteger)
    archive_length: Mapped[int | None]


class ArticleRow(Base):
    """A cleaned article. ``published`` is in UTC; its offset is minutes east, NULL where none was stated."""

    __tablename__ = "article"
    # The text comes late: SQLite reads a row from its start, and most queries stop before the text. What later
    # revisions add to an old table comes behind it, and only whole articles need it.
    __table_args__ = (
        Index(None, "key_hash", unique=True),
        Index(None, "frontier_id"),
        Index(None, "content_hash"),
        Index(None, "published"),
        Index(None, "language", "published"),
        Index(None, "source_id", "published"),
        Index(None, "cluster_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    frontier_id: Mapped[int] = mapped_column(ForeignKey("frontier.id"))
    published: Mapped[datetime | None]
    published_offset: Mapped[int | None]
    published_precision: Mapped[str | None] = mapped_column(SafeString(10))
    modified: Mapped[datetime | None]
    modified_offset: Mapped[int | None]
    modified_precision: Mapped[str | None] = mapped_column(SafeString(10))
    language: Mapped[str] = mapped_column(SafeString(20))
    language_confidence: Mapped[float]
    stored_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    paywalled: Mapped[bool | None]
    word_count: Mapped[int]
    key_hash: Mapped[bytes]
    content_hash: Mapped[str] = mapped_column(SafeString(64))
    fingerprint: Mapped[str] = mapped_column(SafeString(64))
    url: Mapped[str]
    canonical_url: Mapped[str | None]
    title: Mapped[str | None]
    site_name: Mapped[str | None]
    section: Mapped[str | None]
    dateline: Mapped[str | None]
    description: Mapped[str | None]
    image: Mapped[str | None]
    licence: Mapped[str | None]
    page_type: Mapped[str | None]
    authors: Mapped[tuple[str, ...]]
    editors: Mapped[tuple[str, ...]]
    translators: Mapped[tuple[str, ...]]
    contributors: Mapped[tuple[str, ...]]
    credits: Mapped[tuple[str, ...]]
    tags: Mapped[tuple[str, ...]]
    flags: Mapped[tuple[str, ...]]
    removals: Mapped[tuple[Removal, ...]]
    text: Mapped[str]
    organisations: Mapped[tuple[str, ...]]
    photo_credits: Mapped[tuple[str, ...]]
    robots: Mapped[tuple[str, ...]]
    tdm_reserved: Mapped[bool | None]
    tdm_policy: Mapped[str | None]
    provenance: Mapped[dict[str, str]]
    version: Mapped[int]
    gone_at: Mapped[datetime | None]
    cleaner: Mapped[str | None] = mapped_column(SafeString(40))
    """`cleaning.CLEANER`: the version and the rules that made the text."""
    cluster_id: Mapped[int | None]
    """The articles that tell nearly the same; NULL where there is no other."""


class ArticleVersionRow(Base):
    """What an article said before it changed, or before it was cleaned anew."""

    __tablename__ = "article_version"
    __table_args__ = (Index(None, "article_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    fetched_at: Mapped[datetime]
    replaced_at: Mapped[datetime]
    published: Mapped[datetime | None]
    modified: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(SafeString(64))
    fingerprint: Mapped[str] = mapped_column(SafeString(64))
    title: Mapped[str | None]
    authors: Mapped[tuple[str, ...]]
    text: Mapped[str]
    cleaner: Mapped[str | None] = mapped_column(SafeString(40))
    ended_by: Mapped[str] = mapped_column(SafeString(10), server_default="edit")
    """Why it is no longer what the article says: ``edit`` by the site, or ``reclean`` by newer rules."""


class CreditRow(Base):
    """Somebody who had a part in an article. Made from the article's row, to find and to count by."""

    __tablename__ = "credit"
    __table_args__ = (Index(None, "words", "role"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    role: Mapped[str] = mapped_column(SafeString(20), primary_key=True)
    """``author``, ``organisation``, ``editor``, ``translator``, ``reporter``, ``agency`` or ``photographer``."""
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str]
    words: Mapped[str] = mapped_column(SafeString(MAX_NAME_CHARACTERS))
    """The name folded to words, with a space before and behind."""


class TagRow(Base):
    """What an article is filed under. Made from the article's row, to find and to count by."""

    __tablename__ = "tag"
    __table_args__ = (Index(None, "words"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(SafeString(10), primary_key=True)
    """``tag`` or ``section``."""
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str]
    words: Mapped[str] = mapped_column(SafeString(MAX_NAME_CHARACTERS))


class SignatureRow(Base):
    """What nearly equal texts have nearly equal: see `storage.dedup.minhash`."""

    __tablename__ = "signature"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    """`storage.dedup.minhash.SIGNATURE_VERSION`."""
    minhash: Mapped[bytes] = mapped_column(Bytes(SIGNATURE_BYTES))


class BandRow(Base):
    """A part of a signature: articles that share one may be nearly equal."""

    __tablename__ = "band"
    __table_args__ = (Index(None, "article_id"), {"sqlite_with_rowid": False})

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, autoincrement=False)


class ClusterRow(Base):
    """Articles that tell nearly the same, by the one that stands for them."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    representative_id: Mapped[int] = mapped_column(ForeignKey("article.id"))


class TombstoneRow(Base):
    """An address that is never to be fetched again, because what it led to was erased. Only its hash is kept."""

    __tablename__ = "tombstone"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class SavedQueryRow(Base):
    """A query that somebody comes back to."""

    __tablename__ = "saved_query"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(SafeString(100), unique=True)
    query: Mapped[str]
    created_at: Mapped[datetime]
    seen_id: Mapped[int]
    """The newest article that was there when its new ones were last asked for; 0 before the first time."""
    seen_at: Mapped[datetime | None]


class WarcImportRow(Base):
    """How far a WARC file has been read as a source of pages."""

    __tablename__ = "warc_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    path_hash: Mapped[bytes] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    records: Mapped[int]
    finished_at: Mapped[datetime | None]


class BackfillRow(Base):
    """A list of older articles that a walk back in time has read: up to ``next_url``, or to its end."""

    __tablename__ = "backfill"
    __table_args__ = (Index(None, "source_id", "url_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    url: Mapped[str]
    url_hash: Mapped[bytes]
    since: Mapped[datetime]
    read_at: Mapped[datetime]
    next_url: Mapped[str | None]


# MariaDB's own collations take é for e, and B for b.
for table in Base.metadata.tables.values():
    table.dialect_kwargs.update({"mariadb_default_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"})
