"""The tables. A change here needs a revision in ``migrations/versions``; a test compares the two.

Docstrings and the strings below columns become ``docs/schema.md``: see `storage.schema.docs`.

Unique keys of URLs are hashes: PostgreSQL cannot index a URL of more than 2,700 bytes, and with a case-insensitive
collation ``/B`` and ``/b`` would collide.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Double, ForeignKey, Index, MetaData, SmallInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cleaning.article import Removal
from cleaning.usage import UsageStatement
from storage.backends.ordering import newest_first
from storage.backends.types import (
    Bytes,
    Counts,
    Removals,
    SafeString,
    SafeText,
    Strings,
    StringsByName,
    UsageStatements,
    UtcDateTime,
)
from storage.schema.keys import KEY_HASH_BYTES, MAX_HOST_CHARACTERS

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
SIGNATURE_BYTES = 512
"""A MinHash signature: 128 values of 32 bits."""

MAX_NAME_CHARACTERS = 200
"""How much of a name or tag is kept for looking it up: a length that every database can index."""

QUEUED, LEASED, DONE = "queued", "leased", "done"
"""The states of a URL in the frontier."""


class Base(DeclarativeBase):
    """The base class of all tables. Text is `SafeText` and times are `UtcDateTime` unless a column says otherwise."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {
        str: SafeText(),
        datetime: UtcDateTime(),
        bytes: Bytes(KEY_HASH_BYTES),
        float: Double(),
        tuple[str, ...]: Strings(),
        tuple[Removal, ...]: Removals(),
        tuple[UsageStatement, ...]: UsageStatements(),
        dict[str, int]: Counts(),
        dict[str, str]: StringsByName(),
    }


class SourceRow(Base):
    """A news site whose pages are in the corpus."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(SafeString(MAX_HOST_CHARACTERS), unique=True)
    name: Mapped[str | None]
    url: Mapped[str]
    created_at: Mapped[datetime]
    profile: Mapped[str | None]
    """The site profile of the crawl, as JSON; the corpus stores it without interpreting it."""
    group_name: Mapped[str | None] = mapped_column(SafeString(MAX_NAME_CHARACTERS))
    """The group that the user has put the source into."""
    portfolio: Mapped[str | None]
    """Which listings name the source's articles, as JSON; the corpus stores it without interpreting it."""


class RunRow(Base):
    """One run of the crawl. ``summary`` holds its counts; ``finished_at`` is NULL while it lasts."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    arguments: Mapped[str]
    outcome: Mapped[str | None] = mapped_column(SafeString(40))
    summary: Mapped[dict[str, int]]


class FeedRow(Base):
    """A listing (feed, sitemap or section page), with the result of its last poll and the time of the next."""

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
    moved_to: Mapped[str | None]
    """Where a permanent redirect leads; it is polled there."""


class HostRow(Base):
    """A host's state: until when requests to it are paused, and its robots.txt."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(SafeString(MAX_HOST_CHARACTERS), primary_key=True)
    paused_until: Mapped[datetime | None]
    robots_fetched_at: Mapped[datetime | None]
    robots_status: Mapped[int | None]
    robots: Mapped[str | None]
    robots_max_age: Mapped[int | None]
    """Seconds for which its robots.txt may be used; NULL if it does not say."""
    tdmrep_fetched_at: Mapped[datetime | None]
    tdmrep: Mapped[str | None]
    """The text of its ``/.well-known/tdmrep.json``; empty if it has none, NULL if that is unknown."""


