"""The article in JSON-LD, wherever it stands, and however broken it is."""

from typing import Any

import pytest
from page_metadata import article, json_ld, metadata_of

from cleaning.html.tree import parse_html
from cleaning.metadata.jsonld import find_article
from cleaning.metadata.reader import read_metadata


@pytest.mark.parametrize(
    "data",
    [
        article(author={"name": "Ali Musa"}),
        [{"@type": "WebSite", "name": "Sahan"}, article(author={"name": "Ali Musa"})],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, article(author={"name": "Ali Musa"})]},
        {"@graph": [article(author={"@id": "#p"}), {"@type": "Person", "@id": "#p", "name": "Ali Musa"}]},
        {"@type": "WebPage", "mainEntity": article(author={"name": "Ali Musa"})},
        article(author={"name": "Ali Musa"}) | {"@type": ["NewsArticle", "Article"]},
        article(author={"name": "Ali Musa"}) | {"@type": "https://schema.org/ReportageNewsArticle"},
    ],
    ids=["object", "list", "graph", "references", "main entity", "several types", "type as an address"],
)
def test_the_article_is_found_wherever_it_stands(data: Any) -> None:
    found = metadata_of(json_ld(data))
    assert found.title == "Floods cut road"
    assert found.authors == ("Ali Musa",)
    assert found.is_declared_article


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Floods cut road", }',
        '{"@type": "NewsArticle", "headline": "Floods "cut" road"',
        "{",
        "",
        "null",
        "[[[[[[[[[[[[[[[[",
        '"headline"',
        "[1, 2, 3]",
        '{"@type": null, "@graph": null}',
        '{"@type": "NewsArticle", "author": {"name": {"name": {"name": 3}}}, "datePublished": [], "image": {"url": 4}}',
        "\\" * 5000,
        '{"a":' * 3000,
    ],
)
def test_broken_json_ld_costs_nothing_else(script: str) -> None:
    head = f'<script type="application/ld+json">{script}</script><meta property="og:title" content="Floods cut road">'
    assert metadata_of(head).title == "Floods cut road"


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Floods\n cut road"}',
        '<![CDATA[{"@type": "NewsArticle", "headline": "Floods cut road"}]]>',
        '{"@type": "NewsArticle", "headline": "Floods cut road"};',
        '<!-- {"@type": "NewsArticle", "headline": "Floods cut road"} -->',
        '{"@type": "NewsArticle", "headline": "Floods cut road",}',
    ],
    ids=["raw line break", "CDATA", "semicolon", "comment", "trailing comma"],
)
def test_slightly_broken_json_ld_is_read(script: str) -> None:
    assert metadata_of(f'<script type="application/ld+json">{script}</script>').title == "Floods cut road"


def test_json_ld_with_stray_quotation_marks_gives_what_it_can() -> None:
    script = '{"@type": "NewsArticle", "name": "Floods "cut" road", "headline": "Floods cut road", "x": 1}'
    assert metadata_of(f'<script type="application/ld+json">{script}</script>').title == "Floods cut road"


def test_broken_json_ld_is_read_in_linear_time() -> None:
    from time import process_time

    def seconds(length: int) -> float:
        script = '{"@type": "NewsArticle", "headline":"' + '\\"' * length
        tree = parse_html(
            f'<html><body><script type="application/ld+json">{script}</script><p>Prose.</p></body></html>'
        )
        start = process_time()
        read_metadata(tree)
        return process_time() - start

    seconds(10)
    assert seconds(33_000) < 1


def test_the_article_of_the_page_precedes_a_longer_one_of_another() -> None:
    other = {
        "@type": "NewsArticle",
        "headline": "Ferry sails",
        "url": "https://a.example/2",
        "image": "x",
        "author": "B",
    }
    own = {"@type": "NewsArticle", "headline": "Village opens its mill", "url": "https://a.example/1"}
    titles, urls = ["Village opens its mill | The Valley"], ["https://a.example/1?ref=x"]
    assert find_article([other, own], titles, urls) == own
    assert find_article([other, own | {"headline": "Mill"}], titles, urls)["headline"] == "Mill"


def test_an_article_of_another_page_is_not_this_ones() -> None:
    other = {"@type": "NewsArticle", "headline": "Ferry sails", "url": "https://a.example/2"}
    titles = ["Village opens its mill"]
    assert find_article([other], titles, ["https://a.example/1"]) == {}
    # In other words, or without an address, it may be.
    assert find_article([other | {"headline": "A mill reopens"}], titles, ["https://a.example/1"])
    assert find_article([{"@type": "NewsArticle", "headline": "Ferry sails"}], titles, ["https://a.example/1"])
