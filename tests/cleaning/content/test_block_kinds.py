"""Captions, credits of pictures, standfirsts and key points: kinds that the place of a block tells."""

import pytest

from cleaning import Article, BlockKind, clean
from cleaning.content.block_kinds import find_credit

STORY = "".join(
    f"<p>{sentence}</p>"
    for sentence in (
        "The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said, for the first time ever.",
        "Two keepers rowed out at dawn and found that lightning had burnt the cable from the mainland.",
        "A generator will light the lamp until the cable is mended, which takes three weeks in calm weather.",
    )
)
PICTURE = "<img src='rock.jpg'>"
CAPTION = "The rock at low tide, seen from the pier"


def clean_story(before: str = "", after: str = "", **options: bool) -> Article:
    page = f"<html><body><h1>Lighthouse dark</h1><article>{before}{STORY}{after}</article></body></html>"
    return clean(page, **options)


CAPTIONS = {
    "figcaption": f"<figure>{PICTURE}<figcaption>{CAPTION}</figcaption></figure>",
    "text in a figure": f"<figure>{PICTURE}<div>{CAPTION}</div></figure>",
    "by its class": f"<div class='box'>{PICTURE}<p class='wp-caption-text'>{CAPTION}</p></div>",
    "by a class in camel case": f"<div>{PICTURE}<div class='leadMediaCaption'><span>{CAPTION}</span></div></div>",
    "text beside a picture": f"<div class='article-image'>{PICTURE}<p>{CAPTION}</p></div>",
    "another language": f"<div>{PICTURE}<p class='bildunterschrift'>{CAPTION}</p></div>",
}


@pytest.mark.parametrize("markup", CAPTIONS.values(), ids=CAPTIONS)
def test_a_caption_is_a_block_and_not_in_the_text(markup: str) -> None:
    article = clean_story(after=markup + STORY.replace("Two", "Three"))
    assert (BlockKind.CAPTION, CAPTION) in [(block.kind, block.text) for block in article.blocks]
    assert CAPTION not in article.text


def test_captions_are_in_the_text_on_demand() -> None:
    markup = CAPTIONS["figcaption"] + STORY.replace("Two", "Three")
    with_captions = clean_story(after=markup, captions=True)
    assert CAPTION in with_captions.text
    assert with_captions.content_hash != clean_story(after=markup).content_hash


NO_CAPTIONS = {
    "a name that speaks of another element": f"<div class='hasCaption'><p>{CAPTION}.</p></div>",
    "a figure around the story": f"<figure>{PICTURE}<p>{'Rowing on. ' * 15}</p><p>{'Rain fell. ' * 15}</p></figure>",
    "a card": f"<div class='caption'><h3>Cable</h3><p>{CAPTION}.</p></div>",
    "a paragraph with a picture": f"<p>{PICTURE}{CAPTION}.</p>",
    "a section with a picture": f"<div class='section'>{PICTURE}<p>{CAPTION}.</p></div>",
}


@pytest.mark.parametrize("markup", NO_CAPTIONS.values(), ids=NO_CAPTIONS)
def test_prose_beside_a_picture_stays_in_the_text(markup: str) -> None:
    kinds = {block.text: block.kind for block in clean_story(after=markup + STORY.replace("Two", "Three")).blocks}
    assert BlockKind.CAPTION not in kinds.values()


def test_a_story_told_in_captions_keeps_them() -> None:
    pictures = "".join(
        f"<figure>{PICTURE}<figcaption>Day {day}: the keepers carry the cable over the rocks while the tide comes in, "
        "and the generator hums behind them.</figcaption></figure>"
        for day in range(1, 9)
    )
    assert "Day 8" in clean_story(after=pictures).text


CREDITS = {
    "Low tide. (Photo: Lena Foss/AFP)": "Lena Foss/AFP",
    "Low tide. Photo by Lena Foss": "Lena Foss",
    "Low tide © Lena Foss": "Lena Foss",
    "Low tide | Foto: dpa": "dpa",
    "The photo by the door shows a gull.": "",
    "Low tide in the old harbour": "",
}


@pytest.mark.parametrize(("caption", "credit"), CREDITS.items())
def test_finds_the_credit_in_a_caption(caption: str, credit: str) -> None:
    assert find_credit(caption) == credit


MARKED_CREDITS = {
    "Photo: Lena Foss": "Lena Foss",
    "© AFP": "AFP",
    "(Lena Foss/Getty (cropped))": "Lena Foss/Getty",
    "|": "",
}


@pytest.mark.parametrize(("marked", "credit"), MARKED_CREDITS.items())
def test_strips_the_label_of_a_marked_credit(marked: str, credit: str) -> None:
    assert find_credit(f"Low tide {marked}", marked) == credit


@pytest.mark.parametrize(
    "markup",
    [
        f"<figure>{PICTURE}<figcaption>Low tide <span class='credit'>Lena Foss/AFP</span></figcaption></figure>",
        f"<figure>{PICTURE}<figcaption>Low tide<div class='photo-credit'>Lena Foss/AFP</div></figcaption></figure>",
    ],
)
def test_a_marked_credit_is_harvested(markup: str) -> None:
    article = clean_story(after=markup + STORY.replace("Two", "Three"))
    assert article.photo_credits == ("Lena Foss/AFP",)
    assert article.provenance["photo_credits"] == "caption"


def test_standfirst_and_key_points_have_their_own_kinds() -> None:
    article = clean_story(
        before="<h2 class='article-dek'>Lightning cut the cable that fed the lamp on Gannet Rock since 1924</h2>"
        "<div class='key-points'><ul><li>The lamp went dark on Tuesday</li><li>A generator feeds it now</li></ul></div>"
    )
    kinds = {block.text: block.kind for block in article.blocks}
    assert kinds["Lightning cut the cable that fed the lamp on Gannet Rock since 1924"] is BlockKind.STANDFIRST
    assert kinds["A generator feeds it now"] is BlockKind.KEY_POINT
    assert "- The lamp went dark on Tuesday\n- A generator feeds it now" in article.text


REPEATED_CAPTIONS = {
    "the picture's alternative text": f"<div><img alt='{CAPTION}'></div><div><span>{CAPTION}</span></div>",
    "a caption once more": f"<figure>{PICTURE}<figcaption>{CAPTION} (AFP)</figcaption></figure><p>{CAPTION}</p>",
    "a box with a credit": f"<div class='boxa'><div>{PICTURE}</div><h1>{CAPTION}.</h1><p>Photo: AFP</p></div>",
}


@pytest.mark.parametrize("markup", REPEATED_CAPTIONS.values(), ids=REPEATED_CAPTIONS)
def test_what_repeats_a_picture_or_its_caption_is_a_caption(markup: str) -> None:
    assert CAPTION not in clean_story(after=markup + STORY.replace("Two", "Three")).text


def test_a_paragraph_that_a_picture_cites_stays() -> None:
    sentence = "Two keepers rowed out at dawn and found that lightning had burnt the cable from the mainland."
    assert sentence in clean_story(before=f"<img alt='{sentence}'>").text


def test_a_short_article_beside_a_picture_and_its_credit_is_no_caption() -> None:
    lead = "<p>Ships were told to keep two miles away from the rock, and no one was hurt in the night.</p>" * 3
    page = f"<html><body><h1>Lighthouse dark</h1>{lead}<div>{PICTURE}<p>Photo: AFP</p>{STORY}</div></body></html>"
    assert "cable" in clean(page).text
