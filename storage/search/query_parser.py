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

from storage.search.dates import parse_date
from storage.search.folding import fold, strip_arabic_article
from storage.search.query_tree import And, FieldTerm, Node, Not, Or, PublishedRange, Query, Term

MAX_QUERY_CHARACTERS: Final = 2_000
MAX_PARTS: Final = 100
"""More of either is an article pasted by mistake; what comes after is left out."""
MAX_DEPTH: Final = 20
"""Of parentheses."""
MAX_PHRASE_WORDS: Final = 100
"""Words next to each other; MariaDB takes 128."""
MAX_CLUSTER_DIGITS: Final = 9

_OR_WORDS = ("OR", "|", "||")
_AND_WORDS = ("AND", "&", "&&", "+")

FIELD_NAMES: Final = {
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

_QUOTE_CHARACTERS = '"“”„‟«»＂'
_PART_PATTERN = re.compile(
    rf"(?P<minus>(?<![^\s(])[-−–—]+(?=\S))"
    rf"|(?P<open>\()|(?P<close>\))"
    rf"|(?P<field>[A-Za-z]+):(?=[{_QUOTE_CHARACTERS}(]|\s|\Z)"
    rf"|[{_QUOTE_CHARACTERS}](?P<phrase>[^{_QUOTE_CHARACTERS}]*)[{_QUOTE_CHARACTERS}]?"
    rf"|(?P<word>[^\s()“”„‟«»＂\"]+)"
)
_FIELD_PATTERN = re.compile(r"(?P<field>[A-Za-z]+):(?!//)(?P<value>.+)\Z", re.DOTALL)
_COMPARISON_PATTERN = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<day>.*)\Z", re.DOTALL)


def parse_query(text: str) -> Query:
    """Understand a query. Takes any text and never raises.

    >>> parse_query('"peace talks" -ukrain*').wanted
    (Term(words=('peace', 'talks'), prefix=False, title=False),)
    >>> parse_query("lang:so published:soon").ignored
    ('published:soon is no day: write 2024-10-01 or 2024-10..2024-11',)
    >>> bool(parse_query("?!"))
    False
    """
    reader = _Parser(text)
    tree = reader.parse_group(None, 0)
    return Query(tree, tuple(dict.fromkeys(reader.ignored)))


class _Parser:
    """One walk over what was typed."""

    def __init__(self, text: str) -> None:
        self.ignored: list[str] = []
        found = list(islice(_PART_PATTERN.finditer(text[:MAX_QUERY_CHARACTERS]), MAX_PARTS + 1))
        if len(text) > MAX_QUERY_CHARACTERS or len(found) > MAX_PARTS:
            self.ignored.append("the query is too long: its end was left out")
        self._parts = iter(found[:MAX_PARTS])

    def parse_group(self, field: str | None, depth: int) -> Node | None:
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
            if part["word"] in _OR_WORDS:
                joined = bool(found)
                continue
            if part["field"]:
                asked = self._resolve_field(part["field"]) or field
                continue
            node = self._parse_operand(part, asked, depth)
            asked = field
            if node is None:
                continue
            if negated:
                node = Not(node)
            if joined:
                found[-1] = _join_or(found[-1], node)
            else:
                found.append(node)
            negated = joined = False
        return found[0] if len(found) == 1 else And(tuple(found)) if found else None

    def _parse_operand(self, part: re.Match[str], field: str | None, depth: int) -> Node | None:
        if part["open"]:
            if depth >= MAX_DEPTH:
                self.ignored.append("parentheses inside of too many others")
                return None
            return self.parse_group(field, depth + 1)
        if part["phrase"] is not None:
            return self._parse_value(field, part["phrase"])
        if part["word"] in _AND_WORDS:
            return None
        named = _FIELD_PATTERN.match(part["word"])
        if named and (known := self._resolve_field(named["field"])):
            return self._parse_value(known, named["value"])
        return self._parse_value(field, part["word"])

    def _resolve_field(self, name: str) -> str | None:
        known = FIELD_NAMES.get(name.casefold())
        if known is None:
            self.ignored.append(f"{name}: is no field; looked for as a word")
        return known

    def _parse_value(self, field: str | None, written: str) -> Node | None:
        match field:
            case None:
                return self._parse_term(written)
            case "title":
                return _limit_to_title(self._parse_term(written))
            case "published":
                return self._parse_published(written)
            case "lang":
                return FieldTerm("lang", written.strip().casefold())
            case "source":
                return FieldTerm("source", written.strip())
            case "cluster":
                if written.isascii() and written.isdigit() and len(written) <= MAX_CLUSTER_DIGITS:
                    return FieldTerm("cluster", written)
                self.ignored.append(f"cluster:{written} is no number")
                return None
        folded = fold(written)
        return FieldTerm(field, folded, written.endswith("*")) if folded else None

    def _parse_term(self, written: str) -> Node | None:
        """What a word or phrase asks for; ``None`` where there is no letter in it."""
        words = tuple(fold(written).split())
        if not words:
            return None
        if len(words) > MAX_PHRASE_WORDS:
            self.ignored.append(f"a phrase is too long: what comes after {MAX_PHRASE_WORDS} words was left out")
            return Term(words[:MAX_PHRASE_WORDS])
        prefix = written.endswith("*")
        term = Term(words, prefix)
        bare = strip_arabic_article(words[-1])
        if prefix and bare != words[-1]:
            # Too short to lose its article by itself, but the words that it begins have lost theirs.
            return Or((term, Term((*words[:-1], bare), prefix=True)))
        return term

    def _parse_published(self, written: str) -> Node | None:
        try:
            return _parse_period(written)
        except (ValueError, OverflowError):
            self.ignored.append(f"published:{written} is no day: write 2024-10-01 or 2024-10..2024-11")
            return None


def _join_or(one: Node, other: Node) -> Or:
    parts = one.parts if isinstance(one, Or) else (one,)
    return Or((*parts, *(other.parts if isinstance(other, Or) else (other,))))


def _limit_to_title(node: Node | None) -> Node | None:
    match node:
        case Term():
            return replace(node, title=True)
        case Or():
            return Or(tuple(part for each in node.parts if (part := _limit_to_title(each))))
    return node


def _parse_period(written: str) -> PublishedRange:
    """The time that a query is about. Raises ValueError for what is none.

    >>> _parse_period("2024-10..2024-11")
    PublishedRange(since=datetime.date(2024, 10, 1), until=datetime.date(2024, 11, 30))
    >>> _parse_period("<2024")
    PublishedRange(since=None, until=datetime.date(2023, 12, 31))
    """
    first, dots, last = written.partition("..")
    if dots:
        if not first and not last:
            raise ValueError("no days at all")
        return PublishedRange(parse_date(first) if first else None, parse_date(last, last=True) if last else None)
    compared = _COMPARISON_PATTERN.match(written)
    assert compared is not None
    day = compared["day"]
    match compared["sign"]:
        case ">=":
            return PublishedRange(parse_date(day), None)
        case "<=":
            return PublishedRange(None, parse_date(day, last=True))
        case ">":
            return PublishedRange(parse_date(day, last=True) + timedelta(days=1), None)
        case "<":
            return PublishedRange(None, parse_date(day) - timedelta(days=1))
    return PublishedRange(parse_date(day), parse_date(day, last=True))
