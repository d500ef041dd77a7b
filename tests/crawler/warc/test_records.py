"""Which pages of an archive are wanted, and in which form the corpus gets them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cleaning import Article, Cleaned
from cleaning.web.warc import Record
from cleaning.worker_pool import WorkerLostError
from crawler.config.models import SourceConfig
from crawler.config.opt_out import OptOut
from crawler.pages.tasks import News, Rejected
from crawler.warc.records import Capture, Selection, fetched_page, sites_of, wanted

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)
RECORD = Record(
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
OF_WIRE = Selection(sites=sites_of([WIRE]))


def at(url: str) -> Record:
    return replace(RECORD, url=url)


def of_type(*headers: tuple[bytes, bytes]) -> Record:
    return replace(RECORD, headers=headers)


@pytest.mark.parametrize(
    ("record", "selection", "is_wanted"),
    [
        (RECORD, Selection(), True),
        (RECORD, OF_WIRE, True),
        (at("http://news.wire.example/a"), OF_WIRE, True),
        (at("https://shop.wire.example/a"), OF_WIRE, False),
        (at("https://other.example/a"), OF_WIRE, False),
        (at("https://wire.example/sport/a"), OF_WIRE, False),
        (at("https://wire.example/sport/a"), Selection(exclude=("football",)), True),
        (RECORD, Selection(exclude=("/news/",)), False),
        (RECORD, Selection(include=("/2024/",)), False),
        (RECORD, Selection(include=("/2024/", r"/\d$")), True),
        (RECORD, Selection(opt_out=OptOut(["wire.example"])), False),
        (RECORD, Selection(since=date(2024, 10, 1)), True),
        (RECORD, Selection(since=date(2024, 10, 2)), False),
        (RECORD, Selection(since=NOON), True),
        (RECORD, Selection(since=datetime(2024, 10, 1, 13, tzinfo=UTC)), False),
        (replace(RECORD, fetched_at=None), Selection(since=date(2030, 1, 1)), True),
        (replace(RECORD, first_line="HTTP/1.1 404 Not Found"), Selection(), False),
        (replace(RECORD, first_line="HTTP/1.1 301 Moved"), Selection(), False),
        (replace(RECORD, first_line="HTTP/1.1"), Selection(), False),
        (of_type((b"content-type", b"Text/HTML")), Selection(), True),
        (of_type((b"Content-Type", b"application/xhtml+xml")), Selection(), True),
        (of_type(), Selection(), True),
        (of_type((b"Content-Type", b"application/pdf")), Selection(), False),
        (of_type((b"Content-Type", b"text/css")), Selection(), False),
        (at("https://[::1/a"), Selection(), False),
        (at("https://"), OF_WIRE, False),
    ],
)
def test_pages_are_chosen(record: Record, selection: Selection, is_wanted: bool) -> None:
    assert (wanted(record, selection) is not None) == is_wanted


def test_addresses_become_canonical_and_charsets_are_told() -> None:
    capture = wanted(RECORD, OF_WIRE)
    assert capture is not None
    page = capture.page()
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
    assert Selection(since=date(2024, 10, 1)).wants_article(article) == is_wanted


def test_the_same_selection_is_called_the_same() -> None:
    other = SourceConfig(url="https://dhow.example/")
    assert str(Selection(sites=sites_of([WIRE, other]))) == str(Selection(sites=sites_of([other, WIRE])))
    selections = [
        Selection(),
        OF_WIRE,
        Selection(sites=sites_of([replace(WIRE, exclude=())])),
        Selection(since=NOON),
        Selection(since=NOON.date()),
        Selection(include=("a",)),
        Selection(exclude=("a",)),
    ]
    assert len(set(map(str, selections))) == len(selections)


URL = "https://www.wire.example/news/1"
CLEANED = Cleaned(Article(text="One.", blocks=(), flags=("developing",)), ())


def test_what_was_read_becomes_what_the_corpus_takes() -> None:
    capture = Capture(RECORD, URL)
    page = fetched_page(capture, NOON, 7, News(CLEANED, "wire.example/news/1"))
    assert (page.outcome, page.detail, page.cleaned, page.article_key) == (
        "article",
        None,
        CLEANED,
        "wire.example/news/1",
    )
    assert (page.final_url, page.http_status, page.fetched_at, page.bytes, page.etag) == (URL, 200, NOON, 17, '"7"')
    lease = page.lease
    assert (lease.id, lease.url, lease.source_id, lease.host, lease.found_in) == (0, URL, 7, "www.wire.example", "warc")
    short = fetched_page(capture, NOON, 7, Rejected("too-short", "3 words"))
    assert (short.outcome, short.detail, short.cleaned) == ("too-short", "3 words", None)
    lost = [fetched_page(capture, NOON, 7, WorkerLostError(name, "x")).outcome for name in ("timeout", "out-of-memory")]
    assert lost == ["cleaner-timeout", "out-of-memory"]


def test_a_page_that_the_archive_cut_off_is_flagged() -> None:
    page = fetched_page(Capture(replace(RECORD, is_whole=False), URL), NOON, 7, News(CLEANED, "k"))
    assert page.cleaned is not None
    assert page.cleaned.article.flags == ("developing", "page-cut-off")
    assert page.detail == "the archive has only the beginning of the page"
