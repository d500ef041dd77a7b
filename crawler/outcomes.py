"""What became of a request: every failure and every status gets one name."""

from collections.abc import Mapping
from typing import Final, Literal

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from cleaning import Outcome
from cleaning.outcomes import FAILURE_OUTCOMES

NOT_HTML: Final = Outcome.NOT_HTML.value
NOT_NEWS: Final = "not-news"
"""The outcome of a page that holds a text, and no news."""
AMP_RENDERING: Final = "amp-twin"
"""The outcome of an AMP rendering of an article that is to be had at an address of its own."""
PRINT_RENDERING: Final = "print-twin"
"""Likewise of a rendering for the printer."""
NO_INDEX: Final = "noindex"
TDM_RESERVED: Final = "tdm-reserved"

REJECTIONS: Final = frozenset(
    {NOT_NEWS, AMP_RENDERING, PRINT_RENDERING, NO_INDEX, TDM_RESERVED}
    | {outcome.value for outcome in Outcome if outcome not in FAILURE_OUTCOMES | {Outcome.ARTICLE}}
)
"""The page came, and holds no article, or none that may be kept. What else is without an article is a failure."""


OutcomeFamily = Literal["stored", "updated", "unchanged", "duplicate", "rejected", "failed"]

_FAMILY_BY_OUTCOME: Final[Mapping[str, OutcomeFamily]] = {
    "stored": "stored",
    "updated": "updated",
    "unchanged": "unchanged",
    "duplicate": "duplicate",
}


def classify_outcome(outcome: str) -> OutcomeFamily:
    """Which column of the account an outcome counts in.

    >>> [classify_outcome(o) for o in ("stored", "too-short", "not-news", "http-404", "cleaner-timeout")]
    ['stored', 'rejected', 'rejected', 'failed', 'failed']
    """
    return _FAMILY_BY_OUTCOME.get(outcome) or ("rejected" if outcome in REJECTIONS else "failed")


class RequestRejectedError(IgnoreRequest):
    """A request that we do not send, or whose answer we do not take."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


_OUTCOME_BY_ERROR: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "dns-failure"),
    (DownloadConnectionRefusedError, "connection-failed"),
    (DownloadCancelledError, "too-large"),  # Scrapy cancels for no other reason than DOWNLOAD_MAXSIZE
    (ResponseDataLossError, "incomplete"),
    (DownloadFailedError, "connection-failed"),
    (UnsupportedURLSchemeError, "scheme-refused"),
    (NotSupported, "scheme-refused"),
)


def classify_error(error: BaseException | None) -> tuple[str, str]:
    """The name and the detail of a failed request.

    >>> classify_error(DownloadTimeoutError("took longer than 30 seconds"))
    ('timeout', 'took longer than 30 seconds')
    >>> classify_error(ConnectionResetError("reset by peer"))
    ('connection-failed', 'ConnectionResetError: reset by peer')
    """
    if isinstance(error, RequestRejectedError):
        return error.outcome, error.detail
    if isinstance(error, HttpError):
        return f"http-{error.response.status}", str(error)
    for kind, outcome in _OUTCOME_BY_ERROR:
        if isinstance(error, kind):
            return outcome, str(error)
    return "connection-failed", f"{type(error).__name__}: {error}"


def classify_status(status: int) -> str | None:
    """The name of an HTTP status that brings no page; ``None`` where it brings one.

    >>> classify_status(200), classify_status(404), classify_status(302)
    (None, 'http-404', 'bad-redirect')
    """
    if status == 200 or status == 203:
        return None
    if 300 <= status < 400:
        return "bad-redirect"  # those that lead somewhere were followed
    return f"http-{status}"


_WITHHELD_OUTCOMES = frozenset({"captcha", "consent-page", "paywall-stub"})
_LOST_OUTCOMES = frozenset(
    {"timeout", "dns-failure", "connection-failed", "incomplete", "too-large", "too-many-redirects"}
)


def is_unreachable(outcome: str) -> bool:
    """Whether a page's article exists and cannot be had, so that what a feed has of it is better than nothing.

    Not where the site forbids the page or has taken it back, nor where it turned out to be no article.

    >>> [is_unreachable(o) for o in ("http-403", "timeout", "paywall-stub", "http-410", "robots-forbidden")]
    [True, True, True, False, False]
    """
    if outcome.startswith("http-"):
        return outcome not in ("http-404", "http-410", "http-451")
    return outcome in _WITHHELD_OUTCOMES | _LOST_OUTCOMES


def is_possibly_html(content_type: str) -> bool:
    """Whether a Content-Type header allows the body to be a web page; what is unclear may be one.

    >>> [is_possibly_html(kind) for kind in ("text/html; charset=utf-8", "", "application/pdf", "image/jpeg")]
    [True, True, False, False]
    """
    kind = content_type.partition(";")[0].strip().lower()
    family = kind.partition("/")[0]
    if family in ("image", "audio", "video", "font", "model"):
        return False
    return family != "application" or "html" in kind or "xml" in kind or kind == "application/octet-stream"
