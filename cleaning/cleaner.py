"""The cleaner: from a page, or a text that something else scraped, to a finished article."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from .article import Article, Block, BlockKind, Cleaned
from .blocks import read_blocks, spaced
from .credits import left_out_credits
from .dates import Stamp, date_in_path, read_visible_date
from .decoding import decode, refuse_markup_free
from .extraction import choose_content, left_out, line_of
from .language import STATED, UNKNOWN, detect_language
from .lines import MUCH, Known, Line, Stripped, read_as_boilerplate
from .metadata import Metadata, read_metadata
from .outcomes import NotAnArticleError, Outcome
from .prose import count_words, is_prose
from .repeats import mark_repeats
from .rules import tidy
from .sites import NO_SITES, Sites, Stated, apply_site_tree, cut_to_content, read_stated, strip_site_lines
from .tree import parse
from .verdict import refuse_listings, refuse_teasers, refuse_thin

_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DATELINE = re.compile(
    r"[^\W\d_][\w'. ]{1,40}(?:[,/] ?[^\W\d_][\w'. ]{1,30})? ?\([^\W\d_][\w .]{1,25}\) ?[-:]"  # Mombasa (AX) -
    r"|(?-i:[A-Z][A-Z'. ]{2,30}(?:, [A-Z][\w'. ]{1,30})?) ?(?:-|:)(?= )"
)


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
    text = decode(page)
    refuse_markup_free(text)
    tree = parse(text)
    metadata = read_metadata(tree, url)
    page_title = tree.findtext(".//title")
    site = sites.of(url or metadata.canonical_url)
    metadata = with_stated(metadata, read_stated(tree, site, metadata.language)) if site else metadata
    refuse_listings(tree, metadata)
    site_clutter = apply_site_tree(tree, site) if site else ()
    is_cut = site is not None and cut_to_content(tree, site)
    blocks = read_blocks(tree)
    mark_repeats(blocks)
    chosen = [not block.removal for block in blocks] if is_cut else choose_content(blocks, metadata.title, tree)
    refuse_teasers(blocks, chosen, metadata)
    address = url or metadata.canonical_url
    lines = tuple(line_of(block, address) for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen)
    credit_lines = left_out_credits(blocks, chosen)
    stripped = strip_site_lines(credit_lines + lines, _known(metadata), site)
    removals = (
        *site_clutter,
        *(block.removal for block in blocks if block.removal),
        *left_out(blocks, chosen, besides={line.text for line in credit_lines}),
        *stripped.removals,
    )
    refuse_thin(stripped.lines, metadata, removals, page_title)
    return Cleaned(finish_article(stripped, metadata, credit_lines + lines, url), removals)


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
    lines = tuple(Line(line) for line in map(spaced, decode(text).splitlines()) if line)
    title = headline_of(lines)
    stripped = strip_site_lines(lines, Known(title=title), sites.of(url))
    if not stripped.lines:
        raise NotAnArticleError(Outcome.EMPTY, "nothing but boilerplate in it")
    return Cleaned(finish_article(stripped, Metadata(title=title), lines, url), stripped.removals)


def headline_of(lines: tuple[Line, ...]) -> str | None:
    """The headline of a scraped text: its first line but for bylines, if that is no sentence and prose is below it."""
    first = next((line.text for line in lines[:3] if not read_as_boilerplate(line, Known(), ("anywhere", "edge"))), "")
    is_headline = not is_prose(first) and not re.search(r"[.:;,…。]$", first) and 1 < len(_WORD.findall(first)) <= 30
    return first if is_headline and any(is_prose(line.text) for line in lines[1:5]) else None


def with_stated(metadata: Metadata, stated: Stated) -> Metadata:
    """The metadata, where the user says where they stand, from there."""
    by_rule: dict[str, Any] = {
        name: value
        for name, value in (("title", stated.title), ("authors", stated.authors), ("published", stated.published))
        if value
    }
    provenance = {**metadata.provenance, **dict.fromkeys(by_rule, "site-rule")}
    return replace(metadata, **by_rule, provenance=provenance)


def _known(metadata: Metadata) -> Known:
    return Known(title=metadata.title, authors=metadata.authors, site_name=metadata.site_name)


def finish_article(stripped: Stripped, metadata: Metadata, lines: tuple[Line, ...], url: str | None) -> Article:
    """Put together what was found."""
    blocks = tuple(Block(line.kind, line.text) for line in stripped.lines)
    text = text_of(blocks)
    said = _Harvest(stripped.harvest)
    published = metadata.published or said.stamp("published", metadata.language) or date_in_path(url)
    modified = metadata.modified or said.stamp("modified", metadata.language)
    language, confidence = detect_language(text, metadata.language)
    dateline = dateline_of(blocks)
    told_by_text = {"dateline": dateline is not None, "language": confidence > STATED}
    provenance = _provenance(metadata, said, published, modified, stripped)
    provenance |= {name: "text" for name, is_told in told_by_text.items() if is_told}
    if language == UNKNOWN:
        provenance.pop("language", None)
    return Article(
        text=text,
        blocks=blocks,
        title=metadata.title,
        url=url,
        canonical_url=metadata.canonical_url,
        language=language,
        language_confidence=confidence if language != UNKNOWN else 0.0,
        published=published.time if published else None,
        published_precision=published.precision if published else None,
        modified=modified.time if modified else None,
        modified_precision=modified.precision if modified else None,
        authors=metadata.authors or said.of("authors"),
        organisations=metadata.organisations,
        editors=said.of("editors"),
        translators=said.of("translators"),
        contributors=said.of("contributors"),
        credits=said.of("credits"),
        photo_credits=said.of("photo_credits"),
        dateline=dateline,
        site_name=metadata.site_name,
        section=metadata.section,
        tags=metadata.tags,
        description=metadata.description,
        image=metadata.image,
        licence=metadata.licence,
        page_type=metadata.page_type,
        paywalled=True if "paywalled" in stripped.flags else metadata.paywalled,
        robots=metadata.robots,
        tdm_reserved=metadata.tdm_reserved,
        tdm_policy=metadata.tdm_policy,
        word_count=count_words(text),
        content_hash=sha256(text.encode("utf-8", "replace")).hexdigest(),
        provenance=dict(sorted(provenance.items())),
        flags=_flags(stripped, lines),
    )


def _provenance(
    metadata: Metadata, said: "_Harvest", published: Stamp | None, modified: Stamp | None, stripped: Stripped
) -> dict[str, str]:
    """Where the fields come from: lines that were removed give what the page does not state."""
    from_lines = dict.fromkeys((name for name, _ in said.pairs), "line")
    found = from_lines | dict(metadata.provenance)
    for name, stamp in (("published", published), ("modified", modified)):
        found.pop(name, None)
        if stamp:
            found[name] = stamp.source or metadata.provenance.get(name, "line")
    if "paywalled" in stripped.flags:
        found["paywalled"] = "line"
    return found


@dataclass(frozen=True, slots=True)
class _Harvest:
    """What removed lines said, by field."""

    pairs: tuple[tuple[str, str], ...]

    def of(self, field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for name, value in self.pairs if name == field))

    def stamp(self, field: str, language: str | None) -> Stamp | None:
        """The first time among a field's values."""
        return next((stamp for value in self.of(field) if (stamp := read_visible_date(value, language))), None)


