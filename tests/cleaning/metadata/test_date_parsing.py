"""Times that pages state, down to what they state and no finer; no date is invented."""

import tomllib
from pathlib import Path

import pytest

from cleaning.metadata.date_parsing import Timestamp, find_date_in_url, parse_timestamp, parse_visible_date

STATED = [
    ("2024-10-12T05:17:00+03:00", "2024-10-12T05:17:00+03:00", "second"),
    ("2024-10-12T05:17:09Z", "2024-10-12T05:17:09+00:00", "second"),
    ("2024-10-12T05:17:09.123Z", "2024-10-12T05:17:09+00:00", "second"),
    ("2024-10-12T05:17+0300", "2024-10-12T05:17:00+03:00", "minute"),
    ("2024-10-12 05:17", "2024-10-12T05:17:00", "minute"),
    ("2024-10-12 05:17:30", "2024-10-12T05:17:30", "second"),
    ("2024-10-12", "2024-10-12T00:00:00", "day"),
    ("20241012", "2024-10-12T00:00:00", "day"),
    ("20241012T051700Z", "2024-10-12T05:17:00+00:00", "second"),
    (" 2024-10-12T05:17:00-05:00 ", "2024-10-12T05:17:00-05:00", "second"),
    ("Sat, 12 Oct 2024 05:17:00 +0300", "2024-10-12T05:17:00+03:00", "second"),
    ("12 Oct 2024 05:17:00 GMT", "2024-10-12T05:17:00+00:00", "second"),
    ("2024-10-12T5:17:00", "2024-10-12T05:17:00", "second"),
    ("1728710220", "2024-10-12T05:17:00+00:00", "second"),
    ("1728710220000", "2024-10-12T05:17:00+00:00", "second"),
    ("2024-10", "2024-10-01T00:00:00", "month"),
    ("2024", "2024-01-01T00:00:00", "year"),
]
NOT_STATED = [
    None,
    "",
    "link number 1995",
    "0199",
    "Sat, 12 Oct 2024 02:17:00 +99999999999999999999",
    "12 Oct 2024 02:17:00 -99999999999999999999",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "9" * 5000,
    "1812",
    "123456",
    "2024-13",
    "99999999999999",
    "2024-13-40",
    "0001-01-01T00:00:00",
    "1970-01-01T00:00:00Z",
    "2199-01-01",
    "9999-99-99",
    "yesterday",
    "data:image/png;base64,iVBORw0KGgo20241012AAAA",
    "2024-02-30",
    "{{ date }}",
]
SHOWN = [
    ("October 12, 2024", "en-US", "2024-10-12T00:00:00", "day"),
    ("Oct. 12, 2024", "en", "2024-10-12T00:00:00", "day"),
    ("12 October 2024", "en-GB", "2024-10-12T00:00:00", "day"),
    ("Saturday, 12 October 2024", "en", "2024-10-12T00:00:00", "day"),
    ("12th October 2024", "en", "2024-10-12T00:00:00", "day"),
    ("Published: 12 October 2024 at 05:17", "en", "2024-10-12T05:17:00", "minute"),
    ("October 12, 2024 5:17 pm", "en-US", "2024-10-12T17:17:00", "minute"),
    ("October 12, 2024 at 12:05 a.m.", "en-US", "2024-10-12T00:05:00", "minute"),
    ("02/11/2025 - 16:45", "en-US", "2025-02-11T16:45:00", "minute"),
    ("02/11/2025", "en-GB", "2025-11-02T00:00:00", "day"),
    ("12.10.2024", "de", "2024-10-12T00:00:00", "day"),
    ("12.10.2024, 05:17 Uhr", "de", "2024-10-12T05:17:00", "minute"),
    ("Stand: 3. März 2025", "de", "2025-03-03T00:00:00", "day"),
    ("Publié le 18 mai 2025 à 17h42", "fr", "2025-05-18T17:42:00", "minute"),
    ("1er juillet 2024", "fr", "2024-07-01T00:00:00", "day"),
    ("3 de marzo de 2025", "es", "2025-03-03T00:00:00", "day"),
    ("3 de março de 2025 às 14:05", "pt-BR", "2025-03-03T14:05:00", "minute"),
    ("3 marzo 2025, 14:05", "it", "2025-03-03T14:05:00", "minute"),
    ("3 Mart 2025 14:05", "tr", "2025-03-03T14:05:00", "minute"),
    ("4 июня 2025, 11:25", "ru", "2025-06-04T11:25:00", "minute"),
    ("4 червня 2025", "uk", "2025-06-04T00:00:00", "day"),
    ("3 marca 2025", "pl", "2025-03-03T00:00:00", "day"),
    ("3 maart 2025", "nl", "2025-03-03T00:00:00", "day"),
    ("12 أكتوبر 2024", "ar", "2024-10-12T00:00:00", "day"),
    ("3 Maret 2025 14:05", "id", "2025-03-03T14:05:00", "minute"),
    ("3 मार्च 2025", "hi", "2025-03-03T00:00:00", "day"),
    ("2025年3月10日 5時00分", "ja", "2025-03-10T05:00:00", "minute"),
    ("2024年10月12日 08:30", "zh-CN", "2024-10-12T08:30:00", "minute"),
    ("2025년 3월 3일", "ko", "2025-03-03T00:00:00", "day"),
    ("2025.03.03 14:05", "ko", "2025-03-03T14:05:00", "minute"),
    ("12-Oct-2024", "en", "2024-10-12T00:00:00", "day"),
    ("Oct.12, 2024", "en", "2024-10-12T00:00:00", "day"),
    ("2. 11. 2024", "cs", "2024-11-02T00:00:00", "day"),
    ("28.01.22", "de", "2022-01-28T00:00:00", "day"),
    ("2024. március 3.", "hu", "2024-03-03T00:00:00", "day"),
    ("3 de marzo del 2025", "es", "2025-03-03T00:00:00", "day"),
    ("Oktoobar 12, 2024", "so", "2024-10-12T00:00:00", "day"),
    ("12 Aprili 2024", "sw", "2024-04-12T00:00:00", "day"),
    ("3. März 2025", "en", "2025-03-03T00:00:00", "day"),
    ("04:25:06 PM IST Apr 08, 2020", "en", "2020-04-08T16:25:00", "minute"),
    ("24 نيسان / أبريل 2020 09:22 مساءً", "ar", "2020-04-24T21:22:00", "minute"),
    ("2024-10-12T05:17:00+03:00", "en", "2024-10-12T05:17:00+03:00", "second"),
]
NOT_SHOWN = [
    ("link number 1995", "en"),
    ("8 minutes", "en"),
    ("October 2024", "en"),
    ("October 12", "en"),
    ("Friday", "en"),
    ("1,995 views", "en"),
    ("aGVsbG8yMDI0MTAxMg==", "en"),
    ("+254 700 000 000", "en"),
    ("0-3", "en"),
    ("32 October 2024", "en"),
    ("12 Foober 2024", "en"),
    ("", "en"),
    ("12 October 1812", "en"),
    ("version 1.2.10", "en"),
    ("10-12 October 2024", "en"),
    ("ring 555 12.10.2024.3", "en"),
]
PATHS = [
    ("https://news.example/2024/10/12/floods", "2024-10-12"),
    ("https://news.example/2024/10/12", "2024-10-12"),
    ("https://news.example/world/2024-10-12/floods.html", "2024-10-12"),
    ("https://news.example/2024/1/2/floods", "2024-01-02"),
    ("https://news.example/world/2024/oct/12/floods", "2024-10-12"),
    ("https://news.example/2024/october/12/floods", "2024-10-12"),
    ("https://news.example/2024/sports/12/floods", None),
    ("https://news.example/2024/10/floods", None),
    ("https://news.example/2024/13/40/floods", None),
    ("https://news.example/1812/10/12/a-battle", None),
    ("https://news.example/floods-2024-10-12345", None),
    ("https://news.example/99/2024/10/12345", None),
    (None, None),
]


