"""Find the text of an article that a page holds only as data, or in elements that browsers show later.

Pages whose text is set by a script hold it in JSON (``__NEXT_DATA__``, ``__NUXT__``, JSON-LD), in ``template`` or in
``noscript`` elements. It is a substitute: :mod:`cleaning.cleaner` uses it if the page shows little text.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import unescape
from typing import Any

from lxml import html

from cleaning.content.blocks import PageBlock, normalize_spaces, read_blocks, read_element_blocks
from cleaning.content.extraction import extract_content
from cleaning.html.tree import parse_html
from cleaning.lines.line import KnownMetadata
from cleaning.lines.normalization import extract_letters, fold_text
from cleaning.lines.prose import is_prose
from cleaning.outcomes import NotAnArticleError

MIN_DATA_CHARACTERS = 250
"""Characters of prose that a substitute has at least."""
MAX_VISIBLE_CHARACTERS = 700
"""Characters of visible text from which on a page needs no substitute."""
MIN_RATIO = 2
"""Times the visible text that a substitute must have."""
MAX_NODES, MAX_DEPTH = 100_000, 60
"""Values of a page's data that are visited, and their depth: pages made to exhaust the stack have more."""
MAX_SCRIPT_CHARACTERS = 3_000_000
"""Longer scripts are not parsed, and no more characters are read as text: lists in lists would repeat their texts."""
MIN_TITLE_LETTERS, MAX_TITLE_LETTERS = 8, 500
"""Letters of a title that identifies the article among other data."""

_TITLE_KEYS = ("title", "headline", "name", "heading", "seoTitle", "metaTitle")
_TEXT_KEYS = ("text", "content", "html", "value", "body", "paragraph", "children", "data", "rendered", "caption")
_OTHER_KEYS = re.compile(r"comment|repl(?:y|ies)|related|recommend", re.IGNORECASE)
_JSON_START = re.compile(r"(?:^|=)\s*(?=[{\[])")
_MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|ul|section)\b", re.IGNORECASE)


def find_substitute(tree: html.HtmlElement, titles: Iterable[str | None], visible: Sequence[str]) -> list[PageBlock]:
    """Return the blocks of an article that the page does not show; empty if it shows enough, or holds no more.

    Args:
        tree: the whole page.
        titles: the titles of the page; data counts only below one of them, because pages hold data of other stories.
        visible: the texts that were chosen from what the page shows.
    """
    size = sum(map(len, visible))
    if size >= MAX_VISIBLE_CHARACTERS:
        return []
    known = [title for title in titles if title]
    shown = [text for text in visible if is_prose(text)]
    # The hidden text of a page that shows prose can be anything, such as a notice: it must be the same story.
    hidden = [blocks for blocks in _iter_hidden_blocks(tree) if not shown or _has_any(blocks, (*known, *shown))]
    best = max((*hidden, *_iter_data_blocks(tree, known)), key=_measure_prose, default=[])
    if _measure_prose(best) < max(MIN_DATA_CHARACTERS, MIN_RATIO * size):
        return []
    # A hidden element can hold a whole page with its menus, data only the text.
    return _choose_content(best, known, tree) if any(best is each for each in hidden) else best


def _has_any(blocks: Sequence[PageBlock], texts: Iterable[str]) -> bool:
    """Return whether one of the texts, which is no shorter than a title, is in the blocks."""
    joined = extract_letters(" ".join(block.text for block in blocks))
    return any(len(key := extract_letters(text)) >= MIN_TITLE_LETTERS and key in joined for text in texts)


def _choose_content(blocks: list[PageBlock], titles: Sequence[str], tree: html.HtmlElement) -> list[PageBlock]:
    """Return the blocks of a hidden element that are the article."""
    chosen = extract_content(blocks, KnownMetadata(title=titles[0] if titles else None), tree)
    return [block for block, is_chosen in zip(blocks, chosen, strict=True) if is_chosen]


def _measure_prose(blocks: Sequence[PageBlock]) -> int:
    return sum(len(block.text) for block in blocks if block.removal is None and is_prose(block.text))


def _iter_hidden_blocks(tree: html.HtmlElement) -> Iterator[list[PageBlock]]:
    """Yield the blocks of each template, and those of all ``noscript`` elements of the body together."""
    yield from (read_element_blocks(element) for element in tree.iterfind("body//template"))
    yield [block for element in tree.iterfind("body//noscript") for block in read_element_blocks(element)]


