"""XML from strangers: unpacked, decoded and disarmed, before any parser sees it.

Parsers differ in what they do with a document type definition: some expand its entities until memory is full,
some read the files it names, some give back an empty document. No feed and no sitemap needs one, so a
document with one is refused here, by name, and the parsers get what begins at the root element, as UTF-8.
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

DocumentKind = Literal["feed", "sitemap", "page", "other"]
"""What a document is by its first element; ``other`` for what has none that we know."""

MAX_DOCUMENT_BYTES: Final = 50 * 1024 * 1024
"""Size of a document, unpacked: the limit of the sitemaps protocol."""

MAX_DEPTH: Final = 500
"""Elements within elements. The parser's own limit does not hold where it recovers, and each level takes 100 bytes."""
MAX_WHOLE_BYTES: Final = 10 * 1024 * 1024
"""Bytes up to which all of a document is looked at to tell its encoding. Larger ones are ASCII sitemaps."""

_CHUNK_BYTES = 256 * 1024
_MAX_PROLOG_CHARS = 64 * 1024
_KIND_BY_ROOT: dict[str, DocumentKind] = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), "feed"),
    **dict.fromkeys(("urlset", "sitemapindex"), "sitemap"),
    **dict.fromkeys(("html", "head", "body", "title", "meta", "script", "div", "center", "h1", "p"), "page"),
}


class TooDeepError(Exception):
    """Elements nested deeper than ``MAX_DEPTH``; for the targets of parsers to raise."""


class TooManyEntriesError(Exception):
    """More entries than are read; for the targets of parsers to raise."""


