"""What is unlike a source's own past: told soon where it is, and not where it is not."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from benchmarks.false_alarms import DAY, FIRST, KINDS, Sickness, find_alarms, generate_polls, judge_polls
from crawler.ops.anomalies import Anomaly, detect_anomalies, format_anomalies, parse_anomalies
from storage import SourceHistory, SourceRun

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SICK = FIRST + 200 * DAY


def look(number: int, at: datetime = NOW, words: int = 400, problem: str | None = None, **outcomes: int) -> SourceRun:
    """A look; its articles have everything."""
    stored = outcomes.get("stored", 0)
    named = {name.replace("_", "-"): count for name, count in outcomes.items() if count}
    fields = {"measured": stored, "titles": stored, "dates": stored, "authors": stored}
    middle = words if stored else None
    return SourceRun(run_id=number, source_id=1, at=at, outcomes=named, words=middle, problem=problem, **fields)


def history(*usual: SourceRun, **values: Any) -> SourceHistory:
    """Looks, the newest first, of a source that does well."""
    return SourceHistory(recent=usual, baseline=usual, previous=usual[0], **{"last_good_at": usual[0].at} | values)


def good(count: int = 10, **outcomes: int) -> tuple[SourceRun, ...]:
    """That many daily looks with five articles each."""
    return tuple(look(100 - back, NOW - back * DAY, **{"stored": 5} | outcomes) for back in range(1, count + 1))


def kinds(found: tuple[Anomaly, ...]) -> list[str]:
    return [finding.kind for finding in found]


PAGES = {
    "all is well": (good(), look(100, stored=5), []),
    "five of five gave no article": (good(), look(100, too_short=5), ["layout-changed"]),
    "four are too few": (good(), look(100, too_short=4), []),
    "a new source has no past": (good(3), look(100, too_short=5), []),
    "its pages were always like that": (good(too_short=5), look(100, too_short=5), []),
    "it was once like that": ((*good(30), look(2, NOW - 40 * DAY, too_short=5)), look(100, too_short=5), []),
    "most, at once": (good(), look(100, stored=4, index_page=16), ["layout-changed"]),
    "a captcha is no layout": (good(), look(100, captcha=5), ["rejected-more"]),
    "some more paywalls": (good(20), look(100, stored=13, paywall_stub=7), ["rejected-more"]),
    "a few more paywalls": (good(20), look(100, stored=17, paywall_stub=3), []),
    "its pages fail": (good(), look(100, http_403=5), ["failing"]),
    "later looks say nothing": (good(), look(100, unchanged=90, too_short=5), ["layout-changed"]),
    "articles shrank": (good(30), look(100, stored=10, words=60), ["layout-changed"]),
    "articles are somewhat shorter": (good(), look(100, stored=10, words=210), []),
    "titles vanished": (good(), replace(look(100, stored=5), titles=0), ["layout-changed"]),
    "dates vanished": (good(), replace(look(100, stored=5), dates=0), ["layout-changed"]),
    "authors vanished": (good(), replace(look(100, stored=5), authors=0), ["layout-changed"]),
    "nobody had an author": (
        tuple(replace(one, authors=0) for one in good()),
        replace(look(100, stored=5), authors=0),
        [],
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    past, present, expected = PAGES[name]
    assert kinds(detect_anomalies(history(*past), present, NOW)) == expected


def test_a_layout_change_says_what_and_where():
    present = replace(look(100, too_short=3, stored=7, index_page=6), titles=0)
    (finding,) = detect_anomalies(history(*good()), present, NOW)
    assert finding.sentence == (
        "9 of the last 16 pages gave no article (index-page 6, too-short 3); usually none; "
        "7 of the last 7 articles have no title; usually none"
    )
    assert (finding.runs, finding.outcomes, finding.deficiency) == ((100,), ("index-page", "too-short"), None)


def test_pages_that_come_one_by_one_are_taken_together():
    usual = tuple(look(100 - back, NOW - back * HOUR, stored=1) for back in range(1, 60))
    lately = tuple(look(200 - back, NOW - back * timedelta(minutes=1), too_short=1) for back in range(1, 10))
    for bad in (3, 4):
        known = SourceHistory(recent=(*lately[:bad], *usual), baseline=(*lately[:bad], *usual), previous=usual[0])
        assert kinds(detect_anomalies(known, look(200, too_short=1), NOW)) == (["layout-changed"] if bad == 4 else [])


def test_what_began_ends_when_it_is_over_and_not_before():
    strange = replace(look(99, NOW - HOUR, too_short=6), drift="layout-changed: 6 of the last 6 pages")
    known = SourceHistory(recent=(strange, *good()), baseline=good(), previous=strange)
    assert kinds(detect_anomalies(known, look(100), NOW)) == ["layout-changed"]
    assert kinds(detect_anomalies(known, look(100, stored=1, too_short=1), NOW)) == ["layout-changed"]
    assert kinds(detect_anomalies(known, look(100, stored=12), NOW)) == []


@pytest.mark.parametrize(
    ("failed", "hours", "expected"), [(0, 0, []), (1, 48, []), (2, 3, []), (2, 6, ["failing"]), (9, 48, ["failing"])]
)
def test_a_source_out_of_reach(failed: int, hours: int, expected: list[str]):
    since = NOW - hours * HOUR if failed else None
    known = replace(history(*good()), failed=failed, failing_since=since)
    assert kinds(detect_anomalies(known, look(100, problem="no answer"), NOW)) == expected


def test_a_source_that_never_worked_is_no_drift():
    known = SourceHistory(failed=9, failing_since=NOW - 9 * DAY)
    assert detect_anomalies(known, look(100, problem="no answer"), NOW) == ()


def test_findings_are_kept_as_text():
    found = (
        Anomaly("layout-changed", "5 of the last 5 pages: odd", samples=("https://a.example/1", "https://a.example/2")),
        Anomaly("silent", "nothing new for 9 days"),
    )
    assert parse_anomalies(format_anomalies(found)) == found
    assert parse_anomalies(None) == parse_anomalies("something: else") == ()
    assert format_anomalies(()) is None


# --- made-up years


def sick_year(kind: str, sickness: Sickness, seed: int = 1) -> Iterator[tuple[SourceRun, Anomaly]]:
    return find_alarms(generate_polls(KINDS[kind], random.Random(seed), 300, sickness), SICK)


@pytest.mark.parametrize(
    "kind", ["3 a day, crawled once a day", "1 a day, at random", "weekly", "monthly", "flaky server"]
)
def test_a_healthy_year_raises_no_alarm(kind: str):
    for seed in range(2):
        looks = generate_polls(KINDS[kind], random.Random(seed), 365 + 120)
        assert [finding for _, finding in find_alarms(looks, FIRST + 120 * DAY)] == []


@pytest.mark.parametrize(
    ("sickness", "expected", "days"),
    [
        (Sickness(SICK, rejected=0.95), "layout-changed", 3.5),
        (Sickness(SICK, words=60), "layout-changed", 6),
        (Sickness(SICK, authors=0.0), "layout-changed", 6),
        (Sickness(SICK, dates=0.0), "layout-changed", 3.5),
        (Sickness(SICK, fails=True), "failing", 0.5),
        (Sickness(SICK, stops=True), "silent", 8),
        (Sickness(SICK, share=0.05), "fewer-found", 9),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_sick_source_is_found_out(sickness: Sickness, expected: str, days: float):
    kind = "local site, 3 a day" if expected != "fewer-found" else "daily paper, 25 a day, holidays"
    look, finding = next(iter(sick_year(kind, sickness)))
    assert finding.kind == expected
    assert look.at - SICK <= days * DAY


def test_a_source_that_was_sick_gets_well():
    habits, ended = KINDS["local site, 3 a day"], FIRST + 210 * DAY
    sick = [
        one for one in generate_polls(habits, random.Random(3), 210, Sickness(SICK, rejected=0.95)) if one.at < ended
    ]
    well = [one for one in generate_polls(habits, random.Random(3), 260) if one.at >= ended]
    found = [look.at for look, findings in judge_polls(iter([*sick, *well]), SICK) if findings]
    assert SICK < found[0] < ended - 3 * DAY
    assert ended < found[-1] < ended + 6 * DAY


def test_years_are_the_same_every_time():
    habits = KINDS["weekly"]
    first, second = (list(islice(generate_polls(habits, random.Random(7), 60), 50)) for _ in range(2))
    assert first == second
