"""WARC files as a source of pages: which of their pages are wanted, and what the cleaner gets of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from cleaning.article import Article, Cleaned
from cleaning.batch import Page
from cleaning.html.decoding import parse_charset
from cleaning.outcomes import Outcome
from cleaning.urls import canonicalise, get_site
from cleaning.web.warc import WarcRecord
from cleaning.worker_pool import WorkerLostError
from crawler.config.models import SourceConfig
from crawler.config.opt_out import EMPTY_OPT_OUT_LIST, OptOutList
from crawler.pages.tasks import CleanedNews, RejectedPage, read_article
from crawler.pages.workers import TIMEOUT_OUTCOME
from storage import FetchedPage, Lease

FOUND_IN_WARC: Final = "warc"
CUT_OFF_FLAG: Final = "page-cut-off"
"""The flag of an article whose page the archive has only the beginning of: Common Crawl keeps 1 MB of each."""

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml", "")
_PAGE_STATUSES: Final = (200, 203)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What is wanted of WARC files."""

    sites: Mapping[str, SourceConfig] | None = None
    """Sources by the site of each of their hosts; ``None``: pages of any site."""
    since: date | datetime | None = None
    """Nothing that was fetched or published before; a moment has a zone."""
    include: tuple[str, ...] = ()
    """Regular expressions; only addresses in which one of them is found are taken. Empty: all are."""
    exclude: tuple[str, ...] = ()
    """Regular expressions; addresses in which one of them is found are not taken."""
    opt_out: OptOutList = EMPTY_OPT_OUT_LIST
    """Whose pages are not taken."""

    def __str__(self) -> str:
        """The selection in words that are the same for the same selection."""
        sites = [f"{site}: {source.include} {source.exclude}" for site, source in (self.sites or {}).items()]
        named = "any site" if self.sites is None else "; ".join(sorted(sites))
        return f"{named} | since {self.since} | include {self.include} | exclude {self.exclude}"

    def matches(self, record: WarcRecord, url: str) -> bool:
        """Whether a record holds a page that is wanted; ``url`` is its canonical address."""
        is_page = record.status in _PAGE_STATUSES and _get_content_type(record) in _PAGE_TYPES
        return is_page and self._is_recent(record.fetched_at) and self._accepts_url(url)

    def matches_article(self, article: Article) -> bool:
        """Whether an article is wanted, now that it is known when it was published."""
        if article.published_precision in ("year", "month"):
            return True
        return self._is_recent(article.published)

    def _accepts_url(self, url: str) -> bool:
        if self.opt_out.find_entry(url):
            return False
        if self.sites is not None:
            source = self.sites.get(get_site(url))
            if source is None or not source.accepts_url(url):
                return False
        if any(re.search(pattern, url) for pattern in self.exclude):
            return False
        return not self.include or any(re.search(pattern, url) for pattern in self.include)

    def _is_recent(self, moment: datetime | None) -> bool:
        if self.since is None or moment is None:
            return True
        if isinstance(self.since, datetime):
            return moment >= self.since
        return moment.date() >= self.since


def map_sources_by_site(sources: Sequence[SourceConfig]) -> dict[str, SourceConfig]:
    """The sources by the sites that are theirs."""
    return {site: source for source in sources for site in dict.fromkeys([get_site(source.url), *source.hosts])}


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """A page of an archive that is wanted."""

    record: WarcRecord
    url: str
    """Canonical."""

    def to_page(self) -> Page:
        """What the worker processes get of it; it comes back as the page's key."""
        charset = parse_charset(self.record.get_header("Content-Type"))
        return Page(self.record.body, self.url, key=self, charset=charset)


def select_record(record: WarcRecord, record_filter: RecordFilter) -> CapturedPage | None:
    """The page in a record, if there is one and it is wanted."""
    try:
        url = canonicalise(record.url)
        return CapturedPage(record, url) if record_filter.matches(record, url) else None
    except ValueError:  # no address of a site
        return None


def read_captured_page(page: Page) -> CleanedNews | RejectedPage:
    """In a worker process: the article of a page, if it has one and it is news."""
    assert isinstance(page.content, bytes)
    assert page.url is not None
    return read_article(page.content, page.url, page.charset, FOUND_IN_WARC)


def to_fetched_page(
    capture: CapturedPage, fetched_at: datetime, source_id: int, read: CleanedNews | RejectedPage | WorkerLostError
) -> FetchedPage:
    """A page of an archive in the form in which the corpus takes fetched ones; its lease has no number yet."""
    record = capture.record
    outcome, detail = _find_outcome(record, read)
    return FetchedPage(
        lease=Lease(0, capture.url, source_id, urlsplit(capture.url).hostname or "", FOUND_IN_WARC, 0, None),
        final_url=capture.url,
        http_status=record.status,
        outcome=outcome,
        detail=detail,
        fetched_at=fetched_at,
        milliseconds=0,
        bytes=len(record.body),
        cleaned=_mark_cut_off(record, read.cleaned) if isinstance(read, CleanedNews) else None,
        article_key=read.article_key if isinstance(read, CleanedNews) else None,
        etag=record.get_header("ETag") or None,
        last_modified=record.get_header("Last-Modified") or None,
    )


def _find_outcome(record: WarcRecord, read: CleanedNews | RejectedPage | WorkerLostError) -> tuple[str, str | None]:
    if isinstance(read, RejectedPage):
        return read.reason, read.detail
    if isinstance(read, WorkerLostError):
        return (TIMEOUT_OUTCOME if read.outcome == Outcome.TIMEOUT else read.outcome), read.detail
    return "article", None if record.is_whole else "the archive has only the beginning of the page"


def _mark_cut_off(record: WarcRecord, cleaned: Cleaned) -> Cleaned:
    if record.is_whole:
        return cleaned
    return replace(cleaned, article=replace(cleaned.article, flags=(*cleaned.article.flags, CUT_OFF_FLAG)))


def _get_content_type(record: WarcRecord) -> str:
    return record.get_header("Content-Type").partition(";")[0].strip().lower()
