"""WARC 1.1: the pages as they were fetched, for web archives; of the others, the cleaned text."""

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
"""The page that gave an article its text, out of an archive; ``None`` where it is not there."""

CONTENT_TYPE: Final = "text/plain; charset=utf-8"


def write_warc(articles: Iterable[StoredArticle], stream: BinaryIO, page_of: PageLookup | None = None) -> int:
    """Write one WARC file, each record a gzip member of its own; gives how many articles there were.

    An article whose page is had from ``page_of`` becomes the request and the response; any other a ``conversion``
    record dated when its page was fetched, with its title and text in UTF-8. Raises OSError where the stream does, and
    what ``page_of`` raises.
    """
    writer = WARCWriter(stream, gzip=True, warc_version="1.1")
    write_warcinfo(writer, "", _build_warcinfo())
    count = 0
    for article in articles:
        page = page_of(article) if page_of else None
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
