"""Finds the next page of the list that a page is, with older articles: "older posts", "2", ``rel="next"``."""

import re
from typing import Any

from cleaning.urls import make_url_key
from crawler.parsers.link_regions import LinkRegion, is_link_text, split_names
from crawler.urls.pagination import PAGINATION_RULES, is_page_of_same_list, parse_numbered_page
from crawler.urls.url_classifier import UrlClass, classify_url, is_same_site

_NEXT_NAMES = frozenset({"next", "older", "older-link", "nav-previous", "older-posts", "next-page", "nextpostslink"})
_BY_RELATION, _BY_CLASS, _BY_TEXT, _BY_NUMBER = range(4)
"""Reasons to take a link for the one to the next page, the best first."""


class NextPageFinder:
    """Collects the links of a page that may lead to its next page, and chooses one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own_key = make_url_key(url)
        self._candidates: dict[str, int] = {}
        """Addresses, and the best reason for each."""

    def add_link_relation(self, address: str) -> None:
        """Consider the address of a ``<link rel="next">``."""
        self._add(address, _BY_RELATION)

    def add_anchor(self, element: Any, address: str, url_class: UrlClass, region: LinkRegion, text: str) -> None:
        """Consider an ``a`` element with the class of its address, its region and its text."""
        is_sibling = url_class.kind in ("unknown", "section") and self._is_sibling(address, url_class)
        is_page = url_class.rule in PAGINATION_RULES or is_sibling
        relations = (element.get("rel") or "").lower().split()
        if "prev" in relations or not (is_page or (region.name == "pager" and url_class.kind != "article")):
            return
        if "next" in relations:
            self._add(address, _BY_RELATION)
        elif _has_next_class(element):
            self._add(address, _BY_CLASS)
        elif any(is_link_text(name, "next_page") for name in (text, element.get("aria-label") or "")):
            self._add(address, _BY_TEXT)
        elif is_sibling or (is_page and text.strip().isdigit()):
            self._add(address, _BY_NUMBER)

    def _is_sibling(self, address: str, url_class: UrlClass) -> bool:
        """Whether an address is another page of the list that this page is, by its number. Months have numbers too."""
        return url_class.rule != "date-archive" and is_page_of_same_list(address, self._url)

    def _add(self, address: str, reason: int) -> None:
        if is_same_site(address, self._url) and make_url_key(address) != self._own_key:
            self._candidates[address] = min(reason, self._candidates.get(address, reason))

    def choose(self) -> str | None:
        """Return the address with the best reason, of numbered ones the next higher; ``None`` if there is none."""
        reason = min(self._candidates.values(), default=_BY_NUMBER)
        offered = [address for address, why in self._candidates.items() if why == reason]
        if reason < _BY_NUMBER:
            return offered[0]
        later = sorted(
            (number, address)
            for address in offered
            if (number := _find_page_number(address)) > self._find_own_number(address)
        )
        return later[0][1] if later else None

    def _find_own_number(self, address: str) -> int:
        """The page's own number, in the way in which another page of the list is numbered."""
        if is_page_of_same_list(address, self._url):
            return parse_numbered_page(self._url).number or 1
        return _find_page_number(self._url) if classify_url(self._url).rule in PAGINATION_RULES else 1


def _has_next_class(element: Any) -> bool:
    parent = element.getparent()
    names = f"{element.get('class', '')} {parent.get('class', '') if parent is not None else ''}".lower()
    return any(name in _NEXT_NAMES for name in split_names(names))


def _find_page_number(url: str) -> int:
    numbers = re.findall(r"\d{1,5}", url)
    return int(numbers[-1]) if numbers else 1
