"""Render an article as Markdown: CommonMark, with tables in GitHub's syntax."""

import re
from collections.abc import Iterable

from cleaning.article import LIST_KINDS, Article, Block, BlockKind
from cleaning.assembly import select_text_blocks

# Characters that Markdown interprets anywhere in a line; those that it interprets at the start are in `escape_line`.
_SPECIAL = re.compile(r"[\\`*_\[\]<~]|&(?=#?\w+;)")
_LIST_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")


def to_markdown(article: Article, captions: bool = False) -> str:
    """Return an article as Markdown: its title as a heading, then its blocks.

    The text of the article is escaped, so that it is displayed as it is and cannot create links or HTML.

    Args:
        article: the article.
        captions: whether to include the captions of pictures, in italics.

    >>> print(to_markdown(Article(title="Rain *again*", text="", blocks=(
    ...     Block(BlockKind.PARAGRAPH, "1. It rained."), Block(BlockKind.LIST_ITEM, "north"),
    ...     Block(BlockKind.LIST_ITEM, "south"), Block(BlockKind.CAPTION, "A wet street"))), captions=True))
    # Rain \\*again\\*
    <BLANKLINE>
    1\\. It rained.
    <BLANKLINE>
    - north
    - south
    <BLANKLINE>
    *A wet street*
    """
    title = [f"# {escape_line(' '.join(article.title.split()))}"] if article.title else []
    return "\n\n".join([*title, *_render_paragraphs(select_text_blocks(article.blocks, captions))])


def _render_paragraphs(blocks: Iterable[Block]) -> list[str]:
    """Return a paragraph per block; the items of one list are one paragraph."""
    paragraphs: list[str] = []
    previous: BlockKind | None = None
    for block in blocks:
        if block.kind in LIST_KINDS and block.kind is previous:
            paragraphs[-1] += f"\n{render_block(block)}"
        else:
            paragraphs.append(render_block(block))
        previous = block.kind
    return paragraphs


def render_block(block: Block) -> str:
    """Return one block as Markdown; its kind decides the syntax.

    >>> print(render_block(Block(BlockKind.TABLE, "Team | Points\\nLamu | 3")))
    | Team | Points |
    | --- | --- |
    | Lamu | 3 |
    """
    match block.kind:
        case BlockKind.HEADING:
            return f"## {escape_line(' '.join(block.text.split()))}"
        case BlockKind.LIST_ITEM | BlockKind.KEY_POINT:
            return "- " + _render_lines(block.text, "  ")
        case BlockKind.QUOTE:
            return "> " + _render_lines(block.text, "> ")
        case BlockKind.STANDFIRST:
            return f"**{_render_lines(block.text, '')}**"
        case BlockKind.CAPTION:
            return f"*{_render_lines(block.text, '')}*"
        case BlockKind.CODE:
            return _render_code(block.text)
        case BlockKind.TABLE:
            return _render_table(block.text)
        case _:
            return _render_lines(block.text, "")


def escape_line(line: str) -> str:
    """Return a line of text with a backslash before everything that Markdown would interpret.

    >>> print(escape_line("#1 of 2*3 <b>"), escape_line("2024. A year"), escape_line("- said he"))
    \\#1 of 2\\*3 \\<b> 2024\\. A year \\- said he
    """
    line = _SPECIAL.sub(r"\\\g<0>", line)
    if number := _LIST_NUMBER.match(line):
        return f"{number[0]}\\{line[number.end() :]}"
    return f"\\{line}" if line[:1] and line[0] in "#>+-=|" else line


def _render_lines(text: str, indent: str) -> str:
    """Return the lines of a block with hard breaks (a backslash at the end) between them."""
    return f"\\\n{indent}".join(escape_line(line) for line in text.split("\n"))


def _render_code(text: str) -> str:
    """Return code between fences that are longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _render_table(text: str) -> str:
    """Return a table whose first row is the header, as Markdown requires; short rows are filled up."""
    rows = [[escape_line(cell).replace("|", "\\|") for cell in row.split(" | ")] for row in text.split("\n")]
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])
