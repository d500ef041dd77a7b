"""The outcomes of cleaning a page: an article, or the one reason why the page has none.

The crawl has further outcomes for pages that it could not fetch: :mod:`crawler.outcomes`.
"""

from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The result of cleaning a page. The value is the slug used in exceptions, statistics and the database.

    >>> Outcome("too-short") is Outcome.TOO_SHORT
    True
    """

    ARTICLE = "article"
    """The page holds an article; all other outcomes say why it holds none."""
    EMPTY = "empty"
    """The page has no bytes, or no text at all."""
    NOT_HTML = "not-html"
    """The document is not a web page but a PDF, an image, JSON, a feed or random bytes."""
    TOO_LARGE = "too-large"
    """The page has more bytes than the cleaner accepts (20 MB)."""
    TOO_SHORT = "too-short"
    """Without its boilerplate, the page has fewer words than an article."""
    INDEX_PAGE = "index-page"
    """The page lists articles: a front page, a section, an archive, or a further page of one of these."""
    TAG_PAGE = "tag-page"
    """The page lists the articles on a subject."""
    AUTHOR_PAGE = "author-page"
    """The page lists one author's articles, with or without a portrait of the author."""
    SEARCH_PAGE = "search-page"
    """The page shows the results of a search, even if there are none."""
    GALLERY_PAGE = "gallery-page"
    """The page has pictures with captions, but no story."""
    LOGIN_PAGE = "login-page"
    """The page is a form to log in or to register."""
    CONSENT_PAGE = "consent-page"
    """The page shows a consent dialogue instead of the article."""
    CAPTCHA = "captcha"
    """The page checks for robots instead of showing the article."""
    SOFT_404 = "soft-404"
    """The page is an error page, although its HTTP status says otherwise."""
    PAYWALL_STUB = "paywall-stub"
    """The page shows a teaser of the article, and an invitation to subscribe."""
    TIMEOUT = "timeout"
    """Cleaning took longer than the deadline. Only worker processes have one; :func:`cleaning.clean` has none."""
    OUT_OF_MEMORY = "out-of-memory"
    """Cleaning took more memory than a worker process may use."""
    CRASHED = "cleaner-crashed"
    """The worker process died."""
    ERROR = "cleaner-error"
    """The cleaner raised an unexpected exception: a bug, contained in its worker process."""


LIST_OUTCOMES = frozenset({Outcome.INDEX_PAGE, Outcome.TAG_PAGE, Outcome.AUTHOR_PAGE, Outcome.SEARCH_PAGE})
"""The outcomes of pages that list articles; links to several articles confirm that a page is one of these."""

FAILURE_OUTCOMES = frozenset({Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY, Outcome.CRASHED, Outcome.ERROR})
"""The outcomes of pages that the cleaner could not finish. They say nothing about the page, which may be an article."""


class NotAnArticleError(Exception):
    """Raised for a page that is not an article.

    ``reason`` is the outcome, and ``detail`` explains it in a few words to people. ``metadata`` is what the page
    declares about itself (:class:`cleaning.metadata.reader.Metadata`); ``None`` if the page was rejected before it was
    read.

    >>> raise NotAnArticleError(Outcome.EMPTY, "the page has no bytes")
    Traceback (most recent call last):
    cleaning.outcomes.NotAnArticleError: empty: the page has no bytes
    """

    def __init__(self, reason: Outcome, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        # The steps that read metadata import this module, so that it cannot name their class.
        self.metadata: Any = None
