"""A page as blocks: what stands on lines of its own, and what it stands in."""

import pytest

from cleaning.article import BlockKind
from cleaning.content.blocks import PageBlock, read_blocks
from cleaning.html.tree import parse_html

P, H, LI, Q, T, C, K = (
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.LIST_ITEM,
    BlockKind.QUOTE,
    BlockKind.TABLE,
    BlockKind.CAPTION,
    BlockKind.CODE,
)

BODIES = {
    "paragraphs": ("<p>One.</p><p>Two.</p>", [(P, "One."), (P, "Two.")]),
    "text beside elements": (
        "One<p>Two</p>three<div>four</div>five",
        [(P, t) for t in "One Two three four five".split()],
    ),
    "line breaks": ("<p>One<br>two<br/><br>three</p>", [(P, "One"), (P, "two"), (P, "three")]),
    "inline elements": ("<p>On <b>Mon</b>day, <a href='/x'>he</a> said</p>", [(P, "On Monday, he said")]),
    "drop cap": ("<p><span class='cap'>T</span>he river</p>", [(P, "The river")]),
    "drop cap for the eye alone": ("<p><span aria-hidden='true'>T</span>he river</p>", [(P, "The river")]),
    "drop cap beside a named rest": (
        "<p><span class='cap'>T</span><span class='rest'>he river</span> rose</p>",
        [(P, "The river rose")],
    ),
    "a footnote mark after a year": ("<p>Since 2017<sup>1</sup> it rose</p>", [(P, "Since 2017 it rose")]),
    "a footnote mark that is a link": (
        "<p>It rose<sup><a href='#fn2'>[2]</a></sup>, and<sup class='footnote'>3</sup> fell</p>",
        [(P, "It rose, and fell")],
    ),
    "a footnote mark before its note": (
        "<p>It rose<sup class='footnote'>3</sup><span>Since 2017</span> again</p>",
        [(P, "It rose Since 2017 again")],
    ),
    "exponents and ordinals": (
        "<p>400 m<sup>2</sup>, CO<sub>2</sub>, the 10<sup>th</sup>, 5<sup>2</sup></p>",
        [(P, "400 m2, CO2, the 10th, 52")],
    ),
    "a button within a sentence": ("<p>The <button>core rate</button> fell</p>", [(P, "The core rate fell")]),
    "a button at the end": ("<p>Rates fell <button>Share</button></p>", [(P, "Rates fell")]),
    "a custom element within a sentence": (
        "<p>The <my-tip><a href='/x'>core rate</a></my-tip>, it fell</p>",
        [(P, "The core rate, it fell")],
    ),
    "a custom element around paragraphs": ("<my-story>One<p>Two</p></my-story>", [(P, "One"), (P, "Two")]),
    "a shadow root": ("<my-story><template shadowrootmode='open'><p>One</p></template></my-story>", [(P, "One")]),
    "a template": ("<template><p>One</p></template><p>Two</p>", [(P, "Two")]),
    "line breaks in a heading": ("<h1>One<br>two</h1>", [(H, "One two")]),
    "a kicker in a heading": ("<h1><span>Rivers</span><span>The dyke</span></h1>", [(H, "Rivers The dyke")]),
    "an embed without an end tag": ("<p>One</p><embed src='x'><p>Two</p>", [(P, "One"), (P, "Two")]),
    "readings with a base": (
        "<p>湾の<ruby><rb>小野</rb><rp>（</rp><rt>おの</rt></ruby>市長</p>",
        [(P, "湾の小野市長")],
    ),
    "named neighbours": (
        "<div><span class='author'>Ali Musa</span><span class='date'>3 May</span></div>",
        [(P, "Ali Musa 3 May")],
    ),
    "headings": ("<h1>One</h1><h4><span>Two</span></h4>", [(H, "One"), (H, "Two")]),
    "a block in a heading": ("<h2><div>One</div></h2>", [(H, "One")]),
    "lists": ("<ul><li>One</li><li><p>Two</p></li></ul>", [(LI, "One"), (LI, "Two")]),
    "a list in a list": ("<ul><li>One<ul><li>Two</li></ul></li></ul>", [(LI, "One"), (LI, "Two")]),
    "a quotation": ("<blockquote><p>One</p></blockquote>", [(Q, "One")]),
    "a caption": ("<figure><img><figcaption>One</figcaption></figure>", [(C, "One")]),
    "code": ("<pre>if x:\n    y()\n</pre>", [(K, "if x:\n    y()")]),
    "code with line breaks": ("<pre>if x:<br>    y()</pre>", [(K, "if x:\n    y()")]),
    "a table of data": (
        "<table><tr><th>Town</th><th>Metres</th></tr><tr><td>Velden <b>Bay</b></td><td>1.8</td></tr></table>",
        [(T, "Town | Metres\nVelden Bay | 1.8")],
    ),
    "a table with a caption, marks in words, hidden keys and empty cells": (
        "<table><caption>Water</caption><tr><th>Town</th><th></th><th>Rank</th></tr>"
        "<tr><td>Ve<b>ld</b>en<i style='display:none'>velden</i></td><td></td><td>10<sup>th</sup></td></tr></table>",
        [(T, "Water\nTown |  | Rank\nVelden |  | 10th")],
    ),
    "a table for layout": (
        f"<table><tr><td>Menu</td><td><p>{'word ' * 100}</p><p>Two</p></td></tr></table>",
        [(P, "Menu"), (P, ("word " * 100).strip()), (P, "Two")],
    ),
    "what is not read": (
        "<p>One</p><script>x()</script><style>p{}</style><select><option>A</option></select><svg><text>B</text></svg>",
        [(P, "One")],
    ),
    "readings beside characters": ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字</p>", [(P, "漢字")]),
    "what nobody sees": ("<p>so\u00adft\u200b hy\u2060phens</p>", [(P, "soft hyphens")]),
    "a button": ("<button>Menu</button><p>One</p>", [(P, "One")]),
    "a button left open": (
        f"<button><p>{'word ' * 400}</p><p>Two</p>",
        [(P, ("word " * 400).strip()), (P, "Two")],
    ),
    "comments": ("<p>One <!-- and --> two</p>", [(P, "One two")]),
}


