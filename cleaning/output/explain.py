"""Explain a cleaned page: say for each piece of its text, in order, whether it was kept, removed or never chosen.

The explanation is computed afterwards from the page and the result of cleaning, so that cleaning without it costs
nothing. The texts of blocks and removals are located in the page by their letters and digits alone, because cleaning
changes spaces, punctuation and invisible characters.
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
"""Letters of the shortest text that is located by its first occurrence; shorter texts are searched between these."""
MIN_PART_LETTERS = 8
"""Letters of the shortest part of a block that is searched by itself."""

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s*|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line with the same fate: kept, removed, or outside of the article."""

    text: str
    removal: Removal | None = None
    """The removal that took it away; ``None`` if it was kept or never considered part of the article."""
    kept: bool = False
    """Whether it is part of the article."""


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the page, as a browser would display it: the text of one block."""

    kind: BlockKind
    pieces: tuple[Piece, ...]
    """The whole text of the line; neighbouring pieces have different fates."""

    @property
    def is_outside(self) -> bool:
        """Return whether no part of the line was ever considered part of the article."""
        return not any(piece.kept or piece.removal for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class ExplainedPage:
    """A cleaned page with the explanation of its text."""

    cleaned: Cleaned
    lines: tuple[ExplainedLine, ...]
    """The whole text of the page, except lines without letters or digits."""
    elsewhere: tuple[Removal, ...]
    """Removals that could not be located in the page's text."""


def explain_page(page: Page, sites: Sites = NO_SITES) -> ExplainedPage | NotCleaned:
    """Clean a page and explain what became of its text.

    Unlike :func:`cleaning.clean_and_explain`, this does not raise for a page without an article: it returns
    ``NotCleaned`` with the outcome and the reason.

    Args:
        page: an HTML page, or scraped text if ``page.is_text`` is set.
        sites: the user's site rules.
    """
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
    """Explain the lines of a page from the result of cleaning it.

    Args:
        lines: the text of the page: its blocks with their kinds.
        cleaned: the article and the removals that cleaning the page returned.
    """
    text = _LetterIndex([line for line, _ in lines])
    title = extract_letters(cleaned.article.title or "")
    text.claim_line(title)
    text.claim_in_order([block.text for block in cleaned.article.blocks])
    unplaced = [removal for removal in cleaned.removals if not text.claim_near(removal)]
    return ExplainedPage(
        cleaned,
        tuple(
            ExplainedLine(kind, tuple(text.split_pieces(i)))
            for i, (line, kind) in enumerate(lines)
            if extract_letters(line)
        ),
        # A removed line that equals the title is not lost: it was kept as the title.
        tuple(removal for removal in unplaced if extract_letters(removal.text) != title),
    )


_KEPT_PIECE = Piece("", kept=True)
_OUTSIDE_PIECE = Piece("")


