"""Build the columns of an article's row from the article."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cleaning.article import Cleaned, Precision
from cleaning.times import convert_to_utc
from cleaning.version import get_cleaner_version
from storage.backends.types import sanitize_text
from storage.ingest.change_detection import compute_fingerprint
from storage.values import FetchedPage

MAX_TEXT_BYTES: Final = 4_000_000
"""The maximum size of an article's text, and of the texts removed from its page. Larger ones end as ``storage-error``.
MariaDB's limit is 16 MB per statement, and a page has 10 MB at most."""
VERSIONED_COLUMNS: Final = (
    "fetched_at",
    "published",
    "modified",
    "content_hash",
    "fingerprint",
    "title",
    "authors",
    "text",
    "cleaner",
)
"""The columns of an article that its versions have too."""

MAX_FIELD_CHARACTERS: Final = 10_000
"""The maximum length of a title, description or URL; longer ones are truncated."""

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
    "usage_statements",
    "word_count",
    "flags",
    "provenance",
)


def build_page_row(page: FetchedPage) -> dict[str, Any]:
    """Return the columns of an article's row that come from its page, and change with it.

    Raises ValueError if the page's text is too large to be stored.
    """
    assert page.cleaned is not None
    return build_article_row(page.cleaned) | {"url": page.final_url, "fetched_at": page.fetched_at}


def build_article_row(cleaned: Cleaned) -> dict[str, Any]:
    """Return the columns of an article's row that come from the cleaner.

    Titles and other short fields are truncated to `MAX_FIELD_CHARACTERS`. Raises ValueError if the text, or the text
    removed from the page, is larger than `MAX_TEXT_BYTES`.
    """
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
    """Raise ValueError if the text, or all removed texts together, are too large for one statement."""
    texts = {"text": [cleaned.article.text], "removed text": [removal.text for removal in cleaned.removals]}
    for what, pieces in texts.items():
        # Almost every article passes here, without being encoded: a character has at most four bytes.
        if sum(map(len, pieces)) <= MAX_TEXT_BYTES // 4:
            continue
        size = sum(len(piece.encode("utf-8", "replace")) for piece in pieces)
        if size > MAX_TEXT_BYTES:
            raise ValueError(f"{size:,} bytes of {what}; the corpus takes {MAX_TEXT_BYTES:,}")


def compute_content_hash(text: str) -> str:
    """Return the SHA-256 of a text as it is stored, in hexadecimal, by which duplicates are found.

    >>> compute_content_hash("a\\0") == compute_content_hash("a")
    True
    """
    return hashlib.sha256(sanitize_text(text).encode()).hexdigest()


def to_utc(stated: datetime | None, precision: Precision | None) -> tuple[datetime | None, int | None]:
    """Return a time that an article states in UTC, with its stated time zone in minutes east of UTC.

    A time without a zone is interpreted as UTC. A time that is known only to the day, month or year becomes that day's
    midnight in UTC, because converting it would move it to another day. The offset is ``None`` for both. Returns
    ``(None, None)`` without a time, and for one that is out of range in UTC.

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
    moment = convert_to_utc(stated)
    return (moment, offset // timedelta(minutes=1)) if moment else (None, None)
