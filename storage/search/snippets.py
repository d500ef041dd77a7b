"""Snippets: the part of a text that has the most search terms, with these terms marked in their original spelling.

SQLite's own ``snippet()`` would return the folded text of the index, and MariaDB has no such function.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from storage.search.folding import Tokens
from storage.search.folding_tables import MARKS
from storage.search.query_tree import Term
from storage.values import Snippet

SNIPPET_CHARACTERS = 200
"""Length of a snippet in characters. It is moved to word boundaries, so that it may be a word longer or shorter."""

MAX_LEAD_CHARACTERS = 50
"""Maximum number of characters before the first marked term."""

MAX_TOKENS = 50_000
"""Number of words of a text that are searched for terms. A longer text is not an article, and must not cost more."""

MAX_PLACES_PER_TERM = 100
"""Number of occurrences of a term that are considered. A common word may have thousands in a long text."""

_CUT_TOLERANCE = 20
"""Maximum distance, in characters, by which a cut is moved to a word boundary. Chinese and Thai have no spaces at
all."""

_WINDOW_TERMS = 20
"""Number of occurrences that are counted from each possible start of a snippet. 150 characters hold few more."""

_SPACE = re.compile(r"\s+")
_LAST_SPACE = re.compile(r"\s+\S*\Z")
_MARKS = re.compile(f"[{MARKS}]+")

Span = tuple[int, int]
"""Start and end offset in the text."""
FoundTerm = tuple[Span, int]
"""The span of an occurrence, and the number of its term."""


def build_snippet(text: str, terms: Sequence[Term]) -> Snippet:
    r"""Return the part of a text with the largest number of different terms; the beginning of the text if it has none.

    White space, including paragraph breaks, becomes single spaces.

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
    """Return the first occurrences of each term, in no particular order."""
    numbered = [
        (position, position + len(term.words) - 1, number)
        for number, term in enumerate(terms)
        for position in islice(_find_positions(tokens.folded, term), MAX_PLACES_PER_TERM)
    ]
    places = tokens.find_spans({edge for first, last, _ in numbered for edge in (first, last)})
    return [((places[first][0], places[last][1]), number) for first, last, number in numbered]


def _find_positions(words: Sequence[str], term: Term) -> Iterator[int]:
    """Yield the indexes of the words at which a term begins."""
    *whole, last = term.words
    first = whole[0] if whole else last
    for position, word in enumerate(words):
        if word != first and not (term.prefix and not whole and word.startswith(first)):
            continue
        # Compare the last word before the others: a slice for each occurrence of a common first word is expensive.
        ending = words[position + len(whole)] if position + len(whole) < len(words) else ""
        if (ending == last or (term.prefix and ending.startswith(last))) and (
            not whole or list(words[position : position + len(whole)]) == whole
        ):
            yield position


def _find_richest_start(found: Sequence[FoundTerm]) -> int:
    """Return the offset of the occurrence that is followed by the most different terms; the first of several.

    Different terms count, not occurrences: the snippet should show how the article answers the whole query.
    """
    best_start, best_count = 0, 0
    for index, ((start, _), _) in enumerate(found):
        numbers = {
            number
            for (_, end), number in found[index : index + _WINDOW_TERMS]
            if end <= start + SNIPPET_CHARACTERS - MAX_LEAD_CHARACTERS
        }
        if len(numbers) > best_count:
            best_start, best_count = start, len(numbers)
    return best_start


def _find_word_start(text: str, position: int) -> int:
    if position <= 0:
        return 0
    if space := _SPACE.search(text, position - 1, position + _CUT_TOLERANCE):
        return space.end()
    return _skip_marks(text, position)


def _find_word_end(text: str, position: int) -> int:
    if position >= len(text):
        return len(text)
    last_word = _LAST_SPACE.search(text[position - _CUT_TOLERANCE : position + 1])
    return position - _CUT_TOLERANCE + last_word.start() if last_word else _skip_marks(text, position)


def _skip_marks(text: str, position: int) -> int:
    # A cut inside of a word must not separate a vowel sign from its letter: it would be shown on the ellipsis.
    marks = _MARKS.match(text, position)
    return marks.end() if marks else position


def _merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap; the spans must be sorted."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut_snippet(text: str, start: int, end: int, spans: Sequence[Span]) -> Snippet:
    """Cut the text from ``start`` to ``end`` into one line, and convert the spans to offsets in that line."""
    # The offsets change because each run of white space becomes one space.
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
