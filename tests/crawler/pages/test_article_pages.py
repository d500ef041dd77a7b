"""Articles on several pages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from faulty import HTML, feed, reply, serving
from records import outcomes

from cleaning import Article, Cleaned
from cleaning.article import Block, BlockKind
from crawler.pages.article_pages import find_following_page, is_following_page, join_pages
from storage import Corpus

FIRST = "https://a.example/2024/story"


@pytest.mark.parametrize(
    ("html", "number", "expected"),
    [
        ('<link rel="next" href="/2024/story?page=2">', 1, f"{FIRST}?page=2"),
        ("<a href='story/2/' rel='nofollow next'>Next page</a>", 1, f"{FIRST}/2/"),
        ('<a class="p" href="/2024/story/page/3">3</a> <a href="/2024/story/page/2">2</a>', 1, f"{FIRST}/page/2"),
        ('<a href="/2024/story/page/3">3</a>', 2, f"{FIRST}/page/3"),
        # The next article, the comments, another list, a link without a reason, and the page itself.
        ('<link rel="next" href="/2024/story-2">', 1, None),
        ('<link rel="next" href="/2024/other?page=2">', 1, None),
        ('<a rel="next" href="/2024/story?page=2#comments">2</a>', 1, None),
        ('<a rel="next" href="/2024/story/comment-page-2/">2</a>', 1, None),
        ('<a href="/2024/story?page=2">Share</a>', 1, None),
        ('<a rel="next" href="/2024/story?page=2">2</a>', 2, None),
        ('<a rel="next" href="http://[/?page=2">2</a>', 1, None),
    ],
)
def test_following_pages_are_found(html: str, number: int, expected: str | None) -> None:
    assert find_following_page(html.encode(), FIRST, number) == expected


def test_an_articles_number_is_no_page_number() -> None:
    next_story = b'<link rel="next" href="https://a.example/story/58"><a href="/story/57/2">2</a>'
    assert find_following_page(next_story, "https://a.example/story/57", 1) == "https://a.example/story/57/2"
    assert find_following_page(next_story, "https://a.example/story/57", 57) is None


def cleaned(*texts: str) -> Cleaned:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)
    return Cleaned(Article(text="\n\n".join(texts), blocks=blocks, title="A title", flags=("developing",)), ())


def test_what_a_page_repeats_is_not_joined_twice() -> None:
    joined = join_pages(cleaned("Summary.", "One."), cleaned("A title", "Summary.", "Two words."))
    assert joined is not None
    article = joined.article
    assert (article.text, article.word_count) == ("Summary.\n\nOne.\n\nTwo words.", 4)
    assert article.flags == ("developing", "joined-pages")
    assert article.content_hash
    assert join_pages(cleaned("Summary.", "One."), cleaned("Summary.")) is None


@pytest.mark.parametrize(
    ("url", "day", "expected"),
    [
        (f"{FIRST}?page=2", None, True),
        (f"{FIRST}/page/2/", 3, True),
        (f"{FIRST}?page=2", 10, False),  # a later story with the same title
        ("https://a.example/", None, False),  # redirects
        ("https://a.example/2024/other", None, False),
        (f"{FIRST}?page=1", None, False),
        ("https://www.a.example/2024/story/2", None, True),
    ],
)
def test_another_article_is_no_further_page(url: str, day: int | None, expected: bool) -> None:
    first = replace(cleaned("One.").article, published=datetime(2024, 3, 3, tzinfo=UTC))
    following = replace(cleaned("Two.").article, published=day and datetime(2024, 3, day, tzinfo=UTC))
    assert is_following_page(first, following, FIRST, url, 2) is expected


def page(part: int, *, following: str | None = None) -> bytes:
    """One page of an article of its own text."""
    link = f'<link rel="next" href="{following}">' if following else ""
    text = "".join(
        f"<p>In part {part} the harbour master said that ship {n} has to wait for days.</p>" for n in range(9)
    )
    return f"<html><head><title>Ships wait</title>{link}</head><article><h1>Ships wait</h1>{text}</article>".encode()


def test_pages_become_one_article(start_crawl, database: str) -> None:
    site = {
        "/feed": feed(f"http://parts.example/{name}" for name in ("whole", "broken", "moved", "short")),
        "/whole": reply(200, page(1, following="/whole?page=2"), HTML),
        "/whole?page=2": reply(200, page(2, following="/whole?page=3"), HTML),
        "/whole?page=3": reply(200, page(3), HTML),
        "/broken": reply(200, page(4, following="/broken?page=2"), HTML),
        "/broken?page=2": reply(404),
        "/short": reply(200, page(6, following="/short?page=2").replace(b"harbour master", b"mayor"), HTML),
        "/short?page=2": reply(302, Location="/target"),
        "/moved": reply(200, b'<meta http-equiv="refresh" content="0; url=/target"><p>Moving', HTML),
        "/target": reply(200, page(5), HTML),
    }
    with serving({"parts.example": site}) as server:
        crawled = start_crawl("http://parts.example/", environment={"http_proxy": server.url}).wait()
    assert crawled.errors == ""
    assert outcomes(database) == {"/whole": "stored", "/broken": "stored", "/moved": "stored", "/short": "stored"}
    with Corpus.open(database) as corpus:
        articles = {article.url.partition(".example")[2]: article for article in corpus.iter()}
    assert [f"In part {part}" in articles["/whole"].text for part in (1, 2, 3)] == [True] * 3
    assert articles["/whole"].flags == ("joined-pages",)
    assert articles["/broken"].flags == ("more-pages",)
    assert "In part 5" not in articles["/short"].text
    assert "In part 5" in articles["/target"].text
