"""Recognise the pages of a numbered list by their URLs, also if a site numbers them in a way of its own.

The usual ways, ``/page/2/`` and ``?page=2``, are rules of ``url_patterns.toml``. This module compares two URLs, so that
``/ports.html`` and ``/ports2.html`` are pages of one list as well.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from cleaning.urls import get_site
from crawler.urls.url_classifier import classify_url

_EXTENSION: Final = re.compile(r"\.(?:s?html?|php|aspx?|jsp)$")
_NUMBER: Final = re.compile(
    r"(?:/(?:page|p|pagina|seite|pag|strona|sayfa|hal|sida|sivu))?(?<!\d)(?<!\d-)[-_/]?(?<![\d])(\d{1,3})$"
)
"""At most three digits without digits before them: longer numbers are years, dates and the numbers of articles."""

PAGINATION_RULES: Final = frozenset({"pagination", "pagination-parameter", "blogger-older"})
"""The rules of ``url_patterns.toml`` that recognise further pages of a list."""


class NumberedPage(NamedTuple):
    """A page of a numbered list."""

    series: str
    """Key that all pages of the list share: the site and the path without its number."""
    number: int | None
    """Number of the page; ``None`` if the URL has none, as on the first page."""


def parse_numbered_page(url: str) -> NumberedPage:
    """Split a URL without a query into the key of its list and its page number.

    Any URL has a result: compare the series of two URLs to see whether they belong to one list. Raises ValueError if
    ``url`` is not a valid http(s) URL.

    >>> [parse_numbered_page(f"https://example.org/{path}")[1] for path in ("", "index2.html", "page/3/", "2024/")]
    [None, 2, 3, None]
    >>> parse_numbered_page("https://example.org/category/ports2.html") == ("example.org/category/ports", 2)
    True
    """
    path = _EXTENSION.sub("", unquote(urlsplit(url).path).lower().rstrip("/"))
    match = _NUMBER.search(path)
    number, series = (int(match[1]), path[: match.start()]) if match else (None, path)
    return NumberedPage(f"{get_site(url)}{series.removesuffix('/index')}", number)


def is_page_of_same_list(url: str, page: str) -> bool:
    """Return whether two URLs are different pages of one list, judging by their numbers alone.

    URLs with a query are not compared: parameters are left to the rules of ``url_patterns.toml``.

    >>> is_page_of_same_list("https://example.org/ports7.html", "https://example.org/ports.html")
    True
    >>> is_page_of_same_list("https://example.org/sports.html", "https://example.org/ports.html")
    False
    """
    if urlsplit(url).query or urlsplit(page).query:
        return False
    one, other = parse_numbered_page(url), parse_numbered_page(page)
    return one.series == other.series and one.number != other.number


def is_numbered_page(url: str, first_url: str) -> bool:
    """Return whether a URL is a numbered page of the list that begins at ``first_url``, by its path or a parameter.

    The URL of the first page must have no number: if it has one, the list may be a calendar or something else that
    never ends.

    >>> is_numbered_page("https://example.org/?page=2", "https://example.org/")
    True
    >>> is_numbered_page("https://example.org/ports2.html", "https://example.org/ports.html")
    True
    >>> is_numbered_page("https://example.org/day/2", "https://example.org/day/1")
    False
    """
    if classify_url(url).rule in PAGINATION_RULES:
        return True
    return parse_numbered_page(first_url).number is None and is_page_of_same_list(url, first_url)
