"""Fetches the pages that list articles: one request, one answer, one name for what went wrong."""

from dataclasses import dataclass, replace
from datetime import datetime
from http import client
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from crawler.fetch.network_guard import explain
from crawler.fetch.retry_after import pauses_of
from crawler.outcomes import of_status
from storage import Exchange


@dataclass(frozen=True, slots=True)
class Reply:
    """A body that was fetched, or the news that it is unchanged."""

    url: str
    """Where redirects led."""
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    unchanged: bool = False
    """The server said so (304); there is no body."""
    response: Response | None = None
    """The answer itself; ``None`` where there is no body."""


class FetchFailedError(Exception):
    """A request that brought no page."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


async def fetch(crawler: Crawler, url: str, etag: str | None = None, last_modified: str | None = None) -> Reply:
    """The page at an address; with validators, perhaps only that it is unchanged. Raises FetchFailedError.

    Where the host asks to be left alone for a short time, the second attempt comes after that.
    """
    try:
        return await _attempt(crawler, url, etag, last_modified)
    except FetchFailedError:
        if not await pauses_of(crawler).wait(urlsplit(url).hostname or ""):
            raise
    return await _attempt(crawler, url, etag, last_modified)


async def _attempt(crawler: Crawler, url: str, etag: str | None, last_modified: str | None) -> Reply:
    headers = validators(etag, last_modified)
    try:
        response = await crawler.engine.download_async(Request(url, headers=headers, dont_filter=True))
    except Exception as error:
        raise FetchFailedError(*explain(error, url)) from error
    if response.status == 304 and headers:
        return Reply(response.url, b"", "", etag, last_modified, unchanged=True)
    if outcome := of_status(response.status):
        raise FetchFailedError(outcome, f"HTTP status {response.status}")
    return Reply(
        response.url,
        response.body,
        header(response, "Content-Type") or "",
        header(response, "ETag"),
        header(response, "Last-Modified"),
        response=response,
    )


def validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers that ask for a page only if it has changed, from those of the answer that is known."""
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def without_body(reply: Reply) -> Reply:
    """What to keep of a reply once it has been read."""
    return replace(reply, body=b"", response=None)


def exchange_of(response: Response, fetched_at: datetime) -> Exchange:
    """A page that came, as it is archived."""
    assert response.request is not None
    return Exchange(
        response.url,
        fetched_at,
        response.status,
        client.responses.get(response.status, ""),  # Scrapy does not pass on the server's own
        _pairs(response.request.headers),
        _pairs(response.headers),
        response.body,
        str(response.ip_address) if response.ip_address else None,
    )


def _pairs(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, values in headers.items() for value in values)


def header(response: Response, name: str) -> str | None:
    """A header as text; ``None`` where it is absent or empty."""
    value = response.headers.get(name)
    return value.decode("latin-1").strip() or None if value else None


def headers_of(response: Response) -> list[tuple[str, str]]:
    """All headers as text; a name with several values comes several times."""
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, values in response.headers.items() for v in values]
