"""``cleanwire search``, ``show`` and ``stats``."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.forms import plain
from cleaning.printing import printable
from crawler.cli.corpus import opened
from crawler.cli.options import filter_options, words_of

LONGEST_NUMBER = 18
"""Digits of an article's number; the database's integers have no more."""

if TYPE_CHECKING:
    from storage import Hit, StoredArticle


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire search 'ceasefire zelensky' --since 2024-10-01 --lang en
  cleanwire search '"port of mombasa" OR harbour*' --order date
  cleanwire search flood -football --json
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option("--order", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON array of hits.")
@click.pass_context
def search(
    context: click.Context, /, query: tuple[str, ...], order: Any, limit: int, as_json: bool, **filters: Any
) -> None:
    """Search the corpus: words, "phrases", -not, OR, prefix*.

    All words must occur; case, accents and Arabic vowel marks do not matter. Without a query, the newest articles.
    """
    typed = words_of(query)
    with opened(context) as corpus:
        hits = corpus.search(typed, limit=limit, order=order, **filters)
    if as_json:
        click.echo(json.dumps([hit_as_json(hit) for hit in hits], ensure_ascii=False, indent=2))
    elif hits:
        for hit in hits:
            print_hit(hit)
    else:
        click.echo("Nothing found.", err=True)


def hit_as_json(hit: "Hit") -> dict[str, Any]:
    """A hit for ``json.dumps``; the words found stand between asterisks in the snippet."""
    return {
        "id": hit.id,
        "url": hit.url,
        "title": hit.title,
        "published": plain(hit.published),
        "language": hit.language,
        "source": hit.source,
        "site_name": hit.site_name,
        "snippet": hit.snippet.marked("*", "*"),
        "score": hit.score,
    }


def print_hit(hit: "Hit") -> None:
    """A hit as four lines: number and title, where and when, the text around what was found, the address."""
    number = click.style(f"{hit.id:>5}", fg="cyan")
    about = " · ".join(part for part in (hit.site_name or hit.source, _day(hit.published), hit.language) if part)
    marked = "".join(
        click.style(printable(text), bold=True, fg="yellow") if is_mark else printable(text)
        for text, is_mark in hit.snippet.pieces()
    )
    click.echo(f"{number}  {click.style(printable(hit.title or '(no title)'), bold=True)}")
    click.echo(f"       {click.style(printable(about), dim=True)}")
    click.echo(f"       {marked}")
    click.echo(f"       {click.style(printable(hit.url), dim=True)}\n")


@click.command(
    epilog="""\b
Examples:
  cleanwire show 12
  cleanwire show 12 --removed
  cleanwire show https://news.example/flood --json
"""
)
@click.argument("article", metavar="ID|URL")
@click.option("--removed", is_flag=True, help="Show beside the text what was removed, and by which rule.")
@click.option("--json", "as_json", is_flag=True, help="All fields as a JSON object.")
@click.pass_context
def show(context: click.Context, article: str, removed: bool, as_json: bool) -> None:
    """Show an article of the corpus."""
    with opened(context) as corpus:
        is_number = article.isdecimal() and len(article) <= LONGEST_NUMBER
        stored = corpus.get(int(article)) if is_number else corpus.find(article)
    if stored is None:
        from storage import ArticleNotFound

        raise ArticleNotFound(f"the corpus holds no article of the address {article}")
    if as_json:
        click.echo(json.dumps(stored.as_json(), ensure_ascii=False, indent=2))
    else:
        print_article(stored, removed=removed)


def print_article(article: "StoredArticle", *, removed: bool = False) -> None:
    """An article with its fields; with ``removed``, what was cut from its page beside it."""
    click.echo(click.style(printable(article.title or "(no title)"), bold=True))
    for name, value in fields_of(article):
        click.echo(f"{click.style(f'{name:<15}', fg='cyan')}{printable(value)}")
    click.echo()
    if removed:
        print_beside(article)
    else:
        click.echo(printable(article.text))


def print_beside(article: "StoredArticle") -> None:
    """An article's text, and beside it what was cut from its page."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    beside = Table(expand=True)
    beside.add_column("kept", ratio=3)
    beside.add_column("removed, and by which rule", ratio=2)
    cut = Text()
    for removal in article.removals:
        cut.append(f"{removal.rule}\n", style="yellow").append(
            f"{printable(removal.text)[:400]}\n\n", style="strike dim"
        )
    beside.add_row(Text(printable(article.text)), cut)
    console.print(beside)


