"""Text that a page holds only as data, or in elements that browsers show later."""

import json

import pytest

from cleaning import NotAnArticleError, clean, clean_and_explain

TITLE = "Lighthouse on Gannet Rock goes dark"
PARAGRAPHS = [
    "The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said, for the first time ever.",
    "Two keepers rowed out at dawn and found that lightning had burnt the cable from the mainland.",
    "A generator will light the lamp until the cable is mended, which takes three weeks in calm weather.",
]
MARKUP = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
OTHER = "The bakery in Velden Bay has closed after ninety years, its owner told customers on Wednesday. " * 9


def build_page(body: str) -> str:
    return f"<html><head><title>{TITLE}</title></head><body><div id='app'></div>{body}</body></html>"


def script(data: object, kind: str = "application/json", start: str = "") -> str:
    return f"<script type='{kind}' id='data'>{start}{json.dumps(data)}</script>"


ARTICLE = {"title": TITLE, "body": MARKUP}
NUXT = [["Reactive", 1], {"story": 2, "other": 5}, {"title": 3, "body": 4}, TITLE, MARKUP, {"body": 6}, OTHER]
NODES = [{"type": "paragraph", "children": [{"text": text[:20]}, {"text": text[20:]}]} for text in PARAGRAPHS]

PAGES = {
    "an object with its title": script({"props": {"pageProps": {"article": ARTICLE}}}),
    "a variable": script({"page": ARTICLE}, kind="text/javascript", start="window.__STATE__ = "),
    "a list of paragraphs": script(
        {"headline": TITLE, "content": [{"type": "p", "text": text} for text in PARAGRAPHS]}
    ),
    "rich text": script({"headline": TITLE, "document": {"nodes": NODES}}),
    "a flat list": script(NUXT),
    "JSON-LD": script(
        {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(PARAGRAPHS)}, "application/ld+json"
    ),
    "escaped markup": script({"title": TITLE, "html": MARKUP.replace("<", "&lt;").replace(">", "&gt;")}),
    "a template": f"<template><h1>{TITLE}</h1>{MARKUP}</template>",
    "noscript": f"<noscript><h1>{TITLE}</h1>{MARKUP}</noscript>",
}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_finds(body: str) -> None:
    text = clean(build_page(body)).text
    assert text.split("\n\n") == PARAGRAPHS


def test_what_hidden_text_replaces_is_a_removal() -> None:
    teaser = "The lighthouse on Gannet Rock is dark, and nobody yet knows for how long it will stay so."
    cleaned = clean_and_explain(build_page(f"<h1>{TITLE}</h1><p>{teaser}</p>{script(ARTICLE)}"))
    assert cleaned.article.text.split("\n\n") == PARAGRAPHS
    assert [(r.rule, r.text) for r in cleaned.removals if r.text == teaser] == [("replaced-by-hidden-text", teaser)]


def test_data_of_another_story_is_no_substitute() -> None:
    with pytest.raises(NotAnArticleError):
        clean(build_page(script({"title": TITLE, "related": [{"title": "Bakery closes after years", "body": OTHER}]})))


@pytest.mark.parametrize("tag", ["template", "noscript"])
def test_another_text_in_a_hidden_element_does_not_replace_a_short_article(tag: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:2])
    page = build_page(f"<article><h1>{TITLE}</h1>{body}</article><{tag}><p>{OTHER}</p></{tag}>")
    assert clean(page).text.split("\n\n") == PARAGRAPHS[:2]


def test_comments_in_the_data_do_not_replace_a_short_article() -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:2])
    data = {"title": TITLE, "comments": [{"text": OTHER}]}
    assert (
        clean(build_page(f"<article><h1>{TITLE}</h1>{body}</article>{script(data)}")).text.split("\n\n")
        == PARAGRAPHS[:2]
    )


def test_visible_text_needs_no_substitute() -> None:
    page = build_page(f"<article><h1>{TITLE}</h1>{MARKUP * 3}</article>" + script({"title": TITLE, "body": OTHER * 9}))
    assert "bakery" not in clean(page).text


def test_a_paywall_is_respected() -> None:
    stated = {"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False, "articleBody": OTHER}
    with pytest.raises(NotAnArticleError):
        clean(
            build_page(
                f"<article><h1>{TITLE}</h1><p>The lamp is dark.</p></article>" + script(stated, "application/ld+json")
            )
        )


SHARED = [{"title": 1, "body": 2}] * 20_000
HOSTILE = {
    "objects that refer to one long list": [*SHARED, TITLE, [3] * 300_000],
    "a long text many times": [{"title": 1, "body": 2}, TITLE, [3] * 300_000, OTHER * 300],
    "deep nesting": json.loads("[" * 900 + "]" * 900),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_data_made_to_take_long(data: object) -> None:
    with pytest.raises(NotAnArticleError):
        clean(build_page(script(data)))
