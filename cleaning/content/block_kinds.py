"""Find the kinds of blocks that their place tells: captions, the standfirst, key points.

The kinds by element (a heading, a list item) are read with the blocks. These need to know what the article is, so they
are found after the main content. The words that the names of elements are searched for are in ``rules/kinds.toml``.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice

from cleaning.article import BlockKind
from cleaning.content.blocks import Container, PageBlock
from cleaning.content.element_names import has_phrase, has_word
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.normalization import extract_letters
from cleaning.lines.prose import is_prose

MAX_CAPTION_CHARACTERS = 600
"""Characters in an element that is a caption by its name."""
MAX_PICTURE_TEXT_CHARACTERS = 300
"""Characters beside a picture, in a figure or a box named for it, that are its caption. More text is an article that a
page builder has put in a figure: on 640 labelled pages, 289 of the 294 paragraphs in figures were prose."""
MAX_CREDIT_CHARACTERS = 80
"""Characters of the longest credit of a picture."""
MAX_STANDFIRST_CHARACTERS = 700
"""Characters in an element that is the standfirst by its name; a longer one is the text."""
MAX_LEAD_IMAGE_BLOCKS = 8
"""Blocks from the caption of the lead picture to the text."""
NAMED_LEVELS = 2
"""Containers of a block whose names can tell its kind: its own, and the one around it."""
PICTURE_LEVELS = 4
"""Containers of a block that can be the box of a picture and its caption, or of the key points."""

MAX_BOX_PARAGRAPHS = 1
"""Paragraphs of prose in the box of a picture and its caption; with more, it is a part of the article."""
MIN_ALTERNATIVE_CHARACTERS = 40
"""Characters of an alternative text that proves a caption which goes on after it."""
MIN_REPEATED_LETTERS = 15
"""Letters of the shortest paragraph that can repeat a caption."""

_FRAME_TAGS = frozenset({"body", "main", "article"})
_ASIDE_TAGS = frozenset({"nav", "aside", "footer", "form"})
# What a credit in a caption follows: the end of the sentence, a bracket, a bar or a dash.
_CREDIT_START = re.compile(r"(?:(?<=[.!?。)\]])\s|\s[|/–—-]\s|\s?[(\[（【])")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright\b)[\s:]*(?P<value>[^\W\d].{1,60}?)[)\].\s]*$", re.IGNORECASE)
_CREDIT_LABEL = re.compile(
    r"^(?:(?:photo|image|picture|foto|bild|fotograf\w*|credit|crédit|copyright|source|quelle|fuente|fonte)\w*"
    r"(?:\s(?:by|credit|credits|source|von|de|par|di))?(?:\s*[:：|]\s*|\s+)|[©(\[|:/–—-]\s*)+",
    re.IGNORECASE,
)


def mark_captions(blocks: Sequence[PageBlock]) -> None:
    """Set the kind of the blocks that are captions or credits of pictures, in whatever element they are."""
    sizes = _measure_containers(blocks)
    # A card has a heading above its text, whatever its element is called.
    cards = {c for block in blocks if block.kind is BlockKind.HEADING for c in _iter_near(block, PICTURE_LEVELS)}
    # Few containers have a picture or a name that matters; the others are passed over quickly.
    relevant = {
        container
        for container, size in sizes.items()
        if size <= MAX_CAPTION_CHARACTERS
        and (
            container.pictures
            or container.tag == "figure"
            or has_word(container.names, "caption")
            or has_word(container.names, "picture")
        )
    }
    for block in blocks:
        is_candidate = bool(block.alternatives) or not relevant.isdisjoint(_iter_near(block, PICTURE_LEVELS))
        is_open = block.kind is BlockKind.PARAGRAPH and block.removal is None
        if is_open and is_candidate and _is_caption(block, sizes, cards):
            block.kind = BlockKind.CAPTION
    _mark_picture_boxes(blocks, sizes)
    _mark_repeated_captions(blocks)


def _mark_picture_boxes(blocks: Sequence[PageBlock], sizes: Mapping[Container, int]) -> None:
    """Set the kind of all blocks in a small box with a picture and a line that is nothing but a credit."""
    small = {
        container
        for container, size in sizes.items()
        if container.pictures and size <= MAX_CAPTION_CHARACTERS and container.tag not in _FRAME_TAGS
    }
    boxes = {
        container
        for block in blocks
        # A line that is a link as a whole is the title of a card.
        if block.links < len(block.text) <= MAX_CREDIT_CHARACTERS
        and not small.isdisjoint(near := list(_iter_near(block, NAMED_LEVELS + 1)))
        and _is_credit_line(block.text)
        for container in near
        if container in small
    }
    if not boxes:
        return
    prose = Counter(c for b in blocks if is_prose(b.text) for c in _iter_near(b, NAMED_LEVELS + 1) if c in boxes)
    boxes -= {box for box, paragraphs in prose.items() if paragraphs > MAX_BOX_PARAGRAPHS}
    for block in blocks:
        is_sentence = block.kind is BlockKind.HEADING and block.text.endswith((".", "。", "।"))
        is_text = (block.kind is BlockKind.PARAGRAPH or is_sentence) and not block.links
        if is_text and not boxes.isdisjoint(_iter_near(block, NAMED_LEVELS + 1)):
            block.kind = BlockKind.CAPTION


def _is_credit_line(text: str) -> bool:
    """Return whether a text is a credit such as "Photo: AFP"."""
    readings = match_boilerplate(Line(text), KnownMetadata(), ("anywhere",))
    return any(reading.field == "photo_credits" for reading in readings)


def _mark_repeated_captions(blocks: Sequence[PageBlock]) -> None:
    """Set the kind of short texts that repeat a caption, or the beginning of one; a caption may cite prose."""
    captions = sorted({extract_letters(b.text) for b in blocks if b.kind is BlockKind.CAPTION})
    for block in blocks if captions else ():
        if block.kind is BlockKind.PARAGRAPH and len(block.text) <= MAX_PICTURE_TEXT_CHARACTERS:
            letters = extract_letters(block.text)
            # What begins with these letters follows them in the sorted list.
            following = captions[place] if (place := bisect_left(captions, letters)) < len(captions) else ""
            is_repeat = len(letters) >= MIN_REPEATED_LETTERS and following.startswith(letters)
            if is_repeat and not is_prose(block.text):
                block.kind = BlockKind.CAPTION


def choose_captions(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> list[bool]:
    """Add the captions of the article's pictures to the chosen blocks.

    They are between its first and its last paragraph, or just above the first one, in a container that holds at least
    half of its text. Links, and what is in a menu, an aside or a footer, belong to other stories.
    """
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen and blocks[i].kind is not BlockKind.CAPTION]
    if not kept:
        return list(chosen)
    frame = _find_frame([blocks[i] for i in kept])
    first = max(kept[0] - MAX_LEAD_IMAGE_BLOCKS, 0)
    return [
        is_chosen
        or (
            first <= i <= kept[-1]
            and block.kind is BlockKind.CAPTION
            and block.removal is None
            and block.links < len(block.text) / 2
            and not block.container.is_within(_ASIDE_TAGS)
            and any(container is frame for container in block.container.iter_outwards())
        )
        for i, (block, is_chosen) in enumerate(zip(blocks, chosen, strict=True))
    ]


def choose_standfirst(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> list[bool]:
    """Return the choice with the standfirst: what is named so between the headline and the first paragraph.

    The classifier cannot decide on it. Half of the labelled pages lack the standfirst of their article.
    """
    first = next((i for i, block in enumerate(blocks) if chosen[i] and is_prose(block.text)), 0)
    headline = max((i for i in range(first) if blocks[i].container.tag == "h1"), default=first)
    sizes = _measure_containers(blocks)
    return [
        is_chosen
        or (
            headline < i < first
            and block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
            and block.removal is None
            and block.links < len(block.text) / 2
            and not block.container.is_within(_ASIDE_TAGS)
            and _is_standfirst(block, sizes)
        )
        for i, (block, is_chosen) in enumerate(zip(blocks, chosen, strict=True))
    ]


def find_story_kinds(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> dict[str, BlockKind]:
    """Return the text of the standfirst and of the key points, each with its kind.

    The line rules look at lists and paragraphs, so these kinds are set after them, on what is left.
    """
    sizes: dict[Container, int] = {}
    content = [block for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen]
    kinds: dict[str, BlockKind] = {}
    is_head = True
    for block in content:
        if block.kind is BlockKind.LIST_ITEM and _is_key_point(block):
            kinds[block.text] = BlockKind.KEY_POINT
        elif (
            is_head
            and block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING)
            and _has_standfirst_name(block)
            # Most pages have no such name, so that the containers are measured only here.
            and _is_standfirst(block, sizes := sizes or _measure_containers(blocks))
        ):
            kinds[block.text] = BlockKind.STANDFIRST
        elif block.kind is not BlockKind.CAPTION and is_prose(block.text):
            is_head = False
    return kinds


def find_photo_credits(blocks: Sequence[PageBlock], chosen: Sequence[bool]) -> tuple[str, ...]:
    """Return the credits of the article's pictures, from its captions, each once and without its label."""
    captions = (b for b, is_chosen in zip(blocks, chosen, strict=True) if is_chosen and b.kind is BlockKind.CAPTION)
    found = (find_credit(caption.text, _get_marked_credit(caption)) for caption in captions)
    return tuple(dict.fromkeys(filter(None, found)))


