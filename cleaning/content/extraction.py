"""Finding the main content: which blocks of a page are the article.

A classifier of blocks decides, by where they stand and how they look. Of the one page in ten where that leaves it in
doubt, trafilatura is asked for a second opinion, and a classifier that has learnt what its votes are worth decides
again.

This module is trafilatura's one door. Its quirks, and what is done about them here: it must never deduplicate (its
cache is global to the process and makes a page vanish the third time), its date search invents dates and takes a third
of the time, so that metadata is ours, and its second extractor costs as much as the first.
"""

from collections.abc import Sequence, Set
from urllib.parse import urlsplit

from lxml import html

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import PageBlock
from cleaning.content.features import FeatureRow, compute_features
from cleaning.content.forest import load_forest
from cleaning.lines.line import Line
from cleaning.lines.normalization import extract_letters
from cleaning.lines.prose import is_prose

MIN_KEPT_PROBABILITY = 0.45
"""Probability from which on a block is kept: a banner too many is better than a sentence too few."""
MAX_UNCERTAINTY = 0.25
"""Text in doubt, as a share of the text expected in the article, from which on a second opinion is worth its time."""
MAX_BLOCKS, MAX_CHARACTERS, MAX_DEPTH = 3_000, 200_000, 100
"""Of a larger or deeper page trafilatura is not asked: its time grows with the square of a parent's children, and of a
table's depth."""
MIN_KEPT_CHARACTERS = 200
"""Characters: where less is kept, all that trafilatura kept is kept besides."""
MIN_LINK_SHARE = 0.95
"""Share of a block's text that is a link from which on the block is one."""
EDGE_LETTERS = 40
"""Letters of a block's beginning and of its end by which it is found again in what trafilatura kept."""


def extract_content(blocks: Sequence[PageBlock], title: str | None, tree: html.HtmlElement) -> list[bool]:
    """Whether each of a page's blocks is part of its article.

    Args:
        blocks: the blocks of the page, in its order; those removed already are not part of it.
        title: the article's headline, as the metadata have it.
        tree: the page, which a second opinion may be asked of; it is not changed.
    """
    left = [i for i, block in enumerate(blocks) if block.removal is None]
    kept = {left[i] for i in _classify_blocks([blocks[i] for i in left], title, tree)}
    first_prose = next((i for i in sorted(kept) if is_prose(blocks[i].text)), 0)
    headline = min(_find_headline(blocks, title), first_prose)
    return [i in kept and (i >= headline or is_prose(block.text)) for i, block in enumerate(blocks)]


def _find_headline(blocks: Sequence[PageBlock], title: str | None) -> int:
    """Where the headline stands; what is no prose above it is the site's name, a section or a label."""
    wanted = extract_letters(title or "").casefold()
    headings = (i for i, block in enumerate(blocks) if block.kind is BlockKind.HEADING)
    return next((i for i in headings if wanted and extract_letters(blocks[i].text).casefold() == wanted), 0)


def record_excluded_blocks(
    blocks: Sequence[PageBlock], chosen: Sequence[bool], besides: Set[str]
) -> tuple[Removal, ...]:
    """The account of what was not chosen, but for some texts: what stands between the first and the last chosen block,
    and the prose beside these two in the same container."""
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    if not kept:
        return ()
    first, last = kept[0], kept[-1]
    start = next((i + 1 for i in reversed(range(first)) if not _is_sibling(blocks[i], blocks[first])), 0)
    end = next((i for i in range(last, len(blocks)) if not _is_sibling(blocks[i], blocks[last])), len(blocks))
    left = (
        block.text
        for i, block in enumerate(blocks[start:end], start)
        if not chosen[i] and block.removal is None and (first < i < last or is_prose(block.text))
    )
    return tuple(Removal("choose_content", "not-content", text) for text in left if text not in besides)


def _is_sibling(one: PageBlock, other: PageBlock) -> bool:
    return one.container.parent is other.container.parent


def _classify_blocks(blocks: Sequence[PageBlock], title: str | None, tree: html.HtmlElement) -> list[int]:
    rows = compute_features(blocks, title)
    forest = load_forest("blocks")
    probabilities = [(i, forest.estimate_probability(row)) for i, row in rows]
    if measure_uncertainty([block.text for block in blocks], probabilities) <= MAX_UNCERTAINTY or _is_huge(blocks):
        return [i for i, probability in probabilities if probability >= MIN_KEPT_PROBABILITY]
    voted = collect_votes(blocks, tree)
    forest = load_forest("blocks_with_votes")
    kept = [i for i, row in append_votes(rows, voted) if forest.estimate_probability(row) >= MIN_KEPT_PROBABILITY]
    if sum(len(blocks[i].text) for i in kept) >= MIN_KEPT_CHARACTERS:
        return kept
    return sorted({*kept, *(i for i, vote in enumerate(voted) if vote == 1.0)})


def _is_huge(blocks: Sequence[PageBlock]) -> bool:
    return (
        len(blocks) > MAX_BLOCKS
        or sum(len(block.text) for block in blocks) > MAX_CHARACTERS
        or any(block.container.depth > MAX_DEPTH for block in blocks)
    )


def measure_uncertainty(texts: Sequence[str], probabilities: Sequence[tuple[int, float]]) -> float:
    """How much text is in doubt, as a share of the text that the probabilities lead to expect."""
    unsure = sum(len(texts[i]) * min(p, 1 - p) for i, p in probabilities)
    expected = sum(len(texts[i]) * p for i, p in probabilities)
    return unsure / expected if expected else 1.0


def collect_votes(blocks: Sequence[PageBlock], tree: html.HtmlElement) -> list[float]:
    """Trafilatura's opinion of each block: 1.0 where it is part of the main content, 0.5 where one end of it is."""
    from trafilatura import bare_extraction

    document = bare_extraction(tree, fast=True, include_comments=False, with_metadata=False, deduplicate=False)
    # Typed as a document or a dictionary; the latter only where `as_dict` is asked for.
    kept = extract_letters(getattr(document, "text", None) or "")
    texts = (extract_letters(block.text) for block in blocks)
    return [((text[:EDGE_LETTERS] in kept) + (text[-EDGE_LETTERS:] in kept)) / 2 if text else 0.0 for text in texts]


def append_votes(rows: Sequence[tuple[int, FeatureRow]], voted: Sequence[float]) -> list[tuple[int, FeatureRow]]:
    """Rows of features with the votes for the block, for its neighbours, and for the page as a whole."""
    share = sum(voted) / len(voted) if voted else 0.0
    around = [0.0, *voted, 0.0]
    return [(i, [*row, voted[i], around[i], around[i + 2], share]) for i, row in rows]


def to_line(block: PageBlock, url: str | None) -> Line:
    """A block as a line of text, with what the line rules need to know of its markup."""
    share = block.links / len(block.text) if block.links and is_internal_link(block.href, url) else 0.0
    return Line(block.text, block.kind, linked=share >= MIN_LINK_SHARE, link_share=share)


def is_internal_link(address: str, url: str | None) -> bool:
    """Whether a link leads to another page of the same site."""
    address = address.strip()
    if not address or address.startswith("#"):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname
        own = urlsplit(url or "").hostname
    except ValueError:  # a bracket that is no IPv6 address
        return False
    if parts.scheme not in ("", "http", "https"):
        return False
    return host is None or (own is not None and host.removeprefix("www.") == own.removeprefix("www."))