def text_of(blocks: tuple[Block, ...]) -> str:
    """The text of blocks: a blank line between them, the items of a list on lines of their own."""
    pieces: list[str] = []
    previous: BlockKind | None = None
    for block in blocks:
        in_list = block.kind is BlockKind.LIST_ITEM
        if pieces:
            pieces.append("\n" if in_list and previous is BlockKind.LIST_ITEM else "\n\n")
        pieces.append(f"- {block.text}" if in_list else block.text)
        previous = block.kind
    return "".join(pieces)


def dateline_of(blocks: tuple[Block, ...]) -> str | None:
    """The place, and the agency, that open the first paragraph; they stay in the text."""
    first = next((block.text for block in blocks if block.kind is BlockKind.PARAGRAPH), "")
    match = _DATELINE.match(tidy(first[:120]))
    return first[: match.end()].rstrip(" -–—:‐‑‒―") if match else None


def _flags(stripped: Stripped, lines: tuple[Line, ...]) -> tuple[str, ...]:
    before = sum(len(line.text) for line in lines)
    after = sum(len(line.text) for line in stripped.lines)
    much = ("much-removed",) if after < before * (1 - MUCH) else ()
    return tuple(dict.fromkeys((*much, *(flag for flag in stripped.flags if flag != "paywalled"))))
