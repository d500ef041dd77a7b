"""The web pages in a WARC file."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any, BinaryIO

from cleaning.decoding import MAX_BYTES, charset_of

_PAGE_TYPES = ("text/html", "application/xhtml+xml")


class DamagedArchiveError(Exception):
    """An archive that cannot be read, or not to its end; what came before was read."""


@dataclass(frozen=True, slots=True)
class Record:
    """A page as a server sent it, without its transfer and content encodings."""

    url: str | None
    content: bytes
    charset: str | None
    """What the HTTP header says."""


def archived_pages(stream: BinaryIO) -> Iterator[Record]:
    """The responses of an archive, compressed or not, that are web pages with status 200.

    Raises DamagedArchiveError where the archive breaks off or is none.
    """
    from warcio.archiveiterator import ArchiveIterator

    whole = 0
    records = iter(ArchiveIterator(stream))
    while True:
        try:
            pages = _next(records)
            if pages is None and not whole:
                raise EOFError("no record")
        except Exception as error:  # whatever a damaged file makes warcio and zlib raise
            raise DamagedArchiveError(_where(whole)) from error
        if pages is None:
            return
        whole += 1
        yield from pages


def _next(records: Iterator[Any]) -> tuple[Record, ...] | None:
    """The page in the next record, if it holds one; ``None`` after the last record."""
    with redirect_stderr(io.StringIO()):  # where warcio tells of small faults
        record = next(records, None)
    if record is None:
        return None
    if record.format != "warc":  # warcio takes any line of five words for a record of ARC, the format before WARC
        raise ValueError(f"a record of {record.format}")
    pages = _pages_in(record)
    record.raw_stream.read()
    if record.raw_stream.limit > 0:
        raise EOFError("a record that is cut off")
    return pages


def _where(whole: int) -> str:
    return f"damaged after {whole} whole records" if whole else "not a WARC file, or damaged"


def _pages_in(record: Any) -> tuple[Record, ...]:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return ()
    content_type = headers.get_header("Content-Type") or ""
    if content_type.partition(";")[0].strip().lower() not in _PAGE_TYPES:
        return ()
    content = record.content_stream().read(MAX_BYTES + 1)
    url = record.rec_headers.get_header("WARC-Target-URI")
    return (Record(url.strip("<>") if url else None, content, charset_of(content_type)),)
