"""Fill gaps in the chosen content: a paragraph that the classifier left out between two like it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cleaning.article import BlockKind
from cleaning.content.blocks import PageBlock
from cleaning.lines.prose import is_prose

_SENTENCE_ENDS = (".", "!", "?", "…", ".”", ".“", ".»", '."', "。", "」", "।", "۔", "؟", "።")


def fill_gaps(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> list[bool]:
    """Return the choice with the paragraphs of prose that are missing between two chosen blocks.

    A missing paragraph must be in the same kind of place as a chosen one. An example is a paragraph that is a link as a
    whole, which looks like the title of another story. A definition list of which most is chosen is chosen as a whole.
    """
    candidates = [i for i, block in enumerate(blocks) if block.removal is None]
    places = {_get_place(blocks[i]) for i in candidates if chosen[i]}
    filled = list(chosen)
    for before, i, after in zip(candidates, candidates[1:], candidates[2:], strict=False):
        if not chosen[i] and filled[before] and chosen[after]:
            filled[i] = _is_paragraph(blocks[i]) and _get_place(blocks[i]) in places
    for items in _group_definitions(blocks, candidates):
        if sum(len(blocks[i].text) for i in items if filled[i]) * 2 > sum(len(blocks[i].text) for i in items):
            for i in items:
                filled[i] = True
    return filled


def _group_definitions(blocks: Sequence[PageBlock], candidates: Sequence[int]) -> Iterable[list[int]]:
    """Return the blocks of each definition list: a term says nothing without its definition."""
    lists: defaultdict[int, list[int]] = defaultdict(list)
    for i in candidates:
        if blocks[i].container.tag in ("dt", "dd"):
            lists[id(blocks[i].container.parent)].append(i)
    return lists.values()


def _is_paragraph(block: PageBlock) -> bool:
    return block.kind is BlockKind.PARAGRAPH and block.text.endswith(_SENTENCE_ENDS) and is_prose(block.text)


def _get_place(block: PageBlock) -> tuple[str, str, str, str]:
    """Return what the paragraphs of one story have in common: their element, and the one around it."""
    container, parent = block.container, block.container.parent
    return container.tag, container.names, parent.tag if parent else "", parent.names if parent else ""
