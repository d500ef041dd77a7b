"""The values that go into the corpus and come out of it. All are frozen; all times are timezone-aware."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

from cleaning.article import Cleaned, Precision, Removal

FeedKind = Literal["feed", "sitemap-index", "sitemap", "section"]
FoundIn = Literal["feed", "sitemap", "section", "spider", "given", "warc"]


@dataclass(frozen=True, slots=True)
class Source:
    """A news site."""

    id: int
    key: str
    """The host without ``www.``, in lower case: ``"bbc.co.uk"``."""
    name: str | None
    """What people call it; ``None`` where nobody said."""
    url: str
    """The address it was first given by."""
    created_at: datetime
    """UTC."""
    profile: str | None = None
    """What the crawl has learned of the site, as JSON; ``None`` where it has learned nothing yet."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A page that lists articles of a source, and what the last look at it gave."""

    id: int
    source_id: int
    url: str
    kind: FeedKind
    etag: str | None = None
    """The ``ETag`` header of the last answer, to be sent back; ``None`` where there was none."""
    last_modified: str | None = None
    """The ``Last-Modified`` header of the last answer, as it was written."""
    body_hash: str | None = None
    """Hash of the last body: some feeds keep their ETag after changing."""
    polled_at: datetime | None = None
    """UTC; ``None`` where it was never fetched."""
    changed_at: datetime | None = None
    """UTC; when a fetch last gave another body than the one before."""
    entries: int = 0
    """How many entries the last body had."""
    interval: int | None = None
    """Seconds from the last look to the next, before jitter; ``None`` where no look has settled it."""
    next_poll_at: datetime | None = None
    """UTC; when it is due again. ``None``: at once."""
    validated: int = 0
    """Looks in a row that the validators answered (304), since a body was fetched last."""
    failures: int = 0
    """Looks in a row that failed."""


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has asked for."""

    name: str
    """As it is in addresses, in lower case; with its port where that is unusual."""
    paused_until: datetime | None = None
    """UTC; until when it asked to be left alone."""
    robots_fetched_at: datetime | None = None
    """UTC; ``None`` where its robots.txt was never had."""
    robots_status: int | None = None
    robots: str | None = None
    """The text of its robots.txt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """What one run did on one source."""

    run_id: int
    source_id: int
    at: datetime
    """UTC; when the run ended."""
    found: int = 0
    """Addresses that the frontier did not know."""
    requests: int = 0
    """All requests to the source's hosts, robots.txt included."""
    outcomes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Pages by outcome; new articles are ``stored``."""
    measured: int = 0
    """New articles that the next four figures are of."""
    words: int | None = None
    """Median of their words; ``None`` without any."""
    titles: int = 0
    """How many have a title."""
    dates: int = 0
    """How many have a date of publication."""
    authors: int = 0
    """How many name an author, or an organisation as one."""
    problem: str | None = None
    """Why nothing could be crawled, as a sentence."""
    drift: str | None = None
    """What is unlike the source's own past, as a sentence; ``None`` where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """The looks at a source on one day, taken together."""

    day: date
    """In UTC."""
    looks: int
    """Runs in which anything was asked of it."""
    found: int
    """Addresses that the frontier did not know."""
    stored: int
    """New articles."""
    arrivals: int
    """Looks that brought new articles."""
    first_new_at: datetime | None
    """UTC; the first of those. ``None`` without any."""
    last_new_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """What is known of a source from before a run: what the run is compared with."""

    days: tuple[SourceDay, ...] = ()
    """Days with a look, the oldest first; they reach back 10,000 looks, and 400 days at most."""
    lately: tuple[SourceRun, ...] = ()
    """The last looks that brought pages, the newest first."""
    usual: tuple[SourceRun, ...] = ()
    """The last looks that brought pages and found nothing unusual with them, the newest first. What was unusual four
    weeks ago is usual by now."""
    previous: SourceRun | None = None
    """The look before."""
    last_good_at: datetime | None = None
    """UTC; the last look that was not in vain. ``None`` where none was."""
    failed: int = 0
    """Looks in vain since then."""
    failing_since: datetime | None = None
    """UTC; the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """How a source stands."""

    source: Source
    articles: int
    last_article_at: datetime | None
    """UTC; when the newest one came into the corpus."""
    listings: int
    """Feeds, sitemaps and sections that are known of it."""
    failing_listings: int
    """Those whose last look failed."""
    next_poll_at: datetime | None
    """UTC; when the first of its listings is due. ``None``: at once, or it has none."""
    last: SourceRun | None
    """The last look at it."""
    last_good_at: datetime | None
    """UTC; the last look that was not in vain."""


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl."""

    id: int
    started_at: datetime
    """UTC."""
    finished_at: datetime | None
    """UTC; ``None`` while it runs, and for ever where it was killed."""
    arguments: str
    """What it was asked to do, for people to read."""
    outcome: str | None
    """The slug it ended with; ``"interrupted"`` where a later run found it dead; ``None`` while it runs."""
    summary: Mapping[str, int]
    """Its counts, e.g. ``{"found": 30, "stored": 28}``."""

    @property
    def seconds(self) -> float | None:
        """How long it took; ``None`` while it runs, 0.0 where the clock was put back meanwhile."""
        return max(0.0, (self.finished_at - self.started_at).total_seconds()) if self.finished_at else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may lead to an article."""

    url: str
    key: str
    """`cleaning.urls.same_article_key` of the address: what the frontier tells addresses apart by."""
    source_id: int
    found_in: FoundIn
    priority: int = 0
    """Higher goes first."""
    title: str | None = None
    """The title its feed or link gave it."""
    published: datetime | None = None
    """Publication as its feed or sitemap told it, timezone-aware; among equals the newest goes first."""
    content: str | None = None
    """The article's full text as its feed has it, in HTML: kept for when the page cannot be had."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where in the archive a fetched page is."""

    file: str
    """The WARC file's name in the archive's folder."""
    offset: int
    """Bytes from the file's start to the record."""
    length: int
    """Bytes of the record, compressed; of a request beside its response, of both."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An address handed to a run for fetching. Only that run finishes it."""

    id: int
    url: str
    source_id: int
    host: str
    """The address's host in lower case, without port: what politeness counts by."""
    found_in: FoundIn
    attempts: int
    """Failed attempts so far."""
    published: datetime | None
    """Publication as its feed or sitemap told it, UTC."""
    title: str | None = None
    """The title its feed or link gave it."""
    article_id: int | None = None
    """The article that it led to before; ``None`` at the first look."""
    first_fetched_at: datetime | None = None
    """UTC; when it first gave an article."""
    etag: str | None = None
    """The ``ETag`` header of the last answer that gave an article."""
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What became of a lease."""

    lease: Lease
    final_url: str
    """Where redirects led; the lease's address where nothing was fetched."""
    http_status: int | None
    """``None`` where no answer came."""
    outcome: str
    """The slug. For pages with an article the corpus replaces it by what storing gave."""
    detail: str | None
    """More about the outcome, for people to read."""
    fetched_at: datetime
    """Timezone-aware."""
    milliseconds: int
    """From sending the request to the last byte."""
    bytes: int
    """Size of the body as decoded."""
    cleaned: Cleaned | None = None
    """The article; ``None`` where the page gave none."""
    article_key: str | None = None
    """`cleaning.urls.same_article_key` of the canonical address, or else of the final one."""
    etag: str | None = None
    last_modified: str | None = None
    archived: Pointer | None = None
    """Where in the archive it is; ``None`` where it was not archived."""
    revisit_at: datetime | None = None
    """When to look at it again, timezone-aware; ``None``: never."""

    @property
    def first_fetched_at(self) -> datetime:
        """When its address first gave an article: not after this fetch, even if the clock said so then."""
        return min(self.lease.first_fetched_at or self.fetched_at, self.fetched_at)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of an article's text around what was searched for."""

    text: str
    """One line, as the article has it; ``…`` where it was cut."""
    marks: tuple[tuple[int, int], ...] = ()
    """Where the words looked for are: offsets into ``text``, from and up to, in order, never overlapping."""

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked; for output that must escape what it prints.

        >>> list(Snippet("a ceasefire held", ((2, 11),)).pieces())
        [('a ', False), ('ceasefire', True), (' held', False)]
        """
        position = 0
        for start, end in self.marks:
            if start > position:
                yield self.text[position:start], False
            yield self.text[start:end], True
            position = end
        if position < len(self.text):
            yield self.text[position:], False

    def marked(self, before: str, after: str) -> str:
        """The text with each mark between ``before`` and ``after``.

        >>> Snippet("a ceasefire held", ((2, 11),)).marked("*", "*")
        'a *ceasefire* held'
        """
        return "".join(f"{before}{text}{after}" if mark else text for text, mark in self.pieces())


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search found."""

    id: int
    url: str
    title: str | None
    published: datetime | None
    """In the zone that the page stated, else in UTC."""
    language: str
    """ISO 639-1, or ``"unknown"``."""
    source: str
    """The source's key: ``"bbc.co.uk"``."""
    site_name: str | None
    snippet: Snippet
    score: float
    """Higher is better, the title weighing more; 0.0 where nothing was ranked. Each database has a measure of its own
    (SQLite BM25, PostgreSQL ts_rank, MariaDB TF-IDF): compare scores of one search only."""
    cluster_id: int | None = None
    """The articles that tell nearly the same; ``None`` where there is no other."""


