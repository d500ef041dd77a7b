"""How leases are handed out, and when there are no more."""

import asyncio
from collections.abc import Mapping

from crawler.frontier.lease_queue import MAX_LEASES_PER_HOST, LeaseQueue
from storage import Lease


def lease(number: int, host: str = "a.example") -> Lease:
    url = f"http://{host}/{number}"
    return Lease(id=number, url=url, source_id=1, host=host, found_in="feed", attempts=0, published=None)


class Queue:
    """A frontier's queue in memory."""

    def __init__(self, *leases: Lease) -> None:
        self.waiting = list(leases)

    async def take(self, limit: int, *, busy: Mapping[str, int], per_host: int) -> list[Lease]:
        counts = dict(busy)
        taken = []
        for waiting in list(self.waiting):
            if len(taken) < limit and counts.get(waiting.host, 0) < per_host:
                counts[waiting.host] = counts.get(waiting.host, 0) + 1
                taken.append(waiting)
                self.waiting.remove(waiting)
        await asyncio.sleep(0)
        return taken


def test_a_host_gets_few_at_a_time() -> None:
    async def scenario() -> None:
        leases = LeaseQueue(Queue(*map(lease, range(10))).take)
        handed_out = [await anext(leases) for _ in range(MAX_LEASES_PER_HOST)]
        further = asyncio.ensure_future(anext(leases))
        await asyncio.sleep(0.01)
        assert not further.done()
        leases.finish_lease(handed_out[0])
        assert (await further).id == MAX_LEASES_PER_HOST

    asyncio.run(scenario())


def test_all_are_handed_out_once_and_then_it_ends() -> None:
    async def scenario() -> None:
        hosts = ["a.example", "b.example", "c.example"]
        leases = LeaseQueue(Queue(*(lease(n, hosts[n % 3]) for n in range(50))).take)
        seen = []
        async for one in leases:
            seen.append(one.id)
            asyncio.get_running_loop().call_soon(leases.finish_lease, one)
        assert sorted(seen) == list(range(50))

    asyncio.run(scenario())


def test_it_waits_for_discoveries() -> None:
    async def scenario() -> None:
        queue = Queue()
        leases = LeaseQueue(queue.take)
        leases.start_discovery()
        first = asyncio.ensure_future(anext(leases))
        await asyncio.sleep(0.01)
        assert not first.done()
        queue.waiting.append(lease(1))
        leases.notify()
        leases.end_discovery()
        assert (await first).id == 1
        leases.finish_lease(await first)
        assert [one async for one in leases] == []

    asyncio.run(scenario())


def test_what_a_discovery_adds_while_the_frontier_is_asked_is_not_missed() -> None:
    async def scenario() -> None:
        added = False

        async def take(limit: int, *, busy: Mapping[str, int], per_host: int) -> list[Lease]:
            nonlocal added
            answer = [lease(1)] if added else []
            if not added:  # the discovery adds, and ends, after the frontier was asked and before it answers
                added = True
                leases.notify()
                leases.end_discovery()
            await asyncio.sleep(0)
            return answer if not busy else []

        leases = LeaseQueue(take)
        leases.start_discovery()
        assert (await anext(leases)).id == 1

    asyncio.run(scenario())


def test_a_limit_is_exact() -> None:
    async def scenario() -> None:
        leases = LeaseQueue(Queue(*map(lease, range(10))).take, max_leases=6)
        seen = []
        async for one in leases:
            seen.append(one.id)
            leases.finish_lease(one)
        assert len(seen) == 6

    asyncio.run(scenario())


def test_stopping_ends_it_at_once() -> None:
    async def scenario() -> None:
        leases = LeaseQueue(Queue(*map(lease, range(10))).take)
        await anext(leases)
        leases.stop()
        assert [one async for one in leases] == []

    asyncio.run(scenario())