class SourceRunRow(Base):
    """The counts of one run for one source, from which anomalies are detected."""

    __tablename__ = "source_run"
    # A source's history is read from the last index alone, because its rows are spread over the whole table: every run
    # adds one row for each source.
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
    """A URL that may be an article's, its state in the crawl, and the article that was found there.

    ``state`` is ``queued``, ``leased`` (by ``run_id``) or ``done``. For a queued URL, ``run_id`` is the last run that
    failed to fetch it, and ``not_before`` the time of the next attempt. A URL that is done is visited again at
    ``revisit_at``.
    """

    __tablename__ = "frontier"
    __table_args__ = (
        Index(None, "key_hash", unique=True),
        Index(None, "source_id", "state", "not_before", "run_id"),
        Index(None, "article_id"),
        Index(None, "revisit_at"),
        Index(None, "guid_hash"),
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
    guid_hash: Mapped[bytes | None]
    """The hash of the id that its feed gives the article, and of the source."""
    listed_at: Mapped[datetime | None]
    """When a listing named the URL last, as far as that decides about another attempt."""
    listed_modified: Mapped[datetime | None]
    """The time of the last change according to its listing."""


# This index serves `Frontier.lease`: it finds the hosts with queued URLs, and the next URLs of each, in order.
Index(
    "ix_frontier_queue",
    FrontierRow.state,
    FrontierRow.host,
    FrontierRow.priority.desc(),
    newest_first(FrontierRow.published),
    FrontierRow.id,
)


class FeedEntryRow(Base):
    """What a feed says of an article that has not been fetched yet."""

    __tablename__ = "feed_entry"

    frontier_id: Mapped[int] = mapped_column(ForeignKey("frontier.id"), primary_key=True)
    html: Mapped[str | None]
    """The full text, as HTML; NULL if the feed has none."""
    authors: Mapped[tuple[str, ...]]
    tags: Mapped[tuple[str, ...]]


class FetchRow(Base):
    """One attempt to fetch a page, with its outcome and its place in the archive."""

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
    """A cleaned article. ``published`` is in UTC; ``published_offset`` is the stated time zone in minutes east of UTC,
    NULL if none was stated."""

    __tablename__ = "article"
    # SQLite reads a row from its start, and a long text fills pages of its own. So the columns that most queries need
    # come before the text. Columns that later revisions added come after it; only queries for whole articles read them.
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
    """The version of the cleaner and a hash of its rules: `cleaning.version.get_cleaner_version`."""
    cluster_id: Mapped[int | None]
    """The cluster of near-duplicates that the article belongs to; NULL if it has none."""
    usage_statements: Mapped[tuple[UsageStatement, ...]]
    """What the site states about its use, with where it says so: see `cleaning.usage`."""


class ArticleVersionRow(Base):
    """An earlier text of an article, from before the site edited it or newer rules cleaned it again."""

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
    """What replaced this version: ``edit`` (by the site) or ``reclean`` (by newer rules)."""


class CreditRow(Base):
    """A person or organisation that contributed to an article. Derived from the article's row, for searching and
    counting."""

    __tablename__ = "credit"
    __table_args__ = (Index(None, "words", "role"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    role: Mapped[str] = mapped_column(SafeString(20), primary_key=True)
    """``author``, ``organisation``, ``editor``, ``translator``, ``reporter``, ``agency`` or ``photographer``."""
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str]
    words: Mapped[str] = mapped_column(SafeString(MAX_NAME_CHARACTERS))
    """The name folded for search, with a space before and after it."""


class TagRow(Base):
    """A tag or the section of an article. Derived from the article's row, for searching and counting."""

    __tablename__ = "tag"
    __table_args__ = (Index(None, "words"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(SafeString(10), primary_key=True)
    """``tag`` or ``section``."""
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str]
    words: Mapped[str] = mapped_column(SafeString(MAX_NAME_CHARACTERS))


class SignatureRow(Base):
    """The MinHash signature of an article's text, which is similar for similar texts: see `storage.dedup.minhash`."""

    __tablename__ = "signature"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    """`storage.dedup.minhash.SIGNATURE_VERSION`."""
    minhash: Mapped[bytes] = mapped_column(Bytes(SIGNATURE_BYTES))


class BandRow(Base):
    """The hash of one band of a signature: articles that share a band may be near-duplicates."""

    __tablename__ = "band"
    __table_args__ = (Index(None, "article_id"), {"sqlite_with_rowid": False})

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, autoincrement=False)


class ClusterRow(Base):
    """A cluster of near-duplicates, and the article that represents it."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    representative_id: Mapped[int] = mapped_column(ForeignKey("article.id"))


class TombstoneRow(Base):
    """The hash of a URL that is never fetched again, because its article was erased."""

    __tablename__ = "tombstone"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class SavedQueryRow(Base):
    """A query that a user has saved under a name."""

    __tablename__ = "saved_query"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(SafeString(100), unique=True)
    query: Mapped[str]
    created_at: Mapped[datetime]
    seen_id: Mapped[int]
    """The newest article at the time of the last ``--new``; 0 before the first."""
    seen_at: Mapped[datetime | None]


class WarcImportRow(Base):
    """The progress of importing a WARC file: everything before ``offset`` is in the corpus."""

    __tablename__ = "warc_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    path_hash: Mapped[bytes] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    records: Mapped[int]
    finished_at: Mapped[datetime | None]


class BackfillRow(Base):
    """The progress of a backfill through one list of older articles: it continues at ``next_url``; NULL at the end."""

    __tablename__ = "backfill"
    __table_args__ = (Index(None, "source_id", "url_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    url: Mapped[str]
    url_hash: Mapped[bytes]
    since: Mapped[datetime]
    read_at: Mapped[datetime]
    next_url: Mapped[str | None]


# MariaDB's default collations treat é as e, and B as b: two different URLs or names would be one key.
for table in Base.metadata.tables.values():
    table.dialect_kwargs.update({"mariadb_default_charset": "utf8mb4", "mariadb_collate": "utf8mb4_bin"})
