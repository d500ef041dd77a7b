"""Lines that are no part of the main content, but tell of it: authors and dates below the headline, a right-aligned box
with the editor below the last paragraph, an invitation to subscribe where the text breaks off.
"""

from collections.abc import Sequence

from cleaning.content.blocks import PageBlock
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line

MAX_CREDIT_CHARACTERS = 120
"""Characters of such a line."""
MAX_MARGIN_BLOCKS = 12
"""Blocks above the first and below the last of the article among which it may stand."""

_EXCLUDED_TAGS = frozenset({"nav", "aside", "footer", "figure", "figcaption", "form", "table"})
_ZONES = (("anywhere",), ("anywhere", "edge", "head", "tail"))


def find_margin_credits(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[Line, ...]:
    """Lines in and around the article that say something of it, and are not among its chosen blocks."""
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    if not kept:
        return ()
    article = {blocks[i].text for i in kept}
    near = range(max(0, kept[0] - MAX_MARGIN_BLOCKS), min(len(blocks), kept[-1] + MAX_MARGIN_BLOCKS + 1))
    found = dict.fromkeys(
        block.text
        for block in (blocks[i] for i in near if not chosen[i])
        if block.removal is None
        and 4 <= len(block.text) <= MAX_CREDIT_CHARACTERS
        and _has_metadata(block.text)
        and not block.container.is_within(_EXCLUDED_TAGS)
    )
    return tuple(Line(text) for text in found if not any(text in line for line in article))


def _has_metadata(text: str) -> bool:
    """Whether a text is boilerplate that gives up a field or a flag of the article."""
    readings = (reading for zones in _ZONES for reading in match_boilerplate(Line(text), KnownMetadata(), zones))
    return any(reading.field or reading.rule.flag for reading in readings)
