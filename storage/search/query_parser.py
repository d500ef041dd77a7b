"""The parser of the query language. It accepts any text: no query is an error.

    ceasefire zelensky          both words
    "peace talks"               the words in this order, next to each other
    ceasefire -ukraine          without that word; the same as NOT ukraine
    peace ceasefire OR truce    "peace", and one of the other two: OR joins its neighbours only
    (gaza truce) OR (kyiv aid)  one pair or the other
    zelen*                      words that begin with this
    title:ceasefire             in the headline
    author:musa editor:"ali musa" tag:aid section:world source:bbc.co.uk lang:so cluster:17
    group:"horn of africa"      from the sources of a group
    published:2024-10           also 2024-10-01..2024-11, ..2024, >=2024-10-01

Everything else is punctuation. Words that are written together are searched as a phrase: ``state-of-the-art``,
``O'Neil``, ``50%``, a line of Chinese. Parts that cannot be parsed are left out and reported in `Query.ignored`.

The databases' own query languages are not an option: FTS5 raised an error on 14 of 14 ordinary inputs such as
``foo-bar``, ``c++`` and ``50%``, and each database has a language of its own.
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
"""Number of words, phrases, fields and operators. A longer query is an article pasted by mistake; the rest is
ignored."""
MAX_DEPTH: Final = 20
"""Levels of nested parentheses: the parser is recursive, and must not run out of stack."""
MAX_PHRASE_WORDS: Final = 100
"""Words of a phrase; MariaDB accepts up to 128."""
MAX_CLUSTER_DIGITS: Final = 9
"""Digits of a cluster's number: a larger one would not fit into PostgreSQL's and MariaDB's integers."""

_OR_WORDS = ("OR", "|", "||")
_AND_WORDS = ("AND", "&", "&&", "+")

FIELD_NAMES: Final = {
    "title": "title",
    "author": "author",
    "by": "author",
    "editor": "editor",
    "source": "source",
    "site": "source",
    "group": "group",
    "lang": "lang",
    "language": "lang",
    "section": "section",
    "tag": "tag",
    "published": "published",
    "date": "published",
    "cluster": "cluster",
}
"""Field names as users may write them, with their canonical names."""

# Word processors and keyboards of other languages insert these instead of straight quotes.
_QUOTE_CHARACTERS = '"“”„‟«»＂'
_PART_PATTERN = re.compile(
    rf"(?P<minus>(?<![^\s(])[-−–—]+(?=\S))"
    rf"|(?P<open>\()|(?P<close>\))"
    rf"|(?P<field>[A-Za-z]+):(?=[{_QUOTE_CHARACTERS}(]|\s|\Z)"
    rf"|[{_QUOTE_CHARACTERS}](?P<phrase>[^{_QUOTE_CHARACTERS}]*)[{_QUOTE_CHARACTERS}]?"
    rf"|(?P<word>[^\s()“”„‟«»＂\"]+)"
)
# "(?!//)": a pasted URL such as https://… is not a field.
_FIELD_PATTERN = re.compile(r"(?P<field>[A-Za-z]+):(?!//)(?P<value>.+)\Z", re.DOTALL)
_COMPARISON_PATTERN = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<day>.*)\Z", re.DOTALL)


def parse_query(text: str) -> Query:
    """Parse a query. Accepts any text and never raises an exception.

    Returns:
        The tree of the query and the parts that were ignored. The query is false if nothing in it can be searched.

    >>> parse_query('"peace talks" -ukrain*').wanted
    (Term(words=('peace', 'talks'), prefix=False, title=False),)
    >>> parse_query("lang:so published:soon").ignored
    ('published:soon is not a date; use 2024-10-01 or 2024-10..2024-11',)
    >>> bool(parse_query("?!"))
    False
    """
    reader = _Parser(text)
    tree = reader.parse_group(None, 0)
    return Query(tree, tuple(dict.fromkeys(reader.ignored)))


