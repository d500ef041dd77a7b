"""``cleanwire sources check``: errors and warnings about sources.toml."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.runtime import EXIT_USAGE
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.output.formats import format_count, json_option

if TYPE_CHECKING:
    from crawler.config.models import Problem


@click.command(
    epilog="""\b
Examples:
  cleanwire sources check
  cleanwire sources check --sources /etc/cleanwire/sources.toml --json

\b
Exit codes:
  0 the file is valid (there may be warnings)     2 it has errors
"""
)
@sources_file_option
@json_option
@click.pass_context
def check(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """Check the file for errors and likely mistakes.

    Every error is reported with its line number, followed by warnings about settings that are valid but probably not
    intended.
    """
    from crawler.config.lint import find_warnings
    from crawler.config.loader import parse_with_problems, read_config_text
    from crawler.config.models import Problem

    reading = parse_with_problems(
        read_config_text(sources_file), str(sources_file), folder=sources_file.parent, environment=dict(os.environ)
    )
    errors = reading.problems
    # A valid file without a source would crawl nothing.
    if not errors and not reading.config.sources:
        errors = (Problem(str(sources_file), 1, "the file has no [[source]]"),)
    warnings = find_warnings(reading, str(sources_file))
    if as_json:
        result = {
            "sources": len(reading.config.sources),
            "paused": len(reading.config.sources) - len(reading.config.active_sources),
            "errors": list(map(serialize_problem, errors)),
            "warnings": list(map(serialize_problem, warnings)),
        }
        print_safe(dump_safe_json(result, indent=2))
    else:
        for error in errors:
            print_safe(f"error: {to_one_line(str(error))}")
        for warning in warnings:
            print_safe(f"warning: {to_one_line(str(warning))}")
        paused = len(reading.config.sources) - len(reading.config.active_sources)
        counts = [
            format_count(len(reading.config.sources), "source") + (f" ({paused} paused)" if paused else ""),
            format_count(len(errors), "error"),
            format_count(len(warnings), "warning"),
        ]
        print_safe(f"{sources_file}: {', '.join(counts)}")
    if errors:
        context.exit(EXIT_USAGE)


def serialize_problem(problem: "Problem") -> dict[str, Any]:
    """Return a problem as a dictionary for ``json.dumps``.

    Lines are counted from 1.
    """
    return {"file": problem.file, "line": problem.line, "problem": problem.text}
