"""The command group ``rules``: check the boilerplate rules on their own examples."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaning.cli.runtime import EXIT_USAGE
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json

if TYPE_CHECKING:
    from cleaning.rule_checks import RuleReport
    from cleaning.site_rules import Sites


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def rules() -> None:
    """Check the boilerplate rules, built-in and your own."""


@rules.command(
    epilog="""\b
Examples:
  cleanwire rules check                     check the built-in rules
  cleanwire rules check sites.toml          and those of a site file or a folder of site files

\b
Exit codes:
  0 all rules passed                        2 a rule failed, or a file is invalid
"""
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line and rule.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Run every rule on its own examples, and time its patterns.

    A rule must remove its `drops`, and no rule may remove its `keeps`. Ids must be unique, and no pattern may be slow
    on any line.
    """
    from cleaning.rule_checks import check_rules

    reports = list(check_rules(read_sites(files)))
    for report in reports:
        print_safe(dump_safe_json(asdict(report)) if as_json else _format_row(report))
    failed = [report for report in reports if report.problems]
    if not as_json:
        print_safe(f"{len(reports)} rules, {sum(report.examples for report in reports)} examples, {len(failed)} failed")
    if failed:
        context.exit(EXIT_USAGE)


def _format_row(report: "RuleReport") -> str:
    """Return a line with the result of a rule, and a line for each of its problems."""
    name, time = f"{report.rule:<28.40}", f"{report.milliseconds:8.2f} ms"
    problems = "".join(f"\n  {report.source}: {problem}" for problem in report.problems)
    return f"{name} {report.examples:>3} examples {time}  {'failed' if problems else 'ok'}{problems}"


def read_sites(files: tuple[Path, ...]) -> "Sites":
    """Load the user's site files, for a command.

    Args:
        files: TOML files, and folders of TOML files; none of them means no site rules.

    Raises:
        click.UsageError: a file is invalid; the message names the file, the site and the reason.
    """
    from cleaning.site_files import SitesError, load_sites

    try:
        return load_sites(*files)
    except SitesError as error:
        raise click.UsageError(str(error)) from error
