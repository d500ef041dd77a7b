"""Pages written as WARC records, each a gzip member of its own, without what may be a secret."""

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
"""How hard zlib tries. For a news page of 165 kB: 1.1 ms and 38 kB at level 1, 1.6 ms and 34 kB at 4, 2.7 ms and 32 kB
at 6, 4.4 ms and 32 kB at 9, which is warcio's own."""

WITHHELD_VALUE: Final = b"[withheld]"
_HARMLESS_REQUEST_HEADERS: Final = frozenset(
    b"accept accept-charset accept-encoding accept-language cache-control connection from host if-modified-since "
    b"if-none-match range referer user-agent".split()
)
"""Request headers that hold no secret. Archives get passed on; what a person set for a source may be a key to it."""
_SECRET_RESPONSE_HEADERS: Final = frozenset((b"set-cookie", b"set-cookie2"))
"""Response headers that are kept without their value, for the same reason."""
RENAMED_HEADERS: Final = {
    name.lower(): b"X-Crawl-" + name for name in (b"Content-Encoding", b"Transfer-Encoding", b"Content-Length")
}
"""Names under which headers are kept that tell how the body was encoded on its way; it is archived decoded."""
_CONTROL_CHARACTERS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")
_INVALID_NAME_CHARACTERS: Final = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _GzipMembers:
    """What warcio writes records to: each becomes a gzip member when warcio flushes it."""

    def __init__(self) -> None:
        self.packed = bytearray()
        self._begin_member()

    def _begin_member(self) -> None:
        self._packer = zlib.compressobj(ZLIB_LEVEL, zlib.DEFLATED, 31)

    def write(self, piece: bytes) -> None:
        self.packed += self._packer.compress(piece)

    def flush(self) -> None:
        self.packed += self._packer.flush()
        self._begin_member()


def build_gzip_members(write: Callable[[WARCWriter], object]) -> bytes:
    """Return what ``write`` writes with warcio's writer: one gzip member a record."""
    members = _GzipMembers()
    write(WARCWriter(members, gzip=False, warc_version="1.1"))
    return bytes(members.packed)


def write_warcinfo(writer: WARCWriter, name: str, about: dict[str, str]) -> None:
    """Write the record that says what a file is."""
    writer.write_record(writer.create_warcinfo_record(name, about))


def write_exchange(writer: WARCWriter, exchange: Exchange) -> None:
    """Write a page as its two records. Raises ValueError for a time without a zone."""
    if exchange.fetched_at.tzinfo is None:
        raise ValueError("a time of fetching without a time zone")
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
    """An HTTP head that keeps its bytes; warcio would percent-encode what is not ASCII."""

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:
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
    host, _, path = url.partition("://")[2].partition("#")[0].partition("/")  # urlsplit refuses some
    headers = [
        (name, value if name.lower() in _HARMLESS_REQUEST_HEADERS else WITHHELD_VALUE)
        for name, value in _clean_headers(sent)
    ]
    if not any(name.lower() == b"host" for name, _ in headers):  # Scrapy adds it where we do not see it
        headers.insert(0, (b"Host", host.rpartition("@")[2].encode()))
    return _HttpHead(f"/{path} HTTP/1.1", _decode_headers(headers), "GET")


def _clean_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers that cannot end before their time: without line breaks and other control characters."""
    named = (
        (_INVALID_NAME_CHARACTERS.sub(b"-", name), _CONTROL_CHARACTERS.sub(b" ", value).strip())
        for name, value in headers
    )
    return [(name, value) for name, value in named if name]


def _decode_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def normalize_spaces(text: str) -> str:
    """Return a text on one line: a line break would begin another header."""
    return " ".join(text.split())


def escape_url(url: str) -> str:
    """An address with everything escaped that has no place in one: a line break would begin another header."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")