def blocks_of(body: str) -> list[PageBlock]:
    return read_blocks(parse_html(f"<html><body>{body}</body></html>"))


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES)
def test_reads(body: str, expected: list[tuple[BlockKind, str]]) -> None:
    assert [(block.kind, block.text) for block in blocks_of(body)] == expected


def test_counts_links_and_emphasis() -> None:
    (block,) = blocks_of("<p>See <a href='/x'>the plan</a> and <b>vote <a href='/y'>now</a></b></p>")
    assert (block.links, block.emphasis, block.href) == (len("the plan" + "now"), len("vote now"), "/x")


def test_knows_its_containers() -> None:
    (block,) = blocks_of(
        "<main id='top'><div class='story  body' hidden><p>He said that he would come back.</p></div></main>"
    )
    chain = []
    container = block.container
    while container is not None:
        chain.append((container.tag, container.names, container.hidden))
        container = container.parent
    assert chain == [("p", "", True), ("div", "story body", True), ("main", "top", False), ("body", "", False)]


def test_clutter_is_one_block_with_its_reason() -> None:
    share, story = blocks_of("<div class='share-buttons'><span>Share</span> <span>Print</span></div><p>Story</p>")
    assert share.removal is not None
    assert (share.removal.step, share.removal.text, story.removal) == ("drop_clutter", "Share Print", None)


def test_depth_costs_no_text() -> None:
    assert [block.text for block in blocks_of("<div>" * 1500 + "<p>Story</p>" + "</div>" * 1500)] == ["Story"]
