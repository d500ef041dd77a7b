"""Runs a crawl in this process: the door to Scrapy for everything that is not Scrapy."""

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.config.models import SourceConfig
from crawler.engine import custom_spiders
from crawler.fetch import browser
from crawler.fetch.downloader import spaced
from crawler.fetch.network_guard import ALLOW_NETWORKS, parse_networks
from crawler.logs import log_to_stderr
from crawler.ops.alerts import alert_of, send
from crawler.session import CrawlOptions, Session, open_session
from crawler.spiders.news import NewsSpider
from crawler.stats import Progress, RunSummary, SourceReport
from storage import Corpus

__all__ = ["CrawlOptions", "Progress", "RunSummary", "SourceReport", "crawl"]

GRACE = 4.0
"""Seconds that pages under way get to be finished when the crawl is told to stop."""

TIME_LIMIT = "time limit"
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_begun = threading.Event()


def crawl(
    corpus: Corpus,
    sources: Sequence[SourceConfig],
    options: CrawlOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Crawl sources into a corpus, and give an account of it.

    Blocks until nothing is left to fetch; SIGTERM and SIGINT end it early and properly. ``on_progress`` is
    called in this thread, after every page. A process can crawl once: Twisted's reactor cannot be started
    again.

    Raises CorpusBusy where another crawl is at work on the corpus, other CorpusErrors where it cannot be
    written, ConfigError for CLEANWIRE_ALLOW_NETWORKS that names no networks and for a source whose spider or
    whose browser cannot be had, ValueError for a source's address that is none, and RuntimeError for a second crawl.
    """
    if _begun.is_set():
        raise RuntimeError("a process can run one crawl: start another process for the next one")
    options = options or CrawlOptions()
    settings = _settings(options)
    custom_spiders.check(sources, settings)
    browser.check(sources)
    with _own_signals(), open_session(corpus, sources, options, on_progress) as session:
        _begun.set()
        _run(session, settings)
        if session.error is not None:
            raise session.error
    return _told(session)


def _told(session: Session) -> RunSummary:
    """The account of a run that has ended, after those were told who want to know."""
    summary, config = session.summary(), session.options.alerts
    alert = config and alert_of(
        session.checkups,
        {key: site.source for key, site in session.sites.items()},
        run_id=session.run_id,
        exit_code=summary.exit_code,
        finished_at=datetime.now(UTC),
        line=summary.line(),
        counts=summary.counts(),
    )
    if config and alert:
        return replace(summary, notes=(*summary.notes, *send(alert, config.command, config.webhook)))
    return summary


def _run(session: Session, settings: Settings) -> None:
    process = AsyncCrawlerProcess(settings)
    log_to_stderr(session.options.log_format, session.options.log_level)
    crawler = process.create_crawler(NewsSpider)
    crawling = process.crawl(crawler, session=session)
    _stop_when_told(crawler, session)
    with _rare_collections():
        process.start(install_signal_handlers=False)
    _hurry_when_told(session)
    if not crawling.done():
        _clear_away(crawler)
    elif error := crawling.exception():
        raise error


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector leave alone what was imported: to look through it took 1 ms of a page's 10."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _settings(options: CrawlOptions) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict(
        {
            "DOWNLOAD_DELAY": spaced(options.delay),
            "DOWNLOAD_TIMEOUT": options.timeout,
            "LOG_LEVEL": options.log_level,
            "LOG_INSTALL_ROOT_HANDLER": False,  # ours knows what must not reach a terminal
        },
        priority="cmdline",
    )
    parse_networks(settings[ALLOW_NETWORKS])  # before anything begins: a typo here is the user's to put right
    return settings


def _stop_when_told(crawler: Crawler, session: Session) -> None:
    """On a signal, or when the time is up, fetch nothing more and end well; some seconds later, just end."""
    loop = asyncio.get_event_loop()
    told = []

    def stop(reason: str) -> None:
        told.append(reason)
        if reason != TIME_LIMIT:
            session.in_thread.hurry()
        spider = crawler.spider
        if not isinstance(spider, NewsSpider) or len(told) > 1:
            reactor_of_this_process().crash()
            return
        spider.stop(reason)
        loop.call_later(GRACE, spider.give_up_pages)
        loop.call_later(GRACE + 1, reactor_of_this_process().crash)  # and so are requests without an answer

    if session.options.max_runtime is not None:
        loop.call_later(session.options.max_runtime, stop, TIME_LIMIT)
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            loop.add_signal_handler(number, stop, number.name)


def _hurry_when_told(session: Session) -> None:
    """From now on a signal does no more than that: what is left to do is to write what the run was."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            asyncio.get_event_loop().remove_signal_handler(number)
            signal.signal(number, lambda *_: session.in_thread.hurry())


@contextmanager
def _own_signals() -> Iterator[None]:
    """Give signals back to whom they belonged before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def reactor_of_this_process() -> Any:
    """Twisted's reactor. Importing it installs one, so Scrapy must have installed the right one before."""
    from twisted.internet import reactor

    return reactor


def _clear_away(crawler: Crawler) -> None:
    """End what a reactor that was stopped in mid-flight leaves behind: tasks, threads, worker processes."""
    loop = asyncio.get_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        with suppress(RuntimeError):  # the crawl's own end, which is among them, stops the loop once more
            loop.run_until_complete(asyncio.wait(tasks, timeout=1))
    reactor_of_this_process().getThreadPool().stop()
    if isinstance(crawler.spider, NewsSpider):
        crawler.spider.end()
