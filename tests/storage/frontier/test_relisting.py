"""What a listing's word about known addresses leads to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage.frontier.relisting import KnownUrl, Listed, decide_relistings
from storage.schema.tables import DONE, LEASED, QUEUED, FrontierRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE = NOW - 10 * DAY
ARTICLE = KnownUrl(
    id=1,
    key_hash=b"k",
    state=DONE,
    outcome="stored",
    found_in="feed",
    published=BEFORE,
    article_id=5,
    attempts=0,
    not_before=None,
    revisit_at=None,
    run_id=1,
    first_fetched_at=BEFORE,
    guid_hash=b"g",
    listed_at=None,
    listed_modified=BEFORE,
)
STUB = replace(ARTICLE, outcome="too-short", article_id=None, first_fetched_at=None, attempts=6)
LATER = Listed("feed", NOW - HOUR, b"g")
VISIT = {"listed_modified": NOW - HOUR, "state": QUEUED, "not_before": None, "revisit_at": None}


def decide(row: KnownUrl, listed: Listed) -> dict:
    return dict(decide_relistings([(row, listed)], NOW, run_id=2)).get(row.id, {})


@pytest.mark.parametrize(
    ("row", "listed", "changes"),
    [
        (ARTICLE, Listed("feed", BEFORE, b"g"), {}),
        (ARTICLE, Listed("feed", BEFORE - DAY, b"g"), {}),
        (ARTICLE, LATER, VISIT | {"attempts": 1, "priority": -1}),
        (STUB, LATER, VISIT),
        # The first time that a listing states is remembered, and is no change.
        (replace(ARTICLE, listed_modified=None), LATER, {"listed_modified": NOW - HOUR}),
        # Another kind of listing has another idea of the time, unless it is later than the first fetch.
        (ARTICLE, Listed("sitemap", NOW - HOUR), VISIT | {"attempts": 1, "priority": -1}),
        (
            replace(ARTICLE, first_fetched_at=NOW),
            Listed("sitemap", NOW - HOUR),
            {"listed_modified": NOW - HOUR},
        ),
        # A revisit is due anyway.
        (replace(ARTICLE, revisit_at=NOW + HOUR / 2), LATER, {"listed_modified": NOW - HOUR}),
        # Earlier visits were in vain.
        (
            replace(ARTICLE, attempts=2, not_before=NOW + DAY),
            LATER,
            {"listed_modified": NOW - HOUR, "attempts": 3, "revisit_at": NOW + DAY},
        ),
        # This run has fetched it already.
        (replace(ARTICLE, run_id=2), LATER, {"listed_modified": NOW - HOUR, "attempts": 1, "revisit_at": NOW}),
        (replace(ARTICLE, state=LEASED), LATER, {"listed_modified": NOW - HOUR}),
        # A new item at the same address.
        (
            ARTICLE,
            Listed("feed", None, b"h"),
            {"guid_hash": b"h", "attempts": 1, "priority": -1, "state": QUEUED, "not_before": None, "revisit_at": None},
        ),
        (ARTICLE, Listed("feed", BEFORE, b"h"), {}),
        (replace(ARTICLE, guid_hash=None), Listed("feed", BEFORE, b"h"), {"guid_hash": b"h"}),
        # Only the user can ask for it again.
        (replace(STUB, outcome="http-410"), LATER, {"listed_modified": NOW - HOUR}),
        # It had left its listing before its attempts were used up.
        (replace(STUB, attempts=3), Listed("feed"), {"state": QUEUED, "not_before": NOW, "listed_at": NOW}),
        (replace(STUB, attempts=0), Listed("feed"), {}),
        # It waits for its next attempt, and is still listed.
        (replace(STUB, state=QUEUED, attempts=3, not_before=NOW + DAY), Listed("feed"), {"listed_at": NOW}),
        (
            replace(STUB, state=QUEUED, attempts=3, not_before=NOW + DAY, listed_at=NOW),
            LATER,
            {"listed_modified": NOW - HOUR, "not_before": NOW},
        ),
        (replace(STUB, state=QUEUED, attempts=0), Listed("feed", BEFORE, b"g"), {}),
    ],
)
def test_reasons_to_fetch_an_address_again(row: KnownUrl, listed: Listed, changes: dict) -> None:
    assert decide(row, listed) == changes


def test_a_listing_that_stamps_everything_anew_is_not_believed() -> None:
    rows = [replace(ARTICLE, id=number) for number in range(5)]
    changes = decide_relistings([(row, LATER) for row in rows], NOW, run_id=2)
    assert changes == [(number, {"listed_modified": NOW - HOUR}) for number in range(5)]
    one = [(rows[0], LATER), *((row, Listed("feed", BEFORE)) for row in rows[1:])]
    assert [id_ for id_, values in decide_relistings(one, NOW, run_id=2) if "state" in values] == [0]
    ids = [(row, Listed("feed", None, b"%d" % row.id)) for row in rows]
    assert [values for _, values in decide_relistings(ids, NOW, run_id=2) if "state" in values] == []


URL = "https://wire.example/column"


def test_visits_that_a_listing_asks_for_become_rare_until_one_finds_a_change(crawl, new_crawl, cleaned):
    start = datetime.now(UTC)
    crawl.find(URL, modified=start - 40 * DAY, guid="1")
    crawl.frontier.record_fetches([crawl.page(crawl.lease()[0], cleaned("Once."), fetched_at=start)])

    def visit(day: int, text: str) -> list[str]:
        later = new_crawl()
        later.find(URL, modified=start - 40 * DAY + day * HOUR, guid=str(day))
        return later.frontier.record_fetches(
            [later.page(lease, cleaned(text), fetched_at=datetime.now(UTC)) for lease in later.lease()]
        )

    assert visit(2, "Twice.") == ["updated"]
    assert visit(3, "Thrice.") == ["updated"]
    assert visit(4, "Thrice.") == ["unchanged"]
    assert visit(5, "Thrice.") == []


def test_an_address_that_nothing_lists_any_more_is_given_up_until_it_is_listed_again(crawl, new_crawl, corpus):
    now = datetime.now(UTC)
    crawl.find(URL)
    for run in (crawl, new_crawl()):
        (lease,) = run.lease()
        run.frontier.record_fetches([run.page(lease, outcome="http-404", http_status=404, fetched_at=now - 9 * DAY)])
    poll = {"polled_at": now, "entries": 3}
    corpus.crawl.save_feed(crawl.source.id, "https://wire.example/feed", "feed", changed_at=now - 8 * DAY, **poll)

    def count_waiting() -> int:
        later = new_crawl()
        later.frontier.queue_revisits([crawl.source.id])
        return later.frontier.count_ready([crawl.source.id])

    assert count_waiting() == 1  # its feed has not changed since it could have left it
    corpus.crawl.save_feed(crawl.source.id, "https://wire.example/feed2", "feed", changed_at=now, **poll)
    assert count_waiting() == 0
    later = new_crawl()
    assert later.find(URL) == 0
    assert [lease.attempts for lease in later.lease()] == [2]


def test_addresses_are_queued_again_when_the_user_asks_for_it(crawl, new_crawl, corpus):
    urls = [f"https://wire.example/{number}" for number in range(3)]
    crawl.find(*urls)
    outcomes = ["http-410", "not-news", "http-404"]
    leases = crawl.lease()
    crawl.frontier.record_fetches(
        [crawl.failed(lease, outcome, 200) for lease, outcome in zip(leases, outcomes, strict=True)]
    )
    sources = [crawl.source.id]
    assert crawl.frontier.list_outcomes(sources) == set(outcomes)
    later = new_crawl()
    assert later.frontier.queue_outcomes(sources, ["http-410"]) == 1
    assert {lease.url: lease.attempts for lease in later.lease()} == {urls[0]: 0, urls[2]: 1}
    assert corpus.crawl.queue_urls([urls[1], "https://wire.example/unknown"]) == 1
    assert [lease.url for lease in new_crawl().lease()] == [urls[1]]


def test_an_address_of_an_earlier_version_starts_without_a_stamp(crawl, new_crawl, cleaned):
    crawl.fetch(URL, cleaned("Once."))
    with crawl.corpus._database.write() as connection:
        connection.execute(update(FrontierRow).values(listed_modified=None, guid_hash=None))
    later = new_crawl()
    later.find(URL, modified=NOW, guid="1")
    assert later.lease() == []
    newest = new_crawl()
    newest.find(URL, modified=NOW + DAY, guid="1")
    assert [lease.url for lease in newest.lease()] == [URL]