class _Parser:
    """A single pass over the parts of a query. `ignored` collects what it leaves out."""

    def __init__(self, text: str) -> None:
        self.ignored: list[str] = []
        parts = list(islice(_PART_PATTERN.finditer(text[:MAX_QUERY_CHARACTERS]), MAX_PARTS + 1))
        if len(text) > MAX_QUERY_CHARACTERS or len(parts) > MAX_PARTS:
            self.ignored.append("the query is too long; its end was ignored")
        self._parts = iter(parts[:MAX_PARTS])

    def parse_group(self, field: str | None, depth: int) -> Node | None:
        """Parse up to the next closing parenthesis, or to the end of the query.

        Args:
            field: The field to which the whole group applies, as in ``title:(cease fire)``; ``None`` for the text.
            depth: Number of open parentheses.

        Returns:
            ``None`` if nothing in the group can be searched.
        """
        nodes: list[Node] = []
        negated = joined = False
        next_field = field
        for part in self._parts:
            if part["close"]:
                if depth:
                    break
                self.ignored.append("unmatched closing parenthesis")
                continue
            if part["minus"] or part["word"] == "NOT":
                negated = True
                continue
            if part["word"] in _OR_WORDS:
                joined = bool(nodes)
                continue
            if part["field"]:
                next_field = self._resolve_field(part["field"]) or field
                continue
            node = self._parse_operand(part, next_field, depth)
            next_field = field
            if node is None:
                continue
            if negated:
                node = Not(node)
            if joined:
                # OR joins its neighbours only: "peace ceasefire OR truce" is peace AND (ceasefire OR truce).
                nodes[-1] = _join_or(nodes[-1], node)
            else:
                nodes.append(node)
            negated = joined = False
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes)) if nodes else None

    def _parse_operand(self, part: re.Match[str], field: str | None, depth: int) -> Node | None:
        if part["open"]:
            if depth >= MAX_DEPTH:
                self.ignored.append("parentheses are nested too deeply")
                return None
            return self.parse_group(field, depth + 1)
        if part["phrase"] is not None:
            return self._parse_value(field, part["phrase"])
        if part["word"] in _AND_WORDS:
            return None
        field_match = _FIELD_PATTERN.match(part["word"])
        if field_match and (name := self._resolve_field(field_match["field"])):
            return self._parse_value(name, field_match["value"])
        return self._parse_value(field, part["word"])

    def _resolve_field(self, name: str) -> str | None:
        canonical = FIELD_NAMES.get(name.casefold())
        if canonical is None:
            self.ignored.append(f"{name}: is not a field; searched as a word")
        return canonical

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
            case "group":
                return FieldTerm("group", written.strip()) if written.strip() else None
            case "cluster":
                if written.isascii() and written.isdigit() and len(written) <= MAX_CLUSTER_DIGITS:
                    return FieldTerm("cluster", written)
                self.ignored.append(f"cluster:{written} is not a number")
                return None
        folded = fold(written)
        return FieldTerm(field, folded, written.endswith("*")) if folded else None

    def _parse_term(self, written: str) -> Node | None:
        """Return the node for a word or phrase; ``None`` if it has no letter or digit."""
        words = tuple(fold(written).split())
        if not words:
            return None
        if len(words) > MAX_PHRASE_WORDS:
            self.ignored.append(f"a phrase is too long; everything after {MAX_PHRASE_WORDS} words was ignored")
            return Term(words[:MAX_PHRASE_WORDS])
        prefix = written.endswith("*")
        term = Term(words, prefix)
        bare = strip_arabic_article(words[-1])
        if prefix and bare != words[-1]:
            # The prefix itself may be too short for folding to remove its article, but the article was removed from the
            # longer words in the index: "العر*" must also find words that begin with "عر".
            return Or((term, Term((*words[:-1], bare), prefix=True)))
        return term

    def _parse_published(self, written: str) -> Node | None:
        try:
            return _parse_period(written)
        except (ValueError, OverflowError):
            self.ignored.append(f"published:{written} is not a date; use 2024-10-01 or 2024-10..2024-11")
            return None


def _join_or(left: Node, right: Node) -> Or:
    left_parts = left.parts if isinstance(left, Or) else (left,)
    return Or((*left_parts, *(right.parts if isinstance(right, Or) else (right,))))


def _limit_to_title(node: Node | None) -> Node | None:
    match node:
        case Term():
            return replace(node, title=True)
        case Or():
            return Or(tuple(part for each in node.parts if (part := _limit_to_title(each))))
    return node


def _parse_period(written: str) -> PublishedRange:
    """Parse the value of ``published:``: a day, month or year, a range, or a comparison. Raises `ValueError`.

    >>> _parse_period("2024-10..2024-11")
    PublishedRange(since=datetime.date(2024, 10, 1), until=datetime.date(2024, 11, 30))
    >>> _parse_period("<2024")
    PublishedRange(since=None, until=datetime.date(2023, 12, 31))
    """
    first, dots, last = written.partition("..")
    if dots:
        if not first and not last:
            raise ValueError("a range needs a start or an end")
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
