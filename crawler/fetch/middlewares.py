"""Downloader middlewares for redirects, compressed bodies and the opt-out list; the others are beside their subjects.

Scrapy's own redirect and compression middlewares fail without saying what happened; these name an outcome.
"""

import zlib
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import httpcompression, redirect
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.config.opt_out import EMPTY_OPT_OUT_LIST, OPTED_OUT, OptOutList
from crawler.outcomes import RequestRejectedError


class RedirectMiddleware(redirect.RedirectMiddleware):
    """Follows redirects, and names the end of a chain that is too long or that leads to no address."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise RequestRejectedError(
                "too-many-redirects", f"more than {self.max_redirect_times} redirects"
            ) from error
        except ValueError as error:
            raise RequestRejectedError("bad-redirect", str(error)) from error
        if isinstance(followed, Request):
            # Scrapy has noted the host's slot on the request and copies that: a redirect to another host would be
            # sent in the old host's turn, and its own host would get two requests within its delay.
            followed.meta.pop("download_slot", None)
        return followed


class DecompressionMiddleware(httpcompression.HttpCompressionMiddleware):
    """Unpacks bodies up to the size limit, and names those that are larger or broken."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise RequestRejectedError("too-large", "the unpacked body is over the limit") from error
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise RequestRejectedError("incomplete", f"the packed body is broken: {error}") from error
        except Exception as error:  # brotli and zstd raise errors of their own, that share no base class
            raise RequestRejectedError("incomplete", f"the packed body is broken: {type(error).__name__}") from error


class OptOutMiddleware:
    """Refuses requests to what is on the list, redirected ones too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._opt_out_list: OptOutList | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._opt_out_list is None:
            session: Any = getattr(self._crawler.spider, "session", None)
            self._opt_out_list = session.opt_out if session is not None else EMPTY_OPT_OUT_LIST
        if self._opt_out_list.covers(request.url):
            raise RequestRejectedError(
                OPTED_OUT, f"{urlsplit(request.url).hostname} is on the list of those who opted out"
            )
