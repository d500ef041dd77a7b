"""The web pages in a WARC file."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from cleaning.batch import Page
from cleaning.html.decoding import charset_of
from cleaning.web.warc import Damage, Record, records

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")


def archived_pages(file: BinaryIO) -> Iterator[Page | Damage]:
    """The responses of an archive, compressed or not, that are web pages with status 200; and what is damaged."""
    for record in records(file):
        if isinstance(record, Damage):
            yield record
        elif record.status == 200 and _is_page(record):
            yield Page(record.body, record.url, charset=charset_of(record.header("Content-Type")))


def _is_page(record: Record) -> bool:
    return record.header("Content-Type").partition(";")[0].strip().lower() in _PAGE_TYPES
