"""Format the explanation of a page for a terminal: its text, with the removed parts struck out and the rules beside."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

import click

from cleaning.article import Removal
from cleaning.output.explain import ExplainedLine, ExplainedPage, Piece
from cleaning.output.safe_text import strip_unprintable, to_one_line

MAX_OUTSIDE_CHARACTERS = 160
"""Characters that are shown of each run of lines outside of the article."""


def format_explanation(explained: ExplainedPage, colours: bool) -> str:
    """Return the text of a page in order, with what became of each part.

    Args:
        explained: the page, as from :func:`cleaning.output.explain.explain_page`.
        colours: whether to strike removed text out with escape sequences; otherwise it is between ``[-`` and ``-]``.
    """
    mark = _format_struck if colours else _format_bracketed
    dim = (lambda text: click.style(text, dim=True)) if colours else str
    paragraphs = []
    for is_outside, lines in groupby(explained.lines, lambda line: line.is_outside):
        if is_outside:
            paragraphs.append(dim(_format_outside(list(lines))))
        else:
            paragraphs.extend("".join(_format_line(line, mark)) for line in lines)
    if explained.elsewhere:
        paragraphs.append("\n".join(["Also removed:", *(mark(removal) for removal in explained.elsewhere)]))
    return "\n\n".join([*paragraphs, dim(format_counts(explained))])


def format_counts(explained: ExplainedPage) -> str:
    """Return one line with the number of words kept and the number of removals by rule.

    An example is ``(212 words kept; removed: published 1, editor 1)``.
    """
    rules = Counter(removal.rule for removal in explained.cleaned.removals)
    removed = ", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "nothing"
    return f"({explained.cleaned.article.word_count} words kept; removed: {removed})"


def _format_outside(lines: list[ExplainedLine]) -> str:
    """Return the beginning of a run of lines outside of the article, in parentheses."""
    texts = (" ".join("".join(piece.text for piece in line.pieces).split()) for line in lines)
    text = strip_unprintable(" · ".join(filter(None, texts)))
    more = "…" if len(text) > MAX_OUTSIDE_CHARACTERS else ""
    count = f"{len(lines)} lines" if len(lines) > 1 else "1 line"
    return f"({count} outside of the article: {text[:MAX_OUTSIDE_CHARACTERS]}{more})"


def _format_line(line: ExplainedLine, mark: Callable[[Removal], str]) -> Iterator[str]:
    for piece in line.pieces:
        yield mark(_cut_removal(piece, piece.removal)) if piece.removal else strip_unprintable(piece.text)


def _cut_removal(piece: Piece, removal: Removal) -> Removal:
    """Return the part of a removal that is in one line."""
    return Removal(removal.step, removal.rule, piece.text.strip())


def _format_struck(removal: Removal) -> str:
    text = click.style(strip_unprintable(removal.text), strikethrough=True, fg="red")
    return f"{text} {click.style(to_one_line(removal.rule), fg='yellow')} "


def _format_bracketed(removal: Removal) -> str:
    return f"[-{strip_unprintable(removal.text)}-] {to_one_line(removal.rule)} "
