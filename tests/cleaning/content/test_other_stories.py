"""A second story below the first one."""

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


def text_of(body: str) -> str:
    return clean(f"<html><body><main>{body}</main></body></html>").text


def test_an_article_with_a_second_headline_is_left_out() -> None:
    text = text_of(f"<article>{HEAD}{STORY}</article><article><h1>Bakery closes</h1>{OTHER}</article>")
    assert "Gannet Rock" in text
    assert "bakery" not in text


def test_an_article_whose_heading_is_a_link_is_left_out() -> None:
    text = text_of(f"<article>{HEAD}{STORY}</article><article><h2><a href='/b'>Bakery closes</a></h2>{OTHER}</article>")
    assert "bakery" not in text


def test_sections_of_one_story_stay() -> None:
    parts = f"<section class='part'><h1>The cable</h1>{OTHER}</section>"
    assert "bakery" in text_of(f"<article><section class='part'>{HEAD}{STORY}</section>{parts}</article>")
    assert "bakery" in text_of(f"<article>{HEAD}{STORY}<article><h2>Update</h2>{OTHER}</article></article>")


def test_a_caption_above_the_headline_is_no_first_story() -> None:
    caption = "The rock at low tide, seen from the pier on a calm Tuesday, before the storm came."
    figure = f"<figure><img><figcaption>{caption}</figcaption></figure>"
    assert "Gannet Rock" in text_of(f"{figure}<article>{HEAD}{STORY}</article>")
