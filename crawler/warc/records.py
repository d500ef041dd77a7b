"""Selects the wanted pages of WARC files, and converts them for the cleaner and for the corpus."""

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
from crawler.urls.user_patterns import accepts_url
from storage import FetchedPage, Lease

FOUND_IN_WARC: Final = "warc"
"""The kind of listing (``found_in``) of imported pages."""
CUT_OFF_FLAG: Final = "page-cut-off"
"""The flag of an article of whose page the archive has only the beginning: Common Crawl keeps 1 MB of each page."""

# Responses without a content type are tried: the cleaner rejects what is not HTML.
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml", "")
_PAGE_STATUSES: Final = (200, 203)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Which pages of WARC files are wanted."""

    sites: Mapping[str, SourceConfig] | None = None
    """Sources by the site of each of their hosts; ``None`` for pages of any site."""
    since: date | datetime | None = None
    """Pages fetched or published before this are not wanted; a ``datetime`` has a time zone."""
    include: tuple[str, ...] = ()
    """Regular expressions; URLs must match at least one of them, unless there are none."""
    exclude: tuple[str, ...] = ()
    """Regular expressions; URLs that match one of them are not wanted."""
    opt_out: OptOutList = EMPTY_OPT_OUT_LIST
    """Hosts and URLs whose pages are not wanted."""

    def __str__(self) -> str:
        """Return the filter as text; equal filters have the same text.

        The corpus stores it with the progress in a file: with another filter, the file is read from its beginning.
        """
        sites = [f"{site}: {source.include} {source.exclude}" for site, source in (self.sites or {}).items()]
        site_names = "any site" if self.sites is None else "; ".join(sorted(sites))
        return f"{site_names} | since {self.since} | include {self.include} | exclude {self.exclude}"

    def matches(self, record: WarcRecord, url: str) -> bool:
        """Return whether a record is a page that is wanted.

        Args:
            record: the record.
            url: its canonical URL.
        """
        is_page = record.status in _PAGE_STATUSES and _get_content_type(record) in _PAGE_TYPES
        return is_page and self._is_recent(record.fetched_at) and self._accepts_url(url)

    def matches_article(self, article: Article) -> bool:
        """Return whether an article is wanted, now that its publication date is known.

        A date without a day is accepted, since it may be late enough.
        """
        # "2024" is stored as its first day. Comparing that would drop articles of the months after it.
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
        return accepts_url(self.include, self.exclude, url)

    def _is_recent(self, time: datetime | None) -> bool:
        if self.since is None or time is None:
            return True
        if isinstance(self.since, datetime):
            return time >= self.since
        return time.date() >= self.since


def map_sources_by_site(sources: Sequence[SourceConfig]) -> dict[str, SourceConfig]:
    """Return the sources by the sites that belong to them: that of their URL, and their further hosts.

    If two sources share a site, the last one gets it.
    """
    return {site: source for source in sources for site in dict.fromkeys([get_site(source.url), *source.hosts])}


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """A wanted page of an archive."""

    record: WarcRecord
    url: str
    """The canonical URL."""

    def to_page(self) -> Page:
        """Return the page as the worker processes get it.

        The capture itself is its key, with which the result comes back.
        """
        charset = parse_charset(self.record.get_header("Content-Type"))
        return Page(self.record.body, self.url, key=self, charset=charset)


def select_record(record: WarcRecord, record_filter: RecordFilter) -> CapturedPage | None:
    """Return the page in a record; ``None`` if it has none, or none that is wanted.

    Records whose URL cannot be parsed are skipped.
    """
    try:
        url = canonicalise(record.url)
        return CapturedPage(record, url) if record_filter.matches(record, url) else None
    except ValueError:  # not the URL of a web page
        return None


def read_captured_page(page: Page) -> CleanedNews | RejectedPage:
    """Clean an archived page and decide whether it is news. Runs in a worker process.

    Archived pages have been found by someone else, so they must prove to be news, like pages from sitemaps.
    """
    assert isinstance(page.content, bytes)
    assert page.url is not None
    return read_article(page.content, page.url, page.charset, FOUND_IN_WARC)


def to_fetched_page(
    capture: CapturedPage, fetched_at: datetime, source_id: int, read: CleanedNews | RejectedPage | WorkerLostError
) -> FetchedPage:
    """Convert an archived page to the form in which the corpus stores fetched ones.

    Its lease has the number 0, because the page was never in the frontier.

    Args:
        capture: the page.
        fetched_at: when the archive fetched it, with a time zone.
        source_id: the source of its site.
        read: the result of cleaning it.
    """
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
        # In the corpus, timeout means that a server did not respond in time.
        return (TIMEOUT_OUTCOME if read.outcome == Outcome.TIMEOUT else read.outcome), read.detail
    return "article", None if record.is_whole else "the archive has only the beginning of the page"


def _mark_cut_off(record: WarcRecord, cleaned: Cleaned) -> Cleaned:
    if record.is_whole:
        return cleaned
    return replace(cleaned, article=replace(cleaned.article, flags=(*cleaned.article.flags, CUT_OFF_FLAG)))


def _get_content_type(record: WarcRecord) -> str:
    return record.get_header("Content-Type").partition(";")[0].strip().lower()
