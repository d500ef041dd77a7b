"""The search index of each database, in its own language. What goes in is folded: words between single spaces.

    index = fulltext.of(connection)
    select(index.article_id, index.score(words)).where(index.matches(words))

The index is written in the article's own transaction and without triggers: REPLACE orphans what triggers wrote, and
Alembic drops them silently where it rebuilds a table.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Final, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    text,
    true,
)
from sqlalchemy.dialects.mysql import LONGTEXT, match
from sqlalchemy.dialects.postgresql import ARRAY, REAL, TSQUERY, TSVECTOR

from storage.search.query_tree import And, Node, Not, Or, Term

MAX_INDEXED_WORDS: Final = 50_000
"""How far into a text words are indexed; what is longer is no article."""

_METADATA = MetaData()


class IndexEntry(NamedTuple):
    """What is indexed of an article, folded."""

    article_id: int
    title: str
    text: str


class FullTextIndex(ABC):
    """The search index of a database."""

    table: ClassVar[Table]
    article_id: ClassVar[ColumnElement[int]]

    def create(self, connection: Connection) -> None:
        """Make the index's table."""
        self.table.create(connection, checkfirst=True)

    def add(self, connection: Connection, entries: Iterable[IndexEntry]) -> None:
        """Index articles that are not in the index."""
        rows = [self._build_row(entry) for entry in entries]
        if rows:
            connection.execute(insert(self.table), rows)

    def remove(self, connection: Connection, articles: Collection[int]) -> None:
        """Take articles out of the index."""
        if articles:
            connection.execute(delete(self.table).where(self.article_id.in_(articles)))

    def clear(self, connection: Connection) -> None:
        """Take everything out of the index."""
        connection.execute(delete(self.table))

    @abstractmethod
    def _build_row(self, entry: IndexEntry) -> dict[str, Any]: ...

    @abstractmethod
    def build_condition(self, words: Node) -> ColumnElement[bool]:
        """Whether an indexed article has these words."""

    @abstractmethod
    def score(self, words: Node) -> ColumnElement[float]:
        """How well it has them: higher is better, and the title counts more."""

    def mark_as_filter(self, article_id: ColumnElement[int]) -> ColumnElement[int]:
        """An article's id, in a condition that the database is not to begin with."""
        return article_id


class Fts5Index(FullTextIndex):
    """FTS5 of SQLite."""

    # Its rowid is the article's id; rank (lower is better) and the column that is called like the table (to match
    # against) are FTS5's own.
    table = Table(
        "article_fts",
        _METADATA,
        Column("rowid", Integer, primary_key=True),
        Column("title", Text),
        Column("text", Text),
        Column("rank", Float),
        Column("article_fts", Text),
    )
    article_id = table.c.rowid

    def create(self, connection: Connection) -> None:
        # The texts come folded to words between spaces, so the tokenizer only has to split; unlike unicode61, this one
        # takes every character outside ASCII, vowel signs too, for part of a word.
        connection.execute(text("CREATE VIRTUAL TABLE article_fts USING fts5(title, text, tokenize = 'ascii')"))
        connection.execute(text("INSERT INTO article_fts (article_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0)')"))

    def clear(self, connection: Connection) -> None:
        connection.execute(text("DELETE FROM article_fts"))

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        return {"rowid": entry.article_id, "title": entry.title, "text": _truncate_words(entry.text)}

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        return self.table.c.article_fts.bool_op("MATCH")(self.build_expression(words))

    def score(self, words: Node) -> ColumnElement[float]:
        return -self.table.c.rank

    def mark_as_filter(self, article_id: ColumnElement[int]) -> ColumnElement[int]:
        # "+ 0" keeps SQLite from looking articles up one by one where it should go through an index in order: the
        # newest of a frequent word then take a fourth of the time, and ranking with limits two thirds.
        return article_id + 0

    def build_expression(self, words: Node) -> str:
        """What is looked for, in the language of FTS5.

        >>> from storage.search.query_parser import parse_query
        >>> print(Fts5Index().build_expression(parse_query('peace (cease* OR "a truce") -title:talks').words))
        ("peace" AND ("cease" * OR "a truce")) NOT {title} : "talks"
        """
        match words:
            case Term():
                # Folded words hold no quotes, and between quotes FTS5 takes everything for text.
                phrase = f'"{" ".join(words.words)}"{" *" if words.prefix else ""}'
                return f"{{title}} : {phrase}" if words.title else phrase
            case Or():
                return f"({' OR '.join(map(self.build_expression, words.parts))})"
            case And():
                wanted = [self.build_expression(part) for part in words.parts if not isinstance(part, Not)]
                excluded = [self.build_expression(part.part) for part in words.parts if isinstance(part, Not)]
                both = f"({' AND '.join(wanted)})" if len(wanted) > 1 else wanted[0]
                return " NOT ".join([both, *excluded]) if not excluded else f"{both} NOT {_join_with_or(excluded)}"
        raise TypeError(f"not a search for words: {words!r}")


