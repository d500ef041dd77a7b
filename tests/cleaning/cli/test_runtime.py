"""What every command has: its exit codes, and how it ends when it is told to."""

import subprocess
import sys

import pytest

FAILS_IN_ITS_CLEANUP = """
import os, signal, click
from cleaning.cli.runtime import run

@click.command()
def command():
    try:
        os.kill(os.getpid(), signal.{name})
        raise RuntimeError("the signal did not arrive")
    except BaseException:
        raise AssertionError  # as SQLAlchemy's commit does when it is interrupted

run(command, "command")
"""


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_library_that_fails_after_a_signal_is_no_error_of_the_program(name: str, status: int) -> None:
    program = FAILS_IN_ITS_CLEANUP.replace("{name}", name)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (status, "")
