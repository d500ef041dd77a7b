"""Pages from WARC files: what is taken, what is left, and how far a file has been read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crawl_steps import NOON, Crawl

from storage import FetchedPage, Lease

URL = "https://wire.example/news/1"


def capture(crawl: Crawl, content=None, url: str = URL, **fields) -> FetchedPage:
    lease = Lease(0, url, crawl.source.id, "wire.example", "warc", 0, None)
    return replace(crawl.page(lease, content), **fields)


@pytest.fixture
def progress(corpus):
    return corpus.crawl.start_warc_import("/archive/a.warc.gz", "any site", 1000)


def take(crawl: Crawl, progress, *pages: FetchedPage) -> list[str]:
    return crawl.frontier.import_pages(pages, progress)


def test_a_page_becomes_an_article_with_its_address(crawl, corpus, cleaned, progress) -> None:
    page = capture(crawl, cleaned("One.\n\nTwo."))
    assert take(crawl, progress, page) == ["stored"]
    stored = corpus.find(URL)
    assert stored is not None
    assert (stored.url, stored.outcome, stored.fetched_at, stored.version) == (URL, "stored", NOON, 1)
    assert crawl.find(URL) == 0, "the crawl knows it now"
    assert corpus.stats().by_outcome == {"stored": 1}
    assert corpus.stats().queued == 0


def test_what_was_judged_before_is_known(crawl, corpus, cleaned, progress) -> None:
    pages = [capture(crawl, cleaned("One.")), capture(crawl, url=URL + "0", outcome="too-short")]
    assert take(crawl, progress, *pages, pages[0]) == ["stored", "too-short", "known"]
    assert take(crawl, progress, *pages) == ["known", "known"]
    assert corpus.stats().by_outcome == {"stored": 1, "too-short": 1}
    keys = ["wire.example/news/1", "wire.example/news/10", "wire.example/news/2"]
    assert [crawl.frontier.is_known(key, NOON) for key in keys] == [True, True, False]


def test_an_earlier_state_of_an_article_is_known_and_a_later_one_is_a_version(crawl, corpus, cleaned, progress) -> None:
    hour = timedelta(hours=1)
    assert take(crawl, progress, capture(crawl, cleaned("One."))) == ["stored"]
    assert take(crawl, progress, capture(crawl, cleaned("Before."), fetched_at=NOON - hour)) == ["known"]
    assert take(crawl, progress, capture(crawl, cleaned("One."), fetched_at=NOON + hour)) == ["unchanged"]
    assert take(crawl, progress, capture(crawl, cleaned("Two."), fetched_at=NOON + 2 * hour)) == ["updated"]
    stored = corpus.find(URL)
    assert (stored.text, stored.version) == ("Two.", 2)
    assert [version.text for version in corpus.versions(stored.id)] == ["One."]


def test_another_capture_of_a_page_without_an_article_is_looked_at(crawl, cleaned, progress) -> None:
    assert take(crawl, progress, capture(crawl, outcome="consent-page")) == ["consent-page"]
    earlier = capture(crawl, cleaned("One."), fetched_at=NOON - timedelta(days=1))
    assert take(crawl, progress, earlier) == ["stored"]


def test_an_address_that_waits_in_the_queue_is_done_with_it(crawl, corpus, cleaned, progress) -> None:
    crawl.find(URL, published=NOON)
    assert take(crawl, progress, capture(crawl, cleaned("One."))) == ["stored"]
    assert crawl.lease() == []


def test_an_address_that_the_crawl_could_not_fetch_is_had_from_a_file(new_crawl, corpus, cleaned, progress) -> None:
    crawl = new_crawl()
    crawl.find(URL)
    assert crawl.frontier.record_fetches([crawl.failed(crawl.lease()[0], "http-404", 404)]) == ["http-404"]
    earlier = capture(crawl, cleaned("One."), fetched_at=NOON - timedelta(days=30))
    assert take(new_crawl(), progress, earlier) == ["stored"]


def test_later_looks_stay_due(new_crawl, corpus, cleaned, progress) -> None:
    crawl = new_crawl()
    due = datetime.now(UTC) - timedelta(hours=1)
    for url in (URL, URL + "0"):
        crawl.fetch(url, cleaned("One " + url), revisit_at=due, fetched_at=NOON)
    later = new_crawl()
    assert take(later, progress, capture(crawl, cleaned("New."), fetched_at=NOON + timedelta(hours=1))) == ["updated"]
    assert later.frontier.queue_revisits([crawl.source.id]) == 2
    # Queued by now, and not leased yet: an archive that has the page does not stand in for the look.
    page = capture(crawl, cleaned("Newer."), URL + "0", fetched_at=NOON + timedelta(hours=1))
    assert take(later, progress, page) == ["updated"]
    assert {lease.url for lease in new_crawl().lease()} == {URL}
    assert later.frontier.queue_revisits([crawl.source.id]) == 1


def test_an_articles_other_address_is_a_duplicate(crawl, cleaned, progress) -> None:
    key = {"article_key": "wire.example/news/1"}
    first = capture(crawl, cleaned("One."), **key)
    again = capture(crawl, cleaned("One."), URL + "-again", fetched_at=NOON + timedelta(hours=1), **key)
    assert take(crawl, progress, first, again) == ["stored", "duplicate"]


def test_a_page_that_the_database_refuses_leaves_the_others_alone(crawl, corpus, cleaned, progress) -> None:
    poison = capture(crawl, cleaned("One."), URL + "0", bytes=2**70)
    assert take(crawl, progress, poison, capture(crawl, cleaned("Two."))) == ["storage-error", "stored"]


# How far a file has been read

FILE = "/archive/a.warc.gz"


def test_progress_is_kept_with_the_pages(crawl, corpus, cleaned, progress) -> None:
    assert (progress.path, progress.size, progress.offset, progress.finished_at) == (FILE, 1000, 0, None)
    take(crawl, replace(progress, offset=400, records=7), capture(crawl, cleaned("One.")))
    known = corpus.crawl.start_warc_import(FILE, "any site", 1000)
    assert (known.id, known.offset, known.records) == (progress.id, 400, 7)
    broken = replace(capture(crawl, cleaned("Two."), URL + "0"), lease=None)
    with pytest.raises(AttributeError):
        take(crawl, replace(progress, offset=900), capture(crawl, cleaned("Three."), URL + "3"), broken)
    assert corpus.crawl.start_warc_import(FILE, "any site", 1000).offset == 400
    assert corpus.find(URL + "3") is None, "neither the page nor the progress without the other"


def test_another_selection_reads_the_file_anew(crawl, corpus, progress) -> None:
    take(crawl, replace(progress, offset=1000, finished_at=NOON))
    assert corpus.crawl.start_warc_import(FILE, "any site", 1000).finished_at == NOON
    other = corpus.crawl.start_warc_import(FILE, "wire.example", 1000)
    assert (other.offset, other.finished_at, other.id != progress.id) == (0, None, True)


def test_a_file_that_has_grown_is_read_on_and_one_that_has_shrunk_anew(crawl, corpus, progress) -> None:
    take(crawl, replace(progress, offset=1000, records=7, finished_at=NOON))
    grown = corpus.crawl.start_warc_import(FILE, "any site", 1500)
    assert (grown.size, grown.offset, grown.records, grown.finished_at) == (1500, 1000, 7, None)
    shrunk = corpus.crawl.start_warc_import(FILE, "any site", 900)
    assert (shrunk.size, shrunk.offset, shrunk.records, shrunk.finished_at) == (900, 0, 0, None)
