"""The common parts of all pages: the frame, the style, and the elements that several pages use."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from cleaning.output.safe_text import strip_unprintable
from crawler.ops.html.charts import Bar, build_bar_chart

if TYPE_CHECKING:
    from crawler.ops.anomalies import Anomaly

MAX_URL_CHARACTERS: Final = 90


def build_page(title: str, body: Iterable[str], at: datetime) -> str:
    """Build a whole page. Its Content-Security-Policy forbids scripts and everything from the network."""
    style = (files("crawler.ops.html") / "report.css").read_text("utf-8")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape_text(title)}</title>\n'
        '<meta name="generator" content="cleanwire">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>\n{style}</style></head>\n<body>\n{chr(10).join(body)}\n"
        f"<footer>Written by Cleanwire on {format_time(at)}. All times are UTC.</footer>\n</body></html>\n"
    )


def escape_text(value: str) -> str:
    """Escape text for HTML, including attributes in quotes."""
    return escape(strip_unprintable(value))


def format_time(time: datetime | None) -> str:
    """Format a time in UTC."""
    if time is None:
        return "never"
    time = time.astimezone(UTC)
    return f'<time datetime="{time:%Y-%m-%dT%H:%MZ}">{time:%Y-%m-%d %H:%M}</time>'


def build_link(url: str) -> str:
    """Build a link with a shortened URL; a URL that is not http or https becomes plain text, so nothing can be run."""
    shown = url if len(url) <= MAX_URL_CHARACTERS else f"{url[: MAX_URL_CHARACTERS - 1]}…"
    if not url.startswith(("http://", "https://")):
        return escape_text(shown)
    return f'<a href="{escape_text(url)}" rel="noreferrer noopener">{escape_text(shown)}</a>'


def build_badge(state: str, kind: str) -> str:
    """Build a coloured badge; ``kind`` is ``bad``, ``odd``, ``good`` or ``calm``."""
    return f'<span class="badge {kind}">{escape_text(state)}</span>'


def build_figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Build a row of large numbers, each with its label below."""
    items = "".join(f"<div><dt>{escape_text(name)}</dt><dd>{escape_text(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="figures">{items}</dl>'


def build_anomaly_list(found: "Sequence[Anomaly]", problem: str | None) -> str:
    """Build the list of a source's anomalies, each with links to pages that show it."""
    parts = []
    for finding in found:
        samples = "".join(f"<li>{build_link(url)}</li>" for url in finding.samples)
        parts.append(
            f"<p>{build_badge(finding.kind, 'bad')} {escape_text(finding.sentence)}.</p>"
            + (f'<ul class="samples">{samples}</ul>' if samples else "")
        )
    if problem and not any(problem in finding.sentence for finding in found):
        parts.append(f"<p>{build_badge('last look', 'odd')} {escape_text(problem)}</p>")
    return "".join(parts)


def build_days_chart(days: Sequence[int | None], until: datetime, usual: float | None) -> str:
    """Build the chart of new articles by day, with a line at the usual number."""
    first = until.date() - timedelta(days=len(days) - 1)
    bars = []
    for number, count in enumerate(days):
        day = f"{first + timedelta(days=number):%a %d %b}"
        known = (("stored", float(count)),) if count is not None else ()
        bars.append(Bar(f"{day}: {count if count is not None else 'not looked at'}", known))
    total = sum(count or 0 for count in days)
    said = f"New articles a day in the last {len(days)} days, {total} together"
    return build_bar_chart(bars, width=280, height=64, description=said, usual=usual)


def build_table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int], caption: str) -> str:
    """Build a table of HTML cells that scrolls sideways in a narrow window; ``numbers`` are right-aligned columns."""
    right = set(numbers)

    def build_row(cells: Sequence[str], name: str) -> str:
        tags = (
            f"<{name}{' class=n' if number in right else ''}{' scope=col' if name == 'th' else ''}>{cell}</{name}>"
            for number, cell in enumerate(cells)
        )
        return f"<tr>{''.join(tags)}</tr>"

    body = "\n".join(build_row(cells, "td") for cells in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape_text(caption)}"><table><thead>'
        f"{build_row([escape_text(head) for head in heads], 'th')}</thead><tbody>\n{body}</tbody></table></div>"
    )


def format_counts(counts: Mapping[str, int]) -> str:
    """Format counts by name as one line, or a dash without any."""
    return escape_text(", ".join(f"{name} {number:,}" for name, number in counts.items())) or "–"


def build_legend(names: Mapping[str, str]) -> str:
    """Build the legend of a chart: a label for each CSS class."""
    items = "".join(f'<li><i class="{name}"></i>{escape_text(word)}</li>' for name, word in names.items())
    return f'<ul class="legend">{items}</ul>'
