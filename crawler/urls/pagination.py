"""Which page of which list an address is, where a site numbers them in its own way."""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from cleaning.urls import get_site
from crawler.urls.url_classifier import classify_url

_EXTENSION: Final = re.compile(r"\.(?:s?html?|php|aspx?|jsp)$")
_NUMBER: Final = re.compile(
    r"(?:/(?:page|p|pagina|seite|pag|strona|sayfa|hal|sida|sivu))?(?<!\d)(?<!\d-)[-_/]?(?<![\d])(\d{1,3})$"
)
"""Up to three digits, and none before them: else they are years, days and the numbers of articles."""

PAGINATION_RULES: Final = frozenset({"pagination", "pagination-parameter", "blogger-older"})
"""The rules of ``url_patterns.toml`` for further pages of a list."""


class NumberedPage(NamedTuple):
    """A page of a list."""

    series: str
    """What all pages of the list share."""
    number: int | None
    """``None`` on the first page, which shows none."""


def parse_numbered_page(url: str) -> NumberedPage:
    """The list that an address without a query is a page of, and its number. Raises ValueError on what is no address.

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
    """Whether an address is another page of the list that a page belongs to, by its number alone.

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
    """Whether an address is a numbered page of the list that begins at ``first``, by its path or by a parameter.

    The first page has no number: a list of which it has one is a calendar, or something else that never ends.

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
