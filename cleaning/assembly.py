"""Assembly of the article, from the lines that were kept, the values in the lines that were removed, and the metadata.

A field is filled from the declared metadata first, and from removed lines ("Edited by: Ali Musa") second: the metadata
is meant for machines, a line can be misread.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from cleaning.article import LIST_KINDS, Article, Block, BlockKind
from cleaning.lines.line import Line, StepResult
from cleaning.lines.normalization import normalize_punctuation
from cleaning.lines.prose import count_words
from cleaning.lines.steps.pipeline import MAX_REMOVED_SHARE
from cleaning.metadata.bylines import merge_bylines, read_byline
from cleaning.metadata.date_parsing import Timestamp, find_date_in_url, parse_visible_date
from cleaning.metadata.language import DECLARED_CONFIDENCE, UNKNOWN_LANGUAGE, detect_language
from cleaning.metadata.reader import Metadata

# A dateline has either the agency in brackets ("Mombasa (AX) -") or its place in capitals ("MOMBASA, Kenya -"): a dash
# behind an ordinary word is part of the sentence.
_DATELINE = re.compile(
    r"[^\W\d_][\w'. ]{1,40}(?:[,/] ?[^\W\d_][\w'. ]{1,30})? ?\([^\W\d_][\w .]{1,25}\) ?[-:]"  # Mombasa (AX) -
    r"|(?-i:[A-Z][A-Z'. ]{2,30}(?:, [A-Z][\w'. ]{1,30})?) ?(?:-|:)(?= )"
)

_OPENING_KINDS = (BlockKind.PARAGRAPH, BlockKind.STANDFIRST)


def assemble_article(
    stripped: StepResult,
    metadata: Metadata,
    lines: tuple[Line, ...],
    url: str | None,
    photo_credits: tuple[str, ...] = (),
    captions: bool = False,
) -> Article:
    """Build the article from the results of the earlier steps.

    Args:
        stripped: the lines that were kept, and the values and flags from the lines that were removed.
        metadata: the metadata that the page declares.
        lines: all lines before any was removed; the flag ``much-removed`` compares their length with what is left.
        url: the URL of the page, if known; it may date the article if nothing else does.
        photo_credits: the credits in the captions of pictures.
        captions: whether captions are part of the text, and not of the blocks only.
    """
    blocks = tuple(Block(line.kind, line.text) for line in stripped.lines)
    text = join_blocks(select_text_blocks(blocks, captions))
    harvest = _Harvest(stripped.harvest)
    # The same reader as for bylines: it tells agencies, accounts and weekdays from names.
    harvested = merge_bylines(map(read_byline, harvest.get_values("authors")))
    published = metadata.published or harvest.find_timestamp("published", metadata.language) or find_date_in_url(url)
    modified = metadata.modified or harvest.find_timestamp("modified", metadata.language)
    # The language is detected on the cleaned text: an English banner below a short Chinese story gave English.
    language, confidence = detect_language(text, metadata.language)
    dateline = find_dateline(blocks)
    is_from_text = {"dateline": dateline is not None, "language": confidence > DECLARED_CONFIDENCE}
    provenance = _build_provenance(metadata, harvest, published, modified, stripped)
    provenance |= {"photo_credits": "caption"} if photo_credits and "photo_credits" not in provenance else {}
    provenance |= {name: "text" for name, from_text in is_from_text.items() if from_text}
    if language == UNKNOWN_LANGUAGE:
        provenance.pop("language", None)
    return Article(
        text=text,
        blocks=blocks,
        title=metadata.title,
        url=url,
        canonical_url=metadata.canonical_url,
        language=language,
        language_confidence=confidence if language != UNKNOWN_LANGUAGE else 0.0,
        published=published.time if published else None,
        published_precision=published.precision if published else None,
        modified=modified.time if modified else None,
        modified_precision=modified.precision if modified else None,
        authors=metadata.authors or harvested.people,
        organisations=metadata.organisations or harvested.organisations,
        editors=harvest.get_values("editors"),
        translators=harvest.get_values("translators"),
        contributors=harvest.get_values("contributors"),
        credits=harvest.get_values("credits"),
        photo_credits=tuple(dict.fromkeys((*harvest.get_values("photo_credits"), *photo_credits))),
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
        # A lone surrogate in the text cannot be encoded, and must not cost the article.
        content_hash=sha256(text.encode("utf-8", "replace")).hexdigest(),
        provenance=dict(sorted(provenance.items())),
        flags=_build_flags(stripped, lines),
    )


def _build_provenance(
    metadata: Metadata,
    harvest: "_Harvest",
    published: Timestamp | None,
    modified: Timestamp | None,
    stripped: StepResult,
) -> dict[str, str]:
    """Map each field that has a value to the part of the page that it comes from."""
    from_lines = dict.fromkeys((name for name, _ in harvest.pairs), "line")
    provenance = from_lines | dict(metadata.provenance)
    for name, timestamp in (("published", published), ("modified", modified)):
        # A harvested text need not be a date, so its entry counts only if it became a timestamp.
        provenance.pop(name, None)
        if timestamp:
            provenance[name] = timestamp.source or metadata.provenance.get(name, "line")
    if "paywalled" in stripped.flags:
        provenance["paywalled"] = "line"
    return provenance


@dataclass(frozen=True, slots=True)
class _Harvest:
    """The values in the lines that were removed."""

    pairs: tuple[tuple[str, str], ...]
    """Names of fields with their values, in the order of removal."""

    def get_values(self, field: str) -> tuple[str, ...]:
        """Return the different values of a field; empty if no line had one.

        >>> _Harvest((("editors", "Ali Musa"), ("credits", "AFP"), ("editors", "Ali Musa"))).get_values("editors")
        ('Ali Musa',)
        """
        return tuple(dict.fromkeys(value for name, value in self.pairs if name == field))

    def find_timestamp(self, field: str, language: str | None) -> Timestamp | None:
        """Return the first value of a field that can be parsed as a date, or ``None``.

        The language of the page decides whether 3/4/2025 is in March or in April.
        """
        timestamps = (parse_visible_date(value, language) for value in self.get_values(field))
        return next(filter(None, timestamps), None)


def select_text_blocks(blocks: tuple[Block, ...], captions: bool) -> tuple[Block, ...]:
    """Return the blocks of the running text: all, or all but the captions of pictures.

    Where the captions have more words than the rest, as in a story told in pictures, they are the text.
    """
    others = tuple(block for block in blocks if block.kind is not BlockKind.CAPTION)
    if captions or len(others) == len(blocks):
        return blocks
    words = sum(count_words(block.text) for block in others)
    return others if words >= sum(count_words(block.text) for block in blocks) / 2 else blocks


def join_blocks(blocks: tuple[Block, ...]) -> str:
    """Return the text of an article: blocks are separated by a blank line, the items of a list by a line break.

    >>> join_blocks((Block(BlockKind.LIST_ITEM, "bread"), Block(BlockKind.LIST_ITEM, "salt")))
    '- bread\\n- salt'
    """
    pieces: list[str] = []
    previous: BlockKind | None = None
    for block in blocks:
        in_list = block.kind in LIST_KINDS
        if pieces:
            pieces.append("\n" if in_list and previous is block.kind else "\n\n")
        pieces.append(f"- {block.text}" if in_list else block.text)
        previous = block.kind
    return "".join(pieces)


def find_dateline(blocks: tuple[Block, ...]) -> str | None:
    """Return the place and agency that open the first paragraph, or ``None``. They are not removed from the text.

    >>> find_dateline((Block(BlockKind.PARAGRAPH, "Mombasa (AX) – The river rose on Monday."),))
    'Mombasa (AX)'
    """
    first = next((block.text for block in blocks if block.kind in _OPENING_KINDS), "")
    # No dateline is longer; the limit bounds the time of the pattern.
    match = _DATELINE.match(normalize_punctuation(first[:120]))
    return first[: match.end()].rstrip(" -–—:‐‑‒―") if match else None


def _build_flags(stripped: StepResult, lines: tuple[Line, ...]) -> tuple[str, ...]:
    """Return the flags of the line steps; ``paywalled`` is left out because it has a field of its own."""
    before = sum(len(line.text) for line in lines)
    after = sum(len(line.text) for line in stripped.lines)
    much = ("much-removed",) if after < before * (1 - MAX_REMOVED_SHARE) else ()
    return tuple(dict.fromkeys((*much, *(flag for flag in stripped.flags if flag != "paywalled"))))
