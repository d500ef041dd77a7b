"""A second story below the first one."""

import pytest

from cleaning import clean

HEAD = "<h1>Lighthouse dark</h1>"
STORY = (
    "<p>The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said, for the first time ever.</p>"
    "<p>Two keepers rowed out at dawn and found that lightning had burnt the cable from the mainland.</p>"
    "<p>A generator will light the lamp until the cable is mended, which takes three weeks in calm weather.</p>"
)
OTHER = (
    "<p>The bakery in Velden Bay has closed after ninety years, its owner told customers on Wednesday morning.</p>"
    "<p>She said that flour had become too dear, and that nobody wanted to get up at three any more.</p>"
)


def clean_body(body: str) -> str:
    return clean(f"<html><body><main>{body}</main></body></html>").text


def test_an_article_with_a_second_headline_is_left_out() -> None:
    text = clean_body(f"<article>{HEAD}{STORY}</article><article><h1>Bakery closes</h1>{OTHER}</article>")
    assert "Gannet Rock" in text
    assert "bakery" not in text


def test_an_article_whose_heading_is_a_link_is_left_out() -> None:
    text = clean_body(
        f"<article>{HEAD}{STORY}</article><article><h2><a href='/b'>Bakery closes</a></h2>{OTHER}</article>"
    )
    assert "bakery" not in text


def test_sections_of_one_story_stay() -> None:
    parts = f"<section class='part'><h1>The cable</h1>{OTHER}</section>"
    assert "bakery" in clean_body(f"<article><section class='part'>{HEAD}{STORY}</section>{parts}</article>")
    assert "bakery" in clean_body(f"<article>{HEAD}{STORY}<article><h2>Update</h2>{OTHER}</article></article>")


def test_the_posts_of_a_live_blog_link_to_places_on_its_own_page() -> None:
    post = f"<article><h2><a href='https://a.example/live?post=3#post-3'>Later on</a></h2>{OTHER}</article>"
    page = f"<html><body><main><article>{HEAD}{STORY}{post}</article></main></body></html>"
    assert "bakery" in clean(page, "https://a.example/live").text


def test_a_caption_above_the_headline_is_no_first_story() -> None:
    caption = "The rock at low tide, seen from the pier on a calm Tuesday, before the storm came."
    figure = f"<figure><img><figcaption>{caption}</figcaption></figure>"
    assert "Gannet Rock" in clean_body(f"{figure}<article>{HEAD}{STORY}</article>")


LABELLED = {
    "Vietnamese": "<p>Xem thêm: <a href='/n/2'>Cây cầu không bao giờ xong</a></p>",
    "a bar": "<p><strong>FUNDA OLUNYE UDABA |</strong> <a href='/n/2'>Kuboshwe abahlanu besolwa ngokugwaza</a></p>",
}


@pytest.mark.parametrize("paragraph", LABELLED.values(), ids=LABELLED)
def test_a_label_with_the_linked_title_of_another_story_is_left_out(paragraph: str) -> None:
    text = clean_body(f"<article>{HEAD}{STORY}{paragraph}{OTHER}</article>")
    assert "/n/2" not in text
    assert text.count("\n\n") == 4


KEPT_LINKS = {
    "a sentence": "<p>She said: <a href='/n/2'>the bridge will never be finished</a>.</p>",
    "a statement": "<p>Officials said: <a href='/n/2'>the bridge will stay closed until Monday</a></p>",
    "an arrow alone": "<p>&gt; <a href='/n/2'>Lamps of the northern coast</a></p>",
    "another site": "<p>The report: <a href='https://other.example/x'>Lamps of the northern coast</a></p>",
    "a long introduction": "<p>The coast guard has published this: <a href='/n/2'>Lamps of the northern coast</a></p>",
}


@pytest.mark.parametrize("paragraph", KEPT_LINKS.values(), ids=KEPT_LINKS)
def test_links_that_are_part_of_the_text_stay(paragraph: str) -> None:
    assert clean_body(f"<article>{HEAD}{STORY}{paragraph}{OTHER}</article>").count("\n\n") == 5
