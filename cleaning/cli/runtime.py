"""Run a command as a program: exit codes, signals, complete output files, and messages instead of tracebacks.

An error that a user can correct ends the program with one line and an exit code. A bug ends it with a traceback.
"""

import errno
import fcntl
import io
import logging
import os
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final, Literal, NoReturn, TextIO, cast

import click

from cleaning.cli.terminal import TerminalStream, print_safe
from cleaning.output.safe_text import to_one_line

EXIT_OK: Final = 0
EXIT_INTERNAL_ERROR: Final = 1
EXIT_USAGE: Final = 2
EXIT_SOME_FAILED: Final = 3
EXIT_ALL_FAILED: Final = 4
EXIT_NO_ARTICLE: Final = 5
"""All pages could be cleaned, but an input has no article."""
EXIT_INTERRUPTED: Final = 130
"""Ctrl-C: 128 + SIGINT, as in shells."""
EXIT_UNWRITABLE: Final = 74
"""Standard output could not be written: EX_IOERR of sysexits.h."""
EXIT_TERMINATED: Final = 143
"""SIGTERM: 128 + 15, as in shells."""
_MAX_SHUTDOWN_SECONDS: Final = 8.0
"""Seconds after a signal until the program is ended by force."""
_IMPORT_RETRY_SECONDS: Final = 0.05
"""Seconds after which a signal is sent again that arrived during an import."""
EXIT_CLOSED_PIPE: Final = 141
"""The reader of our output closed the pipe, as in ``| head``: 128 + SIGPIPE."""

_received_signals: list[int] = []
"""The signals that have told the program to end."""


def find_exit_code(error: Exception) -> int | None:
    """Return the exit code of an error that the user can correct; ``None`` if the error is a bug.

    This is the function for the cleaner: a full disk and a failing one. Other programs pass their own to :func:`run`.

    >>> find_exit_code(OSError(errno.ENOSPC, "No space left on device")), find_exit_code(KeyError("x"))
    (74, None)
    """
    is_unwritable = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF)
    return EXIT_UNWRITABLE if is_unwritable else None


def run(
    command: click.Command, name: str, find_exit_code: Callable[[Exception], int | None] = find_exit_code
) -> NoReturn:
    """Run a command and exit the program.

    Args:
        command: the command or group.
        name: the name of the program in its help and messages.
        find_exit_code: returns the exit code of an error that the user can correct; its message is then printed on one
            line. ``None`` means a bug: the traceback is printed and the exit code is 1.
    """
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            # Output for programs is UTF-8, whatever the locale.
            sys.stdout.reconfigure(encoding="utf-8")
    for number in (signal.SIGINT, signal.SIGTERM):
        # Shells let background jobs ignore SIGINT: that stays.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _handle_signal)
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code)
    except click.ClickException as error:
        # The message of NoArgsIsHelpError is the whole help; it keeps its lines.
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):
            # The attribute is declared final, so it is not assigned.
            vars(error)["message"] = to_one_line(error.message)
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        # A second Ctrl-C must not print a traceback while the program exits.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        # A library that a signal interrupted may fail in its clean-up: SQLAlchemy's commit does so with an assertion.
        if _received_signals:
            sys.exit(128 + _received_signals[0])
        code = find_exit_code(error)
        if code is None:
            print_safe(traceback.format_exc(), err=True)
            sys.exit(EXIT_INTERNAL_ERROR)
        # The disk may be full: Python would fail again when it flushes standard output at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123
        print_safe(f"{name.partition(' ')[0]}: {to_one_line(str(error))}", err=True)
        sys.exit(code)


def _open_closed_streams() -> None:
    """Open the standard streams that the caller has closed, as ``>&-`` does in a shell.

    Python has no stream for them, and the next opened file, such as the corpus, would get the number of standard
    output. Nothing can be read; what is written to standard output fails, and messages are dropped.
    """
    for number, name, mode in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, mode)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            # Writing to a descriptor that is open for reading fails with the error of a closed one.
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))


