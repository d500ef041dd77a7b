"""Fill gaps in the chosen content: a paragraph that the classifier left out between two like it."""

from collections.abc import Sequence

from cleaning.article import BlockKind
from cleaning.content.blocks import PageBlock
from cleaning.lines.prose import is_prose

_SENTENCE_ENDS = (".", "!", "?", "…", ".”", ".“", ".»", '."', "。", "」", "।", "۔", "؟", "።")


def fill_gaps(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> list[bool]:
    """Return the choice with the paragraphs of prose that are missing between two chosen blocks.

    A missing paragraph must be in the same kind of place as a chosen one. An example is a paragraph that is a link as a
    whole, which looks like the title of another story.
    """
    candidates = [i for i, block in enumerate(blocks) if block.removal is None]
    places = {_get_place(blocks[i]) for i in candidates if chosen[i]}
    filled = list(chosen)
    for before, i, after in zip(candidates, candidates[1:], candidates[2:], strict=False):
        if not chosen[i] and filled[before] and chosen[after]:
            filled[i] = _is_paragraph(blocks[i]) and _get_place(blocks[i]) in places
    return filled


def _is_paragraph(block: PageBlock) -> bool:
    return block.kind is BlockKind.PARAGRAPH and block.text.endswith(_SENTENCE_ENDS) and is_prose(block.text)


def _get_place(block: PageBlock) -> tuple[str, str, str, str]:
    """Return what the paragraphs of one story have in common: their element, and the one around it."""
    container, parent = block.container, block.container.parent
    return container.tag, container.names, parent.tag if parent else "", parent.names if parent else ""
