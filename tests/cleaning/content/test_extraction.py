"""Which blocks of a page are its article."""

import pytest

from cleaning.content.blocks import read_blocks
from cleaning.content.extraction import (
    append_votes,
    collect_votes,
    extract_content,
    is_internal_link,
    measure_uncertainty,
    record_excluded_blocks,
    to_line,
)
from cleaning.html.tree import parse_html
from cleaning.lines.line import KnownMetadata

STORY = [
    "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins.",
    "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year.",
    "Work is to begin in April with the stretch beside the fish market, where the water came over the top twice.",
    "Families who have to move will be housed in the old school on the hill until the end of October, the mayor said.",
    "“We slept on sandbags for a week,” said Inge Thomsen, who sells nets beside the market. “I will not do it again.”",
]
MENU = "".join(
    f"<li><a href='/{name}'>{name.title()}</a></li>" for name in ("town", "coast", "sport", "letters", "weather")
)
PAGE = f"""<html><head><title>Dyke to be rebuilt | Velden Courier</title></head><body>
<header><a href="/">Velden Courier</a></header><nav><ul>{MENU}</ul></nav>
<main><article><h1>Dyke to be rebuilt</h1>{"".join(f"<p>{text}</p>" for text in STORY[:3])}
<p class="ad-label">Advertisement</p>{"".join(f"<p>{text}</p>" for text in STORY[3:])}</article>
<section class="related"><h2>Related stories</h2><ul><li><a href="/1">Ferry returns after nine years</a></li>
<li><a href="/2">Fish market opens again at last</a></li></ul></section></main>
<footer><p>© 2025 Velden Courier. No part of this paper may be printed.</p></footer></body></html>"""


def test_chooses_the_story_and_not_the_page_around_it() -> None:
    tree = parse_html(PAGE)
    blocks = read_blocks(tree)
    chosen = extract_content(blocks, KnownMetadata(title="Dyke to be rebuilt"), tree)
    texts = [block.text for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen]
    assert [text for text in texts if text != "Dyke to be rebuilt"] == STORY


@pytest.mark.parametrize(
    "body", [f"<p>{STORY[0]}</p><p>{STORY[1]}</p>", f"<div>{'<br><br>'.join(STORY)}</div>", STORY[2]]
)
def test_loses_no_sentence_of_a_bare_page(body: str) -> None:
    tree = parse_html(f"<html><body>{body}</body></html>")
    blocks = read_blocks(tree)
    assert all(extract_content(blocks, KnownMetadata(), tree))


def test_accounts_for_what_was_left_out_inside() -> None:
    blocks = read_blocks(parse_html("<html><body><p>a</p><p>b</p><p>c</p><p>d</p><p>e</p><p>f</p></body></html>"))
    removals = record_excluded_blocks(blocks, [False, True, False, False, True, False], besides={"d"})
    assert [(removal.step, removal.rule, removal.text) for removal in removals] == [
        ("choose_content", "not-content", "c")
    ]


def test_doubt_is_a_share_of_the_expected_text() -> None:
    texts = ["x" * 90, "y" * 10]
    assert measure_uncertainty(texts, [(0, 1.0), (1, 0.0)]) == 0
    assert measure_uncertainty(texts, [(0, 1.0), (1, 0.5)]) == pytest.approx(5 / 95)
    assert measure_uncertainty(texts, []) == 1


def test_votes_are_those_of_the_second_extractor() -> None:
    tree = parse_html(PAGE)
    blocks = read_blocks(tree)
    voted = dict(zip((block.text for block in blocks), collect_votes(blocks, tree), strict=True))
    assert [voted[text] for text in STORY] == [1.0] * 5
    assert (voted["Town"], voted["Velden Courier"]) == (0, 0)


def test_rows_get_their_own_vote_and_those_beside() -> None:
    assert append_votes([(0, [7.0]), (2, [8.0])], [1.0, 0.5, 0.0]) == [
        (0, [7.0, 1.0, 0.0, 0.5, 0.5]),
        (2, [8.0, 0.0, 0.5, 0.0, 0.5]),
    ]


LINKS = {
    "/story": True,
    "story.html?x=1": True,
    "https://www.news.example/story": True,
    "https://other.example/story": False,
    "#top": False,
    "": False,
    "mailto:desk@news.example": False,
    "http://[broken": False,
}


@pytest.mark.parametrize(("address", "internal"), LINKS.items(), ids=LINKS)
def test_links_within_the_site(address: str, internal: bool) -> None:
    assert is_internal_link(address, "https://news.example/a") is internal


def test_a_line_knows_whether_it_is_a_link() -> None:
    title, story = read_blocks(
        parse_html("<html><body><p><a href='/x'>Ferry returns</a></p><p>The <a href='/x'>ferry</a> sailed.</p>")
    )
    assert (to_line(title, None).linked, to_line(story, None).linked) == (True, False)
