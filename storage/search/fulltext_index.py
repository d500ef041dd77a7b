"""The full-text index of each database, behind one interface. It receives folded text: words between single spaces.

    index = get_index(connection)
    select(index.article_id, index.score(words)).where(index.build_condition(words))

The three databases find the same articles for a query, but rank them differently.

The index is written in the article's own transaction and without triggers: ``REPLACE`` leaves index rows behind that a
trigger wrote, and Alembic's batch mode drops triggers silently when it rebuilds a table.
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
"""Number of words of a text that are indexed. A longer text is not an article, and must not make a row that a database
rejects."""

_METADATA = MetaData()


class IndexEntry(NamedTuple):
    """The folded title and text of an article."""

    article_id: int
    title: str
    text: str


class FullTextIndex(ABC):
    """The full-text index of one kind of database."""

    table: ClassVar[Table]
    article_id: ClassVar[ColumnElement[int]]
    """The column of ``table`` that has the article's id."""

    def create(self, connection: Connection) -> None:
        """Create the index's table."""
        self.table.create(connection, checkfirst=True)

    def add(self, connection: Connection, entries: Iterable[IndexEntry]) -> None:
        """Add articles to the index. They must not be in it: `remove` articles that have changed first."""
        rows = [self._build_row(entry) for entry in entries]
        if rows:
            connection.execute(insert(self.table), rows)

    def remove(self, connection: Connection, articles: Collection[int]) -> None:
        """Remove articles from the index. Ids that are not in the index are ignored."""
        if articles:
            connection.execute(delete(self.table).where(self.article_id.in_(articles)))

    def clear(self, connection: Connection) -> None:
        """Remove all articles from the index, before it is rebuilt."""
        connection.execute(delete(self.table))

    @abstractmethod
    def _build_row(self, entry: IndexEntry) -> dict[str, Any]: ...

    @abstractmethod
    def build_condition(self, words: Node) -> ColumnElement[bool]:
        """Return the SQL condition that an indexed article has these words.

        ``words`` must be a part of a query for which `storage.search.query_tree.is_index_only` is true.
        """

    @abstractmethod
    def score(self, words: Node) -> ColumnElement[float]:
        """Return the SQL expression of an article's relevance for these words.

        Higher is better, and words in the title count more. Scores of different databases or queries are not
        comparable.
        """

    def mark_as_filter(self, article_id: ColumnElement[int]) -> ColumnElement[int]:
        """Return an article's id for use in a condition that the query planner should not start with."""
        return article_id


class Fts5Index(FullTextIndex):
    """FTS5 of SQLite."""

    # The rowid is the article's id. FTS5 adds two columns of its own: rank (lower is better), and one with the table's
    # name, for MATCH.
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
        """Create the virtual table, with title words weighing four times as much as words of the text."""
        # The text is folded, so the tokenizer only has to split it at spaces. Unlike unicode61, "ascii" takes every
        # character outside ASCII for a part of a word, vowel signs included.
        connection.execute(text("CREATE VIRTUAL TABLE article_fts USING fts5(title, text, tokenize = 'ascii')"))
        connection.execute(text("INSERT INTO article_fts (article_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0)')"))

    def clear(self, connection: Connection) -> None:
        """Remove all articles from the index."""
        connection.execute(text("DELETE FROM article_fts"))

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        return {"rowid": entry.article_id, "title": entry.title, "text": _truncate_words(entry.text)}

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        """Return a MATCH condition."""
        return self.table.c.article_fts.bool_op("MATCH")(self.build_expression(words))

    def score(self, words: Node) -> ColumnElement[float]:
        """Return the BM25 score. FTS5's own is negative, so that an ascending sort has the best first."""
        return -self.table.c.rank

    def mark_as_filter(self, article_id: ColumnElement[int]) -> ColumnElement[int]:
        """Return the id plus zero, which hides from SQLite's planner that it could look the id up."""
        # Otherwise SQLite looks up each match by its id instead of reading an index in order. With "+ 0", the newest
        # articles with a frequent word take a fourth of the time, and ranking with filters two thirds.
        return article_id + 0

    def build_expression(self, words: Node) -> str:
        """Return the expression for MATCH in FTS5's query language.

        >>> from storage.search.query_parser import parse_query
        >>> print(Fts5Index().build_expression(parse_query('peace (cease* OR "a truce") -title:talks').words))
        ("peace" AND ("cease" * OR "a truce")) NOT {title} : "talks"
        """
        match words:
            case Term():
                # Folded words have no quotation marks, and FTS5 takes everything between quotation marks as text: no
                # input can be an operator.
                phrase = f'"{" ".join(words.words)}"{" *" if words.prefix else ""}'
                return f"{{title}} : {phrase}" if words.title else phrase
            case Or():
                return f"({' OR '.join(map(self.build_expression, words.parts))})"
            case And():
                wanted = [self.build_expression(part) for part in words.parts if not isinstance(part, Not)]
                excluded = [self.build_expression(part.part) for part in words.parts if isinstance(part, Not)]
                both = f"({' AND '.join(wanted)})" if len(wanted) > 1 else wanted[0]
                return " NOT ".join([both, *excluded]) if not excluded else f"{both} NOT {_join_with_or(excluded)}"
        raise TypeError(f"not a part of a query for the full-text index: {words!r}")


