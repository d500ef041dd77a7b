"""What a query asks for, as a tree of words, fields and dates, whatever it was written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand next to each other, folded."""

    words: tuple[str, ...]
    prefix: bool = False
    """Whether the last word is only a beginning."""
    title: bool = False
    """Whether they must stand in the title."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """What another field of an article must have."""

    name: str
    """``"author"``, ``"editor"``, ``"section"``, ``"tag"`` (then ``value`` is folded), ``"source"``, ``"lang"`` or
    ``"cluster"``."""
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """When an article must have been published. Dates are days in UTC, both included."""

    since: date | datetime | None
    until: date | datetime | None


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Anything but this."""

    part: "Node"


Node = Term | FieldTerm | PublishedRange | And | Or | Not
"""A part of a query; `is_index_only` tells those that a search index understands."""


@dataclass(frozen=True, slots=True)
class Query:
    """What an article must have."""

    tree: Node | None = None
    """``None`` where nothing is asked for."""
    ignored: tuple[str, ...] = ()
    """What was left out of what was typed, as sentences for people."""

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return self.tree is not None

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Every term that an article may be found by."""
        return tuple(_iter_terms(self.tree)) if self.tree else ()

    @property
    def words(self) -> Node | None:
        """What of it the search index is asked: the words that all found articles have; ``None`` without any."""
        words = tuple(part for part in self._parts if is_index_only(part) or _is_negated_words(part))
        if not any(map(is_index_only, words)):
            return None
        return words[0] if len(words) == 1 else And(words)

    @property
    def rest(self) -> tuple[Node, ...]:
        """What must hold besides `words`."""
        has_words = any(map(is_index_only, self._parts))
        return tuple(p for p in self._parts if not is_index_only(p) and not (has_words and _is_negated_words(p)))

    @property
    def _parts(self) -> tuple[Node, ...]:
        if self.tree is None:
            return ()
        return self.tree.parts if isinstance(self.tree, And) else (self.tree,)


def is_index_only(node: Node) -> bool:
    """Whether a search index alone can find what a part asks for: words, and with words also what they exclude."""
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
