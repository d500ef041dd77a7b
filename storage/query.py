"""What people type into a search box, understood. Nothing they can type is an error.

    ceasefire zelensky          both words
    "peace talks"               the words in this order, next to each other
    ceasefire -ukraine          without that word; so does NOT ukraine
    peace ceasefire OR truce    "peace", and one of the other two: OR joins its neighbours only
    zelen*                      words that begin so

Everything else is punctuation, and what is written together is looked for together: ``state-of-the-art``,
``O'Neil``, ``50%``, a line of Chinese.
"""

import re
from dataclasses import dataclass
from itertools import islice

from storage.folding import fold, without_article

MAX_CHARACTERS = 2_000
MAX_PARTS = 100
"""More of either is an article pasted by mistake; what comes after is left out."""

_OR = ("OR", "|", "||")
_AND = ("AND", "&", "&&", "+")

_QUOTES = '"“”„‟«»＂'
_PART = re.compile(
    rf"(?P<minus>(?<!\S)[-−–—]+(?=\S))?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\s{_QUOTES}]+))"
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand next to each other, folded."""

    words: tuple[str, ...]
    prefix: bool = False
    """Whether the last word is only a beginning."""


@dataclass(frozen=True, slots=True)
class Query:
    """What an article must have: a term of every group, and none of the excluded ones."""

    groups: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.groups or self.excluded)

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Every term that an article may be found by."""
        return tuple(term for group in self.groups for term in group)


def parse(text: str) -> Query:
    """Understand a query. Takes any text and never raises.

    >>> parse('"peace talks" -ukrain*').wanted
    (Term(words=('peace', 'talks'), prefix=False),)
    >>> parse('"peace talks" -ukrain*').excluded
    (Term(words=('ukrain',), prefix=True),)
    >>> bool(parse("?!"))
    False
    """
    groups: list[tuple[Term, ...]] = []
    excluded: list[Term] = []
    negated = joined = False
    for part in islice(_PART.finditer(text[:MAX_CHARACTERS]), MAX_PARTS):
        word = part["word"]
        terms = _terms(word or part["phrase"])
        if word in _OR:
            joined = bool(groups)
        elif word == "NOT":
            negated = True
        elif not terms or word in _AND:
            continue
        elif negated or part["minus"]:
            excluded.extend(terms)
            negated = joined = False
        elif joined:
            groups[-1] += terms
            joined = False
        else:
            groups.append(terms)
    return Query(tuple(groups), tuple(excluded))


def _terms(written: str) -> tuple[Term, ...]:
    """What a word or phrase asks for; none where there is no letter in it. Most are one term."""
    words = tuple(fold(written).split())
    if not words:
        return ()
    prefix = written.endswith("*")
    term = Term(words, prefix)
    bare = without_article(words[-1])
    if prefix and bare != words[-1]:
        # Too short to lose its article by itself, but the words that it begins have lost theirs.
        return term, Term((*words[:-1], bare), prefix=True)
    return (term,)


def any_of(terms: tuple[Term, ...]) -> str:
    """Any of these terms, in the language of FTS5.

    >>> print(any_of(parse('"peace talks" OR zelen*').wanted))
    ("peace talks" OR "zelen" *)
    """
    # Folded words hold no quotes, and between quotes FTS5 takes everything for text.
    phrases = (f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms)
    return f"({' OR '.join(phrases)})"


def all_of(query: Query) -> str:
    """What must match, in the language of FTS5; the query wants something.

    >>> print(all_of(parse("peace ceasefire OR truce -talks")))
    (("peace") AND ("ceasefire" OR "truce")) NOT ("talks")
    """
    wanted = " AND ".join(any_of(group) for group in query.groups)
    return f"({wanted}) NOT {any_of(query.excluded)}" if query.excluded else wanted
