"""Articles as Markdown: read by another program, it says what the article says."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cleaning import Article, Block, BlockKind
from cleaning.output.markdown import render_block, to_markdown

HOSTILE = [
    "*not* _emphasised_ and `no code`",
    "# no heading",
    "> no quote",
    "- no list",
    "+ no list",
    "1. no list",
    "2024) no list",
    "---",
    "===",
    "***",
    "| no | table |",
    "<b>no tag</b> & no &amp; entity &#38; either",
    "[no](link) ![no](image)",
    "~~not gone~~",
    "~~~ no fence",
    "a backslash \\* stays",
    "two\nlines",
    "https://news.example/a_b_c?x=1&copy=2",
    "***Breaking*** “quoted*”*",
]


def rendered(markdown: str) -> str:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", [kind for kind in BlockKind if kind is not BlockKind.TABLE])
def test_text_survives(kind: BlockKind, text: str) -> None:
    assert words(rendered(render_block(Block(kind, text)))) == " ".join(text.split())


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" \n#*_`>-+=|~1.)\\<&;[]!"),
        min_size=1,
    )
)
def test_any_text_survives_as_a_paragraph(text: str) -> None:
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")
    text = re.sub("\n+", "\n", text)
    html = rendered(render_block(Block(BlockKind.PARAGRAPH, text))) if text else ""
    assert words(html) == " ".join(text.split())
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br"}


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (Block(BlockKind.PARAGRAPH, "It rained."), "<p>It rained.</p>"),
        (Block(BlockKind.HEADING, "The rain"), "<h2>The rain</h2>"),
        (Block(BlockKind.QUOTE, "Rain"), "<blockquote><p>Rain</p></blockquote>"),
        (Block(BlockKind.CAPTION, "A street"), "<p><em>A street</em></p>"),
        (Block(BlockKind.CODE, "a = `b`\n```\n<c>"), "<pre><code>a = `b`\n```\n&lt;c&gt;\n</code></pre>"),
        (
            Block(BlockKind.TABLE, "Town | mm\nLamu | 3 | more\nKilifi"),
            "<table><thead><tr><th>Town</th><th>mm</th><th></th></tr></thead><tbody>"
            "<tr><td>Lamu</td><td>3</td><td>more</td></tr><tr><td>Kilifi</td><td></td><td></td></tr></tbody></table>",
        ),
    ],
)
def test_each_kind_has_its_form(block: Block, html: str) -> None:
    assert re.sub(r">\n+", ">", rendered(render_block(block))) == re.sub(r">\n+", ">", html)


def test_an_article_has_its_title_and_one_list_where_items_stand_together() -> None:
    kinds = [BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM]
    blocks = tuple(Block(kind, f"Block {number}") for number, kind in enumerate(kinds))
    html = rendered(to_markdown(Article(title="Rain & shine", text="", blocks=blocks)))
    assert html.startswith("<h1>Rain &amp; shine</h1>")
    assert html.count("<ul>") == 2
    assert html.count("<li>") == 3
    assert to_markdown(Article(text="", blocks=())) == ""
