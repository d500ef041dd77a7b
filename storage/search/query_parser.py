"""What people type into a search box, understood. Nothing they can type is an error.

    ceasefire zelensky          both words
    "peace talks"               the words in this order, next to each other
    ceasefire -ukraine          without that word; so does NOT ukraine
    peace ceasefire OR truce    "peace", and one of the other two: OR joins its neighbours only
    (gaza truce) OR (kyiv aid)  one pair or the other
    zelen*                      words that begin so
    title:ceasefire             in the headline
    author:musa editor:"ali musa" tag:aid section:world source:bbc.co.uk lang:so cluster:17
    published:2024-10           also 2024-10-01..2024-11, ..2024, >=2024-10-01

Everything else is punctuation, and what is written together is looked for together: ``state-of-the-art``,
``O'Neil``, ``50%``, a line of Chinese. What could not be understood is said in `Query.ignored`.
"""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Final

from storage.search.dates import day_of
from storage.search.folding import fold, without_article
from storage.search.query_tree import Either, Every, Field, Node, Not, Published, Query, Term

MAX_CHARACTERS: Final = 2_000
MAX_PARTS: Final = 100
"""More of either is an article pasted by mistake; what comes after is left out."""
MAX_DEPTH: Final = 20
"""Of parentheses."""
MAX_PHRASE: Final = 100
"""Words next to each other; MariaDB takes 128."""
MAX_CLUSTER_DIGITS: Final = 9

_OR = ("OR", "|", "||")
_AND = ("AND", "&", "&&", "+")

FIELDS: Final = {
    "title": "title",
    "author": "author",
    "by": "author",
    "editor": "editor",
    "source": "source",
    "site": "source",
    "lang": "lang",
    "language": "lang",
    "section": "section",
    "tag": "tag",
    "published": "published",
    "date": "published",
    "cluster": "cluster",
}
"""What may stand before a colon, and the field that is meant."""

_QUOTES = '"“”„‟«»＂'
_PART = re.compile(
    rf"(?P<minus>(?<![^\s(])[-−–—]+(?=\S))"
    rf"|(?P<open>\()|(?P<close>\))"
    rf"|(?P<field>[A-Za-z]+):(?=[{_QUOTES}(]|\s|\Z)"
    rf"|[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?"
    rf"|(?P<word>[^\s()“”„‟«»＂\"]+)"
)
_FIELD = re.compile(r"(?P<field>[A-Za-z]+):(?!//)(?P<value>.+)\Z", re.DOTALL)
_COMPARED = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<day>.*)\Z", re.DOTALL)


def parse(text: str) -> Query:
    """Understand a query. Takes any text and never raises.

    >>> parse('"peace talks" -ukrain*').wanted
    (Term(words=('peace', 'talks'), prefix=False, title=False),)
    >>> parse("lang:so published:soon").ignored
    ('published:soon is no day: write 2024-10-01 or 2024-10..2024-11',)
    >>> bool(parse("?!"))
    False
    """
    reader = _Reader(text)
    tree = reader.group(None, 0)
    return Query(tree, tuple(dict.fromkeys(reader.ignored)))


