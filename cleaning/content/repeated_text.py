"""Mark text that a page holds twice: a copy of the article for machines, a gallery's caption, a teaser of the story.

Repeats among siblings stay, because a refrain is prose. A repeat in a different kind of element is a copy, and the one
with less text around it is removed.

trafilatura's own deduplication is not used: its cache is global to the process and makes a page vanish at its third
cleaning.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import Container, PageBlock
from cleaning.content.element_names import has_word
from cleaning.lines.normalization import extract_letters

MIN_REPEAT_CHARACTERS = 60
"""Characters of the shortest repeat that counts: shorter lines, such as "Share", are equal by coincidence."""
MIN_COPY_CHARACTERS, MAX_COPY_CHARACTERS = 400, 50_000
"""Characters of a block that may be a copy of several others joined. The upper limit bounds the time."""
MAX_LONG_BLOCKS, MAX_TEXTS = 20, 3_000
"""Blocks that are tested as joined copies (the longest of a page), and texts of the largest page that is tested.

The time grows with their product.
"""
MIN_COVERED_SHARE = 0.6
"""Share of a long block that other blocks must repeat for it to be a joined copy."""

MIN_PARTIAL_LETTERS = 25
"""Letters and digits of the shortest pull quote or cut paragraph."""
MAX_PARTIAL_COPIES = 300
"""Texts that are tested as pull quotes or cut paragraphs. A page with more is a list; the limit bounds the time."""

_ELLIPSES = ("…", "...", "[…]", "[...]", "…]")
_PULLED_TAGS = frozenset({"aside", "blockquote", "figure"})
_ASIDE_TAGS = frozenset({"nav", "aside", "footer"})


def mark_duplicate_blocks(blocks: Sequence[PageBlock]) -> None:
    """Set ``removal`` on the blocks that repeat others.

    If most of the text in a hidden container is repeated, the container is a copy of the article for machines: then all
    blocks in it are marked, its headline and dates included.
    """
    texts = [block for block in blocks if block.removal is None and len(block.text) >= MIN_REPEAT_CHARACTERS]
    for block in (*_find_equal_blocks(texts), *_find_joined_copies(texts), *_find_partial_copies(blocks)):
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
    """Return the blocks that equal another block which is better placed and in a different kind of element."""
    around: Counter[Container | None] = Counter()
    for block in blocks:
        parent = block.container.parent
        around[parent] += len(block.text)
        # Some sites wrap each paragraph in an element of its own, so the grandparent counts as well.
        if parent is not None:
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
    """Return a sort key that ranks visible copies above hidden ones, and then those outside of asides."""
    return not block.container.hidden, not block.container.is_within(_ASIDE_TAGS)


def _measure_surrounding_text(block: PageBlock, around: Counter[Container | None]) -> int:
    """Return the characters in a block's parent or grandparent, whichever has more.

    ``body`` does not count as a grandparent: it holds everything.
    """
    parent = block.container.parent
    above = around[parent.parent] if parent is not None and parent.parent is not None else 0
    return max(around[parent], above)


def _get_placement(block: PageBlock) -> tuple[bool, str, str, str]:
    """Return what equal blocks have in common if they are siblings or items of one list."""
    container = block.container
    return container.hidden, container.tag, container.names, container.parent.names if container.parent else ""


def _find_joined_copies(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Return long blocks that consist of the text of other blocks, joined."""
    texts = {block.text for block in blocks}
    long = [block for block in blocks if MIN_COPY_CHARACTERS <= len(block.text) <= MAX_COPY_CHARACTERS]
    copies = []
    for block in sorted(long, key=lambda block: -len(block.text))[:MAX_LONG_BLOCKS] if len(texts) <= MAX_TEXTS else ():
        size = len(block.text)
        # A part longer than half of the block would be nearly all of it: two versions of one paragraph, not a join.
        if sum(len(text) for text in texts if len(text) <= size / 2 and text in block.text) >= MIN_COVERED_SHARE * size:
            copies.append(block)
    return copies


def _find_partial_copies(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Return pull quotes that repeat words of the text, and paragraphs that are the cut beginning of another one."""
    candidates = {
        block: letters
        for block in blocks
        if block.removal is None
        and len(block.text) >= MIN_PARTIAL_LETTERS
        and (block.text.endswith(_ELLIPSES) or _is_pull_quote(block))
        and len(letters := extract_letters(block.text)) >= MIN_PARTIAL_LETTERS
    }
    if not 0 < len(candidates) <= MAX_PARTIAL_COPIES:
        return []
    others = (block for block in blocks if block.removal is None and block not in candidates)
    visible = {extract_letters(block.text) for block in others if not block.container.hidden}
    # One search in all texts is faster than one in each; the line breaks keep it from going across two of them.
    joined = "\n".join(("", *visible))
    return [
        block
        for block, letters in candidates.items()
        if letters not in visible and (f"\n{letters}" in joined or (_is_pull_quote(block) and letters in joined))
    ]


def _is_pull_quote(block: PageBlock) -> bool:
    """Return whether a block is set apart from the text: as a quotation, in an aside, or by the names around it."""
    container, parent = block.container, block.container.parent
    names = f"{container.names} {parent.names if parent else ''}"
    is_named = has_word(names, "pull_quote")
    return block.kind is BlockKind.QUOTE or is_named or container.is_within(_PULLED_TAGS)


def _find_outermost_hidden(container: Container) -> Container | None:
    """Return the outermost hidden container of a block; ``None`` if the block is visible."""
    outermost = None
    current: Container | None = container
    while current is not None and current.hidden:
        outermost, current = current, current.parent
    return outermost