def shown(stamp: Timestamp | None) -> tuple[str, str] | None:
    return stamp and (stamp.time.isoformat(timespec="seconds"), stamp.precision)


@pytest.mark.parametrize(("text", "time", "precision"), STATED)
def test_reads_what_machines_state(text: str, time: str, precision: str) -> None:
    assert shown(parse_timestamp(text)) == (time, precision)


@pytest.mark.parametrize("text", NOT_STATED)
def test_states_no_time(text: str | None) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(("text", "language", "time", "precision"), SHOWN)
def test_reads_what_people_see(text: str, language: str, time: str, precision: str) -> None:
    assert shown(parse_visible_date(text, language)) == (time, precision)


@pytest.mark.parametrize(
    ("text", "zone"), [("12 October 2024, 05:17 GMT", "+00:00"), ("12 October 2024 05:17 EAT", "+03:00")]
)
def test_reads_the_zone_that_follows_the_time(text: str, zone: str) -> None:
    stamp = parse_visible_date(text, "en")
    assert stamp is not None
    assert stamp.time.isoformat() == f"2024-10-12T05:17:00{zone}"


@pytest.mark.parametrize(("text", "language"), [("12/03/2024", "en-GB"), ("03/12/2024", "en-US")])
def test_a_day_to_come_was_written_in_the_other_order(
    text: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(parse_visible_date(text, language)) == ("2024-03-12T00:00:00", "day")
    monkeypatch.setattr("cleaning.metadata.date_parsing._is_future", lambda *day: day > (2024, 1, 1))
    assert shown(parse_visible_date(text, language)) == ("2024-12-03T00:00:00", "day")


@pytest.mark.parametrize(("text", "language"), NOT_SHOWN)
def test_invents_no_date(text: str, language: str) -> None:
    assert parse_visible_date(text, language) is None


@pytest.mark.parametrize(("url", "day"), PATHS)
def test_reads_the_day_in_an_address(url: str | None, day: str | None) -> None:
    stamp = find_date_in_url(url)
    assert (stamp and stamp.time.date().isoformat()) == day
    assert stamp is None or stamp.precision == "day"


BY_LANGUAGE = tomllib.loads((Path(__file__).parent / "dates_by_language.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in BY_LANGUAGE.items() for text in texts]
)
def test_a_day_in_many_languages(language: str, text: str) -> None:
    parsed = parse_visible_date(text, language)
    assert parsed is not None
    assert parsed.time.date().isoformat() == "2024-10-10"
    assert parsed.precision == "day" or (parsed.time.hour, parsed.time.minute) == (17, 17)


@pytest.mark.parametrize("text", ["32 مهر 1403", "31 آبان 1403", "19 مهر 1203", "10 ตุลาคม 2999", "令和99年10月10日"])
def test_days_of_other_calendars_that_do_not_exist(text: str) -> None:
    assert parse_visible_date(text, "fa") is None
