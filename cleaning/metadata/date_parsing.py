"""Parse dates and times that pages state, no finer than the page states them.

Machine-readable times go through :func:`parse_timestamp`, dates written for people through :func:`parse_visible_date`
and :func:`find_dates`, dates in URLs through :func:`find_date_in_url`. None of them guesses: relative dates
("8 minutes ago") and numbers that only look like years are not dates. htmldate read 1995-01-01 from "link number
1995", and dateparser read today's date from "8 minutes" and took 1.8 s on its first use.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple

from cleaning.article import Precision
from cleaning.resources import load_toml
from cleaning.times import parse_mail_date

SOLAR_YEARS = 621
"""Years by which the solar Hijri calendar is behind from its new year in March on; 622 before."""
SOLAR_EPOCH_DAYS = 356_033
"""Days from the start of the count in :func:`_convert_solar` to the first day of the year 1."""
EARLIEST_YEAR = 1990
"""The web has no older news pages; an earlier year is a mistake or a date in the story."""

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ]\s?(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)
_MONTH_OR_YEAR = re.compile(r"(\d{4})(?:-(\d{2}))?")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")
_COMPACT_TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)")
_MAIL_DATE = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} ")
# Thai abbreviations have full stops inside; Arabic, Irish and Vietnamese months may have two or three words.
_THAI_MONTH = r"[\u0e00-\u0e7f]{1,3}\.[\u0e00-\u0e7f]\.?"
_MONTH_NAME = (
    rf"(?:{_THAI_MONTH}|(?:(?:تشرين|كانون|[Tt]háng(?: [Mm]ười)?|[Dd]h?eireadh|[Mm]h?eán) )?"
    r"[^\W\d_][^\s\d.,،;:()/|-]+)"
)
# Words between the day and the month ("de octubre", "d'octubre", "ta' Ottubru"), and between the month and the year.
_OF_MONTH = r"(?:de |of |d['’]|ta['’] |ng |ខែ ?)?"
_OF_YEAR = r"(?: del?| พ\.ศ\.| ឆ្នាំ)?"
# The orders of day, month and year that pages show. The groups of one order end in the same character: y1, m1, d1.
_VISIBLE_DATE = re.compile(
    r"(?:(?<![\d./-])|(?<=ika-))(?:"
    r"(?P<iso>\d{4}-\d{2}-\d{2}T[\d:.,]{4,15}(?:Z|[+-]\d{2}:?\d{2})?)"
    r"|(?P<y1>\d{4})\s?[./年년-]\s?(?P<m1>\d{1,2})\s?[./月월-]\s?(?P<d1>\d{1,2})(?!\d)"
    r"|(?P<era>令和|平成|民國|民国)\s?(?P<year_of_era>\d{1,3}|元)\s?年\s?(?P<m0>\d{1,2})\s?月\s?(?P<d0>\d{1,2})\s?日"
    r"|(?P<d2>\d{1,2})(?P<mark>[./-]|\. )(?P<m2>\d{1,2})(?P=mark)(?P<y2>\d{4})(?!\.?\d)"
    r"|(?P<d3>\d{1,2})\.(?P<m3>\d{2})\.(?P<y3>\d{2})(?![\d.])"
    rf"|(?P<d4>\d{{1,2}}) ?(?:st|nd|rd|th|er|\.|º|ª)?,?[ /-]?{_OF_MONTH}(?P<n4>{_MONTH_NAME})"
    rf"(?: ?/ ?{_MONTH_NAME}| ?\({_MONTH_NAME}\))?"  # both names of an Arabic month
    rf"\.?[,،]?{_OF_YEAR}[ /-]?(?P<y4>\d{{4}})(?!\d)"
    rf"|(?P<dt>\d{{1,2}}) ?(?P<nt>{_THAI_MONTH}) ?(?P<yt>\d{{2}})(?!\d)"  # 10 ต.ค. 67
    r"|(?P<d6>\d{1,2}) [Tt]háng (?P<m6>\d{1,2}),?(?: năm)? (?P<y6>\d{4})(?!\d)"
    r"|(?P<y7>\d{4}) оны (?P<m7>\d{1,2})[^\d\s]{0,3} сарын (?P<d7>\d{1,2})(?!\d)"
    # 2024. gada 10. oktobris, 2024 жылғы 10 қазан
    rf"|(?P<y8>\d{{4}})[.-]? ?[^\W\d_]{{1,7}} (?P<d8>\d{{1,2}})[.-]? ?(?P<n8>{_MONTH_NAME})(?!,? ?\d{{4}})"
    rf"|(?P<y5>\d{{4}})(?:\.|ko|eko| m\.)?[ -](?P<n5>{_MONTH_NAME})\.?[ -](?P<d5>\d{{1,2}})(?!\d)"
    r")"
    rf"|(?P<n9>{_MONTH_NAME})\.? ?(?P<d9>\d{{1,2}}) ?(?:st|nd|rd|th)?[,،]? ?(?P<y9>\d{{4}})(?!\d)"
)
MAYBE_DATE = re.compile(r"\d{4}|\d\.\d\d(?!\d)|\d年|\.[\u0e00-\u0e7f]\.? ?\d\d")
"""Texts without a match hold no date: a year of four digits, the end of one such as 3.05.24, or a year of an era."""
_CLOCK = re.compile(
    r"(?<![\d./-])(?P<hour>\d{1,2})(?:[:：h時时]| h |시 ?|\.(?=\d\d(?![.\d])))(?P<minute>\d{2})(?::\d{2})?분?"
    r"(?:\s?(?P<half>[apAP])\.? ?[mM]\b\.?| ?(?P<half_in_arabic>[صم])(?:باح|ساء|\b))?"
)
CLOCK_BEFORE_CHARACTERS, CLOCK_AFTER_CHARACTERS = 20, 30
"""Characters before and after a date that are searched for its time of day."""
_ZONE = re.compile(
    r"\s?\(?(?P<name>[A-Z]{1,4})?(?:\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?", re.ASCII
)
# Time zones that news pages print by name. CST and IST are left out: each stands for several offsets.
_ZONE_OFFSETS = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WAT": 1,
    "WEST": 1,
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
    "PKT": 5,
    "WIB": 7,
    "ICT": 7,
    "WITA": 8,
    "HKT": 8,
    "SGT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
}
_MONTHS: dict[str, dict[str, int]] = {
    language: {name: number for number, names in enumerate(months, 1) for name in names.split()}
    for language, months in load_toml("months").items()
}
# Markers of morning (a) and afternoon (p): after the digits in Arabic times, before them in East Asian ones.
_DAY_HALVES = {"م": "p", "ص": "a", "下午": "p", "午後": "p", "오후": "p", "上午": "a", "午前": "a", "오전": "a"}
# Digits of Arabic, of the scripts of South and South East Asia, and full-width ones.
_ASCII_DIGITS = {ord(zero) + n: str(n) for zero in "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０" for n in range(10)}
_KNOWLEDGE = load_toml("dates")
_SOLAR_MONTHS = {name: number for number, names in enumerate(_KNOWLEDGE["solar_months"], 1) for name in names.split()}
_ERA_STARTS: dict[str, int] = _KNOWLEDGE["eras"]
_MONTH_FIRST_LANGUAGES = frozenset(_KNOWLEDGE["month_first"])
_BUDDHIST_LANGUAGES = frozenset(_KNOWLEDGE["buddhist"])
BUDDHIST_YEARS = 543
"""Years by which the Buddhist calendar of Thailand is ahead."""
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2}|[a-z]{3,9})[/-](\d{1,2})(?=[/-]|$)")


class Timestamp(NamedTuple):
    """A time and the precision to which it is known.

    The time is timezone-aware if the page states a zone, else naive. Parts beyond the precision are filled with the
    first month, the first day or midnight.
    """

    time: datetime
    precision: Precision
    source: str = ""
    """Where the page states it: ``"json-ld"``, ``"opengraph"``, ``"dublin-core"``, ``"meta"``, ``"microdata"``,
    ``"time-element"``, ``"visible-date"``, ``"visible-update"``, ``"url"`` or ``"title"``; empty if not yet known."""


class VisibleDate(NamedTuple):
    """A date in a text, with its position: ``text[start:end]``."""

    timestamp: Timestamp
    start: int
    end: int


def parse_timestamp(text: str | None) -> Timestamp | None:
    """Parse a machine-made time: ISO 8601, the format of e-mail headers, or seconds or milliseconds since 1970.

    Args:
        text: the value of an attribute, ``meta`` element or JSON key; only its first 60 characters are read.

    Returns:
        The time with its precision, or None if the text is no time or its year is implausible.

    >>> parse_timestamp("2024-10-12T05:17:00+03:00").time.isoformat()
    '2024-10-12T05:17:00+03:00'
    >>> parse_timestamp("2024-10").precision
    'month'
    >>> parse_timestamp("link number 1995") is None
    True
    """
    text = (text or "").strip()[:60]
    try:
        match = _ISO.match(text)
        if compact := _COMPACT_TIME.fullmatch(text):
            return _parse_compact(compact)
        # Ten or thirteen digits are an epoch, although their first eight may read as a compact ISO date.
        if match and not _EPOCH.fullmatch(text):
            return _parse_iso(match)
        if _MAIL_DATE.match(text):
            sent = parse_mail_date(text)
            return _reject_implausible(Timestamp(sent, "second")) if sent else None
        match = _EPOCH.fullmatch(text)
        if match:
            return _reject_implausible(Timestamp(datetime.fromtimestamp(int(match[1]), UTC), "second"))
        match = _MONTH_OR_YEAR.fullmatch(text)
        if match:
            return _reject_implausible(
                Timestamp(datetime(int(match[1]), int(match[2] or 1), 1), "month" if match[2] else "year")
            )
    except ValueError:  # 31 February, 25 o'clock
        pass
    return None


def _parse_iso(match: re.Match[str]) -> Timestamp | None:
    """Build the timestamp of an ISO 8601 match; raise ValueError for a day or hour that does not exist."""
    year, month, day, hour, minute, second, zone = match.groups()
    zone = {"z": "+00:00"}.get((zone or "").casefold(), zone or "")
    text = f"{year}-{month}-{day}T{(hour or '00').zfill(2)}:{minute or '00'}:{second or '00'}{zone}"
    return _reject_implausible(
        Timestamp(datetime.fromisoformat(text), "second" if second else "minute" if hour else "day")
    )


def _parse_compact(match: re.Match[str]) -> Timestamp | None:
    """Build the timestamp of a time without separators, such as 202410120517; raise ValueError if it is none."""
    has_seconds = len(match[2]) == 6
    time = datetime.strptime(match[0], "%Y%m%d%H%M%S" if has_seconds else "%Y%m%d%H%M")
    return _reject_implausible(Timestamp(time, "second" if has_seconds else "minute"))


def parse_visible_date(text: str, language: str | None = None) -> Timestamp | None:
    """Parse a date written for people; return None if day, month or year is missing.

    Args:
        text: the text of an element that holds a date and little else.
        language: the page's declared language (``"en-US"``): the language of its month names, and whether the month
            comes before the day in numeric dates.

    >>> parse_visible_date("Saturday, 12 October 2024 at 5:17 pm GMT+3").time.isoformat()
    '2024-10-12T17:17:00+03:00'
    >>> parse_visible_date("12 octobre 2024", "fr").precision
    'day'
    >>> parse_visible_date("8 minutes") is None
    True
    """
    return next((date.timestamp for date in find_dates(" ".join(text.split())[:120], language)), None)


def find_dates(text: str, language: str | None = None) -> Iterator[VisibleDate]:
    """Yield the dates written for people in a text, in their order.

    Args:
        text: a short text with single spaces.
        language: the page's declared language, as in :func:`parse_visible_date`.

    >>> [date.timestamp.time.day for date in find_dates("Published 3 May 2024 | Updated 7 May 2024, 10:15")]
    [3, 7]
    """
    if not MAYBE_DATE.search(text):
        return
    text = text.translate(_ASCII_DIGITS)
    position = 0
    while match := _VISIBLE_DATE.search(text, position):
        timestamp = _build_timestamp(match, text, (language or "").replace("_", "-").casefold())
        if timestamp:
            yield VisibleDate(timestamp, match.start(), match.end())
        # After a false match, search again one character later: a real date may begin within it.
        position = match.end() if timestamp else match.start() + 1


def _build_timestamp(match: re.Match[str], text: str, language: str) -> Timestamp | None:
    """Build the timestamp of a visible date, with the time of day and the zone beside it; None if it is none."""
    if match["iso"]:
        return parse_timestamp(match["iso"])
    after = text[match.end() : match.end() + CLOCK_AFTER_CHARACTERS]
    clock = _CLOCK.search(after)
    if clock is None:
        # Some pages print the time before the date: "10:15, 3 May 2024".
        after = text[max(0, match.start() - CLOCK_BEFORE_CHARACTERS) : match.start()]
        clock = _CLOCK.search(after)
    try:
        day = _parse_day(match, language)
        if day is None or clock is None:
            return _reject_implausible(Timestamp(datetime(*day), "day")) if day else None
        half = clock["half"] or _find_day_half(clock["half_in_arabic"] or after[: clock.start()].strip())
        hour = int(clock["hour"]) % 12 + (12 if half in ("p", "P") else 0) if half else int(clock["hour"])
        zone = _parse_zone(after[clock.end() :])
        return _reject_implausible(Timestamp(datetime(*day, hour, int(clock["minute"]), tzinfo=zone), "minute"))
    except ValueError:  # 31 February, 25 o'clock
        return None


def _find_day_half(text: str) -> str:
    """Return ``"a"`` or ``"p"`` if a text ends in a marker of morning or afternoon; else empty."""
    return next((half for marker, half in _DAY_HALVES.items() if text.endswith(marker)), "")


def _parse_day(match: re.Match[str], language: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a visible date, or None if its month name is unknown.

    Dots mean that the day comes first everywhere; slashes mean that the month comes first in American English.
    """
    groups = {name[0]: value for name, value in match.groupdict().items() if value and len(name) == 2}
    day = int(groups["d"])
    if match["era"]:
        year = _ERA_STARTS[match["era"]] + (1 if match["year_of_era"] == "元" else int(match["year_of_era"]))
        return year, int(groups["m"]), day
    year = int(groups["y"])
    # Years of two digits are read only in dates with dots, as years of this century, and after a Thai month.
    year += 2000 if match["y3"] else 2500 if match["yt"] else 0
    if "n" in groups:
        name = _normalize_month(groups["n"])
        if name in _SOLAR_MONTHS and _is_solar_year(year):
            return _convert_solar(year, _SOLAR_MONTHS[name], day)
        month = find_month(name, language.split("-")[0])
    else:
        month = int(groups["m"])
        if match["y2"] and _is_month_first(day, month, year, match["mark"], language):
            month, day = day, month
        if _is_solar_year(year):
            return _convert_solar(year, month, day)
    if year > BUDDHIST_YEARS + EARLIEST_YEAR and (language[:2] in _BUDDHIST_LANGUAGES or "n" in groups):
        year -= BUDDHIST_YEARS
    return (year, month, day) if month else None


