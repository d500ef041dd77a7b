"""``cleanwire sources check``: errors and warnings about sources.toml."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaning.cli.runtime import EXIT_USAGE
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import format_count, json_option
from crawler.config.toml_positions import find_line

if TYPE_CHECKING:
    from crawler.config.loader import ParsedConfig
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
    intended. Errors are also missing spiders and browsers, and wrong values of the variables CLEANWIRE_*: everything
    because of which a crawl would refuse to start or leave a source out.
    """
    from crawler.config.lint import find_warnings
    from crawler.config.loader import parse_with_problems, read_config_text
    from crawler.config.models import Problem

    reading = parse_with_problems(
        read_config_text(sources_file), str(sources_file), folder=sources_file.parent, environment=dict(os.environ)
    )
    errors = (*reading.problems, *_find_missing_parts(reading, str(sources_file)))
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


def _find_missing_parts(reading: "ParsedConfig", name: str) -> "Iterator[Problem]":
    """Yield what sources need and the machine does not have, and wrong values of environment variables."""
    from cleaning import SitesError
    from crawler.config.models import ConfigError, Problem

    try:
        from crawler.fetch.network_guard import ALLOW_NETWORKS_SETTING, parse_networks
        from crawler.pages.tasks import load_site_rules
        from crawler.runner import find_unusable_sources, load_project_settings
    except ModuleNotFoundError as error:
        # Without Scrapy nothing can be crawled anyway, and `cleanwire crawl` says what to install.
        if explain_missing(error) is error:
            raise
        return
    try:
        load_site_rules()
    except SitesError as error:
        yield Problem("CLEANWIRE_SITES", 0, str(error).rstrip("."))
    settings = load_project_settings()
    try:
        parse_networks(settings[ALLOW_NETWORKS_SETTING])
    except ConfigError as error:
        yield Problem(ALLOW_NETWORKS_SETTING, 0, str(error).rstrip("."))
    try:
        unusable = find_unusable_sources(reading.config.active_sources, settings)
    except ConfigError as error:
        yield Problem("CLEANWIRE_SPIDERS", 0, str(error).rstrip("."))
        return
    for number, source in zip(reading.source_numbers, reading.config.sources, strict=True):
        if sentence := unusable.get(source.url):
            line = find_line(reading.positions, ("source", number, "spider" if source.spider else "js"))
            yield Problem(name, line, sentence.rstrip("."))


def serialize_problem(problem: "Problem") -> dict[str, Any]:
    """Return a problem as a dictionary for ``json.dumps``.

    Lines are counted from 1.
    """
    return {"file": problem.file, "line": problem.line, "problem": problem.text}
