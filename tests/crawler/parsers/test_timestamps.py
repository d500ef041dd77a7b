"""Times as feeds and sitemaps write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.timestamps import parse_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-10-12T05:17:00+03:00", datetime(2024, 10, 12, 2, 17)),
        ("2024-10-12T05:17:00+0300", datetime(2024, 10, 12, 2, 17)),
        ("2024-10-12T05:17:00-05", datetime(2024, 10, 12, 10, 17)),
        ("2024-10-12T05:17:09.123Z", datetime(2024, 10, 12, 5, 17, 9)),
        ("2024-10-12T05:17Z", datetime(2024, 10, 12, 5, 17)),
        ("2024-10-12 05:17:00 UTC", datetime(2024, 10, 12, 5, 17)),
        ("2024-10-12 05:17", datetime(2024, 10, 12, 5, 17)),
        ("2024-10-12", datetime(2024, 10, 12)),
        ("2024-10", datetime(2024, 10, 1)),
        ("2024-1-2", datetime(2024, 1, 2)),
        (" \n2024-10-12\n", datetime(2024, 10, 12)),
        ("Sat, 12 Oct 2024 02:17:00 +0000", datetime(2024, 10, 12, 2, 17)),
        ("Sat, 12 Oct 2024 02:17:00 GMT", datetime(2024, 10, 12, 2, 17)),
        ("Sat, 12 Oct 2024 02:17:00 EST", datetime(2024, 10, 12, 7, 17)),
        ("12 Oct 2024 02:17 +0300", datetime(2024, 10, 11, 23, 17)),
        ("Sat, 12 October 2024 02:17:00", datetime(2024, 10, 12, 2, 17)),
        ("2024-10-12T23:59:60Z", datetime(2024, 10, 12, 23, 59, 59)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024",
        "2024-13-01",
        "2024-02-30",
        "2024-10-12T25:00:00Z",
        "0000-00-00",
        "0001-01-01T00:00:00Z",
        "1970-01-01",
        "9999-12-31T23:59:59-12:00",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 12 Oct 2024 02:17:00 +99999999999999999999",
        "9" * 5000,
        "2024-10-12T05:17:00+99:00",
        "2024-10-12" * 10,
        "٢٠٢٤-١٠-١٢x",
    ],
)
def test_what_is_no_time_of_publication(text: str) -> None:
    assert parse_time(text) is None


@given(
    st.one_of(st.text(max_size=40), st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d([+-]\d\d:\d\d|Z)?", fullmatch=True))
)
def test_never_raises(text: str) -> None:
    moment = parse_time(text)
    assert moment is None or moment.tzinfo is UTC
