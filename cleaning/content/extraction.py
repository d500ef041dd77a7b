"""Find the main content: decide which blocks of a page are the article.

A classifier decides from where the blocks are and what they look like. On the one page in twenty that it is unsure
about, trafilatura gets a vote on each block, and a second classifier, trained with these votes, decides again.

This is the only module that imports trafilatura. It is called with three of its features off:

- deduplication: its cache is global to the process, and a page vanishes when it is cleaned for the third time;
- metadata: its date search invents dates and takes a third of the time (:mod:`cleaning.metadata` reads them);
- the fallback extractors (``fast=True``): they cost as much as the first one.
"""

from collections.abc import Sequence, Set
from urllib.parse import urlsplit

from lxml import html

from cleaning.article import BlockKind, Removal
from cleaning.content.blocks import PageBlock
from cleaning.content.features import FeatureRow, compute_features
from cleaning.content.forest import load_forest
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.normalization import extract_letters
from cleaning.lines.prose import is_prose

MIN_KEPT_PROBABILITY = 0.45
"""Least probability of a block that is kept. It is below 0.5: losing a sentence is worse than keeping a banner."""
MAX_UNCERTAINTY = 0.25
"""Uncertainty (see :func:`measure_uncertainty`) above which trafilatura votes.

At 0.1 this was one page in four; at 0.25 it is one in twenty.
"""
MAX_BLOCKS, MAX_CHARACTERS, MAX_DEPTH = 3_000, 200_000, 100
"""Limits of the pages that trafilatura votes on: blocks, characters, and levels of containers. Its time grows with the
square of the children of an element, and of the depth of tables."""
MIN_KEPT_CHARACTERS = 200
"""Characters kept below which the blocks that trafilatura kept are added."""
MIN_LINK_SHARE = 0.95
"""Share of link text in a block from which the whole block counts as a link, such as a related headline."""
EDGE_LETTERS = 40
"""Letters at the start and at the end of a block that are searched in trafilatura's text, to find out what it kept."""


def extract_content(blocks: Sequence[PageBlock], known: KnownMetadata, tree: html.HtmlElement) -> list[bool]:
    """Decide for each block of a page whether it is part of the article.

    Args:
        blocks: the blocks of the page, in its order; those with a ``removal`` are never part of the article.
        known: what the page's metadata say: the headline, the authors and the name of the site.
        tree: the page itself, for trafilatura; it is not changed.

    Returns:
        A flag per block. None of them is set on a page without an article.
    """
    candidates = [i for i, block in enumerate(blocks) if block.removal is None]
    kept = {candidates[i] for i in _classify_blocks([blocks[i] for i in candidates], known, tree)}
    first_prose = next((i for i in sorted(kept) if is_prose(blocks[i].text)), 0)
    # Short lines above the headline are the site's name, a section or a label. If the headline is repeated below the
    # text, the first prose marks the beginning.
    headline = min(_find_headline(blocks, known.title), first_prose)
    return [i in kept and (i >= headline or is_prose(block.text)) for i, block in enumerate(blocks)]


def _find_headline(blocks: Sequence[PageBlock], title: str | None) -> int:
    """Return the index of the heading that equals the title; 0 if there is none."""
    wanted = extract_letters(title or "").casefold()
    headings = (i for i, block in enumerate(blocks) if block.kind is BlockKind.HEADING)
    return next((i for i in headings if wanted and extract_letters(blocks[i].text).casefold() == wanted), 0)


def record_excluded_blocks(
    blocks: Sequence[PageBlock], chosen: Sequence[bool], besides: Set[str]
) -> tuple[Removal, ...]:
    """Return a removal for each block that the classifier left out although it is close to the article.

    Close are all blocks between the first and the last chosen one, and prose before and after these two in the same
    container. Menus and footers are not listed, because no reader expects them in an article.

    Args:
        blocks: the blocks of the page.
        chosen: whether each of them is part of the article.
        besides: texts that are used elsewhere (see :func:`cleaning.content.margin_credits.find_margin_credits`).
    """
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    if not kept:
        return ()
    first, last = kept[0], kept[-1]
    start = next((i + 1 for i in reversed(range(first)) if not _is_sibling(blocks[i], blocks[first])), 0)
    end = next((i for i in range(last, len(blocks)) if not _is_sibling(blocks[i], blocks[last])), len(blocks))
    excluded = (
        block.text
        for i, block in enumerate(blocks[start:end], start)
        if not chosen[i] and block.removal is None and (first < i < last or is_prose(block.text))
    )
    return tuple(Removal("choose_content", "not-content", text) for text in excluded if text not in besides)


def _is_sibling(one: PageBlock, other: PageBlock) -> bool:
    return one.container.parent is other.container.parent


