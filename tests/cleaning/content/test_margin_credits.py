"""Lines of credit that the extractor leaves out of the main content still say who and when."""

import pytest

from cleaning import clean
from cleaning.content.blocks import read_blocks
from cleaning.content.margin_credits import find_margin_credits
from cleaning.html.tree import parse_html

PROSE = (
    "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins.",
    "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year.",
    "Work is to begin in April with the stretch beside the fish market, where the water came over the top twice.",
    "Families who have to move will be housed in the old school on the hill until the end of October, the mayor said.",
)
STORY = "".join(f"<p>{sentence}</p>" for sentence in PROSE)
FAR_BELOW = "<div>A shelf</div>" * 20

LEFT_OUT = {
    "right-aligned div": ('<div style="text-align:right">Edited by: Ali Musa</div>', ["Edited by: Ali Musa"]),
    "label in bold": ("<div><b>Edited by:</b> Ali Musa</div>", ["Edited by: Ali Musa"]),
    "two lines in a div": (
        "<div>Edited by: Ali Musa<br>Source: Velden Courier</div>",
        ["Edited by: Ali Musa", "Source: Velden Courier"],
    ),
    "spans": ("<p><span>Source:</span> <span>Velden Courier</span></p>", ["Source: Velden Courier"]),
    "monitoring": ("<div>Velden Times international–Monitoring</div>", ["Velden Times international–Monitoring"]),
    "prose of that opening": ("<div>Edited by her sister after the war, the diaries fill nine notebooks.</div>", []),
    "just below the article": ("</article><div>Edited by: Ali Musa</div>", ["Edited by: Ali Musa"]),
    "far below the article": (f"</article>{FAR_BELOW}<div>Edited by: Ali Musa</div>", []),
    "in an aside": ("<aside><div>Edited by: Ali Musa</div></aside>", []),
    "in a figure": ("<figure><figcaption>Source: Velden Courier</figcaption></figure>", []),
    "in a footer": ("<footer><p>Source: Velden Courier</p></footer>", []),
    "in a script": ("<script>Edited by: Ali Musa</script>", []),
    "of no use": ("<div>Share this story</div>", []),
}


@pytest.mark.parametrize(("box", "texts"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_finds_what_was_left_out(box: str, texts: list[str]) -> None:
    assert left_out(box, *PROSE) == texts


def test_does_not_say_again_what_was_chosen() -> None:
    assert left_out("<div>Edited by: Ali Musa</div>", *PROSE, "Edited by: Ali Musa") == []


def left_out(box: str, *chosen: str) -> list[str]:
    """The lines found on a page of the story and a box, of which these texts were chosen."""
    blocks = read_blocks(parse_html(f"<html><body><article>{STORY}{box}</article></body></html>"))
    return [line.text for line in find_margin_credits(blocks, [block.text in chosen for block in blocks])]


@pytest.mark.parametrize("tag", ["div", "p", "section", "h5", "small", "address"])
def test_no_element_hides_the_editor(tag: str) -> None:
    article = clean(
        f"<html><body><article>{STORY}<{tag} align='right'>Edited by: Ali Musa</{tag}></article></body></html>"
    )
    assert article.editors == ("Ali Musa",)
    assert article.text == "\n\n".join(PROSE)
