"""CSV as RFC 4180 has it, with a line of names: for spreadsheets, and for programs that read nothing better.

UTF-8 without a byte order mark; rows end in CR LF. Spreadsheets cut cells off (Excel at 32,767 characters).
"""

import csv
from collections.abc import Iterable
from typing import Any, Final, TextIO

from cleaning.output.safe_text import dump_safe_json
from storage.exports.columns import COLUMNS, ColumnKind
from storage.values import StoredArticle

LIST_SEPARATOR: Final = "; "
FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that a spreadsheet takes for a formula, and runs."""


def write_csv(articles: Iterable[StoredArticle], stream: TextIO) -> int:
    """Write a row for each article, below the columns' names; gives how many articles there were.

    Lists are joined by ``"; "``; times are ISO 8601 with the zone that the page stated; what was removed, and where
    fields come from, is JSON; what is not known is empty. Text that a spreadsheet would take for a formula gets an
    apostrophe in front: see `defused`. Raises OSError where the stream does.
    """
    writer = csv.writer(stream, lineterminator="\r\n")  # with "\n" alone, Python before 3.13 leaves "\r" unquoted
    writer.writerow(column.name for column in COLUMNS)
    count = 0
    for article in articles:
        values = article.as_json()
        writer.writerow(_format_cell(values[column.name], column.kind) for column in COLUMNS)
        count += 1
    return count


def escape_formula(text: str) -> str:
    """Text with an apostrophe in front where a spreadsheet would take it for a formula, and might run it.

    That is where it begins with ``=``, ``+``, ``-`` or ``@``, also in full width, or with a tab or a line break.
    Programs that want a headline such as "-40 degrees in Tromsø" as it was must take the apostrophe off again, or read
    another form.

    >>> escape_formula("=cmd|'/c calc'!A1"), escape_formula("Rain = flood")
    ("'=cmd|'/c calc'!A1", 'Rain = flood')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _format_cell(value: Any, kind: ColumnKind) -> Any:
    """A value of `StoredArticle.as_json` for its cell."""
    match kind:
        case "texts":
            value = LIST_SEPARATOR.join(value)
        case "origins" | "removals":
            value = dump_safe_json(value) if value else ""
        case "flag":
            return None if value is None else str(value).lower()
    return escape_formula(value.replace("\0", "")) if isinstance(value, str) else value
