"""What a command and all that it starts take of the machine."""

import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

TICKS = sysconf("SC_CLK_TCK")
BETWEEN = 0.2
"""Seconds between two looks. What a process did after the last look at it is missed."""


@dataclass(frozen=True)
class Took:
    """What a command took."""

    status: int
    output: str
    errors: str
    seconds: float
    cpu: float
    """Seconds of CPU, user and system, of all its processes."""
    megabytes: float
    """The most memory at one time, shared pages divided among those who share them (PSS)."""


def run(command: list[str], environment: Mapping[str, str], folder: Path | None = None) -> Took:
    """Run a command in a session of its own, and watch that session's processes."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    cpu: dict[int, float] = {}
    peak = 0.0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(BETWEEN):
            memory = 0.0
            for pid in of_session(process.pid):
                cpu[pid] = max(cpu.get(pid, 0.0), _cpu_of(pid))
                memory += memory_of(pid)
            peak = max(peak, memory)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = process.communicate()
    seconds = time.monotonic() - began
    ended.set()
    watcher.join()
    return Took(process.returncode, output, errors, seconds, sum(cpu.values()), peak)


def of_session(leader: int) -> list[int]:
    """The processes of a session."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _stat(path)[3:4] == [str(leader)]]


def _stat(path: Path) -> list[str]:
    """The fields of a ``stat`` file from the state on; none where the process has ended."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_of(pid: int) -> float:
    fields = _stat(Path(f"/proc/{pid}/stat"))
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def memory_of(pid: int) -> float:
    """Megabytes of a process, shared pages divided among those who share them; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
