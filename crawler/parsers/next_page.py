"""Find the next page of a list of articles, with older ones: a link with ``rel="next"``, "older posts", or a number.

Themes disagree about "next" and "previous", so a link counts only if its URL or its region says that it is a page of a
list.
"""

import re
from typing import Any

from cleaning.urls import make_url_key
from crawler.parsers.link_regions import LinkRegion, is_link_text, split_names
from crawler.urls.pagination import PAGINATION_RULES, is_page_of_same_list, parse_numbered_page
from crawler.urls.url_classifier import UrlClass, classify_url, is_same_site

# "nav-previous" is the class of WordPress themes for the link to older posts.
_NEXT_NAMES = frozenset({"next", "older", "older-link", "nav-previous", "older-posts", "next-page", "nextpostslink"})
_BY_RELATION, _BY_CLASS, _BY_TEXT, _BY_NUMBER = range(4)
"""Reasons for taking a link for the one to the next page, the most reliable first."""


class NextPageFinder:
    """Collects the links of a page that may lead to its next page, and chooses the best one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own_key = make_url_key(url)
        self._candidates: dict[str, int] = {}
        """Candidate URLs, each with its best reason."""

    def add_link_relation(self, url: str) -> None:
        """Add the URL of a ``<link rel="next">``, the most reliable reason.

        The caller has checked that it is the URL of a list page.
        """
        self._add(url, _BY_RELATION)

    def add_anchor(self, element: Any, url: str, url_class: UrlClass, region: LinkRegion, text: str) -> None:
        """Add an ``a`` element if it may lead to the next page; ignore it otherwise.

        Args:
            element: the element, whose ``rel``, ``class`` and ``aria-label`` are read.
            url: canonical URL of its target.
            url_class: the class of that URL.
            region: the region of the page that it is in.
            text: its text, on one line.
        """
        is_sibling = url_class.kind in ("unknown", "section") and self._is_sibling(url, url_class)
        is_page = url_class.rule in PAGINATION_RULES or is_sibling
        relations = (element.get("rel") or "").lower().split()
        # In a pager any link but an article's may lead on; elsewhere its URL must be that of a list page.
        if "prev" in relations or not (is_page or (region.name == "pager" and url_class.kind != "article")):
            return
        if "next" in relations:
            self._add(url, _BY_RELATION)
        elif _has_next_class(element):
            self._add(url, _BY_CLASS)
        elif any(is_link_text(name, "next_page") for name in (text, element.get("aria-label") or "")):
            self._add(url, _BY_TEXT)
        elif is_sibling or (is_page and text.strip().isdigit()):
            self._add(url, _BY_NUMBER)

    def _is_sibling(self, url: str, url_class: UrlClass) -> bool:
        """Return whether a URL is another page of this page's list, judging by its number.

        Monthly archives have numbers too, ``/2024/10/``, but are lists of their own.
        """
        return url_class.rule != "date-archive" and is_page_of_same_list(url, self._url)

    def _add(self, url: str, reason: int) -> None:
        if is_same_site(url, self._url) and make_url_key(url) != self._own_key:
            self._candidates[url] = min(reason, self._candidates.get(url, reason))

    def choose(self) -> str | None:
        """Return the URL of the next page; ``None`` if no link leads to one.

        The first candidate with the most reliable reason wins. If there are only numbers, it is the smallest one above
        the page's own number.
        """
        best_reason = min(self._candidates.values(), default=_BY_NUMBER)
        candidates = [url for url, reason in self._candidates.items() if reason == best_reason]
        if best_reason < _BY_NUMBER:
            return candidates[0]
        later = sorted(
            (number, url) for url in candidates if (number := _find_page_number(url)) > self._find_own_number(url)
        )
        return later[0][1] if later else None

    def _find_own_number(self, url: str) -> int:
        """Return this page's own number, read in the same way as that of ``url``; a page without a number is page 1."""
        if is_page_of_same_list(url, self._url):
            return parse_numbered_page(self._url).number or 1
        return _find_page_number(self._url) if classify_url(self._url).rule in PAGINATION_RULES else 1


def _has_next_class(element: Any) -> bool:
    parent = element.getparent()
    names = f"{element.get('class', '')} {parent.get('class', '') if parent is not None else ''}".lower()
    return any(name in _NEXT_NAMES for name in split_names(names))


def _find_page_number(url: str) -> int:
    # The last number of a URL is nearly always that of the page: "/2024/politics/page/3/".
    numbers = re.findall(r"\d{1,5}", url)
    return int(numbers[-1]) if numbers else 1
