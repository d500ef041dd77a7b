"""What became of each piece of a page, in the page's own order: kept, removed by a rule, or outside of the article.

The account is made afterwards, from the page and from what cleaning gave: the texts of blocks and removals are found
again in the page's text by their letters and digits alone, since spaces, marks and unseen characters get lost on the
way. So cleaning itself pays nothing for it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from cleaning.article import BlockKind, Cleaned, Removal
from cleaning.batch import NotCleaned, Page, decode_text
from cleaning.cleaner import clean_and_explain, clean_text_and_explain
from cleaning.content.blocks import read_blocks
from cleaning.html.decoding import decode_by_header, decode_page
from cleaning.html.tree import parse_html
from cleaning.lines.normalization import extract_letters
from cleaning.outcomes import NotAnArticleError
from cleaning.site_rules import NO_SITES, Sites

MIN_UNIQUE_LETTERS = 30
"""Letters from which on a text is taken to stand where it is found first; shorter ones are placed between these."""
MIN_PART_LETTERS = 8
"""Letters that a part of a block has at least to be looked for by itself."""

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s*|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line, and what became of it."""

    text: str
    removal: Removal | None = None
    """What removed it; ``None`` where it was kept, or where nothing took it to be part of the article."""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the page, as a browser would set it."""

    kind: BlockKind
    pieces: tuple[Piece, ...]

    @property
    def is_outside(self) -> bool:
        """Whether nothing of it was taken to be part of the article."""
        return not any(piece.kept or piece.removal for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class ExplainedPage:
    """A cleaned page with its account."""

    cleaned: Cleaned
    lines: tuple[ExplainedLine, ...]
    """The whole text of the page."""
    elsewhere: tuple[Removal, ...]
    """Removals that were not found in the page's text again."""


def explain_page(page: Page, sites: Sites = NO_SITES) -> ExplainedPage | NotCleaned:
    """Clean a page and account for all of its text; what a page can contain does not raise."""
    try:
        if page.is_text:
            text = decode_text(page.content)
            lines = [(line, BlockKind.PARAGRAPH) for line in decode_page(text).splitlines() if line.strip()]
            return explain(lines, clean_text_and_explain(text, page.url, sites=sites))
        content = decode_by_header(page.content, page.charset) if isinstance(page.content, bytes) else page.content
        cleaned = clean_and_explain(content, page.url, sites=sites)
        return explain([(block.text, block.kind) for block in read_blocks(parse_html(decode_page(content)))], cleaned)
    except NotAnArticleError as error:
        return NotCleaned(error.reason, error.detail)


def explain(lines: Sequence[tuple[str, BlockKind]], cleaned: Cleaned) -> ExplainedPage:
    """Account for the lines of a page, of which cleaning has made an article."""
    text = _LetterIndex([line for line, _ in lines])
    title = extract_letters(cleaned.article.title or "")
    text.claim_line(title)
    text.claim_in_order([block.text for block in cleaned.article.blocks])
    homeless = [removal for removal in cleaned.removals if not text.claim_near(removal)]
    return ExplainedPage(
        cleaned,
        tuple(
            ExplainedLine(kind, tuple(text.split_pieces(i)))
            for i, (line, kind) in enumerate(lines)
            if extract_letters(line)
        ),
        tuple(
            removal for removal in homeless if extract_letters(removal.text) != title
        ),  # that one was kept, as the title
    )


_KEPT_PIECE = Piece("", kept=True)
_OUTSIDE_PIECE = Piece("")


