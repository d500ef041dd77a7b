"""Print to terminals: without escape sequences of untrusted text, in colour, and on one status line.

All output of commands goes through :func:`print_safe`; ruff forbids ``click.echo`` elsewhere.
"""

import os
import re
import sys
from typing import Any, Final, TextIO

import click

from cleaning.output.safe_text import strip_unprintable, to_one_line

_COLOUR_CODES: Final = re.compile(r"(\x1b\[(?:[0129]|3[1-6])m)")
"""The colour codes that we use, one at a time, as `click.style` writes them. None of them can hide text."""


def print_safe(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text without escape sequences and control characters, but with our colours.

    Lines are printed as they are, so untrusted text with line breaks could still forge a line of ours: put it through
    `to_one_line` before it becomes part of a message.

    Args:
        text: the text, which may contain the codes of `click.style`.
        err: whether to print to standard error.
        nl: whether to end the line.
    """
    click.echo(strip_controls(text), err=err, nl=nl)  # noqa: TID251 - the only caller


def strip_controls(text: str) -> str:
    """Remove control characters and escape sequences, except the colour codes that we use ourselves.

    >>> strip_controls("\\x1b[1mFlood\\x1b[0m\\x1b[2J\\x1b[8m")
    '\\x1b[1mFlood\\x1b[0m[2J[8m'
    """
    # The pattern has a group, so `split` returns the codes at the odd positions.
    return "".join(
        part if number % 2 else strip_unprintable(part) for number, part in enumerate(_COLOUR_CODES.split(text))
    )


def format_styled(text: str, **style: Any) -> str:
    """Return an untrusted value on one line and in colour, for `print_safe`.

    Args:
        text: the value.
        style: options of `click.style`, such as ``fg="red"`` or ``bold=True``.
    """
    return click.style(to_one_line(text), **style)


class TerminalStream:
    """Standard output on a terminal: output meant for programs, such as CSV, is made safe to look at."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without control characters, and return its full length as streams do."""
        self._stream.write(strip_controls(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def has_colours(stream: TextIO) -> bool:
    """Return whether to print colours: the stream is a terminal and ``NO_COLOR`` is not set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class StatusLine:
    """A line on standard error that is overwritten in place; the caller checks that it is a terminal."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, text: str) -> None:
        """Overwrite the line with a text, cut to the width of the terminal."""
        width = os.get_terminal_size(sys.stderr.fileno()).columns
        sys.stderr.write(f"\r\x1b[K{to_one_line(text)[: width - 1]}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Erase the line, before something else is printed."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False
