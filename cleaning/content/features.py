"""Compute the features of blocks: the numbers from which the classifier decides whether a block is part of the article.

Most features describe where a block is, not what it says: the share of the page's prose and of link text in its
containers, the meanings of their names, the lengths of its neighbours. That is why one model fits all languages.

The models depend on each feature's position in the row. After a change here, train them again with
``benchmarks/train_blocks.py``.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from cleaning.article import BlockKind
from cleaning.content.blocks import Container, PageBlock
from cleaning.content.container_stats import LANDMARK_TAGS, ContainerStats, load_meanings, measure_containers
from cleaning.lines.line import KnownMetadata

MIN_PROSE_CHARACTERS = 60
"""Weighted characters (see :func:`_measure_size`) of the shortest block that is prose; it must also end a sentence."""
WINDOW_BLOCKS = 5
"""Blocks on either side that the feature ``density`` sums up."""
MAX_BLOCK_CHARACTERS = 3000
"""The largest size that a block counts with. Beside a block of 60 KB, all other prose looked like a footnote."""
MIN_PAGE_PROSE_CHARACTERS = 1000
"""Prose of the smallest page on which distant blocks are skipped: with less, the main container is too uncertain."""
CONTAINER_LEVELS = 4
"""Containers whose own features are in the row: the block's own one and those next around it."""
MAX_DISTANCE_BLOCKS = 30
"""Distances in blocks are capped at this value."""

MAX_NAMED_CHARACTERS = 800
"""Characters of the longest block in which the names of the authors and of the site are searched."""
MAX_LABEL_CHARACTERS = 40
"""Characters among which a label at the start of a block ends with a colon."""

FeatureRow = list[float]
"""The features of a block, in the order of :func:`list_feature_names`."""

# Latin, Armenian, Urdu, Arabic, Devanagari and Ethiopic ends need a space after them; CJK ends do not.
_SENTENCE_END = re.compile(r"[.!?…։۔؟।።][\"'”’»)\]]*(?:\s|$)|[。！？]")
_WIDE_CHARACTER = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"\w+")
_TAG_NUMBERS = {
    tag: number
    for number, tag in enumerate(
        "p li div h1 h2 h3 h4 h5 h6 td blockquote figcaption section article dd pre body header figure footer "
        "aside main dt table".split()
    )
}
_KIND_NUMBERS = {kind: number for number, kind in enumerate(BlockKind)}
_NO_NEIGHBOUR = [-1.0, -1.0, -1.0, -2.0, -1.0, -1.0]
"""The features of a missing neighbour, at the start or end of the page."""
_NO_CONTAINER = [-1.0, -1.0, -1.0, -1.0]
"""The features of a missing container: the block has fewer than ``CONTAINER_LEVELS``."""
_SENTENCE_ENDS = frozenset(".!?…。！？؟۔।።։\"”»’')")

_LANDMARK_RANGE = range(len(LANDMARK_TAGS))
_MEANING_RANGE = range(len(load_meanings()))


def list_feature_names() -> tuple[str, ...]:
    """Return the names of the features, in the order of the rows that :func:`compute_features` returns.

    The models refer to features by position. The names are for tests and for people who inspect a model.

    >>> list_feature_names()[:3]
    ('length', 'words', 'links')
    """
    own = (
        "length words links sentences commas ends colon upper digits lower kind tag depth index position times nth "
        "title_share title_found emphasis bar copyright quote bullet word_length hidden since_heading "
        "author site address label ellipsis question first_link internal capitals"
    )
    beside = [
        f"{name}{offset}"
        for offset in ("-2", "-1", "+1", "+2")
        for name in ("length", "links", "ends", "tag", "depth", "sibling")
    ]
    among = "before_prose after_prose before_first after_last between within since_h1 density"
    levels = [
        f"{name}^{level}" for level in range(CONTAINER_LEVELS) for name in ("share", "density", "links", "blocks")
    ]
    flow = "alike alike_before alike_after alike_around first_in_box last_in_box box_blocks dominant"
    place = "in_main in_core below_main branch_share branch_links branch_blocks signature page_prose page_blocks"
    return (
        *own.split(), *beside, *among.split(), *levels, *flow.split(), *place.split(),
        *(f"within_{tag}" for tag in LANDMARK_TAGS), *(f"means_{name}" for name in load_meanings()),
    )  # fmt: skip


