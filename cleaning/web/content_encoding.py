"""Decode the transfer and content encodings of an HTTP body, with a limit against decompression bombs."""

import re
import zlib
from typing import Final

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r?\n")
_GZIP: Final = b"\x1f\x8b"
_GZIP_BITS: Final = 31
_FIRST_PIECE_BYTES: Final = 256
_ZLIB_BITS: Final = 15


def decode_content_encoding(
    body: bytes, transfer_encoding: str, content_encoding: str, limit: int
) -> tuple[bytes, bool]:
    """Decode a body from its encodings.

    Archives often keep the original headers with a body that is decoded already, and servers name encodings that they
    do not use. So a body that is not encoded as declared is returned as it is.

    Args:
        body: the body as it was transferred.
        transfer_encoding: the value of the header, empty if there is none; only ``chunked`` is decoded.
        content_encoding: the same; ``gzip``, ``deflate`` and (with the package ``brotli``) ``br`` are decoded, also
            several of them.
        limit: bytes to return at most. Brotli can pack 1 GiB in 809 bytes, so no more than this is ever decompressed.

    Returns:
        The decoded body, and whether it is complete; a body that was cut at the limit counts as complete.

    >>> import gzip
    >>> decode_content_encoding(gzip.compress(b"Harbour closed"), "", "gzip", 7)
    (b'Harbour', True)
    >>> decode_content_encoding(b"4\\r\\nHarb\\r\\n3\\r\\nour\\r\\n0\\r\\n\\r\\n", "chunked", "", 100)
    (b'Harbour', True)
    >>> decode_content_encoding(b"<p>Harbour", "chunked", "gzip", 100)
    (b'<p>Harbour', True)
    """
    is_whole = True
    if "chunked" in transfer_encoding.lower():
        body, is_whole = _join_chunks(body)
    for encoding in reversed(content_encoding.lower().split(",")):
        body, is_complete = _decompress_body(body, encoding.strip(), limit)
        is_whole = is_whole and is_complete
    return body[:limit], is_whole


def _join_chunks(body: bytes) -> tuple[bytes, bool]:
    """Join the chunks of a body, and say whether the last one is there; a body without chunks is returned as it is."""
    joined = bytearray()
    position = 0
    while match := _CHUNK_SIZE.match(body, position):
        size = int(match[1], 16)
        if not size:
            return bytes(joined), True
        joined += body[match.end() : match.end() + size]
        position = match.end() + size
        if position >= len(body):
            break
        position += 2 if body.startswith(b"\r\n", position) else 1
    return (bytes(joined), False) if position else (body, True)


def _decompress_body(body: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """Decompress one content encoding, and say whether the body is complete; unknown encodings are left as they are."""
    if encoding in ("gzip", "x-gzip"):
        return _decompress_zlib(body, _GZIP_BITS, limit) if body.startswith(_GZIP) else (body, True)
    if encoding == "deflate":
        # The standard means zlib with a header, but some servers send the bare deflate stream.
        is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
        inflated, is_whole = _decompress_zlib(body, _ZLIB_BITS if is_zlib else -_ZLIB_BITS, limit)
        return (inflated, is_whole) if inflated or is_zlib else (body, True)
    if encoding == "br":
        return _decompress_brotli(body, limit)
    return body, True


def _decompress_zlib(body: bytes, bits: int, limit: int) -> tuple[bytes, bool]:
    """Decompress data of zlib or gzip (also of several gzip members), to ``limit`` bytes at most."""
    unpacked = bytearray()
    position = 0
    while len(unpacked) < limit:
        unpacker = zlib.decompressobj(bits)
        # zlib copies what follows the end of a member. Given the whole rest each time, a body of many small members
        # took quadratic time; given pieces that double, no more is copied than the member has.
        piece_bytes = _FIRST_PIECE_BYTES
        while position < len(body) and not unpacker.eof and len(unpacked) < limit:
            piece = body[position : position + piece_bytes]
            try:
                unpacked += unpacker.decompress(piece, limit - len(unpacked))
            except zlib.error:
                return bytes(unpacked), False
            position += len(piece) - len(unpacker.unused_data)
            piece_bytes *= 2
        if not unpacker.eof:
            return bytes(unpacked), len(unpacked) >= limit
        if not body.startswith(_GZIP, position):
            break
    return bytes(unpacked), True


def _decompress_brotli(body: bytes, limit: int) -> tuple[bytes, bool]:
    try:
        import brotli
    except ModuleNotFoundError:
        # brotli comes with Scrapy, not with the base install. The cleaner will report the page as binary data.
        return body, True
    unpacker = brotli.Decompressor()
    unpacked = bytearray()
    try:
        unpacked += unpacker.process(body, output_buffer_limit=limit)
        while len(unpacked) < limit and not unpacker.is_finished() and not unpacker.can_accept_more_data():
            unpacked += unpacker.process(b"", output_buffer_limit=limit - len(unpacked))
    except brotli.error:
        return (bytes(unpacked), False) if unpacked else (body, True)
    return bytes(unpacked), unpacker.is_finished() or len(unpacked) >= limit
