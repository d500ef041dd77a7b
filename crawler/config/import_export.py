"""Lists of sources that other programs and people write, and that we write for them: OPML, CSV, addresses, TOML."""

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
from crawler.config.loader import parse_with_problems
from crawler.config.lookup import parse_typed_url
from crawler.config.models import ConfigError, Problem, SourceConfig
from crawler.parsers.opml import Outline, build_opml, read_opml
from crawler.parsers.xml import MarkupError, iter_texts
from storage.exports.csv_rows import FORMULA_STARTS

MAX_ROWS: Final = 100_000
"""Entries of a list; longer ones are taken for a mistake."""
_MAX_SHOWN_CHARS: Final = 100


class NotAListError(ConfigError):
    """A file of which nothing is understood. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source that a list names."""

    line: int
    """From 1."""
    table: Mapping[str, Any]
    """Its settings as ``[[source]]`` has them; ``url`` is canonical."""


@dataclass(frozen=True, slots=True)
class SourceList:
    """What a list names."""

    listed: tuple[ListedSource, ...]
    problems: tuple[Problem, ...]
    """Entries that are not understood."""
    notes: tuple[Problem, ...]
    """What was left out or assumed, of entries that are."""


@dataclass(slots=True)
class _ListBuilder:
    """A list while it is read."""

    name: str
    listed: list[ListedSource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def add_problem(self, line: int, text: str) -> None:
        self.problems.append(Problem(self.name, line, text))

    def add_note(self, line: int, text: str) -> None:
        self.notes.append(Problem(self.name, line, text))

    def add_entry(
        self,
        line: int,
        *,
        url: str = "",
        feeds: Iterable[str] = (),
        name: str = "",
        language: str = "",
        section: str = "",
    ) -> None:
        """Take what an entry says, as far as it can be used."""
        addresses = [address for feed in feeds if (address := self._parse_url(line, "feed", feed))]
        site = self._parse_url(line, "url", url)
        if not site and addresses:
            site = canonicalise("/", addresses[0])
            self.add_note(line, f"{addresses[0]} does not name its site; {site} is taken")
        if not site:
            if not url and not any(feeds):
                self.add_problem(line, "no address in it")
            return
        table: dict[str, Any] = {"url": site, "name": to_one_line(name), "section": to_one_line(section)}
        if language.strip():
            code = re.match(r"([a-z]{2,3})(?:[-_]|$)", language.strip().lower())
            table["language"] = code[1] if code else ""
            if not code:
                self.add_note(line, f'"{_shorten(language)}" is no code of a language, and left out')
        table["feeds"] = addresses
        self.listed.append(ListedSource(line, {key: value for key, value in table.items() if value}))

    def _parse_url(self, line: int, what: str, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            return parse_typed_url(text)
        except ValueError:
            self.add_problem(line, f'{what} is no web address: "{_shorten(text)}"')
            return None

    def build(self) -> SourceList:
        """The list; raises NotAListError where nothing of it is understood."""
        if not self.listed:
            problem = self.problems[0] if self.problems else Problem(self.name, 1, "it names no source")
            raise NotAListError(
                f"{problem} Nothing of this file is understood: it should be OPML, CSV with a header such as "
                "url,name,language,section,feed, or a list with one address a line."
            )
        return SourceList(tuple(self.listed), tuple(self.problems), tuple(self.notes))


# --- reading


def read_list(body: bytes, name: str) -> SourceList:
    """The sources that a file called ``name`` lists, in whichever form.

    Raises NotAListError on one of which nothing is understood, hostile XML included.
    """
    try:
        text = "".join(iter_texts(body)).removeprefix("\ufeff")
        gathering = _ListBuilder(name)
        if text.lstrip().startswith("<"):
            _gather_outlines(read_opml(body), gathering)
        elif re.search(r"^\s*\[\[\s*source\s*\]\]", text, re.MULTILINE):
            _gather_toml(text, gathering)
        elif (dialect := _detect_delimiter(text)) is not None:
            _gather_rows(text, dialect, gathering)
        else:
            _gather_urls(text, gathering)
    except MarkupError as error:
        raise NotAListError(f"{name} is not understood: {error.reason}.") from error
    return gathering.build()


def _gather_outlines(outlines: Iterable[Outline], builder: _ListBuilder) -> None:
    for outline in outlines:
        if outline.is_include:
            builder.add_problem(outline.line, f'it includes another file, "{_shorten(outline.site_url)}"')
            continue
        # The format wants a text, so that an address stands where a site has no name.
        is_address = re.fullmatch(r"https?://\S+", outline.name, re.IGNORECASE)
        builder.add_entry(
            outline.line,
            url=outline.site_url,
            feeds=[outline.feed_url] if outline.feed_url else [],
            name="" if is_address else outline.name,
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
        if address := re.sub(r"(^|\s)#.*", "", line).strip():
            builder.add_entry(number, url=address)
        if number > MAX_ROWS:
            raise NotAListError(f"{builder.name} has more than {MAX_ROWS:,} lines.")


_COLUMN_ALIASES: Final = {
    **dict.fromkeys(("url", "address", "website", "homepage", "site", "htmlurl", "html_url", "link"), "url"),
    **dict.fromkeys(("name", "title", "outlet"), "name"),
    **dict.fromkeys(("language", "lang"), "language"),
    "section": "section",
    **dict.fromkeys(("feed", "feeds", "feed_url", "rss", "xmlurl", "xml_url"), "feed"),
}
"""What people call the columns."""


def _match_columns(header: Iterable[str]) -> list[str | None]:
    return [_COLUMN_ALIASES.get(title.strip().lower().replace(" ", "_")) for title in header]


def _detect_delimiter(text: str) -> str | None:
    """What parts the columns, told from the header; ``None`` where the first line is none."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    found = {}
    for delimiter in ",;\t|":
        columns = _match_columns(next(csv.reader([head], delimiter=delimiter), []))
        if "url" in columns or "feed" in columns:
            found[delimiter] = sum(column is not None for column in columns)
    return max(found, key=lambda delimiter: found[delimiter], default=None)


def _gather_rows(text: str, delimiter: str, builder: _ListBuilder) -> None:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str | None] = []
    last = 0
    try:
        for row in rows:
            line, last = last + 1, rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = _match_columns(row)
                for title, column in zip(row, columns, strict=True):
                    if column is None and title.strip():
                        builder.add_note(line, f'the column "{_shorten(title)}" is not used')
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
                language=texts.get("language", ""),
                section=texts.get("section", ""),
            )
    except csv.Error as error:
        builder.add_problem(rows.line_num, f"this is no CSV: {error}")


def _shorten(text: str) -> str:
    text = to_one_line(text)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"


# --- what is new in it


@dataclass(frozen=True, slots=True)
class Additions:
    """What lists add to a file."""

    added: tuple[Mapping[str, Any], ...]
    """Settings of new sources."""
    known: tuple[ListedSource, ...]
    """Entries whose site or feed is there already, in the file or earlier in the lists."""
    joined: tuple[ListedSource, ...]
    """Entries that give a new source another feed."""


def find_additions(lists: Iterable[SourceList], present: Iterable[SourceConfig]) -> Additions:
    """What is new in some lists. Entries of one site make one source, with the feeds of all."""
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
    """Sources as ``opml``, ``csv``, ``urls`` or ``toml``; ``tables`` are their settings as the file has them."""
    return _FORMATTERS[form](sources, tables)


def _format_opml(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    return build_opml(
        Outline(name=source.name or source.url, site_url=source.url, feed_url=feed, language=source.language or "")
        for source in sources
        for feed in source.feeds or ("",)
    )


def _format_csv(sources: Sequence[SourceConfig], tables: Sequence[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("url", "name", "language", "section", "feed"))
    for source in sources:
        cells = (source.url, source.name, source.language, source.section, " ".join(source.feeds))
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
    """Without headers and cookies whose values stand in the file itself; those of the environment stay."""
    shared = dict(table)
    for key in ("headers", "cookies"):
        pairs = {name: value for name, value in shared.pop(key, {}).items() if isinstance(value, Mapping)}
        if pairs:
            shared[key] = pairs
    return shared


def find_secrets(tables: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Address and key (``headers`` or ``cookies``) of what an export leaves out."""
    for table in tables:
        for key in ("headers", "cookies"):
            if any(not isinstance(value, Mapping) for value in table.get(key, {}).values()):
                yield table["url"], key


_FORMULA_START: Final = f"[{re.escape(''.join(FORMULA_STARTS))}]"


def _escape_cell(text: str) -> str:
    """Escape a cell that a spreadsheet would run as a formula, by an apostrophe; ``_restore_cell`` removes it again."""
    return f"'{text}" if re.match(f"'*{_FORMULA_START}", text) else text


def _restore_cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if re.match(f"'+{_FORMULA_START}", cell) else cell
