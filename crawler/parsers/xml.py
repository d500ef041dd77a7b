"""Read untrusted XML safely: decompress it, decode it and reject attacks before a parser sees it.

Parsers differ in how they treat a document type definition: some expand its entities until memory is full, some read
the files that it names, some return an empty document without an error (Scrapy's sitemap parser does). No feed and no
sitemap needs one, though old systems still write one, so parsers never see it: they receive the document from its root
element on, as UTF-8. References to entities that it declares stay as they are written; HTML's are known without it.
"""

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import chain
from typing import Final, Literal

from lxml import etree

from cleaning.html.charsets import find_codec

DocumentKind = Literal["feed", "sitemap", "page", "other"]
"""The kind of a document, from its root element; ``other`` if the element is not a known one."""

MAX_DOCUMENT_BYTES: Final = 50 * 1024 * 1024
"""Maximum size of a document after decompression: the limit of the sitemap protocol."""

MAX_DEPTH: Final = 500
"""Maximum nesting of elements. libxml2 ignores its own limit when it recovers, and each level takes 100 bytes."""
MAX_WHOLE_BYTES: Final = 10 * 1024 * 1024
"""Bytes up to which the whole document is checked to detect its encoding. Larger ones are ASCII sitemaps."""

MAX_GZIP_MEMBERS: Final = 10_000
"""Maximum number of gzip members in a body. Tools that compress in parallel write one for each 64 KB or more."""

_CHUNK_BYTES = 256 * 1024
_MEMBER_START = b"\x1f\x8b"
_MAX_PROLOG_CHARS = 64 * 1024
"""The root element must begin within this many characters; before it are only comments, declarations and junk."""
# Error pages come as fragments of HTML too, so any of its usual first elements counts as a page.
_KIND_BY_ROOT: dict[str, DocumentKind] = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), "feed"),
    **dict.fromkeys(("urlset", "sitemapindex"), "sitemap"),
    **dict.fromkeys(("html", "head", "body", "title", "meta", "script", "div", "center", "h1", "p"), "page"),
}


class TooDeepError(Exception):
    """Elements are nested deeper than ``MAX_DEPTH``; parser targets raise it."""


class TooManyEntriesError(Exception):
    """There are more entries than the limit; parser targets raise it."""


