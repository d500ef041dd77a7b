"""The problems of a source, for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cleaning.cli.terminal import format_styled
from cleaning.output.safe_text import to_one_line

if TYPE_CHECKING:
    from crawler.ops.anomalies import Anomaly
    from crawler.ops.source_status import SourceStatus


def describe_problems(source: "SourceStatus") -> list[str]:
    """Return lines that describe the problems of a source under its name; an empty list if it has none.

    The lines contain terminal colours.
    """
    lines = format_anomalies(source.anomalies)
    # An anomaly often quotes the problem; do not print it twice.
    if source.problem and not any(source.problem in line for line in lines):
        lines.append(f"  {to_one_line(source.problem)}")
    if source.failing_listings:
        lines.append(f"  {source.failing_listings} of its {source.listings} listings fail")
    return [f"\n{format_styled(source.name or source.key, bold=True)}", *lines] if lines else []


def format_anomalies(anomalies: "Sequence[Anomaly]") -> list[str]:
    """Return lines for anomalies: kind and sentence, then the URLs of pages that show it.

    The lines contain terminal colours.
    """
    lines = []
    for anomaly in anomalies:
        lines.append(f"  {click.style(anomaly.kind, fg='red')}: {to_one_line(anomaly.sentence)}")
        lines += [f"    {format_styled(url, dim=True)}" for url in anomaly.samples]
    return lines
