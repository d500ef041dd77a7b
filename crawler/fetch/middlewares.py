"""Downloader middlewares for redirects, compressed bodies and the opt-out list.

The other middlewares are in the modules of their subjects. Scrapy's own redirect and compression middlewares do not say
why they fail; these name an outcome.
"""

import re
from typing import Any, Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import httpcompression, redirect
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response, TextResponse
from scrapy.responsetypes import responsetypes

from cleaning.web.decompression import decompress_layers
from crawler.config.opt_out import EMPTY_OPT_OUT_LIST, OPTED_OUT, OptOutList
from crawler.fetch.incomplete import SCRAPY_FLAG
from crawler.outcomes import RequestRejectedError
from crawler.parsers.refresh import parse_refresh

KNOWN_ENCODINGS: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


class RedirectMiddleware(redirect.RedirectMiddleware):
    """Follows redirects and ``Refresh`` headers.

    It names an outcome for chains that are too long and for targets that are not URLs.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Return the request that a redirect leads to, or the response if it is no redirect.

        Raises:
            RequestRejectedError: there were too many redirects, or the target is not a URL.
        """
        refresh = response.headers.get("Refresh")
        if refresh and response.status == 200 and (target := parse_refresh(refresh.decode("latin-1"), response.url)):
            response = response.replace(status=302, headers={**response.headers, "Location": target})
        try:
            result = super().process_response(request, response)
        except IgnoreRequest as error:
            raise RequestRejectedError(
                "too-many-redirects", f"more than {self.max_redirect_times} redirects"
            ) from error
        except ValueError as error:
            raise RequestRejectedError("bad-redirect", str(error)) from error
        if isinstance(result, Request):
            # Scrapy copies the download slot of the first request. A redirect to another host would be sent in the turn
            # of the old host, and its own host could get two requests within its delay.
            result.meta.pop("download_slot", None)
        return result


class DecompressionMiddleware(httpcompression.HttpCompressionMiddleware):
    """Decompresses bodies with a bound on the work, and names an outcome for larger and damaged ones.

    Scrapy bounds the bytes that come out, but not the frames: 941 bytes could cost this process 20 seconds.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Return the response with its body decompressed, or as it is if it was not compressed despite its header.

        Raises:
            RequestRejectedError: the decompressed body is too large, or the data is damaged.
        """
        header = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
        encodings = [name for encoding in header.split(",") if (name := encoding.strip())]
        known = _list_last_known(encodings)
        if not encodings or request.method == "HEAD":
            return response
        result = decompress_layers(response.body, known, request.meta.get("download_maxsize", self._max_size))
        if result.ending == "too-large":
            raise RequestRejectedError("too-large", "the decompressed body is too large")
        if result.ending == "damaged":
            if not is_markup(response.body):
                raise RequestRejectedError("incomplete", f"the compressed body ({header}) is damaged")
            return _replace_body(response, response.body, [])
        flags = [*response.flags, SCRAPY_FLAG] if result.ending == "cut" else response.flags
        return _replace_body(response, result.body, encodings[: len(encodings) - len(known)]).replace(flags=flags)


def _list_last_known(encodings: list[str]) -> list[str]:
    """Return the encodings behind the last unknown one, such as "utf-8": those that can be decompressed."""
    unknown = [number for number, name in enumerate(encodings) if name not in KNOWN_ENCODINGS]
    return encodings[unknown[-1] + 1 :] if unknown else encodings


def _replace_body(response: Response, body: bytes, encodings: list[str]) -> Response:
    headers = Headers(response.headers)
    headers.pop("Content-Encoding", None)
    if encodings:
        headers["Content-Encoding"] = ",".join(encodings)
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    # A response that was taken for text before has an encoding, which its compressed bytes did not tell.
    other = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, headers=headers, body=body, **other)


def is_markup(body: bytes) -> bool:
    r"""Return whether a body is text in HTML or XML, and so not compressed.

    >>> is_markup(b"\xef\xbb\xbf\n<!doctype html>"), is_markup(b"\x1f\x8b\x08"), is_markup(b"<\x00\x01")
    (True, False, False)
    """
    return bool(re.match(rb"(?:\xef\xbb\xbf)?\s{0,256}<[!?a-zA-Z]", body))


class OptOutMiddleware:
    """Rejects requests for URLs on the opt-out list, including those that a redirect leads to."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._opt_out_list: OptOutList | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware, as Scrapy does for each crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Reject a request for a host or URL on the opt-out list.

        Raises:
            RequestRejectedError: with the outcome ``opted-out``.
        """
        # Middlewares are created before the spider, which has the session with the list.
        if self._opt_out_list is None:
            session: Any = getattr(self._crawler.spider, "session", None)
            self._opt_out_list = session.opt_out if session is not None else EMPTY_OPT_OUT_LIST
        if self._opt_out_list.covers(request.url):
            raise RequestRejectedError(OPTED_OUT, f"{urlsplit(request.url).hostname} is on the opt-out list")
