"""The cleaner: turns a news page, or text scraped by another tool, into a finished article.

:func:`clean_and_explain` is the whole job for a page, one step after the other; start reading there. Each step is a
function of a sub-package: ``html`` decodes and parses, ``metadata`` reads what the page declares, ``page_types``
rejects pages that are not articles, ``content`` finds the main content, and ``lines`` removes boilerplate from it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lxml import html

from cleaning.article import Article, Cleaned, Removal
from cleaning.assembly import assemble_article
from cleaning.content.block_kinds import (
    choose_captions,
    choose_standfirst,
    find_photo_credits,
    find_story_kinds,
    mark_captions,
    set_kinds,
)
from cleaning.content.blocks import PageBlock, normalize_spaces, read_blocks
from cleaning.content.data_text import find_substitute
from cleaning.content.extraction import extract_content, record_excluded_blocks, to_line
from cleaning.content.gaps import fill_gaps
from cleaning.content.margin_credits import find_margin_credits
from cleaning.content.other_stories import drop_labelled_links, drop_other_stories
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.content.stray_text import mark_stray_text
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
    SiteRules,
    Sites,
    SiteValues,
    apply_site_selectors,
    cut_to_content,
    read_site_values,
    strip_site_lines,
)

MAX_HEADLINE_WORDS = 30
"""A first line with more words (in Chinese, Japanese and Korean: characters) is text, not a headline."""

# A word of at least two letters; scripts without spaces between words count each character.
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HEADLINE_END = re.compile(r"[.:;,…。।۔።။។]$")


def clean(page: str | bytes, url: str | None = None, *, sites: Sites = NO_SITES, captions: bool = False) -> Article:
    """Return the article on a web page, without the boilerplate around and inside it.

    Args:
        page: the HTML, decoded or as the bytes that the server sent. Of bytes, the charset is detected.
        url: the URL of the page. It makes relative URLs absolute, confirms the canonical URL, selects the site's
            rules, and dates the article if nothing else does.
        sites: rules for single sites, from ``load_sites("sites.toml")``.
        captions: whether ``text`` includes the captions of pictures, which are in ``blocks`` in any case.

    Raises:
        NotAnArticleError: the page is not an article; ``reason`` is one of :class:`cleaning.Outcome`.

    >>> page = "<html><body><h1>Flood</h1><article>" + "<p>The river rose on Monday, officials said.</p>" * 5
    >>> clean(page + "<p>Edited by: Ali Musa</p></article>").editors
    ('Ali Musa',)
    """
    return clean_and_explain(page, url, sites=sites, captions=captions).article


def clean_and_explain(
    page: str | bytes, url: str | None = None, *, sites: Sites = NO_SITES, captions: bool = False
) -> Cleaned:
    """Return the article on a web page, and every piece of text that was removed, with the rule that removed it.

    Use it instead of :func:`clean` to find out why a line is missing, or why it is still there. Both do the same work;
    arguments and errors are the same.

    >>> page = "<html><body><h1>Flood</h1><article>" + "<p>The river rose on Monday, officials said.</p>" * 5
    >>> cleaned = clean_and_explain(page + "<p>Edited by: Ali Musa</p></article>")
    >>> [(removal.rule, removal.text) for removal in cleaned.removals]
    [('editor', 'Edited by: Ali Musa')]
    """
    # 1. From bytes to a tree. libxml2 would parse JSON or a feed without complaint, so they are rejected first.
    text = decode_page(page)
    reject_non_html(text)
    tree = parse_html(text)

    # 2. Metadata. It is read from the whole page: later steps remove elements that hold some of it.
    metadata = read_metadata(tree, url)
    page_url = url or metadata.canonical_url
    site = sites.find_site(page_url)
    metadata = apply_site_values(metadata, read_site_values(tree, site, metadata.language)) if site else metadata

    try:
        return _clean_tree(tree, metadata, url, site, captions)
    except NotAnArticleError as error:
        error.metadata = metadata
        raise


def _clean_tree(
    tree: html.HtmlElement, metadata: Metadata, url: str | None, site: SiteRules | None, captions: bool
) -> Cleaned:
    """Do the steps of :func:`clean_and_explain` that need the metadata; a page that they reject keeps it."""
    page_url = url or metadata.canonical_url
    # 3. Page type. Pages that declare themselves to be something else are rejected before the slow steps.
    declared_type = read_declared_type(tree, metadata, tree.findtext(".//title"))
    reject_declared_type(tree, declared_type, metadata)

    # 4. Main content. If the user's rules say where the article is, the classifier is not consulted.
    site_clutter = apply_site_selectors(tree, site) if site else ()
    is_cut = site is not None and cut_to_content(tree, site)
    blocks = read_blocks(tree)
    mark_stray_text(blocks)
    mark_duplicate_blocks(blocks)
    known = _build_known_metadata(metadata)
    chosen = [not block.removal for block in blocks] if is_cut else extract_content(blocks, known, tree)
    # What the page does not show counts if it shows next to nothing, and does not ask for a subscription.
    replaced: tuple[Removal, ...] = ()
    if not is_cut and not metadata.paywalled and (substitute := _find_substitute(blocks, chosen, tree, metadata)):
        visible = dict.fromkeys(block.text for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)
        found = {block.text for block in substitute}
        replaced = tuple(
            Removal("choose_content", "replaced-by-hidden-text", text) for text in visible if text not in found
        )
        blocks, chosen = substitute, [block.removal is None for block in substitute]
    reject_teaser_list(blocks, chosen, tree, declared_type, metadata)
    mark_captions(blocks)
    chosen = choose_standfirst(blocks, fill_gaps(blocks, chosen))
    has_stories = is_story_list(blocks, chosen, metadata)
    if not is_cut:
        chosen = drop_labelled_links(blocks, chosen, page_url)
        chosen = chosen if has_stories else drop_other_stories(blocks, chosen, page_url)
    chosen = choose_captions(blocks, chosen)

    # 5. Lines. Credits just outside the main content go through the same rules, which read authors and dates from them.
    content = (block for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)
    content_lines = tuple(to_line(block, page_url) for block in content)
    credit_lines = find_margin_credits(blocks, chosen)
    lines = credit_lines + content_lines
    stripped = strip_site_lines(lines, known, site)
    removals = (
        *site_clutter,
        *replaced,
        *(block.removal for block in blocks if block.removal),
        *record_excluded_blocks(blocks, chosen, besides={line.text for line in credit_lines}),
        *stripped.removals,
    )

    # 6. The article. Its length is checked last, on what is left: boilerplate alone can be longer than a short story.
    reject_thin_page(stripped.lines, tree, declared_type, metadata, removals)
    has_paywall = any(block.removal and block.removal.rule == "paywall" for block in blocks)
    stripped = replace(
        stripped,
        lines=set_kinds(stripped.lines, find_story_kinds(blocks, chosen)),
        flags=(*stripped.flags, *(("paywalled",) if has_paywall else ())),
    )
    article = assemble_article(stripped, metadata, lines, url, find_photo_credits(blocks, chosen), captions)
    page_flags = (
        *(("several-stories",) if has_stories else ()),
        *(("static-page",) if declared_type.is_static else ()),
    )
    return Cleaned(replace(article, flags=article.flags + page_flags) if page_flags else article, removals)


def _find_substitute(
    blocks: Sequence[PageBlock], chosen: Sequence[bool], tree: html.HtmlElement, metadata: Metadata
) -> list[PageBlock]:
    """Return the blocks of an article that the page holds but does not show; empty if what it shows is enough."""
    visible = [block.text for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen]
    substitute = find_substitute(tree, (metadata.title, tree.findtext(".//title")), visible)
    mark_stray_text(substitute)
    return substitute


def clean_text(text: str, url: str | None = None, *, sites: Sites = NO_SITES) -> Article:
    """Return the article in plain text that another tool scraped, without the boilerplate lines.

    Only the line rules apply: there is no markup to read metadata from, and no page type to reject. Short texts are
    therefore articles too.

    Args:
        text: one paragraph per line; blank lines are ignored. The first line may be the headline.
        url: the URL that the text comes from, if known. It selects the site's rules and may date the article.
        sites: rules for single sites, from ``load_sites("sites.toml")``.

    Raises:
        NotAnArticleError: with reason ``empty`` if nothing is left, or ``too-large``.

    >>> clean_text("Flood in Mombasa\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa").text
    'The river rose on Monday, officials said.'
    """
    return clean_text_and_explain(text, url, sites=sites).article


def clean_text_and_explain(text: str, url: str | None = None, *, sites: Sites = NO_SITES) -> Cleaned:
    """Return the article in scraped text, and every line that was removed, with the rule that removed it.

    Arguments and errors are those of :func:`clean_text`.
    """
    lines = tuple(Line(line) for line in map(normalize_spaces, decode_page(text).splitlines()) if line)
    title = find_headline(lines)
    stripped = strip_site_lines(lines, KnownMetadata(title=title), sites.find_site(url))
    if not stripped.lines:
        raise NotAnArticleError(Outcome.EMPTY, "all of its text is boilerplate")
    return Cleaned(assemble_article(stripped, Metadata(title=title), lines, url), stripped.removals)


def find_headline(lines: tuple[Line, ...]) -> str | None:
    """Return the headline of scraped text, or ``None`` if it does not begin with one.

    The headline is the first line that is not boilerplate, if it does not end like a sentence, has 2 to 30 words, and
    is followed by prose within the next lines. Without prose, the text may be a list of titles.
    """
    # Bylines and dates may precede the headline: up to two such lines are skipped.
    first = next(
        (line.text for line in lines[:3] if not match_boilerplate(line, KnownMetadata(), ("anywhere", "edge"))), ""
    )
    is_short = 1 < len(_WORD.findall(first)) <= MAX_HEADLINE_WORDS
    is_headline = not is_prose(first) and not _HEADLINE_END.search(first) and is_short
    return first if is_headline and any(is_prose(line.text) for line in lines[1:5]) else None


def apply_site_values(metadata: Metadata, site_values: SiteValues) -> Metadata:
    """Return the metadata with the title, authors and date that the user's site rules found on the page.

    A value from a site rule replaces what the page declares, and its provenance becomes ``site-rule``. A rule that
    found nothing changes nothing.
    """
    found: dict[str, Any] = {
        name: value
        for name, value in (
            ("title", site_values.title),
            ("authors", site_values.authors),
            ("published", site_values.published),
        )
        if value
    }
    provenance = {**metadata.provenance, **dict.fromkeys(found, "site-rule")}
    return replace(metadata, **found, provenance=provenance)


def _build_known_metadata(metadata: Metadata) -> KnownMetadata:
    """Select the metadata that the block classifier and the line rules compare text with."""
    return KnownMetadata(title=metadata.title, authors=metadata.authors, site_name=metadata.site_name)
