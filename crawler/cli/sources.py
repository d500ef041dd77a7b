"""``cleanwire sources``: the file that lists the sites to watch."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.runtime import SOME_FAILED, USAGE, written
from cleaning.cli.terminal import say
from cleaning.output.safe_text import json_text, one_line
from crawler.cli.options.open_corpus import opened
from crawler.cli.options.source_options import SOURCES_FILE
from crawler.cli.output.exit_codes import explain_missing

if TYPE_CHECKING:
    from crawler.config.import_export import Additions, SourceList
    from crawler.config.loader import Reading
    from crawler.config.models import Config, Problem, SourceConfig

FORMATS: Final = ("opml", "csv", "urls", "toml")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def sources() -> None:
    """List, add, check, import, export and pause the sites to watch.

    They stand in sources.toml, which these commands change without touching its comments and layout.
    """


def sources_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--sources``, as the argument ``sources_file``."""
    return click.option(
        "--sources",
        "sources_file",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path(SOURCES_FILE),
        show_default=True,
        help="The file that lists the sources.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``, as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="The same as JSON.")(command)


# --- list


@sources.command(
    "list",
    epilog="""\b
Examples:
  cleanwire sources list
  cleanwire sources list --json | jq -r '.[] | select(.paused) | .url'
""",
)
@sources_option
@json_option
@click.pass_context
def list_(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """List the sources, with the settings that are not the default.

    Where the corpus is there, also how many articles it has of each, and when each was last crawled without a problem.
    """
    text, reading = understood(sources_file)
    rows = _rows(text, reading, _figures(context))
    if as_json:
        say(json_text([row.as_json() for row in rows], indent=2))
    else:
        _print_rows(rows)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the corpus knows of a source."""

    articles: int
    last_success: datetime | None
    """UTC; the end of the last run that could crawl it. ``None`` where there was none."""


@dataclass(frozen=True, slots=True)
class _Row:
    source: "SourceConfig"
    settings: Mapping[str, Any]
    figures: Figures | None

    def as_json(self) -> dict[str, Any]:
        figures = self.figures
        return {
            "url": self.source.url,
            "name": self.source.name,
            "paused": self.source.paused,
            "settings": dict(self.settings),
            "articles": figures.articles if figures else None,
            "last_success": figures.last_success.isoformat() if figures and figures.last_success else None,
        }


def _rows(text: str, reading: "Reading", figures: Mapping[str, Figures]) -> list[_Row]:
    import tomllib

    from cleaning.urls import site_of

    tables = tomllib.loads(text).get("source", [])
    return [
        _Row(source, _settings(source, reading.config, tables[number]), figures.get(site_of(source.url)))
        for source, number in zip(reading.config.sources, reading.numbers, strict=True)
    ]


def _settings(source: "SourceConfig", config: "Config", table: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not the default, as they stand in the file; of secrets only their names."""
    from dataclasses import MISSING

    settings = {}
    for field in fields(source):
        if field.name in ("url", "name", "paused") or field.name not in table:
            continue
        value = getattr(source, field.name)
        default = field.default if field.default is not MISSING else {}
        if value != (getattr(config.crawl, field.name) if field.name in ("delay", "obey", "revisit") else default):
            is_secret = field.name in ("headers", "cookies")
            settings[field.name] = sorted(table[field.name]) if is_secret else table[field.name]
    return settings


def _figures(context: click.Context) -> dict[str, Figures]:
    """What the corpus knows, by the sources' keys; empty where there is none."""
    from storage.errors import CorpusError, CorpusNotFound

    try:
        with opened(context) as corpus:
            counts = corpus.stats().by_source
            success: dict[int, datetime] = {}
            for run in corpus.source_runs():  # the latest first
                if run.problem is None:
                    success.setdefault(run.source_id, run.at)
            return {
                source.key: Figures(counts.get(source.key, 0), success.get(source.id)) for source in corpus.sources()
            }
    except CorpusNotFound:
        return {}
    except CorpusError as error:
        say(f"cleanwire: {one_line(str(error))}", err=True)
        return {}


def _print_rows(rows: list[_Row]) -> None:
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    from crawler.config.editor import toml_value

    table = Table(box=None, pad_edge=False)
    has_figures = any(row.figures for row in rows)
    for title in ("name", "address", "", *(("articles", "last success") if has_figures else ()), "settings"):
        table.add_column(title, header_style="cyan", justify="right" if title == "articles" else "left")
    for row in rows:
        articles, success = "", ""
        if row.figures:
            articles = f"{row.figures.articles:,}"
            success = f"{row.figures.last_success:%Y-%m-%d %H:%M}" if row.figures.last_success else "never"
        cells = (
            row.source.name or "",
            row.source.url,
            "paused" if row.source.paused else "",
            *((articles, success) if has_figures else ()),
            ", ".join(f"{key} = {toml_value(value)}" for key, value in row.settings.items()),
        )
        style = "dim" if row.source.paused else ""
        table.add_row(*(Text(one_line(cell), style=style) for cell in cells))
    # For programs, and for grep, a line is a source, however long.
    Console(highlight=False, width=None if sys.stdout.isatty() else 100_000).print(table)


# --- add, pause, resume


@sources.command(
    epilog="""\b
Examples:
  cleanwire sources add news.example https://www.example.com/somali/
  cleanwire sources add https://news.example/ --name 'Example News' --language so
"""
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--name", help="What people call the site.")
@click.option("--language", metavar="CODE", help="The language that most of it is in (ISO 639-1, such as so).")
@sources_option
def add(urls: tuple[str, ...], name: str | None, language: str | None, sources_file: Path) -> None:
    """Add sites to the file; where there is none yet, write one.

    Nothing is added where one of them is there already, with http or https, with or without www.
    """
    from cleaning.urls import same_article_key
    from crawler.config.lookup import typed_address

    if len(urls) > 1 and name:
        raise click.UsageError("--name is for one URL")
    text, reading = understood(sources_file, missing_ok=True)
    known = {same_article_key(source.url): source.url for source in reading.config.sources}
    tables: list[dict[str, Any]] = []
    for url in urls:
        try:
            address = typed_address(url)
        except ValueError as error:
            raise click.UsageError(f"{error}: give the address of a site, such as https://news.example") from error
        if same := known.get(same_article_key(address)):
            raise click.UsageError(f"{url} is there already" + (f", as {same}" if same != url else ""))
        known[same_article_key(address)] = address
        table = {"url": address, "name": (name or "").strip(), "language": (language or "").strip()}
        tables.append({key: value for key, value in table.items() if value})
    _add(sources_file, text, tables)
    for table in tables:
        say(f"added {one_line(table['url'])}")


@sources.command(
    epilog="""\b
Examples:
  cleanwire sources pause news.example
  cleanwire sources pause 'Example Times' https://www.example.com/somali/
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME|URL|HOST...")
@sources_option
def pause(names: tuple[str, ...], sources_file: Path) -> None:
    """Leave sites alone until they are resumed. A host stands for all sources on it."""
    from crawler.config.editor import with_paused

    _set_paused(names, sources_file, True, with_paused)


@sources.command(
    epilog="""\b
Examples:
  cleanwire sources resume news.example
  cleanwire sources resume 'Example Times'
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME|URL|HOST...")
@sources_option
def resume(names: tuple[str, ...], sources_file: Path) -> None:
    """Crawl sites again that were paused."""
    from crawler.config.editor import without_paused

    _set_paused(names, sources_file, False, without_paused)


def _set_paused(
    names: tuple[str, ...], sources_file: Path, paused: bool, change: Callable[[str, list[int]], str]
) -> None:
    from crawler.config.editor import write_text
    from crawler.config.lookup import sources_named

    text, reading = understood(sources_file)
    chosen: dict[str, SourceConfig] = {}
    for name in names:
        found = sources_named(reading.config.sources, name)
        if not found:
            raise click.UsageError(f"{sources_file} has no source called {name}{_nearest(name, reading)}")
        chosen.update({source.url: source for source in found})
    changed = [source for source in chosen.values() if source.paused is not paused]
    if changed:
        numbers = [reading.numbers[reading.config.sources.index(source)] for source in changed]
        write_text(sources_file, change(text, numbers))
    for source in chosen.values():
        what = "paused" if paused else "resumed"
        say(one_line(f"{what} {source.url}" if source in changed else f"{source.url} was {what} already"))


def _nearest(name: str, reading: "Reading") -> str:
    import difflib

    from cleaning.urls import site_of

    known = {text for source in reading.config.sources for text in (source.name, site_of(source.url)) if text}
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; the nearest is {nearest[0]}" if nearest else ""


# --- check


@sources.command(
    epilog="""\b
Examples:
  cleanwire sources check
  cleanwire sources check --sources /etc/cleanwire/sources.toml --json

\b
Exit codes:
  0 the file can be used (there may be warnings)     2 it cannot
"""
)
@sources_option
@json_option
@click.pass_context
def check(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """Tell everything that is wrong in the file, with its line, and what is hardly meant."""
    from crawler.config.lint import warnings_of
    from crawler.config.loader import read_config, text_of
    from crawler.config.models import Problem

    reading = read_config(
        text_of(sources_file), str(sources_file), folder=sources_file.parent, environment=dict(os.environ)
    )
    errors = reading.problems
    if not errors and not reading.config.sources:
        errors = (Problem(str(sources_file), 1, "there is no [[source]] in it"),)
    warnings = warnings_of(reading, str(sources_file))
    if as_json:
        result = {
            "sources": len(reading.config.sources),
            "paused": len(reading.config.sources) - len(reading.config.active),
            "errors": list(map(_problem_as_json, errors)),
            "warnings": list(map(_problem_as_json, warnings)),
        }
        say(json_text(result, indent=2))
    else:
        for error in errors:
            say(f"error: {one_line(str(error))}")
        for warning in warnings:
            say(f"warning: {one_line(str(warning))}")
        paused = len(reading.config.sources) - len(reading.config.active)
        counts = [
            _counted(len(reading.config.sources), "source") + (f" ({paused} paused)" if paused else ""),
            _counted(len(errors), "error"),
            _counted(len(warnings), "warning"),
        ]
        say(f"{sources_file}: {', '.join(counts)}")
    if errors:
        context.exit(USAGE)


def _problem_as_json(problem: "Problem") -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "problem": problem.text}


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# --- import, export


@sources.command(
    "import",
    epilog="""\b
Examples:
  cleanwire sources import subscriptions.opml
  cleanwire sources import sites.csv more.txt --dry-run
  curl -s https://lists.example/sites.txt | cleanwire sources import -

\b
Exit codes:
  0 every entry is understood, added or there already
  2 nothing of a file is understood, or sources.toml is wrong; nothing was written
  3 some entries are not understood; the others were added
""",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE|-...",
)
@click.option("--dry-run", is_flag=True, help="Say what would be added, and add nothing.")
@sources_option
@json_option
@click.pass_context
def import_(context: click.Context, files: tuple[Path, ...], dry_run: bool, sources_file: Path, as_json: bool) -> None:
    """Add the sites that other files list: OPML, CSV, one address a line, or another sources.toml.

    CSV needs a header; its columns, in any order, are url, name, language, section and feed. What is there already
    stays as it is. Entries of one site make one source, with all their feeds.
    """
    from crawler.config.import_export import additions, read_list

    text, reading = understood(sources_file, missing_ok=True)
    lists = [read_list(*_bytes_of(path)) for path in files]
    new = additions(lists, reading.config.sources)
    if not dry_run and new.added:
        _add(sources_file, text, new.added)
    problems = [problem for one in lists for problem in one.problems]
    if as_json:
        say(json_text(_import_as_json(new, lists), indent=2))
    else:
        _print_import(new, lists, dry_run=dry_run)
    if problems:
        context.exit(SOME_FAILED)


def _bytes_of(path: Path) -> tuple[bytes, str]:
    if str(path) == "-":
        return sys.stdin.buffer.read(), "standard input"
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from error


def _import_as_json(new: "Additions", lists: "list[SourceList]") -> dict[str, Any]:
    return {
        "added": [dict(table) for table in new.added],
        "already_there": [entry.table["url"] for entry in new.known],
        "not_understood": [_problem_as_json(problem) for one in lists for problem in one.problems],
        "notes": [_problem_as_json(note) for one in lists for note in one.notes],
    }


def _print_import(new: "Additions", lists: "list[SourceList]", *, dry_run: bool) -> None:
    for one in lists:
        for note in one.notes:
            say(f"note: {one_line(str(note))}", err=True)
        for problem in one.problems:
            say(f"not understood: {one_line(str(problem))}", err=True)
    added = "would be added" if dry_run else "added"
    for table in new.added:
        say(f"{added}: {one_line(table['url'])}")
    for entry in new.known:
        say(f"already there: {one_line(entry.table['url'])}")
    say(
        f"{len(new.added)} {added}, {len(new.known)} already there, "
        f"{sum(len(one.problems) for one in lists)} not understood"
    )


@sources.command(
    epilog="""\b
Examples:
  cleanwire sources export > subscriptions.opml
  cleanwire sources export --format csv --output sites.csv
  cleanwire sources export --format toml | cleanwire sources import --sources other.toml -
"""
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="opml",
    show_default=True,
    help="OPML for feed readers, CSV for spreadsheets, one address a line, or TOML with all settings.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file instead of standard output; it is replaced when complete.",
)
@sources_option
def export(form: str, output: Path | None, sources_file: Path) -> None:
    """Write the sources out for other programs, the paused ones too.

    Headers and cookies whose values stand in the file are left out; `import` reads all forms.
    """
    import tomllib

    from crawler.config.import_export import secrets_in, write_list

    text, reading = understood(sources_file)
    tables = tomllib.loads(text).get("source", [])
    if form == "toml":
        for url, key in secrets_in(tables):
            say(f"cleanwire: the {key} of {one_line(url)} are left out, as they may be secret", err=True)
    exported = write_list(form, reading.config.sources, tables)
    with written(output) as stream:
        stream.write(exported)
    if output:
        say(f"{_counted(len(tables), 'source')} written to {output}", err=True)


# --- the file


def understood(path: Path, *, missing_ok: bool = False) -> "tuple[str, Reading]":
    """The text of the file and what it says; raises ConfigError where there is a problem in it.

    Secrets are not needed here, and left out.
    """
    from crawler.config.loader import Reading, read_config, text_of
    from crawler.config.models import Config, ConfigError

    if missing_ok and not path.exists():
        return "", Reading(Config(), ())
    text = text_of(path)
    reading = read_config(text, str(path), folder=path.parent)
    if reading.problems:
        hint = " cleanwire sources check tells all." if len(reading.problems) > 1 else ""
        raise ConfigError(f"{reading.problems[0]}{hint}")
    return text, reading


def _add(path: Path, text: str, tables: "list[dict[str, Any]] | tuple[Mapping[str, Any], ...]") -> None:
    """Write the file with sources added; raises ConfigError, and writes nothing, where that makes it wrong."""
    from crawler.config.editor import HEADING, with_sources, write_text
    from crawler.config.loader import read_config
    from crawler.config.models import ConfigError

    changed = with_sources(text if path.exists() else HEADING, tables)
    if problems := read_config(changed, str(path), folder=path.parent).problems:
        raise ConfigError(f"Nothing was added: {problems[0].text}.")
    write_text(path, changed)
