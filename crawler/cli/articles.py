"""``cleanwire show``, ``versions`` and ``similar``: one article, its history and its near-duplicates."""

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
"""Digits of an article's ID; more would not fit into the database's 64-bit integers."""


@click.command(
    epilog="""\b
Examples:
  cleanwire show 12
  cleanwire show 12 --removed
  cleanwire show https://news.example/flood --json
"""
)
@click.argument("article", metavar="ID|URL")
@click.option("--removed", is_flag=True, help="Show the removed text next to the article, with the rule.")
@click.option("--json", "as_json", is_flag=True, help="Print all fields as a JSON object.")
@click.pass_context
def show(context: click.Context, article: str, removed: bool, as_json: bool) -> None:
    """Show one article.

    The article is named by its ID in the corpus or by any URL under which it is known.
    """
    with open_corpus(context) as corpus:
        stored = corpus.get(find_article_id(corpus, article))
        aliases = corpus.list_urls(stored.id)
    if as_json:
        alias_rows = [{"url": alias.url, "found_in": alias.found_in} for alias in aliases]
        print_safe(dump_safe_json({**stored.as_json(), "aliases": alias_rows}, indent=2))
    else:
        print_article(stored, aliases, removed=removed)


def find_article_id(corpus: "Corpus", article: str, *, missing_ok: bool = False) -> int:
    """Return the ID of an article that the user named by ID or URL.

    With ``missing_ok``, a URL without an article returns 0 instead of raising. An ID without an article always raises.

    Raises:
        ArticleNotFound: the corpus has no such article.
    """
    from storage import ArticleNotFound

    # No URL consists of digits alone. A longer number would overflow in the database, which is a bug report instead of
    # an answer, so it is looked up as a URL and not found.
    if article.isdecimal() and len(article) <= MAX_ID_DIGITS:
        return corpus.get(int(article)).id
    stored = corpus.find(article)
    if stored is None and not missing_ok:
        raise ArticleNotFound(f"the corpus has no article with the URL {article}")
    return stored.id if stored else 0


def print_article(article: "StoredArticle", aliases: "Sequence[ArticleUrl]" = (), *, removed: bool = False) -> None:
    """Print an article for people: title, fields, and text.

    With ``removed``, the text is printed next to what the cleaner removed from the page. ``aliases`` are the other URLs
    under which the article is known; its own URL may be among them.
    """
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
    """Print an article's text in one column, and what was removed from its page in another.

    Each removal is headed by the rule that removed it.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    columns = Table(expand=True)
    columns.add_column("kept", ratio=3)
    columns.add_column("removed (and the rule)", ratio=2)
    cut = Text()
    for removal in article.removals:
        # The beginning is enough to recognise a removal; a comment section can be longer than its article.
        cut.append(f"{to_one_line(removal.rule)}\n", style="yellow").append(
            f"{strip_unprintable(removal.text)[:400]}\n\n", style="strike dim"
        )
    columns.add_row(Text(strip_unprintable(article.text)), cut)
    console.print(columns)


def list_fields(article: "StoredArticle") -> list[tuple[str, str]]:
    """Return an article's fields as pairs of label and value, for people; empty fields are left out.

    The text is not among them. `StoredArticle.as_json` is the complete form for programs.
    """
    pairs = [
        ("URL", article.url),
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
        ("use", _describe_statements(article)),
        ("flags", ", ".join(article.flags)),
        ("version", f"{article.version}, see: cleanwire versions {article.id} --diff" if article.version > 1 else ""),
        ("similar", f"see: cleanwire similar {article.id}" if article.cluster_id is not None else ""),
        ("cleaner", article.cleaner),
        ("provenance", ", ".join(f"{name}: {origin}" for name, origin in article.provenance.items())),
    ]
    return [(name, value) for name, value in pairs if value]


def _describe_text_mining(article: "StoredArticle") -> str:
    """Describe what the page declares about text and data mining: reserved or not, and the URL of its policy."""
    words = {True: "reserved", False: "not reserved", None: ""}[article.tdm_reserved]
    return " ".join(filter(None, (words, article.tdm_policy)))


def _describe_statements(article: "StoredArticle") -> str:
    """Describe what the site states about uses: ``"ai-train: no (robots.txt Content-Signal)"``."""
    words = {True: "yes", False: "no", None: None}
    return ", ".join(
        f"{each.use}: {words[each.allowed] or each.url or 'see its licence'} ({each.where})"
        for each in article.usage_statements
    )


def _format_time(time: datetime | None, precision: str | None) -> str:
    """Format a time as far as it is known: a date without a time of day is not shown as midnight."""
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
@click.option("--diff", is_flag=True, help="Show what changed between versions.")
@format_option
@click.pass_context
def versions(context: click.Context, article: str, diff: bool, form: str) -> None:
    """List the earlier versions of an article.

    A version ends when the site edits the article, or when newer cleaning rules change its text (see `cleanwire
    reclean`).
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
    """Print a diff from each version to the next, and from the last version to the current article.

    Args:
        earlier: the versions, the oldest first.
        present: the article as it is now.
    """
    states: list[Any] = [*earlier, present]
    if len(states) == 1:
        print_safe(f"Article {present.id} has not changed since it was stored.", err=True)
    for before, after in pairwise(states):
        why = "edited by the site" if before.ended_by == "edit" else "cleaned again"
        print_safe(click.style(f"version {before.number}, {why} {before.replaced_at:%Y-%m-%d %H:%M} UTC", fg="cyan"))
        lines = difflib.unified_diff(_list_lines(before), _list_lines(after), n=0, lineterm="")
        # The first two lines of a unified diff name files, and lines that begin with @@ give positions: neither says
        # anything about an article.
        for line in list(lines)[2:]:
            colour = {"+": "green", "-": "red"}.get(line[:1])
            if not line.startswith("@@"):
                print_safe(format_styled(line, fg=colour))
        print_safe()


def _list_lines(state: Any) -> list[str]:
    """Return a version as lines for a diff: title, authors, time of publication, and the non-empty lines of text."""
    # In UTC, because the same moment in another time zone is not a change.
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
    """List near-duplicates of an article.

    These are copies, edited copies, and the same agency text on other sites.
    """
    with open_corpus(context) as corpus:
        found = corpus.similar(find_article_id(corpus, article))
    columns = ("id", "similarity", "is_representative", "published", "source", "title", "url")
    write_rows(map(asdict, found), columns, form, empty="The article has no near-duplicates.")
