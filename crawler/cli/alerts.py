"""``cleanwire alerts``: try what is configured for alerts."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cleaning.cli.runtime import EXIT_SOME_FAILED
from cleaning.cli.terminal import print_safe
from cleaning.output.safe_text import dump_safe_json, to_one_line
from crawler.cli.options.source_options import sources_file_option
from crawler.cli.output.exit_codes import explain_missing
from crawler.cli.output.formats import json_option

if TYPE_CHECKING:
    from crawler.ops.alerts import Delivery

HOW_TO_CONFIGURE: Final = 'add `command`, `webhook` or `ping_url` to [alerts], for example command = ["notify-send"]'


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def alerts() -> None:
    """Try the alerts that are configured in sources.toml."""


@alerts.command(
    epilog="""\b
Examples:
  cleanwire alerts test
  cleanwire alerts test --sources /etc/cleanwire/sources.toml --json

\b
Exit codes: 0 everything was delivered · 2 nothing is configured · 3 something was not delivered
"""
)
@sources_file_option
@json_option
@click.pass_context
def test(context: click.Context, sources_file: Path, as_json: bool) -> None:
    """Send a test alert to the command and the webhook, and a ping to the watchdog.

    The alert has the form of a real one and says that it is a test. The watchdog gets one ping of success.
    """
    try:
        from crawler.config.loader import load_settings
        from crawler.ops.alerts import send_test
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error

    deliveries = send_test(load_settings(sources_file).alerts)
    if not deliveries:
        raise click.UsageError(f"{sources_file} configures no alerts: {HOW_TO_CONFIGURE}")
    if as_json:
        print_safe(dump_safe_json([delivery.to_json() for delivery in deliveries], indent=2))
    else:
        for delivery in deliveries:
            _print_delivery(delivery)
    context.exit(0 if all(delivery.problem is None for delivery in deliveries) else EXIT_SOME_FAILED)


def _print_delivery(delivery: "Delivery") -> None:
    if delivery.problem is None:
        print_safe(f"{click.style('delivered', fg='green')}  {delivery.channel}: {to_one_line(delivery.target)}")
    else:
        print_safe(f"{click.style('failed', fg='red')}     {delivery.channel}: {to_one_line(delivery.problem)}")
