"""The parsed form of a query: a tree of terms, fields, periods and the operators AND, OR and NOT.

`storage.search.query_parser` builds it; `storage.search.fulltext_index` compiles the parts with words for each
database, and `storage.search.filters` the others to SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several words that must be next to each other in this order. They are folded."""

    words: tuple[str, ...]
    prefix: bool = False
    """Whether the last word matches all words that begin with it: ``zelen*``."""
    title: bool = False
    """Whether the words must be in the title."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A condition on another field of an article: ``author:musa``."""

    name: str
    """``"author"``, ``"editor"``, ``"section"``, ``"tag"`` (then ``value`` is folded), ``"source"``, ``"group"``,
    ``"lang"`` or ``"cluster"``."""
    value: str
    prefix: bool = False
    """Whether the last word of ``value`` matches all words that begin with it."""


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """A condition on the publication: ``published:2024-10..2024-11``. Articles without a date do not meet it."""

    since: date | datetime | None
    """The first day in UTC, or the earliest time, inclusive; ``None``: no limit."""
    until: date | datetime | None
    """The last day in UTC, or the latest time, inclusive; ``None``: no limit."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts must match."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts must match."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not match."""

    part: "Node"


Node = Term | FieldTerm | PublishedRange | And | Or | Not
"""Any part of a query. `is_index_only` selects those that the full-text index can answer alone."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    tree: Node | None = None
    """``None`` if the query is empty or nothing in it can be searched."""
    ignored: tuple[str, ...] = ()
    """The parts of the text that were left out, as sentences for people."""

    def __bool__(self) -> bool:
        """Return whether the query has any condition."""
        return self.tree is not None

    @property
    def wanted(self) -> tuple[Term, ...]:
        """All terms that are not negated: the words to mark in snippets."""
        return tuple(_iter_terms(self.tree)) if self.tree else ()

    @property
    def words(self) -> Node | None:
        """The part of the query for the full-text index: words that all matches have, and words that they lack.

        ``None`` if the query has no words. Negated words alone are not enough: an index cannot list the articles that
        lack a word, so these are left to `rest`.
        """
        words = tuple(part for part in self._parts if is_index_only(part) or _is_negated_words(part))
        if not any(map(is_index_only, words)):
            return None
        return words[0] if len(words) == 1 else And(words)

    @property
    def rest(self) -> tuple[Node, ...]:
        """The conditions that must be met in addition to `words`, each compiled to its own SQL."""
        has_words = any(map(is_index_only, self._parts))
        return tuple(p for p in self._parts if not is_index_only(p) and not (has_words and _is_negated_words(p)))

    @property
    def _parts(self) -> tuple[Node, ...]:
        if self.tree is None:
            return ()
        return self.tree.parts if isinstance(self.tree, And) else (self.tree,)


def is_index_only(node: Node) -> bool:
    """Return whether the full-text index alone can find the matches of a part.

    That is true of terms and their combinations. A negation counts only beside a term ("peace -talks"): see
    `Query.words`.
    """
    match node:
        case Term():
            return True
        case Or():
            return all(map(is_index_only, node.parts))
        case And():
            return any(map(is_index_only, node.parts)) and all(
                is_index_only(p) or _is_negated_words(p) for p in node.parts
            )
    return False


def _is_negated_words(node: Node) -> bool:
    return isinstance(node, Not) and is_index_only(node.part)


def _iter_terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case And() | Or():
            for part in node.parts:
                yield from _iter_terms(part)
