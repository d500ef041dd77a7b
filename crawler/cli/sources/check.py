"""``cleanwire sources check``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.runtime import USAGE
from cleaning.cli.terminal import say
from cleaning.output.safe_text import json_text, one_line
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
  0 the file can be used (there may be warnings)     2 it cannot
"""
)
@sources_file_option
@json_option
@click.pass_context
def check(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """Tell everything that is wrong in the file, with its line, and what is hardly meant."""
    from crawler.config.lint import warnings_of
    from crawler.config.loader import read_config, text_of
    from crawler.config.models import Problem

    reading = read_config(
        text_of(sources_file), str(sources_file), folder=sources_file.parent, environment=dict(os.environ)
    )
    errors = reading.problems
    if not errors and not reading.config.sources:
        errors = (Problem(str(sources_file), 1, "there is no [[source]] in it"),)
    warnings = warnings_of(reading, str(sources_file))
    if as_json:
        result = {
            "sources": len(reading.config.sources),
            "paused": len(reading.config.sources) - len(reading.config.active),
            "errors": list(map(problem_as_json, errors)),
            "warnings": list(map(problem_as_json, warnings)),
        }
        say(json_text(result, indent=2))
    else:
        for error in errors:
            say(f"error: {one_line(str(error))}")
        for warning in warnings:
            say(f"warning: {one_line(str(warning))}")
        paused = len(reading.config.sources) - len(reading.config.active)
        counts = [
            format_count(len(reading.config.sources), "source") + (f" ({paused} paused)" if paused else ""),
            format_count(len(errors), "error"),
            format_count(len(warnings), "warning"),
        ]
        say(f"{sources_file}: {', '.join(counts)}")
    if errors:
        context.exit(USAGE)


def problem_as_json(problem: "Problem") -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "problem": problem.text}
