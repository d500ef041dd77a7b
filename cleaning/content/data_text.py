"""Find the text of an article that a page holds only as data, or in elements that browsers show later.

Pages whose text is set by a script hold it in JSON (``__NEXT_DATA__``, ``__NUXT__``, JSON-LD), in ``template`` or in
``noscript`` elements. It is a substitute: :mod:`cleaning.cleaner` uses it if the page shows little text.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import Any

from lxml import html

from cleaning.content.blocks import PageBlock, normalize_spaces, read_blocks, read_element_blocks
from cleaning.content.extraction import extract_content
from cleaning.html.tree import parse_html
from cleaning.lines.line import KnownMetadata
from cleaning.lines.normalization import fold_text
from cleaning.lines.prose import is_prose
from cleaning.outcomes import NotAnArticleError

MIN_DATA_CHARACTERS = 250
"""Characters of prose that a substitute has at least."""
MAX_VISIBLE_CHARACTERS = 700
"""Characters of visible text from which on a page needs no substitute."""
MIN_RATIO = 2
"""Times the visible text that a substitute must have."""
MAX_NODES, MAX_DEPTH = 50_000, 60
"""Values of a page's data that are visited, and their depth: pages made to exhaust the stack have more."""
MAX_SCRIPT_CHARACTERS = 3_000_000
"""Longer scripts are not parsed."""
MIN_TITLE_LETTERS = 8
"""Letters of a title that identifies the article among other data."""

_TITLE_KEYS = ("title", "headline", "name", "heading", "seoTitle", "metaTitle")
_TEXT_KEYS = ("text", "content", "html", "value", "body", "paragraph", "children", "data", "rendered", "caption")
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
    hidden = list(_iter_hidden_blocks(tree))
    best = max((*hidden, *_iter_data_blocks(tree, known)), key=_measure_prose, default=[])
    if _measure_prose(best) < max(MIN_DATA_CHARACTERS, MIN_RATIO * size):
        return []
    # A hidden element can hold a whole page with its menus, data only the text.
    return _choose_content(best, known, tree) if any(best is each for each in hidden) else best


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
    keys = {key for title in titles if len(key := fold_text(title)) >= MIN_TITLE_LETTERS}
    for script in tree.iter("script"):
        text = script.text or ""
        if len(text) >= MIN_DATA_CHARACTERS and (data := _parse_data(text)) is not None:
            for paragraphs in _TextFinder(keys).find(data):
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

    def look_up(place: Any) -> Any:
        value = data[place] if isinstance(place, int) and 0 <= place < len(data) else None
        if isinstance(value, list):
            return [data[each] for each in value if isinstance(each, int) and 0 <= each < len(data)]
        return value if isinstance(value, str) else None

    return [{key: look_up(place) for key, place in each.items()} for each in data if isinstance(each, dict)]


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
            if is_own:
                yield [piece for each in data if not self.is_of_another(each) and (piece := _join_piece(each))]
            for each in data:
                yield from self.find(each, is_own, depth + 1)
        elif isinstance(data, dict):
            own = self.has_own_title(data)
            for value in data.values():
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
    if sum(map(len, texts)) < MIN_DATA_CHARACTERS:
        return []
    parts = (text if _MARKUP.search(text) else _mark_up_lines(text) for text in texts)
    try:
        return read_blocks(parse_html(f"<body><article>{''.join(parts)}</article></body>"))
    except NotAnArticleError:
        return []


def _mark_up_lines(text: str) -> str:
    """Return plain text, in which inline elements may be, with an element for each line."""
    return "".join(f"<p>{line}</p>" for line in text.splitlines() if normalize_spaces(line))
