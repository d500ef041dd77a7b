"""Text that a page holds twice: a copy of the article for machines, the caption of a gallery, a teaser of its own.

Repeats among siblings stay: a refrain is prose. What repeats under another roof is a copy, and that which stands with
less text around it goes.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from .article import Removal
from .blocks import Container, PageBlock

SHORTEST = 60
"""Characters from which on two equal blocks are no coincidence."""
LONG = 400
"""Characters from which on one block may be a copy of several."""
MOST = 20
"""Blocks that are so looked at: the longest of the page."""
COVERED = 0.6
"""Share of a long block that other blocks repeat, from which on it is such a copy."""


def mark_repeats(blocks: Sequence[PageBlock]) -> None:
    """Mark blocks as removed that repeat others; with most of a hidden container's text, all that it holds."""
    texts = [block for block in blocks if block.removal is None and len(block.text) >= SHORTEST]
    for block in (*_equal_elsewhere(texts), *_joined_copies(texts)):
        block.removal = Removal("drop_repeats", "repeat", block.text)
    repeated: Counter[Container] = Counter()
    for block in texts:
        if hidden := _outermost_hidden(block.container):
            repeated[hidden] += len(block.text) if block.removal else -len(block.text)
    for block in blocks:
        hidden = _outermost_hidden(block.container)
        if hidden and block.removal is None and repeated[hidden] > 0:
            block.removal = Removal("drop_repeats", "repeat", block.text)


def _equal_elsewhere(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Blocks equal to another that stands in an element of another kind, with more text around it."""
    around: Counter[Container | None] = Counter()
    for block in blocks:
        around[block.container.parent] += len(block.text)
    equals: defaultdict[str, list[PageBlock]] = defaultdict(list)
    for block in blocks:
        equals[block.text].append(block)
    repeats = []
    for group in equals.values():
        if len(group) > 1:
            kept = max(group, key=lambda block: (not block.container.hidden, around[block.container.parent]))
            repeats += [block for block in group if _place(block) != _place(kept)]
    return repeats


def _place(block: PageBlock) -> tuple[bool, str, str, str]:
    """What equal blocks that are siblings, or items of one list, have in common."""
    container = block.container
    return container.hidden, container.tag, container.names, container.parent.names if container.parent else ""


def _joined_copies(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Long blocks that are made of the text of others."""
    copies = []
    for block in sorted(blocks, key=lambda block: -len(block.text))[:MOST]:
        size = len(block.text)
        parts = {other.text for other in blocks if len(other.text) <= size / 2 and other.text in block.text}
        if size >= LONG and sum(map(len, parts)) >= COVERED * size:
            copies.append(block)
    return copies


def _outermost_hidden(container: Container) -> Container | None:
    """The outermost hidden element around a block, if there is one."""
    found = None
    here: Container | None = container
    while here is not None and here.hidden:
        found, here = here, here.parent
    return found
