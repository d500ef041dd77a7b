"""Values that searches return: hits with their snippets, counts, near-duplicates, and saved queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of an article's text around what was searched for."""

    text: str
    """One line, as the article has it; ``…`` where it was cut."""
    marks: tuple[tuple[int, int], ...] = ()
    """Where the words looked for are: offsets into ``text``, from and up to, in order, never overlapping."""

    def iter_pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked; for output that must escape what it prints.

        >>> list(Snippet("a ceasefire held", ((2, 11),)).iter_pieces())
        [('a ', False), ('ceasefire', True), (' held', False)]
        """
        position = 0
        for start, end in self.marks:
            if start > position:
                yield self.text[position:start], False
            yield self.text[start:end], True
            position = end
        if position < len(self.text):
            yield self.text[position:], False

    def marked(self, before: str, after: str) -> str:
        """The text with each mark between ``before`` and ``after``.

        >>> Snippet("a ceasefire held", ((2, 11),)).marked("*", "*")
        'a *ceasefire* held'
        """
        return "".join(f"{before}{text}{after}" if mark else text for text, mark in self.iter_pieces())


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search found."""

    id: int
    url: str
    title: str | None
    published: datetime | None
    """In the zone that the page stated, else in UTC."""
    language: str
    """ISO 639-1, or ``"unknown"``."""
    source: str
    """The source's key: ``"bbc.co.uk"``."""
    site_name: str | None
    snippet: Snippet
    score: float
    """Higher is better, the title weighing more; 0.0 where nothing was ranked. Each database has a measure of its own
    (SQLite BM25, PostgreSQL ts_rank, MariaDB TF-IDF): compare scores of one search only."""
    cluster_id: int | None = None
    """The articles that tell nearly the same; ``None`` where there is no other."""


class Hits(tuple[Hit, ...]):
    """What a search found, in order, and where it goes on."""

    next: str | None
    """A cursor for ``after``: the hits behind these. ``None`` behind the last one. It stays good while articles come
    and go."""
    ignored: tuple[str, ...]
    """What of the query was not understood and left out, as sentences for people."""

    def __new__(cls, hits: Iterable[Hit] = (), *, next: str | None = None, ignored: tuple[str, ...] = ()) -> "Hits":  # noqa: A002
        """Hits with their cursor."""
        self = super().__new__(cls, hits)
        self.next = next
        self.ignored = ignored
        return self


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many articles have a value."""

    value: str
    """A day as ``2024-10-01``, a month as ``2024-10``, a source's key, a language, a name; empty for none."""
    articles: int


@dataclass(frozen=True, slots=True)
class TermCount:
    """A word that tells a set of articles from the others."""

    word: str
    """Folded, as it is searched."""
    articles: int
    """Of those looked at, how many have it."""
    weight: float
    """How much more frequent it is here than elsewhere: the log of the odds ratio times the root of ``articles``."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An article that tells nearly the same as another."""

    id: int
    url: str
    title: str | None
    source: str
    published: datetime | None
    """UTC."""
    similarity: float
    """The Jaccard index of their shingles: 1.0 for the same words in the same order."""
    is_representative: bool
    """Whether it stands for all of its cluster: the earliest that credits nobody else."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query that somebody comes back to."""

    name: str
    query: str
    created_at: datetime
    """UTC."""
    seen_at: datetime | None
    """UTC; when its new articles were last asked for; ``None`` where they never were."""
    seen_id: int
    """The newest article that was there then."""