class _LetterIndex:
    """The letters and digits of all lines of a page as one string, and the piece that claims each of them."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.row = "".join(map(extract_letters, lines))
        self.owners: list[Piece | None] = [None] * len(self.row)
        self.claimed = bytearray(len(self.row))
        """1 for each letter that is claimed, so that a byte search finds the free stretches."""
        self.line_starts: list[int] = []
        """The position of each line in the row, and the end of the last one."""
        self.word_edges = bytearray(len(self.row) + 1)
        """1 at the positions where a word begins or ends."""
        position = 0
        for line in lines:
            self.line_starts.append(position)
            for is_word, word in groupby(line, _is_word_character):
                if is_word:
                    length = len(extract_letters("".join(word)))
                    self.word_edges[position] = self.word_edges[position + length] = 1
                    position += length
        self.line_starts.append(position)

    def claim(self, start: int, end: int, piece: Piece) -> None:
        """Mark the letters from ``start`` to ``end`` as those of a piece."""
        self.claimed[start:end] = b"\x01" * (end - start)
        self.owners[start:end] = [piece] * (end - start)

    def find_free(self, letters: str, start: int, end: int) -> Iterator[int]:
        """Yield the positions between ``start`` and ``end`` where letters occur as whole words and are not claimed.

        Whole words: the removal "Share" must not be located in "Shareholders".
        """
        size = len(letters)
        at = self.row.find(letters, start, end) if letters else -1
        while at >= 0:
            if self.word_edges[at] and self.word_edges[at + size] and self.claimed.find(1, at, at + size) < 0:
                yield at
            at = self.row.find(letters, at + 1, end)

    def claim_line(self, letters: str) -> None:
        """Mark the first line that consists of these letters as kept; this is how the title is found."""
        for start, end in pairwise(self.line_starts):
            if letters and self.row[start:end] == letters:
                self.claim(start, end, _KEPT_PIECE)
                return

    def claim_in_order(self, texts: list[str]) -> None:
        """Mark the texts of the article's blocks, which are in the order of the page, as kept.

        Long texts are located first, because they occur only once. The short ones, such as "Yes.", occur anywhere; they
        are searched between their long neighbours.
        """
        placed: list[tuple[int, int] | None] = [None] * len(texts)
        cursor = 0
        for i, text in enumerate(texts):
            letters = extract_letters(text)
            if (
                len(letters) >= MIN_UNIQUE_LETTERS
                and (at := next(self.find_free(letters, cursor, len(self.row)), -1)) >= 0
            ):
                cursor = at + len(letters)
                placed[i] = at, cursor
                self.claim(at, cursor, _KEPT_PIECE)
        for i, text in enumerate(texts):
            if placed[i] is None:
                before = next((place[1] for place in reversed(placed[:i]) if place), 0)
                after = next((place[0] for place in placed[i + 1 :] if place), len(self.row))
                placed[i] = self.claim_parts(text, before, after)

    def claim_parts(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Mark a text between two positions as kept, or its sentences if it does not occur there as a whole.

        A block is not found as a whole if a rule cut something out of its middle.

        Returns:
            The positions where the text begins and ends; ``None`` if no part of it was found.
        """
        letters = extract_letters(text)
        if (at := next(self.find_free(letters, start, end), -1)) >= 0:
            self.claim(at, at + len(letters), _KEPT_PIECE)
            return at, at + len(letters)
        first = last = None
        for part in filter(
            lambda part: MIN_PART_LETTERS <= len(part) < len(letters), map(extract_letters, _SENTENCE_END.split(text))
        ):
            if (at := next(self.find_free(part, last or start, end), -1)) >= 0:
                self.claim(at, at + len(part), _KEPT_PIECE)
                first, last = at if first is None else first, at + len(part)
        return (first, last) if first is not None and last is not None else None

    def claim_near(self, removal: Removal) -> bool:
        """Mark the occurrence of a removal's text that is nearest to the claimed text; return whether there is one.

        Short removals such as "Share" also occur in menus far away, where nothing was removed by a line rule.
        """
        letters = extract_letters(removal.text)
        first, last = max(self.claimed.find(1), 0), self.claimed.rfind(1) + 1
        places = self.find_free(letters, 0, len(self.row))
        at = min(places, key=lambda at: max(first - at - len(letters), at - last, 0), default=-1)
        if at >= 0:
            self.claim(at, at + len(letters), Piece("", removal))
        return at >= 0

    def split_pieces(self, line: int) -> Iterator[Piece]:
        """Yield a line as pieces with one fate each; spaces and punctuation go with the letter before them.

        Args:
            line: the index of the line.
        """
        owners = iter(self.owners[self.line_starts[line] : self.line_starts[line + 1]])
        start = self.line_starts[line]
        current = (self.owners[start] if start < self.line_starts[line + 1] else None) or _OUTSIDE_PIECE
        fates = []
        for char in self.lines[line]:
            if char.isalnum():
                current = next(owners) or _OUTSIDE_PIECE
            fates.append((char, current))
        for fate, chars in groupby(fates, lambda pair: pair[1]):
            yield Piece("".join(char for char, _ in chars), fate.removal, fate.kept)


def _is_word_character(char: str) -> bool:
    """Return whether a character is part of a word: a letter, a digit, or a combining mark (category M)."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"
