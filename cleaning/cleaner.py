"""The cleaner: from a page, or a text that something else scraped, to a finished article."""

import re
from dataclasses import replace
from typing import Any

from cleaning.article import Article, Cleaned
from cleaning.assembly import assemble_article
from cleaning.content.blocks import normalize_spaces, read_blocks
from cleaning.content.extraction import extract_content, record_excluded_blocks, to_line
from cleaning.content.margin_credits import find_margin_credits
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.html.decoding import decode_page, reject_non_html
from cleaning.html.tree import parse_html
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.prose import is_prose
from cleaning.metadata.reader import Metadata, read_metadata
from cleaning.outcomes import NotAnArticleError, Outcome
from cleaning.page_types.rejection import is_story_list, reject_declared_type, reject_teaser_list, reject_thin_page
from cleaning.page_types.signals import read_declared_type
from cleaning.site_rules import (
    NO_SITES,
    Sites,
    SiteValues,
    apply_site_selectors,
    cut_to_content,
    read_site_values,
    strip_site_lines,
)

_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def clean(page: str | bytes, url: str | None = None, *, sites: Sites = NO_SITES) -> Article:
    """Clean a web page.

    Args:
        page: the HTML as text, or as the bytes that the server sent.
        url: the page's address; it resolves relative addresses and confirms the canonical one.
        sites: what the user knows of single sites: ``load_sites("sites.toml")``.

    Raises:
        NotAnArticleError: the page holds no article; ``reason`` is its named outcome.

    >>> page = "<html><body><h1>Flood</h1><article>" + "<p>The river rose on Monday, officials said.</p>" * 5
    >>> clean(page + "<p>Edited by: Ali Musa</p></article>").editors
    ('Ali Musa',)
    """
    return clean_and_explain(page, url, sites=sites).article


def clean_and_explain(page: str | bytes, url: str | None = None, *, sites: Sites = NO_SITES) -> Cleaned:
    """Clean a web page, and say what was removed and by which rule. Arguments and errors as for :func:`clean`."""
    text = decode_page(page)
    reject_non_html(text)
    tree = parse_html(text)
    metadata = read_metadata(tree, url)
    site = sites.find_site(url or metadata.canonical_url)
    metadata = apply_site_values(metadata, read_site_values(tree, site, metadata.language)) if site else metadata
    claims = read_declared_type(tree, metadata, tree.findtext(".//title"))
    reject_declared_type(tree, claims, metadata)
    site_clutter = apply_site_selectors(tree, site) if site else ()
    is_cut = site is not None and cut_to_content(tree, site)
    blocks = read_blocks(tree)
    mark_duplicate_blocks(blocks)
    chosen = [not block.removal for block in blocks] if is_cut else extract_content(blocks, metadata.title, tree)
    reject_teaser_list(blocks, chosen, tree, claims, metadata)
    address = url or metadata.canonical_url
    lines = tuple(to_line(block, address) for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)
    credit_lines = find_margin_credits(blocks, chosen)
    stripped = strip_site_lines(credit_lines + lines, _build_known_metadata(metadata), site)
    removals = (
        *site_clutter,
        *(block.removal for block in blocks if block.removal),
        *record_excluded_blocks(blocks, chosen, besides={line.text for line in credit_lines}),
        *stripped.removals,
    )
    reject_thin_page(stripped.lines, tree, claims, metadata, removals)
    article = assemble_article(stripped, metadata, credit_lines + lines, url)
    doubts = (
        *(("several-stories",) if is_story_list(blocks, chosen, metadata) else ()),
        *(("static-page",) if claims.is_static else ()),
    )
    return Cleaned(replace(article, flags=article.flags + doubts) if doubts else article, removals)


def clean_text(text: str, url: str | None = None, *, sites: Sites = NO_SITES) -> Article:
    """Clean a text that something else scraped: paragraphs on lines of their own, with or without a headline on top.

    Raises:
        NotAnArticleError: ``empty`` where no text is left.

    >>> clean_text("Flood in Mombasa\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa").text
    'The river rose on Monday, officials said.'
    """
    return clean_text_and_explain(text, url, sites=sites).article


def clean_text_and_explain(text: str, url: str | None = None, *, sites: Sites = NO_SITES) -> Cleaned:
    """As :func:`clean_text`, with what was removed."""
    lines = tuple(Line(line) for line in map(normalize_spaces, decode_page(text).splitlines()) if line)
    title = find_headline(lines)
    stripped = strip_site_lines(lines, KnownMetadata(title=title), sites.find_site(url))
    if not stripped.lines:
        raise NotAnArticleError(Outcome.EMPTY, "nothing but boilerplate in it")
    return Cleaned(assemble_article(stripped, Metadata(title=title), lines, url), stripped.removals)


def find_headline(lines: tuple[Line, ...]) -> str | None:
    """The headline of a scraped text: its first line but for bylines, if that is no sentence and prose is below it."""
    first = next(
        (line.text for line in lines[:3] if not match_boilerplate(line, KnownMetadata(), ("anywhere", "edge"))), ""
    )
    is_headline = not is_prose(first) and not re.search(r"[.:;,…。]$", first) and 1 < len(_WORD.findall(first)) <= 30
    return first if is_headline and any(is_prose(line.text) for line in lines[1:5]) else None


def apply_site_values(metadata: Metadata, stated: SiteValues) -> Metadata:
    """The metadata, where the user says where they stand, from there."""
    by_rule: dict[str, Any] = {
        name: value
        for name, value in (("title", stated.title), ("authors", stated.authors), ("published", stated.published))
        if value
    }
    provenance = {**metadata.provenance, **dict.fromkeys(by_rule, "site-rule")}
    return replace(metadata, **by_rule, provenance=provenance)


def _build_known_metadata(metadata: Metadata) -> KnownMetadata:
    return KnownMetadata(title=metadata.title, authors=metadata.authors, site_name=metadata.site_name)
