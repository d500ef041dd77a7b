"""Which pages of an archive are wanted, and in which form the corpus gets them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cleaning import Article, Cleaned
from cleaning.web.warc import WarcRecord
from cleaning.worker_pool import WorkerLostError
from crawler.config.models import SourceConfig
from crawler.config.opt_out import OptOutList
from crawler.pages.tasks import CleanedNews, RejectedPage
from crawler.warc.records import CapturedPage, RecordFilter, map_sources_by_site, select_record, to_fetched_page

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)
RECORD = WarcRecord(
    kind="response",
    url="https://www.wire.example/news/1?utm_source=feed",
    fetched_at=NOON,
    first_line="HTTP/1.1 200 OK",
    headers=((b"Content-Type", b"text/html; charset=Windows-1252"), (b"ETag", b'"7"')),
    body=b"<html>caf\xe9</html>",
    is_whole=True,
    ip_address=None,
    start=100,
    resume_at=900,
)
WIRE = SourceConfig(url="https://wire.example/", hosts=("news.wire.example",), exclude=("/sport/",))
OF_WIRE = RecordFilter(sites=map_sources_by_site([WIRE]))


def at(url: str) -> WarcRecord:
    return replace(RECORD, url=url)


def of_type(*headers: tuple[bytes, bytes]) -> WarcRecord:
    return replace(RECORD, headers=headers)


@pytest.mark.parametrize(
    ("record", "selection", "is_wanted"),
    [
        (RECORD, RecordFilter(), True),
        (RECORD, OF_WIRE, True),
        (at("http://news.wire.example/a"), OF_WIRE, True),
        (at("https://shop.wire.example/a"), OF_WIRE, False),
        (at("https://other.example/a"), OF_WIRE, False),
        (at("https://wire.example/sport/a"), OF_WIRE, False),
        (at("https://wire.example/sport/a"), RecordFilter(exclude=("football",)), True),
        (RECORD, RecordFilter(exclude=("/news/",)), False),
        (RECORD, RecordFilter(include=("/2024/",)), False),
        (RECORD, RecordFilter(include=("/2024/", r"/\d$")), True),
        (RECORD, RecordFilter(opt_out=OptOutList(["wire.example"])), False),
        (RECORD, RecordFilter(since=date(2024, 10, 1)), True),
        (RECORD, RecordFilter(since=date(2024, 10, 2)), False),
        (RECORD, RecordFilter(since=NOON), True),
        (RECORD, RecordFilter(since=datetime(2024, 10, 1, 13, tzinfo=UTC)), False),
        (replace(RECORD, fetched_at=None), RecordFilter(since=date(2030, 1, 1)), True),
        (replace(RECORD, first_line="HTTP/1.1 404 Not Found"), RecordFilter(), False),
        (replace(RECORD, first_line="HTTP/1.1 301 Moved"), RecordFilter(), False),
        (replace(RECORD, first_line="HTTP/1.1"), RecordFilter(), False),
        (of_type((b"content-type", b"Text/HTML")), RecordFilter(), True),
        (of_type((b"Content-Type", b"application/xhtml+xml")), RecordFilter(), True),
        (of_type(), RecordFilter(), True),
        (of_type((b"Content-Type", b"application/pdf")), RecordFilter(), False),
        (of_type((b"Content-Type", b"text/css")), RecordFilter(), False),
        (at("https://[::1/a"), RecordFilter(), False),
        (at("https://"), OF_WIRE, False),
    ],
)
def test_pages_are_chosen(record: WarcRecord, selection: RecordFilter, is_wanted: bool) -> None:
    assert (select_record(record, selection) is not None) == is_wanted


def test_addresses_become_canonical_and_charsets_are_told() -> None:
    capture = select_record(RECORD, OF_WIRE)
    assert capture is not None
    page = capture.to_page()
    assert (page.url, page.charset, page.content) == ("https://www.wire.example/news/1", "windows-1252", RECORD.body)


@pytest.mark.parametrize(
    ("published", "precision", "is_wanted"),
    [
        (None, None, True),
        (NOON, "minute", True),
        (datetime(2024, 9, 30, 23, 59, tzinfo=UTC), "minute", False),
        (datetime(2024, 1, 1, tzinfo=UTC), "day", False),
        (datetime(2024, 1, 1, tzinfo=UTC), "year", True),
    ],
)
def test_articles_are_chosen_by_their_date(published, precision, is_wanted: bool) -> None:
    article = Article(text="One.", blocks=(), published=published, published_precision=precision)
    assert RecordFilter(since=date(2024, 10, 1)).matches_article(article) == is_wanted


def test_the_same_selection_is_called_the_same() -> None:
    other = SourceConfig(url="https://dhow.example/")
    assert str(RecordFilter(sites=map_sources_by_site([WIRE, other]))) == str(
        RecordFilter(sites=map_sources_by_site([other, WIRE]))
    )
    selections = [
        RecordFilter(),
        OF_WIRE,
        RecordFilter(sites=map_sources_by_site([replace(WIRE, exclude=())])),
        RecordFilter(since=NOON),
        RecordFilter(since=NOON.date()),
        RecordFilter(include=("a",)),
        RecordFilter(exclude=("a",)),
    ]
    assert len(set(map(str, selections))) == len(selections)


URL = "https://www.wire.example/news/1"
CLEANED = Cleaned(Article(text="One.", blocks=(), flags=("developing",)), ())


def test_what_was_read_becomes_what_the_corpus_takes() -> None:
    capture = CapturedPage(RECORD, URL)
    page = to_fetched_page(capture, NOON, 7, CleanedNews(CLEANED, "wire.example/news/1"))
    assert (page.outcome, page.detail, page.cleaned, page.article_key) == (
        "article",
        None,
        CLEANED,
        "wire.example/news/1",
    )
    assert (page.final_url, page.http_status, page.fetched_at, page.bytes, page.etag) == (URL, 200, NOON, 17, '"7"')
    lease = page.lease
    assert (lease.id, lease.url, lease.source_id, lease.host, lease.found_in) == (0, URL, 7, "www.wire.example", "warc")
    short = to_fetched_page(capture, NOON, 7, RejectedPage("too-short", "3 words"))
    assert (short.outcome, short.detail, short.cleaned) == ("too-short", "3 words", None)
    lost = [
        to_fetched_page(capture, NOON, 7, WorkerLostError(name, "x")).outcome for name in ("timeout", "out-of-memory")
    ]
    assert lost == ["cleaner-timeout", "out-of-memory"]


def test_a_page_that_the_archive_cut_off_is_flagged() -> None:
    page = to_fetched_page(CapturedPage(replace(RECORD, is_whole=False), URL), NOON, 7, CleanedNews(CLEANED, "k"))
    assert page.cleaned is not None
    assert page.cleaned.article.flags == ("developing", "page-cut-off")
    assert page.detail == "the archive has only the beginning of the page"