class UnexpectedDocumentError(Exception):
    """Bytes that are not the kind of document they were taken for, or that must not be read."""

    def __init__(self, reason: str, actual_kind: DocumentKind | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        """A sentence without a full stop: "it declares entities, …"."""
        self.actual_kind = None if actual_kind == "other" else actual_kind
        """What the bytes are, where that is known."""


class MarkupError(Exception):
    """A document that cannot be read, or must not be. ``reason`` is a sentence without a full stop."""

    def __init__(self, reason: str, kind: DocumentKind = "other") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A document that a parser may read."""

    kind: DocumentKind
    root: str
    """Name of the root element in lower case, without a prefix."""
    line: int
    """The line, from 1, that the root element begins in."""
    pieces: Iterator[bytes]
    """The document from its root element on, in UTF-8; raises MarkupError where it is too large or broken."""


def read_xml(body: bytes) -> XmlDocument:
    """The document in ``body``, which may be gzip; raises MarkupError on what is empty, no XML, or armed."""
    texts = iter_texts(body)
    text = ""
    while len(text) < _MAX_PROLOG_CHARS and (more := next(texts, None)) is not None:
        text += more
    if not text.strip():
        raise MarkupError("it is empty")
    kind, root, start = _find_root(text)
    line = 1 + text.count("\n", 0, start)
    return XmlDocument(kind, root, line, (piece.encode() for piece in _repair_texts(chain([text[start:]], texts))))


def parse_events(document: XmlDocument, target: object) -> None:
    """Parse a document and pass its elements to ``target``: an lxml parser target, with start, data, end and close.

    What is broken is repaired where that is possible. Entities are not resolved, and nothing else is opened.
    Raises etree.XMLSyntaxError on what cannot be repaired, MarkupError on what cannot be decoded, and what the target
    raises.
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


def detect_document_kind(body: bytes) -> DocumentKind:
    """What a document is, from its first 64 KB; never an error.

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
    """The text of ``body`` in pieces, unpacked and decoded."""
    pieces = decompress(body)
    first = next(pieces, b"")
    yield from _decode_pieces(
        chain([first], pieces), _detect_encoding(first, whole=body if len(body) <= MAX_WHOLE_BYTES else b"")
    )


def decompress(body: bytes, limit: int = MAX_DOCUMENT_BYTES) -> Iterator[bytes]:
    """The body in pieces, gunzipped where it is gzip; raises MarkupError beyond ``limit`` bytes."""
    pieces = (body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES))
    size = 0
    for piece in _decompress_gzip(pieces) if body.startswith(b"\x1f\x8b") else pieces:
        size += len(piece)
        if size > limit:
            raise MarkupError(f"it is larger than {limit // 2**20} MB when unpacked")
        yield piece


def _decompress_gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Never more than one piece in memory, whatever it unpacks to: 50 kB of gzip can be 50 MB."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            rest = piece
            while rest and not unzip.eof:
                yield unzip.decompress(rest, _CHUNK_BYTES)
                rest = unzip.unconsumed_tail
    except zlib.error as error:
        raise MarkupError("it is broken gzip") from error


# --- characters

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
# What pages mean by these names, as browsers read them; the exact sets lack characters that writers use.
_CODEC_ALIASES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Codecs that turn plain ASCII into markup: nobody writes a feed in them, and they get "<!DOCTYPE" past a
# search for it.
_REJECTED_CODECS = ("utf-7", "punycode", "idna", "unicode_escape", "raw_unicode_escape")


def _detect_encoding(head: bytes, whole: bytes) -> str:
    """The codec of a document, from its first bytes, and from all of them where they are given."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    match = _DECLARED.match(head.lstrip()[:300])
    declared = _find_codec(match[1].decode("ascii")) if match else "utf-8"
    if declared.startswith(("iso2022", "hz")):
        return declared
    # Bytes that are UTF-8 are UTF-8, whatever the declaration says; bytes that are not are not, likewise.
    if whole:
        return "utf-8" if _is_utf8(whole) else "cp1252" if declared == "utf-8" else declared
    return declared


def _find_codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        b"<".decode(found)
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if found in _REJECTED_CODECS else _CODEC_ALIASES.get(found, found)


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


# --- what stands before the root element

_DOCTYPE = re.compile(r"<!doctype\s+([^\s>\[]*)([^>\[]*)([>\[])", re.IGNORECASE)
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
# Warnings of PHP stand before many feeds.
_JUNK = re.compile(r"[^<]|<br\b|<b>", re.IGNORECASE)
_AFTER_JUNK = re.compile(r"<\?xml|<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b|<!DOCTYPE|<!ENTITY", re.IGNORECASE)


def _find_root(text: str) -> tuple[DocumentKind, str, int]:
    """The kind, the root's name and where it begins; raises MarkupError where no parser should go on."""
    at = _skip_prolog(text, len(text) - len(text.lstrip("\ufeff")))
    if _JUNK.match(text, at) and (junk := _AFTER_JUNK.search(text, at, _MAX_PROLOG_CHARS)):
        at = _skip_prolog(text, junk.start())
    if text[at : at + 2] == "<!":
        at = _skip_prolog(text, _skip_doctype(text, at))
    match = _ROOT.match(text, at)
    if not match:
        raise MarkupError("it is no XML" if at < _MAX_PROLOG_CHARS else "it has no element in its first 64 KB")
    name = match[1].lower()
    kind = _KIND_BY_ROOT.get(name, "other")
    if kind == "page":
        raise MarkupError("it is a web page", "page")
    return kind, name, at


def _skip_prolog(text: str, at: int) -> int:
    """Past white space, comments and processing instructions."""
    while at < _MAX_PROLOG_CHARS and (match := _BEFORE_ROOT.match(text, at)):
        at = match.end()
    return at


def _skip_doctype(text: str, at: int) -> int:
    """Past a document type that is only a name; raises MarkupError on one that does more.

    RSS 0.91 prescribes Netscape's, which is never read.
    """
    match = _DOCTYPE.match(text, at)
    if not match:
        raise MarkupError("it begins with a declaration that feeds and sitemaps do not have")
    name, external, end = match.groups()
    if name.lower() == "html":
        raise MarkupError("it is a web page", "page")
    if end == "[":
        raise MarkupError("it declares entities, which feeds and sitemaps have no need of and attacks are made of")
    if external.strip() and "netscape communications//dtd rss" not in external.lower():
        raise MarkupError("it names an external document type, which could make the reader fetch or leak files")
    return match.end()


# --- what stands after it

_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_MAX_REFERENCE_CHARS = 40
_AMPERSAND = re.compile(r"&(?:(amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{1,31};))?")
_NON_XML_CHARS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _repair_texts(texts: Iterable[str]) -> Iterator[str]:
    """Without control characters, and with every ``&`` that stands for itself written as XML wants it.

    "&b=2" in an address and "&nbsp;" in a title are errors in XML, and a parser that recovers drops them
    silently.
    """
    rest, in_cdata = "", False
    for text in texts:
        mended, rest, in_cdata = _repair_piece(rest + _NON_XML_CHARS.sub("", text), in_cdata)
        yield mended
    # Nothing follows: an end that might have been half of something is not.
    yield rest if in_cdata else _AMPERSAND.sub(_repair_reference, rest)


def _repair_piece(text: str, in_cdata: bool) -> tuple[str, str, bool]:
    """The mended text, what must wait for the next piece, and whether that begins within CDATA.

    There, ``&`` stands for itself.
    """
    mended: list[str] = []
    at = 0
    while True:
        if in_cdata:
            end = text.find(_CDATA_END, at)
            if end < 0:
                whole = max(at, len(text) - len(_CDATA_END) + 1)
                return "".join([*mended, text[at:whole]]), text[whole:], True
            mended.append(text[at : end + len(_CDATA_END)])
            at = end + len(_CDATA_END)
        else:
            end = text.find(_CDATA, at)
            whole = end if end >= 0 else _find_last_whole(text, at)
            mended.append(_AMPERSAND.sub(_repair_reference, text[at:whole]))
            if end < 0:
                return "".join(mended), text[whole:], False
            mended.append(_CDATA)
            at = end + len(_CDATA)
        in_cdata = not in_cdata


def _find_last_whole(text: str, start: int) -> int:
    """Up to where no reference and no beginning of CDATA is cut in two."""
    tail = max(start, len(text) - _MAX_REFERENCE_CHARS)
    last = max(text.rfind("&", tail), text.rfind("<", tail))
    return len(text) if last < 0 else last


def _repair_reference(match: re.Match[str]) -> str:
    known, name = match.groups()
    if known:
        return "" if known.startswith("#") and not _is_xml_character(known[1:]) else match[0]
    if name and (text := html5.get(name)):
        return "".join(f"&#{ord(character)};" for character in text)
    return f"&amp;{name or ''}"


def _is_xml_character(number: str) -> bool:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
