"""Options that several commands share."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click


class Day(click.ParamType[date | datetime]):
    """A day or a moment: ``2024-10-01``, ``2024-10``, ``2024-10-01T12:00+03:00``; a moment without a zone is UTC."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime:
        """The day or the moment that was typed."""
        text = str(value).strip()
        try:
            if "T" in text or ":" in text:
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return date.fromisoformat(f"{text}-01"[:10] if len(text) == 7 else text)
        except ValueError:
            self.fail(f"{text!r} is no day: write 2024-10-01", param, ctx)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--since``, ``--until``, ``--lang`` and ``--source``."""
    for option in (
        click.option("--source", metavar="SITE", help="Only articles of this site (its host, such as bbc.co.uk)."),
        click.option(
            "--lang",
            "language",
            metavar="CODE",
            help="Only articles in this language (ISO 639-1, such as en).",
        ),
        click.option(
            "--until",
            type=Day(),
            metavar="DAY",
            help="Only articles published until then, that day included.",
        ),
        click.option("--since", type=Day(), metavar="DAY", help="Only articles published since then (2024-10-01)."),
    ):
        command = option(command)
    return command
