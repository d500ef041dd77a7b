"""Lines that are no part of the main content, but tell of it: authors and dates below the headline, a right-aligned box
with the editor below the last paragraph, an invitation to subscribe where the text breaks off.
"""

from collections.abc import Sequence

from cleaning.content.blocks import PageBlock
from cleaning.lines.boilerplate import read_as_boilerplate
from cleaning.lines.line import Known, Line

LONGEST = 120
"""Characters of such a line."""
AROUND = 12
"""Blocks above the first and below the last of the article among which it may stand."""

_ELSEWHERE = frozenset({"nav", "aside", "footer", "figure", "figcaption", "form", "table"})
_ZONES = (("anywhere",), ("anywhere", "edge", "head", "tail"))


def left_out_credits(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[Line, ...]:
    """Lines in and around the article that say something of it, and are not among its chosen blocks."""
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    if not kept:
        return ()
    article = {blocks[i].text for i in kept}
    near = range(max(0, kept[0] - AROUND), min(len(blocks), kept[-1] + AROUND + 1))
    found = dict.fromkeys(
        block.text
        for block in (blocks[i] for i in near if not chosen[i])
        if block.removal is None
        and 4 <= len(block.text) <= LONGEST
        and _says_something(block.text)
        and not block.container.is_within(_ELSEWHERE)
    )
    return tuple(Line(text) for text in found if not any(text in line for line in article))


def _says_something(text: str) -> bool:
    """Whether a text is boilerplate that gives up a field or a flag of the article."""
    readings = (reading for zones in _ZONES for reading in read_as_boilerplate(Line(text), Known(), zones))
    return any(reading.field or reading.rule.flag for reading in readings)
