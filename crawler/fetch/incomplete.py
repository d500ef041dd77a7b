"""Accepts responses that end too early by their headers, but are whole pages as far as their content shows.

Some servers state the length of the body before its compression, or never send the last chunk. Browsers show such
pages, so they are kept, and their articles flagged. A page that was really cut has the outcome ``incomplete`` and is
tried again by a later run.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.outcomes import RequestRejectedError

INCOMPLETE_RESPONSE_FLAG: Final = "incomplete-response"
"""The flag of an article whose page ended earlier than its server had said, although it looks whole."""
SCRAPY_FLAG: Final = "dataloss"
"""Scrapy's flag of responses that ended too early."""

_END_BYTES: Final = 2048
"""Bytes at the end of a body in which its end tag is looked for; some pages have comments or a counter after it."""
_END_TAG = re.compile(rb"</(?:[a-z]+:)?(?:html|body|rss|feed|rdf|urlset|sitemapindex|opml)\s*>", re.IGNORECASE)


def is_incomplete_response(response: Response) -> bool:
    """Return whether a response ended earlier than its server had said."""
    return SCRAPY_FLAG in response.flags


def looks_whole(body: bytes, path: str = "") -> bool:
    r"""Return whether a body is whole, judging by its last bytes alone.

    Pages, feeds and sitemaps end with the tag of their root, JSON with its last bracket, and robots.txt with a line.

    Args:
        body: the body, decompressed.
        path: the path of its URL, which tells a robots.txt.

    >>> looks_whole(b"<p>Text</p></body></html>\n"), looks_whole(b"<html><p>Te"), looks_whole(b'{"items": []}')
    (True, False, True)
    """
    if path == "/robots.txt":
        return body.endswith(b"\n")
    end = body[-_END_BYTES:].rstrip()
    return bool(_END_TAG.search(end)) or (
        end.endswith(b"}") and body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    )


class IncompleteResponseMiddleware:
    """Rejects responses that were cut, and lets those pass that are whole although their headers say otherwise."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response unless it was cut. It must be decompressed already.

        Raises:
            RequestRejectedError: with the outcome ``incomplete``.
        """
        if is_incomplete_response(response) and not looks_whole(response.body, urlsplit(response.url).path):
            raise RequestRejectedError("incomplete", "the connection ended before the whole page had arrived")
        return response