def _handle_signal(number: int, frame: FrameType | None) -> None:
    """Handle SIGINT and SIGTERM by an exception, so that no incomplete file is left behind.

    During an import the exception can be lost (lxml continues its imports), so the signal is sent again later. If the
    exception is lost elsewhere, in C code or in the ``except`` of a library, the program is ended by force after
    ``_MAX_SHUTDOWN_SECONDS``.
    """
    if _is_importing(frame):
        # To this thread and not to the process, because this thread may have blocked the signal (see worker_pool.py).
        _schedule_call(_IMPORT_RETRY_SECONDS, signal.pthread_kill, threading.get_ident(), number)
        return
    _received_signals.append(number)
    # SQLAlchemy logs exceptions that interrupt its connections, with tracebacks.
    logging.disable()
    _schedule_call(_MAX_SHUTDOWN_SECONDS, os._exit, 128 + number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(EXIT_TERMINATED)


def _schedule_call(seconds: float, action: Callable[..., object], *arguments: int) -> None:
    """Call a function after some seconds, in a thread that does not keep the program alive."""
    timer = threading.Timer(seconds, action, arguments)
    timer.daemon = True
    timer.start()


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a module is being imported in a frame or one of its callers."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


@contextmanager
def open_output(output: Path | None) -> Iterator[TextIO]:
    """Open the text output of a command: standard output, or a file that replaces an old one only when it is complete.

    Control characters are removed if standard output is a terminal. Files are in UTF-8.

    Args:
        output: the value of ``--output``; ``None`` and ``-`` are standard output.

    Raises:
        click.UsageError: the file cannot be opened, or another program is writing it.
    """
    if output is None or str(output) == "-":
        with _handle_closed_pipe():
            yield cast("TextIO", TerminalStream(sys.stdout)) if sys.stdout.isatty() else sys.stdout
            sys.stdout.flush()
        return
    with _open_replacement(output) as stream, io.TextIOWrapper(stream, encoding="utf-8") as text:
        yield text


@contextmanager
def open_binary_output(output: Path | None) -> Iterator[BinaryIO]:
    """Open the binary output of a command; arguments and errors are those of :func:`open_output`."""
    if output is None or str(output) == "-":
        with _handle_closed_pipe():
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    with _open_replacement(output) as stream:
        yield stream


@contextmanager
def _handle_closed_pipe() -> Iterator[None]:
    """Exit silently with ``EXIT_CLOSED_PIPE`` if the reader of our output has closed the pipe."""
    try:
        yield
    except BrokenPipeError:
        # Python would fail again when it flushes standard output at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123
        raise click.exceptions.Exit(EXIT_CLOSED_PIPE) from None


@contextmanager
def _open_replacement(output: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that is renamed to ``output`` if nothing fails; devices and pipes are opened directly.

    It gets the permissions of the file that it replaces.

    Raises:
        click.UsageError: the file cannot be opened, or another program is writing it.
    """
    # Renaming would replace a device such as /dev/stdout by a file.
    if is_device(output):
        with _open_file(output, output, "wb") as stream:
            yield stream
        return
    # If the output is a link, it stays one: the file that it points to is replaced.
    target = output.resolve()
    partial = target.with_name(f".{target.name}.partial")
    _remove_partial(partial, output)
    stream = _open_file(partial, output, "xb")
    # Some network file systems have no locks.
    with suppress(OSError):
        fcntl.flock(stream, fcntl.LOCK_EX)
    try:
        if target.exists():
            os.fchmod(stream.fileno(), stat.S_IMODE(target.stat().st_mode))
        with stream:
            yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _remove_partial(partial: Path, output: Path) -> None:
    """Remove the temporary file of a program that was killed, or a link that another user of the machine has planted.

    Raises:
        click.UsageError: the file is locked, so another program is writing it.
    """
    with suppress(OSError):
        descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.UsageError(f"{output} is being written by another program") from None
        finally:
            os.close(descriptor)
    with suppress(OSError):
        partial.unlink()


def is_device(path: Path) -> bool:
    """Return whether a path is something other than a file or a folder, such as ``/dev/null`` or a named pipe."""
    return os.path.exists(path) and not path.is_file() and not path.is_dir()  # noqa: PTH110 - never raises


def _open_file(path: Path, output: Path, mode: Literal["wb", "xb"]) -> BinaryIO:
    """Open a file for writing; errors name ``output``, the path that the user typed."""
    try:
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        return path.open(mode)
    except OSError as error:
        raise click.UsageError(f"cannot write {output}: {error.strerror or error}") from error