class Hits(tuple[Hit, ...]):
    """What a search found, in order, and where it goes on."""

    next: str | None
    """A cursor for ``after``: the hits behind these. ``None`` behind the last one. It stays good while articles come
    and go."""
    ignored: tuple[str, ...]
    """What of the query was not understood and left out, as sentences for people."""

    def __new__(cls, hits: Iterable[Hit] = (), *, next: str | None = None, ignored: tuple[str, ...] = ()) -> "Hits":  # noqa: A002
        """Hits with their cursor."""
        self = super().__new__(cls, hits)
        self.next = next
        self.ignored = ignored
        return self


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles have a value."""

    value: str
    """A day as ``2024-10-01``, a month as ``2024-10``, a source's key, a language, a name; empty for none."""
    articles: int


@dataclass(frozen=True, slots=True)
class TermCount:
    """A word that tells a set of articles from the others."""

    word: str
    """Folded, as it is searched."""
    articles: int
    """Of those looked at, how many have it."""
    weight: float
    """How much more frequent it is here than elsewhere: the log of the odds ratio times the root of ``articles``."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An article that tells nearly the same as another."""

    id: int
    url: str
    title: str | None
    source: str
    published: datetime | None
    """UTC."""
    similarity: float
    """The Jaccard index of their shingles: 1.0 for the same words in the same order."""
    is_representative: bool
    """Whether it stands for all of its cluster: the earliest that credits nobody else."""


