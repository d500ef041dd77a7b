"""Everything that touches the database happens in one thread; finished pages are committed in batches."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from storage import Exchange, FetchedPage

P = ParamSpec("P")
T = TypeVar("T")


class CorpusThread:
    """Runs what waits for the database, one call after the other, beside the reactor."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="corpus")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's value."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for what was begun, and end."""
        self._executor.shutdown(wait=True)


@dataclass(frozen=True, slots=True)
class Finished:
    """A page whose outcome is known, and what is archived of it."""

    page: FetchedPage
    exchange: Exchange | None = None
    """The request and its answer; ``None`` where it is not to be archived."""


class Commits:
    """Commits pages: what gathers while one batch is being written is the next one.

    A page under little load is committed at once, and under much load the batches grow by themselves.
    """

    def __init__(self, finish: Callable[[Sequence[Finished]], list[str]], thread: CorpusThread) -> None:
        self._finish = finish
        self._thread = thread
        self._gathered: list[tuple[Finished, asyncio.Future[str]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def commit(self, page: Finished) -> str:
        """Wait until the page is committed; its final outcome. Raises what the corpus raises."""
        committed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._gathered.append((page, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await committed

    async def _write(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered, []
            try:
                outcomes = await self._thread(self._finish, [page for page, _ in batch])
            except Exception as error:
                for _, committed in batch:
                    _unless_given_up(committed, committed.set_exception, error)
            else:
                for (_, committed), outcome in zip(batch, outcomes, strict=True):
                    _unless_given_up(committed, committed.set_result, outcome)
        self._writing = None


def _unless_given_up(committed: asyncio.Future[str], settle: Callable[[T], None], value: T) -> None:
    if not committed.done():
        settle(value)
