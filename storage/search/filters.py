"""Which articles a question is about, besides the words in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypedDict

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from cleaning.urls import get_site
from storage.schema.tables import ArticleRow, CreditRow, SourceRow, TagRow
from storage.search.query_tree import FieldTerm, Node, PublishedRange


class FilterOptions(TypedDict, total=False):
    """The same limits, as keywords of a function."""

    since: date | datetime | None
    until: date | datetime | None
    language: str | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Limits on publication, language and source; one on publication leaves out articles without a date."""

    since: date | datetime | None = None
    """The first moment of publication; of a date, the first of that day in UTC."""
    until: date | datetime | None = None
    """The last moment of publication; of a date, the last of that day in UTC."""
    language: str | None = None
    """ISO 639-1, in any case; of ``"en-GB"``, only ``en`` counts."""
    source: str | None = None
    """A source's key, address or name."""

    def build_conditions(self) -> Iterator[ColumnElement[bool]]:
        """What must hold of an article's row. Raises `ValueError` for a time without a zone."""
        yield from _match_published(self.since, self.until)
        if self.language is not None:
            yield _match_language(self.language)
        if self.source is not None:
            yield ArticleRow.source_id.in_(select_source_ids(self.source))


def build_field_condition(node: Node) -> ColumnElement[bool]:
    """What a part of a query that asks for no words wants of an article's row."""
    match node:
        case PublishedRange():
            return and_(true(), *_match_published(node.since, node.until))
        case FieldTerm("lang"):
            return _match_language(node.value)
        case FieldTerm("cluster"):
            return ArticleRow.cluster_id == int(node.value)
        case FieldTerm("source"):
            return ArticleRow.source_id.in_(select_source_ids(node.value))
        case FieldTerm("author" | "editor"):
            named = select(CreditRow.article_id).where(CreditRow.role.in_(_FIELD_ROLES[node.name]))
            return ArticleRow.id.in_(named.where(_has_words(CreditRow.words.expression, node)))
        case FieldTerm("tag" | "section"):
            filed = select(TagRow.article_id).where(TagRow.kind == node.name)
            return ArticleRow.id.in_(filed.where(_has_words(TagRow.words.expression, node)))
    raise TypeError(f"no condition on an article: {node!r}")


_FIELD_ROLES = {"author": ("author", "organisation"), "editor": ("editor",)}


def _has_words(words: ColumnElement[str], node: FieldTerm) -> ColumnElement[bool]:
    # Folded words hold no sign that LIKE knows, and each stands between spaces.
    return words.like(f"% {node.value}{'' if node.prefix else ' '}%")


def _match_language(code: str) -> ColumnElement[bool]:
    return ArticleRow.language == code.partition("-")[0].lower()


def _match_published(since: date | datetime | None, until: date | datetime | None) -> Iterator[ColumnElement[bool]]:
    if since is not None:
        yield ArticleRow.published >= _to_moment(since, time.min)
    if until is not None:
        yield ArticleRow.published <= _to_moment(until, time.max)


def _to_moment(day: date | datetime, at: time) -> datetime:
    """That time of a day in UTC; a moment as it is."""
    if not isinstance(day, datetime):
        return datetime.combine(day, at, UTC)
    if day.tzinfo is None:
        raise ValueError(f"a time to search by needs a zone: {day.isoformat()}")
    return day


def make_source_key(site: str) -> str:
    """The key of a source from its address, host or key. Raises `ValueError` for what is no site.

    >>> make_source_key("https://www.BBC.co.uk/news"), make_source_key("bbc.co.uk")
    ('bbc.co.uk', 'bbc.co.uk')
    """
    return get_site(site if "://" in site else f"https://{site}")


def select_source_ids(named: str) -> Select[int]:
    """The numbers of sources by name, address, host, or the beginning of the host: ``bbc`` is ``bbc.co.uk``."""
    return select(SourceRow.id).where(_match_source(named))


def _match_source(named: str) -> ColumnElement[bool]:
    beginning = SourceRow.key.startswith(f"{named.casefold()}.", autoescape=True)
    try:
        return or_(SourceRow.name == named, SourceRow.key == make_source_key(named), beginning)
    except ValueError:
        return SourceRow.name == named
