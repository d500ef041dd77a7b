"""Parse sitemaps: XML and plain text, also gzipped, with the fields of Google News. Bytes in, frozen values out."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from lxml import etree

from cleaning.urls import canonicalise
from crawler.parsers.broken_xml import parse_broken_xml
from crawler.parsers.timestamps import EARLIEST_YEAR, LATEST_YEAR, parse_time
from crawler.parsers.xml import (
    MAX_DEPTH,
    MarkupError,
    TooDeepError,
    TooManyEntriesError,
    UnexpectedDocumentError,
    XmlDocument,
    iter_texts,
    parse_events,
    read_xml,
)
from crawler.urls.url_dates import find_number, infer_period

MAX_ENTRIES: Final = 50_000
"""Maximum number of entries of one sitemap: the limit of the protocol."""

MIN_NUMBERED_SHARE: Final = 0.9
"""Share of the entries without a time that must have a number of their own, for the numbers to be the order."""
MAX_LIST_IN_ORDER: Final = 200
"""Entries without any sign of their age up to which the order of the list is kept."""
MAX_INDEX_IN_ORDER: Final = 30
"""The same for the sitemaps of an index, of which a crawl reads some dozens."""

_MAX_FIELD_CHARS = 8_000
"""Maximum length of a field; longer ones are dropped."""


class NotASitemapError(UnexpectedDocumentError):
    """The bytes are not a sitemap, or one that must not be parsed.

    This is common: sitemap indexes list feeds, and servers send error pages with status 200.
    """


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """An entry of a sitemap: the URL of a page, or in an index that of another sitemap."""

    url: str
    """Canonical URL."""
    modified: datetime | None = None
    """``lastmod``, in UTC; ``None`` if it is missing or not a plausible time."""
    published: datetime | None = None
    """Publication date of Google News, in UTC; ``None`` if it is missing or not a plausible time."""
    title: str | None = None
    """Title of Google News."""
    language: str | None = None
    """Language code of Google News, as written."""


@dataclass(frozen=True, slots=True)
class ParsedSitemap:
    """A parsed sitemap."""

    kind: Literal["index", "urls"]
    entries: tuple[SitemapEntry, ...]
    """The entries in the sitemap's order, each URL once. Entries without an http(s) URL are left out."""
    damage: str | None = None
    """The reason why entries may be missing, as a sentence; ``None`` if the sitemap is complete."""


def read_sitemap(body: bytes, url: str) -> ParsedSitemap:
    """Parse a sitemap or a sitemap index, in XML or as a plain list of URLs.

    Args:
        body: the response body; may be gzip.
        url: the URL that it was fetched from, which relative URLs are resolved against.

    Raises:
        NotASitemapError: the body is something else, or too damaged to have an entry. ``actual_kind`` says what it is,
            if that is known.
    """
    try:
        document = read_xml(body)
    except MarkupError as error:
        if error.kind == "other" and (entries := _read_text_entries(body)):
            return ParsedSitemap("urls", entries)
        raise NotASitemapError(error.reason, error.kind) from error
    if document.kind != "sitemap":
        reason = "it is a feed" if document.kind == "feed" else f"its root element is <{document.root}>"
        raise NotASitemapError(reason, document.kind)
    return _read_xml_sitemap(body, document, url)


def sort_newest_first(entries: Iterable[SitemapEntry]) -> tuple[SitemapEntry, ...]:
    """Return the entries sorted by :func:`estimate_published`, newest first; those without a time come last.

    Among these, the ones with higher numbers in their URLs come first. If they have no numbers and are many, the last
    and the first ones of the list come first: huge sitemaps often list their oldest pages first, and some their newest.
    """
    dated: list[tuple[datetime, SitemapEntry]] = []
    undated: list[SitemapEntry] = []
    for entry in entries:
        if (moment := estimate_published(entry)) is not None:
            dated.append((moment, entry))
        else:
            undated.append(entry)
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return (*(entry for _, entry in dated), *_sort_undated(undated))


def estimate_published(entry: SitemapEntry) -> datetime | None:
    """Return the time of an entry's publication, in UTC, as precisely as the sitemap tells; ``None`` if it does not.

    That is the time of its news fields, else the first moment of the day or month in its URL, else the time of its last
    change, which may be much later. The first moment, because a later one could be taken for a change.
    """
    if entry.published is not None:
        return entry.published
    first, last = infer_period(entry.url) or (None, None)
    if first is None or (entry.modified and last and first <= entry.modified <= last):
        return entry.modified
    return first


