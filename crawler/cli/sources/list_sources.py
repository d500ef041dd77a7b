"""``cleanwire sources list``: the sources with their settings and articles."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.output.formats import json_option
from crawler.cli.output.text_table import print_table
from crawler.cli.sources.sources_file import read_sources_file

if TYPE_CHECKING:
    from crawler.config.loader import ParsedConfig
    from crawler.config.models import Config, SourceConfig


@click.command(
    "list",
    epilog="""\b
Examples:
  cleanwire sources list
  cleanwire sources list --json | jq -r '.[] | select(.paused) | .url'
""",
)
@sources_file_option
@json_option
@click.pass_context
def list_(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """List the sources and their settings.

    Only settings that differ from the default are shown. If the corpus exists, the number of articles of each source
    and the time of its last successful crawl are shown too.
    """
    text, reading = read_sources_file(sources_file)
    rows = _build_rows(text, reading, _load_figures(context))
    if as_json:
        print_safe(dump_safe_json([row.to_json() for row in rows], indent=2))
    else:
        _print_rows(rows)


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """Counts and times of a source in the corpus."""

    articles: int
    last_success: datetime | None
    """UTC; when the last run ended that crawled it without a problem. ``None`` if there was none."""


@dataclass(frozen=True, slots=True)
class _SourceRow:
    """A source with its changed settings; ``figures`` is ``None`` if the corpus does not know it."""

    source: "SourceConfig"
    settings: Mapping[str, Any]
    figures: SourceFigures | None

    def to_json(self) -> dict[str, Any]:
        """Return the row as a dictionary for ``json.dumps``.

        ``articles`` is ``None`` if the corpus does not know the source.
        """
        figures = self.figures
        return {
            "url": self.source.url,
            "name": self.source.name,
            "paused": self.source.paused,
            "settings": dict(self.settings),
            "articles": figures.articles if figures else None,
            "last_success": figures.last_success.isoformat() if figures and figures.last_success else None,
        }


def _build_rows(text: str, reading: "ParsedConfig", figures: Mapping[str, SourceFigures]) -> list[_SourceRow]:
    """Return a row for each source, in the order of the file."""
    import tomllib

    from cleaning.urls import get_site

    tables = tomllib.loads(text).get("source", [])
    return [
        _SourceRow(
            source, _list_changed_settings(source, reading.config, tables[number]), figures.get(get_site(source.url))
        )
        for source, number in zip(reading.config.sources, reading.source_numbers, strict=True)
    ]


def _list_changed_settings(source: "SourceConfig", config: "Config", table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ from the default, as they are written in the file.

    Of headers and cookies only the names are returned, because their values may be secret.
    """
    from dataclasses import MISSING

    settings = {}
    for field in fields(source):
        if field.name in ("url", "name", "paused") or field.name not in table:
            continue
        value = getattr(source, field.name)
        # A field without a default has a factory, which makes an empty mapping.
        default = field.default if field.default is not MISSING else {}
        # delay, obey, purpose and revisit default to the value in [crawl], if it has one.
        if value != (
            getattr(config.crawl, field.name) if field.name in ("delay", "obey", "purpose", "revisit") else default
        ):
            is_secret = field.name in ("headers", "cookies")
            settings[field.name] = sorted(table[field.name]) if is_secret else table[field.name]
    return settings


def _load_figures(context: click.Context) -> dict[str, SourceFigures]:
    """Return the figures of each source by its key; empty if there is no corpus."""
    from storage.errors import CorpusError, CorpusNotFound

    try:
        with open_corpus(context) as corpus:
            counts = corpus.stats().by_source
            success: dict[int, datetime] = {}
            for run in corpus.monitoring.list_source_runs():  # latest first
                if run.problem is None:
                    success.setdefault(run.source_id, run.at)
            return {
                source.key: SourceFigures(counts.get(source.key, 0), success.get(source.id))
                for source in corpus.sources()
            }
    except CorpusNotFound:
        return {}
    # The list does not need the corpus: a corpus that is locked or damaged is reported, and the list is printed.
    except CorpusError as error:
        print_safe(f"cleanwire: {to_one_line(str(error))}", err=True)
        return {}


def _print_rows(rows: list[_SourceRow]) -> None:
    """Print the table of sources; paused ones are dim."""
    has_figures = any(row.figures for row in rows)
    titles = ("name", "URL", "", *(("articles", "last success") if has_figures else ()), "settings")
    cells = ([(to_one_line(cell), _choose_style(row)) for cell in _format_cells(row, has_figures)] for row in rows)
    print_table(titles, cells, numbers=("articles",), no_wrap=False)


def _choose_style(row: _SourceRow) -> str:
    """Return the Rich style of a row."""
    return "dim" if row.source.paused else ""


def _format_cells(row: _SourceRow, has_figures: bool) -> tuple[str, ...]:
    """Return the cells of a source's row."""
    from crawler.config.editor import format_toml_value

    articles, success = "", ""
    if row.figures:
        articles = f"{row.figures.articles:,}"
        success = f"{row.figures.last_success:%Y-%m-%d %H:%M}" if row.figures.last_success else "never"
    return (
        row.source.name or "",
        row.source.url,
        "paused" if row.source.paused else "",
        *((articles, success) if has_figures else ()),
        ", ".join(f"{key} = {format_toml_value(value)}" for key, value in row.settings.items()),
    )
