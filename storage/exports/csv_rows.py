"""CSV (RFC 4180) with a header row, for spreadsheets and for programs that read no typed format.

UTF-8 without a byte order mark; rows end in CR LF. Spreadsheets truncate long cells (Excel at 32,767 characters), so
prefer JSONL or Parquet for the texts.
"""

import csv
from collections.abc import Iterable
from typing import Any, Final, TextIO

from cleaning.output.safe_text import dump_safe_json
from storage.exports.columns import COLUMNS, ColumnKind
from storage.values import StoredArticle

LIST_SEPARATOR: Final = "; "
# The characters of OWASP's page on CSV injection, and their full-width forms, which some spreadsheets treat alike.
FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
"""Characters at the start of a cell that make a spreadsheet interpret it as a formula."""


def write_csv(articles: Iterable[StoredArticle], stream: TextIO) -> int:
    """Write a header and one row per article, and return the number of articles.

    Lists are joined by ``"; "``; times are ISO 8601 with the time zone that the page stated; removals and provenance
    are JSON; missing values are empty cells. Text that a spreadsheet would interpret as a formula is prefixed with an
    apostrophe: see `escape_formula`.

    Args:
        articles: Any iterable; it is consumed one by one.
        stream: Open it with ``newline=""`` and ``encoding="utf-8"``.

    Raises:
        OSError: The stream cannot be written.
    """
    # With "\n" as line terminator, Python before 3.13 does not quote a cell that has a "\r".
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(column.name for column in COLUMNS)
    count = 0
    for article in articles:
        values = article.as_json()
        writer.writerow(_format_cell(values[column.name], column.kind) for column in COLUMNS)
        count += 1
    return count


def escape_formula(text: str) -> str:
    """Prefix text with an apostrophe if a spreadsheet would interpret it as a formula, and might execute it.

    This concerns text that starts with ``=``, ``+``, ``-`` or ``@``, also in full width, or with a tab or a line break.
    It also changes harmless headlines such as "-40 degrees in Tromsø": programs that need the original text should read
    JSONL or Parquet.

    >>> escape_formula("=cmd|'/c calc'!A1"), escape_formula("Rain = flood")
    ("'=cmd|'/c calc'!A1", 'Rain = flood')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _format_cell(value: Any, kind: ColumnKind) -> Any:
    """Convert a value of `StoredArticle.as_json` to the content of a cell."""
    match kind:
        case "texts":
            value = LIST_SEPARATOR.join(value)
        case "origins" | "removals" | "statements":
            value = dump_safe_json(value) if value else ""
        case "flag":
            return None if value is None else str(value).lower()
    # Many CSV readers, Python's before 3.11 among them, reject NUL or end the text there.
    return escape_formula(value.replace("\0", "")) if isinstance(value, str) else value
