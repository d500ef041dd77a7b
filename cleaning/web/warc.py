"""Read WARC files record by record, in constant memory, and continue after damaged sections.

Only the heads of records are parsed by warcio. Its iterator is not used: it ends at the first damage, takes a broken
gzip member for the end of a record, and decompresses bodies without a limit.
"""

import io
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, BinaryIO, Final

from warcio.limitreader import LimitReader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from cleaning.html.decoding import MAX_BYTES
from cleaning.times import convert_to_utc
from cleaning.web.content_encoding import decode_content_encoding

Headers = tuple[tuple[bytes, bytes], ...]

PAGE_KINDS: Final = ("response", "resource")
"""The WARC types that hold pages. Tools that save what a browser shows, such as browsertrix, write resources."""
MAX_HEAD_BYTES: Final = 2 * 1024 * 1024
"""Bytes of the largest record head, WARC and HTTP headers together. The crawl archives no headers of more than 1 MB."""
EARLIEST_CAPTURE: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""The web is no older; an earlier date is an empty field, such as 1970-01-01 or 0001-01-01."""
MAX_CAPTURE_LEAD: Final = timedelta(days=2)
"""How far ahead of this clock a capture may be dated. No newer page would ever replace one of the year 9999."""
_MAX_BLANK_LINES: Final = 100
"""Empty lines that are skipped before a record. The format has two."""
_CHUNK_BYTES: Final = 64 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_VERSION_LINE = re.compile(rb"WARC/[01]\.\d+\r?\n")
# The bytes that may begin a record: a gzip member, or the version line of a plain one at the start of a line.
_RECORD_START = re.compile(rb"\x1f\x8b\x08|^WARC/[01]\.", re.MULTILINE)
_FIRST_WINDOW_BYTES: Final = 4096
_WINDOW_BYTES: Final = 1024 * 1024
MIN_REREAD_BYTES: Final = 16 * 1024 * 1024
_MAX_REREADINGS: Final = 2
"""Behind a record that cannot be read, the search for the next one begins one byte after its start, so its bytes are
read again. False heads of records that each claim the rest of the file would be read in quadratic time: after so many
times the size of the file, the search begins behind what was read."""
_MAX_START_BYTES: Final = 4096
"""Bytes that are enough to recognise the start of a record; a gzip header with a file name is shorter."""
_OVERLAP_BYTES: Final = 16
"""Bytes that two search windows share, more than a match of ``_RECORD_START`` is long."""


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """A request, a response or a resource of an archive, with its HTTP message decoded."""

    kind: str
    """``"response"``, ``"request"``, or ``"resource"``: a page without the HTTP message that it came with."""
    url: str
    fetched_at: datetime | None
    """In UTC; ``None`` if the archive has no valid date, or one before 1990 or in the future."""
    first_line: str
    """The first line of the HTTP message, such as ``"HTTP/1.1 200 OK"``; empty for a resource."""
    headers: Headers
    """The HTTP headers in their order, including repeated ones; of a resource, only its Content-Type."""
    body: bytes
    """The body without transfer and content encodings."""
    is_whole: bool
    """Whether the body is complete, according to the archive and to the body's encodings."""
    ip_address: str | None
    """The address of the server; ``None`` if the archive does not name it."""
    start: int
    """The byte offset of the record in the file."""
    resume_at: int
    """The byte offset from which :func:`read_records` continues after this record."""

    @property
    def status(self) -> int | None:
        """The HTTP status code; 200 for a resource; ``None`` for a request, and if the first line has none."""
        if self.kind == "resource":
            return 200
        code = self.first_line.split(" ", 2)[1:2]
        return int(code[0]) if code and re.fullmatch(r"[0-9]{3}", code[0]) else None

    def get_header(self, name: str) -> str:
        """Return the value of the first HTTP header of a name, ignoring case; an empty string if there is none."""
        key = name.lower().encode()
        return next((value.decode("latin-1") for header, value in self.headers if header.lower() == key), "")


