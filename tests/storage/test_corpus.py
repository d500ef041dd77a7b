"""Articles that are read and saved, and the corpus in figures."""

import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from harbour import PAGE as HARBOUR_PAGE
from harbour import URL as HARBOUR_URL

from cleaning import clean_and_explain
from cleaning.article import Removal
from storage import Corpus, Stats
from storage.corpus import BATCH_ARTICLES

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)
URL = "https://wire.example/news/ceasefire"
LONG_WORD = "x" * 79 + " "  # much text, and little work to index it


def test_an_article_as_json(crawl, cleaned, corpus):
    published = datetime(2024, 10, 1, 15, 30, tzinfo=timezone(timedelta(hours=3)))
    fields = {"published": published, "editors": ("Ali Musa",), "paywalled": False}
    content = cleaned("The ceasefire\n\nholds. 停火", "Calm", **fields)
    crawl.fetch(URL, content)
    exported = json.loads(json.dumps(corpus.get(1).as_json()))
    assert exported["published"] == "2024-10-01T15:30:00+03:00"
    assert exported["fetched_at"] == "2024-10-01T12:00:00+00:00"
    assert exported["text"] == "The ceasefire\n\nholds. 停火"
    assert (exported["editors"], exported["authors"]) == (["Ali Musa"], [])
    assert (exported["modified"], exported["paywalled"], exported["source"]) == (None, False, "wire.example")
    assert exported["removals"] == [{"step": "drop_boilerplate_lines", "rule": "editor", "text": "Edited by: Ali Musa"}]


@pytest.mark.parametrize(
    "spelling",
    [
        URL,
        "http://www.wire.example/news/ceasefire/",
        "HTTPS://WIRE.EXAMPLE/news/ceasefire?utm_source=x#top",
        "https://wire.example/short",
    ],
)
def test_find_by_any_spelling(crawl, cleaned, corpus, spelling):
    crawl.fetch("https://wire.example/short", cleaned("The ceasefire holds."), final_url=URL)
    assert corpus.find(spelling).url == URL


@pytest.mark.parametrize(
    "url", ["https://wire.example/nowhere", "not an address", "", "ftp://wire.example/", "http://[bad"]
)
def test_find_nothing(crawl, corpus, url):
    crawl.store("The ceasefire holds.")
    assert corpus.find(url) is None


def test_an_address_without_an_article_is_not_found(crawl, corpus):
    crawl.find(URL)
    crawl.frontier.record_fetches([crawl.failed(crawl.lease()[0], "index-page", 200)])
    assert corpus.find(URL) is None


def test_iter_goes_on_over_pages(crawl, cleaned, corpus):
    count = BATCH_ARTICLES * 2 + 3
    urls = [f"https://wire.example/news/{number}" for number in range(count)]
    crawl.find(*urls)
    crawl.frontier.record_fetches([crawl.page(lease, cleaned(f"Text {lease.id}")) for lease in crawl.lease()])
    assert [article.url for article in corpus.iter()] == urls
    assert len(list(corpus.iter("text"))) == count


def test_iter_takes_constant_memory(crawl, cleaned, corpus):
    crawl.find(*(f"https://wire.example/news/{number}" for number in range(450)))
    pages = [crawl.page(lease, cleaned(f"Text {lease.id} " + LONG_WORD * 250)) for lease in crawl.lease()]
    crawl.frontier.record_fetches(pages)
    size = sum(len(page.cleaned.article.text) for page in pages)
    del pages
    next(corpus.iter())
    tracemalloc.start()
    assert sum(1 for _ in corpus.iter()) == 450
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size


def test_a_crawl_may_write_while_articles_are_read(crawl, corpus):
    for number in range(3):
        crawl.store(f"Text {number}")
    articles = corpus.iter()
    next(articles)
    crawl.store("Text of another article")
    assert len(list(articles)) == 2


def test_figures(crawl, new_crawl, cleaned, corpus, path):
    crawl.store("Of the ceasefire.", language="en", published=NOON)
    crawl.store("Xabbad joojin.", language="so", published=NOON + timedelta(days=2))
    crawl.store("Of aid.", language="en", published=None)
    other = new_crawl("https://garowe.example/")
    other.fetch("https://garowe.example/1", cleaned("Of rain.", language="en"))
    other.find("https://garowe.example/2", "https://garowe.example/3", "https://garowe.example/4")
    failing, _ = other.lease(2)
    other.frontier.record_fetches([other.failed(failing, "timeout")])
    corpus.crawl.save_feed(crawl.source.id, "https://wire.example/feed", "feed")
    stats = corpus.stats()
    assert stats == Stats(
        articles=4,
        sources=2,
        feeds=1,
        queued=3,
        by_language={"en": 3, "so": 1},
        by_source={"wire.example": 3, "garowe.example": 1},
        by_outcome={"stored": 4, "timeout": 1},
        first_published=NOON,
        last_published=NOON + timedelta(days=2),
        last_run=corpus.monitoring.list_runs()[0],
        bytes=stats.bytes,
    )
    assert next(iter(stats.by_language)) == "en"
    assert stats.bytes >= path.stat().st_size > 0


def test_figures_of_an_empty_corpus(corpus):
    stats = corpus.stats()
    assert (stats.articles, stats.by_source, stats.first_published, stats.last_run) == (0, {}, None, None)


def test_threads_may_share_a_corpus(crawl, cleaned, corpus):
    crawl.find(*(f"https://wire.example/news/{number}" for number in range(80)))

    def write():
        while leases := crawl.lease(4):
            crawl.frontier.record_fetches([crawl.page(lease, cleaned(f"Ceasefire {lease.id}")) for lease in leases])

    with ThreadPoolExecutor(4) as threads:
        writing = threads.submit(write)
        reading = [threads.submit(corpus.search, "ceasefire", limit=100) for _ in range(30)]
        counts = [len(future.result()) for future in reading]
        writing.result()
    assert all(count % 4 == 0 for count in counts)  # each sees whole batches
    assert len(corpus.search("ceasefire", limit=100)) == 80


def test_a_closed_corpus_has_nothing_beside_its_file(corpus, crawl, path):
    crawl.store("The ceasefire holds.")
    corpus.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with Corpus.open(str(path), read_only=True) as again:
        assert len(again.search("ceasefire")) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_saving_what_is_new_unchanged_and_changed(corpus) -> None:
    cleaned = clean_and_explain(HARBOUR_PAGE, HARBOUR_URL)
    article_id = corpus.save(cleaned, HARBOUR_URL)
    assert corpus.save(cleaned, HARBOUR_URL) == article_id
    assert corpus.get(article_id).version == 1
    assert (
        corpus.save(clean_and_explain(HARBOUR_PAGE.replace("twelve", "thirteen"), HARBOUR_URL), HARBOUR_URL)
        == article_id
    )
    assert (corpus.get(article_id).version, len(corpus.versions(article_id))) == (2, 1)
    assert [alias.url for alias in corpus.list_urls(article_id)] == [HARBOUR_URL]


def test_saving_what_is_no_address(corpus) -> None:
    with pytest.raises(ValueError, match="not an address"):
        corpus.save(clean_and_explain(HARBOUR_PAGE, HARBOUR_URL), "not an address")


def test_removals_are_kept(corpus, stored) -> None:
    assert [removal for removal in corpus.get(stored).removals if removal.rule == "editor"] == [
        Removal("drop_boilerplate_lines", "editor", "Edited by: Ali Musa")
    ]
