"""What every value passes on its way into the database and out of it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from cleaning.article import Removal
from storage.backends.types import Removals, Strings, UtcDateTime, sanitize_text
from storage.ingest.article_rows import to_utc

DIALECT = sqlite.dialect()
EAST = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("plain and ünicode 停", "plain and ünicode 停"),
        ("a\0b\0", "ab"),
        ("\ud800", "\ufffd"),
        ("a\udcffb", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
    ],
)
def test_sanitise(text, clean):
    assert sanitize_text(text) == clean


@given(st.text(st.characters(codec=None)))
def test_whatever_is_sanitised_can_be_stored(text):
    clean = sanitize_text(text)
    assert "\0" not in clean
    assert sanitize_text(clean) == clean
    clean.encode()


def test_times_are_stored_in_utc():
    column = UtcDateTime()
    stored = column.process_bind_param(datetime(2024, 10, 1, 2, 0, tzinfo=EAST), DIALECT)
    assert stored == datetime(2024, 9, 30, 20, 15)
    assert column.process_result_value(stored, DIALECT) == datetime(2024, 9, 30, 20, 15, tzinfo=UTC)
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None


@pytest.mark.parametrize(
    ("refused", "reason"),
    [(datetime(2024, 10, 1), "without a time zone"), (datetime(1, 1, 1, tzinfo=EAST), "time out of range in UTC")],
)
def test_times_that_cannot_be_stored(refused, reason):
    with pytest.raises(ValueError, match=reason):
        UtcDateTime().process_bind_param(refused, DIALECT)


def test_lists_come_back_as_they_went_in():
    removals = (Removal("step", "rule", "te\0xt"), Removal("s", "r", "t"))
    stored = Removals().process_bind_param(removals, DIALECT)
    assert Removals().process_result_value(stored, DIALECT) == (Removal("step", "rule", "text"), removals[1])
    assert Strings().process_result_value(Strings().process_bind_param(("a\ud800",), DIALECT), DIALECT) == ("a\ufffd",)


@pytest.mark.parametrize(
    ("stated", "precision", "stored", "offset"),
    [
        (datetime(2024, 10, 1, 2, tzinfo=EAST), "minute", datetime(2024, 9, 30, 20, 15, tzinfo=UTC), 345),
        (datetime(2024, 10, 1, 2, tzinfo=EAST), None, datetime(2024, 9, 30, 20, 15, tzinfo=UTC), 345),
        (datetime(2024, 10, 1, 2, tzinfo=UTC), "second", datetime(2024, 10, 1, 2, tzinfo=UTC), 0),
        (datetime(2024, 10, 1, 2), "minute", datetime(2024, 10, 1, 2, tzinfo=UTC), None),
        (datetime(2024, 10, 1, tzinfo=EAST), "day", datetime(2024, 10, 1, tzinfo=UTC), None),
        (datetime(2024, 1, 1), "year", datetime(2024, 1, 1, tzinfo=UTC), None),
        (datetime(1, 1, 1, tzinfo=EAST), "minute", None, None),
        (None, None, None, None),
    ],
)
def test_what_an_article_says_of_a_time(stated, precision, stored, offset):
    assert to_utc(stated, precision) == (stored, offset)
