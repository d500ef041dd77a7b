"""Which addresses are known, which come next, and where they go from there."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event
from sqlalchemy.exc import StatementError

from storage import Candidate
from storage.ingest.retry_policy import LONGEST_DELAY, PASSING_DELAYS

NEWS = [f"https://wire.example/news/{number}" for number in range(6)]
LONG_AGO = datetime(2024, 10, 1, tzinfo=UTC)


def test_an_address_is_new_once(crawl):
    assert crawl.find(NEWS[0], NEWS[1], NEWS[0]) == 2
    assert crawl.find(NEWS[1], NEWS[2]) == 1
    assert crawl.find("http://www.wire.example/news/2/") == 0  # another spelling, the same key


def test_of_two_spellings_the_first_is_fetched(crawl):
    crawl.find("https://wire.example/news/0", "http://www.wire.example/news/0/")
    assert [lease.url for lease in crawl.lease()] == ["https://wire.example/news/0"]


def test_thousands_at_once(crawl):
    urls = [f"https://wire.example/news/{number}" for number in range(1700)]
    assert crawl.find(*urls) == 1700
    assert crawl.find(*urls, "https://wire.example/news/new") == 1
    assert crawl.find() == 0


def test_a_lease_tells_what_is_known(crawl):
    day = LONG_AGO.astimezone(tz=None)
    crawl.find("https://WWW.wire.example:8443/a", found_in="sitemap", published=day)
    (lease,) = crawl.lease()
    assert (lease.url, lease.host) == ("https://WWW.wire.example:8443/a", "www.wire.example")
    assert (lease.found_in, lease.attempts, lease.published) == ("sitemap", 0, LONG_AGO)
    assert lease.published.tzinfo is UTC


def test_priority_then_the_newest_then_the_order_found(crawl):
    crawl.find(NEWS[0], NEWS[1])
    crawl.find(NEWS[2], published=LONG_AGO)
    crawl.find(NEWS[3], published=LONG_AGO + timedelta(days=1))
    crawl.find(NEWS[4], priority=1)
    assert [lease.url for lease in crawl.lease()] == [NEWS[4], NEWS[3], NEWS[2], NEWS[0], NEWS[1]]


def test_hosts_take_turns(crawl):
    crawl.find(*(f"https://{host}.wire.example/{number}" for host in "abc" for number in range(3)))
    assert [lease.host[0] for lease in crawl.lease(5)] == ["a", "b", "c", "a", "b"]
    assert [lease.host[0] for lease in crawl.lease(2)] == ["c", "a"]


def test_a_host_is_never_busier_than_allowed(crawl):
    crawl.find(*(f"https://{host}.wire.example/{number}" for host in "ab" for number in range(5)))
    busy = {"a.wire.example": 1}
    assert [lease.host[0] for lease in crawl.lease(per_host=2, busy=busy)] == ["a", "b", "b"]
    assert crawl.lease(per_host=2, busy={"a.wire.example": 2, "b.wire.example": 3}) == []


def test_hosts_without_an_address_that_is_ready_take_no_place(crawl):
    crawl.find("https://a.wire.example/1", "https://b.wire.example/1")
    (first,) = crawl.lease(1)
    crawl.frontier.record_fetches([crawl.failed(first, "timeout")])
    assert [lease.host for lease in crawl.lease(1)] == ["b.wire.example"]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_room_no_lease(crawl, limit):
    crawl.find(*NEWS)
    assert crawl.lease(limit) == []


def test_only_the_sources_asked_for(crawl, new_crawl):
    other = new_crawl("https://garowe.example/")
    crawl.find(NEWS[0])
    other.find("https://garowe.example/1")
    assert [lease.source_id for lease in crawl.lease()] == [crawl.source.id]
    assert crawl.lease(sources=[]) == []
    assert (crawl.frontier.count_ready([crawl.source.id]), crawl.frontier.count_ready([other.source.id])) == (0, 1)


def test_what_is_leased_is_not_leased_again(crawl, new_crawl):
    crawl.find(*NEWS)
    assert len(crawl.lease()) == len(NEWS)
    assert crawl.lease() == []
    assert new_crawl().lease() == []


def test_pending_counts_what_a_lease_could_give(crawl):
    crawl.find(*NEWS)
    crawl.lease(2)
    assert crawl.frontier.count_ready([crawl.source.id]) == 4


def test_what_waits_for_the_next_run_includes_what_is_leased(crawl):
    crawl.find(*NEWS)
    crawl.lease(2)
    assert crawl.frontier.count_waiting([crawl.source.id]) == len(NEWS)
    assert crawl.frontier.count_waiting([]) == 0


def test_what_is_done_stays_done(crawl, new_crawl):
    crawl.find(*NEWS[:2])
    first, second = crawl.lease()
    outcomes = crawl.frontier.record_fetches(
        [crawl.failed(first, "http-410", 410), crawl.failed(second, "index-page", 200)]
    )
    assert outcomes == ["http-410", "index-page"]
    later = new_crawl()
    assert (later.find(*NEWS[:2]), later.lease(), later.frontier.count_ready([1])) == (0, [], 0)


def test_a_passing_failure_is_left_to_the_next_run(crawl, new_crawl):
    crawl.find(NEWS[0])
    crawl.frontier.record_fetches([crawl.failed(crawl.lease()[0], "http-503", 503)])
    assert (crawl.lease(), crawl.frontier.count_ready([crawl.source.id])) == ([], 0)
    (lease,) = new_crawl().lease()
    assert lease.attempts == 1


def test_the_last_attempt_waits_and_then_it_is_enough(crawl, new_crawl):
    crawl.find(NEWS[0])
    now = datetime.now(UTC)
    runs = [crawl, *(new_crawl() for _ in PASSING_DELAYS)]
    for number, run in enumerate(runs, start=1):
        (lease,) = run.lease()
        assert lease.attempts == number - 1
        # A week has passed since, or the last runs would get nothing.
        failed = run.page(lease, outcome="timeout", http_status=None, fetched_at=now - LONGEST_DELAY)
        run.frontier.record_fetches([failed])
    assert new_crawl().lease() == []
    assert new_crawl().find(NEWS[0]) == 0
    assert new_crawl().lease() == []


def test_before_the_third_attempt_an_outage_gets_time_to_end(crawl, new_crawl):
    crawl.find(NEWS[0])
    for run in (crawl, new_crawl()):
        (lease,) = run.lease()
        run.frontier.record_fetches(
            [run.page(lease, outcome="timeout", http_status=None, fetched_at=datetime.now(UTC))]
        )
    assert new_crawl().lease() == []
    assert new_crawl().corpus.stats().queued == 1


def test_leases_of_dead_runs_come_back(crawl, new_crawl, corpus):
    crawl.find(*NEWS)
    crawl.lease(4)
    corpus.crawl.finish_run(new_crawl().frontier._run_id, {}, "ok")
    later = new_crawl()
    assert later.frontier.release_stale_leases() == 4
    assert len(later.lease()) == len(NEWS)
    assert later.frontier.release_stale_leases() == 0  # its own leases are alive
    assert [run.outcome for run in reversed(corpus.monitoring.list_runs())] == ["interrupted", "ok", None]


def test_an_address_without_a_zone_in_its_date_is_a_bug_of_the_caller(crawl):
    with pytest.raises(StatementError, match="without a time zone"):
        crawl.find(NEWS[0], published=datetime(2024, 10, 1))
    assert crawl.lease() == []


def test_hostile_addresses_are_taken_as_they_are(crawl):
    beyond = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    hostile = Candidate("https://wire.example/\udcff\0x", "\ud800", crawl.source.id, "feed", 0, "\udcff", beyond)
    assert len(crawl.frontier.add([hostile, Candidate("http://[bad", "key", crawl.source.id, "feed")])) == 2
    assert sorted(lease.url for lease in crawl.lease()) == ["http://[bad", "https://wire.example/\ufffdx"]


def test_what_a_lease_costs_does_not_grow_with_the_frontier(crawl, corpus, on_sqlite):
    """Every question is answered by an index in its order: no scan, no sorting."""
    crawl.find(*NEWS)
    plans = []

    def explain(connection, cursor, statement, parameters, *rest):
        steps = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append([step[3] for step in steps])

    event.listen(corpus._database._engine, "before_cursor_execute", explain)
    assert len(crawl.lease(2)) == 2
    steps = [step for plan in plans for step in plan if "frontier" in step or "B-TREE" in step]
    assert steps
    assert [step for step in steps if "SCAN" in step or "B-TREE" in step] == []
    assert sum("ix_frontier_queue" in step for step in steps) == 3


def test_a_page_that_is_at_hand_is_claimed_once(crawl, new_crawl, cleaned):
    assert not crawl.frontier.contains("wire.example/news/0")
    lease = crawl.frontier.claim(crawl.candidate(NEWS[0], found_in="spider"))
    assert (lease.url, lease.found_in) == (NEWS[0], "spider")
    assert crawl.frontier.claim(crawl.candidate(NEWS[0])) is None
    assert crawl.lease() == []
    assert crawl.frontier.contains("wire.example/news/0")

    later = new_crawl()  # the run was killed before it had committed the page
    assert later.frontier.release_stale_leases() == 1
    again = later.frontier.claim(later.candidate(NEWS[0]))
    later.frontier.record_fetches([later.page(again, cleaned("Twelve boats."))])
    assert later.frontier.claim(later.candidate(NEWS[0])) is None


def test_a_host_without_a_url_that_is_ready_is_asked_again_when_it_gets_one(crawl):
    crawl.find("https://wire.example/late")
    (lease,) = crawl.lease()
    crawl.frontier.record_fetches([crawl.failed(lease, "timeout")])
    assert crawl.lease() == []  # this run has tried it
    crawl.find("https://wire.example/new")
    assert [lease.url for lease in crawl.lease()] == ["https://wire.example/new"]


def test_a_host_is_asked_again_for_another_source(crawl, corpus):
    other = corpus.crawl.get_or_create_source("https://other.example/")
    crawl.frontier.add([Candidate("https://wire.example/a", "wire.example/a", other.id, "feed")])
    assert crawl.lease() == []
    assert [lease.source_id for lease in crawl.lease(sources=[crawl.source.id, other.id])] == [other.id]
