"""The archive of fetched pages: a folder of WARC files, and pointers into them for the database.

    archive = Archive(Path("corpus.db.warc"))
    pointer = archive.write(Exchange("https://news.example/a", datetime.now(UTC), 200, "OK", (), (), b"<html>..."))
    archive.read(pointer).body

A page is two gzip members, written in one piece: the response and the request that asked for it. When `Archive.write`
returns, the operating system has them, and the death of the process loses nothing that a pointer names. Every run
begins files of its own, so what a death tears is the end of a file, where no pointer leads.
"""

import io
import os
import re
import sys
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cleaning.web.warc import Headers, Record, records
from storage.backends.url import Address
from storage.errors import ArchivedPageDamaged, ArchivedPageGone, ArchiveError
from storage.values import Pointer

ROTATE_BYTES: Final = 1_000_000_000
"""Where a file ends and the next one begins: what Common Crawl and others do, and what tools are used to."""
LEVEL: Final = 4
"""How hard zlib tries. For a news page of 165 kB: 1.1 ms and 38 kB at level 1, 1.6 ms and 34 kB at 4, 2.7 ms and 32 kB
at 6, 4.4 ms and 32 kB at 9, which is warcio's own."""

WITHHELD: Final = b"[withheld]"
_TELLING: Final = frozenset(
    b"accept accept-charset accept-encoding accept-language cache-control connection from host if-modified-since "
    b"if-none-match range referer user-agent".split()
)
"""Request headers that hold no secret. Archives get passed on; what a person set for a source may be a key to it."""
_KEYS: Final = frozenset((b"set-cookie", b"set-cookie2"))
"""Response headers that are kept without their value, for the same reason."""
_RENAMED: Final = {
    name.lower(): b"X-Crawl-" + name for name in (b"Content-Encoding", b"Transfer-Encoding", b"Content-Length")
}
_BACK: Final = {renamed.lower(): renamed.removeprefix(b"X-Crawl-") for renamed in _RENAMED.values()}
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")
_NO_NAME: Final = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")


_numbers = count(1)  # of the files that this process makes, in whatever archive


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    url: str
    fetched_at: datetime
    """Timezone-aware; comes back in UTC."""
    http_status: int
    reason: str
    """The words behind the status: ``"OK"``; may be empty."""
    request_headers: Headers
    """In their order. What may be a secret comes back as ``[withheld]``: cookies, credentials, headers of one's own."""
    response_headers: Headers
    """As the server sent them, those included that tell how the body was encoded on its way; cookies are withheld."""
    body: bytes
    """Without its transfer and content encodings."""
    ip_address: str | None = None
    """Where the answer came from; ``None`` where nobody noted it."""


class Archive:
    """A folder that pages are archived in. Any thread may use it; one process writes a file.

    The folder is made with the first page, for its owner alone: pages may come from behind a login. Its files are
    made as the process's umask says, so that opening the archive to others takes one ``chmod`` of the folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rotate_bytes: int = ROTATE_BYTES,
        budget_bytes: int | None = None,
        name: str = "cleanwire",
        operator: str = "",
        robots: str = "obey",
    ) -> None:
        """Write files of about ``rotate_bytes``, and no more than ``budget_bytes`` with what is there already.

        ``operator`` is who answers for the crawl: an address or a URL. ``robots`` is what it makes of robots.txt.

        Raises `ArchiveError` where the folder cannot be read.
        """
        self.folder = folder
        self._rotate_bytes = rotate_bytes
        self._budget_bytes = budget_bytes
        self._name = name
        self._about = {
            "software": f"cleanwire/{version('cleanwire')} warcio/{version('warcio')}",
            "operator": _one_line(operator),
            "robots": _one_line(robots),
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        }
        self._size = _size_of(folder)
        self._is_full = False
        self._file: _File | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether a page did not fit into the budget; nothing is written from then on."""
        return self._is_full

    @property
    def size(self) -> int:
        """Bytes of the archive, those included that were there before."""
        return self._size

    def write(self, exchange: Exchange) -> Pointer | None:
        """Archive a page, and say where; ``None`` where it does not fit into the budget.

        Raises `ArchiveError` where the disk is full or the folder cannot be written; what was archived before stays
        whole, and the next page may be tried.
        """
        if self._is_full:
            return None
        packed = _packed(lambda writer: write_exchange(writer, exchange))
        with self._one_at_a_time:
            try:
                return self._append(packed)
            except OSError as error:
                raise ArchiveError(f"{self.folder} cannot be archived in: {error.strerror}") from error

    def read(self, pointer: Pointer) -> Exchange:
        """The page at a pointer. Raises `ArchivedPageGone` or `ArchivedPageDamaged`."""
        return _read(self.folder, pointer)

    def close(self) -> None:
        """Close the file that is being written. Nothing is lost without it."""
        with self._one_at_a_time:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _append(self, packed: bytes) -> Pointer | None:
        if self._file is not None and self._file.size + len(packed) > self._rotate_bytes:
            self._file.close()
            self._file = None
        name = self._file.name if self._file else self._new_name()
        head = b"" if self._file else _packed(lambda writer: write_about(writer, name, self._about))
        size = len(head) + len(packed)
        if self._is_full or (self._budget_bytes is not None and self._size + size > self._budget_bytes):
            self._is_full = True
            return None
        file = self._file or self._new_file(name)
        offset = file.append(head + packed) + len(head)
        self._file = file
        self._size += size
        return Pointer(name, offset, len(packed))

    def _new_name(self) -> str:
        return f"{self._name}-{datetime.now(UTC):%Y%m%d%H%M%S}-{os.getpid()}-{next(_numbers):05}.warc.gz"

    def _new_file(self, name: str) -> "_File":
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _File(self.folder / name)


