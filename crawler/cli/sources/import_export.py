"""``cleanwire sources import`` and ``export``: lists of sources for and from other programs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.runtime import EXIT_SOME_FAILED, open_output
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.output.formats import format_count, json_option
from crawler.cli.sources.check import serialize_problem
from crawler.cli.sources.sources_file import add_to_file, read_sources_file

if TYPE_CHECKING:
    from crawler.config.import_export import Additions, SourceList

LIST_FORMATS: Final = ("opml", "csv", "urls", "toml")
"""Formats that `export` writes. `import_` detects the format by itself."""


@click.command(
    "import",
    epilog="""\b
Examples:
  cleanwire sources import subscriptions.opml
  cleanwire sources import sites.csv more.txt --dry-run
  curl -s https://lists.example/sites.txt | cleanwire sources import -

\b
Exit codes:
  0 every entry was added or already listed
  2 a file has no valid entry, or sources.toml has errors; nothing was written
  3 some entries could not be parsed; the others were added
""",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE|-...",
)
@click.option("--dry-run", is_flag=True, help="Show what would be added without adding anything.")
@sources_file_option
@json_option
@click.pass_context
def import_(context: click.Context, files: tuple[Path, ...], dry_run: bool, sources_file: Path, as_json: bool) -> None:
    """Import sites from OPML, CSV, URL lists or TOML.

    CSV needs a header; its columns, in any order, are url, name, language, section and feed. Existing entries are kept.
    Entries that cannot be parsed are reported with their line; the rest are imported. Entries of the same site become
    one source with all their feeds.
    """
    from crawler.config.import_export import find_additions, read_list

    text, reading = read_sources_file(sources_file, missing_ok=True)
    lists = [read_list(*_read_input(path)) for path in files]
    new = find_additions(lists, reading.config.sources)
    if not dry_run and new.added:
        add_to_file(sources_file, text, new.added)
    problems = [problem for one in lists for problem in one.problems]
    if as_json:
        print_safe(dump_safe_json(_serialize_import(new, lists), indent=2))
    else:
        _print_import(new, lists, dry_run=dry_run)
    if problems:
        context.exit(EXIT_SOME_FAILED)


def _read_input(path: Path) -> tuple[bytes, str]:
    """Return the bytes and the name of a file, or of standard input."""
    if str(path) == "-":
        return sys.stdin.buffer.read(), "standard input"
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _serialize_import(new: "Additions", lists: "list[SourceList]") -> dict[str, Any]:
    """Return the result of an import as a dictionary for ``json.dumps``."""
    return {
        "added": [dict(table) for table in new.added],
        "already_there": [entry.table["url"] for entry in new.known],
        "not_understood": [serialize_problem(problem) for one in lists for problem in one.problems],
        "notes": [serialize_problem(note) for one in lists for note in one.notes],
    }


def _print_import(new: "Additions", lists: "list[SourceList]", *, dry_run: bool) -> None:
    """Print what was added and what was already listed; problems and notes go to standard error."""
    for one in lists:
        for note in one.notes:
            print_safe(f"note: {to_one_line(str(note))}", err=True)
        for problem in one.problems:
            print_safe(f"cannot parse: {to_one_line(str(problem))}", err=True)
    added = "would be added" if dry_run else "added"
    for table in new.added:
        print_safe(f"{added}: {to_one_line(table['url'])}")
    for entry in new.known:
        print_safe(f"already listed: {to_one_line(entry.table['url'])}")
    print_safe(
        f"{len(new.added)} {added}, {len(new.known)} already listed, "
        f"{sum(len(one.problems) for one in lists)} not parsed"
    )


@click.command(
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
    type=click.Choice(LIST_FORMATS),
    default="opml",
    show_default=True,
    help="OPML for feed readers, CSV for spreadsheets, one URL per line, or TOML with all settings.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output; replaces it once complete.",
)
@sources_file_option
def export(form: str, output: Path | None, sources_file: Path) -> None:
    """Export the sources, including paused ones.

    Headers and cookies whose values are in the file are left out, as they may be secret. `cleanwire sources import`
    reads every format.
    """
    import tomllib

    from crawler.config.import_export import find_secrets, format_list

    text, reading = read_sources_file(sources_file)
    tables = tomllib.loads(text).get("source", [])
    if form == "toml":
        for url, key in find_secrets(tables):
            print_safe(f"cleanwire: {key} of {to_one_line(url)} left out because they may be secret", err=True)
    exported = format_list(form, reading.config.sources, tables)
    with open_output(output) as stream:
        stream.write(exported)
    if output:
        print_safe(f"{format_count(len(tables), 'source')} written to {output}", err=True)
