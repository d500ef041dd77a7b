"""Decompresses HTTP bodies with a bound on the work: on bytes, on members and on layers.

A bound on bytes alone is not enough. Empty members and frames cost time and put out nothing, and a few hundred bytes
can hold a million of them once another layer is unpacked.
"""

import importlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final, Literal

MAX_LAYERS: Final = 3
"""Encodings that a body may have on top of each other. Servers use one, broken ones two."""
MAX_MEMBERS: Final = 10_000
"""Members of gzip and frames of zstd in one layer. Parallel packers start one for each 64 KB to 1 MB; ten
thousand empty ones take a tenth of a second."""
MAX_ZSTD_WINDOW_BITS: Final = 23
"""8 MB, as browsers allow and RFC 9659 demands."""
_CHUNK_BYTES: Final = 1 << 16

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_GZIP_BITS: Final = 31
_ZLIB_BITS: Final = 15

Ending = Literal["whole", "cut", "too-large", "damaged"]


@dataclass(frozen=True, slots=True)
class Decompressed:
    """A decompressed body, as far as it could be decompressed."""

    body: bytes
    """At most as many bytes as the limit."""
    ending: Ending = "whole"
    """``cut``: the data ends too early. ``too-large``: there is more than the limit. ``damaged``: the rest cannot be
    decompressed, or is packed too oddly to be worth the work."""


def decompress(body: bytes, encoding: str, limit: int) -> Decompressed:
    """Decompress one layer.

    Args:
        body: the data.
        encoding: ``gzip``, ``x-gzip``, ``deflate``, ``br`` or ``zstd``; anything else leaves the body as it is, like
            ``br`` and ``zstd`` without their packages, which come with Scrapy.
        limit: bytes to return at most.

    >>> import gzip
    >>> decompress(gzip.compress(b"Harbour ") + gzip.compress(b"closed"), "gzip", 100)
    Decompressed(body=b'Harbour closed', ending='whole')
    >>> decompress(gzip.compress(b"Harbour closed"), "gzip", 7)
    Decompressed(body=b'Harbour', ending='too-large')
    >>> decompress(b"<p>Harbour", "gzip", 100)
    Decompressed(body=b'', ending='damaged')
    """
    if encoding in ("gzip", "x-gzip"):
        return _inflate(body, _GZIP_BITS, limit)
    if encoding == "deflate":
        # The standard means zlib with a header, but some servers send the bare deflate stream.
        is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _inflate(body, _ZLIB_BITS if is_zlib else -_ZLIB_BITS, limit)
    if encoding == "br" and (brotli := _find_module("brotli")):
        return _decompress_brotli(brotli, body, limit)
    if encoding == "zstd" and (zstd := _find_module("compression.zstd", "backports.zstd")):
        return _decompress_zstd(zstd, body, limit)
    return Decompressed(body[:limit], "too-large" if len(body) > limit else "whole")


def decompress_layers(body: bytes, encodings: Sequence[str], limit: int) -> Decompressed:
    """Decompress several layers, the last of ``encodings`` first, until one is too large or damaged."""
    if len(encodings) > MAX_LAYERS:
        return Decompressed(b"", "damaged")
    ending: Ending = "whole"
    for encoding in reversed(encodings):
        layer = decompress(body, encoding, limit)
        if layer.ending in ("too-large", "damaged"):
            return layer
        body, ending = layer.body, "cut" if "cut" in (layer.ending, ending) else "whole"
    return Decompressed(body, ending)


def _inflate(body: bytes, bits: int, limit: int) -> Decompressed:
    """Decompress zlib, bare deflate, or members of gzip; what follows them and is none is ignored.

    The data is fed in pieces, because what a decompressor leaves over is copied for each member.
    """
    data, position = memoryview(body), 0
    unpacked = bytearray()
    for _ in range(MAX_MEMBERS):
        unpacker = zlib.decompressobj(bits)
        while not unpacker.eof:
            piece = data[position : position + _CHUNK_BYTES]
            if not piece and not unpacker.unconsumed_tail:
                return Decompressed(bytes(unpacked), "cut")
            try:
                unpacked += unpacker.decompress(piece, limit + 1 - len(unpacked))
            except zlib.error:
                return Decompressed(bytes(unpacked), "damaged")
            position += len(piece) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data)
            if len(unpacked) > limit:
                return _cut_off(unpacked, limit)
        if bits != _GZIP_BITS or bytes(data[position : position + 2]) != _GZIP_MAGIC:
            return Decompressed(bytes(unpacked))
    return Decompressed(bytes(unpacked), "damaged")


def _decompress_zstd(zstd: ModuleType, body: bytes, limit: int) -> Decompressed:
    """Decompress frames of zstd; what follows them and is none is ignored."""
    options = {zstd.DecompressionParameter.window_log_max: MAX_ZSTD_WINDOW_BITS}
    data, position = memoryview(body), 0
    unpacked = bytearray()
    for _ in range(MAX_MEMBERS):
        unpacker: Any = zstd.ZstdDecompressor(options=options)
        while not unpacker.eof:
            piece = data[position : position + _CHUNK_BYTES] if unpacker.needs_input else b""
            if not piece and unpacker.needs_input:
                return Decompressed(bytes(unpacked), "cut")
            try:
                unpacked += unpacker.decompress(piece, limit + 1 - len(unpacked))
            except zstd.ZstdError:
                return Decompressed(bytes(unpacked), "damaged")
            position += len(piece)
            if len(unpacked) > limit:
                return _cut_off(unpacked, limit)
        position -= len(unpacker.unused_data)
        if not _is_zstd_frame(bytes(data[position : position + 4])):
            return Decompressed(bytes(unpacked))
    return Decompressed(bytes(unpacked), "damaged")


def _is_zstd_frame(head: bytes) -> bool:
    """Return whether data begins with a frame, or with one that is to be skipped (RFC 8878, section 3.1)."""
    return head == _ZSTD_MAGIC or (len(head) == 4 and head[0] & 0xF0 == 0x50 and head[1:] == b"\x2a\x4d\x18")


def _decompress_brotli(brotli: ModuleType, body: bytes, limit: int) -> Decompressed:
    unpacker = brotli.Decompressor()
    unpacked = bytearray()
    try:
        unpacked += unpacker.process(body, output_buffer_limit=limit + 1)
        while len(unpacked) <= limit and not unpacker.is_finished() and not unpacker.can_accept_more_data():
            unpacked += unpacker.process(b"", output_buffer_limit=limit + 1 - len(unpacked))
    except brotli.error:
        return Decompressed(bytes(unpacked[:limit]), "damaged")
    if len(unpacked) > limit:
        return _cut_off(unpacked, limit)
    return Decompressed(bytes(unpacked), "whole" if unpacker.is_finished() else "cut")


def _cut_off(unpacked: bytearray, limit: int) -> Decompressed:
    del unpacked[limit:]
    return Decompressed(bytes(unpacked), "too-large")


@cache
def _find_module(*names: str) -> ModuleType | None:
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    return None