def compute_features(blocks: Sequence[PageBlock], known: KnownMetadata) -> list[tuple[int, FeatureRow]]:
    """Return the features of each block that may be part of the article, with the block's index.

    Blocks far from all prose are skipped: those outside of the main container, in a part of the page without a
    sentence. They are half of a page's blocks and hold 0.3 % of the text of labelled articles.

    Args:
        blocks: the candidate blocks of one page, in its order.
        known: what the page's metadata say: the headline, the authors and the name of the site.
    """
    return _PageFeatures(blocks, known).compute_rows() if blocks else []


class _PageFeatures:
    """The blocks of a page, and the counts over all of them that the features of each one need."""

    def __init__(self, blocks: Sequence[PageBlock], known: KnownMetadata) -> None:
        self.blocks = blocks
        self.authors = known.authors
        # An unknown name is found in no text, because blocks have no control characters but line breaks.
        self.site_name = known.site_name or "\0"
        self.title_words = frozenset(_WORD.findall((known.title or "").lower()))
        self.sizes = [_measure_size(block.text) for block in blocks]
        self.sentences = [0 if b.kind is BlockKind.TABLE else len(_SENTENCE_END.findall(b.text)) for b in blocks]
        self.prose = [
            # Two fifths of links: a paragraph with several links is prose, a list of teasers is not.
            sentences > 0 and size >= MIN_PROSE_CHARACTERS and block.links < 0.4 * max(size, len(block.text))
            for block, size, sentences in zip(blocks, self.sizes, self.sentences, strict=True)
        ]
        places = measure_containers(blocks, self.sizes, self.prose)
        self.places = [places[id(block.container)] for block in blocks]
        self.root = next(iter(places.values()))
        self.outlines = [_compute_outline(block, size) for block, size in zip(blocks, self.sizes, strict=True)]
        self.times = Counter(block.text for block in blocks)
        self.positions = [0, *accumulate(self.sizes)]
        prose_sizes = [size if is_prose else 0 for size, is_prose in zip(self.sizes, self.prose, strict=True)]
        self.prose_before = [0, *accumulate(prose_sizes)]
        self.signatures: Counter[tuple[str, str, str]] = Counter()
        for place, size in zip(self.places, prose_sizes, strict=True):
            self.signatures[place.signature] += size
        self.alike = Counter(place.signature for place in self.places)
        self.dominant = max(self.signatures, key=self.signatures.__getitem__)
        self.last_prose, self.next_prose = _find_nearest_prose(self.prose)
        inside = [i for i, place in enumerate(self.places) if self.prose[i] and place.below_main >= 0]
        self.first, self.last = (inside[0], inside[-1]) if inside else (0, len(blocks) - 1)
        self.h1 = next((i for i, block in enumerate(blocks) if block.container.tag == "h1"), None)

    def compute_rows(self) -> list[tuple[int, FeatureRow]]:
        """Return the row of each block that is not remote, with the block's index."""
        seen: Counter[str] = Counter()
        heading = -MAX_DISTANCE_BLOCKS
        rows = []
        for i, block in enumerate(self.blocks):
            if block.kind is BlockKind.HEADING:
                heading = i
            if not self.is_remote(i):
                row = self.compute_own(i, nth=seen[block.text], since_heading=min(i - heading, MAX_DISTANCE_BLOCKS))
                rows.append(
                    (
                        i,
                        row
                        + self.compute_neighbours(i)
                        + self.compute_prose_position(i)
                        + self.compute_containers(i)
                        + self.compute_flow(i)
                        + self.compute_frame(i),
                    )
                )
            seen[block.text] += 1
        return rows

    def is_remote(self, i: int) -> bool:
        """Return whether a block is far from the prose of a page that has enough prose to tell."""
        place = self.places[i]
        if self.root.prose < MIN_PAGE_PROSE_CHARACTERS or place.below_main >= 0:
            return False
        # The test goes two levels up, so that a caption or a byline in a box of its own is near the text beside it.
        around = place.parent and (place.parent.parent or place.parent)
        return not (around or place).prose

    def compute_own(self, i: int, nth: int, since_heading: int) -> FeatureRow:
        """Return the features of a block by itself: its text, its kind, its place on the page.

        Args:
            i: the index of the block.
            nth: how many earlier blocks have the same text.
            since_heading: blocks since the last heading.
        """
        block, text, size = self.blocks[i], self.blocks[i].text, len(self.blocks[i].text)
        # A longer text shares words with any title.
        overlaps = _measure_title_overlap(text, self.title_words) if self.title_words and size < 400 else (0.0, 0.0)
        title_share, title_found = overlaps
        length, links, ends, tag = self.outlines[i]
        spaces = text.count(" ") + 1
        start = text[:80]
        return [
            length, spaces, links, self.sentences[i], text.count(","), ends, text[-1] in ":：",
            sum(map(str.isupper, start)) / len(start), sum(map(str.isdigit, start)) / len(start), text[0].islower(),
            _KIND_NUMBERS[block.kind], tag, block.container.depth, i / len(self.blocks),
            self.positions[i] / (self.root.size or 1), self.times[text], nth, title_share, title_found,
            block.emphasis / size, "|" in text, "©" in text, text[0] in "\"'“„«‘", text[0] in "-–—•*»›→", size / spaces,
            block.container.hidden, since_heading,
            size < MAX_NAMED_CHARACTERS and any(name in text for name in self.authors),
            size < MAX_NAMED_CHARACTERS and self.site_name in text,
            "@" in text or "://" in text or "www." in text, _measure_label(text), text.endswith(("…", "...")),
            "?" in text, _classify_link(block.href), block.links > 0 and text[-1] not in _SENTENCE_ENDS,
            _measure_capitals(text),
        ]  # fmt: skip

    def compute_neighbours(self, i: int) -> FeatureRow:
        """Return the features of the two blocks before and the two after a block."""
        here, row = self.blocks[i].container, []
        for j in (i - 2, i - 1, i + 1, i + 2):
            if 0 <= j < len(self.blocks):
                other = self.blocks[j].container
                row += [*self.outlines[j], other.depth - here.depth, other.parent is here.parent]
            else:
                row += _NO_NEIGHBOUR
        return row

    def compute_prose_position(self, i: int) -> FeatureRow:
        """Return the features of a block's distance from the prose around it and from the prose of the article."""
        low, high = max(0, i - WINDOW_BLOCKS), min(len(self.blocks), i + WINDOW_BLOCKS + 1)
        return [
            min(i - self.last_prose[i], MAX_DISTANCE_BLOCKS), min(self.next_prose[i] - i, MAX_DISTANCE_BLOCKS),
            min(i - self.first, 0), max(i - self.last, 0), self.first <= i <= self.last,
            (i - self.first) / (self.last - self.first + 1),
            i - self.h1 if self.h1 is not None else -99.0, (self.prose_before[high] - self.prose_before[low]) / 1000,
        ]  # fmt: skip

    def compute_containers(self, i: int) -> FeatureRow:
        """Return the features of a block's containers, from its own outwards."""
        page_prose = self.root.prose or 1
        row: FeatureRow = []
        place: ContainerStats | None = self.places[i]
        for _ in range(CONTAINER_LEVELS):
            if place is None:
                row += _NO_CONTAINER
            else:
                size = place.size or 1
                row += [place.prose / page_prose, place.prose / size, place.links / size, place.blocks]
                place = place.parent
        return row

    def compute_flow(self, i: int) -> FeatureRow:
        """Return the features of how a block fits between its neighbours: whether it interrupts blocks that are alike.

        Blocks are alike if the tags and names of their containers are.
        """
        own = self.places[i].signature
        before = self.places[i - 1].signature if i else None
        after = self.places[i + 1].signature if i + 1 < len(self.blocks) else None
        box = self.blocks[i].container.parent
        return [
            self.alike[own], before == own, after == own, before == after,
            not i or not _is_inside(self.blocks[i - 1].container, box),
            i + 1 == len(self.blocks) or not _is_inside(self.blocks[i + 1].container, box),
            self.places[i].blocks, own == self.dominant,
        ]  # fmt: skip

    def compute_frame(self, i: int) -> FeatureRow:
        """Return the features of a block's place in the page's frame, and of the meanings of the names around it."""
        place, page_prose = self.places[i], self.root.prose or 1
        branch = place.branch
        in_branch = (
            [branch.prose / page_prose, branch.links / (branch.size or 1), branch.blocks]
            if branch
            else _NO_CONTAINER[:3]
        )
        near, meaning = place.near_meaning, place.meaning
        return [
            place.below_main >= 0, place.in_core, place.below_main, *in_branch,
            self.signatures[place.signature] / page_prose, math.log1p(self.root.prose), len(self.blocks),
            *[place.landmarks >> bit & 1 for bit in _LANDMARK_RANGE],
            # 2 if the meaning is near, plus 1 if any container around the block has it.
            *[(near >> bit & 1) * 2 + (meaning >> bit & 1) for bit in _MEANING_RANGE],
        ]  # fmt: skip


