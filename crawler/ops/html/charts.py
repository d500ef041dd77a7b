"""Charts as inline SVG. Shapes have CSS classes; the page's style sets their colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Final

BAR_GAP_SHARE: Final = 0.25
"""The share of a bar's slot that is left empty."""
TITLE_HEIGHT: Final = 12
"""Height of the text above a chart's highest bar, in SVG units."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, with its parts on top of each other."""

    label: str
    """What the bar stands for, shown as a tooltip."""
    parts: tuple[tuple[str, float], ...]
    """CSS classes and values, from the bottom up; empty if nothing is known."""

    @property
    def total(self) -> float:
        return sum(value for _, value in self.parts)


def build_bar_chart(
    bars: Sequence[Bar], *, width: int, height: int, description: str, unit: str = "", usual: float | None = None
) -> str:
    """Build a bar chart with its highest value at the top and a dashed line at the usual value.

    ``said`` is the chart in words, for those who cannot see it. Where nothing is known, a dot is on the axis.
    """
    most = max([bar.total for bar in bars] + [usual or 0, 0])
    top, bottom = TITLE_HEIGHT, height - 1
    scale = (bottom - top) / most if most else 0
    place = width / max(1, len(bars))
    shapes = [_build_bar(bar, number * place, place, bottom, scale) for number, bar in enumerate(bars)]
    if usual is not None and most:
        level = bottom - usual * scale
        shapes.append(f'<line class="usual" x1="0" x2="{width}" y1="{level:.1f}" y2="{level:.1f}"/>')
    highest = f'<text class="most" x="0" y="9">{escape(_format_number(most) + unit)}</text>' if most else ""
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(description)}">'
        f'<line class="axis" x1="0" x2="{width}" y1="{bottom + 0.5}" y2="{bottom + 0.5}"/>'
        f"{''.join(shapes)}{highest}</svg>"
    )


def _build_bar(bar: Bar, left: float, place: float, bottom: float, scale: float) -> str:
    title = f"<title>{escape(bar.label)}</title>"
    if not bar.parts:
        return f'<g>{title}<circle class="unknown" cx="{left + place / 2:.1f}" cy="{bottom - 2:.1f}" r="1"/></g>'
    x, width = left + place * BAR_GAP_SHARE / 2, place * (1 - BAR_GAP_SHARE)
    tops = list(accumulate(value for _, value in bar.parts))
    rectangles = [
        f'<rect class="{name}" x="{x:.1f}" y="{bottom - above * scale:.1f}" '
        f'width="{width:.1f}" height="{value * scale:.1f}"/>'
        for (name, value), above in zip(bar.parts, tops, strict=True)
        if value
    ]
    # An invisible shape over the whole height is easier to point at than a small bar.
    hit = f'<rect class="hit" x="{left:.1f}" y="0" width="{place:.1f}" height="{bottom:.1f}"/>'
    return f"<g>{title}{hit}{''.join(rectangles)}</g>"


def build_share_bar(counts: Mapping[str, int], css_classes: Mapping[str, str], description: str) -> str:
    """Build one bar divided by counts; each part is at least wide enough to be seen."""
    total = sum(counts.values())
    if not total:
        return ""
    parts, left = [], 0.0
    for name, count in counts.items():
        width = 600 * count / total
        label = f"<title>{escape(name)}: {count:,}</title>"
        parts.append(
            f'<rect class="{css_classes[name]}" x="{left:.1f}" y="0" width="{max(1.0, width - 1):.1f}" height="18">'
            f"{label}</rect>"
        )
        left += width
    return (
        f'<svg class="shares" viewBox="0 0 600 18" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(description)}">'
        f"{''.join(parts)}</svg>"
    )


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
