"""Runs a crawl in this process: the only module outside of the Scrapy project that starts Scrapy."""

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.config.models import ConfigError, SourceConfig
from crawler.engine import custom_spiders
from crawler.fetch import browser
from crawler.fetch.downloader import pad_delay
from crawler.fetch.network_guard import ALLOW_NETWORKS_SETTING, parse_networks
from crawler.logs import log_to_stderr
from crawler.ops.alerts import build_alert, send_alert
from crawler.ops.health_check import describe_changes
from crawler.session import CrawlOptions, Session, open_session
from crawler.spiders.news import NewsSpider
from crawler.stats import Progress, RunSummary, SourceReport
from storage import Corpus, CorpusError

__all__ = ["CrawlOptions", "Progress", "RunSummary", "SourceReport", "crawl"]

GRACE_SECONDS = 4.0
"""How long pages that are being fetched or cleaned may take to finish once the crawl is to stop."""

TIME_LIMIT = "time limit"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_has_crawled = threading.Event()
_log = logging.getLogger(__name__)


def crawl(
    corpus: Corpus,
    sources: Sequence[SourceConfig],
    options: CrawlOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Crawl sources into a corpus and return a summary.

    The call returns when nothing is left to fetch. SIGTERM and SIGINT end the crawl early: pages that have been fetched
    are still committed. A process can crawl once, because Twisted's reactor cannot be started again.

    Args:
        corpus: where articles are stored, and where the frontier is.
        sources: the sites to crawl.
        options: settings of the whole crawl.
        on_progress: called in this thread, after every page but at most 20 times a second.

    Raises:
        CorpusBusy: another crawl is running on the corpus.
        CorpusError: the corpus cannot be written.
        ConfigError: CLEANWIRE_ALLOW_NETWORKS names no networks, a spider cannot be imported, or no source is left
            because their spiders or browsers are missing.
        ValueError: a source's URL is not a valid URL.
        RuntimeError: this process has run a crawl before.
    """
    if _has_crawled.is_set():
        raise RuntimeError("a process can run one crawl: start another process for the next one")
    options = options or CrawlOptions()
    settings = _build_settings(options)
    unusable = find_unusable_sources(sources, settings)
    sources = [source for source in sources if source.url not in unusable]
    if unusable and not sources:
        raise ConfigError(next(iter(unusable.values())))
    options = replace(options, skipped=(*options.skipped, *unusable.values()))
    with _restore_signals(), open_session(corpus, sources, options, on_progress) as session:
        _has_crawled.set()
        _run(session, settings)
        if session.error is not None:
            raise session.error
    return _send_alerts(session)


def find_unusable_sources(sources: Sequence[SourceConfig], settings: Settings) -> dict[str, str]:
    """Return the URLs of sources whose spider or browser is missing, each with a sentence about it.

    Raises ConfigError if a spider cannot be imported: which sources it is for is then unknown.
    """
    unusable = custom_spiders.find_missing_spiders(sources, settings)
    for source in sources:
        try:
            browser.require_browser([source])
        except ConfigError as error:
            unusable.setdefault(source.url, str(error))
    return unusable


def _send_alerts(session: Session) -> RunSummary:
    """Send the alerts of a run that has ended; return its summary, with notes about alerts that could not be sent."""
    summary = _add_remaining(session, replace(session.build_summary(), changes=_describe_changes(session)))
    config = session.options.alerts
    alert = config and build_alert(
        session.checkups,
        {key: site.source for key, site in session.sites.items()},
        run_id=session.run_id,
        exit_code=summary.exit_code,
        finished_at=datetime.now(UTC),
        summary_line=summary.format_line(),
        counts=summary.to_counts(),
    )
    if config and alert:
        return replace(summary, notes=(*summary.notes, *send_alert(alert, config.command, config.webhook)))
    return summary


def _run(session: Session, settings: Settings) -> None:
    """Run Scrapy's process until the crawl has ended."""
    process = AsyncCrawlerProcess(settings)
    log_to_stderr(session.options.log_format, session.options.log_level)
    crawler = process.create_crawler(NewsSpider)
    crawling = process.crawl(crawler, session=session)
    _handle_signals(crawler, session)
    with _limit_garbage_collection():
        process.start(install_signal_handlers=False)
    _handle_late_signals(session)
    if not crawling.done():
        _clean_up(crawler)
    elif error := crawling.exception():
        raise error


def _add_remaining(session: Session, summary: RunSummary) -> RunSummary:
    """Return the summary with what a run that was stopped has left, and with what a backfill has finished.

    The run is over, so a corpus that cannot be read now only costs the summary these counts.
    """
    since = session.options.since
    try:
        if summary.stopped:
            summary = replace(summary, waiting=session.frontier.count_waiting(list(session.sites)))
        if since is not None:
            positions = (session.corpus.crawl.get_backfill_positions(key, since) for key in session.sites)
            summary = replace(summary, finished_lists=sum(list(lists.values()).count(None) for lists in positions))
    except CorpusError as error:
        _log.warning("what the run has left could not be counted: %s", error)
    return summary


def _describe_changes(session: Session) -> tuple[str, ...]:
    """Describe which problems of sources have begun or ended with this run."""
    checkups = {checkup.source_run.source_id: checkup for checkup in session.checkups}
    sentences: list[str] = []
    for key, site in session.sites.items():
        report = site.stats.build_report()
        if checkup := checkups.get(key):
            sentences += describe_changes(report.label, checkup)
        elif report.problem:  # a typed host that does not exist is not remembered
            sentences.append(f"{report.label}: {report.problem}")
    return tuple(sentences)


@contextmanager
def _limit_garbage_collection() -> Iterator[None]:
    """Exclude imported modules from garbage collection: traversing them took 1 ms of the 10 ms that a page costs."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def load_project_settings() -> Settings:
    """Load Scrapy's settings of the project, without those of a crawl."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return settings


def _build_settings(options: CrawlOptions) -> Settings:
    """Build Scrapy's settings from those of the project and the options of this crawl."""
    settings = load_project_settings()
    settings.setdict(
        {
            "DOWNLOAD_DELAY": pad_delay(options.delay),
            "DOWNLOAD_TIMEOUT": options.timeout,
            "LOG_LEVEL": options.log_level,
            "LOG_INSTALL_ROOT_HANDLER": False,  # our handler escapes what must not reach a terminal
        },
        priority="cmdline",
    )
    parse_networks(settings[ALLOW_NETWORKS_SETTING])  # before anything starts: a typo in it is a user's error
    return settings


def _handle_signals(crawler: Crawler, session: Session) -> None:
    """Stop on a signal or at the time limit: finish pages under way; after a few seconds or a second signal, end."""
    loop = asyncio.get_event_loop()
    reasons = []

    def stop(reason: str) -> None:
        reasons.append(reason)
        if reason != TIME_LIMIT:
            session.in_thread.set_deadline()
        spider = crawler.spider
        if not isinstance(spider, NewsSpider) or len(reasons) > 1:
            get_reactor().crash()
            return
        spider.stop(reason)
        loop.call_later(GRACE_SECONDS, spider.give_up_pages)
        loop.call_later(
            GRACE_SECONDS + 1, get_reactor().crash
        )  # by then, requests without an answer have had their time too

    if session.options.max_runtime is not None:
        loop.call_later(session.options.max_runtime, stop, TIME_LIMIT)
    if threading.current_thread() is threading.main_thread():
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop, number.name)


def _handle_late_signals(session: Session) -> None:
    """From now on let a signal only shorten the wait for the database: what remains is to write the run's summary."""
    if threading.current_thread() is threading.main_thread():
        for number in STOP_SIGNALS:
            asyncio.get_event_loop().remove_signal_handler(number)
            signal.signal(number, lambda *_: session.in_thread.set_deadline())


@contextmanager
def _restore_signals() -> Iterator[None]:
    """Restore the signal handlers of the calling program when the crawl has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def get_reactor() -> Any:
    """Return Twisted's reactor. Importing it installs one, so Scrapy must have installed the right one before."""
    from twisted.internet import reactor

    return reactor


def _clean_up(crawler: Crawler) -> None:
    """End the tasks, threads and worker processes that a reactor leaves behind when it was stopped abruptly."""
    loop = asyncio.get_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        with suppress(RuntimeError):  # the crawl's own end, which is among them, stops the loop once more
            loop.run_until_complete(asyncio.wait(tasks, timeout=1))
    get_reactor().getThreadPool().stop()
    if isinstance(crawler.spider, NewsSpider):
        crawler.spider.close_resources()
