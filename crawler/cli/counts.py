"""``cleanwire counts``, ``terms`` and ``stats``: statistics about the corpus."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_json_value, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.options.param_types import Count
from crawler.cli.options.query_options import filter_options, join_query_words
from crawler.cli.output.formats import format_option, write_rows

if TYPE_CHECKING:
    from storage import FacetCount

GROUPINGS: Final = (
    "day",
    "week",
    "month",
    "year",
    "source",
    "group",
    "lang",
    "author",
    "editor",
    "agency",
    "tag",
    "section",
    "outcome",
)
MAX_BARS: Final = 30
"""Bars in a chart, so that it fits on a screen; for periods of time, the latest ones."""


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire counts --by month
  cleanwire counts --by source 'ceasefire lang:en'
  cleanwire counts --by author --since 2024-10-01 --format csv
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@click.option("--by", type=click.Choice(GROUPINGS), default="day", show_default=True, help="Count by this field.")
@filter_options
@click.option("--limit", "-n", type=Count(min=1), help="Maximum number of values.  [default: all]")
@format_option
@click.pass_context
def counts(
    context: click.Context, /, query: tuple[str, ...], by: Any, limit: int | None, form: str, **filters: Any
) -> None:
    """Count articles by day, source, group, author or other field.

    A query and filters select the articles. Days, weeks (starting on Monday), months and years are those of
    publication, in UTC. --by outcome counts fetches instead of articles.
    """
    with open_corpus(context) as corpus:
        found = corpus.counts(by, join_query_words(query), limit=limit, **filters)
    if form == "table":
        print_bar_chart(found, latest=by in ("day", "week", "month", "year"))
    else:
        write_rows([{by: count.value, "articles": count.articles} for count in found], (by, "articles"), form)


def print_bar_chart(counts: "list[FacetCount]", *, latest: bool) -> None:
    """Print counts as a bar chart of at most `MAX_BARS` bars.

    Args:
        counts: the counts, in the order in which they are printed.
        latest: keep the last ones if there are too many (for periods of time) instead of the first.
    """
    if not counts:
        print_safe("Nothing found.", err=True)
        return
    shown = counts[-MAX_BARS:] if latest else counts[:MAX_BARS]
    most = max(count.articles for count in shown)
    names = [to_one_line(count.value)[:32] or "(none)" for count in shown]
    width = max(map(len, names))
    for name, count in zip(names, shown, strict=True):
        # At least one block: a small count is not the same as none.
        bar = "█" * max(1, round(40 * count.articles / most))
        print_safe(f"{name:<{width}} {count.articles:>9,}  {click.style(bar, fg='blue')}")
    if len(shown) < len(counts):
        kind = "earlier" if latest else "rarer"
        print_safe(f"… and {len(counts) - len(shown):,} {kind} ones; use --format csv to get all", err=True)


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire terms ceasefire --lang en
  cleanwire terms --source news.example --since 2024-10-01
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option("--limit", "-n", type=Count(min=1), default=30, show_default=True, help="Maximum number of words.")
@format_option
@click.pass_context
def terms(context: click.Context, /, query: tuple[str, ...], limit: int, form: str, **filters: Any) -> None:
    """Show the words that distinguish a set of articles.

    The 2,000 newest articles that match are compared with the 2,000 newest others. Words are folded, as in search.
    Without a query or a filter, the most frequent words are shown.
    """
    with open_corpus(context) as corpus:
        found = corpus.find_distinctive_terms(join_query_words(query), limit=limit, **filters)
    write_rows(map(asdict, found), ("word", "articles", "weight"), form)


@click.command(
    epilog="""\b
Examples:
  cleanwire stats
  cleanwire stats --json
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def stats(context: click.Context, as_json: bool) -> None:
    """Show statistics about the corpus.

    Articles, sources, languages, outcomes of fetches, size on disk, and the last run.
    """
    with open_corpus(context) as corpus:
        figures = corpus.stats()
    if as_json:
        print_safe(dump_safe_json(to_json_value(asdict(figures)), indent=2))
        return
    print_safe(f"{figures.articles:,} articles from {figures.sources:,} sources, {figures.queued:,} pages queued")
    if figures.first_published and figures.last_published:
        print_safe(f"published {figures.first_published.date()} to {figures.last_published.date()}")
    print_safe(f"{figures.bytes / 1e6:.1f} MB on disk")
    if figures.last_run:
        outcome = to_one_line(figures.last_run.outcome or "running")
        print_safe(f"last run {figures.last_run.started_at:%Y-%m-%d %H:%M} UTC: {outcome}")
    for heading, counts in (
        ("language", figures.by_language),
        ("source", figures.by_source),
        ("fetch outcome", figures.by_outcome),
    ):
        _print_counts(heading, counts)


def _print_counts(heading: str, counts: Any) -> None:
    """Print the 15 largest counts with bars, under a heading; nothing if there are none."""
    if not counts:
        return
    print_safe(f"\n{click.style(heading, fg='cyan')}")
    most = max(counts.values())
    for name, count in list(counts.items())[:15]:
        print_safe(
            f"  {to_one_line(name):<28} {count:>8,}  {click.style('█' * max(1, round(24 * count / most)), fg='blue')}"
        )
