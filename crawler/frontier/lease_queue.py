"""Decides how many pages a crawl leases from the frontier at a time, and when the crawl is finished."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Mapping
from typing import Final, Protocol

from storage import Lease

MAX_LEASES_PER_HOST: Final = 4
"""Leases of one host that may be in progress, from leasing to commit. A killed crawl fetches at most this many pages of
a site twice; with fewer, the site's next request would wait until earlier pages are cleaned."""
MAX_LEASES: Final = 400
"""Leases of all hosts that may be in progress; it bounds the pages in memory."""


class LeaseSource(Protocol):
    """The frontier's ``lease`` method, run in the corpus thread."""

    def __call__(self, limit: int, *, busy: Mapping[str, int], per_host: int) -> Awaitable[list[Lease]]: ...


class LeaseQueue:
    """Hands out leases while earlier ones finish, and ends when there is nothing left to fetch or to discover.

    Iterate over it with ``async for``. It must not end as soon as the frontier is empty: a discovery may still add
    pages, and a page in progress may lead to another one.
    """

    def __init__(self, lease_source: LeaseSource, max_leases: int | None = None) -> None:
        """Create a queue.

        Args:
            lease_source: leases pages from the frontier.
            max_leases: how many pages the run may fetch; ``None`` for no limit.
        """
        self._lease_source = lease_source
        self._remaining = max_leases
        self._ready: deque[Lease] = deque()
        self._busy: Counter[str] = Counter()
        self._running_discoveries = 0
        self._stopped = False
        self._changed = asyncio.Event()

    @property
    def outstanding(self) -> int:
        """The number of leases that were handed out and are not finished."""
        return self._busy.total()

    @property
    def running_discoveries(self) -> int:
        """The number of discoveries in progress.

        While there are any, pages may be added to the frontier at any time.
        """
        return self._running_discoveries

    def __aiter__(self) -> "LeaseQueue":
        return self

    async def __anext__(self) -> Lease:
        while not self._ready:
            # Clear before leasing: a page that a discovery adds while we wait for the frontier sets it again.
            self._changed.clear()
            self._ready.extend(await self._take_more())
            if self._stopped or self._is_finished():
                raise StopAsyncIteration
            if not self._ready:
                await self._changed.wait()
        return self._ready.popleft()

    def _is_finished(self) -> bool:
        return not (self._ready or self.outstanding or self._running_discoveries or self._changed.is_set())

    async def _take_more(self) -> list[Lease]:
        limit = MAX_LEASES - self.outstanding
        if self._remaining is not None:
            limit = min(limit, self._remaining)
        if self._stopped or limit <= 0:
            return []
        # The frontier skips hosts that are at their maximum, so that hosts take turns.
        leases = await self._lease_source(limit, busy=self._busy, per_host=MAX_LEASES_PER_HOST)
        self._busy.update(lease.host for lease in leases)
        if self._remaining is not None:
            self._remaining -= len(leases)
        return leases

    @property
    def is_exhausted(self) -> bool:
        """Whether the run has reached its maximum of pages."""
        return self._remaining is not None and self._remaining <= 0

    def add_lease(self, lease: Lease) -> None:
        """Count a lease that was not handed out by this queue.

        A page that a custom spider has fetched is leased when the spider passes it on.
        """
        self._busy[lease.host] += 1
        if self._remaining is not None:
            self._remaining -= 1

    def finish_lease(self, lease: Lease) -> None:
        """Note that a lease has ended: its page was committed, or given up.

        This makes room for the next page of its host.
        """
        self._busy[lease.host] -= 1
        if not self._busy[lease.host]:
            del self._busy[lease.host]
        self.notify()

    def start_discovery(self) -> None:
        """Note that a discovery has started.

        The queue does not end before :meth:`end_discovery` was called as often.
        """
        self._running_discoveries += 1

    def end_discovery(self) -> None:
        """Note that a discovery has ended."""
        self._running_discoveries -= 1
        self.notify()

    def notify(self) -> None:
        """Wake the queue up: the frontier may have new pages.

        Called for new URLs, finished pages and ended discoveries.
        """
        self._changed.set()

    def stop(self) -> None:
        """Hand out no more leases.

        Pages that were leased in advance are dropped here; in the corpus they stay leased, and the next run fetches
        them.
        """
        self._stopped = True
        self._ready.clear()
        self.notify()
