"""What the corpus tells of how sources do."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage import Corpus, SourceRun

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Looks:
    """Looks at one source, run by run."""

    def __init__(self, corpus: Corpus, site: str = "https://wire.example/") -> None:
        self.corpus = corpus
        self.source = corpus.crawl.get_or_create_source(site)

    def __call__(self, at: datetime, **values: Any) -> SourceRun:
        run_id = self.corpus.crawl.start_run("crawl")
        look = SourceRun(run_id=run_id, source_id=self.source.id, at=at, **values)
        self.corpus.crawl.save_source_runs([look])
        return look


@pytest.fixture
def look(corpus: Corpus) -> Looks:
    return Looks(corpus)


def pages(**outcomes: int) -> dict[str, Any]:
    named = {name.replace("_", "-"): number for name, number in outcomes.items()}
    return {"outcomes": named, "measured": named.get("stored", 0)}


def test_days_take_looks_together(corpus: Corpus, look: Looks):
    look(NOON, found=3, **pages(stored=2, too_short=1))
    look(NOON + HOUR)
    look(NOON + 2 * HOUR, found=1, **pages(stored=1))
    look(NOON + DAY, problem="down")
    Looks(corpus, "https://other.example")(NOON, found=9, **pages(stored=9))
    first, second = corpus.monitoring.list_source_days(look.source.id, NOON + DAY)
    assert (first.day, first.looks, first.found, first.stored, first.arrivals) == (date(2026, 3, 2), 3, 4, 3, 2)
    assert (first.first_new_at, first.last_new_at) == (NOON, NOON + 2 * HOUR)
    assert (second.looks, second.stored, second.first_new_at) == (1, 0, None)
    assert corpus.monitoring.list_source_days(look.source.id, NOON + 402 * DAY) == []


def test_a_history_ends_before_its_run(corpus: Corpus, look: Looks):
    before = look(NOON, found=1, **pages(stored=1))
    present = look(NOON + HOUR, found=1, **pages(stored=1))
    look(NOON + 2 * HOUR, found=1, **pages(stored=1))
    history = corpus.monitoring.load_source_history(present)
    assert (history.previous, history.recent, history.baseline) == (before, (before,), (before,))
    assert [day.looks for day in history.days] == [1]
    assert corpus.monitoring.load_source_history(before).previous is None


def test_pages_are_read_only_where_they_matter(corpus: Corpus, look: Looks):
    look(NOON, **pages(stored=1))
    assert corpus.monitoring.load_source_history(look(NOON + HOUR)).recent == ()
    strange = look(NOON + 2 * HOUR, drift="layout-changed: 5 of the last 5 pages", **pages(too_short=5))
    assert corpus.monitoring.load_source_history(look(NOON + 3 * HOUR)).recent[0] == strange


def test_what_was_strange_is_not_usual_for_four_weeks(corpus: Corpus, look: Looks):
    usual = look(NOON, **pages(stored=1))
    strange = look(NOON + DAY, drift="layout-changed: 5 of 5", **pages(too_short=5))
    soon = look(NOON + 2 * DAY, **pages(too_short=5))
    assert corpus.monitoring.load_source_history(soon).baseline == (usual,)
    assert corpus.monitoring.load_source_history(soon).recent == (strange, usual)
    assert corpus.monitoring.load_source_history(look(NOON + 30 * DAY, **pages(too_short=5))).baseline[1:] == (
        strange,
        usual,
    )


def test_looks_in_vain_are_counted_since_the_last_good_one(corpus: Corpus, look: Looks):
    look(NOON, problem="down")
    look(NOON + HOUR)
    look(NOON + 2 * HOUR, problem="down")
    look(NOON + 3 * HOUR, problem="down")
    history = corpus.monitoring.load_source_history(look(NOON + 4 * HOUR, problem="down"))
    assert (history.last_good_at, history.failed, history.failing_since) == (NOON + HOUR, 2, NOON + 2 * HOUR)
    history = corpus.monitoring.load_source_history(look(NOON + 5 * HOUR))
    assert history.failed == 3
    assert corpus.monitoring.load_source_history(look(NOON + 6 * HOUR)).failed == 0


def test_standings(corpus: Corpus, crawl: Any, look: Looks, cleaned: Any):
    corpus.crawl.get_or_create_source("https://silent.example/")
    crawl.store("One.")
    crawl.store("Two.")
    corpus.crawl.save_feed(look.source.id, "https://wire.example/a", "feed", polled_at=NOON, next_poll_at=NOON + DAY)
    corpus.crawl.save_feed(
        look.source.id, "https://wire.example/b", "feed", polled_at=NOON, next_poll_at=NOON + HOUR, failures=2
    )
    look(NOON)
    last = look(NOON + HOUR, problem="down")
    silent, wire = corpus.monitoring.load_source_states()
    assert (silent.source.key, silent.articles, silent.listings, silent.last, silent.last_good_at) == (
        "silent.example",
        *(0, 0, None, None),
    )
    assert (wire.articles, wire.listings, wire.failing_listings, wire.next_poll_at) == (2, 2, 1, NOON + HOUR)
    assert (wire.last, wire.last_good_at) == (last, NOON)
    assert wire.last_article_at == corpus.get(2).stored_at
    corpus.crawl.save_feed(look.source.id, "https://wire.example/new", "feed")
    assert corpus.monitoring.load_source_states()[1].next_poll_at is None


def test_outcomes_of_the_last_days(corpus: Corpus, look: Looks):
    now = datetime.now(UTC)
    look(now - 9 * DAY, **pages(stored=5))
    look(now - DAY, **pages(stored=1, too_short=2))
    look(now, **pages(stored=1))
    assert corpus.monitoring.count_outcomes_since(now - 7 * DAY) == {
        look.source.id: Counter({"stored": 2, "too-short": 2})
    }


def test_pages_that_show_what_is_the_matter(corpus: Corpus, crawl: Any, new_crawl: Any, cleaned: Any):
    run = corpus.monitoring.list_runs(1)[0].id
    address = "https://wire.example/news/{}".format
    for number in range(4):
        crawl.find(address(number))
        (lease,) = crawl.lease()
        crawl.frontier.record_fetches([crawl.failed(lease, "too-short", 200)])
    crawl.fetch(address("untitled"), cleaned("Some words here.", None, published=NOON, authors=("Ali Musa",)))
    crawl.fetch(address("anonymous"), cleaned("Words.", published=NOON))
    crawl.fetch(address("agency"), cleaned("Words, and more.", published=NOON, organisations=("Dhow Post",)))
    crawl.fetch(address("undated"), cleaned("Other words are here.", authors=("Ali Musa",)))
    assert corpus.monitoring.find_pages_by_outcome(crawl.source.id, [run], ["too-short", "empty"]) == [
        address(3),
        address(2),
        address(1),
    ]
    assert corpus.monitoring.find_pages_by_outcome(crawl.source.id, [run + 1], ["too-short"]) == []
    assert corpus.monitoring.find_pages_by_outcome(crawl.source.id + 1, [run], ["too-short"]) == []
    assert corpus.monitoring.find_articles_missing(crawl.source.id, [run], "title") == [address("untitled")]
    assert corpus.monitoring.find_articles_missing(crawl.source.id, [run], "author") == [address("anonymous")]
    assert corpus.monitoring.find_articles_missing(crawl.source.id, [run], "date") == [address("undated")]
    assert corpus.monitoring.find_shortest_articles(crawl.source.id, [run], 1)[0] in {
        corpus.get(i).url for i in range(1, 5)
    }
    assert corpus.monitoring.load_response_times(run) == {crawl.source.id: (8, 8 * 120)}


def test_a_run_by_its_number(corpus: Corpus):
    number = corpus.crawl.start_run("crawl")
    corpus.crawl.finish_run(number, {"stored": 3}, "finished")
    run = corpus.monitoring.get_run(number)
    assert run == corpus.monitoring.list_runs(1)[0]
    assert run is not None
    assert replace(run, id=number).summary == {"stored": 3}
    assert corpus.monitoring.get_run(number + 1) is None


def test_a_history_is_read_from_its_index(corpus: Corpus, look: Looks, on_sqlite: None):
    """A source's looks lie far apart in a large table: 13 µs each, and under 1 µs in the index."""
    statements = []
    from sqlalchemy import event

    from storage.monitoring import source_history

    with corpus._database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *called: statements.append(called[2:4]))
        source_history.load_days(connection, look.source.id, None, NOON)
        ((statement, parameters),) = list(statements)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert any("COVERING INDEX ix_source_run_history" in step[3] for step in plan)
