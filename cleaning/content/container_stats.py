"""Sum up the containers of a page: how much prose, link text and how many blocks they hold, and what their names mean.

The features of a block (:mod:`cleaning.content.features`) are derived from these sums.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.content.blocks import Container, PageBlock
from cleaning.resources import load_toml

MIN_MAIN_PROSE_SHARE, MIN_CORE_PROSE_SHARE = 0.8, 0.5
"""Share of the page's prose that the main container and the core hold: each is the innermost container with it.

The main container is the frame around the whole story, the core the densest part of it.
"""

LANDMARK_TAGS = (
    "article", "main", "nav", "aside", "footer", "header", "form", "figure", "ul", "ol", "table", "blockquote",
    "section", "details", "dl",
)  # fmt: skip
"""Elements around a block that are a feature of it. The order is that of the bits, and the models depend on it."""

_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LANDMARK_BITS = {tag: 1 << number for number, tag in enumerate(LANDMARK_TAGS)}


@dataclass(slots=True, eq=False)
class ContainerStats:
    """The sums of one container, and what it inherits from the containers around it.

    Sizes are weighted characters: those of wide scripts such as Chinese count threefold, and no block counts for more
    than ``features.MAX_BLOCK_CHARACTERS``.
    """

    container: Container
    size: int = 0
    """The size of all its blocks, those of the containers in it included; the same holds for the next three."""
    prose: int = 0
    """The size of the blocks that are prose."""
    links: int = 0
    """Characters of link text."""
    blocks: int = 0
    """The number of blocks."""
    parent: "ContainerStats | None" = None
    own_meaning: int = 0
    """Bits of the meanings of its own names, in the order of :func:`load_meanings`."""
    near_meaning: int = 0
    """The same with those of its parent."""
    meaning: int = 0
    """The same with those of all containers around it."""
    landmarks: int = 0
    """Bits of the :data:`LANDMARK_TAGS` among it and the containers around it."""
    below_main: int = -1
    """Levels below the main container; -1 outside of it."""
    in_core: bool = False
    """Whether it is the core or part of it."""
    branch: "ContainerStats | None" = None
    """The child of the main container that it is, or is part of; ``None`` for the main container and outside of it."""
    signature: tuple[str, str, str] = ("", "", "")
    """Its tag, its names and its parent's names: the paragraphs of one story have the same one."""


def measure_containers(blocks: Sequence[PageBlock], sizes: list[int], prose: list[bool]) -> dict[int, ContainerStats]:
    """Sum up the blocks of a page by container.

    Args:
        blocks: the blocks of one page.
        sizes: the weighted size of each block.
        prose: whether each block is prose.

    Returns:
        The sums by ``id()`` of the container, parents before their children, so that the first one is ``body``.
    """
    measured: dict[int, ContainerStats] = {}
    for block in blocks:
        missing = []
        container: Container | None = block.container
        while container is not None and id(container) not in measured:
            missing.append(container)
            container = container.parent
        for container in reversed(missing):
            parent = measured[id(container.parent)] if container.parent is not None else None
            measured[id(container)] = ContainerStats(container, parent=parent)
    for block, size, is_prose in zip(blocks, sizes, prose, strict=True):
        stats = measured[id(block.container)]
        stats.size += size
        stats.links += min(block.links, size)
        stats.blocks += 1
        stats.prose += size if is_prose else 0
    # Children come after their parents, so the reverse order completes each sum before it is added to the parent.
    for stats in reversed(measured.values()):
        parent = stats.parent
        if parent is not None:
            parent.size += stats.size
            parent.links += stats.links
            parent.blocks += stats.blocks
            parent.prose += stats.prose
    _derive_inherited(list(measured.values()))
    return measured


def _derive_inherited(measured: list[ContainerStats]) -> None:
    """Find the main container and the core, and set what each container inherits, parents first."""
    root = main = core = measured[0]
    shared = _find_shared_names(measured)
    for stats in measured:
        if stats.prose >= MIN_MAIN_PROSE_SHARE * root.prose and stats.container.depth > main.container.depth:
            main = stats
        if stats.prose >= MIN_CORE_PROSE_SHARE * root.prose and stats.container.depth > core.container.depth:
            core = stats
    for stats in measured:
        container, parent = stats.container, stats.parent
        stats.own_meaning = stats.near_meaning = stats.meaning = _find_meaning(
            f"{container.tag} {container.names}" if "-" in container.tag else container.names
        )
        stats.landmarks = _LANDMARK_BITS.get(container.tag, 0)
        stats.in_core = stats is core
        if stats is main:
            stats.below_main = 0
        if parent is not None:
            stats.near_meaning |= parent.own_meaning
            stats.meaning |= parent.meaning
            stats.landmarks |= parent.landmarks
            stats.in_core |= parent.in_core
            if parent.below_main >= 0:
                stats.below_main = parent.below_main + 1
            stats.branch = stats if parent is main else parent.branch
        stats.signature = (container.tag, shared[container.names], shared[parent.container.names] if parent else "")


def _find_shared_names(measured: list[ContainerStats]) -> dict[str, str]:
    """Return for the names of each container those of them that another container has as well.

    Names such as ``post-63076`` or ``block-id-vGFP5g`` are unique. They would make each paragraph a kind of its own.
    """
    times = Counter(name for stats in measured for name in set(stats.container.names.split()))
    distinct = {stats.container.names for stats in measured}
    return {names: " ".join(name for name in names.split() if times[name] > 1) for names in distinct}


@cache
def load_meanings() -> tuple[str, ...]:
    """Return the meanings that names of elements can have, such as ``comment``, in the order of their bits.

    They are the keys of ``rules/meanings.toml``; the models depend on their order.
    """
    return tuple(load_toml("meanings"))


@cache
def _load_meaning_bits() -> dict[str, int]:
    """Return the bits of the meanings of each word."""
    bits: dict[str, int] = {}
    for number, words in enumerate(load_toml("meanings").values()):
        for word in words.split():
            bits[word] = bits.get(word, 0) | 1 << number
    return bits


@lru_cache(maxsize=20_000)
def _find_meaning(names: str) -> int:
    """Return the bits of the meanings of all words in an element's id and classes."""
    bits, meaning = _load_meaning_bits(), 0
    for part in _NAME_PART.findall(names):
        meaning |= bits.get(part.lower(), 0)
    return meaning
