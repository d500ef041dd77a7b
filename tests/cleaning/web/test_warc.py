"""Archives as others write them, damaged ones, and ones that are made to hurt."""

import gzip
import io
import tracemalloc
import zlib
from datetime import UTC, datetime

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaning.html.decoding import MAX_BYTES
from cleaning.web import warc
from cleaning.web.content_encoding import decode_content_encoding
from cleaning.web.warc import MAX_HEAD_BYTES, DamagedSection, WarcRecord, read_records

PAGE = b"<html><p>The harbour was closed by a storm.</p></html>" * 20


def record(kind: str, block: bytes, url: str = "https://wire.example/a", **fields: str) -> bytes:
    """A record as Common Crawl writes it."""
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2024-10-01T12:00:00Z",
        "WARC-Record-ID": "<urn:uuid:0>",
        "Content-Length": str(len(block)),
    }
    named |= {name.replace("_", "-"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, url: str = "https://wire.example/a", status: str = "200 OK", **fields: str):
    lines = "".join(f"{header}\r\n" for header in ("Content-Type: text/html", *headers))
    return record("response", f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body, url, **fields)


def packed(*pieces: bytes) -> bytes:
    return b"".join(map(gzip.compress, pieces))


def plain(*pieces: bytes) -> bytes:
    return b"".join(pieces)


def chunked(body: bytes, size: int = 100) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%X;x=y\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def read(archive: bytes, start: int = 0, **options) -> list[WarcRecord | DamagedSection]:
    return list(read_records(io.BytesIO(archive), start, **options))


def test_a_resource_is_a_page_without_its_http_message() -> None:
    saved = record("resource", PAGE, Content_Type="text/html; charset=utf-8")
    picture = record("resource", b"\x89PNG", "https://wire.example/a.png", Content_Type="image/png")
    for form in (plain, packed):
        page, other = read(form(saved, record("metadata", b"a: b"), picture))
        assert (page.kind, page.status, page.body, page.is_whole) == ("resource", 200, PAGE, True)
        assert page.get_header("content-type") == "text/html; charset=utf-8"
        assert other.get_header("Content-Type") == "image/png"
    assert read(plain(saved), kinds=["response"]) == []


INFO = record("warcinfo", b"software: someone's\r\n", "")
NEWS = [response(b"%d " % number + PAGE, url=f"https://wire.example/{number}") for number in range(5)]
BETWEEN = [
    record("request", b"GET /a HTTP/1.1\r\nHost: wire.example\r\n\r\n"),
    record("metadata", b"fetchTimeMs: 12\r\n"),
    record("response", b"\x00\x01", "dns:wire.example", Content_Type="text/dns"),
    record("revisit", b"HTTP/1.1 200 OK\r\n\r\n"),
]
FILE = [INFO, NEWS[0], *BETWEEN, *NEWS[1:]]


@pytest.mark.parametrize("form", [packed, plain, lambda *pieces: gzip.compress(plain(*pieces))])
def test_responses_come_in_order(form) -> None:
    found = read(form(*FILE))
    assert [(page.url, page.body) for page in found] == [
        (f"https://wire.example/{number}", b"%d " % number + PAGE) for number in range(5)
    ]
    assert {(page.status, page.kind, page.is_whole) for page in found} == {(200, "response", True)}
    assert found[0].fetched_at == datetime(2024, 10, 1, 12, tzinfo=UTC)
    assert found[0].get_header("content-type") == "text/html"
    assert [page.first_line for page in read(form(*FILE), kinds=["request"])] == ["GET /a HTTP/1.1"]


@pytest.mark.parametrize("form", [packed, plain])
def test_reading_goes_on_where_it_ended(form) -> None:
    archive = form(*FILE)
    found = read(archive)
    for number, page in enumerate(found):
        assert read(archive, page.resume_at) == found[number + 1 :]
        assert read(archive, page.start) == found[number:]
    assert found[-1].resume_at == len(archive)


def test_what_heads_say() -> None:
    odd = response(b"x", "X-Café: é", status="404 Not Found", url="<https://wire.example/é>", WARC_Date="2024-10-01")
    unknown = response(b"x", status="OK", WARC_Date="yesterday", WARC_IP_Address="192.0.2.1", WARC_Truncated="length")
    page, other = read(plain(odd, unknown))
    assert (page.url, page.status, page.fetched_at) == (
        "https://wire.example/é",
        404,
        datetime(2024, 10, 1, tzinfo=UTC),
    )
    assert ("X-Café".encode(), "é".encode()) in page.headers
    assert (other.status, other.fetched_at, other.ip_address, other.is_whole) == (None, None, "192.0.2.1", False)


# Bodies

RAW_DEFLATE = zlib.compressobj(wbits=-15)
ENCODED = [
    (chunked(PAGE), "chunked", ""),
    (chunked(gzip.compress(PAGE, mtime=0)), "Chunked", "gzip"),
    (gzip.compress(PAGE[:500], mtime=0) + gzip.compress(PAGE[500:], mtime=0), "", "x-gzip"),
    (zlib.compress(PAGE), "", "deflate"),
    (RAW_DEFLATE.compress(PAGE) + RAW_DEFLATE.flush(), "", "deflate"),
    (brotli.compress(PAGE), "", "br"),
    (gzip.compress(brotli.compress(PAGE), mtime=0), "", "br, gzip"),
    (PAGE, "", "gzip"),
    (PAGE, "chunked", "deflate"),
    (PAGE, "chunked", "br"),
    (PAGE, "identity", "utf-8"),
    (gzip.compress(PAGE, mtime=0), "chunked", "GZIP"),
]


@pytest.mark.parametrize(("body", "transfer", "content"), ENCODED)
def test_bodies_lose_their_encodings(body: bytes, transfer: str, content: str) -> None:
    (page,) = read(response(body, f"Transfer-Encoding: {transfer}", f"Content-Encoding: {content}"))
    assert (page.body, page.is_whole) == (PAGE, True)


@pytest.mark.parametrize(("body", "transfer", "content"), ENCODED[:7])
def test_bodies_that_break_off_are_told_from_whole_ones(body: bytes, transfer: str, content: str) -> None:
    broken, is_whole = decode_content_encoding(body[: len(body) * 3 // 4], transfer, content, 10_000)
    assert not is_whole
    assert PAGE.startswith(broken)


@given(st.binary(max_size=200), st.sampled_from(["", "chunked"]), st.sampled_from(["gzip", "deflate", "br", "zstd, ,"]))
def test_no_body_raises(body: bytes, transfer: str, content: str) -> None:
    for start in (b"", b"\x1f\x8b\x08\x00", b"\x78\x9c", b"5\r\n"):
        unpacked, _ = decode_content_encoding(start + body, transfer, content, 100)
        assert len(unpacked) <= 100


def zeros(megabytes: int, bits: int = 31) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def bombs() -> list[tuple[str, bytes]]:
    body = zeros(300)
    endless = b"HTTP/1.1 200 OK\r\n" + b"X-A: " + bytes(100_000_000)
    many = b"HTTP/1.1 200 OK\r\n" + (b"X-A: " + b"b" * 200 + b"\r\n") * 12_000
    return [
        ("a body that unpacks to 300 MB", response(body, "Content-Encoding: gzip")),
        ("packed twice", response(gzip.compress(body, mtime=0), "Content-Encoding: gzip, gzip")),
        (
            "in one chunk",
            response(b"%x\r\n" % len(body) + body, "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
        ),
        ("many chunks", response(b"1\r\nx\r\n" * 30_000, "Transfer-Encoding: chunked")),
        ("brotli", response(brotli.compress(bytes(100_000_000), quality=1), "Content-Encoding: br")),
        ("an endless header", gzip.compress(record("response", endless), 1)),
        ("endless headers", gzip.compress(record("response", many), 1)),
        ("an endless head of the record", gzip.compress(b"WARC/1.0\r\nX: " + bytes(100_000_000), 1)),
        ("a member of 300 MB", body),
        ("blank lines", gzip.compress(b"\r\n" * 20_000_000, 1, mtime=0)),
    ]


@pytest.mark.parametrize("bomb", [pytest.param(content, id=name) for name, content in bombs()])
def test_no_record_eats_memory(bomb: bytes) -> None:
    archive = io.BytesIO(bomb + gzip.compress(NEWS[1], mtime=0))
    tracemalloc.start()
    try:
        bodies = [len(page.body) if isinstance(page, WarcRecord) else page.reason for page in read_records(archive)]
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert bodies[-1] == len(PAGE) + 2
    assert all(isinstance(size, str) or size <= MAX_BYTES + 1 for size in bodies)


# Work


class CountingFile(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    count = 0

    def read(self, *size) -> bytes:
        piece = super().read(*size)
        self.count += len(piece)
        return piece

    def readline(self, *size) -> bytes:
        line = super().readline(*size)
        self.count += len(line)
        return line


FALSE_HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Length: "


def nested(count: int) -> bytes:
    """Gzip members that begin within one another: stored blocks, whose content is the next member's start."""
    block = gzip.compress(FALSE_HEAD + b"999999999\r\n\r\n", 1)[:-8]
    stored = b"\x00" + (len(block) + 5).to_bytes(2, "little") + (0xFFFF - len(block) - 5).to_bytes(2, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"".join(stored + block + bytes(5) for _ in range(count))


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda count: b"WARC/1.0\r\n" * 5 * count, id="heads without an end"),
        pytest.param(lambda count: (FALSE_HEAD + b"999999999999\r\n\r\n") * count, id="lengths beyond the file"),
        pytest.param(lambda count: (FALSE_HEAD + b"%d\r\n\r\n" % (99 * count)) * count, id="lengths within the file"),
        pytest.param(lambda count: gzip.compress(FALSE_HEAD + b"9\r\n\r\n")[:-9] * count, id="torn members"),
        pytest.param(lambda count: gzip.compress(FALSE_HEAD + b"9" * 12 + b"\r\n\r\n") * count, id="short members"),
        pytest.param(lambda count: b"\x1f\x8b\x08" * 30 * count, id="starts of members"),
        pytest.param(nested, id="members in members"),
    ],
)
def test_the_work_of_reading_grows_with_the_file(build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MIN_REREAD_BYTES", 0)
    counts = []
    for size in (500, 1000):
        archive = CountingFile(b"junk" + build(size) + b"\r\n" + NEWS[1])
        list(read_records(archive))
        counts.append(archive.count)
    assert counts[1] < 2.5 * counts[0]


def test_the_record_behind_false_heads_is_found() -> None:
    false = (FALSE_HEAD + b"999999999999\r\n\r\n") * 1000
    damage, page = read(NEWS[0] + false + NEWS[1])[1:]
    assert (damage.start, damage.reason, page.body[:1]) == (len(NEWS[0]), "the record is incomplete", b"1")


def test_a_body_of_many_members_is_copied_once() -> None:
    members = gzip.compress(b"a", mtime=0) * 9_000 + gzip.compress(PAGE, mtime=0)
    tracemalloc.start()
    try:
        body, is_whole = decode_content_encoding(members, "", "gzip", MAX_BYTES)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(members)
    finally:
        tracemalloc.stop()
    assert (body, is_whole) == (b"a" * 9_000 + PAGE, True)


@pytest.mark.parametrize(
    "stated",
    [
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "1970-01-01T00:00:00Z",
        "2024-10-01T12:00:00+99:99",
        "-2024-10-01",
        "2024-10-01T12:00:00." + "9" * 5000,
        "9" * 5000,
    ],
)
def test_no_date_poisons_the_file(stated: str) -> None:
    found = read(plain(response(PAGE, WARC_Date=stated), NEWS[1]))
    assert [page.body for page in found] == [PAGE, b"1 " + PAGE]
    # The fraction of a second is cut.
    assert found[0].fetched_at in (None, datetime(2024, 10, 1, 12, 0, 0, 999999, UTC))


# Damage


@pytest.mark.parametrize("form", [packed, plain])
@pytest.mark.parametrize("cut", [1, 5, 40, 200])
def test_a_torn_tail_is_told_and_everything_before_it_read(form, cut: int) -> None:
    archive = form(*FILE)
    *pages, damage = read(archive[:-cut]) if form is packed or cut > 4 else [*read(archive[:-cut]), None]
    assert [page.body[:1] for page in pages] == [b"%d" % number for number in range(len(pages))]
    assert len(pages) == 4 or (len(pages) == 5 and damage is None)
    if damage:
        assert (damage.start, damage.resume_at) == (
            archive.rindex(b"\x1f\x8b\x08") if form is packed else archive.rindex(b"WARC/1.0"),
            len(archive) - cut,
        )


@pytest.mark.parametrize("form", [packed, plain])
def test_a_damaged_record_takes_no_other_with_it(form) -> None:
    pieces = [form(piece) for piece in FILE]
    for number, piece in enumerate(pieces):
        broken = bytearray(piece)
        middle = 2 if form is plain else len(piece) // 2
        broken[middle : middle + 4] = b"\x00\xff\x00\xff"
        found = read(plain(*pieces[:number], bytes(broken), *pieces[number + 1 :]))
        whole = [page.url for page in found if isinstance(page, WarcRecord)]
        damages = [piece for piece in found if isinstance(piece, DamagedSection)]
        wanted = [page.url for page in read(plain(*pieces[:number], *pieces[number + 1 :]))]
        assert whole == wanted
        assert len(damages) == 1
        assert damages[0].resume_at <= sum(map(len, pieces[: number + 1])) + 4


def test_archives_joined_behind_a_torn_tail() -> None:
    torn = packed(INFO, NEWS[0], NEWS[1])[:-60]
    found = read(torn + packed(INFO, NEWS[2], NEWS[3]))
    assert [type(piece) for piece in found] == [WarcRecord, DamagedSection, WarcRecord, WarcRecord]
    assert [page.body[:1] for page in found if isinstance(page, WarcRecord)] == [b"0", b"2", b"3"]
    assert found[1].resume_at == len(torn)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (response(b"x", Content_Length=""), "a record has no valid Content-Length"),
        (response(b"x", Content_Length="-1"), "a record has no valid Content-Length"),
        (response(b"x", Content_Length="9" * 15), "the record is incomplete"),
        (response(b"x", Content_Length="٣"), "a record has no valid Content-Length"),
        (
            b"WARC/1.0\r\nX: " + bytes(MAX_HEAD_BYTES) + b"\r\n\r\n",
            f"a record's head is larger than {MAX_HEAD_BYTES:,} bytes",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no record begins here"),
        (record("response", b""), "the record is incomplete"),
    ],
)
def test_what_is_wrong_is_said(broken: bytes, reason: str) -> None:
    found = read(broken + NEWS[0])
    assert [piece.reason if isinstance(piece, DamagedSection) else piece.body[:1] for piece in found] == [reason, b"0"]
    assert not found[0].is_all


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PAGE,
        gzip.compress(PAGE, mtime=0),
        bytes(range(256)) * 9,
        b"filedesc://a.arc 0.0.0.0 20050614070144 text/plain 69\n1 0 Alexa\nURL IP-address\n\n",
        b"\x28\xb5\x2f\xfd" + bytes(100),
        b"\x1f\x8b\x08" * 1000,
    ],
)
def test_what_is_no_archive_is_one_damage(content: bytes) -> None:
    (damage,) = read(content)
    assert isinstance(damage, DamagedSection)
    assert (damage.start, damage.resume_at, damage.is_all) == (0, len(content), True)
    assert damage.describe() == "not a WARC file, or damaged"


@given(st.data())
def test_no_damage_raises_or_loops(data) -> None:
    archive = bytearray(data.draw(st.sampled_from([packed(*FILE), plain(*FILE)])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(archive)))
        archive[start : start + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    position = 0
    for piece in read_records(io.BytesIO(bytes(archive))):
        assert position <= piece.start <= piece.resume_at <= len(archive)
        position = piece.start
