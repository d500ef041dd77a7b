"""A disk that is soon full: a tmpfs of a few megabytes, for root alone."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def unavailable() -> str | None:
    """Why tests on a small disk have to be left out, as the system says it; ``None`` where they run."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), "64k"):
                return None
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            return str(getattr(error, "stderr", None) or error).strip().splitlines()[0]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Have a folder be a disk of its own, of a size such as ``4m``."""
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder)
    try:
        yield
    finally:
        _run("umount", "-l", folder)


def resize(folder: Path, size: str) -> None:
    """Give the disk more room."""
    _run("mount", "-o", f"remount,size={size}", folder)


def _run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
