"""What a terminal can show."""

import os
import sys
from typing import TextIO

from cleaning.printing import printable


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
        sys.stderr.write(f"\r\x1b[K{printable(text)[: width - 1]}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away: something else is to be written."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False
