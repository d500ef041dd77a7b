"""Infer when a page was published from its URL: many sites put the day or the month into it."""

import re
from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from typing import Final
from urllib.parse import urlsplit

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(0?[1-9]|1[0-2]|(?:{'|'.join(_MONTHS)})[a-z]{{0,6}})"
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_DATED_PATH = re.compile(rf"/((?:19|20)\d\d)[/-]{_MONTH}(?:[/-]{_DAY})?(?=[/-])", re.IGNORECASE)
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_NUMBER = re.compile(r"(?<!\d)\d{2,15}(?!\d)")


def infer_period(url: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last moment of the day or month that a URL names, in UTC; ``None`` if it names none.

    A number such as ``20991231`` is no date but an id.

    >>> [moment.isoformat() for moment in infer_period("https://a.example/news/20240212-storm.html")]
    ['2024-02-12T00:00:00+00:00', '2024-02-12T23:59:59.999999+00:00']
    >>> infer_period("https://a.example/2024/02/storm/")[1].date().isoformat()
    '2024-02-29'
    """
    path = urlsplit(url).path
    match = _DATED_PATH.search(path) or _COMPACT_DATE.search(path)
    if match is None:
        return None
    year, month = int(match[1]), _parse_month(match[2])
    last = monthrange(year, month)[1]
    # min: URLs such as /2024/02/31/ exist, and would raise ValueError.
    day = min(int(match[3] or last), last)
    first = datetime(year, month, day if match[3] else 1, tzinfo=UTC)
    if first > datetime.now(UTC) + timedelta(days=2):
        return None
    return first, datetime.combine(datetime(year, month, day), time.max, UTC)


def _parse_month(written: str) -> int:
    return int(written) if written.isdigit() else _MONTHS.index(written[:3].lower()) + 1


def find_number(url: str) -> int | None:
    """Return the number by which a site's software counts its pages, as far as the URL shows one; ``None`` otherwise.

    Newer pages have higher numbers. It is the last number of at least two digits in the path or the query.

    >>> find_number("https://a.example/news/rains-return-48213.html"), find_number("https://a.example/rains-return/")
    (48213, None)
    """
    parts = urlsplit(url)
    numbers = _NUMBER.findall(f"{parts.path}?{parts.query}")
    return int(numbers[-1]) if numbers else None
