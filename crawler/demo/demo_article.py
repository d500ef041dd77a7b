"""The articles of the demo site, and the truth about each: what is prose, what is boilerplate, who did what.

An article is one file of ``articles/``: TOML between two ``+++`` lines, then the body. Blocks of the body are
separated by blank lines; their first characters say what they are:

    text            a paragraph; its lines are joined
    = text          a paragraph that looks like boilerplate and is prose: a trap
    ## text         a sub-heading
    - text          a list, an item a line
    > text          a quotation
    | a | b         a table, a row a line, headings first
    ^ text          a picture with this caption
    !shape text     boilerplate, a line each; ``shape`` is how the page sets it (see ``pages.py``)

Within a text ``{{MERKA (DP) –}}`` is a dateline, ``[[Edited by: A. Name]]`` is boilerplate run into the
paragraph (``<br>`` breaks the line there), ``[text](/path/)`` a link and ``**text**`` bold.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Markup = Literal["json-ld", "opengraph", "time-tag", "visible"]
Layout = Literal["p", "div", "br"]

RUN_IN_PATTERN = re.compile(r"\[\[(?P<boilerplate>.+?)\]\]|\{\{(?P<dateline>.+?)\}\}")
LINK_PATTERN = re.compile(r"\[(?P<text>[^\[\]]+)\]\((?P<target>[^()\s]+)\)")
BOLD_PATTERN = re.compile(r"\*\*(?P<text>.+?)\*\*")
FRONT_MATTER_PATTERN = re.compile(r"\A\+\+\+\n(?P<toml>.*?)\n\+\+\+\n(?P<body>.*)\Z", re.DOTALL)


class BlockKind(StrEnum):
    """What a block of an article is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    QUOTE = "quote"
    TABLE = "table"
    PICTURE = "picture"
    BOILERPLATE = "boilerplate"


BLOCK_MARKS = {
    "## ": BlockKind.HEADING,
    "- ": BlockKind.LIST,
    "> ": BlockKind.QUOTE,
    "| ": BlockKind.TABLE,
    "^ ": BlockKind.PICTURE,
}


