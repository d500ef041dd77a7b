"""What every command has: its exit codes, and how it ends when it is told to."""

import shlex
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


WRITES = """
import sys, click
from cleaning.cli.runtime import run
from cleaning.cli.terminal import print_safe

@click.command()
@click.option("--quiet", is_flag=True)
def command(quiet):
    assert open("/dev/null").fileno() > 2
    assert sys.stdin.read() == ""
    print_safe("a message", err=True)
    if not quiet:
        print_safe("output")

run(command, "command")
"""


@pytest.mark.parametrize(
    ("closed", "options", "status"),
    [("<&- >&-", "", 74), ("<&- >&-", "--quiet", 0), ("<&- 2>&-", "", 0), ("<&- >&- 2>&-", "--help", 74)],
)
def test_closed_streams_are_no_bug(closed: str, options: str, status: int) -> None:
    shell = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(WRITES)} {options} {closed}"
    ended = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (status, False)
