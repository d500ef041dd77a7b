"""Bring the times that strangers state to UTC: every other module that converts such a time calls this one.

A time at the ends of the calendar has no counterpart in another time zone, and the standard library raises
OverflowError for it; it does the same for a zone such as ``+99999999999999999999``, and ValueError, IndexError or
TypeError for other texts that only resemble a date.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_DATE_CHARACTERS: Final = 60
"""Longer texts are not dates; they are not passed to the parser of the standard library, which is slow."""


def convert_to_utc(moment: datetime) -> datetime | None:
    """Return a time in UTC, also if it has no time zone; ``None`` if it is out of range in UTC.

    >>> convert_to_utc(datetime.fromisoformat("2024-10-12T05:17:00+03:00"))
    datetime.datetime(2024, 10, 12, 2, 17, tzinfo=datetime.timezone.utc)
    >>> convert_to_utc(datetime.fromisoformat("9999-12-31T23:59:59-23:59")) is None
    True
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def parse_mail_date(text: str) -> datetime | None:
    """Parse a date as in the headers of e-mail and HTTP (RFC 5322); return ``None`` if it is none.

    The time zone is kept as it is stated. The date has none if none is stated, or ``-0000``.

    >>> parse_mail_date("Sat, 12 Oct 2024 02:17:00 +0300").isoformat()
    '2024-10-12T02:17:00+03:00'
    >>> parse_mail_date("Sat, 12 Oct 2024 02:17:00 +99999999999999999999") is None
    True
    """
    if len(text) > MAX_DATE_CHARACTERS:
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
