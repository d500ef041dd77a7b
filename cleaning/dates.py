"""Reading the times that a page states, down to what it states and no finer."""

import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from .article import Precision

EARLIEST_YEAR = 1990
"""News pages on the web are not older; an earlier year is a mistake or a date in the story."""

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ]\s?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b\d{1,2}(?::|h|时|時|시 ?)\d{2}|\b\d{1,2}\.\d{2}(?![.\d])|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")


class Stamp(NamedTuple):
    """A time, and down to what it is known. Aware where a zone was stated, else naive."""

    time: datetime
    precision: Precision


def read_stamp(text: str | None) -> Stamp | None:
    """Read a machine-made time: ISO 8601 or that of e-mail headers.

    >>> read_stamp("2024-10-12T05:17:00+03:00").time.isoformat()
    '2024-10-12T05:17:00+03:00'
    >>> read_stamp("2024-10-12").precision
    'day'
    >>> read_stamp("link number 1995") is None
    True
    """
    text = (text or "").strip()[:60]
    match = _ISO.match(text)
    if match:
        return _from_iso(match)
    if re.match(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} ", text):
        try:
            return _plausible(Stamp(parsedate_to_datetime(text), "second"))
        except (ValueError, TypeError):
            return None
    return None


def _from_iso(match: re.Match[str]) -> Stamp | None:
    year, month, day, hour, minute, second, zone = match.groups()
    zone = {"z": "+00:00"}.get((zone or "").casefold(), zone or "")
    text = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}"
    precision: Precision = "second" if second else "minute" if hour else "day"
    try:
        return _plausible(Stamp(datetime.fromisoformat(text), precision))
    except ValueError:
        return None


def read_visible_date(text: str, language: str | None = None) -> Stamp | None:
    """Read a date written for people ("12 October 2024, 05:17"), or give ``None`` where day, month or year is missing.

    Args:
        text: the text of an element that holds a date and little else.
        language: the page's own statement (``"en-US"``), which decides between day and month first.
    """
    text = " ".join(text.split())
    if not 6 <= len(text) <= 80 or not re.search(r"\d{4}", text):
        return None
    from dateparser import parse

    stated = (language or "").replace("_", "-")
    code = stated.split("-")[0].casefold()
    order = "MDY" if stated.casefold() in ("en", "en-us") and "." not in text else "DMY"
    # Its parser for "8 minutes ago" answers with today's date for "8 minutes" too.
    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "STRICT_PARSING": True,
        "DATE_ORDER": order,
    }
    for candidate in dict.fromkeys((text, re.sub(r"^\D+(?=\d)", "", text), re.sub(r"\s*[-–—|·•].*$", "", text))):
        for languages in ([code], None) if re.fullmatch(r"[a-z]{2}", code) else (None,):
            try:
                time = parse(candidate, languages=languages, settings=settings)
            except (ValueError, OverflowError):  # a language it does not know
                continue
            if time:
                return _plausible(_as_precise_as(candidate, time))
    return None


def _as_precise_as(text: str, time: datetime) -> Stamp:
    """A parsed time without what its text does not say, and with a zone that any program can read back."""
    offset = time.utcoffset()
    time = time.replace(tzinfo=None if offset is None else timezone(offset), second=0, microsecond=0)
    if _CLOCK.search(text):
        return Stamp(time, "minute")
    return Stamp(time.replace(hour=0, minute=0, tzinfo=None), "day")


def date_in_path(url: str | None) -> Stamp | None:
    """The day that an address names: ``/2024/10/12/title``.

    >>> date_in_path("https://news.example/2024/10/12/floods").time.date().isoformat()
    '2024-10-12'
    """
    match = _IN_PATH.search(url or "")
    if not match:
        return None
    try:
        return _plausible(Stamp(datetime(*map(int, match.groups())), "day"))  # type: ignore[arg-type]
    except ValueError:
        return None


def _plausible(stamp: Stamp) -> Stamp | None:
    return stamp if EARLIEST_YEAR <= stamp.time.year <= datetime.now().year + 1 else None
