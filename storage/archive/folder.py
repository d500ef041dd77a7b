"""The archive of fetched pages: a folder of WARC files, and pointers into them for the database.

    archive = Archive(Path("corpus.db.warc"))
    pointer = archive.write(Exchange("https://news.example/a", datetime.now(UTC), 200, "OK", (), (), b"<html>..."))
    archive.read(pointer).body

A page is two gzip members, written in one piece: the response and the request that asked for it. When `Archive.write`
returns, the operating system has them, and the death of the process loses nothing that a pointer names. Every run
begins files of its own, so what a death tears is the end of a file, where no pointer leads.
"""

import os
import threading
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Final

from storage.archive.exchange import Exchange
from storage.archive.page_reader import read_page
from storage.archive.page_writer import build_gzip_members, normalize_spaces, write_exchange, write_warcinfo
from storage.backends.url import DatabaseUrl
from storage.errors import ArchiveError
from storage.values import ArchivePointer

ROTATE_BYTES: Final = 1_000_000_000
"""Where a file ends and the next one begins: what Common Crawl and others do, and what tools are used to."""

_file_numbers = count(1)  # of the files that this process makes, in whatever archive


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
            "operator": normalize_spaces(operator),
            "robots": normalize_spaces(robots),
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        }
        self._size = _measure_folder(folder)
        self._is_full = False
        self._file: _WarcFile | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether a page did not fit into the budget; nothing is written from then on."""
        return self._is_full

    @property
    def size(self) -> int:
        """Bytes of the archive, those included that were there before."""
        return self._size

    def write(self, exchange: Exchange) -> ArchivePointer | None:
        """Archive a page, and say where; ``None`` where it does not fit into the budget.

        Raises `ArchiveError` where the disk is full or the folder cannot be written; what was archived before stays
        whole, and the next page may be tried.
        """
        if self._is_full:
            return None
        packed = build_gzip_members(lambda writer: write_exchange(writer, exchange))
        with self._one_at_a_time:
            try:
                return self._append_page(packed)
            except OSError as error:
                raise ArchiveError(f"{self.folder} cannot be archived in: {error.strerror}") from error

    def read(self, pointer: ArchivePointer) -> Exchange:
        """The page at a pointer. Raises `ArchivedPageGone` or `ArchivedPageDamaged`."""
        return read_page(self.folder, pointer)

    def close(self) -> None:
        """Close the file that is being written. Nothing is lost without it."""
        with self._one_at_a_time:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _append_page(self, packed: bytes) -> ArchivePointer | None:
        if self._file is not None and self._file.size + len(packed) > self._rotate_bytes:
            self._file.close()
            self._file = None
        name = self._file.name if self._file else self._make_file_name()
        head = b"" if self._file else build_gzip_members(lambda writer: write_warcinfo(writer, name, self._about))
        size = len(head) + len(packed)
        if self._is_full or (self._budget_bytes is not None and self._size + size > self._budget_bytes):
            self._is_full = True
            return None
        file = self._file or self._create_file(name)
        offset = file.append(head + packed) + len(head)
        self._file = file
        self._size += size
        return ArchivePointer(name, offset, len(packed))

    def _make_file_name(self) -> str:
        return f"{self._name}-{datetime.now(UTC):%Y%m%d%H%M%S}-{os.getpid()}-{next(_file_numbers):05}.warc.gz"

    def _create_file(self, name: str) -> "_WarcFile":
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _WarcFile(self.folder / name)


def derive_archive_folder(corpus: DatabaseUrl) -> Path:
    """Return the folder that a corpus's pages are archived in, unless another one is chosen.

    It is beside the file; for a database on a server, it is in the working directory and named like the database.

    >>> derive_archive_folder(DatabaseUrl("postgresql", "postgresql://localhost/news"))
    PosixPath('news.warc')
    """
    if corpus.path is not None:
        return corpus.path.with_name(f"{corpus.path.name}.warc")
    return Path(f"{corpus.display_url.rpartition('/')[2]}.warc")


def _measure_folder(folder: Path) -> int:
    """Bytes of the WARC files in a folder; 0 where it is still to be made."""
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries if ".warc" in entry.name and entry.is_file())
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be archived in: {error.strerror}") from error


class _WarcFile:
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
            self._truncate_partial()
            raise
        self.size += len(piece)
        return offset

    def _truncate_partial(self) -> None:
        with suppress(OSError):  # what stays is behind everything that was promised
            os.ftruncate(self._descriptor, self.size)
            if not self.size:
                self.close()
                self._path.unlink()

    def close(self) -> None:
        os.close(self._descriptor)


_ERASED_RECORD: Final = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nerased\r\n\r\n"
)


def erase_page(folder: Path, pointer: ArchivePointer) -> bool:
    """Overwrite a page in the archive with nothing, in place, so that every other pointer stays good.

    What is written is one gzip member of exactly that length: a record that says ``erased``, after a comment of blanks,
    which gzip skips. Says whether there was anything to erase. Raises `ArchiveError` where the file cannot be written.
    """
    path = folder / pointer.file
    if path.name != pointer.file or not path.exists():
        return False
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(_ERASED_RECORD) + packer.flush()
    tail = body + zlib.crc32(_ERASED_RECORD).to_bytes(4, "little") + len(_ERASED_RECORD).to_bytes(4, "little")
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
