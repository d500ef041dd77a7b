"""A terminal for programs to write to: what it would have got, byte by byte."""

import os
import pty
import termios
import threading
from collections.abc import Callable


def shown_on_terminal(write: Callable[[int], object]) -> str:
    """What is written to a terminal, whose descriptor ``write`` gets; nothing of it is changed on the way."""
    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    got = bytearray()
    reading = threading.Thread(target=_read, args=(ours, got))
    reading.start()
    try:
        write(theirs)
    finally:
        os.close(theirs)
        reading.join()
        os.close(ours)
    return got.decode()


def _read(descriptor: int, got: bytearray) -> None:
    try:
        while piece := os.read(descriptor, 65536):
            got += piece
    except OSError:  # Linux says so when the other end is closed
        pass