def _join_with_or(expressions: list[str]) -> str:
    return f"({' OR '.join(expressions)})" if len(expressions) > 1 else expressions[0]


class TsVectorIndex(FullTextIndex):
    """The tsvector of PostgreSQL.

    The vectors are built here and not by PostgreSQL's parser, which splits text in its own way (at hyphens, URLs, file
    names), so that the same query would find other articles than on SQLite.
    """

    table = Table(
        "article_search",
        _METADATA,
        Column("article_id", Integer, primary_key=True, autoincrement=False),
        Column("words", TSVECTOR, nullable=False),
        Index("ix_article_search_words", "words", postgresql_using="gin"),
    )
    article_id = table.c.article_id

    MAX_POSITION = 16_383
    """The highest position that a tsvector can store; PostgreSQL sets higher ones to this."""
    MAX_POSITIONS_PER_WORD = 255
    """The number of positions that a tsvector stores per word."""
    MAX_VECTOR_BYTES = 900_000
    """Maximum size of all words. PostgreSQL's limit is 1,048,575 bytes, without positions; a text of 2 MB exceeded
    it."""
    TITLE_GAP_POSITIONS = 10
    """Unused positions between title and text, so that no phrase matches across them."""
    RANK_WEIGHTS = "{0.25, 0.25, 0.25, 1.0}"
    """Weights of the labels D, C, B and A. Words of the title have the label A and weigh four times as much."""

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        return {"article_id": entry.article_id, "words": self.build_vector(entry.title, entry.text)}

    def build_vector(self, title: str, body: str) -> str:
        """Return the words with their positions, in PostgreSQL's text form of a tsvector.

        Words beyond the limits above are left out: the article is found by its other words.

        >>> TsVectorIndex().build_vector("calm", "calm and calm")
        "'calm':1A,12,14 'and':13"
        """
        positions: dict[str, list[str]] = {}
        size = 0
        title_words = title.split()[:1000]
        placed = [(word, f"{position}A") for position, word in enumerate(title_words, 1)]
        start = len(title_words) + self.TITLE_GAP_POSITIONS + 1
        placed += [(word, str(position)) for position, word in enumerate(body.split()[:MAX_INDEXED_WORDS], start)]
        for number, (word, position) in enumerate(placed):
            earlier = positions.get(word)
            if earlier is None:
                size += len(word.encode()) + 1
                if size > self.MAX_VECTOR_BYTES:
                    break
                positions[word] = [position]
            elif len(earlier) < self.MAX_POSITIONS_PER_WORD and number < self.MAX_POSITION:
                earlier.append(position)
        return " ".join(f"'{word}':{','.join(at)}" for word, at in positions.items())

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        """Return a ``@@`` condition."""
        return self.table.c.words.bool_op("@@")(self._build_tsquery(words))

    def score(self, words: Node) -> ColumnElement[float]:
        """Return the ``ts_rank``, divided by 1 + the logarithm of the text's length."""
        # That is the 1 at the end. Without it, long texts would come first because they repeat their words more often.
        weights = cast(literal(self.RANK_WEIGHTS, Text), ARRAY(REAL))
        return cast(func.ts_rank(weights, self.table.c.words, self._build_tsquery(words), 1), Float(53))

    def _build_tsquery(self, words: Node) -> ColumnElement[Any]:
        return cast(literal(self.build_expression(words), Text), TSQUERY)

    def build_expression(self, words: Node) -> str:
        """Return the text form of a tsquery.

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
        raise TypeError(f"not a part of a query for the full-text index: {words!r}")


class InnoDbIndex(FullTextIndex):
    """The FULLTEXT index of MariaDB's InnoDB.

    InnoDB leaves out words of one or two characters and frequent English words, whatever they mean in other languages.
    So each word is indexed with a prefix, which makes it long and rare. Words of the title are indexed a second time
    with another prefix, by which ``title:`` finds them.
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
    """A word between title and text, so that no phrase matches across them."""
    MAX_WORD_CHARACTERS = 80
    """Longer words are truncated: MariaDB does not index words of more than 84 characters, of which the prefix takes
    2."""
    TITLE_WEIGHT = 3
    """Number of times that the title is repeated in the indexed text. MariaDB cannot weight parts of a text
    otherwise."""

    def create(self, connection: Connection) -> None:
        """Create the table and its FULLTEXT index in one statement, unless the table exists."""
        if not connection.dialect.has_table(connection, self.table.name):
            connection.execute(
                text(
                    "CREATE TABLE article_search (article_id INTEGER PRIMARY KEY, words LONGTEXT NOT NULL,"
                    " FULLTEXT INDEX ix_article_search_words (words)) CHARSET utf8mb4 COLLATE utf8mb4_bin"
                )
            )

    def _build_row(self, entry: IndexEntry) -> dict[str, Any]:
        as_title = " ".join(self._add_prefix(entry.title.split(), self.TITLE_PREFIX))
        as_text = " ".join(self._add_prefix(entry.title.split(), self.ANYWHERE_PREFIX))
        body = " ".join(self._add_prefix(_truncate_words(entry.text).split(), self.ANYWHERE_PREFIX))
        words = f" {self.FIELD_SEPARATOR} ".join([as_title, *[as_text] * self.TITLE_WEIGHT, body])
        return {"article_id": entry.article_id, "words": words}

    def _add_prefix(self, words: Iterable[str], prefix: str) -> list[str]:
        return [prefix + word[: self.MAX_WORD_CHARACTERS] for word in words]

    def build_condition(self, words: Node) -> ColumnElement[bool]:
        """Return a MATCH condition, with an additional LIKE for phrases that end in a prefix."""
        matched: ColumnElement[bool] = self._build_match(words)
        # MariaDB's phrases cannot end in a prefix. MATCH only finds the texts that have all the words; whether they are
        # next to each other is checked in these texts with LIKE.
        return and_(matched, self._build_like_condition(words)) if _has_phrase_prefix(words) else matched

    def _build_like_condition(self, words: Node) -> ColumnElement[bool]:
        """Return the same condition for LIKE, which reads each text."""
        match words:
            case Term():
                prefixed = self._add_prefix(words.words, self.TITLE_PREFIX if words.title else self.ANYWHERE_PREFIX)
                line: ColumnElement[str] = func.concat(" ", self.table.c.words, " ")
                return line.like(f"% {' '.join(prefixed)}{'' if words.prefix else ' '}%")
            case Not():
                return not_(self._build_like_condition(words.part))
            case Or():
                return or_(*(self._build_like_condition(part) for part in words.parts))
            case And():
                return and_(true(), *(self._build_like_condition(part) for part in words.parts))
        raise TypeError(f"not a part of a query for the full-text index: {words!r}")

    def score(self, words: Node) -> ColumnElement[float]:
        """Return MariaDB's score, rounded to six digits."""
        # A cursor has the last score as MariaDB prints it, with six digits. The next page compares it with the scores
        # in the database, which must have no more digits.
        return func.round(self._build_match(words), 6, type_=Float(53))

    def _build_match(self, words: Node) -> Any:
        return match(self.table.c.words, against=self.build_expression(words)).in_boolean_mode()

    def build_expression(self, words: Node) -> str:
        """Return the expression for MariaDB's boolean mode.

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
                prefixed = self._add_prefix(words.words, self.TITLE_PREFIX if words.title else self.ANYWHERE_PREFIX)
                if words.prefix and len(prefixed) > 1:
                    return f"({' '.join('+' + word for word in prefixed)}*)"
                if words.prefix:
                    return f"{prefixed[0]}*"
                return prefixed[0] if len(prefixed) == 1 else f'"{" ".join(prefixed)}"'
            case Or():
                return f"({' '.join(map(self._build_operand, words.parts))})"
            case And():
                return f"({' '.join(map(self._build_required, words.parts))})"
        raise TypeError(f"not a part of a query for the full-text index: {words!r}")


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
    # A word has at least one character, so most texts need not be split to be counted.
    if len(words) <= MAX_INDEXED_WORDS:
        return words
    parts = words.split(" ", MAX_INDEXED_WORDS)
    return " ".join(parts[:MAX_INDEXED_WORDS])


_INDEXES: dict[str, FullTextIndex] = {"sqlite": Fts5Index(), "postgresql": TsVectorIndex(), "mariadb": InnoDbIndex()}


def get_index(connection: Connection) -> FullTextIndex:
    """Return the full-text index for the kind of database that a connection leads to."""
    return _INDEXES[connection.dialect.name]