def _sort_undated(entries: list[SitemapEntry]) -> Iterable[SitemapEntry]:
    numbers = [find_number(entry.url) for entry in entries]
    numbered = [number for number in numbers if number is not None]
    # Numbers count pages only if nearly all of them have one, and each its own.
    if len(set(numbered)) >= MIN_NUMBERED_SHARE * len(entries):
        order = sorted(zip(numbers, entries, strict=True), key=lambda pair: pair[0] or 0, reverse=True)
        return [entry for _, entry in order]
    return _take_from_both_ends(entries, MAX_LIST_IN_ORDER)


def _take_from_both_ends(entries: Sequence[SitemapEntry], max_in_order: int) -> Sequence[SitemapEntry]:
    """Return the last entry, the first, the last but one, and so on; a list up to a certain length stays as it is."""
    if len(entries) <= max_in_order:
        return entries
    return [entry for pair in zip(reversed(entries), entries, strict=True) for entry in pair][: len(entries)]


def select_children(index: ParsedSitemap) -> tuple[SitemapEntry, ...]:
    """Return the sitemaps of an index that are worth fetching, newest first, followed by its feeds.

    Sitemaps that list tags, authors, pictures and the like are left out, judging by their names. Those of static pages
    are returned only if there is nothing else.
    """
    by_list: dict[str, list[SitemapEntry]] = defaultdict(list)
    for entry in index.entries:
        by_list[_classify_name(entry.url)].append(entry)
    return _sort_children(by_list["articles"]) + _sort_children(by_list["feeds"]) or _sort_children(by_list["pages"])


def _sort_children(entries: Sequence[SitemapEntry]) -> tuple[SitemapEntry, ...]:
    """Return sitemaps of an index, newest first, by their ``lastmod`` or else by the dates in their names."""
    dated = sorted((entry for entry in entries if entry.modified), key=_get_modified, reverse=True)
    undated = [entry for entry in entries if not entry.modified]
    days = [_find_numbers(entry.url) for entry in undated]
    if sum(bool(day) and EARLIEST_YEAR <= day[0] <= LATEST_YEAR for day in days) >= MIN_NUMBERED_SHARE * len(days):
        order = sorted(range(len(undated)), key=lambda index: days[index], reverse=True)
        return (*dated, *(undated[index] for index in order))
    return (*dated, *_take_from_both_ends(undated, MAX_INDEX_IN_ORDER))


def _get_modified(entry: SitemapEntry) -> datetime:
    return entry.modified or datetime.min.replace(tzinfo=UTC)


def _find_numbers(url: str) -> tuple[int, ...]:
    """Return the numbers in a sitemap's name; a date without separators becomes year, month and day."""
    parts = urlsplit(url[:_MAX_FIELD_CHARS])
    separated = _COMPACT_DAY.sub(r"\1-\2-\3", f"{parts.path}?{parts.query}")
    return tuple(int(number) for number in _SHORT_NUMBER.findall(separated))


_COMPACT_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)?(?!\d)")
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{1,9}(?!\d)")


# --- names of sitemaps


@cache
def load_sitemap_name_rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Load the rules of ``sitemap_names.toml``: the kind of pages that a sitemap lists, and the pattern of its name.

    The file is read once per process.
    """
    tables = tomllib.loads((files("crawler.parsers") / "sitemap_names.toml").read_text("utf-8"))
    return tuple((rule["lists"], re.compile(rule["pattern"])) for rule in tables["rule"])


def _classify_name(url: str) -> str:
    parts = urlsplit(url[:_MAX_FIELD_CHARS])
    name = unquote(parts.path + (f"?{parts.query}" if parts.query else "")).lower()
    return next((lists for lists, pattern in load_sitemap_name_rules() if pattern.search(name)), "articles")


# --- plain text


def _read_text_entries(body: bytes) -> tuple[SitemapEntry, ...]:
    """Return the URLs of a plain-text sitemap, one per line; empty if it contains anything else.

    One word that is not a URL is enough to reject the text: prose that mentions URLs is not a sitemap.
    """
    if b"http" not in body[:_MAX_FIELD_CHARS] and not body.startswith(b"\x1f\x8b"):
        return ()
    entries: dict[str, SitemapEntry] = {}
    try:
        for word in _iter_words(body):
            if len(entries) < MAX_ENTRIES:
                url = canonicalise(word)
                entries.setdefault(url, SitemapEntry(url))
    except (MarkupError, ValueError):
        return ()
    return tuple(entries.values())


def _iter_words(body: bytes) -> Iterator[str]:
    rest = ""
    for text in iter_texts(body):
        # A word that the end of a piece may have cut in two waits for the next piece.
        rest += text.lstrip("\ufeff")
        words = rest.split()
        rest = words.pop() if words and not rest[-1].isspace() else ""
        if len(rest) > _MAX_FIELD_CHARS:
            raise ValueError("a word longer than any URL")
        yield from words
    if rest:
        yield rest


# --- XML


def _read_xml_sitemap(body: bytes, document: XmlDocument, url: str) -> ParsedSitemap:
    """Read a sitemap; if its XML is broken, keep the better of the parser's reading and that of ``broken_xml``."""
    collector, damage, is_broken = _read_with_parser(document, url)
    if is_broken:
        second, second_damage = _read_broken(body, url)
        if len(second.entries) >= len(collector.entries):
            collector, damage = second, second_damage
    kind: Literal["index", "urls"] = "index" if document.root == "sitemapindex" else "urls"
    if damage and not collector.entries:
        raise NotASitemapError(damage)
    return ParsedSitemap(kind, tuple(collector.entries.values()), damage)