def archive_folder_for(corpus: Address) -> Path:
    """Return the folder that a corpus's pages are archived in, unless another one is chosen.

    It is beside the file; for a database on a server, it is in the working directory and named like the database.

    >>> archive_folder_for(Address("postgresql", "postgresql://localhost/news"))
    PosixPath('news.warc')
    """
    if corpus.path is not None:
        return corpus.path.with_name(f"{corpus.path.name}.warc")
    return Path(f"{corpus.shown.rpartition('/')[2]}.warc")


def _size_of(folder: Path) -> int:
    """Bytes of the WARC files in a folder; 0 where it is still to be made."""
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries if ".warc" in entry.name and entry.is_file())
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be archived in: {error.strerror}") from error


class _File:
    """A file that grows by whole pieces."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.size = 0
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def append(self, piece: bytes) -> int:
        """Put a piece at the end, or nothing of it, and give its offset. Raises OSError."""
        offset, rest = self.size, memoryview(piece)
        try:
            while rest:
                rest = rest[os.pwrite(self._descriptor, rest, offset + len(piece) - len(rest)) :]
        except BaseException:
            self._take_back()
            raise
        self.size += len(piece)
        return offset

    def _take_back(self) -> None:
        with suppress(OSError):  # what stays is behind everything that was promised
            os.ftruncate(self._descriptor, self.size)
            if not self.size:
                self.close()
                self._path.unlink()

    def close(self) -> None:
        os.close(self._descriptor)


# Writing records


class _Members:
    """What warcio writes records to: each becomes a gzip member when warcio flushes it."""

    def __init__(self) -> None:
        self.packed = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)

    def write(self, piece: bytes) -> None:
        self.packed += self._packer.compress(piece)

    def flush(self) -> None:
        self.packed += self._packer.flush()
        self._begin()


def _packed(write: Callable[[WARCWriter], object]) -> bytes:
    members = _Members()
    write(WARCWriter(members, gzip=False, warc_version="1.1"))
    return bytes(members.packed)


def write_about(writer: WARCWriter, name: str, about: dict[str, str]) -> None:
    """Write the record that says what a file is."""
    writer.write_record(writer.create_warcinfo_record(name, about))


def write_exchange(writer: WARCWriter, exchange: Exchange) -> None:
    """Write a page as its two records. Raises ValueError for a time without a zone."""
    if exchange.fetched_at.tzinfo is None:
        raise ValueError("a time of fetching without a time zone")
    moment = exchange.fetched_at.astimezone(UTC)
    about = {"WARC-Date": moment.isoformat(timespec="microseconds").replace("+00:00", "Z")}
    if exchange.ip_address:
        about["WARC-IP-Address"] = _one_line(exchange.ip_address)
    url = without_spaces(exchange.url)
    response = writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(exchange.body),
        length=len(exchange.body),
        warc_headers_dict=about,
        http_headers=_response_head(exchange),
    )
    request = writer.create_warc_record(
        url, "request", warc_headers_dict=dict(about), http_headers=_request_head(url, exchange.request_headers)
    )
    writer.write_request_response_pair(request, response)


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """An HTTP head that keeps its bytes; warcio would percent-encode what is not ASCII."""

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:
        head: str = self.to_str()
        return head.encode("latin-1", "replace") + b"\r\n"


def _response_head(exchange: Exchange) -> _Head:
    headers = [
        (_RENAMED.get(name.lower(), name), WITHHELD if name.lower() in _KEYS else value)
        for name, value in _clean(exchange.response_headers)
    ]
    headers.append((b"Content-Length", str(len(exchange.body)).encode()))
    return _Head(f"{exchange.http_status:03} {_one_line(exchange.reason)}".strip(), _as_text(headers), "HTTP/1.1")


def _request_head(url: str, sent: Headers) -> _Head:
    host, _, path = url.partition("://")[2].partition("#")[0].partition("/")  # urlsplit refuses some
    headers = [(name, value if name.lower() in _TELLING else WITHHELD) for name, value in _clean(sent)]
    if not any(name.lower() == b"host" for name, _ in headers):  # Scrapy adds it where we do not see it
        headers.insert(0, (b"Host", host.rpartition("@")[2].encode()))
    return _Head(f"/{path} HTTP/1.1", _as_text(headers), "GET")


def _clean(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers that cannot end before their time: without line breaks and other control characters."""
    named = ((_NO_NAME.sub(b"-", name), _CONTROLS.sub(b" ", value).strip()) for name, value in headers)
    return [(name, value) for name, value in named if name]