@dataclass(frozen=True, slots=True)
class DamagedSection:
    """A section of the file that could not be read."""

    start: int
    """The byte offset at which the record begins that failed."""
    resume_at: int
    """The byte offset of the next readable record, or the end of the file."""
    reason: str
    """Half a sentence, for messages."""
    is_all: bool = False
    """Whether the file holds nothing else, so that it is probably not a WARC file."""

    def describe(self) -> str:
        """Return the damage as half a sentence for a message that begins with the file's name.

        >>> DamagedSection(0, 90, "no record begins here", is_all=True).describe()
        'not a WARC file, or damaged'
        >>> DamagedSection(2048, 9000, "the record is incomplete").describe()
        'damaged at byte 2048: the record is incomplete'
        """
        return "not a WARC file, or damaged" if self.is_all else f"damaged at byte {self.start}: {self.reason}"


@dataclass(frozen=True, slots=True)
class _RecordFilter:
    """Which records a caller of :func:`read_records` wants, and how much of their bodies."""

    kinds: frozenset[str]
    max_body: int


class _SkippedRecord(Enum):
    """The result of reading a record of another kind than requested."""

    OTHER = auto()


class _DamagedError(Exception):
    """A record cannot be read; the message becomes ``DamagedSection.reason``."""


def read_records(
    file: BinaryIO, start: int = 0, *, kinds: Collection[str] = PAGE_KINDS, max_body: int = MAX_BYTES + 1
) -> Iterator[WarcRecord | DamagedSection]:
    """Yield the records of an archive and its damaged sections, in the order of the file.

    After a damaged section the next readable record is searched, so damage never hides the records behind it. A file
    that is not an archive yields a single :class:`DamagedSection` with ``is_all`` set.

    Args:
        file: a seekable file; plain records and gzip members are recognised one by one.
        start: the byte offset to start at: 0, or ``resume_at`` of an earlier record.
        kinds: the WARC types to yield. Only records with an ``http`` or ``https`` URL are yielded.
        max_body: bytes of a body to return at most, after decoding.
    """
    record_filter = _RecordFilter(frozenset(kinds), max_body)
    size = file.seek(0, io.SEEK_END)
    if not size:
        yield DamagedSection(0, 0, "the file is empty", is_all=True)
    rereadable = MIN_REREAD_BYTES + _MAX_REREADINGS * size
    damage: DamagedSection | None = None
    while start < size:
        file.seek(start)
        read = _read_gzip_member if file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC else _read_plain_record
        file.seek(start)
        try:
            for record in read(file, start, record_filter):
                if damage is not None:
                    yield damage
                    damage = None
                if isinstance(record, WarcRecord):
                    yield record
            start = file.tell()
        except (_DamagedError, EOFError, ValueError, zlib.error) as error:
            failed_at = file.tell()
            rereadable -= max(failed_at - start, 0)
            # A section of bytes that look like many records is one damage, and is read again only so many times.
            next_start = _find_next_start(file, start + 1 if rereadable > 0 else max(start + 1, failed_at))
            damage = (
                replace(damage, resume_at=next_start)
                if damage is not None
                else DamagedSection(start, next_start, _describe_damage(error))
            )
            start = next_start
    if damage is not None:
        yield replace(damage, is_all=damage.start == 0 and damage.resume_at == size)


def _describe_damage(error: Exception) -> str:
    """Return half a sentence for an error that reading a record has raised."""
    if isinstance(error, zlib.error):
        return "the compressed data is damaged"
    return str(error) if isinstance(error, _DamagedError) else "the record is incomplete"


