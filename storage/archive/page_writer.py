"""Write pages as WARC records, each a gzip member of its own, without values that may be secret."""

import io
import re
import zlib
from collections.abc import Callable
from datetime import UTC
from typing import Final
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cleaning.web.warc import Headers
from storage.archive.exchange import Exchange

ZLIB_LEVEL: Final = 4
"""The compression level. For a news page of 165 kB: 1.1 ms and 38 kB at level 1, 1.6 ms and 34 kB at 4, 2.7 ms and
32 kB at 6, 4.4 ms and 32 kB at 9, which is warcio's default."""

WITHHELD_VALUE: Final = b"[withheld]"
"""Replaces header values that may be secret."""
_HARMLESS_REQUEST_HEADERS: Final = frozenset(
    b"accept accept-charset accept-encoding accept-language cache-control connection from host if-modified-since "
    b"if-none-match range referer user-agent".split()
)
"""Request headers that hold no secret. All others are withheld: archives are shared, and a header that a user has
configured for a source may be a key to it."""
_SECRET_RESPONSE_HEADERS: Final = frozenset((b"set-cookie", b"set-cookie2"))
"""Response headers whose values are withheld for the same reason."""
RENAMED_HEADERS: Final = {
    name.lower(): b"X-Crawl-" + name for name in (b"Content-Encoding", b"Transfer-Encoding", b"Content-Length")
}
"""New names for headers about the encoding of the body in transit. The body is archived decoded, so under their own
names they would make readers decode it again."""
_CONTROL_CHARACTERS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")
_INVALID_NAME_CHARACTERS: Final = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _GzipMembers:
    """A file object for warcio that makes each record a gzip member: warcio flushes it after every record."""

    def __init__(self) -> None:
        self.packed = bytearray()
        self._begin_member()

    def _begin_member(self) -> None:
        self._packer = zlib.compressobj(ZLIB_LEVEL, zlib.DEFLATED, 31)

    def write(self, piece: bytes) -> None:
        """Compress a part of the current record."""
        self.packed += self._packer.compress(piece)

    def flush(self) -> None:
        """End the current member, and begin the next one."""
        self.packed += self._packer.flush()
        self._begin_member()


def build_gzip_members(write: Callable[[WARCWriter], object]) -> bytes:
    """Return the bytes that ``write`` writes with the WARC writer it is called with: one gzip member per record.

    warcio's own compression is off, because it has no setting for the level.
    """
    members = _GzipMembers()
    write(WARCWriter(members, gzip=False, warc_version="1.1"))
    return bytes(members.packed)


def write_warcinfo(writer: WARCWriter, name: str, about: dict[str, str]) -> None:
    """Write the warcinfo record at the start of a file, which says who wrote it and how.

    ``name`` is the file's own name; ``about`` holds the fields.
    """
    writer.write_record(writer.create_warcinfo_record(name, about))


def write_exchange(writer: WARCWriter, exchange: Exchange) -> None:
    """Write a page as a response record and a request record that refer to each other.

    Raises ValueError if the time of fetching is naive.
    """
    if exchange.fetched_at.tzinfo is None:
        raise ValueError("the time of fetching has no time zone")
    moment = exchange.fetched_at.astimezone(UTC)
    about = {"WARC-Date": moment.isoformat(timespec="microseconds").replace("+00:00", "Z")}
    if exchange.ip_address:
        about["WARC-IP-Address"] = normalize_spaces(exchange.ip_address)
    url = escape_url(exchange.url)
    response = writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(exchange.body),
        length=len(exchange.body),
        warc_headers_dict=about,
        http_headers=_build_response_head(exchange),
    )
    request = writer.create_warc_record(
        url, "request", warc_headers_dict=dict(about), http_headers=_build_request_head(url, exchange.request_headers)
    )
    writer.write_request_response_pair(request, response)


class _HttpHead(StatusAndHeaders):  # type: ignore[misc]
    """An HTTP head whose bytes are kept; warcio would percent-encode those that are not ASCII."""

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:
        """Return the head as it was received; overrides warcio's method, hence its name."""
        head: str = self.to_str()
        return head.encode("latin-1", "replace") + b"\r\n"


def _build_response_head(exchange: Exchange) -> _HttpHead:
    headers = [
        (RENAMED_HEADERS.get(name.lower(), name), WITHHELD_VALUE if name.lower() in _SECRET_RESPONSE_HEADERS else value)
        for name, value in _clean_headers(exchange.response_headers)
    ]
    headers.append((b"Content-Length", str(len(exchange.body)).encode()))
    return _HttpHead(
        f"{exchange.http_status:03} {normalize_spaces(exchange.reason)}".strip(), _decode_headers(headers), "HTTP/1.1"
    )


def _build_request_head(url: str, sent: Headers) -> _HttpHead:
    # Split by hand, because urlsplit raises ValueError for some URLs that were fetched.
    host, _, path = url.partition("://")[2].partition("#")[0].partition("/")
    headers = [
        (name, value if name.lower() in _HARMLESS_REQUEST_HEADERS else WITHHELD_VALUE)
        for name, value in _clean_headers(sent)
    ]
    # Scrapy adds Host only when it sends the request, after we have read its headers.
    if not any(name.lower() == b"host" for name, _ in headers):
        headers.insert(0, (b"Host", host.rpartition("@")[2].encode()))
    return _HttpHead(f"/{path} HTTP/1.1", _decode_headers(headers), "GET")


def _clean_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return headers without line breaks and other control characters, which could begin another header or the body."""
    named = (
        (_INVALID_NAME_CHARACTERS.sub(b"-", name), _CONTROL_CHARACTERS.sub(b" ", value).strip())
        for name, value in headers
    )
    return [(name, value) for name, value in named if name]


def _decode_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def normalize_spaces(text: str) -> str:
    """Return a text on one line, with single spaces: a line break would begin another header.

    >>> normalize_spaces("OK\\r\\nX-Evil:  1")
    'OK X-Evil: 1'
    """
    return " ".join(text.split())


def escape_url(url: str) -> str:
    """Return a URL with all characters percent-encoded that a URL may not contain.

    A line break would begin another header of the record.

    >>> escape_url("https://wire.example/a b\\n")
    'https://wire.example/a%20b%0A'
    """
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")
