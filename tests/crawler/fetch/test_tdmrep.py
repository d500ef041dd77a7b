"""A crawl and the tdmrep.json of its hosts, and what happens where one cannot be had."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from faulty import dripping, gzipped_spaces, hanging_up, head, in_turn, page, redirect, reply, robots, serving, silent

from crawler.fetch.tdmrep import TDMREP_PATH, is_tdmrep_due, read_tdmrep
from storage import Corpus, Host

NOW = datetime(2024, 5, 8, 12, tzinfo=UTC)
RESERVED = b'[{"location": "/", "tdm-reservation": 1}]'


@pytest.mark.parametrize(
    ("text", "age", "is_due"),
    [
        ("[]", timedelta(days=6), False),
        ("", timedelta(days=6), False),
        ("", timedelta(days=7), True),
        (None, timedelta(hours=23), False),
        (None, timedelta(days=1), True),
        ("", timedelta(seconds=-1), True),
        ("", None, True),
    ],
)
def test_when_a_host_is_asked_for_it(text: str | None, age: timedelta | None, is_due: bool) -> None:
    host = Host("a.example", tdmrep_fetched_at=None if age is None else NOW - age, tdmrep=text)
    assert is_tdmrep_due(host, NOW) is is_due


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (200, RESERVED, RESERVED.decode()),
        (200, b"\xef\xbb\xbf" + RESERVED, "\ufeff" + RESERVED.decode()),
        (200, b"<!doctype html><title>Home</title>", ""),
        (200, b'{"error": "not found"}', ""),
        (200, RESERVED + b" " * 70_000, ""),
        (200, b"[\x00]", ""),
        (404, RESERVED, ""),
        (301, b"", ""),
        (403, b"", ""),
        (429, b"", None),
        (503, RESERVED, None),
    ],
)
def test_what_an_answer_says(status: int, body: bytes, text: str | None) -> None:
    assert read_tdmrep(status, body) == text


def test_where_it_cannot_be_had_articles_are_stored_without_it(start_crawl, database: str) -> None:
    answers = {
        "503": reply(503),
        "silent": silent,
        "drip": dripping(head(200, "application/json"), b" ", 0.3),
        "reset": hanging_up(b""),
        "loop": redirect(TDMREP_PATH),
        "page": reply(200, b"<!doctype html>" + b"x" * 500_000),
        "bomb": reply(200, gzipped_spaces(8 * 1024 * 1024), "application/json", Content_Encoding="gzip"),
    }
    sites = {f"{name}.example": {TDMREP_PATH: answer, "/a": page(1)} for name, answer in answers.items()}
    sites["forbidden.example"] = {"/robots.txt": robots("User-agent: *\nDisallow: /.well-known/"), "/a": page(1)}
    with serving(sites) as server:
        urls = [f"http://{name}/" for name in sites]
        crawled = start_crawl(*urls, environment={"http_proxy": server.url}, timeout=2.0).wait()
        asked = {exchange.host for exchange in server.exchanges if exchange.path == TDMREP_PATH}
    assert (crawled["counts"]["stored"], crawled["exit_code"], crawled["problems"]) == (len(sites), 0, {})
    assert asked == {f"{name}.example" for name in answers}  # never against robots.txt
    with Corpus.open(database) as corpus:
        known = {name.partition(".")[0]: corpus.crawl.get_host(name) for name in sites}
    assert {name for name, host in known.items() if host.tdmrep == ""} == {"loop", "page", "bomb"}
    assert known["forbidden"].tdmrep_fetched_at is None
    assert all(known[name].tdmrep_fetched_at for name in answers)


def test_what_it_said_last_holds_while_its_host_fails(start_crawl, database: str) -> None:
    file = in_turn(reply(200, RESERVED, "application/json"), reply(500))
    site = {TDMREP_PATH: file, "/a": page(1), "/b": page(2)}
    with serving({"news.example": site}) as server:
        start_crawl({"url": "http://news.example/", "max_pages": 1}, environment={"http_proxy": server.url}).wait()
        with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
            connection.execute("update host set tdmrep_fetched_at = datetime(tdmrep_fetched_at, '-8 days')")
        connection.close()
        second = start_crawl("http://news.example/", environment={"http_proxy": server.url}).wait()
        assert server.asked("news.example").count(TDMREP_PATH) == 2
    assert second["counts"]["tdm-reserved"] == 1
    with Corpus.open(database) as corpus:
        assert corpus.crawl.get_host("news.example").tdmrep == RESERVED.decode()
        assert list(corpus.iter()) == []
