"""A page's account for a terminal: its text with what was removed struck out, and the rule beside it."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

import click

from cleaning.article import Removal
from cleaning.output.explain import Explained, ExplainedLine, Piece
from cleaning.output.safe_text import one_line, printable

OUTSIDE = 160
"""Characters that are shown of a stretch of text outside of the article."""


def explanation(explained: Explained, colours: bool) -> str:
    """The page's text in its order. Without colours what was removed stands between ``[-`` and ``-]``."""
    mark = _struck if colours else _bracketed
    dim = (lambda text: click.style(text, dim=True)) if colours else str
    paragraphs = []
    for is_outside, lines in groupby(explained.lines, lambda line: line.is_outside):
        if is_outside:
            paragraphs.append(dim(_outside(list(lines))))
        else:
            paragraphs.extend("".join(_shown(line, mark)) for line in lines)
    if explained.elsewhere:
        paragraphs.append("\n".join(["Removed as well:", *(mark(removal) for removal in explained.elsewhere)]))
    return "\n\n".join([*paragraphs, dim(counts(explained))])


def counts(explained: Explained) -> str:
    """How much was kept, and what was removed how often."""
    rules = Counter(removal.rule for removal in explained.cleaned.removals)
    removed = ", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "nothing"
    return f"({explained.cleaned.article.word_count} words kept; removed: {removed})"


def _outside(lines: list[ExplainedLine]) -> str:
    texts = (" ".join("".join(piece.text for piece in line.pieces).split()) for line in lines)
    text = printable(" · ".join(filter(None, texts)))
    more = "…" if len(text) > OUTSIDE else ""
    count = f"{len(lines)} lines" if len(lines) > 1 else "1 line"
    return f"({count} outside of the article: {text[:OUTSIDE]}{more})"


def _shown(line: ExplainedLine, mark: Callable[[Removal], str]) -> Iterator[str]:
    for piece in line.pieces:
        yield mark(_stretch(piece, piece.removal)) if piece.removal else printable(piece.text)


def _stretch(piece: Piece, removal: Removal) -> Removal:
    """The part of a removal that stands in one line."""
    return Removal(removal.step, removal.rule, piece.text.strip())


def _struck(removal: Removal) -> str:
    text = click.style(printable(removal.text), strikethrough=True, fg="red")
    return f"{text} {click.style(one_line(removal.rule), fg='yellow')} "


def _bracketed(removal: Removal) -> str:
    return f"[-{printable(removal.text)}-] {one_line(removal.rule)} "
