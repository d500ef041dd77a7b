"""Find lines beside the main content that say something about the article.

Examples are authors and dates below the headline, a right-aligned box with the editor's name below the last paragraph,
or an invitation to subscribe at the point where a paywall cuts the text. The classifier rightly leaves them out, but
the line rules harvest metadata and flags from them.
"""

from collections.abc import Sequence

from cleaning.article import BlockKind
from cleaning.content.blocks import PageBlock
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line

MAX_CREDIT_CHARACTERS = 120
"""Characters of the longest line that is taken for a credit."""
MAX_LINKED_CREDIT_CHARACTERS = 40
"""Characters of the longest credit that is a link as a whole."""
MAX_MARGIN_BLOCKS = 12
"""Blocks above the first and below the last block of the article that are searched."""

_EXCLUDED_TAGS = frozenset({"nav", "aside", "footer", "figure", "figcaption", "form", "table"})
# Each line is matched twice: a rule for the edges must not shadow a credit that a rule for any place reads in the same
# line.
_ZONES = (("anywhere",), ("anywhere", "edge", "head", "tail"))


def find_margin_credits(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[Line, ...]:
    """Return lines in and around the article that hold its metadata and are not among its chosen blocks.

    Args:
        blocks: the blocks of the page.
        chosen: whether each of them is part of the article.

    Returns:
        Each line once, in the order of the page. Lines that the article repeats anyway, and lines in menus, asides,
        footers, figures, forms and tables (the credits of other stories and pictures) are left out.
    """
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    if not kept:
        return ()
    article = {blocks[i].text for i in kept}
    near = range(max(0, kept[0] - MAX_MARGIN_BLOCKS), _find_margin_end(blocks, kept[-1]))
    texts = dict.fromkeys(
        block.text
        for block in (blocks[i] for i in near if not chosen[i])
        if block.removal is None
        # Fewer than four characters are a separator or initials.
        and 4 <= len(block.text) <= MAX_CREDIT_CHARACTERS
        # A long line that is a link as a whole is the title of another story.
        and (block.links < len(block.text) or len(block.text) <= MAX_LINKED_CREDIT_CHARACTERS)
        and _has_metadata(block.text)
        and not block.container.is_within(_EXCLUDED_TAGS)
    )
    return tuple(Line(text) for text in texts if not any(text in line for line in article))


def _find_margin_end(blocks: Sequence[PageBlock], last: int) -> int:
    """Return the index after the last block below the article that may be about it.

    A heading that is a link begins a teaser, and the dates and names from there on are those of other articles.
    """
    end = min(len(blocks), last + MAX_MARGIN_BLOCKS + 1)
    below = range(last + 1, end)
    return next((i for i in below if blocks[i].kind is BlockKind.HEADING and blocks[i].links), end)


def _has_metadata(text: str) -> bool:
    """Return whether a text is boilerplate from which a field or a flag of the article can be harvested."""
    readings = (reading for zones in _ZONES for reading in match_boilerplate(Line(text), KnownMetadata(), zones))
    return any(reading.field or reading.rule.flag for reading in readings)