def _normalize_month(name: str) -> str:
    """Return the name of a month as in the tables: in lower case, with ``_`` between words, without a preposition."""
    name = name.casefold().replace(" ", "_")
    # Catalan joins its "of" to a vowel, Hebrew joins "in" to every month.
    return name[2:] if name.startswith(("d'", "d’")) else name


def find_month(name: str, language: str) -> int | None:
    """Return the number of a month, or None.

    Without a match the name is tried without accents, since headings in capitals lack them, and without Hebrew's ב.

    >>> find_month("ΟΚΤΩΒΡΙΟΥ".casefold(), "el"), find_month("באוקטובר", "he"), find_month("foober", "en")
    (10, 10, None)
    """
    names = load_month_names(language)
    return (
        names.get(name)
        or names.get(name.removeprefix("ב"))
        or _load_plain_month_names(language).get(_strip_accents(name))
    )


@cache
def _load_plain_month_names(language: str) -> dict[str, int]:
    """Return the names of :func:`load_month_names` without accents, as far as they are unambiguous."""
    plain: dict[str, set[int]] = {}
    for name, number in load_month_names(language).items():
        plain.setdefault(_strip_accents(name), set()).add(number)
    own = {_strip_accents(name): number for name, number in _MONTHS.get(language, {}).items()}
    return {name: min(numbers) for name, numbers in plain.items() if len(numbers) == 1} | own