def _compute_outline(block: PageBlock, size: int) -> tuple[float, float, bool, int]:
    """Return the features of a block that are also features of its neighbours."""
    text, tag = block.text, _TAG_NUMBERS.get(block.container.tag, -1)
    return math.log1p(size), block.links / len(text), text[-1] in _SENTENCE_ENDS, tag


def _is_inside(container: Container | None, box: Container | None) -> bool:
    """Return whether a container is a box, or one in it."""
    while container is not None and container is not box:
        container = container.parent
    return container is not None


def _measure_label(text: str) -> int:
    """Return the number of the character at which a label such as "Read more:" ends; 0 without one."""
    return text.find(":", 1, MAX_LABEL_CHARACTERS) + 1


def _classify_link(href: str) -> int:
    """Return 0 for a block without a link, 1 if its first link is relative or a fragment, 2 if it is absolute."""
    return 0 if not href else 2 if "://" in href[:10] else 1


def _measure_capitals(text: str) -> float:
    """Return the share of the first 40 words that begin with a capital letter."""
    words = text.split(maxsplit=40)[:40]
    return sum(word[0].isupper() for word in words) / len(words)


def _find_nearest_prose(prose: list[bool]) -> tuple[list[int], list[int]]:
    """Return for each block the index of the last prose before it, and of the first after it.

    If there is none, the index is far outside of the page.
    """
    count = len(prose)
    before, after = [-MAX_DISTANCE_BLOCKS] * count, [count + MAX_DISTANCE_BLOCKS] * count
    for i in range(1, count):
        before[i] = i - 1 if prose[i - 1] else before[i - 1]
    for i in range(count - 2, -1, -1):
        after[i] = i + 1 if prose[i + 1] else after[i + 1]
    return before, after


def _measure_title_overlap(text: str, title_words: frozenset[str]) -> tuple[float, float]:
    """Return the share of a text's words that are in the title, and the share of the title's words in the text."""
    words = _WORD.findall(text.lower())
    if not words:
        return 0.0, 0.0
    return sum(word in title_words for word in words) / len(words), len(title_words.intersection(words)) / len(
        title_words
    )


def _measure_size(text: str) -> int:
    """Return the weighted size of a text: its characters, with those of wide scripts counted threefold.

    A Chinese, Japanese, Korean, Thai, Lao or Khmer character says as much as about three of another script.
    """
    text = text[:MAX_BLOCK_CHARACTERS]
    return min(
        MAX_BLOCK_CHARACTERS, len(text) if text.isascii() else len(text) + 2 * len(_WIDE_CHARACTER.findall(text))
    )
