"""A crawl of pages that hurt: each is recorded, and the crawl's own process stays small."""

from functools import partial

import pytest
from hostile_pages import HANGING, KINDS
from odd_site import HTML, OddSite

from crawler.demo import Response, serve
from storage import Corpus

SIZE = 128_000
"""Bytes of a page."""


def answer(number: int, kind: str) -> Response:
    """A page of a kind, under a headline of its own."""
    page = KINDS[kind](SIZE)
    body = page if isinstance(page, bytes) else page.encode("utf-8", "surrogatepass")
    return Response(200, HTML, body.replace(b"Harbour closed", b"Harbour of port %d closed" % number))


@pytest.mark.slow
@pytest.mark.promise(11, 39)
def test_each_is_recorded(start_crawl, database: str, measured) -> None:
    answers = {f"/2024/10/storm-{number}": partial(answer, number, kind) for number, kind in enumerate(KINDS)}
    answers["/2024/10/hanging"] = Response(200, HTML, HANGING.encode()[:2_000_000])  # a quarter is done in time
    with serve(OddSite(answers)) as server:
        done = start_crawl("http://hostile.example/", environment={"http_proxy": server.url}).wait(seconds=400)
    with Corpus.open(database) as corpus:
        failures = {failure.url.rpartition("/")[2]: failure.outcome for failure in corpus.list_failed_pages(limit=1000)}
    binary = [f"storm-{list(KINDS).index(kind)}" for kind in ("high bytes", "control characters")]
    assert failures == dict.fromkeys(binary, "not-html") | {"hanging": "too-short"}
    assert done["counts"]["stored"] == len(KINDS) - len(binary)
    assert done["megabytes"] < 200
    measured(
        f"{len(answers)} hostile pages of {SIZE // 1000} KB crawled, each recorded; main process {done['megabytes']} MB"
    )
