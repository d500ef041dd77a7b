"""Read archived pages, by the pointers in the database."""

import io
import sys
from pathlib import Path
from typing import Final

from cleaning.web.warc import WarcRecord, read_records
from storage.archive.exchange import Exchange
from storage.archive.page_writer import RENAMED_HEADERS
from storage.errors import ArchivedPageDamaged, ArchivedPageGone, ArchiveError
from storage.values import ArchivePointer

_ORIGINAL_HEADERS: Final = {renamed.lower(): renamed.removeprefix(b"X-Crawl-") for renamed in RENAMED_HEADERS.values()}


def read_page(folder: Path, pointer: ArchivePointer) -> Exchange:
    """Return the page at a pointer.

    Raises:
        ArchivedPageGone: if the file no longer exists.
        ArchivedPageDamaged: if there is no complete page at that place, or the pointer leads out of the folder.
        ArchiveError: if the file cannot be read.
    """
    path = folder / pointer.file
    where = f"{path} at byte {pointer.offset}"
    # A damaged or manipulated database must not make us read files outside the archive.
    if path.name != pointer.file:
        raise ArchivedPageDamaged(f"{pointer.file!r} is not the name of a file in {folder}")
    try:
        with path.open("rb") as file:
            file.seek(pointer.offset)
            packed = file.read(pointer.length)
    except FileNotFoundError:
        raise ArchivedPageGone(f"{path} no longer exists") from None
    except OSError as error:
        raise ArchiveError(f"cannot read {path}: {error.strerror or error}") from error
    # No limit for the body: we wrote it ourselves, decoded and within the crawl's limit, so it is not a bomb.
    found = list(read_records(io.BytesIO(packed), kinds=("response", "request"), max_body=sys.maxsize))
    match found:
        case [WarcRecord(kind="response") as response, WarcRecord(kind="request") as request]:
            return _build_exchange(response, request, where)
    raise ArchivedPageDamaged(f"there is no complete page in {where}")


def _build_exchange(response: WarcRecord, request: WarcRecord, where: str) -> Exchange:
    if response.status is None or response.fetched_at is None:
        raise ArchivedPageDamaged(f"there is no complete page in {where}")
    *headers, _ = response.headers  # the last one is the Content-Length that we added
    return Exchange(
        url=response.url,
        fetched_at=response.fetched_at,
        http_status=response.status,
        reason=response.first_line.partition(" ")[2].partition(" ")[2],
        request_headers=request.headers,
        response_headers=tuple((_ORIGINAL_HEADERS.get(name.lower(), name), value) for name, value in headers),
        body=response.body,
        ip_address=response.ip_address,
    )