def find_credit(caption: str, marked: str = "") -> str:
    """Return the credit in a caption without its label; empty if there is none.

    Args:
        caption: the text of the caption.
        marked: the part of it that the page marks as the credit, if any.

    >>> find_credit("The ship on Friday. (Photo: Lena Foss/AFP)"), find_credit("The ship. © Lena Foss")
    ('Lena Foss/AFP', 'Lena Foss')
    >>> find_credit("The old pier, seen from the hill.")
    ''
    """
    if marked:
        credit = _CREDIT_LABEL.sub("", marked).strip(" .()[]|/©–—-:")
        # The closing bracket of "Lena Foss (cropped)" was stripped.
        credit = credit.partition(" (")[0] if credit.count("(") > credit.count(")") else credit
        return credit if 2 < len(credit) <= MAX_CREDIT_CHARACTERS else ""
    starts = [0, *(match.end() for match in _CREDIT_START.finditer(caption))]
    for start in starts[-3:]:
        part = caption[start:].strip(" ()[]（）【】")
        readings = match_boilerplate(Line(part), KnownMetadata(), ("anywhere",)) if part else ()
        if value := next((each.value for each in readings if each.field == "photo_credits" and each.value), None):
            return value.strip(" .()[]")
    match = _COPYRIGHT.search(caption)
    return match["value"] if match else ""


