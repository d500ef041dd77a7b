"""The columns of an article's row, made from the article."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cleaning.article import Cleaned, Precision
from cleaning.version import get_cleaner_version
from storage.backends.types import sanitize_text
from storage.ingest.change_detection import compute_fingerprint
from storage.values import FetchedPage

MAX_TEXT_BYTES: Final = 4_000_000
"""Of an article's text, and of what was removed from its page: a larger one is refused by name. MariaDB takes 16 MB a
statement, and a page has 10 MB at most."""
MAX_FIELD_CHARACTERS: Final = 10_000
"""Of a title, a description, an address; what is longer is cut."""

_DATE_PRECISIONS = ("year", "month", "day")
_COPIED_FIELDS = (
    "canonical_url",
    "title",
    "language",
    "language_confidence",
    "published_precision",
    "modified_precision",
    "authors",
    "organisations",
    "editors",
    "translators",
    "contributors",
    "credits",
    "photo_credits",
    "dateline",
    "site_name",
    "section",
    "tags",
    "description",
    "image",
    "licence",
    "page_type",
    "paywalled",
    "robots",
    "tdm_reserved",
    "tdm_policy",
    "word_count",
    "flags",
    "provenance",
)


def build_page_row(page: FetchedPage) -> dict[str, Any]:
    """The columns of an article's row that come from its page, and change with it."""
    assert page.cleaned is not None
    return build_article_row(page.cleaned) | {"url": page.final_url, "fetched_at": page.fetched_at}


def build_article_row(cleaned: Cleaned) -> dict[str, Any]:
    """Those of them that the cleaner gives. Raises ValueError for what is too large for a statement."""
    article = cleaned.article
    _check_size(cleaned)
    published, published_offset = to_utc(article.published, article.published_precision)
    modified, modified_offset = to_utc(article.modified, article.modified_precision)
    return {
        "published": published,
        "published_offset": published_offset,
        "modified": modified,
        "modified_offset": modified_offset,
        "text": article.text,
        "content_hash": compute_content_hash(article.text),
        "fingerprint": compute_fingerprint(article),
        "removals": cleaned.removals,
        "cleaner": get_cleaner_version(),
        **{name: _truncate_text(getattr(article, name)) for name in _COPIED_FIELDS},
    }


def _truncate_text(value: Any) -> Any:
    return value[:MAX_FIELD_CHARACTERS] if isinstance(value, str) else value


def _check_size(cleaned: Cleaned) -> None:
    """Raise ValueError where the text, or all that was removed, is more than a database takes in one statement."""
    texts = {"text": [cleaned.article.text], "removed text": [removal.text for removal in cleaned.removals]}
    for what, pieces in texts.items():
        if sum(map(len, pieces)) <= MAX_TEXT_BYTES // 4:  # a character has four bytes at most
            continue
        size = sum(len(piece.encode("utf-8", "replace")) for piece in pieces)
        if size > MAX_TEXT_BYTES:
            raise ValueError(f"{size:,} bytes of {what}; the corpus takes {MAX_TEXT_BYTES:,}")


def compute_content_hash(text: str) -> str:
    """Return the SHA-256 of a text as it is stored, in hexadecimal."""
    return hashlib.sha256(sanitize_text(text).encode()).hexdigest()


def to_utc(stated: datetime | None, precision: Precision | None) -> tuple[datetime | None, int | None]:
    """What an article says of a time, as the UTC moment and the stated zone's minutes east of it.

    A time without a zone is taken for UTC, and one that is known only to the day or less is that day's
    midnight in UTC: shifting it by a zone would move it to another day.

    >>> to_utc(datetime.fromisoformat("2024-10-01T01:30+03:00"), "minute")
    (datetime.datetime(2024, 9, 30, 22, 30, tzinfo=datetime.timezone.utc), 180)
    >>> to_utc(datetime.fromisoformat("2024-10-01T00:00+03:00"), "day")
    (datetime.datetime(2024, 10, 1, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    if stated is None:
        return None, None
    offset = stated.utcoffset()
    if offset is None or precision in _DATE_PRECISIONS:
        return stated.replace(tzinfo=UTC), None
    try:
        return stated.astimezone(UTC), offset // timedelta(minutes=1)
    except OverflowError:  # the year 1 east of Greenwich: no article's date
        return None, None
