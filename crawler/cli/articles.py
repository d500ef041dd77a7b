"""``cleanwire versions``, ``similar``, ``counts``, ``terms``, ``runs``, ``failures`` and ``sql``."""

import difflib
import sys
from dataclasses import asdict
from datetime import UTC
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import say, styled
from cleaning.output.safe_text import one_line
from crawler.cli.formats import format_option, write_rows
from crawler.cli.open_corpus import opened
from crawler.cli.options import filter_options, words_of
from crawler.cli.search import number_of

if TYPE_CHECKING:
    from storage import Count, StoredArticle, Version

BY: Final = (
    "day",
    "week",
    "month",
    "year",
    "source",
    "lang",
    "author",
    "editor",
    "agency",
    "tag",
    "section",
    "outcome",
)
MOST: Final = 30
"""Bars in a plot; of times, the latest ones."""


@click.command(
    epilog="""\b
Examples:
  cleanwire versions 12
  cleanwire versions 12 --diff
  cleanwire versions https://news.example/flood --json
"""
)
@click.argument("article", metavar="ID|URL")
@click.option("--diff", is_flag=True, help="Show what changed from each version to the next.")
@format_option
@click.pass_context
def versions(context: click.Context, article: str, diff: bool, form: str) -> None:
    """Show what an article said before it changed.

    A version ends by an edit of the site, or by newer cleaning rules of ours.
    """
    with opened(context) as corpus:
        stored = corpus.get(number_of(corpus, article))
        earlier = corpus.versions(stored.id)
    if diff:
        print_changes(earlier, stored)
        return
    columns = ("number", "fetched_at", "replaced_at", "ended_by", "title", "words", "cleaner")
    rows = [{**asdict(version), "words": len(version.text.split())} for version in earlier]
    write_rows(rows, columns, form, empty=f"Article {stored.id} has not changed since it was stored.")


def print_changes(earlier: "list[Version]", present: "StoredArticle") -> None:
    """What changed from each version to the next, and from the last one to the present."""
    states: list[Any] = [*earlier, present]
    if len(states) == 1:
        say(f"Article {present.id} has not changed since it was stored.", err=True)
    for before, after in pairwise(states):
        why = "edited by its site" if before.ended_by == "edit" else "cleaned anew"
        say(click.style(f"version {before.number}, {why} {before.replaced_at:%Y-%m-%d %H:%M} UTC", fg="cyan"))
        lines = difflib.unified_diff(_lines(before), _lines(after), n=0, lineterm="")
        for line in list(lines)[2:]:
            colour = {"+": "green", "-": "red"}.get(line[:1])
            if not line.startswith("@@"):
                say(styled(line, fg=colour))
        say()


def _lines(state: Any) -> list[str]:
    published = state.published.astimezone(UTC).isoformat(sep=" ", timespec="minutes") if state.published else ""
    head = [f"title: {state.title or ''}", f"authors: {', '.join(state.authors)}", f"published: {published}"]
    return [*head, *(line for line in state.text.split("\n") if line.strip())]


@click.command(
    epilog="""\b
Examples:
  cleanwire similar 12
  cleanwire similar https://news.example/flood --json
"""
)
@click.argument("article", metavar="ID|URL")
@format_option
@click.pass_context
def similar(context: click.Context, article: str, form: str) -> None:
    """Show the articles that tell nearly the same as one: copies, edited copies, the same agency's text elsewhere."""
    with opened(context) as corpus:
        found = corpus.similar(number_of(corpus, article))
    columns = ("id", "similarity", "is_representative", "published", "source", "title", "url")
    write_rows(map(asdict, found), columns, form, empty="No other article tells nearly the same.")


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
@click.option("--by", type=click.Choice(BY), default="day", show_default=True, help="What to count by.")
@filter_options
@click.option("--limit", "-n", type=click.IntRange(min=1), help="How many values; all of them where not given.")
@format_option
@click.pass_context
def counts(
    context: click.Context, /, query: tuple[str, ...], by: Any, limit: int | None, form: str, **filters: Any
) -> None:
    """Count articles, all of them or those that a query and the filters find.

    Days, weeks (by their Monday), months and years are those of publication, in UTC. By outcome, fetches are counted.
    """
    with opened(context) as corpus:
        found = corpus.counts(by, words_of(query), limit=limit, **filters)
    if form == "table":
        print_plot(found, latest=by in ("day", "week", "month", "year"))
    else:
        write_rows([{by: count.value, "articles": count.articles} for count in found], (by, "articles"), form)