class _Reader:
    """One walk over what was typed."""

    def __init__(self, text: str) -> None:
        self.ignored: list[str] = []
        found = list(islice(_PART.finditer(text[:MAX_CHARACTERS]), MAX_PARTS + 1))
        if len(text) > MAX_CHARACTERS or len(found) > MAX_PARTS:
            self.ignored.append("the query is too long: its end was left out")
        self._parts = iter(found[:MAX_PARTS])

    def group(self, field: str | None, depth: int) -> Node | None:
        """What stands up to the next closing parenthesis, all of it about one field where one is given."""
        found: list[Node] = []
        negated = joined = False
        asked = field
        for part in self._parts:
            if part["close"]:
                if depth:
                    break
                self.ignored.append("a closing parenthesis that nothing opens")
                continue
            if part["minus"] or part["word"] == "NOT":
                negated = True
                continue
            if part["word"] in _OR:
                joined = bool(found)
                continue
            if part["field"]:
                asked = self._field(part["field"]) or field
                continue
            node = self._operand(part, asked, depth)
            asked = field
            if node is None:
                continue
            if negated:
                node = Not(node)
            if joined:
                found[-1] = _either(found[-1], node)
            else:
                found.append(node)
            negated = joined = False
        return found[0] if len(found) == 1 else Every(tuple(found)) if found else None

    def _operand(self, part: re.Match[str], field: str | None, depth: int) -> Node | None:
        if part["open"]:
            if depth >= MAX_DEPTH:
                self.ignored.append("parentheses inside of too many others")
                return None
            return self.group(field, depth + 1)
        if part["phrase"] is not None:
            return self._about(field, part["phrase"])
        if part["word"] in _AND:
            return None
        named = _FIELD.match(part["word"])
        if named and (known := self._field(named["field"])):
            return self._about(known, named["value"])
        return self._about(field, part["word"])

    def _field(self, name: str) -> str | None:
        known = FIELDS.get(name.casefold())
        if known is None:
            self.ignored.append(f"{name}: is no field; looked for as a word")
        return known

    def _about(self, field: str | None, written: str) -> Node | None:
        match field:
            case None:
                return self._term(written)
            case "title":
                return _in_title(self._term(written))
            case "published":
                return self._published(written)
            case "lang":
                return Field("lang", written.strip().casefold())
            case "source":
                return Field("source", written.strip())
            case "cluster":
                if written.isascii() and written.isdigit() and len(written) <= MAX_CLUSTER_DIGITS:
                    return Field("cluster", written)
                self.ignored.append(f"cluster:{written} is no number")
                return None
        folded = fold(written)
        return Field(field, folded, written.endswith("*")) if folded else None

    def _term(self, written: str) -> Node | None:
        """What a word or phrase asks for; ``None`` where there is no letter in it."""
        words = tuple(fold(written).split())
        if not words:
            return None
        if len(words) > MAX_PHRASE:
            self.ignored.append(f"a phrase is too long: what comes after {MAX_PHRASE} words was left out")
            return Term(words[:MAX_PHRASE])
        prefix = written.endswith("*")
        term = Term(words, prefix)
        bare = without_article(words[-1])
        if prefix and bare != words[-1]:
            # Too short to lose its article by itself, but the words that it begins have lost theirs.
            return Either((term, Term((*words[:-1], bare), prefix=True)))
        return term

    def _published(self, written: str) -> Node | None:
        try:
            return _period(written)
        except (ValueError, OverflowError):
            self.ignored.append(f"published:{written} is no day: write 2024-10-01 or 2024-10..2024-11")
            return None


def _either(one: Node, other: Node) -> Either:
    parts = one.parts if isinstance(one, Either) else (one,)
    return Either((*parts, *(other.parts if isinstance(other, Either) else (other,))))


def _in_title(node: Node | None) -> Node | None:
    match node:
        case Term():
            return replace(node, title=True)
        case Either():
            return Either(tuple(part for each in node.parts if (part := _in_title(each))))
    return node


def _period(written: str) -> Published:
    """The time that a query is about. Raises ValueError for what is none.

    >>> _period("2024-10..2024-11")
    Published(since=datetime.date(2024, 10, 1), until=datetime.date(2024, 11, 30))
    >>> _period("<2024")
    Published(since=None, until=datetime.date(2023, 12, 31))
    """
    first, dots, last = written.partition("..")
    if dots:
        if not first and not last:
            raise ValueError("no days at all")
        return Published(day_of(first) if first else None, day_of(last, last=True) if last else None)
    compared = _COMPARED.match(written)
    assert compared is not None
    day = compared["day"]
    match compared["sign"]:
        case ">=":
            return Published(day_of(day), None)
        case "<=":
            return Published(None, day_of(day, last=True))
        case ">":
            return Published(day_of(day, last=True) + timedelta(days=1), None)
        case "<":
            return Published(None, day_of(day) - timedelta(days=1))
    return Published(day_of(day), day_of(day, last=True))
