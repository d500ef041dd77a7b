"""Text that no editor wrote for readers: scripts, shortcodes, notices in front of embedded content."""

import pytest

from cleaning.article import BlockKind
from cleaning.content.blocks import PageBlock, read_blocks
from cleaning.content.stray_text import mark_stray_text
from cleaning.html.tree import parse_html

PROSE = "The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said. " * 12


def read_marked(body: str) -> list[PageBlock]:
    blocks = read_blocks(parse_html(f"<html><body><article><p>{PROSE}</p>{body}</article></body></html>"))
    mark_stray_text(blocks)
    return blocks[1:]


DROPPED = {
    "an ad script": ("script", "<p>googletag.cmd.push(function() { googletag.display('slot-3'); });</p>"),
    "a script that looks itself up": ("script", "<p>(adsbygoogle = window.adsbygoogle || []).push({});</p>"),
    "a shortcode": ("shortcode", '<p>[adrotate banner="3"]</p>'),
    "a shortcode with curly quotes": ("shortcode", "<p>[player id=”17” size=”big”]</p>"),
    "a shortcode of many attributes": ("shortcode", f"<p>[tip {'a=“b” ' * 40}/]</p>"),
    "closing shortcodes": ("shortcode", "<p>[/vc_column][/vc_row]</p>"),
    "a label of external content": ("embed-notice", "<h3>Externer Inhalt</h3>"),
    "a French label": ("embed-notice", "<p>Afficher le contenu externe</p>"),
    "a sentence on data": (
        "embed-notice",
        "<p>I agree that external content is loaded and that personal data may be sent to the platform.</p>",
    ),
}


@pytest.mark.parametrize(("rule", "body"), DROPPED.values(), ids=DROPPED)
def test_drops(rule: str, body: str) -> None:
    assert [block.removal.rule if block.removal else "" for block in read_marked(body)] == [rule]


KEPT = {
    "a sentence on scripts": "<p>The function window.open() is blocked by most browsers, he said.</p>",
    "a sentence on scripts that ends with a bracket": "<p>Node.js and jQuery were popular then (see the chart)</p>",
    "words in brackets": "<p>“They [the keepers] rowed out,” she said [sic].</p>",
    "a note": "<p>[Editor's note: the lamp burns again.]</p>",
    "code": "<pre>googletag.cmd.push(function() { });</pre>",
    "news of a law on data": "<p>The court ruled that Facebook must not load personal data of minors.</p>",
    "news of a platform": "<p>YouTube videos will be shown without cookies from May.</p>",
    "news that somebody tells": "<p>Embedded content is not loaded until you agree, the commissioner said.</p>",
    "a video that somebody shows": "<p>She clicked on the external link, and the video was shown to the jury.</p>",
}


@pytest.mark.parametrize("body", KEPT.values(), ids=KEPT)
def test_keeps(body: str) -> None:
    assert [block.removal for block in read_marked(body)] == [None]


def test_a_notice_goes_with_its_box() -> None:
    body = "<div><h3>External content</h3><p>Here is a map of the rock.</p></div><p>The lamp burns again.</p>"
    assert [bool(block.removal) for block in read_marked(body)] == [True, True, False]


def test_a_short_article_is_no_box_of_its_notice() -> None:
    sentence = "The lighthouse on Gannet Rock went dark on Tuesday night, the coast guard said."
    page = f"<html><body><div><p>{sentence}</p><p>{sentence} Again.</p><p>External content</p></div></body></html>"
    blocks = read_blocks(parse_html(page))
    mark_stray_text(blocks)
    assert [bool(block.removal) for block in blocks] == [False, False, True]


def test_a_box_needs_only_the_name_of_a_platform() -> None:
    body = "<div><p>You can load this video from YouTube with a click here. See our privacy policy.</p></div>"
    assert [bool(block.removal) for block in read_marked(body)] == [True]


def test_the_text_in_a_caption_shortcode_is_a_caption() -> None:
    (block,) = read_marked("<p>[caption id='a_1' align='left']The rock at low tide[/caption]</p>")
    assert (block.kind, block.text) == (BlockKind.CAPTION, "The rock at low tide")


def test_a_shortcode_is_cut_out_of_its_paragraph() -> None:
    (block,) = read_marked("<p>The lamp burns again. [gallery ids='1,2'] It is green.</p>")
    assert block.text == "The lamp burns again. It is green."


@pytest.mark.parametrize("text", ["[tip " + 'a="b" ' * 40, "[a b=“" * 50_000, "function(" * 50_000 + ";"], ids=range(3))
def test_text_made_to_take_long_is_kept(text: str) -> None:
    assert [block.removal for block in read_marked(f"<p>{text}</p>")] == [None]
