"""``cleanwire show``, ``versions`` and ``similar``: one article, its history, and what is nearly the same."""

import difflib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import dump_safe_json, strip_unprintable, to_one_line
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.output.formats import format_option, write_rows

if TYPE_CHECKING:
    from storage import ArticleUrl, Corpus, StoredArticle, Version

MAX_ID_DIGITS = 18
"""Digits of an article's number; the database's integers have no more."""


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
    with open_corpus(context) as corpus:
        stored = corpus.get(find_article_id(corpus, article))
        aliases = corpus.list_urls(stored.id)
    if as_json:
        known_as = [{"url": alias.url, "found_in": alias.found_in} for alias in aliases]
        print_safe(dump_safe_json({**stored.as_json(), "aliases": known_as}, indent=2))
    else:
        print_article(stored, aliases, removed=removed)


def find_article_id(corpus: "Corpus", article: str, *, missing_ok: bool = False) -> int:
    """The number of an article that is named by its number or its address; 0 for a missing one where that is allowed.

    Raises ArticleNotFound.
    """
    from storage import ArticleNotFound

    if article.isdecimal() and len(article) <= MAX_ID_DIGITS:
        return corpus.get(int(article)).id
    stored = corpus.find(article)
    if stored is None and not missing_ok:
        raise ArticleNotFound(f"the corpus holds no article of the address {article}")
    return stored.id if stored else 0


def print_article(article: "StoredArticle", aliases: "Sequence[ArticleUrl]" = (), *, removed: bool = False) -> None:
    """An article with its fields; with ``removed``, what was cut from its page beside it."""
    print_safe(format_styled(article.title or "(no title)", bold=True))
    others = [(alias.url, alias.found_in) for alias in aliases if alias.url != article.url]
    for name, value in [*list_fields(article), *((f"also ({found_in})", url) for url, found_in in others)]:
        print_safe(f"{click.style(f'{to_one_line(name):<15} ', fg='cyan')}{to_one_line(value)}")
    print_safe()
    if removed:
        print_with_removals(article)
    else:
        print_safe(strip_unprintable(article.text))


def print_with_removals(article: "StoredArticle") -> None:
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
        cut.append(f"{to_one_line(removal.rule)}\n", style="yellow").append(
            f"{strip_unprintable(removal.text)[:400]}\n\n", style="strike dim"
        )
    beside.add_row(Text(strip_unprintable(article.text)), cut)
    console.print(beside)


def list_fields(article: "StoredArticle") -> list[tuple[str, str]]:
    """An article's fields for people, those that are empty left out."""
    pairs = [
        ("address", article.url),
        ("site", article.site_name or article.source),
        ("published", _format_time(article.published, article.published_precision)),
        ("modified", _format_time(article.modified, article.modified_precision)),
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
        ("text mining", _describe_text_mining(article)),
        ("flags", ", ".join(article.flags)),
        ("version", f"{article.version}, see: cleanwire versions {article.id} --diff" if article.version > 1 else ""),
        ("similar", f"see: cleanwire similar {article.id}" if article.cluster_id is not None else ""),
        ("cleaned by", article.cleaner),
        ("taken from", ", ".join(f"{name}: {origin}" for name, origin in article.provenance.items())),
    ]
    return [(name, value) for name, value in pairs if value]


def _describe_text_mining(article: "StoredArticle") -> str:
    """What the page says of text and data mining."""
    words = {True: "reserved", False: "not reserved", None: ""}[article.tdm_reserved]
    return " ".join(filter(None, (words, article.tdm_policy)))


def _format_time(time: datetime | None, precision: str | None) -> str:
    if time is None:
        return ""
    return (
        time.date().isoformat()
        if precision in ("day", "month", "year")
        else time.isoformat(sep=" ", timespec="minutes")
    )


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
    with open_corpus(context) as corpus:
        stored = corpus.get(find_article_id(corpus, article))
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
        print_safe(f"Article {present.id} has not changed since it was stored.", err=True)
    for before, after in pairwise(states):
        why = "edited by its site" if before.ended_by == "edit" else "cleaned anew"
        print_safe(click.style(f"version {before.number}, {why} {before.replaced_at:%Y-%m-%d %H:%M} UTC", fg="cyan"))
        lines = difflib.unified_diff(_list_lines(before), _list_lines(after), n=0, lineterm="")
        for line in list(lines)[2:]:
            colour = {"+": "green", "-": "red"}.get(line[:1])
            if not line.startswith("@@"):
                print_safe(format_styled(line, fg=colour))
        print_safe()


def _list_lines(state: Any) -> list[str]:
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
    with open_corpus(context) as corpus:
        found = corpus.similar(find_article_id(corpus, article))
    columns = ("id", "similarity", "is_representative", "published", "source", "title", "url")
    write_rows(map(asdict, found), columns, form, empty="No other article tells nearly the same.")
