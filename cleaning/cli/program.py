"""How our commands end: exit codes, and a sentence instead of a traceback for what a user can put right."""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, TextIO

import click

FINE: Final = 0
INTERNAL: Final = 1
USAGE: Final = 2
SOME_FAILED: Final = 3
ALL_FAILED: Final = 4
NO_ARTICLE: Final = 5
"""A page holds no article."""
INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it."""
UNWRITABLE: Final = 74
"""Standard output could not be written: EX_IOERR of sysexits.h."""
CLOSED_PIPE: Final = 141
"""Whoever read our output had enough, as in ``| head``: what SIGPIPE gives."""


def code_of(error: Exception) -> int | None:
    """The exit code of an error that a user can put right; ``None`` where it is a bug.

    >>> code_of(OSError(errno.ENOSPC, "No space left on device")), code_of(KeyError("x"))
    (74, None)
    """
    is_unwritable = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO)
    return UNWRITABLE if is_unwritable else None


def run(command: click.Command, name: str, code_of: Callable[[Exception], int | None] = code_of) -> NoReturn:
    """Run a command, and end the program with an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")  # what programs read is UTF-8, whatever the locale
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception as error:
        known = code_of(error)
        if known is None:
            raise
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123 - nothing more can be written, at exit neither
        click.echo(f"{name.partition(' ')[0]}: {error}", err=True)
        sys.exit(known)


@contextmanager
def written(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes its name only when it is complete."""
    if output is None or str(output) == "-":
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123 - nothing more can be written, at exit neither
            raise click.exceptions.Exit(CLOSED_PIPE) from None
        return
    partial = output.with_name(f".{output.name}.partial")
    try:
        stream = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error
    try:
        with stream:
            yield stream
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