def _as_text(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def without_spaces(url: str) -> str:
    """An address with everything escaped that has no place in one: a line break would begin another header."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")


# Erasing

_ERASED: Final = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nerased\r\n\r\n"
)


def erase_page(folder: Path, pointer: Pointer) -> bool:
    """Overwrite a page in the archive with nothing, in place, so that every other pointer stays good.

    What is written is one gzip member of exactly that length: a record that says ``erased``, after a comment of blanks,
    which gzip skips. Says whether there was anything to erase. Raises `ArchiveError` where the file cannot be written.
    """
    path = folder / pointer.file
    if path.name != pointer.file or not path.exists():
        return False
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(_ERASED) + packer.flush()
    tail = body + zlib.crc32(_ERASED).to_bytes(4, "little") + len(_ERASED).to_bytes(4, "little")
    head = b"\x1f\x8b\x08\x10" + bytes(5) + b"\xff"  # with a comment
    blanks = pointer.length - len(head) - len(tail) - 1
    filler = head + b" " * blanks + b"\0" + tail if blanks >= 0 else bytes(pointer.length)
    try:
        with path.open("r+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell() < pointer.offset + pointer.length:
                return False
            file.seek(pointer.offset)
            file.write(filler)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error
    return True


# Reading


def _read(folder: Path, pointer: Pointer) -> Exchange:
    path = folder / pointer.file
    where = f"{path} at byte {pointer.offset}"
    if path.name != pointer.file:
        raise ArchivedPageDamaged(f"{pointer.file!r} is no name of a file in {folder}")
    try:
        with path.open("rb") as file:
            file.seek(pointer.offset)
            packed = file.read(pointer.length)
    except FileNotFoundError:
        raise ArchivedPageGone(f"{path} is not there any more") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from error
    # What we wrote was no larger than memory, and is not unpacked any further.
    found = list(records(io.BytesIO(packed), kinds=("response", "request"), max_body=sys.maxsize))
    match found:
        case [Record(kind="response") as response, Record(kind="request") as request]:
            return _exchange(response, request, where)
    raise ArchivedPageDamaged(f"there is no whole page in {where}")


def _exchange(response: Record, request: Record, where: str) -> Exchange:
    if response.status is None or response.fetched_at is None:
        raise ArchivedPageDamaged(f"there is no whole page in {where}")
    *headers, _ = response.headers  # the last one is our own Content-Length
    return Exchange(
        url=response.url,
        fetched_at=response.fetched_at,
        http_status=response.status,
        reason=response.first_line.partition(" ")[2].partition(" ")[2],
        request_headers=request.headers,
        response_headers=tuple((_BACK.get(name.lower(), name), value) for name, value in headers),
        body=response.body,
        ip_address=response.ip_address,
    )
