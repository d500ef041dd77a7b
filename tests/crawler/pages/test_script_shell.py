"""Pages that are empty without their scripts."""

import pytest
from faulty import HTML, reply, serving
from records import outcomes

from crawler.pages.script_shell import is_script_shell
from crawler.pages.tasks import RejectedPage, read_article
from crawler.stats import explain_no_articles

SHELL = b'<!doctype html><title>Paper</title><div id="app"></div><script src="/main.js"></script>'
ASKING = b"<script></script><p>Hello</p><noscript>Please enable JavaScript.</noscript>"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (SHELL, True),
        (ASKING, True),
        (b"<body><app-root></app-root><script src=/main.js></script></body>", True),
        (b'<div id="app"></div>', False),
        (b'<div id="wrapper-app"></div><script></script>', False),
        (b"<script></script><noscript><img src=/pixel></noscript><p>Hello", False),
    ],
)
def test_shells_are_recognised(page: bytes, expected: bool) -> None:
    assert is_script_shell(page) is expected


def test_a_shell_has_an_outcome_unless_its_scripts_have_run() -> None:
    url = "https://a.example/2024/10/12/a-title/"
    read = read_article(SHELL, url, None, "feed")
    assert isinstance(read, RejectedPage)
    assert read.reason == "needs-scripts"
    rendered = read_article(SHELL, url, None, "feed", is_rendered=True)
    assert isinstance(rendered, RejectedPage)
    assert rendered.reason != "needs-scripts"


def test_the_user_is_told_what_to_set_if_most_pages_need_it() -> None:
    most = explain_no_articles({"needs-scripts": 3, "http-404": 1}, is_first_crawl=True)
    few = explain_no_articles({"needs-scripts": 1, "http-404": 3}, is_first_crawl=True)
    assert most is not None
    assert "`js = true`" in most
    assert few is not None
    assert "js" not in few.replace("needs-scripts", "")


def test_an_empty_front_page_is_named(start_crawl, database: str) -> None:
    with serving({"shell.example": {"/": reply(200, SHELL, HTML), "/feed": reply(404)}}) as server:
        crawled = start_crawl("http://shell.example/", environment={"http_proxy": server.url}).wait()
    assert outcomes(database) == {}
    assert "set `js = true`" in crawled["problems"]["http://shell.example/"]
