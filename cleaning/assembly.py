"""The article put together: from the lines that stay, from what the removed ones said, and from the metadata."""

import re
from dataclasses import dataclass
from hashlib import sha256

from cleaning.article import Article, Block, BlockKind
from cleaning.lines.line import Line, StepResult
from cleaning.lines.normalization import normalize_punctuation
from cleaning.lines.prose import count_words
from cleaning.lines.steps.pipeline import MAX_REMOVED_SHARE
from cleaning.metadata.date_parsing import Timestamp, find_date_in_url, parse_visible_date
from cleaning.metadata.language import DECLARED_CONFIDENCE, UNKNOWN_LANGUAGE, detect_language
from cleaning.metadata.reader import Metadata

_DATELINE = re.compile(
    r"[^\W\d_][\w'. ]{1,40}(?:[,/] ?[^\W\d_][\w'. ]{1,30})? ?\([^\W\d_][\w .]{1,25}\) ?[-:]"  # Mombasa (AX) -
    r"|(?-i:[A-Z][A-Z'. ]{2,30}(?:, [A-Z][\w'. ]{1,30})?) ?(?:-|:)(?= )"
)


def assemble_article(stripped: StepResult, metadata: Metadata, lines: tuple[Line, ...], url: str | None) -> Article:
    """Put together what was found."""
    blocks = tuple(Block(line.kind, line.text) for line in stripped.lines)
    text = join_blocks(blocks)
    said = _Harvest(stripped.harvest)
    published = metadata.published or said.find_timestamp("published", metadata.language) or find_date_in_url(url)
    modified = metadata.modified or said.find_timestamp("modified", metadata.language)
    language, confidence = detect_language(text, metadata.language)
    dateline = find_dateline(blocks)
    told_by_text = {"dateline": dateline is not None, "language": confidence > DECLARED_CONFIDENCE}
    provenance = _build_provenance(metadata, said, published, modified, stripped)
    provenance |= {name: "text" for name, is_told in told_by_text.items() if is_told}
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
        authors=metadata.authors or said.get_values("authors"),
        organisations=metadata.organisations,
        editors=said.get_values("editors"),
        translators=said.get_values("translators"),
        contributors=said.get_values("contributors"),
        credits=said.get_values("credits"),
        photo_credits=said.get_values("photo_credits"),
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
        flags=_build_flags(stripped, lines),
    )


def _build_provenance(
    metadata: Metadata, said: "_Harvest", published: Timestamp | None, modified: Timestamp | None, stripped: StepResult
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

    def get_values(self, field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for name, value in self.pairs if name == field))

    def find_timestamp(self, field: str, language: str | None) -> Timestamp | None:
        """The first time among a field's values."""
        return next((stamp for value in self.get_values(field) if (stamp := parse_visible_date(value, language))), None)


def join_blocks(blocks: tuple[Block, ...]) -> str:
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


def find_dateline(blocks: tuple[Block, ...]) -> str | None:
    """The place, and the agency, that open the first paragraph; they stay in the text."""
    first = next((block.text for block in blocks if block.kind is BlockKind.PARAGRAPH), "")
    match = _DATELINE.match(normalize_punctuation(first[:120]))
    return first[: match.end()].rstrip(" -–—:‐‑‒―") if match else None


def _build_flags(stripped: StepResult, lines: tuple[Line, ...]) -> tuple[str, ...]:
    before = sum(len(line.text) for line in lines)
    after = sum(len(line.text) for line in stripped.lines)
    much = ("much-removed",) if after < before * (1 - MAX_REMOVED_SHARE) else ()
    return tuple(dict.fromkeys((*much, *(flag for flag in stripped.flags if flag != "paywalled"))))
