"""Paragraphs that the classifier leaves out in the midst of a story."""

from cleaning.content.blocks import read_blocks
from cleaning.content.gaps import fill_gaps
from cleaning.html.tree import parse_html

SENTENCE = "The bridge opens on Monday, the mayor said, after eleven years of repairs that nobody had planned."


def test_fills_the_gap_between_two_paragraphs() -> None:
    blocks = read_blocks(parse_html(f"<article><p>{SENTENCE}</p><p><a href='/x'>{SENTENCE}</a></p><p>{SENTENCE}</p>"))
    assert fill_gaps(blocks, [True, False, True]) == [True, True, True]


def test_leaves_out_what_is_in_another_place_or_no_sentence() -> None:
    blocks = read_blocks(
        parse_html(f"<p>{SENTENCE}</p><div class=promo><p>{SENTENCE}</p></div><p>Sign up now</p><p>{SENTENCE}</p>")
    )
    assert fill_gaps(blocks, [True, False, False, True]) == [True, False, False, True]
    assert fill_gaps(blocks, [True, False, True, True]) == [True, False, True, True]


def test_a_definition_list_stays_whole() -> None:
    page = (
        f"<p>{SENTENCE}</p><dl><dt>Bow</dt><dd>The front of a ship.</dd><dt>Stern</dt><dd>The back of a ship.</dd></dl>"
    )
    blocks = read_blocks(parse_html(page))
    assert fill_gaps(blocks, [True, False, True, True, True]) == [True] * 5
    assert fill_gaps(blocks, [True, False, False, False, True]) == [True, False, False, False, True]
