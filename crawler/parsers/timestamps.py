"""Parse times in feeds and sitemaps: ISO 8601 in many variants, and the format of mail headers (RFC 5322)."""

import re
from datetime import UTC, datetime, timedelta, timezone

from cleaning.times import MAX_DATE_CHARACTERS, convert_to_utc, parse_mail_date

_ISO = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?)"
    r"(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?)?",
    re.IGNORECASE,
)
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
"""Plausible years of a publication. A time outside of them is an empty field ("0001-01-01", "1970-01-01") or a typo."""


def parse_time(text: str) -> datetime | None:
    """Parse a time and return it in UTC; ``None`` if it cannot be parsed or cannot be a publication time.

    Accepted are ISO 8601 as in the sitemap protocol, down to a year and a month, and the format of mail headers. A time
    without a zone is taken for UTC, and a date for its first moment.

    >>> parse_time("2024-10-12T05:17:00+03:00")
    datetime.datetime(2024, 10, 12, 2, 17, tzinfo=datetime.timezone.utc)
    >>> parse_time("Sat, 12 Oct 2024 02:17:00 +0000")
    datetime.datetime(2024, 10, 12, 2, 17, tzinfo=datetime.timezone.utc)
    """
    text = text.strip()
    if not text or len(text) > MAX_DATE_CHARACTERS:
        return None
    try:
        moment = _parse_iso(text) or parse_mail_date(text)
    except ValueError:  # 31 February, 25 o'clock
        return None
    return to_utc(moment) if moment else None


def to_utc(moment: datetime) -> datetime | None:
    """Convert a time to UTC; return ``None`` if its year is not between 1990 and 2100.

    A time without a zone is taken for UTC.
    """
    in_utc = convert_to_utc(moment)
    return in_utc if in_utc and EARLIEST_YEAR <= in_utc.year <= LATEST_YEAR else None


def _parse_iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    # A leap second, ":60", is valid in ISO 8601 but not in datetime.
    moment = datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), min(int(second or 0), 59))
    return moment.replace(tzinfo=_parse_zone(zone))


def _parse_zone(zone: str | None) -> timezone | None:
    if zone is None or zone[0] not in "+-":
        return UTC if zone else None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]) if len(zone) > 3 else 0)
    return timezone(-offset if zone[0] == "-" else offset)