def _join_with_or(expressions: list[str]) -> str:
    return f"({' OR '.join(expressions)})" if len(expressions) > 1 else expressions[0]


class TsVectorIndex(FullTextIndex):
    """tsvector of PostgreSQL, made here and not by its parser, which has ideas of its own about what words are."""

    table = Table(
        "article_search",
        _METADATA,
        Column("article_id", Integer, primary_key=True, autoincrement=False),
        Column("words", TSVECTOR, nullable=False),
        Index("ix_article_search_words", "words", postgresql_using="gin"),
    )
    article_id = table.c.article_id

    MAX_POSITION = 16_383
    MAX_POSITIONS_PER_WORD = 255
    """Of one word, at most."""
    MAX_VECTOR_BYTES = 900_000
    """Of all words; PostgreSQL takes 1,048,575, positions not counted."""
    TITLE_GAP_POSITIONS = 10
    """Between title and text, so that no phrase reaches from one into the other."""
    RANK_WEIGHTS = "{0.25, 0.25, 0.25, 1.0}"

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        return {"article_id": entry.article_id, "words": self.build_vector(entry.title, entry.text)}

    def build_vector(self, title: str, body: str) -> str:
        """The words with their places, as PostgreSQL reads them.

        >>> TsVectorIndex().build_vector("calm", "calm and calm")
        "'calm':1A,12,14 'and':13"
        """
        places: dict[str, list[str]] = {}
        size = 0
        in_title = title.split()[:1000]
        numbered = [(word, f"{place}A") for place, word in enumerate(in_title, 1)]
        start = len(in_title) + self.TITLE_GAP_POSITIONS + 1
        numbered += [(word, str(place)) for place, word in enumerate(body.split()[:MAX_INDEXED_WORDS], start)]
        for number, (word, place) in enumerate(numbered):
            known = places.get(word)
            if known is None:
                size += len(word.encode()) + 1
                if size > self.MAX_VECTOR_BYTES:
                    break
                places[word] = [place]
            elif len(known) < self.MAX_POSITIONS_PER_WORD and number < self.MAX_POSITION:
                known.append(place)
        return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        return self.table.c.words.bool_op("@@")(self._build_tsquery(words))

    def score(self, words: Node) -> ColumnElement[float]:
        # 1: a long text has more words, and is not better for it.
        weights = cast(literal(self.RANK_WEIGHTS, Text), ARRAY(REAL))
        return cast(func.ts_rank(weights, self.table.c.words, self._build_tsquery(words), 1), Float(53))

    def _build_tsquery(self, words: Node) -> ColumnElement[Any]:
        return cast(literal(self.build_expression(words), Text), TSQUERY)

    def build_expression(self, words: Node) -> str:
        """What is looked for, as a tsquery.

        >>> from storage.search.query_parser import parse_query
        >>> print(TsVectorIndex().build_expression(parse_query('peace (cease* OR "a truce") -title:talks').words))
        ('peace' & ('cease':* | ('a' <-> 'truce')) & !('talks':A))
        """
        match words:
            case Term():
                *whole, last = words.words
                label = "A" if words.title else ""
                lexemes = [f"'{word}'{label and ':' + label}" for word in whole]
                ending = f"{'*' if words.prefix else ''}{label}"
                lexemes.append(f"'{last}'{ending and ':' + ending}")
                return f"({' <-> '.join(lexemes)})" if whole else lexemes[0]
            case Not():
                return f"!({self.build_expression(words.part)})"
            case Or():
                return f"({' | '.join(map(self.build_expression, words.parts))})"
            case And():
                return f"({' & '.join(map(self.build_expression, words.parts))})"
        raise TypeError(f"not a search for words: {words!r}")


