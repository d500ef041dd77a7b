"""A piece of an article around the words that were looked for, those words marked as they are written."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from storage.search.folding import Tokens
from storage.search.folding_tables import MARKS
from storage.search.query_tree import Term
from storage.values import Snippet

SNIPPET_CHARACTERS = 200
"""Characters of a snippet, give or take a word."""

MAX_LEAD_CHARACTERS = 50
"""Characters before the first mark, at most."""

MAX_TOKENS = 50_000
"""How far into a text words are looked for; what is longer is no article."""

MAX_PLACES_PER_TERM = 100
"""Of a term, that a piece is chosen by."""

_REACH = 20
"""How far from where it should be a piece may be cut for the sake of a whole word."""

_SPACE = re.compile(r"\s+")
_LAST_SPACE = re.compile(r"\s+\S*\Z")
_MARKS = re.compile(f"[{MARKS}]+")

Span = tuple[int, int]
FoundTerm = tuple[Span, int]
"""A place, and the number of the term that stands there."""


def build_snippet(text: str, terms: Sequence[Term]) -> Snippet:
    r"""The piece of ``text`` in which most of the terms stand, or else its beginning.

    >>> build_snippet("They agreed.\n\nA cease-fire began.", [Term(("cease", "fire"))])
    Snippet(text='They agreed. A cease-fire began.', marks=((15, 25),))
    """
    found = sorted(_find_terms(Tokens(text, MAX_TOKENS), terms))
    start = _find_word_start(
        text, min(_find_richest_start(found) - MAX_LEAD_CHARACTERS, len(text) - SNIPPET_CHARACTERS)
    )
    end = _find_word_end(text, start + SNIPPET_CHARACTERS)
    return _cut_snippet(
        text, start, end, _merge_spans(span for span, _ in found if start <= span[0] and span[1] <= end)
    )


def _find_terms(tokens: Tokens, terms: Sequence[Term]) -> list[FoundTerm]:
    """The first places where terms stand."""
    numbered = [
        (position, position + len(term.words) - 1, number)
        for number, term in enumerate(terms)
        for position in islice(_find_positions(tokens.folded, term), MAX_PLACES_PER_TERM)
    ]
    places = tokens.find_spans({edge for first, last, _ in numbered for edge in (first, last)})
    return [((places[first][0], places[last][1]), number) for first, last, number in numbered]


def _find_positions(words: Sequence[str], term: Term) -> Iterator[int]:
    """The numbers of the words at which a term begins."""
    *whole, last = term.words
    first = whole[0] if whole else last
    for position, word in enumerate(words):
        if word != first and not (term.prefix and not whole and word.startswith(first)):
            continue
        ending = words[position + len(whole)] if position + len(whole) < len(words) else ""
        if (ending == last or (term.prefix and ending.startswith(last))) and (
            not whole or list(words[position : position + len(whole)]) == whole
        ):
            yield position


def _find_richest_start(found: Sequence[FoundTerm]) -> int:
    """Where a piece begins that holds the most terms; the first of several."""
    best, most = 0, 0
    for place, ((start, _), _) in enumerate(found):
        held = {
            number
            for (_, end), number in found[place : place + _REACH]
            if end <= start + SNIPPET_CHARACTERS - MAX_LEAD_CHARACTERS
        }
        if len(held) > most:
            best, most = start, len(held)
    return best


def _find_word_start(text: str, position: int) -> int:
    if position <= 0:
        return 0
    if space := _SPACE.search(text, position - 1, position + _REACH):
        return space.end()
    return _skip_marks(text, position)


def _find_word_end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    last_word = _LAST_SPACE.search(text[position - _REACH : position + 1])
    return position - _REACH + last_word.start() if last_word else _skip_marks(text, position)


def _skip_marks(text: str, position: int) -> int:
    marks = _MARKS.match(text, position)
    return marks.end() if marks else position


def _merge_spans(spans: Iterable[Span]) -> list[Span]:
    """The same places in order, those that overlap made one."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _cut_snippet(text: str, start: int, end: int, spans: Sequence[Span]) -> Snippet:
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
