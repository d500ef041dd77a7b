"""``cleanwire db``: create, check, back up, restore, compact and copy corpora."""

from pathlib import Path

import click

from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import to_one_line
from crawler.cli.options.open_corpus import open_corpus, open_corpus_at
from crawler.cli.output.progress import show_steps_progress

DAMAGED = 11
"""Exit code of a check that finds problems: the same as for a corpus that is too damaged to open."""


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
    """Create, check, back up, restore and copy corpora."""


@db.command(epilog="\b\nExamples:\n  cleanwire db init\n  cleanwire --database mariadb://news@db.example/news db init")
@click.pass_context
def init(context: click.Context) -> None:
    """Create a corpus, or upgrade an existing one.

    The corpus is the one that --database names. On a server, the database must exist and be empty.
    """
    with open_corpus(context, create=True) as corpus:
        print_safe(f"{corpus.name} is ready ({corpus.stats().articles:,} articles)")


@db.command(epilog="\b\nExample:\n  cleanwire db upgrade")
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Upgrade a corpus that was created by an earlier version.

    Every command that opens a corpus does this too. A copy of an SQLite file is kept next to it.
    """
    with open_corpus(context) as corpus:
        # Opening the corpus has upgraded it.
        print_safe(f"{corpus.name} is up to date (revision {corpus.admin.revision})")


@db.command(epilog="\b\nExample:\n  cleanwire db check && echo no problems")
@click.pass_context
def check(context: click.Context) -> None:
    """Check the corpus for damage.

    Runs the checks of the database, and compares articles, URLs and the search index with each other. The exit code is
    11 if there are problems.
    """
    with open_corpus(context) as corpus:
        problems = corpus.admin.check_integrity()
        for problem in problems:
            print_safe(to_one_line(problem))
        if problems:
            context.exit(DAMAGED)
        print_safe(f"{corpus.name}: no problems found, {corpus.stats().articles:,} articles")


@db.command(epilog="\b\nExample:\n  cleanwire db reindex")
@click.pass_context
def reindex(context: click.Context) -> None:
    """Rebuild the search index and other derived data.

    These are the search index, credits, tags and near-duplicate clusters. The articles stay as they are.
    """
    with open_corpus(context) as corpus:
        print_safe(f"{corpus.admin.rebuild_index():,} articles indexed", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db backup /var/backups/corpus-$(date +%F).db")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, target: Path) -> None:
    """Copy the corpus to a new SQLite file, even during a crawl.

    The archive of fetched pages is a folder of its own; copy it with any other tool.
    """
    with open_corpus(context) as corpus, show_steps_progress() as on_progress:
        corpus.admin.backup(target, on_progress)
    print_safe(f"{target}: {target.stat().st_size / 1e6:,.1f} MB", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db restore /var/backups/corpus-2024-10-01.db")
@click.argument("backup_file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Replace the current articles without asking.")
@click.pass_context
def restore(context: click.Context, backup_file: Path, yes: bool) -> None:
    """Replace the corpus with a backup.

    The current articles are lost. A corpus on a server must be empty.
    """
    with open_corpus(context, create=True) as corpus:
        # The corpus is created if it is lost: that is when a backup is needed most.
        articles = corpus.stats().articles
        if articles and not yes:
            click.confirm(f"{corpus.name} has {articles:,} articles. Replace them?", abort=True, err=True)
        with show_steps_progress() as on_progress:
            corpus.admin.restore(backup_file, on_progress)
        print_safe(f"{corpus.name} has {corpus.stats().articles:,} articles", err=True)


@db.command(epilog="\b\nExample:\n  cleanwire db vacuum")
@click.pass_context
def vacuum(context: click.Context) -> None:
    """Compact the database (blocks writers while it runs).

    This returns the space of deleted rows to the file system.
    """
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
    """Copy a corpus to another database and compare every row.

    SOURCE-URL and TARGET-URL are database URLs of any backend; the target must be empty. Either everything is copied or
    nothing. The archive of fetched pages stays where it is.
    """
    with open_corpus_at(source) as origin, open_corpus_at(target, create=True) as copied:
        with show_steps_progress() as on_progress:
            counts = origin.admin.copy_to(copied.admin, on_progress)
        rows = sum(counts.values())
        print_safe(f"{counts['article']:,} articles ({rows:,} rows) copied and verified", err=True)
