"""Reads sitemaps: XML and text, gzip, the fields of Google News. Bytes in, frozen values out."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from lxml import etree

from cleaning.urls import canonicalise
from crawler.parsers.timestamps import parse_time
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

MAX_ENTRIES: Final = 50_000
"""Entries of one sitemap that are read; the limit of the protocol."""

_MAX_FIELD_CHARS = 8_000


class NotASitemapError(UnexpectedDocumentError):
    """Bytes that are no sitemap, or one that must not be read; indexes list feeds, and errors come as pages."""


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """An address in a sitemap: of a page, or in an index of another sitemap."""

    url: str
    """Canonical."""
    modified: datetime | None = None
    """``lastmod``, in UTC."""
    published: datetime | None = None
    """Google News' publication date, in UTC."""
    title: str | None = None
    """Google News' title."""
    language: str | None = None
    """Google News' language code, as written."""


@dataclass(frozen=True, slots=True)
class ParsedSitemap:
    """A sitemap, read."""

    kind: Literal["index", "urls"]
    entries: tuple[SitemapEntry, ...]
    """Each address once, in the sitemap's order. What is no http(s) address is left out."""
    damage: str | None = None
    """Why the entries may not be all there are, as a sentence; ``None`` for a whole sitemap."""


def read_sitemap(body: bytes, url: str) -> ParsedSitemap:
    """The entries of a sitemap or an index; ``url`` is where it was fetched, for relative addresses.

    Raises NotASitemapError on everything else, an armed document included.
    """
    try:
        document = read_xml(body)
    except MarkupError as error:
        if error.kind == "other" and (entries := _read_text_entries(body)):
            return ParsedSitemap("urls", entries)
        raise NotASitemapError(error.reason, error.kind) from error
    if document.kind != "sitemap":
        what = "it is a feed" if document.kind == "feed" else f"its root element is <{document.root}>"
        raise NotASitemapError(what, document.kind)
    return _read_xml_sitemap(document, url)


def sort_newest_first(entries: Iterable[SitemapEntry]) -> tuple[SitemapEntry, ...]:
    """The entries by their time, the newest first; those without one come last, in their order."""
    return tuple(sorted(entries, key=_get_time, reverse=True))


def select_children(index: ParsedSitemap) -> tuple[SitemapEntry, ...]:
    """The sitemaps of an index worth fetching, newest first, then its feeds; static pages where there is no other."""
    by_list: dict[str, list[SitemapEntry]] = defaultdict(list)
    for entry in index.entries:
        by_list[_classify_name(entry.url)].append(entry)
    return sort_newest_first(by_list["articles"]) + sort_newest_first(by_list["feeds"]) or sort_newest_first(
        by_list["pages"]
    )


def _get_time(entry: SitemapEntry) -> datetime:
    return entry.published or entry.modified or datetime.min.replace(tzinfo=UTC)


# --- by name


@cache
def load_sitemap_name_rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The rules of ``sitemap_names.toml``: what a name's sitemap lists, and the pattern."""
    tables = tomllib.loads((files("crawler.parsers") / "sitemap_names.toml").read_text("utf-8"))
    return tuple((rule["lists"], re.compile(rule["pattern"])) for rule in tables["rule"])


def _classify_name(url: str) -> str:
    parts = urlsplit(url[:_MAX_FIELD_CHARS])
    name = unquote(parts.path + (f"?{parts.query}" if parts.query else "")).lower()
    return next((lists for lists, pattern in load_sitemap_name_rules() if pattern.search(name)), "articles")


# --- text


def _read_text_entries(body: bytes) -> tuple[SitemapEntry, ...]:
    """The addresses of a text sitemap, one a line; empty where there is anything else in it."""
    if b"http" not in body[:_MAX_FIELD_CHARS] and not body.startswith(b"\x1f\x8b"):
        return ()
    entries: dict[str, SitemapEntry] = {}
    try:
        for word in _iter_words(body):
            if len(entries) < MAX_ENTRIES:
                address = canonicalise(word)
                entries.setdefault(address, SitemapEntry(address))
    except (MarkupError, ValueError):
        return ()
    return tuple(entries.values())


