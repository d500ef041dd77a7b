"""Decode the transfer and content encodings of an HTTP body, with a limit against decompression bombs."""

import re

from cleaning.web.decompression import MAX_LAYERS, decompress

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r?\n")


def decode_content_encoding(
    body: bytes, transfer_encoding: str, content_encoding: str, limit: int
) -> tuple[bytes, bool]:
    """Decode a body from its encodings.

    Archives often keep the original headers with a body that is decoded already, and servers name encodings that they
    do not use. So a body that is not encoded as declared is returned as it is.

    Args:
        body: the body as it was transferred.
        transfer_encoding: the value of the header, empty if there is none; only ``chunked`` is decoded.
        content_encoding: the same; ``gzip``, ``deflate`` and, with their packages, ``br`` and ``zstd`` are decoded,
            also the last three of several.
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
    encodings = [name for encoding in content_encoding.lower().split(",") if (name := encoding.strip())]
    for encoding in reversed(encodings[-MAX_LAYERS:]):
        body, is_complete = _decompress_body(body, encoding, limit)
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
    """Decompress one content encoding, and say whether the body is complete.

    A body of which nothing can be decompressed is not compressed, and is left as it is.
    """
    layer = decompress(body, encoding, limit)
    if layer.ending == "damaged" and not layer.body:
        return body, True
    return layer.body, layer.ending in ("whole", "too-large")
