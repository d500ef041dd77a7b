"""WARC 1.1 for web archives: pages as they were fetched, or the cleaned text if a page is not archived."""

import io
from collections.abc import Callable, Iterable
from datetime import UTC
from importlib.metadata import version
from typing import BinaryIO, Final

from warcio.warcwriter import WARCWriter

from storage.archive.exchange import Exchange
from storage.archive.page_writer import escape_url, write_exchange, write_warcinfo
from storage.exports.text_files import format_plain_text
from storage.values import StoredArticle

PageLookup = Callable[[StoredArticle], Exchange | None]
"""A function that returns the archived page of an article's text, or ``None`` if it is not in the archive."""

CONTENT_TYPE: Final = "text/plain; charset=utf-8"


def write_warc(articles: Iterable[StoredArticle], stream: BinaryIO, find_page: PageLookup | None = None) -> int:
    """Write one compressed WARC file, and return the number of articles.

    Each record is a gzip member of its own, so that readers can seek to it.

    Args:
        articles: Any iterable; it is consumed one by one.
        stream: A binary stream, which need not be seekable.
        find_page: Returns an article's archived page, which is written as a request and a response, for example
            ``lambda article: corpus.read_archived_page(article.id)``. For ``None``, and without this argument, a
            ``conversion`` record with title and text is written, dated when the page was fetched.

    Raises:
        OSError: The stream cannot be written. Exceptions of ``find_page`` are passed on.
    """
    writer = WARCWriter(stream, gzip=True, warc_version="1.1")
    write_warcinfo(writer, "", _build_warcinfo())
    count = 0
    for article in articles:
        page = find_page(article) if find_page else None
        if page:
            write_exchange(writer, page)
        else:
            _write_conversion(writer, article)
        count += 1
    return count


def _build_warcinfo() -> dict[str, str]:
    return {
        "software": f"cleanwire/{version('cleanwire')} warcio/{version('warcio')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": "Articles of a corpus: pages as fetched, else their cleaned text as conversion records",
    }


def _write_conversion(writer: WARCWriter, article: StoredArticle) -> None:
    text = format_plain_text(article).encode()
    moment = article.fetched_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    record = writer.create_warc_record(
        escape_url(article.url),
        "conversion",
        payload=io.BytesIO(text),
        length=len(text),
        warc_content_type=CONTENT_TYPE,
        warc_headers_dict={"WARC-Date": moment},
    )
    writer.write_record(record)
