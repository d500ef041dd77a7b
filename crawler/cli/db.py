"""``cleanwire db``: making, checking, backing up, restoring, tidying and moving corpora."""

from pathlib import Path

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus, open_corpus_at
from crawler.cli.output.progress import show_steps_progress

DAMAGED = 11
"""The exit code of a check that finds something: the same as of a corpus that cannot be opened for it."""


@click.group(
    epilog="""\b
Examples:
  cleanwire db init
  cleanwire --database postgresql://news@db.example/news db init
  cleanwire db backup corpus-2024-10-01.db
  cleanwire db copy sqlite:///corpus.db postgresql://news@db.example/news
"""
)
def db() -> None:
    """Make, check, back up, restore, tidy and move corpora."""


@db.command(epilog="\b\nExamples:\n  cleanwire db init\n  cleanwire --database mariadb://news@db.example/news db init")
@click.pass_context
def init(context: click.Context) -> None:
    """Make a corpus at the address of --database; one that is there stays, and is brought up to date.

    On a server, its database has to be there and empty.
    """
    with open_corpus(context, create=True) as corpus:
        print_safe(f"{corpus.name} is a corpus, with {corpus.stats().articles:,} articles")


@db.command(epilog="\b\nExample:\n  cleanwire db upgrade")
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Bring the corpus of an earlier version up to date; of an SQLite file, a copy is kept beside it.

    Every command that writes does so too.
    """
    with open_corpus(context) as corpus:
        print_safe(f"{corpus.name} is up to date (revision {corpus.admin.revision})")


@db.command(epilog="\b\nExample:\n  cleanwire db check && echo all is well")
@click.pass_context
def check(context: click.Context) -> None:
    """Check the corpus: the database's own checks, and whether articles, addresses and the search index agree.

    Ends with 11 where anything is wrong.
    """
    with open_corpus(context) as corpus:
        problems = corpus.admin.check_integrity()
        for problem in problems:
            print_safe(to_one_line(problem))
        if problems:
            context.exit(DAMAGED)
        print_safe(f"{corpus.name} is sound: {corpus.stats().articles:,} articles")


@db.command(epilog="\b\nExample:\n  cleanwire db reindex")
@click.pass_context
def reindex(context: click.Context) -> None:
    """Make the search index, credits, tags and near-duplicates anew from the articles."""
    with open_corpus(context) as corpus:
        print_safe(f"{corpus.admin.rebuild_index():,} articles indexed anew", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db backup /var/backups/corpus-$(date +%F).db")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, target: Path) -> None:
    """Write the corpus as it is now into a new SQLite file; a crawl may go on meanwhile.

    The archive of pages is a folder beside it, to be copied with any tool.
    """
    with open_corpus(context) as corpus, show_steps_progress() as told:
        corpus.admin.backup(target, told)
    print_safe(f"{target}: {target.stat().st_size / 1e6:,.1f} MB", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db restore /var/backups/corpus-2024-10-01.db")
@click.argument("backup_file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do not ask before what is held now is replaced.")
@click.pass_context
def restore(context: click.Context, backup_file: Path, yes: bool) -> None:
    """Have the corpus hold what a backup holds, instead of what it holds now; a corpus on a server must be empty."""
    with open_corpus(context, create=True) as corpus:
        articles = corpus.stats().articles
        if articles and not yes:
            click.confirm(f"{corpus.name} holds {articles:,} articles. Replace them?", abort=True, err=True)
        with show_steps_progress() as told:
            corpus.admin.restore(backup_file, told)
        print_safe(f"{corpus.name} holds {corpus.stats().articles:,} articles", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db vacuum")
@click.pass_context
def vacuum(context: click.Context) -> None:
    """Rewrite the database without the space of what was deleted; others wait meanwhile."""
    with open_corpus(context) as corpus:
        before = corpus.stats().bytes
        corpus.admin.compact()
        print_safe(f"{before / 1e6:,.1f} MB before, {corpus.stats().bytes / 1e6:,.1f} MB now", err=True)


@db.command(
    epilog="""\b
Examples:
  cleanwire db copy sqlite:///corpus.db postgresql://news@db.example/news
  cleanwire db copy postgresql://news@db.example/news sqlite:///corpus.db
"""
)
@click.argument("source", metavar="SOURCE-URL")
@click.argument("target", metavar="TARGET-URL")
def copy(source: str, target: str) -> None:
    """Copy a corpus into an empty one, on whatever databases, and compare every row.

    It is all copied or nothing. The archive of pages stays where it is.
    """
    with open_corpus_at(source) as origin, open_corpus_at(target, create=True) as copied:
        with show_steps_progress() as told:
            counts = origin.admin.copy_to(copied.admin, told)
        rows = sum(counts.values())
        print_safe(f"{counts['article']:,} articles, {rows:,} rows in all, copied and compared: equal", err=True)
