"""Parsing of dates in queries and options: a day, a month, a year, or a time."""

from calendar import monthrange
from datetime import UTC, date, datetime


def parse_date(written: str, *, last: bool = False) -> date | datetime:
    """Parse ``2024-10-01``, ``2024-10``, ``2024`` or ``2024-10-01T12:00+03:00``.

    Args:
        written: The text, which may have white space around it.
        last: Return the last day of a month or year instead of the first, for the end of a range.

    Returns:
        A ``date``, or a timezone-aware ``datetime`` if the text has a time. A time without a zone is in UTC.

    Raises:
        ValueError: The text has another form, or there is no such day.

    >>> parse_date("2024-02"), parse_date("2024-02", last=True)
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    text = written.strip()
    if "T" in text or " " in text or ":" in text:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    parts = text.split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        raise ValueError(f"invalid date {written!r}: use YYYY-MM-DD")
    year, month, day = (*map(int, parts), 0, 0)[:3]
    month = month if len(parts) > 1 else (12 if last else 1)
    return date(year, month, day if len(parts) > 2 else (monthrange(year, month)[1] if last else 1))
