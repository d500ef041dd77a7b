"""Scrapy's middlewares for answers, where they fail without saying what happened."""

import zlib
from typing import Any, Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.config.opt_out import NOBODY, OPTED_OUT, OptOut
from crawler.fetch.source_credentials import OwnAccess, origin_of, own_access_of
from crawler.outcomes import RefusedError

_ADDED: Final = "own_headers"
"""The names of the headers that a request was given here: a redirected one has them still."""


class NamedRedirects(RedirectMiddleware):
    """Follows redirects, and names the end of a chain that is too long or that leads to no address."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("too-many-redirects", f"more than {self.max_redirect_times} redirects") from error
        except ValueError as error:
            raise RefusedError("bad-redirect", str(error)) from error
        if isinstance(followed, Request):
            # Scrapy has noted the host's slot on the request and copies that: a redirect to another host would be
            # sent in the old host's turn, and its own host would get two requests within its delay.
            followed.meta.pop("download_slot", None)
        return followed


class NamedCompression(HttpCompressionMiddleware):
    """Unpacks bodies up to the size limit, and names those that are larger or broken."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("too-large", "the unpacked body is over the limit") from error
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise RefusedError("incomplete", f"the packed body is broken: {error}") from error
        except Exception as error:  # brotli and zstd raise errors of their own, that share no base class
            raise RefusedError("incomplete", f"the packed body is broken: {type(error).__name__}") from error


class RefuseOptedOut:
    """Refuses requests to what is on the list, redirected ones too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._listed: OptOut | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._listed is None:
            session: Any = getattr(self._crawler.spider, "session", None)
            self._listed = session.opt_out if session is not None else NOBODY
        if self._listed.covers(request.url):
            raise RefusedError(OPTED_OUT, f"{urlsplit(request.url).hostname} is on the list of those who opted out")


class OwnHeaders:
    """Gives each request the headers of the source whose origin it goes to, and takes those of others off it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._access: OwnAccess | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._access is None:
            self._access = own_access_of(self._crawler)
        for name in request.meta.pop(_ADDED, ()):
            request.headers.pop(name, None)
        if self._access.headers and (own := self._access.headers.get(origin_of(request.url))):
            for name, value in own.items():
                request.headers[name] = value
            request.meta[_ADDED] = tuple(own)
