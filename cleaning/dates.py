"""Reading the times that a page states, down to what it states and no finer."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NamedTuple

from .article import Precision

EARLIEST_YEAR = 1990
"""News pages on the web are not older; an earlier year is a mistake or a date in the story."""

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ]\s?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[./年년-]\s?(\d{1,2})\s?[./月월-]\s?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})[./-](\d{4})(?!\d)")
_MONTH = r"(?P<month>[^\s\d.,;:()]{3,}\.?)"
_DAY_MONTH_YEAR = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª)?,? ?(?:de |of )?{_MONTH},?(?: del?)? (?P<year>\d{{4}})(?!\d)"
)
_MONTH_DAY_YEAR = re.compile(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})(?!\d)")
_CLOCK = re.compile(
    r"(?<![\d./-])(?P<hour>\d{1,2})(?:[:h時时]|시 ?|\.(?=\d\d(?![.\d])))(?P<minute>\d{2})(?::\d{2})?분?"
    r"(?:\s?(?P<half>[apAP])\.?[mM]\b\.?)?"
)
_ZONE = re.compile(
    r"\s?\(?(?P<name>[A-Z]{1,4})?(?:\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?", re.ASCII
)
# Zones that news pages print by name; those that stand for several offsets (CST, IST) are not among them.
_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WAT": 1,
    "CET": 1,
    "CAT": 2,
    "CEST": 2,
    "EET": 2,
    "EAT": 3,
    "EEST": 3,
    "MSK": 3,
    "EST": -5,
    "EDT": -4,
    "PST": -8,
    "PDT": -7,
    "JST": 9,
    "KST": 9,
}
# Before the figures in East Asian times.
_HALVES = {"下午": "p", "午後": "p", "오후": "p", "上午": "a", "午前": "a", "오전": "a"}
# Arabic, Persian and Indic figures.
_DIGITS = {ord(zero) + n: str(n) for zero in "٠۰०০" for n in range(10)}
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
    """Read a date written for people, or give ``None`` where day, month or year is missing.

    Args:
        text: the text of an element that holds a date and little else.
        language: the page's own statement (``"en-US"``): the language of its months, and whether the month comes first.

    >>> read_visible_date("Saturday, 12 October 2024 at 5:17 pm GMT+3").time.isoformat()
    '2024-10-12T17:17:00+03:00'
    >>> read_visible_date("12 octobre 2024", "fr").precision
    'day'
    >>> read_visible_date("8 minutes") is None
    True
    """
    text = " ".join(text.split())[:120].translate(_DIGITS)
    stated = (language or "").replace("_", "-")
    day = _numeric_day(text, month_first=stated.casefold() in ("en", "en-us")) or _worded_day(
        text, stated.split("-")[0]
    )
    if day is None:
        return None
    match, year, month, number = day
    clock = _CLOCK.search(text, match.end()) or _CLOCK.search(text[: match.start()])
    try:
        if clock is None:
            return _plausible(Stamp(datetime(year, month, number), "day"))
        half = clock["half"] or _HALVES.get(text[max(0, clock.start() - 3) : clock.start()].strip(), "")
        hour = int(clock["hour"]) % 12 + (12 if half in ("p", "P") else 0) if half else int(clock["hour"])
        zone = _zone(text[clock.end() :])
        return _plausible(Stamp(datetime(year, month, number, hour, int(clock["minute"]), tzinfo=zone), "minute"))
    except ValueError:  # 31 February, 25 o'clock
        return None


def _numeric_day(text: str, *, month_first: bool) -> tuple[re.Match[str], int, int, int] | None:
    """A day in figures. Stops mean day first everywhere; slashes mean month first in American English."""
    match = _YEAR_FIRST.search(text)
    if match:
        return match, int(match[1]), int(match[2]), int(match[3])
    match = _YEAR_LAST.search(text)
    if not match:
        return None
    first, separator, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    if second > 12 or (month_first and separator != "." and first <= 12):
        first, second = second, first
    return match, year, second, first


def _worded_day(text: str, language: str) -> tuple[re.Match[str], int, int, int] | None:
    """A day with the month's name, in the page's language or in English."""
    for pattern in (_DAY_MONTH_YEAR, _MONTH_DAY_YEAR):
        for match in pattern.finditer(text):
            month = month_names(language).get(match["month"].casefold().rstrip("."))
            if month:
                return match, int(match["year"]), month, int(match["day"])
    return None


@cache
def month_names(language: str) -> dict[str, int]:
    """Names and abbreviations of the months, in a language and in English, to their numbers.

    >>> month_names("so")["oktoobar"], month_names("unheard of")["sep"]
    (10, 9)
    """
    from babel import Locale, UnknownLocaleError

    names: dict[str, int] = {"sept": 9}
    for code in ("en", language):
        try:
            months = Locale.parse(code).months
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                names.update((name.casefold().rstrip("."), number) for number, name in months[context][width].items())
    return names


def _zone(text: str) -> timezone | None:
    """The zone that follows a time of day."""
    match = _ZONE.match(text)
    if not match or not (match["sign"] or match["name"] in _ZONES):
        return None
    if match["sign"] and not match["name"] and len(match["hours"]) < 2:
        return None  # "-3 comments"
    if not match["sign"]:
        return timezone(timedelta(hours=_ZONES[match["name"]]))
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return timezone(-offset if match["sign"] == "-" else offset)


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
