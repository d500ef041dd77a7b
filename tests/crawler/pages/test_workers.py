"""Pages that hang, crash or eat memory fail alone."""

import asyncio
import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crawler.pages.workers import WorkerLostError, Workers

SCRIPT = """
import asyncio
from crawler.pages.workers import Workers

print("begun")

async def main():
    workers = Workers(1)
    print(await workers.run(abs, -7))
    workers.stop()

asyncio.run(main())
"""


def hang() -> None:
    while True:
        time.sleep(0.01)


def wait() -> str:
    time.sleep(0.5)
    return "done"


def compute() -> None:
    while True:
        pass


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(b"x" * 50_000_000)


class UnpicklableError(Exception):
    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def fail() -> None:
    raise UnpicklableError("one ", "and the other")


def run_all(*functions: Any, deadline: float = 10.0) -> list[str]:
    """What became of each: an outcome, or the value as text."""

    async def one(workers: Workers, function: Any) -> str:
        try:
            return str(await workers.run(function))
        except WorkerLostError as lost:
            return f"{lost.outcome}: {lost.detail}"

    async def scenario() -> list[str]:
        workers = Workers(2, deadline=deadline, memory=600_000_000)
        try:
            return [await one(workers, function) for function in functions]
        finally:
            workers.stop()

    return asyncio.run(scenario())


def test_each_way_to_lose_a_worker_has_a_name_and_the_next_page_is_fine() -> None:
    outcomes = run_all(crash, eat_memory, leave, fail, dict)
    assert outcomes[:3] == [
        "cleaner-crashed: the worker process died (signal 11)",
        "out-of-memory: the page took more memory than a worker has",
        "cleaner-crashed: the worker process died (exit code 3)",
    ]
    assert outcomes[3:] == ["cleaner-error: UnpicklableError: one and the other", "{}"]


def test_a_hung_page_is_cut_off_and_the_next_page_is_fine() -> None:
    assert run_all(hang, dict, deadline=0.3) == ["cleaner-timeout: took longer than 1.8 s", "{}"]


def test_a_page_that_computes_is_cut_off_by_its_computing_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaning.worker_pool.WALL_DEADLINES", 600)
    assert run_all(compute, dict, deadline=0.3) == ["cleaner-timeout: took longer than 0.3 s of computing", "{}"]


def test_time_that_a_page_waits_for_a_busy_machine_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaning.worker_pool.WALL_DEADLINES", 600)
    assert run_all(wait, wait, deadline=0.3) == ["done", "done"]


def test_stopping_does_not_wait_for_pages() -> None:
    async def scenario() -> None:
        workers = Workers(1)
        await workers.run(dict)
        hung = asyncio.ensure_future(workers.run(hang))
        await asyncio.sleep(0.05)
        workers.stop()
        with pytest.raises(WorkerLostError):
            await hung
        with pytest.raises(WorkerLostError):
            await workers.run(dict)

    asyncio.run(scenario())


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("begun\n7\n", "")
