"""Import and export lists of sources: OPML, CSV, plain lists of URLs, and other ``sources.toml`` files.

Feed readers write OPML, people write the rest, so the readers are tolerant: an entry that cannot be parsed is reported
with its line, and the others are imported.
"""

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cleaning.output.safe_text import to_one_line
from cleaning.urls import canonicalise, make_url_key
from crawler.config.editor import add_sources
from crawler.config.fields import MAX_GROUP_CHARACTERS
from crawler.config.loader import parse_with_problems
from crawler.config.lookup import parse_typed_url
from crawler.config.models import ConfigError, Problem, SourceConfig
from crawler.parsers.opml import Outline, build_opml, read_opml
from crawler.parsers.xml import MarkupError, iter_texts
from storage.exports.csv_rows import FORMULA_STARTS

MAX_ROWS: Final = 100_000
"""Maximum number of lines of a list; a longer file is probably not a list of sources."""
_MAX_SHOWN_CHARS: Final = 100
"""Characters of a foreign text that a message quotes."""


class NotAListError(ConfigError):
    """A file without a single entry that can be parsed. The message is one or more sentences for the user."""


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source in a list."""

    line: int
    """The line of its entry, from 1."""
    table: Mapping[str, Any]
    """Its settings, with the keys of a ``[[source]]`` table; ``url`` is canonical."""


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of a list, with errors and notes."""

    listed: tuple[ListedSource, ...]
    """The entries that could be parsed, in the order of the file."""
    problems: tuple[Problem, ...]
    """Errors: entries that cannot be parsed and are left out."""
    notes: tuple[Problem, ...]
    """Values of valid entries that were ignored or assumed."""


