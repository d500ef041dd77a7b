"""WARC files as a source of pages: which of their pages are wanted, and what the cleaner gets of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from cleaning.article import Article, Cleaned
from cleaning.batch import Page
from cleaning.html.decoding import charset_of
from cleaning.outcomes import Outcome
from cleaning.urls import canonicalise, site_of
from cleaning.web.warc import Record
from cleaning.worker_pool import WorkerLostError
from crawler.config.models import SourceConfig
from crawler.config.opt_out import NOBODY, OptOut
from crawler.pages.tasks import News, Rejected, read_article
from crawler.pages.workers import TIMEOUT
from storage import FetchedPage, Lease

FOUND_IN: Final = "warc"
CUT_OFF: Final = "page-cut-off"
"""The flag of an article whose page the archive has only the beginning of: Common Crawl keeps 1 MB of each."""

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml", "")
_PAGES: Final = (200, 203)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted of WARC files."""

    sites: Mapping[str, SourceConfig] | None = None
    """Sources by the site of each of their hosts; ``None``: pages of any site."""
    since: date | datetime | None = None
    """Nothing that was fetched or published before; a moment has a zone."""
    include: tuple[str, ...] = ()
    """Regular expressions; only addresses in which one of them is found are taken. Empty: all are."""
    exclude: tuple[str, ...] = ()
    """Regular expressions; addresses in which one of them is found are not taken."""
    opt_out: OptOut = NOBODY
    """Whose pages are not taken."""

    def __str__(self) -> str:
        """The selection in words that are the same for the same selection."""
        sites = [f"{site}: {source.include} {source.exclude}" for site, source in (self.sites or {}).items()]
        named = "any site" if self.sites is None else "; ".join(sorted(sites))
        return f"{named} | since {self.since} | include {self.include} | exclude {self.exclude}"

    def wants(self, record: Record, url: str) -> bool:
        """Whether a record holds a page that is wanted; ``url`` is its canonical address."""
        is_page = record.status in _PAGES and _content_type(record) in _PAGE_TYPES
        return is_page and self._is_recent(record.fetched_at) and self._takes(url)

    def wants_article(self, article: Article) -> bool:
        """Whether an article is wanted, now that it is known when it was published."""
        if article.published_precision in ("year", "month"):
            return True
        return self._is_recent(article.published)

    def _takes(self, url: str) -> bool:
        if self.opt_out.entry_for(url):
            return False
        if self.sites is not None:
            source = self.sites.get(site_of(url))
            if source is None or not source.takes(url):
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


def sites_of(sources: Sequence[SourceConfig]) -> dict[str, SourceConfig]:
    """The sources by the sites that are theirs."""
    return {site: source for source in sources for site in dict.fromkeys([site_of(source.url), *source.hosts])}


@dataclass(frozen=True, slots=True)
class Capture:
    """A page of an archive that is wanted."""

    record: Record
    url: str
    """Canonical."""

    def page(self) -> Page:
        """What the worker processes get of it; it comes back as the page's key."""
        charset = charset_of(self.record.header("Content-Type"))
        return Page(self.record.body, self.url, key=self, charset=charset)


def wanted(record: Record, selection: Selection) -> Capture | None:
    """The page in a record, if there is one and it is wanted."""
    try:
        url = canonicalise(record.url)
        return Capture(record, url) if selection.wants(record, url) else None
    except ValueError:  # no address of a site
        return None


def read_capture(page: Page) -> News | Rejected:
    """In a worker process: the article of a page, if it has one and it is news."""
    assert isinstance(page.content, bytes)
    assert page.url is not None
    return read_article(page.content, page.url, page.charset, FOUND_IN)


def fetched_page(
    capture: Capture, fetched_at: datetime, source_id: int, read: News | Rejected | WorkerLostError
) -> FetchedPage:
    """A page of an archive in the form in which the corpus takes fetched ones; its lease has no number yet."""
    record = capture.record
    outcome, detail = _outcome(record, read)
    return FetchedPage(
        lease=Lease(0, capture.url, source_id, urlsplit(capture.url).hostname or "", FOUND_IN, 0, None),
        final_url=capture.url,
        http_status=record.status,
        outcome=outcome,
        detail=detail,
        fetched_at=fetched_at,
        milliseconds=0,
        bytes=len(record.body),
        cleaned=_cleaned(record, read.cleaned) if isinstance(read, News) else None,
        article_key=read.key if isinstance(read, News) else None,
        etag=record.header("ETag") or None,
        last_modified=record.header("Last-Modified") or None,
    )


def _outcome(record: Record, read: News | Rejected | WorkerLostError) -> tuple[str, str | None]:
    if isinstance(read, Rejected):
        return read.reason, read.detail
    if isinstance(read, WorkerLostError):
        return (TIMEOUT if read.outcome == Outcome.TIMEOUT else read.outcome), read.detail
    return "article", None if record.is_whole else "the archive has only the beginning of the page"


def _cleaned(record: Record, cleaned: Cleaned) -> Cleaned:
    if record.is_whole:
        return cleaned
    return replace(cleaned, article=replace(cleaned.article, flags=(*cleaned.article.flags, CUT_OFF)))


def _content_type(record: Record) -> str:
    return record.header("Content-Type").partition(";")[0].strip().lower()
