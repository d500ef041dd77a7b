"""What WARC files hold: one record after the other, in constant memory, and past whatever is damaged.

warcio reads the heads of records. It is not let near the rest: its iterator ends at the first damage, takes a broken
gzip member for the end of a record, and unpacks bodies without a limit.
"""

import io
import re
import zlib
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, BinaryIO, Final

from warcio.limitreader import LimitReader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from cleaning.html.decoding import MAX_BYTES
from cleaning.web.content_encoding import decode_content_encoding

Headers = tuple[tuple[bytes, bytes], ...]

MAX_HEAD_BYTES: Final = 2 * 1024 * 1024
"""Bytes that the heads of a record may have; the crawl takes no HTTP headers of more than 1 MB."""
_MAX_BLANK_LINES: Final = 100
"""Empty lines before a record; two end each one."""
_CHUNK_BYTES: Final = 64 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_VERSION_LINE = re.compile(rb"WARC/[01]\.\d+\r?\n")
_RECORD_START = re.compile(rb"\x1f\x8b\x08|^WARC/[01]\.", re.MULTILINE)
_WINDOW_BYTES: Final = 1024 * 1024
_OVERLAP_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """A request or a response."""

    kind: str
    """``"response"`` or ``"request"``."""
    url: str
    fetched_at: datetime | None
    """UTC; ``None`` where the archive has no date that can be read."""
    first_line: str
    """Of the HTTP head: ``"HTTP/1.1 200 OK"``."""
    headers: Headers
    """The HTTP headers, in their order, repeated ones included."""
    body: bytes
    """Without transfer and content encodings."""
    is_whole: bool
    """Whether all of the body is there, as far as the archive says and its encodings show."""
    ip_address: str | None
    """Of the server; ``None`` where the archive does not say."""
    start: int
    """Where in the file the record begins."""
    resume_at: int
    """Where to begin reading, to go on behind this record."""

    @property
    def status(self) -> int | None:
        """The HTTP status; ``None`` where there is none that can be read."""
        code = self.first_line.split(" ", 2)[1:2]
        return int(code[0]) if code and re.fullmatch(r"[0-9]{3}", code[0]) else None

    def get_header(self, name: str) -> str:
        """The first HTTP header of that name; empty where there is none."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class DamagedSection:
    """A piece of the file that could not be read."""

    start: int
    resume_at: int
    """Where the next record begins that can be read, or the end of the file."""
    reason: str
    """Half a sentence."""
    is_all: bool = False
    """Whether nothing else is in the file: it is no archive at all."""

    def describe(self) -> str:
        """The damage as people are told of it.

        >>> DamagedSection(0, 90, "no record begins here", is_all=True).describe()
        'not a WARC file, or damaged'
        >>> DamagedSection(2048, 9000, "it breaks off").describe()
        'damaged at byte 2048: it breaks off'
        """
        return "not a WARC file, or damaged" if self.is_all else f"damaged at byte {self.start}: {self.reason}"


@dataclass(frozen=True, slots=True)
class _RecordFilter:
    kinds: frozenset[str]
    max_body: int


class _SkippedRecord(Enum):
    """A record of a kind that is not wanted."""

    OTHER = auto()


class _DamagedError(Exception):
    """The message is half a sentence for people."""


def read_records(
    file: BinaryIO, start: int = 0, *, kinds: Collection[str] = ("response",), max_body: int = MAX_BYTES + 1
) -> Iterator[WarcRecord | DamagedSection]:
    """The records of an archive from an offset on, be it in gzip members or plain; the file must be seekable.

    Only records of web pages come, of the given kinds; of a body no more than ``max_body`` bytes. A damaged piece is
    told of and left out, and the next record is looked for behind it; so what is no archive at all gives one Damage,
    from its start to its end.
    """
    wanted = _RecordFilter(frozenset(kinds), max_body)
    size = file.seek(0, io.SEEK_END)
    if not size:
        yield DamagedSection(0, 0, "the file is empty", is_all=True)
    while start < size:
        file.seek(start)
        read = _read_gzip_member if file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC else _read_plain_record
        file.seek(start)
        try:
            start = yield from read(file, start, wanted)
        except (_DamagedError, EOFError, ValueError, zlib.error) as error:
            end = _find_next_start(file, start + 1)
            yield DamagedSection(start, end, _describe_damage(error), is_all=start == 0 and end == size)
            start = end


def _describe_damage(error: Exception) -> str:
    if isinstance(error, zlib.error):
        return "the compressed data is damaged"
    return str(error) if isinstance(error, _DamagedError) else "it breaks off"


def _read_plain_record(file: BinaryIO, start: int, wanted: _RecordFilter) -> Generator[WarcRecord, None, int]:
    """The record at the file's position, and where it ends, with the empty lines behind it."""
    found = _read_record(_HeadReader(file), wanted)
    while (line := file.readline(2)) and _is_blank(line):
        pass
    end = file.seek(-len(line), io.SEEK_CUR)
    if isinstance(found, WarcRecord):
        yield replace(found, start=start, resume_at=end)
    return end