def fields_of(article: "StoredArticle") -> list[tuple[str, str]]:
    """An article's fields for people, those that are empty left out."""
    pairs = [
        ("address", article.url),
        ("site", article.site_name or article.source),
        ("published", _moment(article.published, article.published_precision)),
        ("modified", _moment(article.modified, article.modified_precision)),
        ("authors", ", ".join(article.authors)),
        ("organisations", ", ".join(article.organisations)),
        ("editors", ", ".join(article.editors)),
        ("translators", ", ".join(article.translators)),
        ("contributors", ", ".join(article.contributors)),
        ("credits", ", ".join(article.credits)),
        ("photos", ", ".join(article.photo_credits)),
        ("dateline", article.dateline),
        ("language", f"{article.language} ({article.language_confidence:.2f})"),
        ("section", article.section),
        ("tags", ", ".join(article.tags)),
        ("words", f"{article.word_count:,}"),
        ("licence", article.licence),
        ("robots", ", ".join(article.robots)),
        ("text mining", _mining(article)),
        ("flags", ", ".join(article.flags)),
        ("taken from", ", ".join(f"{name}: {origin}" for name, origin in article.provenance.items())),
    ]
    return [(name, value) for name, value in pairs if value]


def _mining(article: "StoredArticle") -> str:
    """What the page says of text and data mining."""
    words = {True: "reserved", False: "not reserved", None: ""}[article.tdm_reserved]
    return " ".join(filter(None, (words, article.tdm_policy)))


def _moment(time: datetime | None, precision: str | None) -> str:
    if time is None:
        return ""
    return (
        time.date().isoformat()
        if precision in ("day", "month", "year")
        else time.isoformat(sep=" ", timespec="minutes")
    )


def _day(time: datetime | None) -> str:
    return time.date().isoformat() if time else ""


@click.command(
    epilog="""\b
Examples:
  cleanwire stats
  cleanwire stats --json
"""
)
@click.option("--json", "as_json", is_flag=True, help="The figures as a JSON object.")
@click.pass_context
def stats(context: click.Context, as_json: bool) -> None:
    """Show the corpus in figures."""
    from dataclasses import asdict

    with opened(context) as corpus:
        figures = corpus.stats()
    if as_json:
        click.echo(json.dumps(plain(asdict(figures)), ensure_ascii=False, indent=2))
        return
    click.echo(f"{figures.articles:,} articles of {figures.sources:,} sources, {figures.queued:,} pages waiting")
    if figures.first_published and figures.last_published:
        click.echo(f"published {_day(figures.first_published)} to {_day(figures.last_published)}")
    click.echo(f"{figures.bytes / 1e6:.1f} MB on disk")
    if figures.last_run:
        click.echo(
            f"last run {figures.last_run.started_at:%Y-%m-%d %H:%M} UTC: {figures.last_run.outcome or 'running'}"
        )
    for heading, counts in (
        ("language", figures.by_language),
        ("source", figures.by_source),
        ("outcome of fetches", figures.by_outcome),
    ):
        _print_counts(heading, counts)


def _print_counts(heading: str, counts: Any) -> None:
    if not counts:
        return
    click.echo(f"\n{click.style(heading, fg='cyan')}")
    most = max(counts.values())
    for name, count in list(counts.items())[:15]:
        click.echo(
            f"  {printable(name):<28} {count:>8,}  {click.style('█' * max(1, round(24 * count / most)), fg='blue')}"
        )
