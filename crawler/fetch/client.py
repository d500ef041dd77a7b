"""Fetches listings: one request, one response, one named outcome if it fails."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import client
from typing import Any
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
    """The body of a listing, or the information that it is unchanged."""

    final_url: str
    """The URL after redirects."""
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    is_unchanged: bool = False
    """Whether the server said so (304). Then the body is empty."""
    response: Response | None = None
    """Scrapy's response; ``None`` if the listing is unchanged or its body was dropped."""
    moved_to: str | None = None
    """The final URL if all redirects to it are permanent; ``None`` if there was none or one may end."""
    link_header: str = ""
    """The ``Link`` header; several are joined by commas."""


class FetchFailedError(Exception):
    """A listing could not be fetched.

    Attributes:
        outcome: the name of the outcome; see :mod:`crawler.outcomes`.
        detail: the reason as a sentence.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


async def fetch_listing_response(
    crawler: Crawler,
    url: str,
    etag: str | None = None,
    last_modified: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> ListingResponse:
    """Fetch a listing, as a conditional request if validators are passed.

    If the host answers with a short ``Retry-After``, its pause is awaited and the request repeated once.

    Args:
        crawler: the crawl, whose downloader and middlewares are used.
        url: the URL of the listing.
        etag: the ``ETag`` of the version that is known.
        last_modified: the ``Last-Modified`` header of that version.
        meta: Scrapy's meta of the request, such as the source whose cookies it carries.

    Raises:
        FetchFailedError: there is no response, or one without a usable body.
    """
    try:
        return await _send_request(crawler, url, etag, last_modified, meta)
    except FetchFailedError:
        # Without this, one 429 on the front page would end the first crawl of a site: discovery has nothing else to
        # start from.
        if not await host_pauses_from_crawler(crawler).wait(urlsplit(url).hostname or ""):
            raise
    return await _send_request(crawler, url, etag, last_modified, meta)


async def _send_request(
    crawler: Crawler, url: str, etag: str | None, last_modified: str | None, meta: Mapping[str, Any] | None
) -> ListingResponse:
    headers = build_conditional_headers(etag, last_modified)
    try:
        response = await crawler.engine.download_async(
            Request(url, headers=headers, meta=dict(meta or {}), dont_filter=True)
        )
    except Exception as error:
        raise FetchFailedError(*classify_failure(error, url)) from error
    # A 304 to an unconditional request is a server error, not an unchanged page.
    if response.status == 304 and headers:
        return ListingResponse(
            response.url, b"", "", etag, last_modified, is_unchanged=True, moved_to=_find_permanent_target(response)
        )
    if outcome := classify_status(response.status):
        raise FetchFailedError(outcome, f"HTTP status {response.status}")
    return ListingResponse(
        response.url,
        response.body,
        get_header(response, "Content-Type") or "",
        get_header(response, "ETag"),
        get_header(response, "Last-Modified"),
        response=response,
        moved_to=_find_permanent_target(response),
        link_header=b", ".join(response.headers.getlist("Link")).decode("latin-1"),
    )


def _find_permanent_target(response: Response) -> str | None:
    reasons = response.meta.get("redirect_reasons", []) if response.request else []
    return response.url if reasons and all(reason in (301, 308) for reason in reasons) else None


def build_conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the request headers for a conditional request, from the validators of the last response.

    Returns an empty mapping if there are none, which makes the request an ordinary one.

    >>> build_conditional_headers('"a1"', None)
    {'If-None-Match': '"a1"'}
    """
    headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in headers.items() if value}


def drop_body(response: ListingResponse) -> ListingResponse:
    """Return a response without its body, to keep once the body has been parsed.

    A crawl keeps the result of every poll until the site is done; bodies of up to 10 MB would add up.
    """
    return replace(response, body=b"", response=None)


def to_archive_record(response: Response, fetched_at: datetime) -> Exchange:
    """Return a response and its request in the form in which the archive stores them.

    Args:
        response: the page, with its body decompressed.
        fetched_at: when it was received, with a time zone.
    """
    assert response.request is not None
    return Exchange(
        response.url,
        fetched_at,
        response.status,
        # Scrapy does not pass on the reason phrase that the server sent.
        client.responses.get(response.status, ""),
        _list_header_pairs(response.request.headers),
        _list_header_pairs(response.headers),
        response.body,
        str(response.ip_address) if response.ip_address else None,
    )


def _list_header_pairs(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, values in headers.items() for value in values)


def get_header(response: Response, name: str) -> str | None:
    """Return the first value of a response header as text; ``None`` if it is absent or empty.

    Headers are decoded as Latin-1, which accepts every byte.
    """
    value = response.headers.get(name)
    return value.decode("latin-1").strip() or None if value else None


def list_headers(response: Response) -> list[tuple[str, str]]:
    """Return all response headers as pairs of name and value.

    A header that was sent several times, such as ``X-Robots-Tag``, has several pairs.
    """
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]
