"""Interprets failed polls: which may succeed in the next run, and the sentence that the user reads."""

from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

from crawler.discovery.listing_poller import PollResult
from crawler.stats import SCRIPTS_HINT

GONE_OUTCOMES: Final = frozenset({"robots-forbidden", "http-404", "http-410", "unreadable"})
"""Outcomes which mean that a URL is no listing any more."""
# Some sites forbid robots their front page, have none, or hide it behind a wall, but publish a feed or a sitemap.
TOLERATED_FRONT_PAGE_OUTCOMES: Final = GONE_OUTCOMES | {
    "bad-redirect",
    "consent-page",
    "http-202",
    "http-401",
    "http-403",
    "http-406",
    "http-451",
    "too-large",
    "too-many-redirects",
}
"""Outcomes of a front page with which the rest of the site may still work."""
_TRANSIENT_OUTCOMES: Final = frozenset(
    {
        "timeout",
        "dns-failure",
        "connection-failed",
        "incomplete",
        "robots-unreachable",
        "host-paused",
        "http-429",
        "cleaner-crashed",
    }
)
_UNREADABLE_OUTCOMES: Final = frozenset(
    {"unreadable", "too-large", "incomplete", "cleaner-timeout", "cleaner-crashed", "out-of-memory"}
)
"""Outcomes of a listing that was fetched but could not be parsed: it is something else, damaged, or an attack."""
_PROBLEM_SENTENCES: Final = {
    "dns-failure": "its host name cannot be resolved (DNS)",
    "connection-failed": "could not connect: {detail}",
    "timeout": "it did not respond in time",
    "address-refused": "{detail}",
    "robots-forbidden": "its robots.txt forbids crawling",
    "robots-unreachable": "nothing may be fetched: {detail}",
    "consent-page": "{detail}",
    "host-paused": "{detail}",
    "opted-out": "{detail}",
    "unreadable": "it is not a news site: {detail}",
    "stopped": "",
}


def is_transient_failure(result: PollResult) -> bool:
    """Return whether a poll failed for a reason that may be gone in the next run.

    Server errors (5xx) and 429 are transient; other client errors are not.
    """
    return result.outcome in _TRANSIENT_OUTCOMES or result.outcome.startswith("http-5")


def describe_problem(results: Iterable[PollResult], guesses: Collection[str] = ()) -> str | None:
    """Return why a site could not be crawled, as a sentence; ``None`` if a listing could be read.

    The first poll counts most, since it is that of the front page. The sentence ends up in the summary of the crawl and
    in ``cleanwire status``.

    Args:
        results: the polls of the site in this run, in order.
        guesses: URLs that nothing has named; their failures are not mentioned.
    """
    results = list(results)
    # An unchanged listing has been read before, so the site can be crawled.
    if any(result.listed_count or result.outcome == "unchanged" for result in results):
        return None
    front_page = results[0] if results and results[0].failed else None
    if front_page is None:
        unreadable = next(
            (
                result
                for result in results
                if result.outcome in _UNREADABLE_OUTCOMES and result.requested_url not in guesses
            ),
            None,
        )
        reason = (
            f"; {urlsplit(unreadable.requested_url).path} cannot be read: {unreadable.detail}" if unreadable else ""
        )
        if results and results[0].listing is not None and results[0].listing.needs_scripts:
            reason += f"; {SCRIPTS_HINT}"
        return f"no articles were found{reason}"
    if front_page.outcome.startswith("http-"):
        return f"it returned HTTP status {front_page.outcome.removeprefix('http-')}"
    sentence = _PROBLEM_SENTENCES.get(front_page.outcome, "{outcome}: {detail}")
    return sentence.format(outcome=front_page.outcome, detail=front_page.detail) or None
