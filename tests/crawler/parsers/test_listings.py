"""What discovery gets of a listing."""

import pytest

from crawler.parsers.feeds import read_feed
from crawler.parsers.listings import from_feed

URL = "https://site.example/feed.xml"
OWN, OTHER = "https://site.example/a", "https://other.example/story"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        (f"<link>{OWN}</link><guid>https://site.example/?p=1</guid>", OWN),
        (f"<link>{OTHER}</link><guid>{OWN}</guid>", OWN),
        (f"<link>{OTHER}</link><guid isPermaLink='false'>{OWN}</guid>", OWN),
        (f"<link rel='alternate' href='{OTHER}'/><link rel='related' href='/a'/><id>tag:1</id>", OWN),
        (f"<link>{OTHER}</link><guid>1</guid>", None),
        (f"<link>{OTHER}</link><guid>{OTHER}</guid>", None),
    ],
)
def test_of_a_link_blog_the_own_page_is_listed(entry: str, url: str | None) -> None:
    body = f"<rss version='2.0'><channel><item>{entry}</item></channel></rss>".encode()
    pages = from_feed(read_feed(body, URL), ("site.example",)).pages
    assert [page.url for page in pages] == ([url] if url else [])


def test_what_a_feed_says_of_an_article_is_listed() -> None:
    body = (
        f"<rss version='2.0'><channel><item><link>{OWN}</link><author>a@b.example (Ada Quist)</author>"
        "<category>Ferries</category></item></channel></rss>"
    )
    (page,) = from_feed(read_feed(body.encode(), URL), ("site.example",)).pages
    assert (page.authors, page.tags) == (("Ada Quist",), ("Ferries",))
    assert from_feed(read_feed(body.removesuffix("</rss>").encode(), URL), ("site.example",)).damage
