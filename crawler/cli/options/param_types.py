"""Types of options: durations, days and counts."""

from datetime import date, datetime
from typing import Any, Final

import click

from crawler.config.units import parse_duration
from storage.search.dates import parse_date

MAX_COUNT: Final = 1_000_000_000
"""More rows than any corpus has. Databases take no number of more than 64 bits."""


class Count(click.IntRange):
    """A number of rows from ``min`` on; larger numbers than :data:`MAX_COUNT` mean all rows as well."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. click calls this for each value, also for the default."""
        return min(super().convert(value, param, ctx), MAX_COUNT)


class Duration(click.ParamType[float]):
    """A duration in seconds, written as ``90``, ``90s``, ``9m``, ``1h30m`` or ``7d``."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds of a duration. click calls this for each value, also for the default.

        Anything else ends the command with a usage error.
        """
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class Day(click.ParamType[date | datetime]):
    """A date, a month, a year or a moment: ``2024-10-01``, ``2024-10``, ``2024``, ``2024-10-01T12:00+03:00``.

    A month or a year means its first day, or with ``last`` its last day. A moment without a time zone is UTC.
    """

    name = "day"

    def __init__(self, *, last: bool = False) -> None:
        self.last = last

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """Return a date, or a datetime with a time zone for a moment. click calls this for each value.

        Anything else ends the command with a usage error.
        """
        try:
            return parse_date(str(value), last=self.last)
        except (ValueError, TypeError):
            self.fail(f"invalid date {str(value).strip()!r}: use YYYY-MM-DD", param, ctx)
