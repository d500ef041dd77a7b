"""Days as people write them."""

from calendar import monthrange
from datetime import UTC, date, datetime


def parse_date(written: str, *, last: bool = False) -> date | datetime:
    """The day or moment that is meant: of a month or a year its first day, or its ``last``.

    Understands ``2024-10-01``, ``2024-10``, ``2024`` and ``2024-10-01T12:00+03:00``; a moment without a zone is UTC.
    Raises `ValueError` for everything else.

    >>> parse_date("2024-02"), parse_date("2024-02", last=True)
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    text = written.strip()
    if "T" in text or " " in text or ":" in text:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    parts = text.split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        raise ValueError(f"{written!r} is no day")
    year, month, day = (*map(int, parts), 0, 0)[:3]
    month = month if len(parts) > 1 else (12 if last else 1)
    return date(year, month, day if len(parts) > 2 else (monthrange(year, month)[1] if last else 1))