def _classify_blocks(blocks: Sequence[PageBlock], known: KnownMetadata, tree: html.HtmlElement) -> list[int]:
    """Return the indices of the blocks that are the article, in order."""
    rows = compute_features(blocks, known)
    forest = load_forest("blocks")
    probabilities = [(i, forest.estimate_probability(row)) for i, row in rows]
    if measure_uncertainty([block.text for block in blocks], probabilities) <= MAX_UNCERTAINTY or _is_huge(blocks):
        return [i for i, probability in probabilities if probability >= MIN_KEPT_PROBABILITY]
    voted = collect_votes(blocks, tree)
    forest = load_forest("blocks_with_votes")
    kept = [i for i, row in append_votes(rows, voted) if forest.estimate_probability(row) >= MIN_KEPT_PROBABILITY]
    # With next to nothing kept, the classifier has missed the article: then trafilatura's choice is added.
    if sum(len(blocks[i].text) for i in kept) >= MIN_KEPT_CHARACTERS:
        return kept
    return sorted({*kept, *(i for i, vote in enumerate(voted) if vote == 1.0)})


def _is_huge(blocks: Sequence[PageBlock]) -> bool:
    """Return whether a page is too large or too deep for trafilatura."""
    return (
        len(blocks) > MAX_BLOCKS
        or sum(len(block.text) for block in blocks) > MAX_CHARACTERS
        or any(block.container.depth > MAX_DEPTH for block in blocks)
    )


def measure_uncertainty(texts: Sequence[str], probabilities: Sequence[tuple[int, float]]) -> float:
    """Return how uncertain a classification is: doubtful text as a share of the text expected in the article.

    A block counts with its characters times the smaller of p and 1 - p. Without any expected text the result is 1.0.

    >>> measure_uncertainty(["y" * 90, "n" * 10], [(0, 1.0), (1, 0.5)])
    0.05263157894736842
    """
    unsure = sum(len(texts[i]) * min(p, 1 - p) for i, p in probabilities)
    expected = sum(len(texts[i]) * p for i, p in probabilities)
    return unsure / expected if expected else 1.0


def collect_votes(blocks: Sequence[PageBlock], tree: html.HtmlElement) -> list[float]:
    """Let trafilatura vote on each block.

    Returns:
        A vote per block: 1.0 if both ends of the block are in the text that trafilatura extracts, 0.5 if one of them
        is, else 0.0. Only letters and digits are compared, because trafilatura sets spaces and marks in its own way.
    """
    from trafilatura import bare_extraction

    document = bare_extraction(tree, fast=True, include_comments=False, with_metadata=False, deduplicate=False)
    # The type is a document or a dictionary; it is a dictionary only with `as_dict`. `None` means no text at all.
    kept = extract_letters(getattr(document, "text", None) or "")
    texts = (extract_letters(block.text) for block in blocks)
    return [((text[:EDGE_LETTERS] in kept) + (text[-EDGE_LETTERS:] in kept)) / 2 if text else 0.0 for text in texts]


def append_votes(rows: Sequence[tuple[int, FeatureRow]], voted: Sequence[float]) -> list[tuple[int, FeatureRow]]:
    """Extend rows of features by the votes on the block, on its two neighbours, and by their mean over the page.

    >>> append_votes([(1, [7.0])], [1.0, 0.5, 0.0])
    [(1, [7.0, 0.5, 1.0, 0.0, 0.5])]
    """
    share = sum(voted) / len(voted) if voted else 0.0
    around = [0.0, *voted, 0.0]
    return [(i, [*row, voted[i], around[i], around[i + 2], share]) for i, row in rows]


def to_line(block: PageBlock, url: str | None) -> Line:
    """Convert a block to a line for the line rules, with the share of its text that links to the same site.

    Args:
        block: a block of the article.
        url: the page's URL; without it, only relative links count as links to the same site.
    """
    share = block.links / len(block.text) if block.links and is_internal_link(block.href, url) else 0.0
    return Line(block.text, block.kind, linked=share >= MIN_LINK_SHARE, link_share=share)


def is_internal_link(href: str, url: str | None) -> bool:
    """Return whether a link leads to another page of the same site, with or without ``www.``.

    >>> is_internal_link("/sport", None), is_internal_link("https://www.a.example/b", "https://a.example/")
    (True, True)
    >>> is_internal_link("#top", None), is_internal_link("mailto:desk@a.example", "https://a.example/")
    (False, False)
    """
    href = href.strip()
    if not href or href.startswith("#"):
        return False
    try:
        parts = urlsplit(href)
        host = parts.hostname
        own = urlsplit(url or "").hostname
    except ValueError:
        # urlsplit raises for a bracket in the host that is not an IPv6 address.
        return False
    if parts.scheme not in ("", "http", "https"):
        return False
    return host is None or (own is not None and host.removeprefix("www.") == own.removeprefix("www."))
