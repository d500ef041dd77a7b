"""Types of options: lengths of time and days."""

from datetime import date, datetime

import click

from crawler.config.units import parse_duration
from storage.search.dates import parse_date


class Duration(click.ParamType[float]):
    """A length of time: ``90``, ``90s``, ``9m``, ``1h30m``, ``7d``; in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds of what was typed."""
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class Day(click.ParamType[date | datetime]):
    """A day, or the first or last one of a month or a year, or a moment.

    ``2024-10-01``, ``2024-10``, ``2024``, ``2024-10-01T12:00+03:00``; a moment without a zone is UTC.
    """

    name = "day"

    def __init__(self, *, last: bool = False) -> None:
        self.last = last

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """The day or the moment that was typed."""
        try:
            return parse_date(str(value), last=self.last)
        except (ValueError, TypeError):
            self.fail(f"{str(value).strip()!r} is no day: write 2024-10-01", param, ctx)
