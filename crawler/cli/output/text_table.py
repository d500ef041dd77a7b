"""Tables for people that programs can read too: in a pipe, every row is one line, however long."""

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

from crawler.cli.output.exit_codes import explain_missing

PIPE_WIDTH_CHARACTERS: Final = 100_000
"""Characters of a line in a file or a pipe: so many that nothing is cut or folded, and grep finds it."""

Cell = str | tuple[str, str]
"""A text, alone or with a Rich style."""


def print_table(
    titles: Sequence[str], rows: Iterable[Sequence[Cell]], *, numbers: Collection[str] = (), no_wrap: bool = True
) -> None:
    """Print a table without borders.

    Args:
        titles: the headings of the columns.
        rows: a cell for each column.
        numbers: titles of the columns that are aligned to the right.
        no_wrap: cut cells if the terminal is too narrow; otherwise they are folded.
    """
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    table = Table(box=None, pad_edge=False)
    for title in titles:
        justify: Literal["left", "right"] = "right" if title in numbers else "left"
        table.add_column(title, header_style="cyan", justify=justify, no_wrap=no_wrap)
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else Text(cell[0], style=cell[1]) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH_CHARACTERS).print(table)
