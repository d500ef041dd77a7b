"""What Scrapy's middlewares for answers do differently here."""

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.fetch.middlewares import RedirectMiddleware
from crawler.outcomes import RequestRejectedError


def redirected(location: str, **meta: object) -> Request | Response:
    request = Request("http://a.example/", meta=meta)
    response = Response(request.url, status=301, headers={"Location": location})
    return RedirectMiddleware.from_crawler(get_crawler()).process_response(request, response)


def test_a_redirect_to_another_host_waits_for_that_hosts_turn() -> None:
    followed = redirected("http://www.a.example/", download_slot="a.example", kept=1)
    assert isinstance(followed, Request)
    assert (followed.url, followed.meta.get("kept")) == ("http://www.a.example/", 1)
    assert "download_slot" not in followed.meta


def test_a_chain_without_an_end_is_named() -> None:
    with pytest.raises(RequestRejectedError, match="too-many-redirects"):
        redirected("http://a.example/", redirect_times=20)