@dataclass(frozen=True, slots=True)
class Alias:
    """An address that leads to an article."""

    url: str
    found_in: str
    """``"feed"``, ``"sitemap"``, ``"section"``, ``"spider"``, ``"given"``, ``"warc"``, ``"redirect"``, or
    ``"canonical"`` for what the page calls its own address."""
    found_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that gave no article, at the last attempt."""

    url: str
    source: str
    outcome: str
    detail: str | None
    http_status: int | None
    fetched_at: datetime
    """UTC."""
    attempts: int
    """Failed attempts in a row."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that somebody comes back to."""

    name: str
    query: str
    created_at: datetime
    """UTC."""
    seen_at: datetime | None
    """UTC; when its new articles were last asked for; ``None`` where they never were."""
    seen_id: int
    """The newest article that was there then."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed for good."""

    articles: int
    addresses: int
    """That are never to be fetched again."""
    pages: int
    """Of the archive."""
    left: tuple[str, ...]
    """Where the text may still be, as sentences: copies that the corpus does not manage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as the corpus keeps it. The fields it shares with `cleaning.Article` mean the same.

    Of one that was stored by a version that kept no organisations, photo credits, rights and provenance, those are
    empty or ``None`` until its page changes.
    """

    id: int
    url: str
    """The address the text was fetched from, after redirects."""
    canonical_url: str | None
    source: str
    """The source's key: ``"bbc.co.uk"``."""
    title: str | None
    text: str
    authors: tuple[str, ...]
    organisations: tuple[str, ...]
    editors: tuple[str, ...]
    translators: tuple[str, ...]
    contributors: tuple[str, ...]
    credits: tuple[str, ...]
    photo_credits: tuple[str, ...]
    dateline: str | None
    published: datetime | None
    """Aware: in the zone that the page stated, else in UTC; where only the day is known, its UTC midnight."""
    published_precision: Precision | None
    modified: datetime | None
    """Like ``published``."""
    modified_precision: Precision | None
    language: str
    language_confidence: float
    site_name: str | None
    section: str | None
    tags: tuple[str, ...]
    description: str | None
    image: str | None
    licence: str | None
    page_type: str | None
    paywalled: bool | None
    robots: tuple[str, ...]
    tdm_reserved: bool | None
    tdm_policy: str | None
    word_count: int
    content_hash: str
    flags: tuple[str, ...]
    provenance: Mapping[str, str] = field(hash=False)
    removals: tuple[Removal, ...]
    """What was removed from the page: elements first, then lines, each in the page's order."""
    stored_at: datetime
    """UTC; when the article first came into the corpus."""
    fetched_at: datetime
    """UTC; when the page that gave the present text was fetched."""
    outcome: str
    """What the last visit to its address gave: ``"stored"``, ``"updated"``, ``"unchanged"``, or a failure."""
    version: int
    """1, and one more for each change that a later look has found."""
    gone_at: datetime | None
    """UTC; when its page was found to be gone (404 or 410). The article stays."""
    cleaner: str | None
    """`cleaning.CLEANER` of the program that made the text: its version, and a hash of its rules; ``None`` where it is
    not known."""
    cluster_id: int | None
    """The articles that tell nearly the same; ``None`` where there is no other."""

    def as_json(self) -> dict[str, Any]:
        """The article for ``json.dumps``: lists as lists, times in ISO 8601 with their zone."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What an article said before it changed."""

    number: int
    """1 for the first."""
    fetched_at: datetime
    """UTC; when the page that gave this text was fetched."""
    replaced_at: datetime
    """UTC; when the page was first seen to say something else."""
    published: datetime | None
    """UTC."""
    modified: datetime | None
    """UTC."""
    title: str | None
    authors: tuple[str, ...]
    text: str
    content_hash: str
    cleaner: str | None
    """`cleaning.CLEANER` of the program that made this text."""
    ended_by: Literal["edit", "reclean"]
    """Whether the site changed it, or newer rules of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The corpus in figures."""

    articles: int
    sources: int
    feeds: int
    queued: int
    """Addresses found and not yet fetched, those that wait for another attempt included."""
    by_language: Mapping[str, int]
    """Articles by language, most first."""
    by_source: Mapping[str, int]
    """Articles by the source's key, most first."""
    by_outcome: Mapping[str, int]
    """Fetches by outcome, most first."""
    first_published: datetime | None
    """UTC."""
    last_published: datetime | None
    """UTC."""
    last_run: Run | None
    bytes: int
    """Size of the database's files on disk."""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Removal):
        return {"step": value.step, "rule": value.rule, "text": value.text}
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    return value
