"""Programs under test in processes of their own: begun, watched, told to stop, killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import loads
from pathlib import Path
from typing import Any

CLEANWIRE = Path(sys.executable).with_name("cleanwire")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
PATIENCE = 60.0
"""Seconds that a busy machine gets for what takes one or two."""


@dataclass(frozen=True)
class Ended:
    """What a process left."""

    status: int
    """Exit code; negative for the signal that ended it."""
    output: str
    errors: str

    def __getitem__(self, name: str) -> Any:
        """A part of the JSON object that it printed."""
        assert self.output, self.errors
        return loads(self.output)[name]


class Running:
    """A program in a process, the leader of a session of its own."""

    def __init__(self, command: list[Any], environment: Mapping[str, str], folder: Path | None = None) -> None:
        kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**kept, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def id(self) -> int:
        """The process's number, which is the session's as well."""
        return self.process.pid

    def wait(self, seconds: float = PATIENCE) -> Ended:
        """What it left, once it has ended by itself."""
        try:
            output, errors = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        return Ended(self.process.returncode, output, errors)

    def send(self, number: int) -> None:
        """Send a signal to the process itself, not to its workers."""
        self.process.send_signal(number)

    def has_loaded(self, library: str) -> bool:
        """Whether it has come so far in importing."""
        try:
            return library in Path(f"/proc/{self.id}/maps").read_text()
        except OSError:
            return False


def started(folder: Path, *arguments: object, database: str = "corpus.db", **environment: str) -> Running:
    """The command ``cleanwire``, at work in a folder; it may reach servers on loopback."""
    variables = {"CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "CLEANWIRE_DATABASE": database, "NO_COLOR": "1"}
    return Running([CLEANWIRE, *map(str, arguments)], variables | environment, folder)


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until a condition holds, and give what it gives."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.005)
    return value


def in_session(leader: int) -> dict[int, str]:
    """The processes of a session that have not ended, each with its command line."""
    running = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            running[int(folder.name)] = command
    return running


def one_value(path: Path, question: str) -> Any:
    """The first value of the answer of an SQLite file to a question."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchone()[0]
    finally:
        connection.close()


def is_sound(path: Path) -> bool:
    """Whether SQLite's own checks find nothing in a file."""
    return bool(one_value(path, "PRAGMA integrity_check") == "ok")
