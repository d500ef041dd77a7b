"""The archive of fetched pages: a folder of WARC files, and pointers into them for the database.

    archive = Archive(Path("corpus.db.warc"))
    pointer = archive.write(Exchange("https://news.example/a", datetime.now(UTC), 200, "OK", (), (), b"<html>..."))
    archive.read(pointer).body

A page is two gzip members, the response and its request, written in one piece. When `Archive.write` returns, the
operating system has them, so a killed process loses nothing that a pointer refers to. Every run starts files of its
own, so an incomplete write can only be at the end of a file, where no pointer leads.
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
"""The size at which a file is closed and the next one begun: 1 GB, as Common Crawl does and tools expect."""

# Numbers the files of this process across all archives, because the rest of a file's name is only unique per process
# and second.
_file_numbers = count(1)


class Archive:
    """A folder of archived pages. Any thread may use it; each process writes files of its own.

    The folder is created with the first page, and only its owner may read it, because pages may come from behind a
    login. Its files follow the process's umask, so that one ``chmod`` of the folder shares the archive with others.
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
        """Measure the folder; nothing is created yet.

        Args:
            folder: The folder; need not exist.
            rotate_bytes: The approximate size of a file.
            budget_bytes: The maximum size of the archive, including existing files; ``None`` for no limit.
            name: The first part of the files' names.
            operator: Contact of the crawl's operator (an e-mail address or URL), for the warcinfo records.
            robots: How the crawl treats robots.txt, for the warcinfo records.

        Raises:
            ArchiveError: if the folder cannot be read.
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
        """Whether a page did not fit into the budget. Nothing is archived from then on.

        Smaller pages that would still fit are not archived either: an archive of small pages alone would mislead.
        """
        return self._is_full

    @property
    def size(self) -> int:
        """The archive's size in bytes, including the files of earlier runs."""
        return self._size

    def write(self, exchange: Exchange) -> ArchivePointer | None:
        """Archive a page, and return the pointer to it; ``None`` if it does not fit into the budget.

        Raises `ArchiveError` if the disk is full or the folder not writable. Pages that were archived before are not
        affected, and later pages may be tried.
        """
        if self._is_full:
            return None
        packed = build_gzip_members(lambda writer: write_exchange(writer, exchange))
        with self._one_at_a_time:
            try:
                return self._append_page(packed)
            except OSError as error:
                raise ArchiveError(f"cannot write to the archive {self.folder}: {error.strerror or error}") from error

    def read(self, pointer: ArchivePointer) -> Exchange:
        """Return the page at a pointer.

        Raises:
            ArchivedPageGone: if the file no longer exists.
            ArchivedPageDamaged: if there is no complete page at that place.
            ArchiveError: if the file cannot be read.
        """
        return read_page(self.folder, pointer)

    def close(self) -> None:
        """Close the file that is being written. Nothing is lost if this is never called."""
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
    """Return the default folder for a corpus's archived pages.

    It is beside an SQLite file; for a database on a server, it is in the working directory and named like the database.

    >>> derive_archive_folder(DatabaseUrl("postgresql", "postgresql://localhost/news"))
    PosixPath('news.warc')
    """
    if corpus.path is not None:
        return corpus.path.with_name(f"{corpus.path.name}.warc")
    return Path(f"{corpus.display_url.rpartition('/')[2]}.warc")


def _measure_folder(folder: Path) -> int:
    """Return the size of the WARC files in a folder, in bytes; 0 if the folder does not exist yet."""
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries if ".warc" in entry.name and entry.is_file())
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ArchiveError(f"cannot read the archive {folder}: {error.strerror or error}") from error


class _WarcFile:
    """A file to which pieces are appended whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.size = 0
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def append(self, piece: bytes) -> int:
        """Append a piece, and return its offset. If that fails, the file is cut back, and OSError is raised."""
        offset, rest = self.size, memoryview(piece)
        try:
            # One call may write only a part, for example if the disk fills up.
            while rest:
                rest = rest[os.pwrite(self._descriptor, rest, offset + len(piece) - len(rest)) :]
        except BaseException:
            self._truncate_partial()
            raise
        self.size += len(piece)
        return offset

    def _truncate_partial(self) -> None:
        # If this fails too, the remains are at the end of the file, where no pointer leads.
        with suppress(OSError):
            os.ftruncate(self._descriptor, self.size)
            if not self.size:
                self.close()
                self._path.unlink()

    def close(self) -> None:
        """Close the file; nothing can be appended any more."""
        os.close(self._descriptor)


_ERASED_RECORD: Final = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nerased\r\n\r\n"
)


def erase_page(folder: Path, pointer: ArchivePointer) -> bool:
    """Overwrite a page in the archive in place, so that all other pointers stay valid.

    The page is replaced by one gzip member of exactly its length: a record with the text ``erased``, preceded by a gzip
    comment of spaces as filler.

    Returns whether there was a page to erase: ``False`` if the file is gone or ends before it. Raises `ArchiveError`
    if the file cannot be written.
    """
    path = folder / pointer.file
    # The pointer comes from the database: it must not lead out of the folder.
    if path.name != pointer.file or not path.exists():
        return False
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(_ERASED_RECORD) + packer.flush()
    tail = body + zlib.crc32(_ERASED_RECORD).to_bytes(4, "little") + len(_ERASED_RECORD).to_bytes(4, "little")
    head = b"\x1f\x8b\x08\x10" + bytes(5) + b"\xff"  # gzip header with flag FCOMMENT, no time, unknown system
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
        raise ArchiveError(f"cannot write {path}: {error.strerror or error}") from error
    return True
