"""Which articles a question is about, besides the words in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, or_, select

from cleaning.urls import site_of
from storage.models import ArticleRow, SourceRow


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

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What must hold of an article's row. Raises `ValueError` for a time without a zone."""
        if self.since is not None:
            yield ArticleRow.published >= _moment(self.since, time.min)
        if self.until is not None:
            yield ArticleRow.published <= _moment(self.until, time.max)
        if self.language is not None:
            yield ArticleRow.language == self.language.partition("-")[0].lower()
        if self.source is not None:
            yield ArticleRow.source_id.in_(select(SourceRow.id).where(_source(self.source)))


def _moment(day: date | datetime, at: time) -> datetime:
    """That time of a day in UTC; a moment as it is."""
    if not isinstance(day, datetime):
        return datetime.combine(day, at, UTC)
    if day.tzinfo is None:
        raise ValueError(f"a time to search by needs a zone: {day.isoformat()}")
    return day


def source_key(site: str) -> str:
    """The key of a source from its address, host or key. Raises `ValueError` for what is no site.

    >>> source_key("https://www.BBC.co.uk/news"), source_key("bbc.co.uk")
    ('bbc.co.uk', 'bbc.co.uk')
    """
    return site_of(site if "://" in site else f"https://{site}")


def _source(named: str) -> ColumnElement[bool]:
    try:
        return or_(SourceRow.name == named, SourceRow.key == source_key(named))
    except ValueError:
        return SourceRow.name == named