class InnoDbIndex(FullTextIndex):
    """FULLTEXT of MariaDB's InnoDB.

    It leaves out words of one or two characters and frequent English ones, whatever they mean elsewhere: so each word
    goes in with a beginning that makes it long and rare. Words of the title go in twice, once with another beginning.
    """

    table = Table(
        "article_search",
        MetaData(),
        Column("article_id", Integer, ForeignKey("article.id"), primary_key=True, autoincrement=False),
        Column("words", LONGTEXT, nullable=False),
        Index("ix_article_search_words", "words", mariadb_prefix="FULLTEXT"),
        mariadb_default_charset="utf8mb4",
        mariadb_collate="utf8mb4_bin",
    )
    article_id = table.c.article_id

    ANYWHERE_PREFIX = "zz"
    TITLE_PREFIX = "tt"
    FIELD_SEPARATOR = "qqq"
    MAX_WORD_CHARACTERS = 80
    """Characters of a word; MariaDB leaves out what is longer than 84."""
    TITLE_WEIGHT = 3

    def create(self, connection: Connection) -> None:
        if not connection.dialect.has_table(connection, self.table.name):
            connection.execute(
                text(
                    "CREATE TABLE article_search (article_id INTEGER PRIMARY KEY, words LONGTEXT NOT NULL,"
                    " FULLTEXT INDEX ix_article_search_words (words)) CHARSET utf8mb4 COLLATE utf8mb4_bin"
                )
            )

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        in_title = " ".join(self._add_prefix(entry.title.split(), self.TITLE_PREFIX))
        again = " ".join(self._add_prefix(entry.title.split(), self.ANYWHERE_PREFIX))
        body = " ".join(self._add_prefix(_truncate_words(entry.text).split(), self.ANYWHERE_PREFIX))
        pieces = f" {self.FIELD_SEPARATOR} ".join([in_title, *[again] * self.TITLE_WEIGHT, body])
        return {"article_id": entry.article_id, "words": pieces}

    def _add_prefix(self, words: Iterable[str], beginning: str) -> list[str]:
        return [beginning + word[: self.MAX_WORD_CHARACTERS] for word in words]

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self._build_match(words)
        # No phrase ends with the beginning of a word here: that the words stand together is seen by looking.
        return and_(found, self._build_like_condition(words)) if _has_phrase_prefix(words) else found

    def _build_like_condition(self, words: Node) -> ColumnElement[bool]:
        """The same question, asked of each text."""
        match words:
            case Term():
                marked = self._add_prefix(words.words, self.TITLE_PREFIX if words.title else self.ANYWHERE_PREFIX)
                line: ColumnElement[str] = func.concat(" ", self.table.c.words, " ")
                return line.like(f"% {' '.join(marked)}{'' if words.prefix else ' '}%")
            case Not():
                return not_(self._build_like_condition(words.part))
            case Or():
                return or_(*(self._build_like_condition(part) for part in words.parts))
            case And():
                return and_(true(), *(self._build_like_condition(part) for part in words.parts))
        raise TypeError(f"not a search for words: {words!r}")

    def score(self, words: Node) -> ColumnElement[float]:
        # Its scores have six digits; to compare them later they must be no more than they look.
        return func.round(self._build_match(words), 6, type_=Float(53))

    def _build_match(self, words: Node) -> Any:
        return match(self.table.c.words, against=self.build_expression(words)).in_boolean_mode()

    def build_expression(self, words: Node) -> str:
        """What is looked for, in MariaDB's boolean mode.

        >>> from storage.search.query_parser import parse_query
        >>> print(InnoDbIndex().build_expression(parse_query('peace (cease* OR "a truce") -title:talks').words))
        +zzpeace +(zzcease* "zza zztruce") -tttalks
        """
        if isinstance(words, And):
            return " ".join(self._build_required(part) for part in words.parts)
        return self._build_required(words)

    def _build_required(self, words: Node) -> str:
        if isinstance(words, Not):
            return f"-{self._build_operand(words.part)}"
        return f"+{self._build_operand(words)}"

    def _build_operand(self, words: Node) -> str:
        match words:
            case Term():
                marked = self._add_prefix(words.words, self.TITLE_PREFIX if words.title else self.ANYWHERE_PREFIX)
                if words.prefix and len(marked) > 1:
                    return f"({' '.join('+' + word for word in marked)}*)"
                return f"{marked[0]}*" if words.prefix else marked[0] if len(marked) == 1 else f'"{" ".join(marked)}"'
            case Or():
                return f"({' '.join(map(self._build_operand, words.parts))})"
            case And():
                return f"({' '.join(map(self._build_required, words.parts))})"
        raise TypeError(f"not a search for words: {words!r}")


def _has_phrase_prefix(words: Node) -> bool:
    match words:
        case Term():
            return words.prefix and len(words.words) > 1
        case Not():
            return _has_phrase_prefix(words.part)
        case And() | Or():
            return any(map(_has_phrase_prefix, words.parts))
    return False


def _truncate_words(words: str) -> str:
    if len(words) <= MAX_INDEXED_WORDS:  # a word has one character at least
        return words
    parts = words.split(" ", MAX_INDEXED_WORDS)
    return " ".join(parts[:MAX_INDEXED_WORDS])


_INDEXES: dict[str, FullTextIndex] = {"sqlite": Fts5Index(), "postgresql": TsVectorIndex(), "mariadb": InnoDbIndex()}


def get_index(connection: Connection) -> FullTextIndex:
    """The search index of the database that a connection leads to."""
    return _INDEXES[connection.dialect.name]