def _read_plain_record(
    file: BinaryIO, start: int, record_filter: _RecordFilter
) -> Iterator[WarcRecord | _SkippedRecord]:
    """Yield the uncompressed record at the file's position, and leave the file after its trailing empty lines."""
    record = _read_record(_HeadReader(file), record_filter, _count_remaining(file))
    while (line := file.readline(2)) and _is_blank(line):
        pass
    end = file.seek(-len(line), io.SEEK_CUR)
    if record is not None:
        yield replace(record, start=start, resume_at=end) if isinstance(record, WarcRecord) else record
    file.seek(end)


def _count_remaining(file: BinaryIO) -> int:
    """Return the number of bytes from the file's position to its end."""
    position = file.tell()
    remaining = file.seek(0, io.SEEK_END) - position
    file.seek(position)
    return remaining


def _read_gzip_member(
    file: BinaryIO, start: int, record_filter: _RecordFilter
) -> Iterator[WarcRecord | _SkippedRecord]:
    """Yield the records in the gzip member at the file's position, and leave the file after it.

    The format wants one record a member. It is yielded only when the whole member has been read and its checksum is
    right. If a member has several records, because an archive was compressed as a whole, each is yielded when the next
    one has been read.
    """
    member = _GzipMember(file)
    reader = _HeadReader(io.BufferedReader(member, _CHUNK_BYTES))
    previous: WarcRecord | None = None
    while (record := _read_record(reader, record_filter)) is not None:
        if previous is not None:
            yield previous
        # Reading can only resume at the start of a member, so all but its last record resume there.
        previous = replace(record, start=start, resume_at=start) if isinstance(record, WarcRecord) else None
    end = member.end
    yield replace(previous, resume_at=end) if previous is not None else _SkippedRecord.OTHER
    file.seek(end)


class _GzipMember(io.RawIOBase):
    """A stream of the content of one gzip member, decompressed only as far as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # 31 window bits: expect a gzip header and verify the checksum at the end.
        self._unpacker = zlib.decompressobj(31)

    def readable(self) -> bool:
        """Return ``True``: this is required of a raw stream that is read through a buffer."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with decompressed bytes and return their number; 0 at the end of the member.

        Raises:
            EOFError: the file ends within the member.
            zlib.error: the data or the checksum is wrong.
        """
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
        """The byte offset after the member in the file, once all of it has been read."""
        return self._file.tell() - len(self._unpacker.unused_data)


class _HeadReader:
    """The stream that warcio reads from. It limits the lines, which are all parts of heads."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._room = MAX_HEAD_BYTES

    def begin_record(self) -> None:
        """Reset the limit for the head of the next record."""
        self._room = MAX_HEAD_BYTES

    def readline(self, length: int = MAX_HEAD_BYTES) -> bytes:
        """Return the next line of a head, with its end of line.

        Raises:
            _DamagedError: the lines of this record exceed ``MAX_HEAD_BYTES``.
        """
        line: bytes = self._stream.readline(min(length, self._room + 1))
        self._room -= len(line)
        if self._room < 0:
            raise _DamagedError(f"a record's head is larger than {MAX_HEAD_BYTES:,} bytes")
        return line

    def read(self, length: int) -> bytes:
        """Return bytes of a body; they are not limited here."""
        piece: bytes = self._stream.read(length)
        return piece


def _read_record(
    reader: _HeadReader, record_filter: _RecordFilter, remaining: int | None = None
) -> WarcRecord | _SkippedRecord | None:
    """Read the next record to its end; return ``None`` at the end of the stream.

    ``start`` and ``resume_at`` of the record are 0; the caller knows and sets them.

    Args:
        reader: the stream, at the start of the record.
        record_filter: which records are returned, and how much of their bodies.
        remaining: the bytes from the start of the record to the end of the file, if they are known. A record that
            states to be longer is not read to the end of the file to find out that it is incomplete.
    """
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
        raise _DamagedError("a record has no valid Content-Length")
    if remaining is not None and int(length) > remaining:
        raise _DamagedError("the record is incomplete")
    block = LimitReader(reader, int(length))
    record = (
        _build_record(head, block, record_filter.max_body)
        if _is_wanted(head, record_filter.kinds)
        else _SkippedRecord.OTHER
    )
    # The rest of a body beyond the limit is read too, and thrown away: the checksum of the member covers it.
    while block.read(_CHUNK_BYTES):
        pass
    if block.limit:
        raise _DamagedError("the record is incomplete")
    return record