def print_plot(counts: "list[Count]", *, latest: bool) -> None:
    """Counts as bars; no more than fit on a screen."""
    if not counts:
        say("Nothing found.", err=True)
        return
    shown = counts[-MOST:] if latest else counts[:MOST]
    most = max(count.articles for count in shown)
    names = [one_line(count.value)[:32] or "(none)" for count in shown]
    width = max(map(len, names))
    for name, count in zip(names, shown, strict=True):
        bar = "█" * max(1, round(40 * count.articles / most))
        say(f"{name:<{width}} {count.articles:>9,}  {click.style(bar, fg='blue')}")
    if len(shown) < len(counts):
        which = "earlier" if latest else "rarer"
        say(f"… and {len(counts) - len(shown):,} {which} ones: --format csv writes all of them", err=True)


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
@click.option("--limit", "-n", type=click.IntRange(min=1), default=30, show_default=True)
@format_option
@click.pass_context
def terms(context: click.Context, /, query: tuple[str, ...], limit: int, form: str, **filters: Any) -> None:
    """Show the words that set articles apart from the others of the corpus.

    The 2,000 newest of both are looked at; words are folded, as they are searched. Without a query or a filter, the
    most frequent words.
    """
    with opened(context) as corpus:
        found = corpus.terms(words_of(query), limit=limit, **filters)
    write_rows(map(asdict, found), ("word", "articles", "weight"), form)


@click.command(
    epilog="""\b
Examples:
  cleanwire runs
  cleanwire runs --limit 5 --json
"""
)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True)
@format_option
@click.pass_context
def runs(context: click.Context, limit: int, form: str) -> None:
    """Show the last runs, the newest first; `cleanwire report` tells more of each."""
    with opened(context) as corpus:
        found = corpus.runs(limit)
    rows = [asdict(run) for run in found]
    if form in ("table", "csv"):
        rows = [
            {**row, "summary": ", ".join(f"{name} {n:,}" for name, n in row["summary"].items() if n)} for row in rows
        ]
    columns = ("id", "started_at", "finished_at", "outcome", "summary", "arguments")
    write_rows(rows, columns, form, empty="There was no run yet.")


@click.command(
    epilog="""\b
Examples:
  cleanwire failures
  cleanwire failures --source news.example --outcome too-short
"""
)
@click.option("--source", metavar="SITE", help="Only pages of this site.")
@click.option("--outcome", metavar="SLUG", help="Only pages that ended so, such as http-404 or too-short.")
@click.option("--limit", "-n", type=click.IntRange(min=1), default=50, show_default=True)
@format_option
@click.pass_context
def failures(context: click.Context, source: str | None, outcome: str | None, limit: int, form: str) -> None:
    """Show the pages that gave no article at their last attempt, and why."""
    with opened(context) as corpus:
        found = corpus.failures(source=source, outcome=outcome, limit=limit)
    columns = ("fetched_at", "outcome", "http_status", "attempts", "url", "detail")
    write_rows(map(asdict, found), columns, form, empty="Every page gave an article.")


@click.command(
    epilog="""\b
Examples:
  cleanwire sql 'SELECT source, count(*) FROM articles GROUP BY source'
  cleanwire sql 'SELECT name, count(*) AS n FROM article_people GROUP BY name ORDER BY n DESC LIMIT 10' --format csv
  cleanwire sql - < question.sql
"""
)
@click.argument("statement")
@format_option
@click.pass_context
def sql(context: click.Context, statement: str, form: str) -> None:
    """Ask a question in SQL; nothing can be changed by it.

    The views articles, article_people, article_tags, article_addresses, article_versions, article_clusters, fetches,
    runs and sources keep their names and columns; docs/schema.md tells them.
    """
    with opened(context) as corpus, corpus.sql(sys.stdin.read() if statement == "-" else statement) as (names, rows):
        write_rows((dict(zip(names, row, strict=True)) for row in rows), names, form, empty="No rows.")
