"""The account of a page: all of its text, in its order, each piece with its fate."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest

from cleaning import Article, Block, BlockKind, Cleaned, Removal
from cleaning.batch import NotCleaned, Page
from cleaning.cli.explain_terminal import format_explanation
from cleaning.output.explain import ExplainedPage, explain, explain_page
from cleaning.output.explain_html import PAGE_START, render_article, render_page_start, render_rejection

PAGES = sorted((Path(__file__).parents[2] / "pages").glob("*/*/page.html"))
PAGE = """<html lang="en"><head><title>Ferry returns to Lamu</title></head><body>
<nav><a href="/">Home</a> <a href="/town">Town</a></nav>
<h1>Ferry returns to Lamu</h1><article>
<p>By Halima Osman</p>
<p>The night ferry sailed on Monday for the first time in nine years, the office said. It carried 212 people.</p>
<p>“We slept on deck and nobody complained,” said Halima Osman, who sells mangoes on both of the town’s shores.</p>
<p>The crossing takes six hours, and the company plans to sail three nights a week. Edited by: Ali Musa</p>
<p>Share this article</p></article><footer><p>© 2024 Lamu Post</p></footer></body></html>"""


def explained(page: str, **more: object) -> ExplainedPage:
    result = explain_page(Page(page, **more))  # type: ignore[arg-type]
    assert isinstance(result, ExplainedPage)
    return result


def cleaned(text: list[str], removals: list[tuple[str, str]] = [], title: str | None = None) -> Cleaned:  # noqa: B006
    blocks = tuple(Block(BlockKind.PARAGRAPH, block) for block in text)
    article = Article(title=title, text="\n\n".join(text), blocks=blocks)
    return Cleaned(article, tuple(Removal("step", rule, gone) for rule, gone in removals))


def fates(lines: list[str], result: Cleaned) -> list[list[tuple[str, str]]]:
    done = explain([(line, BlockKind.PARAGRAPH) for line in lines], result)
    return [
        [
            (piece.text, piece.removal.rule if piece.removal else "kept" if piece.kept else "outside")
            for piece in line.pieces
        ]
        for line in done.lines
    ]


def test_pieces_stand_in_the_pages_order() -> None:
    shown = format_explanation(explained(PAGE), colours=False)
    order = [
        "Home",
        "Ferry returns",
        "The night ferry",
        "“We slept",
        "The crossing",
        "[-Edited by: Ali Musa-] editor",
        "Lamu Post",
    ]
    positions = [shown.find(piece) for piece in order]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert "[-By Halima Osman-] byline" in shown
    assert "said Halima Osman, who sells" in shown


@pytest.mark.parametrize("path", PAGES, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_nothing_kept_is_lost_and_every_removal_is_shown(path: Path) -> None:
    result = explain_page(Page(path.read_bytes()))
    expected = tomllib.loads(path.with_name("expected.toml").read_text("utf-8"))["outcome"]
    if isinstance(result, NotCleaned):
        assert result.outcome == expected
        return
    assert expected == "article"

    def letters(text: str) -> str:
        return re.sub(r"[\W_]", "", text)

    kept = letters("".join(piece.text for line in result.lines for piece in line.pieces if piece.kept))
    missing = [block.text for block in result.cleaned.article.blocks if letters(block.text) not in kept]
    assert missing == []
    gone = {piece.removal for line in result.lines for piece in line.pieces if piece.removal} | set(result.elsewhere)
    title = letters(result.cleaned.article.title or "")
    all_gone = set(result.cleaned.removals)
    assert {removal for removal in all_gone if letters(removal.text) != title} <= gone <= all_gone


def test_a_line_may_have_several_fates() -> None:
    lines = ["Edited by Ali. KISUMU – The lake rose. Accept cookies", "It fell."]
    result = cleaned(
        ["KISUMU – The lake rose.", "It fell."], [("editor", "Edited by Ali."), ("consent", "Accept cookies")]
    )
    assert fates(lines, result) == [
        [("Edited by Ali. ", "editor"), ("KISUMU – The lake rose. ", "kept"), ("Accept cookies", "consent")],
        [("It fell.", "kept")],
    ]


def test_a_removal_is_sought_near_what_was_kept_and_in_whole_words() -> None:
    lines = ["Share", "Shareholders met on Monday in the town hall of Lamu.", "Share", "Home", "Share"]
    result = cleaned([lines[1]], [("share", "Share")])
    assert [line[0][1] for line in fates(lines, result)] == ["share", "kept", "outside", "outside", "outside"]
    lines = ["Share", "Home", *lines[1:]]
    assert [line[0][1] for line in fates(lines, result)] == [
        "outside",
        "outside",
        "kept",
        "share",
        "outside",
        "outside",
    ]


def test_short_lines_are_kept_where_their_neighbours_are() -> None:
    long = [f"The {word} boat sailed out on Monday morning at seven." for word in ("first", "second")]
    lines = ["Yes", long[0], "Yes", long[1], "Yes"]
    assert [line[0][1] for line in fates(lines, cleaned([long[0], "Yes", long[1]]))] == [
        "outside", "kept", "kept", "kept", "outside",
    ]  # fmt: skip


def test_what_is_not_in_the_page_is_told_all_the_same() -> None:
    done = explain([("It rained.", BlockKind.PARAGRAPH)], cleaned(["It rained."], [("editor", "Edited by nobody")]))
    assert [removal.text for removal in done.elsewhere] == ["Edited by nobody"]
    assert "[-Edited by nobody-] editor" in format_explanation(done, colours=False)
    assert "Edited by nobody" in render_article("page", done)


def test_scraped_text_is_accounted_for_too() -> None:
    done = explained(
        "Flood cuts road\n\nThe river rose on Monday, officials said.\n\nEdited by: Ali Musa", is_text=True
    )
    assert [[piece.kept for piece in line.pieces] for line in done.lines] == [[True], [True], [False]]


def test_colours_strike_through() -> None:
    assert "\x1b[31m\x1b[9mEdited by: Ali Musa\x1b[0m" in format_explanation(explained(PAGE), colours=True)
    assert "\x1b" not in format_explanation(explained(PAGE), colours=False)


def test_the_page_to_look_at_shows_fields_counts_and_steps() -> None:
    html = render_article("lamu.html", explained(PAGE))
    assert "<h1 dir=auto>Ferry returns to Lamu</h1>" in html
    assert re.search(r"<th scope=row lang=en>editors</th><td dir=auto>Ali Musa</td>", html)
    assert "<del>Edited by: Ali Musa</del><span class=rule lang=en>editor <small>cut glued tail</small></span>" in html
    assert "words kept" in html
    assert "outside of the article</summary>" in html
    assert render_page_start().startswith(PAGE_START)


def test_each_field_says_where_it_was_found() -> None:
    article = Article(text="It rained.", blocks=(), authors=("Ali Musa",), provenance={"authors": "json-ld <author>"})
    html = render_article("page", explain([], Cleaned(article, ())))
    assert "<td dir=auto>Ali Musa</td><td class=from lang=en>json-ld &lt;author&gt;</td>" in html


def test_a_hostile_page_can_do_nothing_to_the_page_to_look_at() -> None:
    attack = "<script>alert(1)</script>\u202e\x1b[2J\"'&amp;<img src=x onerror=alert(1)>"
    hostile = PAGE.replace("Share this article", "Edited by: <b>Ali</b> &lt;script&gt;alert(1)&lt;/script&gt; Musa")
    hostile = hostile.replace("nine years", "nine &lt;script&gt;alert(1)&lt;/script&gt;\u202e years")
    done = explained(hostile, url="https://news.example/?<script>")
    html = render_article(attack, done) + render_rejection(attack, "empty", attack)
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "&lt;script&gt;alert(1)" in unescape(html).replace("<", "&lt;").replace(">", "&gt;")
    assert "default-src 'none'" in render_page_start()