def _is_blank(line: bytes) -> bool:
    return not line.strip(b"\r\n")


def _is_wanted(head: StatusAndHeaders, kinds: Collection[str]) -> bool:
    return head.get_header("WARC-Type") in kinds and _get_target_url(head).lower().startswith(("http://", "https://"))


def _get_target_url(head: StatusAndHeaders) -> str:
    """Return the URL of a record; bytes that are not UTF-8 become U+FFFD."""
    url: str = head.get_header("WARC-Target-URI", "")
    # wget writes <https://…>.
    return url.strip("<>").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _build_record(head: StatusAndHeaders, block: LimitReader, max_body: int) -> WarcRecord:
    """Parse the HTTP message in a record's block, and decode the body of a response."""
    kind = head.get_header("WARC-Type")
    if kind == "resource":
        http = StatusAndHeaders("", [("Content-Type", head.get_header("Content-Type", ""))])
    else:
        http = _HEAD_PARSER.parse(block)
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
        first_line=f"{http.protocol} {http.statusline}".strip(),
        headers=tuple((_encode_header(name), _encode_header(value)) for name, value in http.headers),
        body=body,
        is_whole=is_whole,
        ip_address=head.get_header("WARC-IP-Address"),
        start=0,
        resume_at=0,
    )


def _parse_date(date: str) -> datetime | None:
    """Return a WARC date in UTC, also if it has no time zone; ``None`` if nothing can have been captured then."""
    try:
        moment = convert_to_utc(datetime.fromisoformat(date))
    except ValueError:
        return None
    return moment if moment and EARLIEST_CAPTURE <= moment <= datetime.now(UTC) + MAX_CAPTURE_LEAD else None


class _HeadParser(StatusAndHeadersParser):  # type: ignore[misc]
    """Parses heads without losing bytes, whatever charset they are in."""

    @staticmethod
    def decode_header(line: bytes) -> str:
        """Return a header line as text from which :func:`_encode_header` restores the same bytes.

        warcio's own method falls back to Latin-1, which cannot be distinguished from UTF-8 afterwards.
        """
        return line.decode("utf-8", "surrogateescape")


_HEAD_PARSER: Final = _HeadParser([], verify=False)


def _encode_header(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _find_next_start(file: BinaryIO, start: int) -> int:
    """Return the offset of the next record at or after ``start``, or the end of the file if there is none."""
    file.seek(start)
    # The next record is often near: the first windows are small.
    window_bytes = _FIRST_WINDOW_BYTES
    offset, window = start, file.read(window_bytes)
    while window:
        for match in _RECORD_START.finditer(window):
            if _is_record_start(file, offset + match.start()):
                return offset + match.start()
        # The end of the window is searched again with the next one, because a match may lie across both.
        offset += len(window)
        file.seek(offset)
        window_bytes = min(2 * window_bytes, _WINDOW_BYTES)
        following = file.read(window_bytes)
        window, offset = (
            window[-_OVERLAP_BYTES:] + following if following else b"",
            offset - min(_OVERLAP_BYTES, len(window)),
        )
    return file.seek(0, io.SEEK_END)


def _is_record_start(file: BinaryIO, offset: int) -> bool:
    """Return whether a record begins at an offset, plain or in a gzip member."""
    file.seek(offset)
    piece = file.read(_MAX_START_BYTES)
    if piece.startswith(_GZIP_MAGIC):
        try:
            piece = zlib.decompressobj(31).decompress(piece, 64)
        except zlib.error:
            return False
    return _VERSION_LINE.match(piece) is not None