@dataclass(slots=True)
class _ListBuilder:
    """Builds a SourceList while a file is read."""

    name: str
    listed: list[ListedSource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def add_problem(self, line: int, text: str) -> None:
        """Report an entry, or a part of it, that cannot be parsed.

        The command exits with an error if there are any.
        """
        self.problems.append(Problem(self.name, line, text))

    def add_note(self, line: int, text: str) -> None:
        """Report an assumption about a valid entry, or a value of it that was ignored.

        The user may want to know, but nothing is wrong.
        """
        self.notes.append(Problem(self.name, line, text))

    def add_entry(
        self,
        line: int,
        *,
        url: str = "",
        feeds: Iterable[str] = (),
        name: str = "",
        group: str = "",
        language: str = "",
        section: str = "",
    ) -> None:
        """Add an entry with the values that can be used; the others become errors or notes.

        An entry needs a ``url`` or at least one feed, from which the site's URL is derived.
        """
        feed_urls = [feed_url for feed in feeds if (feed_url := self._parse_url(line, "feed", feed))]
        site = self._parse_url(line, "url", url)
        if not site and feed_urls:
            # Subscriptions often have a feed without a page; the feed's host is nearly always the site's.
            site = canonicalise("/", feed_urls[0])
            self.add_note(line, f"no site is named for {feed_urls[0]}; using {site}")
        if not site:
            if not url and not any(feeds):
                self.add_problem(line, "the entry has no URL")
            return
        table: dict[str, Any] = {"url": site, "name": to_one_line(name), "section": to_one_line(section)}
        table["group"] = to_one_line(group)[:MAX_GROUP_CHARACTERS]
        if language.strip():
            # Feed readers write locales such as "en-us"; only the language counts.
            code = re.match(r"([a-z]{2,3})(?:[-_]|$)", language.strip().lower())
            table["language"] = code[1] if code else ""
            if not code:
                self.add_note(line, f'ignored the language "{_shorten(language)}", which is not a language code')
        table["feeds"] = feed_urls
        self.listed.append(ListedSource(line, {key: value for key, value in table.items() if value}))

    def _parse_url(self, line: int, field_name: str, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            return parse_typed_url(text)
        except ValueError:
            self.add_problem(line, f'{field_name} is not a valid URL: "{_shorten(text)}"')
            return None

    def build(self) -> SourceList:
        """Return the list; raise NotAListError if no entry of it could be parsed."""
        if not self.listed:
            problem = self.problems[0] if self.problems else Problem(self.name, 1, "no sources found")
            raise NotAListError(
                f"{problem} No entry of this file could be parsed: it should be OPML, CSV with a header such as "
                "url,name,language,section,feed, or a list with one URL per line."
            )
        return SourceList(tuple(self.listed), tuple(self.problems), tuple(self.notes))


# --- reading


def read_list(body: bytes, name: str) -> SourceList:
    """Read a list of sources; the format is detected from the content.

    Args:
        body: the bytes of the file, in any encoding that its XML declaration or its bytes reveal; may be gzip.
        name: the file name that errors and notes show.

    Raises:
        NotAListError: no entry could be parsed, or the file is XML that must not be parsed (see
            :mod:`crawler.parsers.xml`).
    """
    try:
        text = "".join(iter_texts(body)).removeprefix("\ufeff")
        builder = _ListBuilder(name)
        if text.lstrip().startswith("<"):
            _gather_outlines(read_opml(body), builder)
        elif re.search(r"^\s*\[\[\s*source\s*\]\]", text, re.MULTILINE):
            _gather_toml(text, builder)
        elif (delimiter := _detect_delimiter(text)) is not None:
            _gather_rows(text, delimiter, builder)
        else:
            _gather_urls(text, builder)
    except MarkupError as error:
        raise NotAListError(f"{name} cannot be read: {error.reason}.") from error
    return builder.build()


def _gather_outlines(outlines: Iterable[Outline], builder: _ListBuilder) -> None:
    for outline in outlines:
        if outline.is_include:
            builder.add_problem(
                outline.line, f'it includes another file, which is not imported: "{_shorten(outline.site_url)}"'
            )
            continue
        # OPML requires a text, so programs write the URL there if a site has no name.
        is_url = re.fullmatch(r"https?://\S+", outline.name, re.IGNORECASE)
        builder.add_entry(
            outline.line,
            url=outline.site_url,
            feeds=[outline.feed_url] if outline.feed_url else [],
            name="" if is_url else outline.name,
            group=outline.group,
            language=outline.language,
        )


def _gather_toml(text: str, builder: _ListBuilder) -> None:
    reading = parse_with_problems(text, builder.name)
    builder.problems += reading.problems
    tables = tomllib.loads(text)["source"] if reading.source_numbers else []
    for number, source in zip(reading.source_numbers, reading.config.sources, strict=True):
        builder.listed.append(
            ListedSource(reading.positions["source", number].line, tables[number] | {"url": source.url})
        )


def _gather_urls(text: str, builder: _ListBuilder) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if url := re.sub(r"(^|\s)#.*", "", line).strip():
            builder.add_entry(number, url=url)
        if number > MAX_ROWS:
            raise NotAListError(f"{builder.name} has more than {MAX_ROWS:,} lines.")


_COLUMN_ALIASES: Final = {
    **dict.fromkeys(("url", "address", "website", "homepage", "site", "htmlurl", "html_url", "link"), "url"),
    **dict.fromkeys(("name", "title", "outlet"), "name"),
    **dict.fromkeys(("language", "lang"), "language"),
    "section": "section",
    **dict.fromkeys(("group", "folder", "category"), "group"),
    **dict.fromkeys(("feed", "feeds", "feed_url", "rss", "xmlurl", "xml_url"), "feed"),
}
"""Our column for each name that a header may use for it, in lower case."""


def _match_columns(header: Iterable[str]) -> list[str | None]:
    return [_COLUMN_ALIASES.get(title.strip().lower().replace(" ", "_")) for title in header]


def _detect_delimiter(text: str) -> str | None:
    """Return the delimiter of a CSV text, or ``None`` if its first line is not a header with a URL or feed column.

    Spreadsheets write commas, semicolons or tabs, depending on the user's country. The delimiter that yields the most
    known column names wins.
    """
    head = next((line for line in text.splitlines() if line.strip()), "")
    known_columns = {}
    for delimiter in ",;\t|":
        columns = _match_columns(next(csv.reader([head], delimiter=delimiter), []))
        if "url" in columns or "feed" in columns:
            known_columns[delimiter] = sum(column is not None for column in columns)
    return max(known_columns, key=lambda delimiter: known_columns[delimiter], default=None)


def _gather_rows(text: str, delimiter: str, builder: _ListBuilder) -> None:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str | None] = []
    last = 0
    try:
        for row in rows:
            # A quoted cell may contain line breaks: a row is reported at the line that it begins in.
            line, last = last + 1, rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = _match_columns(row)
                for title, column in zip(row, columns, strict=True):
                    if column is None and title.strip():
                        builder.add_note(line, f'ignored the column "{_shorten(title)}"')
                continue
            if line > MAX_ROWS:
                raise NotAListError(f"{builder.name} has more than {MAX_ROWS:,} lines.")
            cells: dict[str, list[str]] = {}
            for column, cell in zip(columns, row, strict=False):
                if column:
                    cells.setdefault(column, []).append(_restore_cell(cell))
            texts = {column: next(filter(None, values), "") for column, values in cells.items()}
            builder.add_entry(
                line,
                url=texts.get("url", ""),
                feeds=" ".join(cells.get("feed", [])).split(),
                name=texts.get("name", ""),
                group=texts.get("group", ""),
                language=texts.get("language", ""),
                section=texts.get("section", ""),
            )
    except csv.Error as error:
        builder.add_problem(rows.line_num, f"this is not valid CSV: {error}")


def _shorten(text: str) -> str:
    text = to_one_line(text)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


# --- new entries


@dataclass(frozen=True, slots=True)
class Additions:
    """The differences between lists and the sources that a ``sources.toml`` already has."""

    added: tuple[Mapping[str, Any], ...]
    """Settings of the new sources."""
    known: tuple[ListedSource, ...]
    """Entries whose site or feeds are already present, in the file or earlier in the lists."""
    joined: tuple[ListedSource, ...]
    """Entries that add another feed to a new source."""


def find_additions(lists: Iterable[SourceList], present: Iterable[SourceConfig]) -> Additions:
    """Find the sources that are in the lists but not in the file.

    Entries with the same site become one source with all their feeds. Existing sources never change: a feed of a site
    that is already in the file is not added to it.
    """
    sites: dict[str, dict[str, Any]] = {}
    known_sites: set[str] = set()
    known_feeds: set[str] = set()
    for source in present:
        known_sites.add(make_url_key(source.url))
        known_feeds.update(source.feeds)
    known, joined = [], []
    for entry in (entry for one in lists for entry in one.listed):
        key = make_url_key(entry.table["url"])
        feeds = entry.table.get("feeds", [])
        new_feeds = [feed for feed in feeds if feed not in known_feeds]
        # An entry whose feeds are all known is a known source, even if it names another URL for the site.
        if key in known_sites or (feeds and not new_feeds):
            known.append(entry)
        elif key not in sites:
            sites[key] = dict(entry.table) | ({"feeds": new_feeds} if new_feeds else {})
        elif new_feeds:
            sites[key]["feeds"] = [*sites[key].get("feeds", []), *new_feeds]
            joined.append(entry)
        else:
            known.append(entry)
        known_feeds.update(new_feeds)
    return Additions(tuple(sites.values()), tuple(known), tuple(joined))


# --- writing


def format_list(form: str, sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    """Format sources for another program or another user.

    Args:
        form: one of ``FORMATS``: ``opml``, ``csv``, ``urls`` or ``toml``.
        sources: the sources to write.
        tables: their settings as they are in the file; only ``toml`` needs them. Secrets in the file are left out, see
            ``find_secrets``.
    """
    return _FORMATTERS[form](sources, tables)


def _format_opml(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    return build_opml(
        Outline(
            name=source.name or source.url,
            site_url=source.url,
            feed_url=feed,
            group=source.group or "",
            language=source.language or "",
        )
        for source in sources
        for feed in source.feeds or ("",)
    )


def _format_csv(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("url", "name", "group", "language", "section", "feed"))
    for source in sources:
        cells = (source.url, source.name, source.group, source.language, source.section, " ".join(source.feeds))
        writer.writerow([_escape_cell(cell or "") for cell in cells])
    return stream.getvalue()


def _format_urls(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    return "".join(f"{source.url}\n" for source in sources)


def _format_toml(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    return add_sources("", [_drop_secrets(table) for table in tables])


_FORMATTERS: Final[dict[str, Callable[[Sequence[SourceConfig], Sequence[Mapping[str, Any]]], str]]] = {
    "opml": _format_opml,
    "csv": _format_csv,
    "urls": _format_urls,
    "toml": _format_toml,
}
FORMATS: Final = tuple(_FORMATTERS)


def _drop_secrets(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without headers and cookies whose values are in the file; references to variables are kept."""
    shared = dict(table)
    for key in ("headers", "cookies"):
        pairs = {name: value for name, value in shared.pop(key, {}).items() if isinstance(value, Mapping)}
        if pairs:
            shared[key] = pairs
    return shared


def find_secrets(tables: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the URL and the key (``headers`` or ``cookies``) of each setting that an export leaves out or shortens.

    The command prints them, so that the user knows what is missing from the exported file.
    """
    for table in tables:
        for key in ("headers", "cookies"):
            if any(not isinstance(value, Mapping) for value in table.get(key, {}).values()):
                yield table["url"], key


_FORMULA_START: Final = f"[{re.escape(''.join(FORMULA_STARTS))}]"


def _escape_cell(text: str) -> str:
    """Prefix a cell that a spreadsheet would run as a formula with an apostrophe; ``_restore_cell`` removes it.

    Cells that begin with apostrophes and a formula get one more, so that a round trip returns every text unchanged.
    """
    return f"'{text}" if re.match(f"'*{_FORMULA_START}", text) else text


def _restore_cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if re.match(f"'+{_FORMULA_START}", cell) else cell
