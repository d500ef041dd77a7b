"""The commands ``rules``: do the rules do what they say, and which one reads a line?"""

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
    """Check the rules for boilerplate, shipped and your own."""


@rules.command(
    epilog="""\b
Examples:
  cleanwire rules check                     the rules that are shipped
  cleanwire rules check sites.toml          and those of a site file, or of a folder of them

\b
Exit codes:
  0 every rule does what it says            2 some rule does not, or a file is wrong
"""
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="One object a rule and line.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Run every rule on its own examples, and time its patterns.

    A rule must drop its `drops`, no rule may drop its `keeps`, its id must be its own, and none of its patterns may
    take long, whatever the line.
    """
    from cleaning.rule_checks import check_rules

    reports = list(check_rules(read_sites(files)))
    for report in reports:
        print_safe(dump_safe_json(asdict(report)) if as_json else _format_row(report))
    wrong = [report for report in reports if report.problems]
    if not as_json:
        print_safe(f"{len(reports)} rules, {sum(report.examples for report in reports)} examples, {len(wrong)} wrong")
    if wrong:
        context.exit(EXIT_USAGE)


def _format_row(report: "RuleReport") -> str:
    name, time = f"{report.rule:<28.40}", f"{report.milliseconds:8.2f} ms"
    problems = "".join(f"\n  {report.source}: {problem}" for problem in report.problems)
    return f"{name} {report.examples:>3} examples {time}  {'wrong' if problems else 'ok'}{problems}"


def read_sites(files: tuple[Path, ...]) -> "Sites":
    """Site files, or the sentence that says what is wrong with them, and exit code 2."""
    from cleaning.site_files import SitesError, load_sites

    try:
        return load_sites(*files)
    except SitesError as error:
        raise click.UsageError(str(error)) from error
