"""What is the matter with a source, for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cleaning.cli.terminal import format_styled
from cleaning.output.safe_text import to_one_line

if TYPE_CHECKING:
    from crawler.ops.anomalies import Anomaly
    from crawler.ops.source_status import SourceStatus


def what_is_the_matter(source: "SourceStatus") -> list[str]:
    """Lines that say what is the matter with a source; none where it does well."""
    lines = finding_lines(source.anomalies)
    if source.problem and not any(source.problem in line for line in lines):
        lines.append(f"  {to_one_line(source.problem)}")
    if source.failing_listings:
        lines.append(f"  {source.failing_listings} of its {source.listings} listings fail")
    return [f"\n{format_styled(source.name or source.key, bold=True)}", *lines] if lines else []


def finding_lines(findings: "Sequence[Anomaly]") -> list[str]:
    """Findings for people, with the pages that show them."""
    lines = []
    for finding in findings:
        lines.append(f"  {click.style(finding.kind, fg='red')}: {to_one_line(finding.sentence)}")
        lines += [f"    {format_styled(url, dim=True)}" for url in finding.samples]
    return lines
