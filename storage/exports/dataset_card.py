"""The dataset card for Hugging Face: a README.md that describes a dataset, with YAML metadata for the Hub."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from cleaning.output.safe_text import dump_safe_json, to_one_line
from storage.exports.columns import COLUMNS, Column, ColumnKind
from storage.exports.dataset_stats import DatasetStats

MAX_TABLE_ROWS: Final = 100
"""Rows of a table of sources, languages or licences. The articles of all further values are added up below the
table."""
_LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}")
_TYPE_NAMES: Final[dict[ColumnKind, str]] = {
    "text": "string",
    "texts": "list of strings",
    "moment": "timestamp (µs, UTC)",
    "whole": "int64",
    "number": "float64",
    "flag": "bool",
    "origins": "list of {field, origin}",
    "statements": "list of {where, use, allowed, url, text}",
    "removals": "list of {step, rule, text}",
}
_RIGHTS_TEXT: Final = """\
**The texts belong to those who wrote and published them.** Being readable on the web does not permit anyone to copy,
publish or train on them. A page's statements about its licence, its paywall and text and data mining are in the columns
`licence`, `paywalled`, `robots`, `tdm_reserved` and `tdm_policy`, and those of its site about single uses in
`usage_statements`. In most countries, a page without such statements reserves all rights. Before you share this
dataset, make sure that you are allowed to; keep `url` with every text, and remove articles if their publisher asks you
to. Articles name living people: laws on personal data apply."""


def build_dataset_card(stats: DatasetStats, title: str) -> str:
    """Return the text of ``README.md`` for a dataset whose files are ``data/train-*.parquet``.

    The title and everything that pages have stated is escaped: it cannot add markup, links or YAML keys.
    """
    return "\n".join(["---", *_build_front_matter(stats, title), "---", "", *_build_body(stats, title)])


def format_size_category(articles: int) -> str:
    """Return the Hub's size category for a number of articles.

    >>> [format_size_category(rows) for rows in (0, 1_000, 250_000, 10**13)]
    ['n<1K', '1K<n<10K', '100K<n<1M', 'n>1T']
    """
    names = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    if articles < 1_000:
        return "n<1K"
    power = len(str(articles)) - 4
    return f"{names[power]}<n<{names[power + 1]}" if power + 1 < len(names) else "n>1T"


def _build_front_matter(stats: DatasetStats, title: str) -> Iterator[str]:
    """Yield the lines of the YAML metadata."""
    # Every string is quoted, in JSON's notation: YAML reads the unquoted language code of Norwegian, "no", as false.
    yield f"pretty_name: {_format_yaml_string(title)}"
    if languages := [code for code in stats.by_language if _LANGUAGE_CODE.fullmatch(code)]:
        yield "language:"
        yield from (f"- {_format_yaml_string(code)}" for code in sorted(languages))
    yield "license: other"
    yield 'license_name: "rights-of-the-publishers"'
    yield "size_categories:"
    yield f"- {_format_yaml_string(format_size_category(stats.articles))}"
    yield "task_categories:\n- text-generation"
    yield "tags:\n- news"
    yield 'configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: "data/train-*.parquet"'


def _build_body(stats: DatasetStats, title: str) -> Iterator[str]:
    yield f"# {_escape_markdown(title)}\n"
    yield (
        f"{stats.articles:,} news articles{_format_date_range(stats)}, cleaned of cookie notices, credit lines, "
        "share prompts and other boilerplate, with the metadata of their pages.\n"
    )
    yield '```python\nfrom datasets import load_dataset\n\narticles = load_dataset(".", split="train")\n```\n'
    yield f"## Rights\n\n{_RIGHTS_TEXT}\n"
    yield (
        f"Of these articles, {stats.reserved:,} come from pages that reserve the rights to text and data mining, and "
        f"{stats.paywalled:,} from pages behind a paywall; {sum(stats.by_licence.values()):,} state a licence.\n"
    )
    yield from _build_count_table("Licences stated", "licence", stats.by_licence)
    yield from _build_count_table("Languages", "language", stats.by_language)
    yield from _build_count_table("Sources", "source", stats.by_source)
    yield "## Fields\n"
    yield from _build_table(("field", "type", "description"), map(_describe_column, COLUMNS))
    yield "If a page does not state a value, lists are empty and everything else is null.\n"


def _format_date_range(stats: DatasetStats) -> str:
    if stats.first_day is None or stats.last_day is None:
        return ""
    undated = f" ({stats.undated:,} without a date)" if stats.undated else ""
    return f", published {stats.first_day.isoformat()} to {stats.last_day.isoformat()}{undated}"


def _describe_column(column: Column) -> tuple[str, str, str]:
    return f"`{column.name}`", _TYPE_NAMES[column.kind], column.about


def _build_count_table(heading: str, name: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        return
    yield f"## {heading}\n"
    yield from _build_table(
        (name, "articles"), ((_format_code(value), f"{count:,}") for value, count in _take_most_frequent(counts))
    )
    if len(counts) > MAX_TABLE_ROWS:
        rest = sum(islice(counts.values(), MAX_TABLE_ROWS, None))
        yield f"{len(counts) - MAX_TABLE_ROWS:,} more, with {rest:,} articles.\n"


def _take_most_frequent(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return islice(counts.items(), MAX_TABLE_ROWS)


def _build_table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)
    yield ""


def _format_code(text: str) -> str:
    """Format text from a page as code in a table cell, in which it cannot be a link or markup or end the cell."""
    return f"`{to_one_line(text).translate(_CELL_ESCAPES) or ' '}`"


_CELL_ESCAPES: Final = str.maketrans({"`": "'", "|": "\\|"})


def _escape_markdown(title: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", to_one_line(title))


def _format_yaml_string(text: Any) -> str:
    return dump_safe_json(to_one_line(text))
