"""A piece of an article around the words that were looked for, those words marked as they are written."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from storage.folding import Token, tokens
from storage.letters import MARKS
from storage.query import Term
from storage.values import Snippet

WIDTH = 200
"""Characters of a snippet, give or take a word."""

LEAD = 50
"""Characters before the first mark, at most."""

MAX_TOKENS = 50_000
"""How far into a text words are looked for; what is longer is no article."""

_REACH = 20
"""How far from where it should be a piece may be cut for the sake of a whole word."""

_SPACE = re.compile(r"\s+")
_LAST_SPACE = re.compile(r"\s+\S*\Z")
_MARKS = re.compile(f"[{MARKS}]+")

Span = tuple[int, int]
Found = tuple[Span, int]
"""A place, and the number of the term that stands there."""


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    r"""The piece of ``text`` in which most of the terms stand, or else its beginning.

    >>> snippet("They agreed.\n\nA cease-fire began.", [Term(("cease", "fire"))])
    Snippet(text='They agreed. A cease-fire began.', marks=((15, 25),))
    """
    found = sorted(_found(list(islice(tokens(text), MAX_TOKENS)), terms))
    start = _word_start(text, min(_richest(found) - LEAD, len(text) - WIDTH))
    end = _word_end(text, start + WIDTH)
    return _cut(text, start, end, _apart(span for span, _ in found if start <= span[0] and span[1] <= end))


def _found(words: Sequence[Token], terms: Sequence[Term]) -> Iterator[Found]:
    """Every place where a term stands."""
    folded = tuple(word.folded for word in words)
    for number, term in enumerate(terms):
        *whole, last = term.words
        for position in range(len(words) - len(whole)):
            ending = folded[position + len(whole)]
            if (ending == last or (term.prefix and ending.startswith(last))) and (
                not whole or folded[position : position + len(whole)] == tuple(whole)
            ):
                yield (words[position].start, words[position + len(whole)].end), number


def _richest(found: Sequence[Found]) -> int:
    """Where a piece begins that holds the most terms; the first of several."""
    best, most = 0, 0
    for place, ((start, _), _) in enumerate(found):
        held = {number for (_, end), number in found[place : place + _REACH] if end <= start + WIDTH - LEAD}
        if len(held) > most:
            best, most = start, len(held)
    return best


def _word_start(text: str, position: int) -> int:
    if position <= 0:
        return 0
    if space := _SPACE.search(text, position - 1, position + _REACH):
        return space.end()
    return _past_marks(text, position)


def _word_end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    last_word = _LAST_SPACE.search(text[position - _REACH : position + 1])
    return position - _REACH + last_word.start() if last_word else _past_marks(text, position)


def _past_marks(text: str, position: int) -> int:
    marks = _MARKS.match(text, position)
    return marks.end() if marks else position


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The same places in order, those that overlap made one."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _cut(text: str, start: int, end: int, spans: Sequence[Span]) -> Snippet:
    """That piece on one line, with the places counted anew."""
    line = "…" if start else ""
    marks: list[Span] = []
    position = start
    for mark_start, mark_end in spans:
        line += _SPACE.sub(" ", text[position:mark_start])
        marked = _SPACE.sub(" ", text[mark_start:mark_end])
        marks.append((len(line), len(line) + len(marked)))
        line += marked
        position = mark_end
    line += _SPACE.sub(" ", text[position:end])
    return Snippet(line + ("…" if end < len(text) else ""), tuple(marks))
