"""From what was fetched to text: the charset, and what a parser cannot take."""

import re

from cleaning.outcomes import NotAnArticleError, Outcome

MAX_BYTES = 20_000_000
"""The largest page that is looked at. News pages stay under 3 MB; the crawl itself stops at 10 MB."""

_SIGNATURES = {
    b"%PDF-": "a PDF document",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a media file",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "gzipped data",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"\x00\x00\x00": "a media file",
    b"OggS": "a media file",
    b"ID3": "an audio file",
    b"wOFF": "a font",
    b"wOF2": "a font",
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_DECLARED_LANGUAGE = re.compile(rb"""<html[^>]{0,400}?\slang\s*=\s*["']?\s*([a-zA-Z]{2})\b""", re.IGNORECASE)
_WESTERN_LANGUAGES = frozenset(b"af ca da de en es eu fi fr ga gl id is it ms nb nl nn no pt so sq sv sw".split())
"""Languages whose letters are in Windows-1252."""
_MAX_NON_ASCII_SHARE = 0.001
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# libxml2 drops the rest of the page, or the whole text, at a character that XML does not allow.
_FORBIDDEN_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")
_FEED_START = re.compile(
    r"^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<\?[^>]*>\s*)*<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b", re.DOTALL
)
_HTML_TAG = re.compile(
    r"<\s*(?:!doctype|html|head|body|div|p|article|main|section|span|h[1-6]|br|meta|a|table|ul)\b",
    re.IGNORECASE,
)


def decode_page(page: str | bytes) -> str:
    """Text of a page, free of characters that end a parse early.

    Raises:
        NotAnArticleError: ``empty``, ``too-large`` or ``not-html``.
    """
    if len(page) > MAX_BYTES:
        raise NotAnArticleError(Outcome.TOO_LARGE, f"{len(page):,} bytes are more than the {MAX_BYTES:,} that are read")
    if isinstance(page, bytes):
        reject_binary(page)
        page = decode_bytes(page)
    text = strip_forbidden_characters(page)
    if not text.strip("\ufeff \t\r\n\f\v\u00a0"):
        raise NotAnArticleError(Outcome.EMPTY, "the page has no text")
    return text


def reject_non_html(text: str) -> None:
    """Raise ``not-html`` for JSON, for a feed or a sitemap, and for text without a single HTML tag."""
    start = text.lstrip("\ufeff \t\r\n")[:400]
    if start[:1] in ("{", "["):
        raise NotAnArticleError(Outcome.NOT_HTML, "it is JSON")
    if _FEED_START.search(start):
        raise NotAnArticleError(Outcome.NOT_HTML, "it is a feed or a sitemap")
    if not _HTML_TAG.search(text):
        raise NotAnArticleError(Outcome.NOT_HTML, "no HTML tag in it")


def reject_binary(page: bytes) -> None:
    """Raise ``not-html`` for bytes of another kind, told by their signature or by control bytes."""
    for signature, kind in _SIGNATURES.items():
        if page.startswith(signature):
            raise NotAnArticleError(Outcome.NOT_HTML, f"it is {kind}")
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    sample = page[:4096]
    control = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if sample and control > len(sample) * 0.05:
        raise NotAnArticleError(Outcome.NOT_HTML, "it is binary data")


def decode_bytes(page: bytes) -> str:
    """Bytes to text: by byte order mark, as UTF-8 where that fits, as declared, else by a guess.

    >>> decode_bytes('<meta charset="utf-8">café'.encode("cp1252"))
    '<meta charset="utf-8">café'
    """
    for bom, encoding in _BOMS:
        if page.startswith(bom):
            return page[len(bom) :].decode(encoding, "replace")
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED_CHARSET.search(page[:4096])
    encoding = declared[1].decode("ascii").casefold() if declared else ""
    if encoding in ("", "utf-8", "utf8"):
        # Declared or assumed UTF-8 that is not: a few broken sequences in real UTF-8, or another charset altogether.
        if _is_mostly_utf8(page):
            return page.decode("utf-8", "replace")
        encoding = _guess_charset(page)
    try:
        return page.decode(
            "cp1252" if encoding in ("iso-8859-1", "latin-1", "latin1", "ascii") else encoding, "replace"
        )
    except LookupError:
        return page.decode(_guess_charset(page), "replace")


def parse_charset(content_type: str) -> str | None:
    """The charset that a Content-Type header states, in lower case.

    >>> parse_charset('text/html; charset="Windows-1256"'), parse_charset("text/html")
    ('windows-1256', None)
    """
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip("\"' ").lower() or None
    return None


def decode_by_header(page: bytes, charset: str | None) -> str | bytes:
    """Text where only the HTTP header knows the charset; else the bytes, to be judged by what they say themselves.

    Servers send a default charset with pages in UTF-8, so bytes that are UTF-8 overrule the header.

    >>> decode_by_header("Привет".encode("koi8-r"), "koi8-r")
    'Привет'
    >>> decode_by_header("Привет".encode(), "iso-8859-1").decode()
    'Привет'
    """
    if charset is None or _is_utf8(page):
        return page
    try:
        return page.decode("cp1252" if charset.lower() in ("iso-8859-1", "latin-1", "us-ascii") else charset)
    except (UnicodeDecodeError, LookupError):
        return page


def _is_utf8(page: bytes) -> bool:
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_windows_1252(page: bytes) -> bool:
    """Whether the page says that it is in a western European language, or has next to nothing but ASCII.

    The guess goes by how likely words look: a page in English with a few names in it came out in Polish letters.
    """
    try:
        page.decode("cp1252")
    except UnicodeDecodeError:
        return False
    language = _DECLARED_LANGUAGE.search(page[:4096])
    if language:
        return language[1].lower() in _WESTERN_LANGUAGES
    return sum(byte >= 0x80 for byte in page) < _MAX_NON_ASCII_SHARE * len(page)


def _is_mostly_utf8(page: bytes) -> bool:
    high = sum(byte >= 0x80 for byte in page)
    in_sequences = sum(map(len, _UTF8_SEQUENCE.findall(page)))
    return in_sequences > high * 0.9


def _guess_charset(page: bytes) -> str:
    """The charset that undeclared bytes are likely in: where they hardly say it, the web's own default."""
    if _is_windows_1252(page):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(page[:20_000]).best()
    return best.encoding if best and best.encoding not in ("utf_8", "ascii") else "cp1252"


def strip_forbidden_characters(text: str) -> str:
    """Drop the characters, literal or as references, that XML does not allow.

    >>> strip_forbidden_characters("one&#1; two&#xFFFE;\\x0b three&#8217;s")
    'one two three&#8217;s'
    """
    if _FORBIDDEN_CHARACTERS.search(text):
        text = _FORBIDDEN_CHARACTERS.sub("", text)
    return _CHARACTER_REFERENCE.sub(_filter_reference, text) if "&#" in text else text


def _filter_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    if code > 0x10FFFF or (code not in range(0x80, 0xA0) and _FORBIDDEN_CHARACTERS.match(chr(code))):
        return ""
    return match[0]
