"""What the containers of a page add up to: prose, links and blocks, and what their names mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.content.blocks import Container, PageBlock
from cleaning.resources import load_toml

MIN_MAIN_PROSE_SHARE, MIN_CORE_PROSE_SHARE = 0.8, 0.5
"""The main container is the innermost one with this share of the page's prose; the core is the one with half of it."""

LANDMARK_TAGS = (
    "article", "main", "nav", "aside", "footer", "header", "form", "figure", "ul", "ol", "table", "blockquote",
    "section", "details", "dl",
)  # fmt: skip
"""Elements inside of which a block may stand, in the order of their bits."""

_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LANDMARK_BITS = {tag: 1 << number for number, tag in enumerate(LANDMARK_TAGS)}


@dataclass(slots=True, eq=False)
class ContainerStats:
    """What a container adds up to, and what it has from those around it."""

    container: Container
    size: int = 0
    prose: int = 0
    links: int = 0
    blocks: int = 0
    parent: "ContainerStats | None" = None
    own_meaning: int = 0
    near_meaning: int = 0
    meaning: int = 0
    landmarks: int = 0
    below_main: int = -1
    """Levels below the main container; -1 outside of it."""
    in_core: bool = False
    branch: "ContainerStats | None" = None
    """The child of the main container that it is part of."""
    signature: tuple[str, str, str] = ("", "", "")


def measure_containers(blocks: Sequence[PageBlock], sizes: list[int], prose: list[bool]) -> dict[int, ContainerStats]:
    """The containers of blocks, with what they add up to; each after its parent."""
    measured: dict[int, ContainerStats] = {}
    for block in blocks:
        missing = []
        container: Container | None = block.container
        while container is not None and id(container) not in measured:
            missing.append(container)
            container = container.parent
        for one in reversed(missing):
            parent = measured[id(one.parent)] if one.parent is not None else None
            measured[id(one)] = ContainerStats(one, parent=parent)
    for block, size, is_prose in zip(blocks, sizes, prose, strict=True):
        stats = measured[id(block.container)]
        stats.size += size
        stats.links += min(block.links, size)
        stats.blocks += 1
        stats.prose += size if is_prose else 0
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
    """Say of each container, parents first, what it has from those around it."""
    root = main = core = measured[0]
    for stats in measured:
        if stats.prose >= MIN_MAIN_PROSE_SHARE * root.prose and stats.container.depth > main.container.depth:
            main = stats
        if stats.prose >= MIN_CORE_PROSE_SHARE * root.prose and stats.container.depth > core.container.depth:
            core = stats
    for stats in measured:
        container, parent = stats.container, stats.parent
        stats.own_meaning = stats.near_meaning = stats.meaning = _find_meaning(container.names)
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
        stats.signature = (container.tag, container.names, parent.container.names if parent else "")


@cache
def load_meanings() -> tuple[str, ...]:
    """What names may mean, in the order of their bits."""
    return tuple(load_toml("meanings"))


@cache
def _load_meaning_bits() -> dict[str, int]:
    """The meanings of a word in a name, as bits."""
    bits: dict[str, int] = {}
    for number, words in enumerate(load_toml("meanings").values()):
        for word in words.split():
            bits[word] = bits.get(word, 0) | 1 << number
    return bits


@lru_cache(maxsize=20_000)
def _find_meaning(names: str) -> int:
    """What an element's id and classes say that it is."""
    bits, meaning = _load_meaning_bits(), 0
    for part in _NAME_PART.findall(names):
        meaning |= bits.get(part.lower(), 0)
    return meaning
