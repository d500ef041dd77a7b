"""The named outcomes of cleaning a page: an article, or the one reason why there is none."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a page. The value is the slug used in exceptions, statistics and the database."""

    ARTICLE = "article"
    EMPTY = "empty"
    """No bytes, or no text at all."""
    NOT_HTML = "not-html"
    """Something else than a web page: PDF, image, JSON, random bytes."""
    TOO_LARGE = "too-large"
    """More bytes than the cleaner takes."""
    TOO_SHORT = "too-short"
    """Fewer words than an article has, once the boilerplate is gone."""
    INDEX_PAGE = "index-page"
    """A list of articles: front page, section, archive, page two of any of them."""
    TAG_PAGE = "tag-page"
    """The list of articles on a subject."""
    AUTHOR_PAGE = "author-page"
    """The list of a person's articles, with or without a portrait."""
    SEARCH_PAGE = "search-page"
    """What a search found, or that it found nothing."""
    GALLERY_PAGE = "gallery-page"
    """Pictures with captions, and no story."""
    LOGIN_PAGE = "login-page"
    """A form to log in or to register."""
    CONSENT_PAGE = "consent-page"
    """A consent dialogue instead of the article."""
    CAPTCHA = "captcha"
    """A check for robots instead of the article."""
    SOFT_404 = "soft-404"
    """An error page."""
    PAYWALL_STUB = "paywall-stub"
    """A teaser and an invitation to subscribe."""
    TIMEOUT = "timeout"
    """Cleaning took longer than a page may; only worker processes have a deadline."""
    OUT_OF_MEMORY = "out-of-memory"
    """Cleaning took more memory than a worker process has."""
    CRASHED = "cleaner-crashed"
    """The worker process died."""
    ERROR = "cleaner-error"
    """A bug of the cleaner's, contained in its worker process."""


LIST_OUTCOMES = frozenset({Outcome.INDEX_PAGE, Outcome.TAG_PAGE, Outcome.AUTHOR_PAGE, Outcome.SEARCH_PAGE})
"""The outcomes of pages that list articles."""

FAILURE_OUTCOMES = frozenset({Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY, Outcome.CRASHED, Outcome.ERROR})
"""The outcomes of pages that the cleaner could not judge; they may hold an article."""


class NotAnArticleError(Exception):
    """A page that holds no article.

    >>> raise NotAnArticleError(Outcome.EMPTY, "the page has no bytes")
    Traceback (most recent call last):
    cleaning.outcomes.NotAnArticleError: empty: the page has no bytes
    """

    def __init__(self, reason: Outcome, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
