"""Pages and headers that send browsers to another page."""

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler

from crawler.fetch.middlewares import RedirectMiddleware
from crawler.parsers.refresh import find_refresh_url

URL = "https://a.example/go"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<meta http-equiv="refresh" content="0; url=/story">', "https://a.example/story"),
        ("<META content='3;URL=https://b.example/?a=1&amp;b=2' HTTP-EQUIV=Refresh>", "https://b.example/?a=1&b=2"),
        ('<meta http-equiv="refresh" content="900; url=/story">', None),
        ('<meta http-equiv="refresh" content="5">', None),
        ('<meta http-equiv="refresh" content="0; url=/go#top">', None),
        ('<meta http-equiv="refresh" content="0; url=javascript:x()">', None),
        ('<noscript><meta http-equiv="refresh" content="0; url=/nojs"></noscript>', None),
        ('<!-- <meta http-equiv="refresh" content="0; url=/old"> -->', None),
        ('<meta name="refresh" content="0; url=/story">', None),
    ],
)
def test_targets_of_pages(html: str, expected: str | None) -> None:
    assert find_refresh_url(html.encode(), URL) == expected


def test_a_refresh_header_is_a_redirect() -> None:
    def answer(value: str) -> object:
        middleware = RedirectMiddleware.from_crawler(get_crawler())
        return middleware.process_response(Request(URL), HtmlResponse(URL, headers={"Refresh": value}))

    followed = answer("0; url=/story")
    assert isinstance(followed, Request)
    assert followed.url == "https://a.example/story"
    assert isinstance(answer("600"), HtmlResponse)
