"""Bodies that cost more to unpack than they look."""

import gzip
import zlib

import brotli
import pytest
from backports import zstd

from cleaning.web.decompression import MAX_LAYERS, MAX_MEMBERS, decompress, decompress_layers

LIMIT = 1_000_000
TEXT = b"<p>Harbour closed by storm</p>" * 500
EMPTY_MEMBERS = {
    "gzip": gzip.compress(b"", mtime=0),
    "zstd": zstd.compress(b""),
    "zstd skippable": b"\x50\x2a\x4d\x18\0\0\0\0",
}
PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_servers_send(encoding: str) -> None:
    packed = PACKERS[encoding](TEXT)
    whole, cut, large = (
        decompress(packed, encoding, LIMIT),
        decompress(packed[:-5], encoding, LIMIT),
        decompress(packed, encoding, 100),
    )
    assert (whole.body, whole.ending) == (TEXT, "whole")
    assert cut.ending == "cut"
    assert TEXT.startswith(cut.body)
    assert (large.body, large.ending) == (TEXT[:100], "too-large")
    assert decompress(packed, encoding, len(TEXT)).ending == "whole"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_are_one_body_and_what_follows_them_is_ignored(encoding: str) -> None:
    packed = b"".join(PACKERS[encoding](TEXT[start : start + 100]) for start in range(0, len(TEXT), 100))
    assert decompress(packed + b"\0\0junk", encoding, LIMIT).body == TEXT


@pytest.mark.parametrize("name", EMPTY_MEMBERS)
def test_empty_members_without_number_are_not_unpacked(name: str) -> None:
    encoding = name.partition(" ")[0]
    member = EMPTY_MEMBERS[name]
    assert decompress(member * (MAX_MEMBERS - 1) + PACKERS[encoding](b"a"), encoding, LIMIT).body == b"a"
    assert decompress(member * (MAX_MEMBERS + 1), encoding, LIMIT).ending == "damaged"


def test_a_million_frames_in_a_kilobyte_are_damaged() -> None:
    bomb = zstd.compress(EMPTY_MEMBERS["zstd skippable"] * LIMIT)
    assert len(bomb) < 2_000
    assert decompress_layers(bomb, ["zstd", "zstd"], 10 * LIMIT).ending == "damaged"


def test_layers_without_number_are_not_unpacked() -> None:
    body = b"a"
    for _ in range(MAX_LAYERS):
        body = gzip.compress(body)
    assert decompress_layers(body, ["gzip"] * MAX_LAYERS, LIMIT).body == b"a"
    assert decompress_layers(gzip.compress(body), ["gzip"] * (MAX_LAYERS + 1), LIMIT).ending == "damaged"


def test_a_cut_inner_layer_is_known() -> None:
    packed = gzip.compress(brotli.compress(TEXT)[:-3])
    assert decompress_layers(packed, ["br", "gzip"], LIMIT).ending == "cut"


def test_a_window_that_takes_a_gigabyte_is_refused() -> None:
    packed = zstd.compress(TEXT, options={zstd.CompressionParameter.window_log: 27})
    unsized = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    stream = unsized.compress(TEXT) + unsized.flush()
    assert decompress(packed, "zstd", LIMIT).body == TEXT  # its size is stated, and small
    assert decompress(stream, "zstd", LIMIT).ending == "damaged"


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_is_not_packed_is_damaged(encoding: str) -> None:
    assert decompress(b"<p>Harbour closed", encoding, LIMIT).ending in ("damaged", "cut")
