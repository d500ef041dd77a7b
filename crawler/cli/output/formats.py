"""Rows as a table for people, or as JSON, JSON Lines or CSV for programs."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import click

from cleaning.cli.runtime import open_output
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_json_value, to_one_line

ROW_FORMATS: Final = ("table", "json", "jsonl", "csv")
MAX_TABLE_ROWS: Final = 1000
"""Rows that a table shows at most: column widths need all rows in memory, and longer results are for programs."""

Row = Mapping[str, Any]
"""Values by column."""


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, as the argument ``form``: one of `ROW_FORMATS`.

    For commands that print rows; see `write_rows`.
    """
    command = click.option(
        "--format",
        "form",
        type=click.Choice(ROW_FORMATS),
        default="table",
        show_default=True,
        help="Output format.",
    )(command)
    return click.option("--json", "form", flag_value="json", help="Short for --format json.")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``, as the argument ``as_json``.

    For commands that print one object, or their own layout for people.
    """
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def write_rows(rows: Iterable[Row], columns: Sequence[str], form: str, *, empty: str = "Nothing found.") -> None:
    """Write rows to standard output in one of `ROW_FORMATS`.

    Args:
        rows: read one at a time, except for a table or JSON.
        columns: the columns of a table or CSV; JSON contains all values of a row.
        form: one of `ROW_FORMATS`.
        empty: printed to standard error if a table has no rows.
    """
    match form:
        case "json":
            print_safe(dump_safe_json([to_json_value(dict(row)) for row in rows], indent=2, default=str))
        case "jsonl":
            for row in rows:
                print_safe(dump_safe_json(to_json_value(dict(row)), default=str))
        case "csv":
            from storage.exports.csv_rows import escape_formula

            with open_output(None) as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(map(escape_formula, columns))
                writer.writerows(
                    [_format_csv_cell(row.get(column), escape_formula) for column in columns] for row in rows
                )
        case _:
            _write_table(rows, columns, empty)


def _format_csv_cell(value: Any, escape: Callable[[str], str]) -> Any:
    """Return a value as a CSV cell: lists joined with semicolons, formulas of spreadsheets escaped."""
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    value = to_json_value(value)
    return escape(value) if isinstance(value, str) else value


def _write_table(rows: Iterable[Row], columns: Sequence[str], empty: str) -> None:
    """Print rows as a table, numbers aligned to the right; more than `MAX_TABLE_ROWS` are cut off."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = list(islice(rows, MAX_TABLE_ROWS + 1))
    if not shown:
        print_safe(empty, err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="cyan", padding=(0, 2, 0, 0))
    for column in columns:
        numbers = all(isinstance(row.get(column), int | float | None) for row in shown)
        table.add_column(
            Text(to_one_line(column.replace("_", " "))), justify="right" if numbers else "left", overflow="fold"
        )
    for row in shown[:MAX_TABLE_ROWS]:
        table.add_row(*(Text(_format_cell(row.get(column))) for column in columns))
    # In a pipe there is no terminal width, and at the default of 80 characters long cells would be folded.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)
    if len(shown) > MAX_TABLE_ROWS:
        print_safe(f"Only the first {MAX_TABLE_ROWS:,} rows are shown; use --format csv or jsonl to get all.", err=True)


def _format_cell(value: Any) -> str:
    """Return a value as the text of a table cell."""
    if value is None:
        return ""
    # Before int, because bool is a subclass of it.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ", timespec="minutes")) if hasattr(value, "hour") else str(value.isoformat())
    return to_one_line(str(value))


def format_count(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless the count is one.

    >>> format_count(1, "source"), format_count(2, "error")
    ('1 source', '2 errors')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
