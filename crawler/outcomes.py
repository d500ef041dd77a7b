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
from cleaning.outcomes import FAILURES

NOT_HTML: Final = Outcome.NOT_HTML.value
NOT_NEWS: Final = "not-news"
"""The outcome of a page that holds a text, and no news."""
AMP_TWIN: Final = "amp-twin"
"""The outcome of an AMP rendering of an article that is to be had at an address of its own."""
PRINT_TWIN: Final = "print-twin"
"""Likewise of a rendering for the printer."""
NO_INDEX: Final = "noindex"
TDM_RESERVED: Final = "tdm-reserved"

REJECTIONS: Final = frozenset(
    {NOT_NEWS, AMP_TWIN, PRINT_TWIN, NO_INDEX, TDM_RESERVED}
    | {outcome.value for outcome in Outcome if outcome not in FAILURES | {Outcome.ARTICLE}}
)
"""The page came, and holds no article, or none that may be kept. What else is without an article is a failure."""


Family = Literal["stored", "updated", "unchanged", "duplicate", "rejected", "failed"]

_KEPT: Final[Mapping[str, Family]] = {
    "stored": "stored",
    "updated": "updated",
    "unchanged": "unchanged",
    "duplicate": "duplicate",
}


def family_of(outcome: str) -> Family:
    """Which column of the account an outcome counts in.

    >>> [family_of(o) for o in ("stored", "too-short", "not-news", "http-404", "cleaner-timeout")]
    ['stored', 'rejected', 'rejected', 'failed', 'failed']
    """
    return _KEPT.get(outcome) or ("rejected" if outcome in REJECTIONS else "failed")


class RefusedError(IgnoreRequest):
    """A request that we do not send, or whose answer we do not take."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail


_BY_ERROR: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "dns-failure"),
    (DownloadConnectionRefusedError, "connection-failed"),
    (DownloadCancelledError, "too-large"),  # Scrapy cancels for no other reason than DOWNLOAD_MAXSIZE
    (ResponseDataLossError, "incomplete"),
    (DownloadFailedError, "connection-failed"),
    (UnsupportedURLSchemeError, "scheme-refused"),
    (NotSupported, "scheme-refused"),
)


def of_error(error: BaseException | None) -> tuple[str, str]:
    """The name and the detail of a failed request.

    >>> of_error(DownloadTimeoutError("took longer than 30 seconds"))
    ('timeout', 'took longer than 30 seconds')
    >>> of_error(ConnectionResetError("reset by peer"))
    ('connection-failed', 'ConnectionResetError: reset by peer')
    """
    if isinstance(error, RefusedError):
        return error.outcome, error.detail
    if isinstance(error, HttpError):
        return f"http-{error.response.status}", str(error)
    for kind, outcome in _BY_ERROR:
        if isinstance(error, kind):
            return outcome, str(error)
    return "connection-failed", f"{type(error).__name__}: {error}"


def of_status(status: int) -> str | None:
    """The name of an HTTP status that brings no page; ``None`` where it brings one.

    >>> of_status(200), of_status(404), of_status(302)
    (None, 'http-404', 'bad-redirect')
    """
    if status == 200 or status == 203:
        return None
    if 300 <= status < 400:
        return "bad-redirect"  # those that lead somewhere were followed
    return f"http-{status}"


_HELD_BACK = frozenset({"captcha", "consent-page", "paywall-stub"})
_LOST = frozenset({"timeout", "dns-failure", "connection-failed", "incomplete", "too-large", "too-many-redirects"})


def is_out_of_reach(outcome: str) -> bool:
    """Whether a page's article exists and cannot be had, so that what a feed has of it is better than nothing.

    Not where the site forbids the page or has taken it back, nor where it turned out to be no article.

    >>> [is_out_of_reach(o) for o in ("http-403", "timeout", "paywall-stub", "http-410", "robots-forbidden")]
    [True, True, True, False, False]
    """
    if outcome.startswith("http-"):
        return outcome not in ("http-404", "http-410", "http-451")
    return outcome in _HELD_BACK | _LOST


def may_be_html(content_type: str) -> bool:
    """Whether a Content-Type header allows the body to be a web page; what is unclear may be one.

    >>> [may_be_html(kind) for kind in ("text/html; charset=utf-8", "", "application/pdf", "image/jpeg")]
    [True, True, False, False]
    """
    kind = content_type.partition(";")[0].strip().lower()
    family = kind.partition("/")[0]
    if family in ("image", "audio", "video", "font", "model"):
        return False
    return family != "application" or "html" in kind or "xml" in kind or kind == "application/octet-stream"
