"""Formats figures for people: how long ago, how many a day, a row of bars. Used on the terminal and in HTML pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cleaning.output.safe_text import to_one_line

if TYPE_CHECKING:  # the commands that format need not wait for what reads a corpus
    from crawler.ops.source_status import SourceStatus

SPARK_CHARACTERS: Final = "▁▂▃▄▅▆▇█"


def format_age(moment: datetime | None, now: datetime) -> str:
    """Format how long ago something was; ``never`` for ``None``.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> [format_age(now - timedelta(hours=hours), now) for hours in (0.5, 5, 70)], format_age(None, now)
    (['30 min ago', '5 h ago', '3 d ago'], 'never')
    """
    return "never" if moment is None else f"{format_short_duration(now - moment)} ago"


def format_short_duration(length: timedelta) -> str:
    """Format a length of time briefly: ``30 min``, ``5 h``, ``3 d``."""
    minutes = max(0, round(length / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 1440)} d"


def format_due(source: "SourceStatus", now: datetime) -> str:
    """Format when a source is due: ``now``, ``in 5 h``, or a dash if it is paused."""
    if source.state == "paused":
        return "–"
    if source.next_due_at is None or source.next_due_at <= now:
        return "now"
    return f"in {format_short_duration(source.next_due_at - now)}"


def format_rate(articles_per_day: float | None) -> str:
    """Format articles a day with the digits that matter.

    >>> [format_rate(number) for number in (None, 0.0, 0.143, 3.42, 41.7)]
    ['–', '0', '0.14', '3.4', '42']
    """
    if articles_per_day is None:
        return "–"
    return (
        f"{articles_per_day:.0f}"
        if articles_per_day == 0 or articles_per_day >= 10
        else f"{articles_per_day:.1f}"
        if articles_per_day >= 1
        else f"{articles_per_day:.2f}"
    )


def format_sparkline(days: Sequence[int | None]) -> str:
    """Draw counts as a row of bars; days without a poll are gaps.

    >>> format_sparkline((0, 4, None, 8))
    '▁▄ █'
    """
    most = max((day for day in days if day), default=1)
    return "".join(
        " " if day is None else SPARK_CHARACTERS[(day * (len(SPARK_CHARACTERS) - 1)) // most] for day in days
    )


def describe_failures(source: "SourceStatus") -> str:
    """List what failed and what was rejected in the last seven days, by outcome."""
    counts: Mapping[str, int] = {**source.failed, **source.rejected}
    return to_one_line(", ".join(f"{name} {number:,}" for name, number in counts.items()))
