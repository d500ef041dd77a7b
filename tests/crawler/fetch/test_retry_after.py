"""How long a host is left alone, by its own words."""

from datetime import UTC, datetime

import pytest

from crawler.fetch.retry_after import parse_retry_after

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (200, "120", None),
        (301, "120", None),
        (429, "120", 120.0),
        (429, " 7 ", 7.0),
        (429, None, 60.0),
        (429, "soon", 60.0),
        (429, "-5", 60.0),
        (429, "1.5", 1.5),
        (429, "٣", 60.0),
        (429, "9" * 400, 86_400.0),
        (503, None, None),
        (503, "0", 0.0),
        (503, "1e3", 60.0),
        (503, "Mon, 01 Jan 2024 12:00:30 GMT", 30.0),
        (503, "Monday, 01-Jan-24 12:00:30 GMT", 30.0),
        (503, "Mon Jan  1 12:00:30 2024", 30.0),
        (503, "Mon, 01 Jan 2024 11:59:00 GMT", 0.0),
        (503, "Mon, 01 Jan 2034 12:00:00 GMT", 86_400.0),
        (503, "Mon, 99 Jan 2024 12:00:30 GMT", 60.0),
        (503, "Mon, 01 Jan 99999 12:00:30 GMT", 60.0),
        (503, "Fri, 31 Dec 9999 23:59:59 -2359", 60.0),
        (503, "Mon, 01 Jan 2024 12:00:30 +99999999999999999999", 60.0),
        (503, "Mon, 01 Jan 2024 12:00:" + "9" * 5000, 60.0),
        (503, "9" * 5000, 86_400.0),
        (503, "", None),
        (503, ",,,", 60.0),
    ],
)
def test_how_long_a_host_is_left_alone(status: int, retry_after: str | None, seconds: float | None) -> None:
    assert parse_retry_after(status, retry_after, NOON) == seconds