class _LetterIndex:
    """The letters of a page's lines in one row, and who claims them."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.row = "".join(map(extract_letters, lines))
        self.owner: list[Piece | None] = [None] * len(self.row)
        self.taken = bytearray(len(self.row))
        self.begins: list[int] = []
        """Where each line begins in the row."""
        self.edges = bytearray(len(self.row) + 1)
        """Where words begin and end."""
        position = 0
        for line in lines:
            self.begins.append(position)
            for is_word, word in groupby(line, _is_word_character):
                if is_word:
                    length = len(extract_letters("".join(word)))
                    self.edges[position] = self.edges[position + length] = 1
                    position += length
        self.begins.append(position)

    def claim(self, start: int, end: int, piece: Piece) -> None:
        self.taken[start:end] = b"\x01" * (end - start)
        self.owner[start:end] = [piece] * (end - start)

    def find_free(self, wanted: str, start: int, end: int) -> Iterator[int]:
        """Where a text stands in a stretch of the row, whole words of it, claimed by nobody."""
        size = len(wanted)
        at = self.row.find(wanted, start, end) if wanted else -1
        while at >= 0:
            if self.edges[at] and self.edges[at + size] and self.taken.find(1, at, at + size) < 0:
                yield at
            at = self.row.find(wanted, at + 1, end)

    def claim_line(self, wanted: str) -> None:
        """Keep the first line that has just these letters."""
        for begin, end in pairwise(self.begins):
            if wanted and self.row[begin:end] == wanted:
                self.claim(begin, end, _KEPT_PIECE)
                return

    def claim_in_order(self, texts: list[str]) -> None:
        """Keep texts that stand in the page one after the other: the long ones first, the others between them."""
        placed: list[tuple[int, int] | None] = [None] * len(texts)
        cursor = 0
        for i, text in enumerate(texts):
            wanted = extract_letters(text)
            if (
                len(wanted) >= MIN_UNIQUE_LETTERS
                and (at := next(self.find_free(wanted, cursor, len(self.row)), -1)) >= 0
            ):
                cursor = at + len(wanted)
                placed[i] = at, cursor
                self.claim(at, cursor, _KEPT_PIECE)
        for i, text in enumerate(texts):
            if placed[i] is None:
                before = next((place[1] for place in reversed(placed[:i]) if place), 0)
                after = next((place[0] for place in placed[i + 1 :] if place), len(self.row))
                placed[i] = self.claim_parts(text, before, after)

    def claim_parts(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Keep a text within a stretch, or its sentences where it does not stand there as a whole."""
        wanted = extract_letters(text)
        if (at := next(self.find_free(wanted, start, end), -1)) >= 0:
            self.claim(at, at + len(wanted), _KEPT_PIECE)
            return at, at + len(wanted)
        first = last = None
        for part in filter(
            lambda part: MIN_PART_LETTERS <= len(part) < len(wanted), map(extract_letters, _SENTENCE_END.split(text))
        ):
            if (at := next(self.find_free(part, last or start, end), -1)) >= 0:
                self.claim(at, at + len(part), _KEPT_PIECE)
                first, last = at if first is None else first, at + len(part)
        return (first, last) if first is not None and last is not None else None

    def claim_near(self, removal: Removal) -> bool:
        """Give a removal the place that is nearest to what was kept; ``False`` where there is none."""
        wanted = extract_letters(removal.text)
        begin, end = max(self.taken.find(1), 0), self.taken.rfind(1) + 1
        places = self.find_free(wanted, 0, len(self.row))
        at = min(places, key=lambda at: max(begin - at - len(wanted), at - end, 0), default=-1)
        if at >= 0:
            self.claim(at, at + len(wanted), Piece("", removal))
        return at >= 0

    def split_pieces(self, line: int) -> Iterator[Piece]:
        """A line as stretches of one fate; what is no letter goes with the letter before it."""
        owners = iter(self.owner[self.begins[line] : self.begins[line + 1]])
        begin = self.begins[line]
        current = (self.owner[begin] if begin < self.begins[line + 1] else None) or _OUTSIDE_PIECE
        fates = []
        for char in self.lines[line]:
            if char.isalnum():
                current = next(owners) or _OUTSIDE_PIECE
            fates.append((char, current))
        for fate, chars in groupby(fates, lambda pair: pair[1]):
            yield Piece("".join(char for char, _ in chars), fate.removal, fate.kept)


def _is_word_character(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"
