"""What a crawl keeps in the corpus: runs, sources, listings, hosts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import Corpus, Host, SourceRun

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)


def test_runs(corpus):
    first = corpus.crawl.start_run("crawl https://wire.example")
    second = corpus.crawl.start_run("crawl")
    corpus.crawl.finish_run(first, {"found": 30, "stored": 28}, "ok")
    running, finished = corpus.monitoring.list_runs()
    assert (running.id, running.finished_at, running.outcome, running.summary) == (second, None, None, {})
    assert (finished.id, finished.arguments, finished.outcome) == (first, "crawl https://wire.example", "ok")
    assert finished.summary == {"found": 30, "stored": 28}
    assert finished.started_at <= finished.finished_at
    assert finished.started_at.tzinfo is UTC
    assert corpus.monitoring.list_runs(limit=1) == [running]


def test_a_source_is_made_once(corpus):
    made = corpus.crawl.get_or_create_source("https://www.Wire.example/news", "Axadle")
    assert (made.key, made.name, made.url) == ("wire.example", "Axadle", "https://www.Wire.example/news")
    assert corpus.crawl.get_or_create_source("wire.example") == made
    assert corpus.crawl.get_or_create_source("http://wire.example", "Axadle News").name == "Axadle News"
    assert corpus.crawl.get_or_create_source("wire.example").name == "Axadle News"
    assert corpus.crawl.get_or_create_source("garowe.example").url == "https://garowe.example"


def test_the_group_of_a_source(corpus):
    assert corpus.crawl.get_or_create_source("wire.example", group="Asia").group_name == "Asia"
    assert corpus.crawl.get_or_create_source("wire.example", "Axadle").group_name == "Asia"
    assert corpus.crawl.get_or_create_source("wire.example", group="Horn").group_name == "Horn"
    assert corpus.crawl.get_or_create_source("wire.example", group="").group_name is None
    assert corpus.crawl.get_or_create_source("garowe.example", group="").group_name is None


@pytest.mark.parametrize("site", ["", "not a site", "ftp://wire.example", "https://"])
def test_what_is_no_site(corpus, site):
    with pytest.raises(ValueError, match=r"."):
        corpus.crawl.get_or_create_source(site)


def test_a_feed_is_made_known_once_and_its_looks_are_noted(crawl, corpus):
    source = crawl.source.id
    known = corpus.crawl.save_feed(source, "https://wire.example/feed", "feed")
    assert (known.kind, known.etag, known.polled_at, known.entries) == ("feed", None, None, 0)
    look = {"etag": '"a"', "last_modified": "Tue", "body_hash": "x", "entries": 9}
    look |= {"polled_at": NOON, "changed_at": NOON}
    looked = corpus.crawl.save_feed(source, "https://wire.example/feed", "feed", **look)
    assert looked.id == known.id
    assert {name: getattr(looked, name) for name in look} == look
    assert corpus.crawl.save_feed(source, "https://wire.example/feed", "section") == looked  # as it was: no new look
    later = NOON + timedelta(hours=1)
    unchanged = corpus.crawl.save_feed(
        source, "https://wire.example/feed", "feed", polled_at=later, body_hash="x", entries=9
    )
    assert (unchanged.polled_at, unchanged.changed_at) == (later, NOON)
    assert (unchanged.etag, unchanged.last_modified) == (None, None)  # the answer had none this time


def test_feeds_of_one_source(crawl, new_crawl, corpus):
    other = new_crawl("https://garowe.example/")
    urls = ["https://wire.example/feed", "https://wire.example/sitemap.xml"]
    for url in urls:
        corpus.crawl.save_feed(crawl.source.id, url, "sitemap")
    corpus.crawl.save_feed(other.source.id, urls[0], "feed")
    assert [feed.url for feed in corpus.crawl.list_feeds(crawl.source.id)] == urls
    assert [feed.source_id for feed in corpus.crawl.list_feeds(other.source.id)] == [other.source.id]
    assert corpus.crawl.list_feeds(99) == []


def test_what_a_host_asked_for_is_remembered(corpus: Corpus):
    assert corpus.crawl.get_host("wire.example") == Host("wire.example")
    asked = Host("wire.example", datetime(2026, 1, 1, tzinfo=UTC), None, 200, "User-agent: *\n")
    corpus.crawl.save_host(asked)
    corpus.crawl.save_host(replace(asked, paused_until=None))
    assert corpus.crawl.get_host("wire.example") == replace(asked, paused_until=None)


def test_what_runs_did_on_sources(corpus: Corpus, crawl, new_crawl):
    now = datetime.now(UTC)
    runs = [corpus.crawl.start_run("crawl") for _ in range(3)]
    other = corpus.crawl.get_or_create_source("https://other.example/")
    for run in runs:
        corpus.crawl.save_source_runs(
            SourceRun(run_id=run, source_id=source, at=now, found=run, outcomes={"stored": run}, drift="silent")
            for source in (crawl.source.id, other.id)
        )
    mine = corpus.monitoring.list_source_runs(source_id=other.id, limit=2)
    assert [(each.run_id, each.outcomes["stored"]) for each in mine] == [(runs[2], runs[2]), (runs[1], runs[1])]
    assert [each.source_id for each in corpus.monitoring.list_source_runs(run_id=runs[0])] == [
        crawl.source.id,
        other.id,
    ]


def test_what_was_learned_of_a_source_is_kept(corpus: Corpus, crawl):
    corpus.crawl.save_profile(crawl.source.id, '{"version": 1}')
    assert [source.profile for source in corpus.sources()] == ['{"version": 1}']


def test_removing_a_source_keeps_its_articles(crawl, corpus):
    kept = crawl.store("The flood in Mombasa.", "Flood")
    crawl.find("https://wire.example/queued")
    (source,) = corpus.sources()
    corpus.crawl.save_feed(source.id, "https://wire.example/feed", "feed")
    assert not corpus.crawl.remove_source(source.id)
    assert [article.title for article in corpus.iter()] == ["Flood"]
    assert not corpus.crawl.list_feeds(source.id)
    assert "https://wire.example/queued" not in corpus.list_source_urls("wire.example")
    corpus.erase(corpus.find_article_ids(source="wire.example"))
    assert corpus.crawl.remove_source(source.id)
    assert not corpus.sources()
    assert kept is not None


def test_removing_one_source_leaves_the_others(crawl, corpus):
    crawl.store("The flood in Mombasa.", "Flood")
    other = corpus.crawl.get_or_create_source("typo.example")
    assert corpus.crawl.remove_source(other.id)
    assert [source.key for source in corpus.sources()] == ["wire.example"]