def _iter_data_blocks(tree: html.HtmlElement, titles: Sequence[str]) -> Iterator[list[PageBlock]]:
    """Yield the blocks of each text in the page's data that belongs to its title."""
    keys = {key for title in titles if MIN_TITLE_LETTERS <= len(key := fold_text(title)) <= MAX_TITLE_LETTERS}
    left = MAX_SCRIPT_CHARACTERS
    for script in tree.iter("script"):
        text = script.text or ""
        if len(text) >= MIN_DATA_CHARACTERS and (data := _parse_data(text)) is not None:
            for paragraphs in _TextFinder(keys).find(data):
                size = sum(map(len, paragraphs))
                if MIN_DATA_CHARACTERS <= size <= left:
                    left -= size
                    yield _build_blocks(paragraphs)


def _parse_data(script: str) -> Any:
    """Return the JSON in a script, or that a script assigns to a variable; ``None`` if there is none."""
    start = _JSON_START.search(script[:2_000])
    if start is None or len(script) > MAX_SCRIPT_CHARACTERS:
        return None
    try:
        data, _ = json.JSONDecoder(strict=False).raw_decode(script, start.end())
    except (ValueError, RecursionError):
        return None
    return _link_references(data) if _is_flat(data) else data


def _is_flat(data: Any) -> bool:
    """Return whether data is a list in which objects refer to each other by their place, as Nuxt writes it."""
    return (
        isinstance(data, list)
        and any(isinstance(each, dict) for each in data)
        and all(isinstance(value, int) for each in data[:50] if isinstance(each, dict) for value in each.values())
    )


def _link_references(data: list[Any]) -> list[dict[str, Any]]:
    """Return the objects of a flat list, each with the texts that it refers to, also by way of a list."""

    # Objects can refer to the same list; it is read once.
    @cache
    def look_up(place: int) -> Any:
        value = data[place] if 0 <= place < len(data) else None
        if isinstance(value, list):
            return [data[each] for each in value if isinstance(each, int) and 0 <= each < len(data)]
        return value if isinstance(value, str) else None

    return [
        {key: look_up(place) for key, place in each.items() if isinstance(place, int)}
        for each in data
        if isinstance(each, dict)
    ]


class _TextFinder:
    """A walk over JSON that collects the texts of objects with one of the page's titles."""

    def __init__(self, titles: set[str]) -> None:
        self.titles = titles
        self.nodes = 0

    def find(self, data: Any, is_own: bool = False, depth: int = 0) -> Iterator[list[str]]:
        """Yield the paragraphs of each text: of a long string, or of a list of pieces.

        Args:
            data: a JSON value.
            is_own: whether an object around it has a title of the page, and none further in has another one.
            depth: the levels above it.
        """
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            return
        if isinstance(data, str):
            if is_own and len(data) >= MIN_DATA_CHARACTERS:
                yield [data]
        elif isinstance(data, list):
            self.nodes += len(data)
            if is_own:
                yield [piece for each in data if not self.is_of_another(each) and (piece := _join_piece(each))]
            for each in data:
                yield from self.find(each, is_own, depth + 1)
        elif isinstance(data, dict):
            own = self.has_own_title(data)
            for key, value in data.items():
                if not _OTHER_KEYS.search(key):
                    yield from self.find(value, is_own if own is None else own, depth + 1)

    def is_of_another(self, data: Any) -> bool:
        """Return whether a value is an object with another title than the page's."""
        return isinstance(data, dict) and self.has_own_title(data) is False

    def has_own_title(self, data: dict[str, Any]) -> bool | None:
        """Return whether an object has a title of the page, or another one; ``None`` if it has no title."""
        found = [fold_text(data[key]) for key in _TITLE_KEYS if isinstance(data.get(key), str)]
        found = [title for title in found if len(title) >= MIN_TITLE_LETTERS]
        if not found:
            return None
        return any(title in key or key in title for title in found for key in self.titles)


def _join_piece(data: Any, depth: int = 0) -> str:
    """Return the text of one entry of a list of paragraphs: a string, or an object with one in its text or children."""
    if isinstance(data, str):
        return data
    if depth > 6:
        return ""
    if isinstance(data, list):
        return "".join(_join_piece(each, depth + 1) for each in data)
    if isinstance(data, dict):
        return next((text for key in _TEXT_KEYS if (text := _join_piece(data.get(key), depth + 1))), "")
    return ""


def _build_blocks(paragraphs: list[str]) -> list[PageBlock]:
    """Return the blocks of texts that are markup or plain lines."""
    texts = [unescape(text) if "&lt;" in text else text for text in paragraphs]
    parts = (text if _MARKUP.search(text) else _mark_up_lines(text) for text in texts)
    try:
        return read_blocks(parse_html(f"<body><article>{''.join(parts)}</article></body>"))
    except NotAnArticleError:
        return []


def _mark_up_lines(text: str) -> str:
    """Return plain text, in which inline elements may be, with an element for each line."""
    return "".join(f"<p>{line}</p>" for line in text.splitlines() if normalize_spaces(line))
