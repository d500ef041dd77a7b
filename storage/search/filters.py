"""Conditions on articles other than the words of their text: publication, language, source, credits, tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypedDict

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, true

from cleaning.urls import get_site
from storage.backends.letter_case import lower_case
from storage.schema.tables import ArticleRow, CreditRow, SourceRow, TagRow
from storage.search.query_tree import FieldTerm, Node, PublishedRange


class FilterOptions(TypedDict, total=False):
    """The fields of `Filters` as keyword arguments, for the signatures of `storage.Corpus`."""

    since: date | datetime | None
    until: date | datetime | None
    language: str | None
    source: str | None
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Conditions on publication, language, source and group.

    A limit on publication excludes articles without a date.
    """

    since: date | datetime | None = None
    """Earliest publication, inclusive; a ``date`` means the start of that day in UTC."""
    until: date | datetime | None = None
    """Latest publication, inclusive; a ``date`` means the end of that day in UTC."""
    language: str | None = None
    """ISO 639-1 code in upper or lower case. A region is ignored: ``"en-GB"`` means ``"en"``."""
    source: str | None = None
    """A source's key, URL or name in any case, or the first labels of its host; ``group:NAME`` for a group."""
    group: str | None = None
    """The group of sources, in any case."""

    def build_conditions(self) -> Iterator[ColumnElement[bool]]:
        """Iterate over the SQL conditions that an article's row must meet; none if no filter is set.

        Raises:
            ValueError: A ``datetime`` is naive. Its time zone would have to be guessed.
        """
        yield from _match_published(self.since, self.until)
        if self.language is not None:
            yield _match_language(self.language)
        if self.source is not None:
            yield ArticleRow.source_id.in_(select_source_ids(self.source))
        if self.group is not None:
            yield ArticleRow.source_id.in_(select_group_ids(self.group))


def build_field_condition(node: Node) -> ColumnElement[bool]:
    """Return the SQL condition for a field or a period in a query, such as ``author:musa`` or ``published:2024``.

    Words are not handled here: the full-text index finds those.
    """
    match node:
        case PublishedRange():
            return and_(true(), *_match_published(node.since, node.until))
        case FieldTerm("lang"):
            return _match_language(node.value)
        case FieldTerm("cluster"):
            return ArticleRow.cluster_id == int(node.value)
        case FieldTerm("source"):
            return ArticleRow.source_id.in_(select_source_ids(node.value))
        case FieldTerm("group"):
            return ArticleRow.source_id.in_(select_group_ids(node.value))
        case FieldTerm("author" | "editor"):
            named = select(CreditRow.article_id).where(CreditRow.role.in_(_FIELD_ROLES[node.name]))
            return ArticleRow.id.in_(named.where(_has_words(CreditRow.words.expression, node)))
        case FieldTerm("tag" | "section"):
            filed = select(TagRow.article_id).where(TagRow.kind == node.name)
            return ArticleRow.id.in_(filed.where(_has_words(TagRow.words.expression, node)))
    raise TypeError(f"no condition on an article: {node!r}")


_FIELD_ROLES = {"author": ("author", "organisation"), "editor": ("editor",)}


def _has_words(words: ColumnElement[str], node: FieldTerm) -> ColumnElement[bool]:
    # No escaping is needed: folding removes LIKE's wildcards (% and _). The column has a space on each side of every
    # word, so that "ali" does not match "salim".
    return words.like(f"% {node.value}{'' if node.prefix else ' '}%")


def _match_language(code: str) -> ColumnElement[bool]:
    return ArticleRow.language == code.partition("-")[0].lower()


def _match_published(since: date | datetime | None, until: date | datetime | None) -> Iterator[ColumnElement[bool]]:
    if since is not None:
        yield ArticleRow.published >= _to_moment(since, time.min)
    if until is not None:
        yield ArticleRow.published <= _to_moment(until, time.max)


def _to_moment(day: date | datetime, at: time) -> datetime:
    """Return the given time of a day in UTC, or a datetime unchanged."""
    if not isinstance(day, datetime):
        return datetime.combine(day, at, UTC)
    if day.tzinfo is None:
        raise ValueError(f"since and until must be timezone-aware: {day.isoformat()} has no time zone")
    return day


def make_source_key(site: str) -> str:
    """Return the key of a source from its URL, host or key.

    Raises:
        ValueError: ``site`` is none of these.

    >>> make_source_key("https://www.BBC.co.uk/news"), make_source_key("bbc.co.uk")
    ('bbc.co.uk', 'bbc.co.uk')
    """
    return get_site(site if "://" in site else f"https://{site}")


GROUP_PREFIX = "group:"
"""Where a source is named, this prefix names all sources of a group."""


def select_source_ids(source: str) -> Select[int]:
    """Return a SELECT of the ids of sources by name in any case, URL, host, first labels of the host, or group.

    If no host is ``bbc``, it selects ``bbc.co.uk`` and ``bbc.com``, but not ``bbcnews.example``. An unknown source
    selects nothing.
    """
    if source.casefold().startswith(GROUP_PREFIX):
        return select_group_ids(source[len(GROUP_PREFIX) :])
    return select(SourceRow.id).where(_match_source(source.strip()))


def select_group_ids(group: str) -> Select[int]:
    """Return a SELECT of the ids of the sources in a group, whose name may be in any case."""
    return select(SourceRow.id).where(lower_case(SourceRow.group_name) == " ".join(group.split()).lower())


def _match_source(source: str) -> ColumnElement[bool]:
    is_named = lower_case(SourceRow.name) == source.lower()
    try:
        key = make_source_key(source)
    except ValueError:
        # A name such as "The Wire" is not a host.
        return is_named
    # The dot ends a label of the host. Without it, "bbc" would select every host that merely begins with these letters.
    other = SourceRow.__table__.alias()
    starts_host = and_(
        SourceRow.key.startswith(f"{source.casefold()}.", autoescape=True),
        not_(select(other.c.id).where(other.c.key == key).exists()),
    )
    return or_(is_named, SourceRow.key == key, starts_host)
