"""Read feeds and sitemaps whose XML is broken: unclosed ``<br>``, a bare ``<``, tags that do not match.

A parser of XML that recovers from such errors loses its place: after an unclosed tag every later entry is nested in the
entry before it, and a bare ``<`` ends the document. This reader needs no nesting. It cuts the text at the tags that
begin and end an entry, looks in each entry for the tags of known fields, and takes everything between the tags of a
field for its text. It hands the same events to the same parser targets as :func:`crawler.parsers.xml.parse_events`.

It knows no entities but HTML's, needs time in proportion to the length of the text, and keeps the tags of one entry.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Final, NamedTuple, Protocol

from crawler.parsers.xml import MAX_WHOLE_BYTES, XmlDocument

MAX_TAGS: Final = 5_000
"""Maximum number of tags of one entry that are looked at; the others are text."""
_MAX_NESTING: Final = 5
"""Levels of elements within an entry that are looked into: a news sitemap has three."""
_MAX_NAMESPACES: Final = 50


class ParserTarget(Protocol):
    """What receives the events: the methods that lxml calls on its parser targets."""

    def start(self, tag: str, attributes: Mapping[str, str], /) -> None:
        """Begin an element."""

    def data(self, text: str, /) -> None:
        """Add text to the current element."""

    def end(self, tag: str, /) -> None:
        """End an element."""


def parse_broken_xml(
    document: XmlDocument, target: ParserTarget, entry_names: frozenset[str], field_names: frozenset[str]
) -> str | None:
    """Pass the entries of a document to a parser target, whatever their nesting.

    Args:
        document: the document from ``read_xml``.
        target: it may raise exceptions to stop.
        entry_names: local names of the elements that are entries, in lower case.
        field_names: local names of the elements within them that contain text, in lower case. All markup between their
            tags belongs to the text.

    Returns:
        The reason why entries may be missing, as a sentence; ``None`` if all were found.

    Raises:
        MarkupError: the document cannot be decompressed, or is too large.
    """
    text, is_whole = _join_pieces(document)
    reader = _BrokenXmlReader(text, target, entry_names, field_names)
    reader.read()
    if not is_whole:
        return f"it is broken and longer than {MAX_WHOLE_BYTES // 2**20} MB; the entries up to there were read"
    return None if reader.has_end else "it is cut off; the entries up to there were read"


def _join_pieces(document: XmlDocument) -> tuple[str, bool]:
    """Return the text up to ``MAX_WHOLE_BYTES``, and whether that is all of it."""
    joined = bytearray()
    for piece in document.pieces:
        joined += piece
        if len(joined) > MAX_WHOLE_BYTES:
            return joined[:MAX_WHOLE_BYTES].decode("utf-8", "ignore"), False
    return joined.decode("utf-8", "ignore"), True


class _Tag(NamedTuple):
    start: int
    end: int
    is_closing: bool
    is_empty: bool
    name: str
    """As written, with its prefix, in lower case."""
    attributes: str
    """As written."""

    @property
    def local_name(self) -> str:
        return self.name.rpartition(":")[2]


# A tag ends before the next "<", so that a bare one in a text swallows nothing, and each is looked at once: the
# possessive quantifiers never try again. Attributes whose quotes do not match are taken up to the first ">".
_TAG = re.compile(
    r"""<(/?)([A-Za-z_][\w.:-]*+)((?:\s(?:[^<>"']|"[^"<]*"|'[^'<]*')*+|\s[^<>]*+)?)>|<!\[CDATA\[|<!--|<\?"""
    r"""|<([A-Za-z_][\w.:-]*+)/>"""
)
_SECTION_END = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_ATTRIBUTE = re.compile(r"""([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_CLARK_PREFIXES = {
    "xml": "{http://www.w3.org/XML/1998/namespace}",
    "rdf": "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
}


class _BrokenXmlReader:
    """Cuts a text into entries and passes their fields to a parser target."""

    def __init__(
        self, text: str, target: ParserTarget, entry_names: frozenset[str], field_names: frozenset[str]
    ) -> None:
        self.has_end = False
        """Whether the end tag of the root element was found."""
        self._text = text
        self._target = target
        self._entry_names = entry_names
        self._field_names = field_names
        self._namespaces: dict[str, str] = {}
        self._unclosed_sections: set[str] = set()

    def read(self) -> None:
        """Read the whole text: the head before the first entry, then the entries."""
        tags = self._iter_tags()
        root = next(tags, None)
        if root is None:
            return
        self._declare_namespaces(root.attributes)
        self._target.start(root.name, _parse_attributes(root.attributes))
        opened = [root.name]
        entry: _Tag | None = None
        inner: list[_Tag] = []
        begun = False
        for tag in tags:
            is_entry = tag.local_name in self._entry_names
            if is_entry or (tag.is_closing and tag.name == root.name):
                # An entry ends at its end tag, or where the next one begins.
                self._end_part(entry, inner, tag.start, is_cut_off=False)
                entry, inner = None, []
                self.has_end |= tag.name == root.name
                if is_entry and not tag.is_closing:
                    begun, entry = True, tag
            elif tag.local_name == "channel" and not begun and not tag.is_closing and len(opened) == 1:
                self._target.start(tag.name, _parse_attributes(tag.attributes))
                opened.append(tag.name)
            elif (entry is not None or not begun) and len(inner) < MAX_TAGS:
                inner.append(tag)
        self._end_part(entry, inner, len(self._text), is_cut_off=True)
        for name in reversed(opened):
            self._target.end(name)

    def _end_part(self, entry: _Tag | None, tags: Sequence[_Tag], end: int, *, is_cut_off: bool) -> None:
        """Pass on an entry, or the head if ``entry`` is ``None``.

        Of a part that is cut off, only the fields that have an end tag are passed on: half a URL is another URL.
        """
        if is_cut_off and not any(tag.is_closing for tag in tags):
            return
        if entry is not None:
            self._target.start(self._qualify(entry.name), _parse_attributes(entry.attributes))
        if entry is None or not entry.is_empty:
            self._pass_elements(tags, end, 1, is_cut_off=is_cut_off)
        if entry is not None:
            self._target.end(entry.name)

    def _pass_elements(self, tags: Sequence[_Tag], end: int, level: int, *, is_cut_off: bool) -> None:
        closings: dict[str, list[int]] = defaultdict(list)
        for index, tag in enumerate(tags):
            if tag.is_closing:
                closings[tag.name].append(index)
        at = 0
        while at < len(tags):
            tag, at = tags[at], at + 1
            if tag.is_closing:
                continue
            is_field = tag.local_name in self._field_names
            candidates = closings.get(tag.name, [])
            following = bisect_right(candidates, at - 1)
            if tag.is_empty:
                self._pass_element(tag, "")
            elif following < len(candidates):
                closing = candidates[following]
                if is_field:
                    self._pass_element(tag, self._text[tag.end : tags[closing].start])
                elif level < _MAX_NESTING:
                    self._pass_container(tag, tags[at:closing], tags[closing].start, level)
                at = closing + 1
            elif is_field:
                # Without an end tag a field goes up to the next one.
                after = next((index for index in range(at, len(tags)) if self._is_field_start(tags[index])), len(tags))
                if after < len(tags) or not is_cut_off:
                    self._pass_element(tag, self._text[tag.end : tags[after].start if after < len(tags) else end])
                    at = after

    def _pass_container(self, tag: _Tag, inner: Sequence[_Tag], end: int, level: int) -> None:
        """Pass on an element that is no field, with its inner elements, or else its text."""
        if not inner:
            self._pass_element(tag, self._text[tag.end : end])
            return
        self._target.start(self._qualify(tag.name), _parse_attributes(tag.attributes))
        self._pass_elements(inner, end, level + 1, is_cut_off=False)
        self._target.end(tag.name)

    def _is_field_start(self, tag: _Tag) -> bool:
        return not tag.is_closing and tag.local_name in self._field_names

    def _pass_element(self, tag: _Tag, raw: str) -> None:
        attributes = _parse_attributes(tag.attributes)
        # The markup within the field is part of its text here, as in Atom's type "html".
        if attributes.get("type") == "xhtml":
            attributes["type"] = "html"
        self._target.start(self._qualify(tag.name), attributes)
        if raw:
            self._target.data(_read_text(raw))
        self._target.end(tag.name)

    def _iter_tags(self) -> Iterator[_Tag]:
        """Yield the tags of the text, except those in CDATA sections, comments and processing instructions."""
        at = 0
        while match := _TAG.search(self._text, at):
            at = match.end()
            closing, name, attributes, empty_name = match.groups()
            if empty_name:
                yield _Tag(match.start(), at, False, True, empty_name.lower(), "")
            elif name:
                is_empty = attributes.rstrip().endswith("/")
                yield _Tag(match.start(), at, bool(closing), is_empty, name.lower(), attributes)
            else:
                at = self._find_section_end(match[0], at)

    def _find_section_end(self, opening: str, at: int) -> int:
        # A section without an end would hide all that follows, so only its first characters are left out. The next one
        # of its kind has no end either, and is not searched for one again.
        if opening in self._unclosed_sections:
            return at
        end = self._text.find(_SECTION_END[opening], at)
        if end < 0:
            self._unclosed_sections.add(opening)
            return at
        return end + len(_SECTION_END[opening])

    def _declare_namespaces(self, attributes: str) -> None:
        for name, *values in _ATTRIBUTE.findall(attributes)[:_MAX_NAMESPACES]:
            prefix, _, local = name.partition(":")
            if prefix == "xmlns" and local:
                self._namespaces[local.lower()] = "".join(values)

    def _qualify(self, name: str) -> str:
        """Return a name as lxml writes it, ``{namespace}name``, if its prefix is declared."""
        prefix, colon, local = name.partition(":")
        namespace = self._namespaces.get(prefix) if colon else None
        return f"{{{namespace}}}{local}" if namespace else name


def _parse_attributes(written: str) -> dict[str, str]:
    return {_qualify_attribute(name): unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(written)}


def _qualify_attribute(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return _CLARK_PREFIXES.get(prefix, f"{prefix}:") + local if colon else name


# CDATA sections, comments, and texts between them.
_PART = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|([^<]++|<)", re.DOTALL)


def _read_text(raw: str) -> str:
    """Return the text of a field: without comments, CDATA as it is, references resolved, other markup as written."""
    if "<!" not in raw:
        return unescape(raw)
    return "".join(match[1] if match[1] is not None else unescape(match[2] or "") for match in _PART.finditer(raw))