def _get_marked_credit(caption: PageBlock) -> str:
    """Return the part of a caption, or all of it, that is in an element named as a credit."""
    return caption.credit or (caption.text if has_word(caption.container.names, "credit") else "")


def set_kinds(lines: tuple[Line, ...], kinds: dict[str, BlockKind]) -> tuple[Line, ...]:
    """Return lines with the kinds of :func:`find_story_kinds`."""
    return tuple(replace(line, kind=kinds[line.text]) if line.text in kinds else line for line in lines)


def _is_caption(block: PageBlock, sizes: Mapping[Container, int], cards: Set[Container]) -> bool:
    """Return whether a block is a caption or a credit: by its figure, by its names, or as the text beside a picture."""
    if _is_standfirst(block, sizes):
        return False
    if block.alternatives and _repeats_alternative(block) and _is_beside_picture(block, sizes):
        return True
    for level, container in enumerate(_iter_near(block, PICTURE_LEVELS)):
        size = sizes[container]
        if size > MAX_CAPTION_CHARACTERS or container in cards or container.tag == "body":
            return False
        if level < NAMED_LEVELS and has_word(container.names, "caption"):
            return True
        is_box = container.tag == "figure" or has_word(container.names, "picture")
        if size > MAX_PICTURE_TEXT_CHARACTERS or not is_box:
            continue
        if container.pictures or (level == 0 and size <= MAX_CREDIT_CHARACTERS and has_word(container.names, "credit")):
            return True
    return False


def _is_beside_picture(block: PageBlock, sizes: Mapping[Container, int]) -> bool:
    """Return whether a block is no prose, or is in a small box with a picture."""
    near = _iter_near(block, PICTURE_LEVELS)
    return not is_prose(block.text) or any(c.pictures and sizes[c] <= MAX_CAPTION_CHARACTERS for c in near)


def _repeats_alternative(block: PageBlock) -> bool:
    """Return whether a block is the alternative text of a picture just before it, or begins with it.

    Some sites give the first paragraph as the alternative text, so that prose must also be in a box with the picture.
    """
    letters = extract_letters(block.text)
    if block.links or not letters or len(block.text) > MAX_CAPTION_CHARACTERS:
        return False
    return any(
        extract_letters(text) == letters
        or (len(text) >= MIN_ALTERNATIVE_CHARACTERS and letters.startswith(extract_letters(text)))
        for text in block.alternatives
    )


def _has_standfirst_name(block: PageBlock) -> bool:
    return any(has_word(container.names, "standfirst") for container in _iter_near(block, NAMED_LEVELS))


def _is_standfirst(block: PageBlock, sizes: Mapping[Container, int]) -> bool:
    """Return whether a container with little more than the block is named as a standfirst."""
    return any(
        has_word(container.names, "standfirst") and sizes[container] <= MAX_STANDFIRST_CHARACTERS
        for container in _iter_near(block, NAMED_LEVELS)
    )


def _is_key_point(block: PageBlock) -> bool:
    return any(has_phrase(container.names, "key_points") for container in _iter_near(block, PICTURE_LEVELS))


def _iter_near(block: PageBlock, levels: int) -> Iterator[Container]:
    """Yield a block's own container and those around it, up to a number of levels."""
    return islice(block.container.iter_outwards(), levels)


def _measure_containers(blocks: Sequence[PageBlock]) -> dict[Container, int]:
    """Return the characters in each container."""
    sizes: dict[Container, int] = {}
    levels: defaultdict[int, list[Container]] = defaultdict(list)

    def add(container: Container, size: int) -> None:
        if container not in sizes:
            sizes[container] = 0
            levels[container.depth].append(container)
        sizes[container] += size

    for block in blocks:
        add(block.container, len(block.text))
    # The deepest level first: when a container is added to the one around it, its own sum is complete.
    for depth in range(max(levels, default=0), 0, -1):
        for container in levels[depth]:
            if container.parent is not None:
                add(container.parent, sizes[container])
    return sizes


def _find_frame(content: Sequence[PageBlock]) -> Container | None:
    """Return the innermost container that holds more than half of the characters of the content."""
    sizes: Counter[Container] = Counter()
    for block in content:
        for container in block.container.iter_outwards():
            sizes[container] += len(block.text)
    total = sum(len(block.text) for block in content)
    large = [container for container, size in sizes.items() if size > total / 2]
    return max(large, key=lambda container: container.depth, default=None)
