"""``cleanwire search``, ``show`` and ``stats``."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from cleaning.cli.terminal import say, styled
from cleaning.output.safe_text import json_text, one_line, plain, printable
from crawler.cli.formats import format_option, write_rows
from crawler.cli.open_corpus import opened
from crawler.cli.options import filter_options, words_of

LONGEST_NUMBER = 18
"""Digits of an article's number; the database's integers have no more."""

if TYPE_CHECKING:
    from storage import Alias, Corpus, Hit, Hits, StoredArticle


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  cleanwire search 'ceasefire zelensky' --since 2024-10-01 --lang en
  cleanwire search '"port of mombasa" OR harbour*' --order date
  cleanwire search 'title:flood (mombasa OR garissa) published:2024-10..2024-11' --collapse
  cleanwire search flood -football --json
""",
)
@click.argument("query", nargs=-1, metavar="[QUERY]...")
@filter_options
@click.option("--order", type=click.Choice(["relevance", "date"]), default="relevance", show_default=True)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--after", metavar="CURSOR", help="Go on behind an earlier search, which has told this cursor.")
@click.option("--collapse", is_flag=True, help="Of articles that tell nearly the same, only the first.")
@click.option("--saved", metavar="NAME", help="Search for a query that was kept: see cleanwire saved.")
@click.option("--new", is_flag=True, help="Of a kept query, all that came since --new was last asked for.")
@format_option
@click.pass_context
def search(
    context: click.Context,
    /,
    query: tuple[str, ...],
    saved: str | None,
    new: bool,
    form: str,
    **options: Any,
) -> None:
    """Search the corpus: words, "phrases", -not, OR, (parentheses), prefix*, and fields.

    Fields are title:, author:, editor:, source:, lang:, section:, tag:, cluster: and published:2024-10..2024-11. All
    words must occur; case, accents and Arabic vowel marks do not matter. Without a query, the newest articles.
    """
    if new and saved is None:
        raise click.UsageError("--new is asked of a query that was kept: name it with --saved")
    with opened(context) as corpus:
        if new:
            write_rows((new_as_row(article) for article in corpus.new_articles(str(saved))), NEW_COLUMNS, form)
            return
        typed = f"{corpus.saved_query(saved).query} {words_of(query)}" if saved else words_of(query)
        try:
            hits = corpus.search(typed.strip(), **options)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    _write_hits(hits, form)


COLUMNS: Final = ("id", "published", "language", "source", "title", "url", "snippet", "score")
NEW_COLUMNS: Final = ("id", "published", "language", "source", "title", "url")


def _write_hits(hits: "Hits", form: str) -> None:
    for ignored in hits.ignored:
        say(f"Left out of the query: {one_line(ignored)}", err=True)
    if form != "table" or not hits:
        write_rows([hit_as_json(hit) for hit in hits], COLUMNS, form)
    else:
        for hit in hits:
            print_hit(hit)
    if hits.next and sys.stderr.isatty():
        say(f"More: --after {hits.next}", err=True)


def new_as_row(article: "StoredArticle") -> dict[str, Any]:
    """What is told of an article that a kept query has newly found."""
    return {name: getattr(article, name) for name in NEW_COLUMNS}


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
        "cluster_id": hit.cluster_id,
    }


def print_hit(hit: "Hit") -> None:
    """A hit as four lines: number and title, where and when, the text around what was found, the address."""
    number = click.style(f"{hit.id:>5}", fg="cyan")
    about = " · ".join(part for part in (hit.site_name or hit.source, _day(hit.published), hit.language) if part)
    marked = "".join(
        click.style(text, bold=True, fg="yellow") if is_mark else text
        for text, is_mark in ((printable(text).replace("\n", " "), is_mark) for text, is_mark in hit.snippet.pieces())
    )
    say(f"{number}  {styled(hit.title or '(no title)', bold=True)}")
    say(f"       {styled(about, dim=True)}")
    say(f"       {marked}")
    say(f"       {styled(hit.url, dim=True)}\n")


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
        stored = corpus.get(number_of(corpus, article))
        aliases = corpus.aliases(stored.id)
    if as_json:
        known_as = [{"url": alias.url, "found_in": alias.found_in} for alias in aliases]
        say(json_text({**stored.as_json(), "aliases": known_as}, indent=2))
    else:
        print_article(stored, aliases, removed=removed)


def number_of(corpus: "Corpus", article: str, *, missing_ok: bool = False) -> int:
    """The number of an article that is named by its number or its address; 0 for a missing one where that is allowed.

    Raises ArticleNotFound.
    """
    from storage import ArticleNotFound

    if article.isdecimal() and len(article) <= LONGEST_NUMBER:
        return corpus.get(int(article)).id
    stored = corpus.find(article)
    if stored is None and not missing_ok:
        raise ArticleNotFound(f"the corpus holds no article of the address {article}")
    return stored.id if stored else 0


def print_article(article: "StoredArticle", aliases: "Sequence[Alias]" = (), *, removed: bool = False) -> None:
    """An article with its fields; with ``removed``, what was cut from its page beside it."""
    say(styled(article.title or "(no title)", bold=True))
    others = [(alias.url, alias.found_in) for alias in aliases if alias.url != article.url]
    for name, value in [*fields_of(article), *((f"also ({found_in})", url) for url, found_in in others)]:
        say(f"{click.style(f'{one_line(name):<15} ', fg='cyan')}{one_line(value)}")
    say()
    if removed:
        print_beside(article)
    else:
        say(printable(article.text))


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
        cut.append(f"{one_line(removal.rule)}\n", style="yellow").append(
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
        ("version", f"{article.version}, see: cleanwire versions {article.id} --diff" if article.version > 1 else ""),
        ("similar", f"see: cleanwire similar {article.id}" if article.cluster_id is not None else ""),
        ("cleaned by", article.cleaner),
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
        say(json_text(plain(asdict(figures)), indent=2))
        return
    say(f"{figures.articles:,} articles of {figures.sources:,} sources, {figures.queued:,} pages waiting")
    if figures.first_published and figures.last_published:
        say(f"published {_day(figures.first_published)} to {_day(figures.last_published)}")
    say(f"{figures.bytes / 1e6:.1f} MB on disk")
    if figures.last_run:
        outcome = one_line(figures.last_run.outcome or "running")
        say(f"last run {figures.last_run.started_at:%Y-%m-%d %H:%M} UTC: {outcome}")
    for heading, counts in (
        ("language", figures.by_language),
        ("source", figures.by_source),
        ("outcome of fetches", figures.by_outcome),
    ):
        _print_counts(heading, counts)


def _print_counts(heading: str, counts: Any) -> None:
    if not counts:
        return
    say(f"\n{click.style(heading, fg='cyan')}")
    most = max(counts.values())
    for name, count in list(counts.items())[:15]:
        say(f"  {one_line(name):<28} {count:>8,}  {click.style('█' * max(1, round(24 * count / most)), fg='blue')}")