@dataclass(frozen=True, slots=True)
class DemoBlock:
    """A piece of an article's body, in the notation of its file."""

    kind: BlockKind
    lines: tuple[str, ...]
    """One for a paragraph, a heading, a quotation, a picture; items, rows or lines of the others."""
    shape: str = ""
    """How a page sets a piece of boilerplate; empty for the others."""
    trap: bool = False
    """Whether it is prose that looks like boilerplate."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's comment under an article: no part of it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoArticle:
    """An article of the demo site with the truth about it."""

    path: str
    """Where it is on the site, not percent-encoded, e.g. ``"/2025/03/new-crane-arrives/"``."""
    language: str
    """ISO 639-1."""
    title: str
    summary: str
    """One or two sentences; on list pages, in feeds and in the page's description, not in the body."""
    section: str
    published: datetime
    """Aware, in the outlet's own zone; to the minute."""
    blocks: tuple[DemoBlock, ...]
    modified: datetime | None = None
    """Like ``published``; ``None`` where it never changed."""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    """Outlets and agencies credited, as the page spells them, e.g. ``"Dhow Post international"``."""
    markup: Markup = "json-ld"
    """Where the page tells authors and times: JSON-LD, OpenGraph, a ``<time>`` element, or only visibly."""
    layout: Layout = "p"
    """What separates paragraphs: ``<p>``, ``<div>``, or two ``<br>`` in one ``<div>``."""
    bio: str | None = None
    """A line on the author below the article: boilerplate."""
    comments: tuple[Comment, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs as they must come out: without datelines and boilerplate run into them."""
        return tuple(strip_run_ins(line) for line in self._iter_lines(BlockKind.PARAGRAPH))

    @property
    def traps(self) -> tuple[str, ...]:
        """The paragraphs that look like boilerplate."""
        return tuple(strip_run_ins(block.lines[0]) for block in self.blocks if block.trap)

    @property
    def quotes(self) -> tuple[str, ...]:
        """The quotations set apart."""
        return tuple(strip_run_ins(line) for line in self._iter_lines(BlockKind.QUOTE))

    @property
    def list_items(self) -> tuple[str, ...]:
        """The items of the article's own lists."""
        return tuple(strip_run_ins(line) for line in self._iter_lines(BlockKind.LIST))

    @property
    def headings(self) -> tuple[str, ...]:
        """The sub-headings; the title is not among them."""
        return tuple(strip_run_ins(line) for line in self._iter_lines(BlockKind.HEADING))

    @property
    def captions(self) -> tuple[str, ...]:
        """What is written below pictures."""
        return tuple(strip_run_ins(line) for line in self._iter_lines(BlockKind.PICTURE))

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of tables, row by row."""
        return tuple(
            strip_run_ins(cell) for line in self._iter_lines(BlockKind.TABLE) for cell in split_table_row(line)
        )

    @property
    def must_stay(self) -> tuple[str, ...]:
        """What a cleaner may not lose: paragraphs, quotations and list items."""
        return self.paragraphs + self.quotes + self.list_items

    @property
    def may_go(self) -> tuple[str, ...]:
        """What a cleaner may keep or drop: sub-headings, captions, cells, the dateline."""
        dateline = (self.dateline,) if self.dateline else ()
        return self.headings + self.captions + self.cells + dateline

    @property
    def boilerplate(self) -> tuple[str, ...]:
        """The lines in and around the body that must go, comments and the author's biography included."""
        around = [self.bio] if self.bio else []
        around += [comment.text for comment in self.comments]
        return tuple(self._iter_boilerplate_lines()) + tuple(around)

    @property
    def dateline(self) -> str | None:
        """Place and agency that open the first sentence, e.g. ``"MERKA (DP)"``, without the dash."""
        for line in self._iter_lines(BlockKind.PARAGRAPH):
            for match in RUN_IN_PATTERN.finditer(line):
                if match["dateline"]:
                    return strip_markup(match["dateline"]).rstrip(" –—-:")
        return None

    def _iter_lines(self, kind: BlockKind) -> Iterator[str]:
        return (line for block in self.blocks if block.kind is kind for line in block.lines)

    def _iter_boilerplate_lines(self) -> Iterator[str]:
        for block in self.blocks:
            for line in block.lines:
                if block.kind is BlockKind.BOILERPLATE:
                    yield strip_markup(line)
                for match in RUN_IN_PATTERN.finditer(line):
                    yield from filter(None, map(strip_markup, (match["boilerplate"] or "").split("<br>")))


def strip_markup(text: str) -> str:
    """The words of a text in our notation, links and bold taken off.

    >>> strip_markup("**Read also:** [Nets for all](/nets/)")
    'Read also: Nets for all'
    """
    return " ".join(BOLD_PATTERN.sub(r"\g<text>", LINK_PATTERN.sub(r"\g<text>", text)).split())


def strip_run_ins(text: str) -> str:
    """The words of a text without datelines and boilerplate run into it.

    >>> strip_run_ins("{{MERKA (DP) –}} The boats are back.[[<br>Edited by: A. Name]]")
    'The boats are back.'
    """
    return strip_markup(RUN_IN_PATTERN.sub(" ", text))


def split_table_row(row: str) -> list[str]:
    """The cells of a row of a table.

    >>> split_table_row("Port | Boats")
    ['Port', 'Boats']
    """
    return [cell.strip() for cell in row.strip(" |").split("|")]


@cache
def load_articles() -> tuple[DemoArticle, ...]:
    """All articles of the package, newest first."""
    folder = files("crawler.demo") / "articles"
    sources = [path.read_text("utf-8") for path in folder.iterdir() if path.name.endswith(".txt")]
    return tuple(sorted(map(read_article, sources), key=lambda article: article.published, reverse=True))


def read_article(source: str) -> DemoArticle:
    """An article from its file's text; ``ValueError`` or ``TypeError`` where it is not in our notation."""
    match = FRONT_MATTER_PATTERN.match(source)
    if match is None:
        raise ValueError(f"no front matter between two +++ lines: {source[:40]!r}")
    front = tomllib.loads(match["toml"])
    comments = tuple(Comment(**comment) for comment in front.pop("comments", []))
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in front.items()}
    return DemoArticle(**fields, comments=comments, blocks=tuple(read_blocks(match["body"])))


def read_blocks(body: str) -> Iterator[DemoBlock]:
    """The blocks of a body.

    >>> [block.kind.value for block in read_blocks("A line.\\n\\n- one\\n- two")]
    ['paragraph', 'list']
    """
    for block in re.split(r"\n\s*\n", body.strip()):
        yield read_block(block)


def read_block(block: str) -> DemoBlock:
    """One block, told by its first characters."""
    if block.startswith("!"):
        shape, _, text = block.removeprefix("!").partition(" ")
        return DemoBlock(BlockKind.BOILERPLATE, tuple(text.splitlines()), shape=shape)
    for mark, kind in BLOCK_MARKS.items():
        if block.startswith(mark):
            lines = tuple(line.removeprefix(mark).strip() for line in block.splitlines())
            return DemoBlock(kind, lines)
    trap = block.startswith("= ")
    return DemoBlock(BlockKind.PARAGRAPH, (" ".join(block.removeprefix("= ").split()),), trap=trap)
