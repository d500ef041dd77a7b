"""What follows when a listing cannot be read: whether the next run may fare better, and what the user is told."""

from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

from crawler.discovery.listing_poller import PollResult

TOLERATED_FRONT_PAGE_OUTCOMES: Final = frozenset({"robots-forbidden", "http-404", "http-410", "unreadable"})
"""What a front page may fail with while the rest of the site still answers."""
GONE_OUTCOMES: Final = TOLERATED_FRONT_PAGE_OUTCOMES
"""What means that an address lists nothing any more."""
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
"""What a listing fails with that came, and is none, or is a trap."""
_PROBLEM_SENTENCES: Final = {
    "dns-failure": "its name leads to no address",
    "connection-failed": "it does not answer: {detail}",
    "timeout": "it does not answer in time",
    "address-refused": "{detail}",
    "robots-forbidden": "its robots.txt forbids crawling",
    "robots-unreachable": "nothing may be fetched: {detail}",
    "host-paused": "{detail}",
    "unreadable": "it is not a news site: {detail}",
    "stopped": "",
}


def is_transient_failure(look: PollResult) -> bool:
    """Whether a look failed for a reason that may be gone by the next run."""
    return look.outcome in _TRANSIENT_OUTCOMES or look.outcome.startswith("http-5")


def describe_problem(looks: Iterable[PollResult], guesses: Collection[str] = ()) -> str | None:
    """What keeps a site from being crawled, as a sentence; ``None`` where something could be read.

    Of ``guesses``, addresses that nobody has named, nothing is expected.
    """
    looks = list(looks)
    if any(look.listed_count or look.outcome == "unchanged" for look in looks):
        return None
    worst = looks[0] if looks and looks[0].failed else None
    if worst is None:
        unread = next(
            (look for look in looks if look.outcome in _UNREADABLE_OUTCOMES and look.requested_url not in guesses), None
        )
        why = f"; {urlsplit(unread.requested_url).path} cannot be read: {unread.detail}" if unread else ""
        return f"no articles were found on it{why}"
    if worst.outcome.startswith("http-"):
        return f"it answers with HTTP status {worst.outcome.removeprefix('http-')}"
    sentence = _PROBLEM_SENTENCES.get(worst.outcome, "{outcome}: {detail}")
    return sentence.format(outcome=worst.outcome, detail=worst.detail) or None
