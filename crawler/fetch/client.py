"""Fetches the pages that list articles: one request, one answer, one name for what went wrong."""

from dataclasses import dataclass, replace
from datetime import datetime
from http import client
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from crawler.fetch.network_guard import classify_failure
from crawler.fetch.retry_after import host_pauses_from_crawler
from crawler.outcomes import classify_status
from storage import Exchange


@dataclass(frozen=True, slots=True)
class ListingResponse:
    """A body that was fetched, or the news that it is unchanged."""

    final_url: str
    """Where redirects led."""
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    is_unchanged: bool = False
    """The server said so (304); there is no body."""
    response: Response | None = None
    """The answer itself; ``None`` where there is no body."""


class FetchFailedError(Exception):
    """A request that brought no page."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


async def fetch_listing_response(
    crawler: Crawler, url: str, etag: str | None = None, last_modified: str | None = None
) -> ListingResponse:
    """The page at an address; with validators, perhaps only that it is unchanged. Raises FetchFailedError.

    Where the host asks to be left alone for a short time, the second attempt comes after that.
    """
    try:
        return await _send_request(crawler, url, etag, last_modified)
    except FetchFailedError:
        if not await host_pauses_from_crawler(crawler).wait(urlsplit(url).hostname or ""):
            raise
    return await _send_request(crawler, url, etag, last_modified)


async def _send_request(crawler: Crawler, url: str, etag: str | None, last_modified: str | None) -> ListingResponse:
    headers = build_conditional_headers(etag, last_modified)
    try:
        response = await crawler.engine.download_async(Request(url, headers=headers, dont_filter=True))
    except Exception as error:
        raise FetchFailedError(*classify_failure(error, url)) from error
    if response.status == 304 and headers:
        return ListingResponse(response.url, b"", "", etag, last_modified, is_unchanged=True)
    if outcome := classify_status(response.status):
        raise FetchFailedError(outcome, f"HTTP status {response.status}")
    return ListingResponse(
        response.url,
        response.body,
        get_header(response, "Content-Type") or "",
        get_header(response, "ETag"),
        get_header(response, "Last-Modified"),
        response=response,
    )


def build_conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers that ask for a page only if it has changed, from those of the answer that is known."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def drop_body(response: ListingResponse) -> ListingResponse:
    """What to keep of a reply once it has been read."""
    return replace(response, body=b"", response=None)


def to_archive_record(response: Response, fetched_at: datetime) -> Exchange:
    """A page that came, as it is archived."""
    assert response.request is not None
    return Exchange(
        response.url,
        fetched_at,
        response.status,
        client.responses.get(response.status, ""),  # Scrapy does not pass on the server's own
        _list_header_pairs(response.request.headers),
        _list_header_pairs(response.headers),
        response.body,
        str(response.ip_address) if response.ip_address else None,
    )


def _list_header_pairs(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, values in headers.items() for value in values)


def get_header(response: Response, name: str) -> str | None:
    """A header as text; ``None`` where it is absent or empty."""
    value = response.headers.get(name)
    return value.decode("latin-1").strip() or None if value else None


def list_headers(response: Response) -> list[tuple[str, str]]:
    """All headers as text; a name with several values comes several times."""
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, values in response.headers.items() for v in values]
