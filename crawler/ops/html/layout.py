"""What all pages have in common: the frame, the style, and pieces that several of them show."""

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
    """A whole page. Its policy forbids it to load anything and to run anything."""
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
    """Text as HTML, also inside of an attribute's quotes."""
    return escape(strip_unprintable(value))


def format_time(time: datetime | None) -> str:
    """A time in UTC."""
    if time is None:
        return "never"
    time = time.astimezone(UTC)
    return f'<time datetime="{time:%Y-%m-%dT%H:%MZ}">{time:%Y-%m-%d %H:%M}</time>'


def build_link(url: str) -> str:
    """An address to follow, shortened where it is long; of another kind than http, only its text."""
    shown = url if len(url) <= MAX_URL_CHARACTERS else f"{url[: MAX_URL_CHARACTERS - 1]}…"
    if not url.startswith(("http://", "https://")):
        return escape_text(shown)
    return f'<a href="{escape_text(url)}" rel="noreferrer noopener">{escape_text(shown)}</a>'


def build_badge(state: str, kind: str) -> str:
    """A state as a coloured word; ``kind`` is ``bad``, ``odd``, ``good`` or ``calm``."""
    return f'<span class="badge {kind}">{escape_text(state)}</span>'


def build_figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Large numbers, each with what it counts below."""
    items = "".join(f"<div><dt>{escape_text(name)}</dt><dd>{escape_text(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="figures">{items}</dl>'


def build_anomaly_list(found: "Sequence[Anomaly]", problem: str | None) -> str:
    """What is the matter with a source: a paragraph a finding, and below the pages that show it."""
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
    """New articles by day, beside what is usual."""
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
    """A table of HTML cells that scrolls sideways where the window is narrow; ``numbers`` are columns of numbers."""
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
    """Counts by name in a row."""
    return escape_text(", ".join(f"{name} {number:,}" for name, number in counts.items())) or "–"


def build_legend(names: Mapping[str, str]) -> str:
    """What the colours of a chart mean: words by class."""
    items = "".join(f'<li><i class="{name}"></i>{escape_text(word)}</li>' for name, word in names.items())
    return f'<ul class="legend">{items}</ul>'