def _read_gzip_member(file: BinaryIO, start: int, wanted: _RecordFilter) -> Generator[WarcRecord, None, int]:
    """The records in the gzip member at the file's position, and where it ends.

    There should be one. It is given out when the member has turned out whole, checksum included; of several, as when
    a whole archive was compressed at once, each when the next one has been read.
    """
    member = _GzipMember(file)
    reader = _HeadReader(io.BufferedReader(member, _CHUNK_BYTES))
    held: WarcRecord | None = None
    while (found := _read_record(reader, wanted)) is not None:
        if held is not None:
            yield held
        held = replace(found, start=start, resume_at=start) if isinstance(found, WarcRecord) else None
    if held is not None:
        yield replace(held, resume_at=member.end)
    return member.end


class _GzipMember(io.RawIOBase):
    """What a gzip member holds, unpacked as far as it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zlib.decompressobj(31)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._file.read(_CHUNK_BYTES)
            piece = self._unpacker.decompress(packed, len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            if not packed:
                raise EOFError
        return 0

    @property
    def end(self) -> int:
        """Where the member ends in the file, once all of it has been read."""
        return self._file.tell() - len(self._unpacker.unused_data)


class _HeadReader:
    """What warcio reads from: lines are parts of heads, which must not be endless."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._room = MAX_HEAD_BYTES

    def begin_record(self) -> None:
        self._room = MAX_HEAD_BYTES

    def readline(self, length: int = MAX_HEAD_BYTES) -> bytes:
        line: bytes = self._stream.readline(min(length, self._room + 1))
        self._room -= len(line)
        if self._room < 0:
            raise _DamagedError(f"a record's head is larger than {MAX_HEAD_BYTES:,} bytes")
        return line

    def read(self, length: int) -> bytes:
        piece: bytes = self._stream.read(length)
        return piece


def _read_record(reader: _HeadReader, wanted: _RecordFilter) -> WarcRecord | _SkippedRecord | None:
    """The next record, read to its end; ``None`` where nothing is left. Where it begins and ends, others know."""
    reader.begin_record()
    line = b"\n"
    for _ in range(_MAX_BLANK_LINES):
        if line and _is_blank(line):
            line = reader.readline()
    if not line:
        return None
    if not _VERSION_LINE.match(line):
        raise _DamagedError("no record begins here")
    head = _HEAD_PARSER.parse(reader, line)
    length = head.get_header("Content-Length", "")
    if not re.fullmatch("[0-9]{1,15}", length):
        raise _DamagedError("a record does not say how long it is")
    block = LimitReader(reader, int(length))
    record = _build_record(head, block, wanted.max_body) if _is_wanted(head, wanted.kinds) else _SkippedRecord.OTHER
    while block.read(_CHUNK_BYTES):
        pass
    if block.limit:
        raise _DamagedError("it breaks off")
    return record


def _is_blank(line: bytes) -> bool:
    return not line.strip(b"\r\n")


def _is_wanted(head: StatusAndHeaders, kinds: Collection[str]) -> bool:
    return head.get_header("WARC-Type") in kinds and _get_target_url(head).lower().startswith(("http://", "https://"))


def _get_target_url(head: StatusAndHeaders) -> str:
    url: str = head.get_header("WARC-Target-URI", "")
    return url.strip("<>").encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # wget writes <...>


def _build_record(head: StatusAndHeaders, block: LimitReader, max_body: int) -> WarcRecord:
    http = _HEAD_PARSER.parse(block)
    kind = head.get_header("WARC-Type")
    body = block.read(max_body)
    is_whole = not block.limit and "WARC-Truncated" not in head
    if kind == "response":
        encodings = http.get_header("Transfer-Encoding", ""), http.get_header("Content-Encoding", "")
        body, is_complete = decode_content_encoding(body, *encodings, max_body)
        is_whole = is_whole and is_complete
    return WarcRecord(
        kind=kind,
        url=_get_target_url(head),
        fetched_at=_parse_date(head.get_header("WARC-Date", "")),
        first_line=f"{http.protocol} {http.statusline}",
        headers=tuple((_encode_header(name), _encode_header(value)) for name, value in http.headers),
        body=body,
        is_whole=is_whole,
        ip_address=head.get_header("WARC-IP-Address"),
        start=0,
        resume_at=0,
    )


def _parse_date(date: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class _HeadParser(StatusAndHeadersParser):  # type: ignore[misc]
    """Reads heads so that their bytes can be had again, whatever charset they are in."""

    @staticmethod
    def decode_header(line: bytes) -> str:
        return line.decode("utf-8", "surrogateescape")


_HEAD_PARSER: Final = _HeadParser([], verify=False)


def _encode_header(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _find_next_start(file: BinaryIO, start: int) -> int:
    """Where the next record may begin, from an offset on; the file's end where there is none."""
    file.seek(start)
    offset, window = start, file.read(_WINDOW_BYTES)
    while window:
        for match in _RECORD_START.finditer(window):
            if _is_record_start(file, offset + match.start()):
                return offset + match.start()
        # The last bytes are looked at again: a beginning may lie across two windows.
        offset += len(window)
        file.seek(offset)
        following = file.read(_WINDOW_BYTES)
        window, offset = (
            window[-_OVERLAP_BYTES:] + following if following else b"",
            offset - min(_OVERLAP_BYTES, len(window)),
        )
    return file.seek(0, io.SEEK_END)


def _is_record_start(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    piece = file.read(_CHUNK_BYTES)
    if piece.startswith(_GZIP_MAGIC):
        try:
            piece = zlib.decompressobj(31).decompress(piece, 64)
        except zlib.error:
            return False
    return _VERSION_LINE.match(piece) is not None
