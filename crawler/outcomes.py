"""The outcomes of pages: one name for every failure, every status and every reason to store no article.

The same word is the statistics' key, the database's value and what users read. The cleaner has its own outcomes in
:mod:`cleaning.outcomes`.
"""

import re
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
"""A page with text that is not a news article, such as the imprint."""
AMP_RENDERING: Final = "amp-twin"
"""An AMP rendering of an article that has a URL of its own, which is fetched instead."""
PRINT_RENDERING: Final = "print-twin"
"""A print rendering of an article that has a URL of its own, which is fetched instead."""
NEEDS_SCRIPTS: Final = "needs-scripts"
"""A page without text, whose scripts would make it."""
EXCLUDED: Final = "excluded"
"""A click counter in a feed leads to a URL that the user has excluded."""
NO_INDEX: Final = "noindex"
"""The page or its server asks not to be indexed."""
TDM_RESERVED: Final = "tdm-reserved"
"""The page or its server reserves the rights to text and data mining."""
USAGE_RESERVED: Final = "usage-reserved"
"""The site forbids the use for the purpose that ``sources.toml`` names."""

REJECTIONS: Final = frozenset(
    {NOT_NEWS, NEEDS_SCRIPTS, AMP_RENDERING, PRINT_RENDERING, EXCLUDED, NO_INDEX, TDM_RESERVED, USAGE_RESERVED}
    # A page that is too large was not fetched to its end.
    | {outcome.value for outcome in Outcome if outcome not in FAILURE_OUTCOMES | {Outcome.ARTICLE, Outcome.TOO_LARGE}}
)
"""The page was fetched and holds no article, or none that may be stored. Every other outcome without an article is a
failure."""


OutcomeFamily = Literal["stored", "updated", "unchanged", "duplicate", "rejected", "failed"]

_FAMILY_BY_OUTCOME: Final[Mapping[str, OutcomeFamily]] = {
    "stored": "stored",
    "updated": "updated",
    "unchanged": "unchanged",
    "duplicate": "duplicate",
}


def classify_outcome(outcome: str) -> OutcomeFamily:
    """Return the column of a summary in which an outcome is counted.

    Every outcome belongs to exactly one family, so the columns add up to the pages fetched.

    >>> [classify_outcome(o) for o in ("stored", "too-short", "not-news", "http-404", "cleaner-timeout")]
    ['stored', 'rejected', 'rejected', 'failed', 'failed']
    """
    return _FAMILY_BY_OUTCOME.get(outcome) or ("rejected" if outcome in REJECTIONS else "failed")


class RequestRejectedError(IgnoreRequest):
    """A request that is not sent, or whose response is not accepted.

    Attributes:
        outcome: the name of the outcome.
        detail: the reason as a sentence.
    """

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


_DETAIL_BY_OUTCOME: Final = {
    "timeout": "the server took too long",
    "dns-failure": "the host name cannot be resolved",
    "connection-failed": "the connection failed",
    "too-large": "the page is larger than a crawl downloads",
    "incomplete": "the connection ended before the whole page had arrived",
    "scheme-refused": "the URL is neither http nor https",
}
"""The detail of an error without a message."""
_NESTED_ERROR: Final = re.compile(
    r"<twisted\.python\.failure\.Failure [\w.]+: \[\('[^']*', '[^']*', '([^']+)'\)\]>"  # of OpenSSL
    r"|<twisted\.python\.failure\.Failure (?:[\w.]+: (?=[^>\s]))?([^>]*[^>:\s])[:\s]*>"
)
"""An error in the message of a Twisted error that wraps others, with its own message or else its name."""


def classify_error(error: BaseException | None) -> tuple[str, str]:
    """Return the outcome and the detail of a failed request.

    Whatever is not known by its type counts as a failed connection, which is tried again in a later run.

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
            return outcome, _describe_error(error) or _DETAIL_BY_OUTCOME[outcome]
    detail = _describe_error(error) if error is not None else ""
    return "connection-failed", f"{type(error).__name__}: {detail}" if detail else type(error).__name__


def _describe_error(error: BaseException) -> str:
    """Return the message of an error, and of the errors that it wraps, as they would be told to a person.

    >>> _describe_error(OSError("[<twisted.python.failure.Failure twisted.internet.error.ConnectionDone: Closed.>]"))
    'Closed.'
    """
    text = str(error)
    messages = dict.fromkeys(match[1] or match[2] for match in _NESTED_ERROR.finditer(text))
    return "; ".join(messages) or text.strip()


def classify_status(status: int) -> str | None:
    """Return the outcome of an HTTP status; ``None`` if the response has a page to read.

    203 is the page as a proxy has changed it; 204, 206 and the like have no whole page.

    >>> classify_status(200), classify_status(404), classify_status(302)
    (None, 'http-404', 'bad-redirect')
    """
    if status == 200 or status == 203:
        return None
    if 300 <= status < 400:
        return "bad-redirect"  # redirects with a usable target were followed before
    return f"http-{status}"


_WITHHELD_OUTCOMES = frozenset({"captcha", "consent-page", "login-page", "paywall-stub", "off-site", "bad-redirect"})
# Pages whose text is made by scripts are empty, or have a few words around it.
_TEXTLESS_OUTCOMES = frozenset(
    {"empty", "too-short", NEEDS_SCRIPTS, "cleaner-timeout", "cleaner-crashed", "cleaner-error", "out-of-memory"}
)
_LOST_OUTCOMES = frozenset(
    {"timeout", "dns-failure", "connection-failed", "incomplete", "too-large", "too-many-redirects"}
)


def is_unreachable(outcome: str) -> bool:
    """Return whether a page has an article that cannot be read there, so that the text of its feed is better than none.

    It is behind a wall, on a host that redirects elsewhere, made by scripts, or cannot be fetched. False if the site
    forbids the page or has withdrawn it, and if the page turned out to be something else.

    >>> [is_unreachable(o) for o in ("http-403", "too-short", "paywall-stub", "off-site", "http-410", "index-page")]
    [True, True, True, True, False, False]
    """
    if outcome.startswith("http-"):
        return outcome not in ("http-404", "http-410", "http-451")
    return outcome in _WITHHELD_OUTCOMES | _TEXTLESS_OUTCOMES | _LOST_OUTCOMES


def is_possibly_html(content_type: str) -> bool:
    """Return whether a Content-Type header allows the body to be a web page.

    Servers often send no type or a generic one, so only clear cases are excluded: media, fonts, and applications other
    than HTML and XML.

    >>> [is_possibly_html(kind) for kind in ("text/html; charset=utf-8", "", "application/pdf", "image/jpeg")]
    [True, True, False, False]
    """
    kind = content_type.partition(";")[0].strip().lower()
    family = kind.partition("/")[0]
    if family in ("image", "audio", "video", "font", "model"):
        return False
    return family != "application" or "html" in kind or "xml" in kind or kind == "application/octet-stream"
