"""``cleanwire reclean``: the current rules applied to archived pages."""

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
"""Changed articles whose lines are printed; the counts include all of them."""


@click.command(
    epilog="""\b
Examples:
  cleanwire reclean --dry-run
  cleanwire reclean
  cleanwire reclean --all --sites sites.toml --archive /var/lib/cleanwire/warc
"""
)
@click.option("--dry-run", "-n", is_flag=True, help="Show what would change without changing anything.")
@click.option("--all", "everything", is_flag=True, help="Include articles that the current rules have already cleaned.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the archived pages.  [default: next to the database]",
)
@click.option(
    "--sites",
    "sites_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Site-specific rules (TOML).",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that clean pages.  [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per article and line.")
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
    """Clean stored articles again with the current rules.

    This uses the archived pages; nothing is fetched. Articles that the current rules have already cleaned are skipped,
    so a run that was stopped can be repeated to continue. A different result becomes a new version, which is marked as
    recleaned, not as edited by the site.
    """
    from cleaning.site_files import load_sites
    from cleaning.site_rules import NO_SITES

    sites = load_sites(sites_file) if sites_file else NO_SITES
    counted: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    examples: list[Recleaned] = []
    with open_corpus(context) as corpus:
        total = corpus.admin.count_stale(everything=everything)
        results = corpus.admin.reclean(
            archive_folder=archive, everything=everything, dry_run=dry_run, workers=workers, sites=sites
        )
        # Closing ends the worker processes if the loop stops early, as with Ctrl-C.
        with closing(results), show_steps_progress() as on_progress:
            for number, result in enumerate(results, 1):
                on_progress("cleaning", number, total)
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
    """Print what changed, or with ``dry_run`` would change.

    Args:
        counted: number of articles by outcome (`Recleaned.was`).
        fields: number of articles by the field that changed.
        examples: some changed articles, whose removed and added lines are printed.
        dry_run: nothing was written.
    """
    if not counted:
        print_safe("Nothing to do: every article was cleaned with the current rules.", err=True)
        return
    for result in examples:
        print_safe(format_styled(f"{result.article_id} {result.url}", fg="cyan"))
        # Enough to judge a rule by, and five examples still fit on a screen or two.
        for line in result.lines[:12]:
            print_safe(format_styled(line[:300], fg="green" if line.startswith("+") else "red"))
    would = " would" if dry_run else ""
    print_safe(f"{counted['changed']:,} articles{would} change, {counted['same']:,} stay the same")
    if fields:
        print_safe("changed: " + ", ".join(f"{name} {count:,}" for name, count in fields.most_common()))
    if counted["no-page"]:
        print_safe(f"{counted['no-page']:,} cannot be cleaned again because their pages are not in the archive")
    if counted["no-article"]:
        print_safe(
            f"{counted['no-article']:,} keep their text because the current rules find no article in their pages"
        )
