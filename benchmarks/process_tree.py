"""Run a command and measure what it and all processes that it starts take: time, CPU, memory."""

import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

TICKS = sysconf("SC_CLK_TCK")
POLL_INTERVAL_SECONDS = 0.2
"""Seconds between two measurements. What a process does after the last one is missed."""


@dataclass(frozen=True)
class ProcessCost:
    """The result of a command, and what it took."""

    status: int
    output: str
    errors: str
    seconds: float
    cpu: float
    """CPU seconds, user and system, of all its processes."""
    megabytes: float
    """Peak memory of all its processes together (PSS: shared pages are divided among their users)."""


def run_and_measure(command: list[str], environment: Mapping[str, str], folder: Path | None = None) -> ProcessCost:
    """Run a command in a session of its own, and measure the processes of that session.

    Args:
        command: the program and its arguments.
        environment: all of its environment variables.
        folder: its working directory; None for the current one.
    """
    started = time.monotonic()
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
        while not ended.wait(POLL_INTERVAL_SECONDS):
            memory = 0.0
            for pid in list_session_processes(process.pid):
                cpu[pid] = max(cpu.get(pid, 0.0), _measure_cpu(pid))
                memory += measure_memory(pid)
            peak = max(peak, memory)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = process.communicate()
    seconds = time.monotonic() - started
    ended.set()
    watcher.join()
    return ProcessCost(process.returncode, output, errors, seconds, sum(cpu.values()), peak)


def list_session_processes(leader: int) -> list[int]:
    """Return the process ids of a session, by the id of its leader."""
    return [
        int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _read_stat(path)[3:4] == [str(leader)]
    ]


def _read_stat(path: Path) -> list[str]:
    """Return the fields of a ``stat`` file from the state on; none if the process has ended."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _measure_cpu(pid: int) -> float:
    """Return the CPU seconds of a process, user and system; 0 if it has ended."""
    fields = _read_stat(Path(f"/proc/{pid}/stat"))
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def measure_memory(pid: int) -> float:
    """Return the megabytes of a process (PSS: shared pages divided among their users); 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
