"""Sends cookies back to the sites that set them, within one run and for each source apart.

Some sites redirect every page to a cookie check, or to the page itself, until a cookie comes back. Each source has a
jar of its own, so that no site learns what was fetched of another one; jars are kept in memory, and end with the run.
Requests for robots.txt have no source, and so no cookies.
"""

from collections.abc import Iterable
from http.cookiejar import Cookie
from typing import Any, Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from crawler.urls.registrable_domain import is_public_suffix

SOURCE_META: Final = "session_cookies_of"
"""The key of a request's meta that names the source to whose jar its cookies belong. Redirects keep it."""
_ADDED_META: Final = "session_cookie_header"
"""The ``Cookie`` header that a request has got here."""
MAX_COOKIES_PER_RESPONSE: Final = 40
MAX_COOKIE_BYTES: Final = 4096
"""Bytes of one ``Set-Cookie`` header, as in browsers; longer ones are ignored."""
MAX_JAR_COOKIES: Final = 60
MAX_JAR_BYTES: Final = 16 * 1024
"""Names and values of all cookies of a source. A jar that grows beyond either limit is emptied: what the site needs, it
sets again."""


def copy_cookie_meta(response: Response) -> dict[str, Any]:
    """Return the meta of a request on behalf of a page, such as one of its scripts'."""
    request = response.request
    return {SOURCE_META: request.meta[SOURCE_META]} if request and SOURCE_META in request.meta else {}


class SessionCookiesMiddleware(CookiesMiddleware):
    """Keeps the cookies of each source, and adds them to those that ``sources.toml`` sets for it."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware, as Scrapy does for each crawl."""
        middleware = cls()
        middleware.crawler = crawler
        return middleware

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        """Keep cookies, except those for a whole public suffix; Scrapy's own check fetches its list from the web."""
        for cookie in cookies:
            if not is_public_suffix(cookie.domain.removeprefix(".")) or cookie.domain == urlsplit(request.url).hostname:
                jar.set_cookie_if_ok(cookie, request)

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Add the cookies that the request's source has set; those of the request itself win over others of their name.

        The request's own are those of ``sources.toml``, or of a custom spider.
        """
        if (source := request.meta.get(SOURCE_META)) is None:
            return
        given = request.headers.pop("Cookie", [b""])[0]
        if given == request.meta.pop(_ADDED_META, None):  # a redirected request still has what the first one got
            given = b""
        if source in self.jars:
            self.jars[source].add_cookie_header(request)
        merged = merge_cookie_headers(given, request.headers.get("Cookie") or b"")
        if merged != given:
            request.meta[_ADDED_META] = merged
        if merged:
            request.headers["Cookie"] = merged

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Keep the cookies of a response, if its request has a source."""
        source = request.meta.get(SOURCE_META)
        if source is None or not (received := response.headers.getlist("Set-Cookie")):
            return response
        jar = self.jars[source]
        kept = [cookie for cookie in received if len(cookie) <= MAX_COOKIE_BYTES][:MAX_COOKIES_PER_RESPONSE]
        cookies = jar.make_cookies(Response(response.url, headers={"Set-Cookie": kept}), request)
        self._process_cookies(cookies, jar=jar, request=request)
        if is_too_large(jar):
            jar.clear()
        return response


def is_too_large(jar: CookieJar) -> bool:
    """Return whether a jar holds more than a source may have."""
    sizes = [len(cookie.name) + len(cookie.value or "") for cookie in jar]
    return len(sizes) > MAX_JAR_COOKIES or sum(sizes) > MAX_JAR_BYTES


def merge_cookie_headers(first: bytes, second: bytes) -> bytes:
    """Return a ``Cookie`` header with the cookies of two; of two with the same name, the first one stays.

    >>> merge_cookie_headers(b"consent=yes; a=1", b"a=2; session=x")
    b'consent=yes; a=1; session=x'
    """
    cookies: dict[bytes, bytes] = {}
    for pair in (first + b";" + second).split(b";"):
        if pair.strip():
            cookies.setdefault(pair.partition(b"=")[0].strip(), pair.strip())
    return b"; ".join(cookies.values())
