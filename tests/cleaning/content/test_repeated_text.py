"""What a page holds twice is kept once; what repeats among siblings stays."""

import pytest

from cleaning.content.blocks import read_blocks
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.html.tree import parse_html

FIRST = "The council of Velden Bay voted on Tuesday to rebuild the northern dyke."
SECOND = "Eleven of its fifteen members backed the plan, and two were not in the room."
THIRD = "Work is to begin in April beside the fish market, where the water came over."
REST = [
    f"On day {day} of the works, the stretch of {80 + 9 * day} metres was closed to walkers." for day in range(1, 5)
]
STORY = "<article>" + "".join(f"<p>{sentence}</p>" for sentence in (FIRST, SECOND, THIRD, *REST)) + "</article>"
JOINED = " ".join((FIRST, SECOND, THIRD, *REST))

PAGES = {
    "a refrain": (f"<article><p>{FIRST}</p><p>{SECOND}</p><p>{FIRST}</p></article>", []),
    "a refrain in items": (f"<ul><li><p>{FIRST}</p></li><li><p>{FIRST}</p></li></ul>", []),
    "short lines": (f"{STORY}<aside><h4>Share</h4></aside><footer><b>Share</b></footer>", []),
    "a teaser below": (f"{STORY}<div class='more'><div>{FIRST}</div></div>", [FIRST]),
    "a teaser in a list, the story in wrappers": (
        f"<aside><ul><li><p>{FIRST}</p></li><li><p>{REST[0]} It is news.</p></li></ul></aside><main>"
        + "".join(f"<div><p>{sentence}</p></div>" for sentence in (FIRST, SECOND, THIRD, *REST))
        + "</main>",
        [],
    ),
    "a teaser above": (f"<div class='top'><div>{SECOND}</div></div>{STORY}", [SECOND]),
    "the whole once more": (f"{STORY}<div>{JOINED}</div>", [JOINED]),
    "a pull quote": (
        f"{STORY}<aside class='pull-quote'><p>Eleven of its fifteen members backed the plan</p></aside>",
        ["Eleven of its fifteen members backed the plan"],
    ),
    "a pull quote in a blockquote": (
        f"{STORY}<blockquote>“Eleven of its fifteen members backed the plan”</blockquote>",
        ["“Eleven of its fifteen members backed the plan”"],
    ),
    "a quotation that is nowhere else": (
        f"{STORY}<blockquote>“Eleven of us backed the plan, not ten”</blockquote>",
        [],
    ),
    "a cut copy of the first paragraph": (
        f"<div class='lead'>The council of Velden Bay voted on Tuesday to…</div>{STORY}",
        ["The council of Velden Bay voted on Tuesday to…"],
    ),
    "a sentence that trails off": (f"{STORY}<p>The council of the islands voted on Tuesday to…</p>", []),
    "a hidden copy with its data": (
        f"{STORY}<div style='display:none'><h1>Dyke</h1><div>2025-04-01</div><div>{JOINED}</div></div>",
        ["Dyke", "2025-04-01", JOINED],
    ),
    "all is hidden until a script shows it": (
        f"<div style='display:none'>{STORY}<div class='gallery'><div>{THIRD}</div></div></div>",
        [THIRD],
    ),
}


@pytest.mark.parametrize(("body", "repeats"), PAGES.values(), ids=PAGES)
def test_marks(body: str, repeats: list[str]) -> None:
    blocks = read_blocks(parse_html(f"<html><body>{body}</body></html>"))
    mark_duplicate_blocks(blocks)
    assert [block.text for block in blocks if block.removal] == repeats
