"""End tags that are missing, or come too early."""

import pytest

from cleaning.html.tree import parse_html

STORY = "<p>The bridge opens on Monday.</p>"
PAGES = {
    "text after the end of the body": f"<html><body><h1>Bridge</h1></body>{STORY}</html>",
    "text after the end of the page": f"<html><body><h1>Bridge</h1></body></html>\n{STORY}",
    "an iframe that is left open": f"<html><body><iframe src='map'>{STORY}</body></html>",
    "an iframe closed like XML": f"<html><body><iframe src='map'/>{STORY}<iframe src='x'></iframe></body></html>",
    "an iframe left open before another": f"<body><iframe src='a'>{STORY}<iframe src='b'></iframe></body>",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_keeps_the_text(page: str) -> None:
    assert parse_html(page).xpath("string(body//p)") == "The bridge opens on Monday."


def test_keeps_what_is_in_an_iframe_out() -> None:
    assert not parse_html(f"<body><iframe src='map'>{STORY}</iframe></body>").xpath("body//p")