def _strip_accents(name: str) -> str:
    """Remove accents, also the hamza above an Arabic alif; scripts of South Asia keep their vowel signs."""
    if name > "\u0900":
        return name
    decomposed = unicodedata.normalize("NFD", name.replace("ς", "σ"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _is_solar_year(year: int) -> bool:
    """Return whether a year can only be one of the solar calendar of Iran and Afghanistan: 1403 is 2024."""
    return EARLIEST_YEAR - SOLAR_YEARS - 1 < year <= datetime.now().year - SOLAR_YEARS


def _convert_solar(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Convert a day of the solar Hijri calendar; raise ValueError if there is no such month or day.

    The leap years follow the cycle of 33 years, which is exact from 1343 to 1472.

    >>> _convert_solar(1403, 7, 19), _convert_solar(1399, 12, 30)
    ((2024, 10, 10), (2021, 3, 20))
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError(f"no day {month}-{day} in the solar calendar")
    cycle_years = year + 1595
    leap_days = cycle_years // 33 * 8 + (cycle_years % 33 + 3) // 4
    days_before_month = (month - 1) * 31 if month <= 7 else (month - 7) * 30 + 186
    date = datetime.fromordinal(365 * cycle_years + leap_days + days_before_month + day - SOLAR_EPOCH_DAYS)
    return date.year, date.month, date.day


def _is_month_first(first: int, second: int, year: int, mark: str, language: str) -> bool:
    """Return whether the first of two numbers is the month."""
    # Only one of the two can be the month.
    if first > 12 or second > 12:
        return second > 12
    if "." in mark:
        return False
    month_first = is_month_first_language(language)
    month, day = (first, second) if month_first else (second, first)
    # A date in the future was written in the other order: articles are not dated ahead.
    return month_first != _is_future(year, month, day)


def is_month_first_language(language: str) -> bool:
    """Return whether numeric dates with slashes begin with the month in a language, such as ``"en-us"``."""
    return language in _MONTH_FIRST_LANGUAGES or language.endswith("-us")


def _is_future(year: int, month: int, day: int) -> bool:
    """Return whether a day is after today, by the machine's local date."""
    today = datetime.now().date()
    return (year, month, day) > (today.year, today.month, today.day)


@cache
def load_month_names(language: str) -> dict[str, int]:
    """Return the names and abbreviations of the months, in lower case, with their numbers.

    Those of the language take precedence, then those of English, then those of any other language, since many pages are
    not in the language that they declare. Names on which the other languages disagree are left out.

    >>> load_month_names("so")["oktoobar"], load_month_names("unheard of")["sep"], load_month_names("en")["dezember"]
    (10, 9, 12)
    """
    numbers: dict[str, set[int]] = {}
    for name, number in (pair for months in _MONTHS.values() for pair in months.items()):
        numbers.setdefault(name, set()).add(number)
    unambiguous = {name: min(values) for name, values in numbers.items() if len(values) == 1}
    return {**unambiguous, **_MONTHS["en"], **_MONTHS.get(language, {})}


def _parse_zone(text: str) -> timezone | None:
    """Parse the time zone that follows a time of day; None if there is none."""
    match = _ZONE.match(text)
    if not match or not (match["sign"] or match["name"] in _ZONE_OFFSETS):
        return None
    # A lone sign with one digit is other text: "-3 comments".
    if match["sign"] and not match["name"] and len(match["hours"]) < 2:
        return None  # "-3 comments"
    if not match["sign"]:
        return timezone(timedelta(hours=_ZONE_OFFSETS[match["name"]]))
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return timezone(-offset if match["sign"] == "-" else offset)


def find_date_in_url(url: str | None) -> Timestamp | None:
    """Return the day in a URL's path, such as ``/2024/10/12/title`` or ``/2024/oct/12/title``, or None.

    >>> find_date_in_url("https://news.example/2024/10/12/floods").time.date().isoformat()
    '2024-10-12'
    """
    match = _URL_DATE.search(url or "")
    if not match:
        return None
    month = int(match[2]) if match[2].isdigit() else _MONTHS["en"].get(match[2], 0)
    try:
        return _reject_implausible(Timestamp(datetime(int(match[1]), month, int(match[3])), "day", "url"))
    except ValueError:
        return None


def _reject_implausible(timestamp: Timestamp) -> Timestamp | None:
    """Return a timestamp unless its year is before :data:`EARLIEST_YEAR`, or its day more than two days ahead.

    Two days: it may be tomorrow in another time zone, and clocks are wrong. Articles are not dated ahead.
    """
    latest = datetime.now() + timedelta(days=2)
    return timestamp if timestamp.time.year >= EARLIEST_YEAR and timestamp.time.date() <= latest.date() else None
