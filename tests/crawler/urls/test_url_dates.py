"""Dates and numbers in URLs."""

import pytest

from crawler.urls.url_dates import find_number, infer_period


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2024/10/12/a/", "2024-10-12"),
        ("news/2024-10-12/a", "2024-10-12"),
        ("2024-10-12-rains-return.html", "2024-10-12"),
        ("2024/oct/12/a", "2024-10-12"),
        ("2024/October/12/a", "2024-10-12"),
        ("2024/02/a", "2024-02-29"),
        ("2024/02/31/a", "2024-02-29"),
        ("20241012/a/", "2024-10-12"),
        ("a-20241012.html", "2024-10-12"),
        ("2024/13/a", None),
        ("a?d=2024/10/12/x", None),
        ("a-20991231", None),
        ("a-1234567", None),
        ("2024/a", None),
        ("2099/01/a", None),
        ("a", None),
    ],
)
def test_days(path: str, day: str | None) -> None:
    period = infer_period(f"https://a.example/{path}")
    assert (period and f"{period[1]:%Y-%m-%d %H:%M}") == (day and f"{day} 23:59")
    assert period is None or f"{period[0]:%H:%M}" == "00:00"


@pytest.mark.parametrize(
    ("path", "number"),
    [("news/rains-48213.html", 48213), ("?p=77&lang=1", 77), ("2024/a-9/", 2024), ("a", None), ("a" + "1" * 20, None)],
)
def test_numbers(path: str, number: int | None) -> None:
    assert find_number(f"https://a.example/{path}") == number
