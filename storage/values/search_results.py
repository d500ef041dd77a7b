"""Values that searches return: hits with their snippets, counts, near-duplicates, and saved queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Snippet:
    """An excerpt of an article's text around the words that a query found."""

    text: str
    """One line of plain text; ``…`` marks where it was cut. Escape it before you put it into HTML."""
    marks: tuple[tuple[int, int], ...] = ()
    """The found words as offsets into ``text`` (start, end), sorted and without overlaps."""

    def iter_pieces(self) -> Iterator[tuple[str, bool]]:
        """Iterate over the text in pieces, each with a flag that says whether it is a found word.

        Use this for output in which the text must be escaped but the markup around found words must not.

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
        """Return the text with ``before`` and ``after`` around each found word.

        The text is not escaped: for HTML, use `iter_pieces`.

        >>> Snippet("a ceasefire held", ((2, 11),)).marked("*", "*")
        'a *ceasefire* held'
        """
        return "".join(f"{before}{text}{after}" if mark else text for text, mark in self.iter_pieces())


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search found, without its text; `storage.Corpus.get` returns the whole article."""

    id: int
    url: str
    title: str | None
    published: datetime | None
    """In the time zone that the page stated, else in UTC."""
    language: str
    """ISO 639-1, or ``"unknown"``."""
    source: str
    """The source's key: ``"bbc.co.uk"``."""
    site_name: str | None
    snippet: Snippet
    score: float
    """Relevance: higher is better, and words in the title weigh more. 0.0 if the hits were sorted by date. The
    databases rank differently (SQLite BM25, PostgreSQL ts_rank, MariaDB TF-IDF): compare scores only within one
    search."""
    cluster_id: int | None = None
    """The cluster of near-duplicates to which the article belongs; ``None`` if there are no others."""


class Hits(tuple[Hit, ...]):
    """One page of search results: a tuple of hits in order, with a cursor to the next page."""

    next: str | None
    """The cursor of the next page, for the argument ``after`` of `storage.Corpus.search`; ``None`` on the last page. It
    stays valid when articles are added or erased."""
    ignored: tuple[str, ...]
    """The parts of the query that could not be parsed and were left out, as sentences for people."""

    def __new__(cls, hits: Iterable[Hit] = (), *, next: str | None = None, ignored: tuple[str, ...] = ()) -> "Hits":  # noqa: A002
        """Create a page of hits with its cursor."""
        self = super().__new__(cls, hits)
        self.next = next
        self.ignored = ignored
        return self


@dataclass(frozen=True, slots=True)
class FacetCount:
    """The number of articles with one value of a field."""

    value: str
    """A day or week as ``2024-10-01``, a month as ``2024-10``, a year, a source's key, a language code, an outcome, a
    name or a tag. Empty for articles without a value."""
    articles: int
    """Number of articles; of fetches if the value is an outcome."""


@dataclass(frozen=True, slots=True)
class TermCount:
    """A word that distinguishes a set of articles from all others."""

    word: str
    """Folded as in the search index: lower case, without accents."""
    articles: int
    """Number of articles in the sample of the set that have the word."""
    weight: float
    """How much more frequent the word is in the set than outside: the logarithm of the odds ratio times the square root
    of ``articles``. The higher, the more distinctive; 0.0 if there was nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A near-duplicate of an article."""

    id: int
    url: str
    title: str | None
    source: str
    """The source's key."""
    published: datetime | None
    """UTC."""
    similarity: float
    """The Jaccard index of the two articles' shingles, from 0.5 to 1.0. 1.0 means the same words in the same order."""
    is_representative: bool
    """Whether it is the representative of its cluster: the article that credits no other outlet and was published
    first."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query with a name, and how far its results have been read."""

    name: str
    query: str
    created_at: datetime
    """UTC."""
    seen_at: datetime | None
    """UTC; when its new articles were last read with `storage.Corpus.get_new_articles`; ``None`` if never."""
    seen_id: int
    """The id of the newest article in the corpus at that time; articles with a higher id are new. 0 if never."""