def _iter_words(body: bytes) -> Iterator[str]:
    rest = ""
    for text in iter_texts(body):
        rest += text.lstrip("\ufeff")
        words = rest.split()
        rest = words.pop() if words and not rest[-1].isspace() else ""
        if len(rest) > _MAX_FIELD_CHARS:
            raise ValueError("a word longer than any address")
        yield from words
    if rest:
        yield rest


# --- XML


def _read_xml_sitemap(document: XmlDocument, url: str) -> ParsedSitemap:
    collector = _SitemapCollector(url)
    damage: str | None = None
    try:
        parse_events(document, collector)
    except TooDeepError:
        damage = "its elements are nested too deeply"
    except TooManyEntriesError:
        damage = f"it has more than {MAX_ENTRIES:,} entries; the first were read"
    except MarkupError as error:
        damage = f"{error.reason}; the entries up to there were read"
    except etree.XMLSyntaxError as error:
        damage = f"it is broken: {error.msg}"
    if damage is None and not collector.is_whole:
        damage = "it is cut off or broken; the entries that could be read were"
    kind: Literal["index", "urls"] = "index" if document.root == "sitemapindex" else "urls"
    if damage and not collector.entries:
        raise NotASitemapError(damage)
    return ParsedSitemap(kind, tuple(collector.entries.values()), damage)


class _SitemapCollector:
    """Takes the parser's events and keeps the entries: memory does not grow with the rest."""

    def __init__(self, url: str) -> None:
        self.entries: dict[str, SitemapEntry] = {}
        self._url = url
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._field: str | None = None
        self._text = ""

    @property
    def is_whole(self) -> bool:
        """Whether every element that began has ended."""
        return not self._path

    def start(self, tag: str, attributes: object) -> None:
        self._path.append(tag.rpartition("}")[2])
        if len(self._path) > MAX_DEPTH:
            raise TooDeepError
        if len(self._path) == 2:
            self._fields = {}
        self._field = _find_field(self._path)
        self._text = ""

    def data(self, text: str) -> None:
        if self._field is not None and len(self._text) <= _MAX_FIELD_CHARS:
            self._text += text

    def end(self, tag: str) -> None:
        if self._field is not None:
            # What is too long was not read to its end, and half an address is another address.
            if len(self._text) <= _MAX_FIELD_CHARS:
                self._fields.setdefault(self._field, self._text.strip())
            self._field = None
        elif len(self._path) == 2 and self._fields.get("loc"):
            self._add_entry()
        self._path.pop()

    def close(self) -> None:
        """Nothing is left to do; the parser asks for the method."""

    def _add_entry(self) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            raise TooManyEntriesError
        try:
            address = canonicalise(self._fields["loc"], self._url)
        except ValueError:
            return
        if address not in self.entries:
            self.entries[address] = _build_entry(address, self._fields)


def _find_field(path: list[str]) -> str | None:
    """The field that the innermost element holds, if any.

    By names and not by namespaces, which many sitemaps get wrong or leave out; images and videos have
    addresses, titles and dates of their own, but not in these places.
    """
    name = path[-1]
    if len(path) == 3:
        return name if name in ("loc", "lastmod") else None
    if len(path) > 3 and path[-2] in ("news", "publication") and name in ("publication_date", "title", "language"):
        return name
    return None


def _build_entry(address: str, fields: dict[str, str]) -> SitemapEntry:
    return SitemapEntry(
        address,
        modified=parse_time(fields.get("lastmod", "")),
        published=parse_time(fields.get("publication_date", "")),
        title=fields.get("title") or None,
        language=fields.get("language") or None,
    )
