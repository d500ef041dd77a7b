"""Pools that die: how long new ones are started."""

from concurrent.futures import Future

import pytest

from cleaning import worker_pool
from cleaning.outcomes import Outcome
from cleaning.worker_pool import PoolLostError, Task, WorkerLostError, WorkerPool


class FakePool:
    """A pool without processes, which answers every call at once."""

    def __init__(self, *_: object) -> None:
        self.ended = False

    def schedule(self, function: object, **_: object) -> "Future[int]":
        done: Future[int] = Future()
        done.set_result(7)
        return done

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> WorkerPool:
    monkeypatch.setattr(worker_pool, "_Pool", FakePool)
    return WorkerPool(1)


def lose(pool: WorkerPool) -> None:
    pool.start()
    pool.discard(PoolLostError(pool._pool, RuntimeError("all workers expired")))


def call(pool: WorkerPool) -> int:
    task: Task[int] = pool.submit(int, 7)
    return pool.wait_for_value(task)


def test_pools_that_die_in_a_long_run_do_not_add_up(pool: WorkerPool) -> None:
    for _ in range(20):
        lose(pool)
        assert call(pool) == 7


def test_pools_that_only_die_are_started_now_and_then(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(worker_pool._MAX_DISCARDED_POOLS):
        lose(pool)
    with pytest.raises(WorkerLostError, match="all workers expired"):
        lose(pool)
    with pytest.raises(WorkerLostError, match="keep dying") as lost:
        call(pool)
    assert lost.value.outcome == Outcome.CRASHED
    monkeypatch.setattr(worker_pool, "_POOL_RETRY_SECONDS", 0.0)
    pool._retry_at = 0.0
    with pytest.raises(WorkerLostError, match="all workers expired"):
        lose(pool)
    assert call(pool) == 7
    lose(pool)
    assert call(pool) == 7
