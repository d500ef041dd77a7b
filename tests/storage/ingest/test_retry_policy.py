"""Which failures may pass, and when they are tried again."""

from datetime import timedelta

import pytest

from cleaning import Outcome
from storage.ingest.retry_policy import (
    FOR_NOW_DELAYS,
    LONGEST_DELAY,
    PASSING_DELAYS,
    classify_failure,
    compute_look_delay,
    compute_retry_delay,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "outcomes"),
    [
        ("passing", "timeout dns-failure connection-failed incomplete http-429 http-500 http-503 http-522 http-530"),
        ("passing", "cleaner-timeout out-of-memory cleaner-crashed storage-error browser-timeout robots-unreachable"),
        ("for-now", "http-404 http-403 http-202 too-short soft-404 captcha consent-page empty"),
        ("settled", "http-410 http-451 robots-forbidden noindex tdm-reserved not-news opted-out address-refused"),
        ("as-listed", "index-page gallery-page not-html too-large http-400 off-site paywall-stub cleaner-error"),
    ],
)
def test_kinds_of_failures(kind: str, outcomes: str) -> None:
    assert {outcome: classify_failure(outcome) for outcome in outcomes.split()} == dict.fromkeys(outcomes.split(), kind)


def test_the_cleaners_outcomes_have_the_names_of_the_table() -> None:
    kinds = {outcome: classify_failure(outcome.value) for outcome in Outcome}
    assert kinds[Outcome.OUT_OF_MEMORY] == kinds[Outcome.CRASHED] == "passing"
    assert kinds[Outcome.TOO_SHORT] == kinds[Outcome.CAPTCHA] == "for-now"


def test_waits_grow_and_end() -> None:
    waits = [compute_retry_delay("timeout", attempts) for attempts in range(1, 10)]
    assert waits == [*PASSING_DELAYS, None, None]
    assert list(PASSING_DELAYS) == sorted(PASSING_DELAYS)
    assert max(PASSING_DELAYS) == LONGEST_DELAY
    assert [compute_retry_delay("http-404", attempts) for attempts in range(1, 7)] == [*FOR_NOW_DELAYS, None]


@pytest.mark.parametrize(
    ("found_in", "age", "wait"),
    [
        ("feed", 700 * DAY, 0 * HOUR),
        ("section", None, 0 * HOUR),
        ("sitemap", 2 * DAY, 0 * HOUR),
        ("sitemap", 700 * DAY, DAY),
        ("sitemap", None, DAY),
    ],
)
def test_dead_links_of_an_archive_are_tried_less_often(found_in: str, age: timedelta | None, wait: timedelta) -> None:
    assert compute_retry_delay("http-404", 1, found_in, age) == wait
    assert compute_retry_delay("http-503", 1, found_in, age) == 0 * HOUR


def test_visits_in_vain_become_rare() -> None:
    delays = [compute_look_delay(visits) for visits in range(1, 8)]
    assert delays == sorted(delays)
    assert delays[0] >= 6 * HOUR
    assert delays[-1] == 30 * DAY
