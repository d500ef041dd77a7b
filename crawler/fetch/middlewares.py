"""Scrapy's middlewares for answers, where they fail without saying what happened."""

import zlib
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.outcomes import RefusedError


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
