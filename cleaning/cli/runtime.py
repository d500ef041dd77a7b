"""How our commands end: exit codes, and a sentence instead of a traceback for what a user can put right."""

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
"""A page holds no article."""
EXIT_INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it."""
EXIT_UNWRITABLE: Final = 74
"""Standard output could not be written: EX_IOERR of sysexits.h."""
EXIT_TERMINATED: Final = 143
"""SIGTERM, as shells count it."""
_MAX_SHUTDOWN_SECONDS: Final = 8.0
"""Seconds that a program has to end in, once it is told to."""
_IMPORT_RETRY_SECONDS: Final = 0.05
"""Seconds until a program that was importing looks again whether it can end."""
EXIT_CLOSED_PIPE: Final = 141
"""Whoever read our output had enough, as in ``| head``: what SIGPIPE gives."""


def find_exit_code(error: Exception) -> int | None:
    """The exit code of an error that a user can put right; ``None`` where it is a bug.

    >>> find_exit_code(OSError(errno.ENOSPC, "No space left on device")), find_exit_code(KeyError("x"))
    (74, None)
    """
    is_unwritable = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO)
    return EXIT_UNWRITABLE if is_unwritable else None


def run(
    command: click.Command, name: str, find_exit_code: Callable[[Exception], int | None] = find_exit_code
) -> NoReturn:
    """Run a command, and end the program with an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")  # what programs read is UTF-8, whatever the locale
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as of a shell's background job
            signal.signal(number, _handle_signal)
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code)
    except click.ClickException as error:
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):  # whose message is the whole help
            vars(error)["message"] = to_one_line(error.message)  # it is declared final
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever presses it twice sees no traceback of the end either
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        known = find_exit_code(error)
        if known is None:
            print_safe(traceback.format_exc(), err=True)
            sys.exit(EXIT_INTERNAL_ERROR)
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123 - nothing more can be written, at exit neither
        print_safe(f"{name.partition(' ')[0]}: {to_one_line(str(error))}", err=True)
        sys.exit(known)


def _handle_signal(number: int, frame: FrameType | None) -> None:
    """End the program by an exception, so that it leaves nothing behind that is not complete.

    Where modules are being imported it would be lost now and then (lxml goes on importing), so it comes after that.
    Where it is lost elsewhere, in C code or in somebody's ``except``, the program ends all the same.
    """
    if _is_importing(frame):
        _schedule_call(
            _IMPORT_RETRY_SECONDS, signal.pthread_kill, threading.get_ident(), number
        )  # this thread may hold it back
        return
    logging.disable()  # SQLAlchemy logs what comes between it and its connections, traceback and all
    _schedule_call(_MAX_SHUTDOWN_SECONDS, os._exit, 128 + number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(EXIT_TERMINATED)


def _schedule_call(seconds: float, action: Callable[..., object], *arguments: int) -> None:
    timer = threading.Timer(seconds, action, arguments)
    timer.daemon = True
    timer.start()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


@contextmanager
def open_output(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes its name only when it is complete; for text, in UTF-8."""
    if output is None or str(output) == "-":
        with _handle_closed_pipe():
            yield cast("TextIO", TerminalStream(sys.stdout)) if sys.stdout.isatty() else sys.stdout
            sys.stdout.flush()
        return
    with _open_replacement(output) as stream, io.TextIOWrapper(stream, encoding="utf-8") as text:
        yield text


@contextmanager
def open_binary_output(output: Path | None) -> Iterator[BinaryIO]:
    """The same for what is no text."""
    if output is None or str(output) == "-":
        with _handle_closed_pipe():
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    with _open_replacement(output) as stream:
        yield stream


@contextmanager
def _handle_closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115,PTH123 - nothing more can be written, at exit neither
        raise click.exceptions.Exit(EXIT_CLOSED_PIPE) from None


@contextmanager
def _open_replacement(output: Path) -> Iterator[BinaryIO]:
    """A file under another name, which becomes ``output`` when nothing has failed; devices and pipes as they are.

    It has the rights of the file that it replaces. Raises click.UsageError where it cannot be opened, or another call
    is writing it.
    """
    if is_device(output):  # renaming would put a file in its place
        with _open_file(output, output, "wb") as stream:
            yield stream
        return
    target = output.resolve()  # a link stays one
    partial = target.with_name(f".{target.name}.partial")
    _remove_partial(partial, output)
    stream = _open_file(partial, output, "xb")
    with suppress(OSError):  # some network file systems have no locks
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
    """Remove what a call that was killed has left, or a link that somebody laid there."""
    with suppress(OSError):
        left = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.UsageError(f"{output} is being written by another program") from None
        finally:
            os.close(left)
    with suppress(OSError):
        partial.unlink()


def is_device(path: Path) -> bool:
    """Whether there is something at a path that is neither a file nor a folder."""
    return os.path.exists(path) and not path.is_file() and not path.is_dir()  # noqa: PTH110 - never raises


def _open_file(path: Path, output: Path, how: Literal["wb", "xb"]) -> BinaryIO:
    try:
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        return path.open(how)
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error
