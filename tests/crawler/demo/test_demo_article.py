"""The written articles and the notation of their files."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.demo import DemoArticle, find_leftovers, find_lost_passages, load_articles
from crawler.demo.demo_article import (
    LINK_PATTERN,
    BlockKind,
    DemoBlock,
    read_article,
    read_block,
    read_blocks,
    strip_run_ins,
)
from crawler.demo.labels import load_labels

ARTICLES = load_articles()
FRONT = """+++
path = "/2025/01/a-story/"
language = "en"
title = "A story"
summary = "It is short."
section = "world"
published = 2025-01-02T03:04:00+03:00
+++
"""

every_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.path)


def words(article: DemoArticle) -> int:
    """Words of the text; two characters count as one in Chinese."""
    text = " ".join(article.must_stay)
    return len(text) // 2 if article.language == "zh" else len(text.split())


def test_thirty_articles_in_eleven_languages() -> None:
    languages = Counter(article.language for article in ARTICLES)
    assert languages == {
        "en": 12, "so": 4, "ar": 3, "fr": 3, "sw": 2, "es": 1, "de": 1, "pt": 1, "tr": 1, "am": 1, "zh": 1,
    }  # fmt: skip
    assert set(languages) == set(load_labels())


def test_articles_are_told_apart() -> None:
    assert len({article.path for article in ARTICLES}) == len(ARTICLES)
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)
    assert len({article.published for article in ARTICLES}) == len(ARTICLES)


def test_every_markup_and_layout_occurs() -> None:
    assert {article.markup for article in ARTICLES} == {"json-ld", "opengraph", "time-tag", "visible"}
    assert {article.layout for article in ARTICLES} == {"p", "div", "br"}


def test_kept_things_of_every_kind_occur() -> None:
    for kind in ("traps", "quotes", "list_items", "headings", "captions", "cells"):
        assert any(getattr(article, kind) for article in ARTICLES), kind
    assert sum(len(article.traps) for article in ARTICLES) >= 10


@every_article
def test_article_is_long_enough(article: DemoArticle) -> None:
    assert 4 <= len(article.paragraphs) <= 9
    assert 120 <= words(article) <= 400


@every_article
def test_times_have_a_zone(article: DemoArticle) -> None:
    assert article.published.utcoffset() is not None
    assert article.modified is None or article.modified - article.published > timedelta(0)


@every_article
def test_people_and_credits_are_named_in_the_boilerplate(article: DemoArticle) -> None:
    lines = "\n".join(article.boilerplate)
    for name in (*article.editors, *article.translators, *article.contributors, *article.credits):
        assert name in lines, name


@every_article
def test_links_go_to_older_articles(article: DemoArticle) -> None:
    # A site with only the older articles must have no dead links: tests publish the newest one later.
    older = {other.path for other in ARTICLES if other.published < article.published}
    lines = [line for block in article.blocks for line in block.lines]
    assert {match["target"] for line in lines for match in LINK_PATTERN.finditer(line)} <= older


@every_article
def test_truth_holds_of_itself(article: DemoArticle) -> None:
    text = "\n\n".join(article.must_stay)
    assert find_lost_passages(article, text) == ()
    assert find_leftovers(article, text) == ()
    assert set(find_leftovers(article, "\n".join((text, *article.boilerplate)))) >= set(article.boilerplate)


def test_losses_are_seen() -> None:
    article = ARTICLES[0]
    assert find_lost_passages(article, "\n\n".join(article.must_stay[1:])) == article.must_stay[:1]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("one\ntwo", DemoBlock(BlockKind.PARAGRAPH, ("one two",))),
        ("= Edited by hand, it lasts.", DemoBlock(BlockKind.PARAGRAPH, ("Edited by hand, it lasts.",), trap=True)),
        ("## Sub-head", DemoBlock(BlockKind.HEADING, ("Sub-head",))),
        ("- one\n- two", DemoBlock(BlockKind.LIST, ("one", "two"))),
        ("> said", DemoBlock(BlockKind.QUOTE, ("said",))),
        ("| a | b\n| c | d", DemoBlock(BlockKind.TABLE, ("a | b", "c | d"))),
        ("^ A boat.", DemoBlock(BlockKind.PICTURE, ("A boat.",))),
        ("!br Edited by: A\nB", DemoBlock(BlockKind.BOILERPLATE, ("Edited by: A", "B"), shape="br")),
    ],
)
def test_block(source: str, expected: DemoBlock) -> None:
    assert read_block(source) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain.", "Plain."),
        ("{{MERKA (DP) –}} The boats.", "The boats."),
        ("[[Edited By A. B ]]{{MERKA –}} The boats.", "The boats."),
        ("The boats.[[<br>Edited by: A<br>B]]", "The boats."),
        ("See [the list](/list/) and **wait**.", "See the list and wait."),
    ],
)
def test_prose(text: str, expected: str) -> None:
    assert strip_run_ins(text) == expected


def test_article_from_its_file() -> None:
    head = "[[Edited By A. B.]] {{MERKA (DP) –}} One.\n\n"
    body = "- two\n\nThree.[[<br>Edited by: C<br>Source: D]]\n\n!p E\nF\n"
    article = read_article(FRONT + head + body)
    assert article.paragraphs == ("One.", "Three.")
    assert article.must_stay == ("One.", "Three.", "two")
    assert article.boilerplate == ("Edited By A. B.", "Edited by: C", "Source: D", "E", "F")
    assert article.dateline == "MERKA (DP)"
    assert article.published.isoformat() == "2025-01-02T03:04:00+03:00"


def test_comments_and_biography_are_boilerplate() -> None:
    around = 'bio = "A writes."\n[[comments]]\nname = "B"\ntext = "Well."\n+++\n'
    article = read_article(FRONT.removesuffix("+++\n") + around + "One.\n")
    assert article.boilerplate == ("A writes.", "Well.")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("Only text.", ValueError),
        (FRONT.replace('title = "A story"\n', ""), TypeError),
        (FRONT.replace("title", "titel"), TypeError),
        (FRONT.replace('title = "A story"', "title = A story"), ValueError),
    ],
)
def test_file_that_is_no_article(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_article(source)


def test_blank_lines_between_blocks_may_hold_spaces() -> None:
    assert len(list(read_blocks("one\n  \ntwo\n\n\nthree"))) == 3


def test_articles_are_values() -> None:
    assert replace(ARTICLES[0], title="Other") != ARTICLES[0]
