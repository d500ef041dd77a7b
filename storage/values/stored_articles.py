"""Values that describe articles in the corpus: their versions, their addresses, and what an erasure removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from cleaning.article import Precision, Removal


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
        return {each.name: _to_json_value(getattr(self, each.name)) for each in fields(self)}


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


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """An address that leads to an article."""

    url: str
    found_in: str
    """``"feed"``, ``"sitemap"``, ``"section"``, ``"spider"``, ``"given"``, ``"warc"``, ``"redirect"``, or
    ``"canonical"`` for what the page calls its own address."""
    found_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was removed for good."""

    articles: int
    addresses: int
    """That are never to be fetched again."""
    pages: int
    """Of the archive."""
    left: tuple[str, ...]
    """Where the text may still be, as sentences: copies that the corpus does not manage."""


def _to_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Removal):
        return {"step": value.step, "rule": value.rule, "text": value.text}
    if isinstance(value, tuple):
        return [_to_json_value(element) for element in value]
    return value
