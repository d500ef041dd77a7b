"""``cleanwire reclean``."""

from collections import Counter
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaning.cli.terminal import format_styled, print_safe
from cleaning.output.safe_text import dump_safe_json
from crawler.cli.options.open_corpus import open_corpus
from crawler.cli.output.progress import show_steps_progress

if TYPE_CHECKING:
    from storage import Recleaned

MAX_EXAMPLES = 5
"""Examples of changes on a terminal."""


@click.command(
    epilog="""\b
Examples:
  cleanwire reclean --dry-run
  cleanwire reclean
  cleanwire reclean --all --sites sites.toml --archive /var/lib/cleanwire/warc
"""
)
@click.option("--dry-run", "-n", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--all", "everything", is_flag=True, help="Also what the present rules have made already.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the archived pages.  [default: beside the database]",
)
@click.option(
    "--sites", "sites_file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Rules of single sites."
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that clean.  [default: one a core]")
@click.option("--json", "as_json", is_flag=True, help="A JSON object an article and line.")
@click.pass_context
def reclean(
    context: click.Context,
    dry_run: bool,
    everything: bool,
    archive: Path | None,
    sites_file: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Clean the articles anew by the present rules, from their archived pages.

    Those that the present rules have made are left alone, so that a run that was stopped goes on where it was. What
    comes out differently becomes a new version, marked as cleaned anew and not as edited by its site.
    """
    from cleaning.site_files import load_sites
    from cleaning.site_rules import NO_SITES

    sites = load_sites(sites_file) if sites_file else NO_SITES
    counted: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    examples: list[Recleaned] = []
    with open_corpus(context) as corpus:
        total = corpus.admin.count_stale(everything=everything)
        done = corpus.admin.reclean(
            archive_folder=archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites
        )
        with closing(done), show_steps_progress() as told:
            for number, result in enumerate(done, 1):
                told("cleaning", number, total)
                counted[result.was] += 1
                fields.update(result.fields)
                if as_json:
                    print_safe(dump_safe_json(asdict(result)))
                elif result.lines and len(examples) < MAX_EXAMPLES:
                    examples.append(result)
    if not as_json:
        print_changes(counted, fields, examples, dry_run=dry_run)


def print_changes(
    counted: "Counter[str]", fields: "Counter[str]", examples: "list[Recleaned]", *, dry_run: bool
) -> None:
    """What changed, or would: counts, and the lines of a few articles."""
    if not counted:
        print_safe("All articles are made by the present rules.", err=True)
        return
    for result in examples:
        print_safe(format_styled(f"{result.article_id} {result.url}", fg="cyan"))
        for line in result.lines[:12]:
            print_safe(format_styled(line[:300], fg="green" if line.startswith("+") else "red"))
    would = " would" if dry_run else ""
    print_safe(f"{counted['changed']:,} articles{would} change, {counted['same']:,} stay the same")
    if fields:
        print_safe("changed: " + ", ".join(f"{name} {count:,}" for name, count in fields.most_common()))
    if counted["no-page"]:
        print_safe(f"{counted['no-page']:,} cannot be cleaned anew: their pages are not in the archive")
    if counted["no-article"]:
        print_safe(f"{counted['no-article']:,} keep their text: the present rules find no article in their pages")