def _read_with_parser(document: XmlDocument, url: str) -> "tuple[_SitemapCollector, str | None, bool]":
    """Read a sitemap with the XML parser; return its entries, what may be missing, and whether its XML is broken."""
    collector = _SitemapCollector(url)
    try:
        if error := parse_events(document, collector):
            return collector, f"its XML is broken: {error}; the readable entries were kept", True
    except TooDeepError:
        return collector, "its elements are nested too deeply", True
    except TooManyEntriesError:
        return collector, _TOO_MANY_ENTRIES, False
    except MarkupError as unreadable:
        return collector, f"{unreadable.reason}; the entries up to there were read", False
    except etree.XMLSyntaxError as syntax_error:
        return collector, f"its XML is broken: {syntax_error.msg}", True
    return collector, None, False


def _read_broken(body: bytes, url: str) -> "tuple[_SitemapCollector, str | None]":
    collector = _SitemapCollector(url)
    try:
        return collector, parse_broken_xml(read_xml(body), collector, _ENTRY_NAMES, _FIELD_NAMES)
    except TooManyEntriesError:
        return collector, _TOO_MANY_ENTRIES
    except MarkupError as unreadable:
        return collector, f"{unreadable.reason}; the entries up to there were read"


_ENTRY_NAMES = frozenset({"url", "sitemap"})
_FIELD_NAMES = frozenset({"loc", "lastmod", "changefreq", "priority", "publication_date", "title", "language", "name"})
_TOO_MANY_ENTRIES = f"it has more than {MAX_ENTRIES:,} entries; the first were read"


class _SitemapCollector:
    """A parser target that keeps the entries only, so that memory does not grow with the rest of the document.

    Its methods are called by lxml; see :func:`crawler.parsers.xml.parse_events`.
    """

    def __init__(self, url: str) -> None:
        self.entries: dict[str, SitemapEntry] = {}
        self._url = url
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._field: str | None = None
        self._text = ""

    def start(self, tag: str, attributes: object) -> None:
        """Begin an element; a new entry begins at the second level.

        Raises TooDeepError beyond ``MAX_DEPTH``.
        """
        self._path.append(tag.rpartition("}")[2])
        if len(self._path) > MAX_DEPTH:
            raise TooDeepError
        if len(self._path) == 2:
            self._fields = {}
        self._field = _find_field(self._path)
        self._text = ""

    def data(self, text: str) -> None:
        """Add text to the current field, up to a little more than its limit."""
        if self._field is not None and len(self._text) <= _MAX_FIELD_CHARS:
            self._text += text

    def end(self, tag: str) -> None:
        """End an element: store its field, or add the entry.

        Raises TooManyEntriesError beyond ``MAX_ENTRIES``.
        """
        if self._field is not None:
            # A text beyond the limit was not read to its end, and half a URL is another URL.
            if len(self._text) <= _MAX_FIELD_CHARS:
                self._fields.setdefault(self._field, self._text.strip())
            self._field = None
        elif len(self._path) == 2 and self._fields.get("loc"):
            self._add_entry()
        self._path.pop()

    def close(self) -> None:
        """Do nothing; lxml requires the method."""

    def _add_entry(self) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            raise TooManyEntriesError
        try:
            url = canonicalise(self._fields["loc"], self._url)
        except ValueError:
            return
        if url not in self.entries:
            self.entries[url] = _build_entry(url, self._fields)


def _find_field(path: list[str]) -> str | None:
    """Return the field that the innermost element holds, or ``None``.

    Elements are recognised by name and place, not by namespace, which many sitemaps get wrong or leave out. Images and
    videos have URLs, titles and dates too, but in other places.
    """
    name = path[-1]
    if len(path) == 3:
        return name if name in ("loc", "lastmod") else None
    if len(path) > 3 and path[-2] in ("news", "publication") and name in ("publication_date", "title", "language"):
        return name
    return None


def _build_entry(url: str, fields: dict[str, str]) -> SitemapEntry:
    return SitemapEntry(
        url,
        modified=parse_time(fields.get("lastmod", "")),
        published=parse_time(fields.get("publication_date", "")),
        title=fields.get("title") or None,
        language=fields.get("language") or None,
    )
