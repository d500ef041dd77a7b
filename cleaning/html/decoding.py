"""Decode a fetched page to text: find its charset, reject what is not HTML, and remove what breaks the parser.

The charset is searched in this order: the byte order mark, UTF-8 if the bytes are valid UTF-8, the declaration in the
page, a guess. The charset of the HTTP header is applied before, by :func:`decode_by_header`.
"""

import re

from cleaning.html.charsets import find_codec
from cleaning.html.mojibake import repair_mojibake
from cleaning.outcomes import NotAnArticleError, Outcome

MAX_BYTES = 20_000_000
"""Bytes (or characters of text) of the largest page that is cleaned.

News pages stay under 3 MB, and the crawl stops a download at 10 MB.
"""

# Servers send files of other kinds as text/html. The values are the end of the message to the user.
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
"""Languages whose letters are all in Windows-1252."""
_MAX_NON_ASCII_SHARE = 0.001
"""Share of bytes that are not ASCII below which a page without a declared language counts as Western."""
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# libxml2 drops the rest of the page, or all of its text, at a character that XML does not allow. One literal or
# referenced control character, such as &#1; or &#xFFFE;, is enough; a lone surrogate cuts the text.
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
    """Decode a page, repair characters that were encoded twice, and remove those that would end its parse early.

    Args:
        page: the bytes as the server sent them, without content encodings; or text that was decoded already.

    Raises:
        NotAnArticleError: ``empty``, ``too-large`` or ``not-html``.
    """
    if len(page) > MAX_BYTES:
        raise NotAnArticleError(Outcome.TOO_LARGE, f"the page has {len(page):,} bytes; the limit is {MAX_BYTES:,}")
    if isinstance(page, bytes):
        reject_binary(page)
        page = decode_bytes(page)
    text = strip_forbidden_characters(repair_mojibake(page))
    if not text.strip("\ufeff \t\r\n\f\v\u00a0"):
        raise NotAnArticleError(Outcome.EMPTY, "the page has no text")
    return text


def reject_non_html(text: str) -> None:
    """Reject text that is not an HTML page: JSON, a feed, a sitemap, or text without a single HTML tag.

    Raises:
        NotAnArticleError: ``not-html``.
    """
    start = text.lstrip("\ufeff \t\r\n")[:400]
    if start[:1] in ("{", "["):
        raise NotAnArticleError(Outcome.NOT_HTML, "it is JSON")
    if _FEED_START.search(start):
        raise NotAnArticleError(Outcome.NOT_HTML, "it is a feed or a sitemap")
    if not _HTML_TAG.search(text):
        raise NotAnArticleError(Outcome.NOT_HTML, "it contains no HTML tag")


def reject_binary(page: bytes) -> None:
    """Reject bytes that are not text, recognised by a file signature or by control bytes.

    Raises:
        NotAnArticleError: ``not-html``; its detail names the kind of file.
    """
    for signature, kind in _SIGNATURES.items():
        if page.startswith(signature):
            raise NotAnArticleError(Outcome.NOT_HTML, f"it is {kind}")
    # UTF-16 has a zero byte in every Latin letter, so control bytes prove nothing.
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    sample = page[:4096]
    control = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if sample and control > len(sample) * 0.05:
        raise NotAnArticleError(Outcome.NOT_HTML, "it is binary data")


def decode_bytes(page: bytes) -> str:
    """Decode bytes by their byte order mark, as UTF-8 if they are valid UTF-8, as declared in the page, or by a guess.

    Bytes that do not fit the charset become U+FFFD. A declared UTF-8 counts only if the bytes agree, because pages in
    other charsets declare it by mistake.

    >>> decode_bytes('<meta charset="utf-8">café'.encode("cp1252"))
    '<meta charset="utf-8">café'
    """
    for bom, marked in _BOMS:
        if page.startswith(bom):
            return page[len(bom) :].decode(marked, "replace")
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED_CHARSET.search(page[:4096])
    encoding: str | None = find_codec(declared[1].decode("ascii", "replace")) if declared else "utf-8"
    # As in browsers, a page whose declaration could be read as ASCII is not in UTF-16.
    if encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        # The page is not valid UTF-8 although it is declared or assumed to be: it is either UTF-8 with a few broken
        # sequences (such as a character cut in two), or in another charset altogether.
        if _is_mostly_utf8(page):
            return page.decode("utf-8", "replace")
        encoding = None
    # Without a codec, the declared charset does not exist, or was wrong.
    return page.decode(encoding or _guess_charset(page), "replace")


def parse_charset(content_type: str) -> str | None:
    """Return the charset of a Content-Type header in lower case, or ``None`` if it has none.

    The name is not checked; :func:`decode_by_header` ignores names that do not exist.

    >>> parse_charset('text/html; charset="Windows-1256"'), parse_charset("text/html")
    ('windows-1256', None)
    """
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip("\"' ").lower() or None
    return None


def decode_by_header(page: bytes, charset: str | None) -> str | bytes:
    """Decode a page by the charset of its HTTP header, unless the bytes contradict the header.

    Servers send their default charset with UTF-8 pages, so bytes that are valid UTF-8 overrule it.

    Args:
        page: the body of the response.
        charset: the charset of the header, as from :func:`parse_charset`; ``None`` if the header has none.

    Returns:
        Text, or the same bytes if the header does not help; :func:`decode_page` takes both.

    >>> decode_by_header("Привет".encode("koi8-r"), "koi8-r")
    'Привет'
    >>> decode_by_header("Привет".encode(), "iso-8859-1").decode()
    'Привет'
    """
    codec = find_codec(charset) if charset is not None else None
    if codec is None or _is_utf8(page):
        return page
    try:
        return page.decode(codec)
    except UnicodeDecodeError:
        return page


def _is_utf8(page: bytes) -> bool:
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_windows_1252(page: bytes) -> bool:
    """Return whether a page is probably in Windows-1252: it declares a Western language, or is nearly all ASCII.

    The statistical guess is wrong on these: it read an English page with a few accented names as Polish.
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
    """Return whether more than 90 % of the bytes beyond ASCII are part of UTF-8 sequences.

    In another charset, hardly any are.
    """
    high = sum(byte >= 0x80 for byte in page)
    in_sequences = sum(map(len, _UTF8_SEQUENCE.findall(page)))
    return in_sequences > high * 0.9


def _guess_charset(page: bytes) -> str:
    """Guess the charset of bytes that do not declare it; if nothing speaks for another one, it is Windows-1252."""
    if _is_windows_1252(page):
        return "cp1252"
    from charset_normalizer import from_bytes

    # The time of a guess grows with the length, so it is made from the first 20 kB.
    best = from_bytes(page[:20_000]).best()
    return best.encoding if best and best.encoding not in ("utf_8", "ascii") else "cp1252"


def strip_forbidden_characters(text: str) -> str:
    """Remove the characters that XML does not allow, both literal ones and character references.

    >>> strip_forbidden_characters("one&#1; two&#xFFFE;\\x0b three&#8217;s")
    'one two three&#8217;s'
    """
    if _FORBIDDEN_CHARACTERS.search(text):
        text = _FORBIDDEN_CHARACTERS.sub("", text)
    return _CHARACTER_REFERENCE.sub(_filter_reference, text) if "&#" in text else text


def _filter_reference(match: re.Match[str]) -> str:
    """Return a character reference unchanged, or an empty string if XML does not allow its character."""
    code = int(match[1], 16) if match[1] else int(match[2])
    if code > 0x10FFFF or (code not in range(0x80, 0xA0) and _FORBIDDEN_CHARACTERS.match(chr(code))):
        return ""
    return match[0]