class UnexpectedDocumentError(Exception):
    """The bytes are not the expected kind of document, or must not be parsed."""

    def __init__(self, reason: str, actual_kind: DocumentKind | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        """A sentence without a full stop: "it declares entities, …"."""
        self.actual_kind = None if actual_kind == "other" else actual_kind
        """The actual kind of document; ``None`` if it is unknown."""


class MarkupError(Exception):
    """A document that cannot or must not be parsed. ``reason`` is a sentence without a full stop."""

    def __init__(self, reason: str, kind: DocumentKind = "other") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A document that is safe to parse."""

    kind: DocumentKind
    root: str
    """Name of the root element in lower case, without its namespace prefix."""
    line: int
    """The line in which the root element begins, from 1; add it to the line numbers of the parser."""
    pieces: Iterator[bytes]
    """The document from its root element on, in UTF-8. Iterating raises MarkupError if it is too large or broken
    gzip."""


def read_xml(body: bytes) -> XmlDocument:
    """Prepare a body, which may be gzip, for a parser.

    Only the part before the root element is read now; the rest is decompressed and repaired while the parser consumes
    ``pieces``, which can be done once.

    Raises:
        MarkupError: the body is empty, is not XML, or is an HTML page.
    """
    texts = iter_texts(body)
    text = ""
    while len(text) < _MAX_PROLOG_CHARS and (more := next(texts, None)) is not None:
        text += more
    if not text.strip():
        raise MarkupError("it is empty")
    kind, root, start = _find_root(text)
    line = 1 + text.count("\n", 0, start)
    return XmlDocument(kind, root, line, (piece.encode() for piece in _repair_texts(chain([text[start:]], texts))))


def parse_events(document: XmlDocument, target: object) -> str | None:
    """Parse a document and pass its elements to an lxml parser target.

    Broken XML is repaired if possible. Entities are not resolved, and no file or network access happens.

    Args:
        document: the document from ``read_xml``.
        target: an object with the methods ``start``, ``data``, ``end`` and ``close``; it may raise exceptions to stop.

    Returns:
        The first error of the XML as a phrase with its line; ``None`` if it is well-formed. After an error, elements
        may be missing or nested wrongly; :mod:`crawler.parsers.broken_xml` reads such documents.

    Raises:
        etree.XMLSyntaxError: the document cannot be repaired.
        MarkupError: the rest of the document cannot be decompressed, or is too large.
    """
    parser = etree.XMLParser(
        target=target,
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for piece in document.pieces:
        if piece:
            parser.feed(piece)
    parser.close()
    # Namespaces without a declaration are errors too, but do no harm.
    fatal = parser.feed_error_log.filter_from_fatals()
    return f"{fatal[0].message} (line {document.line + fatal[0].line - 1})" if fatal else None


def detect_document_kind(body: bytes) -> DocumentKind:
    """Return the kind of a document, judging by its first 64 KB; never raise.

    It is used for responses whose URL and Content-Type say nothing reliable.

    >>> detect_document_kind(b"<?xml version='1.0'?><urlset/>")
    'sitemap'
    """
    try:
        if body[:100].lstrip().startswith(b"{"):
            return "feed" if b"jsonfeed.org/version" in body[:2000].replace(b"\\/", b"/") else "other"
        return read_xml(body[:_MAX_PROLOG_CHARS]).kind
    except MarkupError as error:
        return error.kind


def iter_texts(body: bytes) -> Iterator[str]:
    """Decompress and decode a body, and yield its text in pieces.

    Bytes that are invalid in the encoding become U+FFFD. Raises MarkupError for broken gzip and beyond the size limit.
    """
    pieces = decompress(body)
    first = next(pieces, b"")
    yield from _decode_pieces(
        chain([first], pieces), _detect_encoding(first, whole=body if len(body) <= MAX_WHOLE_BYTES else b"")
    )


def decompress(body: bytes, limit: int = MAX_DOCUMENT_BYTES) -> Iterator[bytes]:
    """Yield a body in pieces, decompressed if it is gzip.

    Raises MarkupError for broken gzip, and as soon as the result exceeds ``limit`` bytes.
    """
    pieces = (body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES))
    size = 0
    for piece in _decompress_gzip(pieces) if body.startswith(_MEMBER_START) else pieces:
        size += len(piece)
        if size > limit:
            raise MarkupError(f"it is larger than {limit // 2**20} MB when unpacked")
        yield piece


def _decompress_gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip with never more than one piece in memory: 50 kB of gzip can contain 50 MB.

    A body may have several members, one behind the other, as ``cat a.gz b.gz`` and parallel compressors write them.
    What follows the last one and is no member is ignored.
    """
    unzip = zlib.decompressobj(wbits=31)
    members = 1
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unzip.eof:
                    if not _MEMBER_START.startswith(rest[:2]):
                        return
                    members += 1
                    if members > MAX_GZIP_MEMBERS:
                        raise MarkupError(f"it has more than {MAX_GZIP_MEMBERS:,} gzip members")
                    unzip = zlib.decompressobj(wbits=31)
                yield unzip.decompress(rest, _CHUNK_BYTES)
                rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    except zlib.error as error:
        if members == 1:
            raise MarkupError("it is broken gzip") from error


# --- characters

# UTF-32 before UTF-16, whose byte order mark is the beginning of that of UTF-32. The last four are "<" without a mark.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")


def _detect_encoding(head: bytes, whole: bytes) -> str:
    """Detect the codec of a document from its first bytes, and from the whole of it if that is given."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    match = _DECLARED.match(head.lstrip()[:300])
    declared = _find_codec(match[1].decode("ascii")) if match else "utf-8"
    # These encode everything in ASCII bytes, so they would pass for UTF-8 below.
    if declared.startswith(("iso2022", "hz")):
        return declared
    # Declarations are often wrong. A document that decodes as UTF-8 is UTF-8, whatever it declares, and one that does
    # not is not: without another declaration, Windows-1252 is the most common.
    if whole:
        return "utf-8" if _is_utf8(whole) else "cp1252" if declared == "utf-8" else declared
    return declared


def _find_codec(name: str) -> str:
    # A declaration that could be read as ASCII is not in UTF-16.
    codec = find_codec(name)
    return "utf-8" if codec is None or codec.startswith("utf-16") else codec


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_pieces(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


# --- before the root element

_DOCTYPE = re.compile(r"<!doctype\s+([^\s>\[]*)", re.IGNORECASE)
# What ends a document type or its declarations, and what may hide such an end: quoted texts, comments, instructions.
_DOCTYPE_MARK = re.compile(r"[\"'\[\]>]|<!--|<\?")
_MARK_END = {'"': '"', "'": "'", "<!--": "-->", "<?": "?>"}
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
# Many feeds begin with warnings of PHP, in plain text or HTML.
_JUNK = re.compile(r"[^<]|<br\b|<b>", re.IGNORECASE)
_AFTER_JUNK = re.compile(r"<\?xml|<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b|<!DOCTYPE|<!ENTITY", re.IGNORECASE)


def _find_root(text: str) -> tuple[DocumentKind, str, int]:
    """Return the kind of the document, the name of its root element and the element's offset.

    Raises MarkupError if the document must not be parsed.
    """
    at = _skip_prolog(text, len(text) - len(text.lstrip("\ufeff")))
    if _JUNK.match(text, at) and (junk := _AFTER_JUNK.search(text, at, _MAX_PROLOG_CHARS)):
        at = _skip_prolog(text, junk.start())
    if text[at : at + 2] == "<!":
        at = _skip_prolog(text, _skip_doctype(text, at))
    match = _ROOT.match(text, at)
    if not match:
        raise MarkupError("it is not XML" if at < _MAX_PROLOG_CHARS else "it has no element in its first 64 KB")
    name = match[1].lower()
    kind = _KIND_BY_ROOT.get(name, "other")
    if kind == "page":
        raise MarkupError("it is a web page", "page")
    return kind, name, at


def _skip_prolog(text: str, at: int) -> int:
    """Return the offset after white space, comments and processing instructions."""
    while at < _MAX_PROLOG_CHARS and (match := _BEFORE_ROOT.match(text, at)):
        at = match.end()
    return at


def _skip_doctype(text: str, at: int) -> int:
    """Return the offset after a document type, whose declarations mean nothing to us.

    Raises MarkupError for that of a web page, and for one that does not end within the first 64 KB.
    """
    match = _DOCTYPE.match(text, at)
    if not match:
        raise MarkupError("it begins with a declaration that feeds and sitemaps do not have")
    if match[1].lower() == "html":
        raise MarkupError("it is a web page", "page")
    at, in_declarations = match.end(), False
    while mark := _DOCTYPE_MARK.search(text, at, _MAX_PROLOG_CHARS):
        at = mark.end()
        if mark[0] == ">" and not in_declarations:
            return at
        if mark[0] in "[]":
            in_declarations = mark[0] == "["
        elif closing := _MARK_END.get(mark[0]):
            end = text.find(closing, at, _MAX_PROLOG_CHARS)
            if end < 0:
                break
            at = end + len(closing)
    raise MarkupError("its document type does not end within its first 64 KB")


# --- from the root element on

_CDATA = "<![CDATA["
# What holds no markup, with its end: "<![CDATA[" in a comment begins no CDATA.
_LITERAL_START = re.compile(r"<!\[CDATA\[|<!--|<\?")
_LITERAL_ENDS = {_CDATA: "]]>", "<!--": "-->", "<?": "?>"}
_TAG_START = re.compile(r"</?[A-Za-z_]")
_MAX_REFERENCE_CHARS = 40
"""At least the length of any reference that ``_AMPERSAND`` matches, and of ``<![CDATA[``."""
_AMPERSAND = re.compile(r"&(?:(amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{1,31};))?")
_NUMBER_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});()")
_NON_XML_CHARS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _repair_texts(texts: Iterable[str]) -> Iterator[str]:
    """Remove control characters, and escape every ``&`` that is not part of a valid reference.

    "&b=2" in a URL and "&nbsp;" in a title are errors in XML, and a parser that recovers drops them silently: the
    URL would be another one.
    """
    rest, literal_end = "", ""
    for text in texts:
        repaired, rest, literal_end = _repair_piece(rest + _NON_XML_CHARS.sub("", text), literal_end)
        yield repaired
    # Nothing follows, so the rest is not the first half of a reference or of CDATA.
    yield _repair_literal(rest, literal_end) if literal_end else _AMPERSAND.sub(_repair_reference, rest)


def _repair_piece(text: str, literal_end: str) -> tuple[str, str, str]:
    """Return the repaired text, the rest that must wait for the next piece, and what ends the literal it begins in.

    Args:
        text: the piece, with the rest of the previous one.
        literal_end: what ends the CDATA, the comment or the instruction that the piece begins in; empty outside.
    """
    repaired: list[str] = []
    at = 0
    while True:
        if literal_end:
            end = text.find(literal_end, at)
            if end < 0:
                whole = max(at, min(_find_last_whole(text, at), len(text) - len(literal_end) + 1))
                return "".join([*repaired, _repair_literal(text[at:whole], literal_end)]), text[whole:], literal_end
            repaired += _repair_literal(text[at:end], literal_end), literal_end
            at = end + len(literal_end)
            literal_end = ""
        else:
            start = _find_literal(text, at)
            whole = start.start() if start else _find_last_whole(text, at)
            repaired.append(_AMPERSAND.sub(_repair_reference, text[at:whole]))
            if not start:
                return "".join(repaired), text[whole:], ""
            repaired.append(start[0])
            at = start.end()
            literal_end = _LITERAL_ENDS[start[0]]


def _find_literal(text: str, at: int) -> re.Match[str] | None:
    """Return the next start of CDATA, a comment or an instruction; in the value of an attribute it is none."""
    for start in _LITERAL_START.finditer(text, at):
        tag = max(text.rfind("<", at, start.start()), text.rfind(">", at, start.start()))
        between = text[tag : start.start()] if tag >= 0 and _TAG_START.match(text, tag) else ""
        if between.count('"') % 2 == 0 and between.count("'") % 2 == 0:
            return start
    return None


def _repair_literal(text: str, literal_end: str) -> str:
    """Repair a literal. In CDATA ``&`` stays; only references to what is no character are removed.

    If the parser does not take it for CDATA after all, they would end the parse.
    """
    return (_NUMBER_REFERENCE if literal_end == _LITERAL_ENDS[_CDATA] else _AMPERSAND).sub(_repair_reference, text)


def _find_last_whole(text: str, start: int) -> int:
    """Return the offset up to which no reference and no ``<![CDATA[`` is cut in two by the end of the piece."""
    tail = max(start, len(text) - _MAX_REFERENCE_CHARS)
    last = max(text.rfind("&", tail), text.rfind("<", tail))
    return len(text) if last < 0 else last


def _repair_reference(match: re.Match[str]) -> str:
    xml_reference, name = match.groups()
    if xml_reference:
        # References to control characters are as invalid in XML as the characters themselves.
        return "" if xml_reference.startswith("#") and not _is_xml_character(xml_reference[1:]) else match[0]
    # HTML's names become numbers, since XML knows only five names.
    if name and (text := html5.get(name)):
        return "".join(f"&#{ord(character)};" for character in text)
    return f"&amp;{name or ''}"


def _is_xml_character(number: str) -> bool:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
