"""What a terminal can show, and the door that all words for people pass on their way to one."""

import os
import re
import sys
from typing import Any, Final, TextIO

import click

from cleaning.output.safe_text import strip_unprintable, to_one_line

_COLOUR_CODES: Final = re.compile(r"(\x1b\[(?:[0129]|3[1-6])m)")
"""Those that we use, one at a time, as `click.style` makes them; there is none that hides text."""


def print_safe(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print, on standard output or standard error: the one way in which our commands do.

    What a terminal would obey is left out, whoever forgot it; colours stay. Text of strangers that is more than one
    line can still look like ours: that is for `to_one_line`, where it is put into a sentence.
    """
    click.echo(strip_controls(text), err=err, nl=nl)  # noqa: TID251 - the door itself


def strip_controls(text: str) -> str:
    """Text without what a terminal would obey, but with its colours.

    >>> strip_controls("\\x1b[1mFlood\\x1b[0m\\x1b[2J\\x1b[8m")
    '\\x1b[1mFlood\\x1b[0m[2J[8m'
    """
    return "".join(
        part if number % 2 else strip_unprintable(part) for number, part in enumerate(_COLOUR_CODES.split(text))
    )


def format_styled(text: str, **style: Any) -> str:
    """A value in one line and in colours, for `print_safe`; options are `click.style`'s."""
    return click.style(to_one_line(text), **style)


class TerminalStream:
    """Standard output where that is a terminal: what is written for programs can be looked at without danger."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be shown of a text."""
        self._stream.write(strip_controls(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def has_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not asked for text without colours (``NO_COLOR``)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class StatusLine:
    """One line on standard error that is written over again and again; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, text: str) -> None:
        """Write the line anew."""
        width = os.get_terminal_size(sys.stderr.fileno()).columns
        sys.stderr.write(f"\r\x1b[K{to_one_line(text)[: width - 1]}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away: something else is to be written."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False
