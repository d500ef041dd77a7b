"""Where exports are written to: folders that take their name when they are complete, and what is said of failures."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from crawler.cli.output.exit_codes import OutputFailed

MARKER_FILE: Final = ".cleanwire-export"
"""A file in every folder that we wrote, with the name of its format."""


@contextmanager
def explain_write_errors(output: Path | None) -> Iterator[None]:
    """Say which output failed, and why: the disk is full, and the like. Raises `OutputFailed`."""
    try:
        yield
    except BrokenPipeError:  # no failure: whoever read has had enough
        raise
    except OSError as error:
        name = "standard output" if output is None or str(output) == "-" else output
        raise OutputFailed(f"{name} could not be written: {error.strerror or error}") from error


@contextmanager
def write_folder(folder: Path, form: str, own_files: re.Pattern[str]) -> Iterator[Path]:
    """A new folder beside ``folder``, which takes its place when nothing has failed.

    An earlier export of the same format is replaced: a folder with our `MARKER_FILE` in which every file, by its path
    from there, is one of ``ours``. Raises click.UsageError where anything else is there, or nothing can be made.
    """
    target = folder.resolve()
    partial, old = (target.with_name(f".{target.name}.{state}") for state in ("partial", "old"))
    try:
        _reject_foreign_files(folder, form, own_files)
        shutil.rmtree(partial, ignore_errors=True)  # of an export that was killed
        partial.mkdir()
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror}") from error
    try:
        yield partial
        (partial / MARKER_FILE).write_text(f"{form}\n", "utf-8")
        _replace_folder(partial, target, old)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _replace_folder(partial: Path, target: Path, old: Path) -> None:
    if not target.exists():
        partial.rename(target)
        return
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    try:
        partial.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _reject_foreign_files(folder: Path, form: str, own_files: re.Pattern[str]) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is a file: {form} is written to a folder")
    if not any(folder.iterdir()):
        return
    marker = folder / MARKER_FILE
    if not marker.is_file() or marker.read_text("utf-8", "replace").strip() != form:
        raise click.UsageError(f"{folder} is not empty, and no earlier export as {form}: name another folder")
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name != MARKER_FILE and not own_files.fullmatch(name):
            raise click.UsageError(f"{folder} holds {name}, which no export wrote: move it, or name another folder")
