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
RENAMED_HEADERS: Final = {
    name.lower(): b"X-Crawl-" + name for name in (b"Content-Encoding", b"Transfer-Encoding", b"Content-Length")
}
"""Names under which headers are kept that tell how the body was encoded on its way; it is archived decoded."""
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")
_NO_NAME: Final = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")


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


def compress_records(write: Callable[[WARCWriter], object]) -> bytes:
    """Return what ``write`` writes with warcio's writer: one gzip member a record."""
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
        about["WARC-IP-Address"] = normalize_spaces(exchange.ip_address)
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
        (RENAMED_HEADERS.get(name.lower(), name), WITHHELD if name.lower() in _KEYS else value)
        for name, value in _clean(exchange.response_headers)
    ]
    headers.append((b"Content-Length", str(len(exchange.body)).encode()))
    return _Head(
        f"{exchange.http_status:03} {normalize_spaces(exchange.reason)}".strip(), _as_text(headers), "HTTP/1.1"
    )


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


def normalize_spaces(text: str) -> str:
    """Return a text on one line: a line break would begin another header."""
    return " ".join(text.split())


def without_spaces(url: str) -> str:
    """An address with everything escaped that has no place in one: a line break would begin another header."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")
