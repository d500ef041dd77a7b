"""Files and folders that commands write: replaced only when complete, with errors that name the output."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from crawler.cli.output.exit_codes import OutputFailed

MARKER_FILE: Final = ".cleanwire-export"
"""A file in every exported folder, with the name of the format: only such a folder is ever replaced."""


@contextmanager
def explain_write_errors(output: Path | None) -> Iterator[None]:
    """Turn operating system errors while writing ``output`` into `OutputFailed`, which names the output and the reason.

    ``None`` and ``-`` mean standard output.
    """
    try:
        yield
    except BrokenPipeError:
        # Not a failure: the reading program, such as head, has ended.
        raise
    except OSError as error:
        name = "standard output" if output is None or str(output) == "-" else output
        raise OutputFailed(f"{name} could not be written: {error.strerror or error}") from error


@contextmanager
def write_folder(folder: Path, form: str, own_files: re.Pattern[str]) -> Iterator[Path]:
    """Yield a new folder that replaces ``folder`` if the block succeeds; if it fails, ``folder`` is unchanged.

    Args:
        folder: the target. An earlier export of the same format is replaced: a folder with our `MARKER_FILE`.
        form: the name of the format, which is written into `MARKER_FILE`.
        own_files: matches the path of every file that this format writes, relative to the folder.

    Raises click.UsageError if the target contains anything else, or cannot be created.
    """
    target = folder.resolve()
    partial, old = (target.with_name(f".{target.name}.{state}") for state in ("partial", "old"))
    try:
        _reject_foreign_files(folder, form, own_files)
        # Left over from an export that was killed.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    try:
        yield partial
        (partial / MARKER_FILE).write_text(f"{form}\n", "utf-8")
        _replace_folder(partial, target, old)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _replace_folder(partial: Path, target: Path, old: Path) -> None:
    """Move the new folder to the target, and the old one out of the way; restore the old one on failure."""
    if not target.exists():
        partial.rename(target)
        return
    # A rename cannot replace a folder that is not empty, so the old one is moved away first.
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    try:
        partial.rename(target)
    except BaseException:
        # Also after Ctrl-C: the user must find either the old export or the new one.
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _reject_foreign_files(folder: Path, form: str, own_files: re.Pattern[str]) -> None:
    """Raise click.UsageError if replacing the folder would delete a file that no export of this format wrote."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is a file, but {form} needs a folder")
    if not any(folder.iterdir()):
        return
    marker = folder / MARKER_FILE
    if not marker.is_file() or marker.read_text("utf-8", "replace").strip() != form:
        raise click.UsageError(f"{folder} is not empty and is not an earlier {form} export; choose another folder")
    # The marker alone is not enough: the user may have added files of their own to an export.
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name != MARKER_FILE and not own_files.fullmatch(name):
            raise click.UsageError(
                f"{folder} contains {name}, which is not part of an export; move it or choose another folder"
            )
