"""Values that describe articles in the corpus: articles, their versions and URLs, and the report of an erasure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from cleaning.article import Precision, Removal
from cleaning.usage import UsageStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """The latest text of one story of one source, with its metadata and its state in the corpus.

    Fields that `cleaning.Article` has, too, have the same meaning; only ``published`` and ``modified`` are always
    timezone-aware here. The tuples are never ``None``; an empty one means that the page names nothing.

    Early versions of Cleanwire did not store organisations, photo credits, rights and provenance. For articles from
    then, these fields are empty or ``None`` until the page changes or is recleaned.
    """

    id: int
    """The article's id in this corpus. It stays the same when the article changes."""
    url: str
    """The URL from which the current text was fetched, after redirects."""
    canonical_url: str | None
    """The URL that the page declares as its own; ``None`` if it declares none that is plausible."""
    source: str
    """The source's key: ``"bbc.co.uk"``."""
    title: str | None
    """The headline, without the site's name."""
    text: str
    """The cleaned text: paragraphs separated by a blank line."""
    authors: tuple[str, ...]
    """People named as authors."""
    organisations: tuple[str, ...]
    """Outlets, agencies and teams named as authors."""
    editors: tuple[str, ...]
    translators: tuple[str, ...]
    contributors: tuple[str, ...]
    """People named for additional reporting and the like."""
    credits: tuple[str, ...]
    """Credited sources and agencies."""
    photo_credits: tuple[str, ...]
    """Photographers and picture agencies, as the page writes them."""
    dateline: str | None
    """The place and agency that open the first sentence: ``"Mombasa (AX)"``."""
    published: datetime | None
    """First publication, in the time zone that the page stated, else in UTC. If only the day is known, this is midnight
    UTC of that day: see ``published_precision``. ``None`` if the page states no date."""
    published_precision: Precision | None
    """The smallest unit of ``published`` that is known; smaller ones are zero. ``None`` if there is no date."""
    modified: datetime | None
    """Last change as the page states it, in the same form as ``published``."""
    modified_precision: Precision | None
    language: str
    """ISO 639-1 code in lower case, or ``"unknown"``."""
    language_confidence: float
    """0.0 to 1.0; 0.0 if the language is unknown."""
    site_name: str | None
    section: str | None
    tags: tuple[str, ...]
    description: str | None
    """The page's own summary."""
    image: str | None
    """URL of the lead image."""
    licence: str | None
    """URL or name of the licence that the page states."""
    page_type: str | None
    """The page's declared schema.org or OpenGraph type: ``"NewsArticle"``, ``"website"``."""
    paywalled: bool | None
    """Whether the page says that reading it takes a subscription; ``None`` if it does not say."""
    robots: tuple[str, ...]
    """The page's directives for all robots, in lower case: ``"noindex"``, ``"noai"``."""
    tdm_reserved: bool | None
    """Whether the page reserves the rights to text and data mining; ``None`` if it does not say."""
    tdm_policy: str | None
    """URL of the page's policy on text and data mining."""
    usage_statements: tuple[UsageStatement, ...]
    """What the site stated about the use of the article when its text was fetched: in robots.txt, in headers, on the
    page and in ``tdmrep.json``. See `cleaning.usage`."""
    word_count: int
    """Words of ``text``; in scripts without spaces, characters."""
    content_hash: str
    """SHA-256 of ``text`` in hexadecimal."""
    flags: tuple[str, ...]
    """Doubts about the text, such as ``"much-removed"``: see `cleaning.Article.flags`."""
    provenance: Mapping[str, str] = field(hash=False)
    """Where each field's value comes from, by field name: ``{"title": "json-ld"}``."""
    removals: tuple[Removal, ...]
    """Everything that was removed from the page: elements first, then lines, both in the page's order."""
    stored_at: datetime
    """UTC; when the article was first stored."""
    fetched_at: datetime
    """UTC; when the page of the current text was fetched."""
    outcome: str
    """The outcome of the last fetch of its URL: ``"stored"``, ``"updated"``, ``"unchanged"``, or a failure. A failed
    revisit leaves the text as it is."""
    version: int
    """1, plus one for each stored change."""
    gone_at: datetime | None
    """UTC; when a revisit found the page to be gone (404 or 410). The article stays in the corpus."""
    cleaner: str | None
    """`cleaning.CLEANER` of the program that cleaned the text: its version and a hash of its rules. ``None`` if not
    known."""
    cluster_id: int | None
    """The cluster of near-duplicates to which the article belongs; ``None`` if there are no others."""

    def as_json(self) -> dict[str, Any]:
        """Return the article as a dictionary that ``json.dumps`` accepts, with a key for each field.

        Tuples become lists, datetimes ISO 8601 strings with their UTC offset, and removals objects with ``step``,
        ``rule`` and ``text``.
        """
        return {each.name: _to_json_value(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An earlier text of an article, which the site or newer cleaning rules replaced."""

    number: int
    """Counts from 1 for the first version; the current text, in `StoredArticle`, has the highest number."""
    fetched_at: datetime
    """UTC; when the page of this text was fetched."""
    replaced_at: datetime
    """UTC; when the page was first fetched with another text, or when the article was recleaned. The site may have
    changed the page at any time since ``fetched_at``."""
    published: datetime | None
    """UTC."""
    modified: datetime | None
    """UTC."""
    title: str | None
    authors: tuple[str, ...]
    text: str
    content_hash: str
    """SHA-256 of ``text`` in hexadecimal."""
    cleaner: str | None
    """`cleaning.CLEANER` of the program that cleaned this text; ``None`` if not known."""
    ended_by: Literal["edit", "reclean"]
    """Why it was replaced: ``"edit"`` if the site changed the page, ``"reclean"`` if newer rules changed the text."""


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """A URL that leads to an article."""

    url: str
    found_in: str
    """Where the URL was found: ``"feed"``, ``"sitemap"``, ``"section"``, ``"spider"``, ``"given"`` (by the user),
    ``"warc"``, ``"redirect"`` (a redirect's target), or ``"canonical"`` (declared by the page)."""
    found_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """The number of articles, URLs and archived pages that an erasure deleted, and what it could not reach."""

    articles: int
    addresses: int
    """URLs that will never be fetched again."""
    pages: int
    """Pages overwritten in the archive."""
    left: tuple[str, ...]
    """Copies of the text that the corpus does not manage, as sentences: backups, copies from before an upgrade, and a
    server's logs."""


def _to_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Removal):
        return {"step": value.step, "rule": value.rule, "text": value.text}
    if isinstance(value, UsageStatement):
        return asdict(value)
    if isinstance(value, tuple):
        return [_to_json_value(element) for element in value]
    return value
