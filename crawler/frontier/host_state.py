"""What hosts have asked for: kept in the corpus, so that it holds for the next run too."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from storage import CorpusError, Host

_log = logging.getLogger(__name__)


class HostStates:
    """The hosts of a crawl by name, each read from the corpus once. Without a session there is no memory."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts: dict[str, Host] = {}

    async def get(self, name: str) -> Host:
        """What is known of a host."""
        if name not in self._hosts:
            host = await self._load(name)
            self._hosts.setdefault(name, host)  # it may have been changed meanwhile
        return self._hosts[name]

    async def _load(self, name: str) -> Host:
        session = self._session
        if session is not None:
            # A corpus that cannot be read ends the crawl elsewhere.
            with suppress(CorpusError):
                return await session.in_thread(session.corpus.crawl.get_host, name)  # type: ignore[no-any-return]
        return Host(name)

    async def update(self, name: str, **values: Any) -> None:
        """Keep what a host has asked for."""
        changed = self._hosts[name] = replace(await self.get(name), **values)
        session = self._session
        if session is not None:
            try:
                await session.in_thread(session.corpus.crawl.save_host, changed)
            except (CorpusError, RuntimeError) as error:  # RuntimeError: the crawl has ended
                _log.warning("what %s asked for is not kept: %s", name, error)

    @property
    def _session(self) -> Any:
        return getattr(self._crawler.spider, "session", None)


_STATES_BY_CRAWLER: Final[WeakKeyDictionary[Crawler, HostStates]] = WeakKeyDictionary()


def host_state_from_crawler(crawler: Crawler) -> HostStates:
    """The hosts of a crawl: the same for everything that takes part in it."""
    if crawler not in _STATES_BY_CRAWLER:
        _STATES_BY_CRAWLER[crawler] = HostStates(crawler)
    return _STATES_BY_CRAWLER[crawler]
