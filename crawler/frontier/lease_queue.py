"""How many pages the crawl takes from the frontier at a time, and when it is at its end."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Mapping
from typing import Final, Protocol

from storage import Lease

MAX_LEASES_PER_HOST: Final = 4
"""Leases a host may have from being handed out to being committed. A killed crawl fetches at most so many
pages of a site twice; with fewer, a site's fetching would wait for the cleaning of the pages before."""
MAX_LEASES: Final = 400


class LeaseSource(Protocol):
    """The frontier's ``lease``, to be awaited."""

    def __call__(self, limit: int, *, busy: Mapping[str, int], per_host: int) -> Awaitable[list[Lease]]: ...


class LeaseQueue:
    """Hands out leases as earlier ones are done, and ends when nothing is left to fetch or to find."""

    def __init__(self, lease_source: LeaseSource, max_leases: int | None = None) -> None:
        self._lease_source = lease_source
        self._remaining = max_leases
        self._ready: deque[Lease] = deque()
        self._busy: Counter[str] = Counter()
        self._running_discoveries = 0
        self._stopped = False
        self._changed = asyncio.Event()

    @property
    def outstanding(self) -> int:
        """Leases handed out and not yet done."""
        return self._busy.total()

    @property
    def running_discoveries(self) -> int:
        """Discoveries under way: they may add pages to the frontier at any time."""
        return self._running_discoveries

    def __aiter__(self) -> "LeaseQueue":
        return self

    async def __anext__(self) -> Lease:
        while not self._ready:
            self._changed.clear()  # before asking, so that what a discovery adds meanwhile is not missed
            self._ready.extend(await self._take_more())
            if self._stopped or self._is_over():
                raise StopAsyncIteration
            if not self._ready:
                await self._changed.wait()
        return self._ready.popleft()

    def _is_over(self) -> bool:
        return not (self._ready or self.outstanding or self._running_discoveries or self._changed.is_set())

    async def _take_more(self) -> list[Lease]:
        room = MAX_LEASES - self.outstanding
        if self._remaining is not None:
            room = min(room, self._remaining)
        if self._stopped or room <= 0:
            return []
        leases = await self._lease_source(room, busy=self._busy, per_host=MAX_LEASES_PER_HOST)
        self._busy.update(lease.host for lease in leases)
        if self._remaining is not None:
            self._remaining -= len(leases)
        return leases

    @property
    def is_exhausted(self) -> bool:
        """Whether no more pages may be fetched."""
        return self._remaining is not None and self._remaining <= 0

    def add_lease(self, lease: Lease) -> None:
        """Count in a lease that was not handed out here: its page had come already."""
        self._busy[lease.host] += 1
        if self._remaining is not None:
            self._remaining -= 1

    def finish_lease(self, lease: Lease) -> None:
        """A page's outcome is committed, or given up."""
        self._busy[lease.host] -= 1
        if not self._busy[lease.host]:
            del self._busy[lease.host]
        self.notify()

    def start_discovery(self) -> None:
        """A discovery begins."""
        self._running_discoveries += 1

    def end_discovery(self) -> None:
        """A discovery has ended."""
        self._running_discoveries -= 1
        self.notify()

    def notify(self) -> None:
        """The frontier may have something new."""
        self._changed.set()

    def stop(self) -> None:
        """Hand out no more."""
        self._stopped = True
        self._ready.clear()
        self.notify()
