"""Text that a page holds twice: a copy of the article for machines, the caption of a gallery, a teaser of its own.

Repeats among siblings stay: a refrain is prose. What repeats under another roof is a copy, and that which stands with
less text around it goes.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from cleaning.article import Removal
from cleaning.content.blocks import Container, PageBlock

MIN_REPEAT_CHARACTERS = 60
"""Characters from which on two equal blocks are no coincidence."""
MIN_COPY_CHARACTERS, MAX_COPY_CHARACTERS = 400, 50_000
"""Characters from which on, and up to which, one block may be a copy of several."""
MAX_LONG_BLOCKS, MAX_TEXTS = 20, 3_000
"""Blocks that are so looked at, the longest of the page; texts they are compared with: it bounds the time."""
MIN_COVERED_SHARE = 0.6
"""Share of a long block that other blocks repeat, from which on it is such a copy."""


_ASIDE_TAGS = frozenset({"nav", "aside", "footer"})


def mark_duplicate_blocks(blocks: Sequence[PageBlock]) -> None:
    """Mark blocks as removed that repeat others; with most of a hidden container's text, all that it holds."""
    texts = [block for block in blocks if block.removal is None and len(block.text) >= MIN_REPEAT_CHARACTERS]
    for block in (*_find_equal_blocks(texts), *_find_joined_copies(texts)):
        block.removal = Removal("drop_repeats", "repeat", block.text)
    repeated: Counter[Container] = Counter()
    for block in texts:
        if hidden := _find_outermost_hidden(block.container):
            repeated[hidden] += len(block.text) if block.removal else -len(block.text)
    for block in blocks:
        hidden = _find_outermost_hidden(block.container)
        if hidden and block.removal is None and repeated[hidden] > 0:
            block.removal = Removal("drop_repeats", "repeat", block.text)


def _find_equal_blocks(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Blocks equal to another that stands in an element of another kind, with more text around it."""
    around: Counter[Container | None] = Counter()
    for block in blocks:
        parent = block.container.parent
        around[parent] += len(block.text)
        if parent is not None:  # the wrapper of one paragraph says nothing: look one roof further
            around[parent.parent] += len(block.text)
    equals: defaultdict[str, list[PageBlock]] = defaultdict(list)
    for block in blocks:
        equals[block.text].append(block)
    repeats = []
    for group in equals.values():
        if len(group) > 1:
            kept = max(group, key=lambda block: (*_rank_visibility(block), _measure_surrounding_text(block, around)))
            repeats += [block for block in group if _get_placement(block) != _get_placement(kept)]
    return repeats


def _rank_visibility(block: PageBlock) -> tuple[bool, bool]:
    """Whether a block is shown, and is no aside: the better copy has more of it."""
    return not block.container.hidden, not block.container.is_within(_ASIDE_TAGS)


def _measure_surrounding_text(block: PageBlock, around: Counter[Container | None]) -> int:
    """The text below a block's parent or grandparent, whichever has more; the page itself does not count."""
    parent = block.container.parent
    above = around[parent.parent] if parent is not None and parent.parent is not None else 0
    return max(around[parent], above)


def _get_placement(block: PageBlock) -> tuple[bool, str, str, str]:
    """What equal blocks that are siblings, or items of one list, have in common."""
    container = block.container
    return container.hidden, container.tag, container.names, container.parent.names if container.parent else ""


def _find_joined_copies(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Long blocks that are made of the text of others."""
    texts = {block.text for block in blocks}
    long = [block for block in blocks if MIN_COPY_CHARACTERS <= len(block.text) <= MAX_COPY_CHARACTERS]
    copies = []
    for block in sorted(long, key=lambda block: -len(block.text))[:MAX_LONG_BLOCKS] if len(texts) <= MAX_TEXTS else ():
        size = len(block.text)
        if sum(len(text) for text in texts if len(text) <= size / 2 and text in block.text) >= MIN_COVERED_SHARE * size:
            copies.append(block)
    return copies


def _find_outermost_hidden(container: Container) -> Container | None:
    """The outermost hidden element around a block, if there is one."""
    found = None
    here: Container | None = container
    while here is not None and here.hidden:
        found, here = here, here.parent
    return found
