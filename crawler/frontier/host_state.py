"""What the crawl remembers of each host, such as pauses and robots.txt: saved in the corpus for the next run."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from storage import CorpusError, Host

_log = logging.getLogger(__name__)


class HostStates:
    """The state of each host, loaded from the corpus once per run.

    Without a session, as in tests and plain Scrapy projects, it is kept in memory only.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts: dict[str, Host] = {}

    async def get(self, name: str) -> Host:
        """Return what is known of a host; an empty state if it is new or the corpus cannot be read.

        Args:
            name: the host as the caller identifies it: the key of its download slot, or host and port for robots.txt.
        """
        if name not in self._hosts:
            host = await self._load(name)
            self._hosts.setdefault(name, host)  # an update may have set it meanwhile
        return self._hosts[name]

    async def _load(self, name: str) -> Host:
        session = self._session
        if session is not None:
            # A corpus that cannot be read ends the crawl where its pages are committed, with a better message.
            with suppress(CorpusError):
                return await session.in_thread(session.corpus.crawl.get_host, name)  # type: ignore[no-any-return]
        return Host(name)

    async def update(self, name: str, **values: Any) -> None:
        """Change what is known of a host, in memory and in the corpus.

        If it cannot be saved, it still holds for this run, and a warning is logged.

        Args:
            name: the host, as for :meth:`get`.
            values: the fields of :class:`storage.Host` to change.
        """
        changed = self._hosts[name] = replace(await self.get(name), **values)
        session = self._session
        if session is not None:
            try:
                await session.in_thread(session.corpus.crawl.save_host, changed)
            except (CorpusError, RuntimeError) as error:  # RuntimeError: the crawl has ended
                _log.warning("could not save the state of host %s: %s", name, error)

    @property
    def _session(self) -> Any:
        return getattr(self._crawler.spider, "session", None)


_STATES_BY_CRAWLER: Final[WeakKeyDictionary[Crawler, HostStates]] = WeakKeyDictionary()


def host_state_from_crawler(crawler: Crawler) -> HostStates:
    """Return the host states of a crawl.

    All middlewares of a crawl share one object. It is forgotten together with its crawler.
    """
    if crawler not in _STATES_BY_CRAWLER:
        _STATES_BY_CRAWLER[crawler] = HostStates(crawler)
    return _STATES_BY_CRAWLER[crawler]
