"""Decide from values alone when a URL that led to no article is fetched again: no clock, no database.

Every outcome without an article belongs to one of four kinds:

- ``passing``: nothing is known of the page, because the network, the server or the cleaner failed. It is tried again on
  a schedule.
- ``for-now``: the server has answered, but often does so only for a while: a 404 before the page has reached every
  server, one sentence of a breaking story, a challenge for robots, a page that says "back soon". It is tried again on a
  shorter schedule.
- ``settled``: the site has forbidden or withdrawn the page, or it is something else than news. Only the user can ask
  for it again (``--retry``).
- ``as-listed``: everything else, such as a list or a gallery. It is fetched again if a listing says that it has
  changed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

OutcomeKind = Literal["passing", "for-now", "settled", "as-listed"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

PASSING_DELAYS: Final = (0 * _HOUR, 1 * _HOUR, 6 * _HOUR, 6 * _HOUR, 1 * _DAY, 3 * _DAY, 7 * _DAY)
"""The waits before each further attempt at a page of which nothing is known; eleven days in all. The first is made by
the next run, however soon. Two of six hours, because outages last a night."""
FOR_NOW_DELAYS: Final = (0 * _HOUR, 1 * _HOUR, 6 * _HOUR, 1 * _DAY, 3 * _DAY)
"""The waits if the server has answered without the article: four days in all. Sites that always withhold their pages
are asked five times more for each of them."""
ARCHIVE_DELAYS: Final = (1 * _DAY, 7 * _DAY)
"""The same for old pages in sitemaps. They may have thousands of dead links, which nobody is about to repair."""
ARCHIVE_AGE: Final = 30 * _DAY
"""The age from which a page in a sitemap is old."""

LOOK_DELAYS: Final = (6 * _HOUR, 1 * _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY)
"""How long a URL is left alone after visits in a row that a listing had asked for and that found nothing new. So a
listing that always claims changes costs five requests in the first two weeks, and one a month later."""

LONGEST_DELAY: Final = 7 * _DAY
"""The longest of the waits before a further attempt."""

_PASSING = (
    "timeout",
    "dns-failure",
    "connection-failed",
    "incomplete",
    "robots-unreachable",
    "browser-timeout",
    "browser-failed",
    # The cleaner's own failures depend on the load of the machine as much as on the page.
    "cleaner-timeout",
    "cleaner-crashed",
    "out-of-memory",
    "storage-error",
    # The server is overloaded or broken. 520 and above are those of a proxy whose origin does not respond.
    "http-408",
    "http-425",
    "http-429",
    *(f"http-{status}" for status in range(500, 600)),
)
_FOR_NOW = (
    "http-404",  # announced before it was published, or moved while its listing still names the old URL
    "http-401",
    "http-403",  # challenges for robots, and blocks that end
    "http-202",  # a challenge of a firewall, or a page that is still being made
    "http-204",
    "http-206",
    "empty",
    "too-short",  # "More follows."
    "needs-scripts",  # until the user lets the scripts run
    "soft-404",  # maintenance pages, too
    "captcha",
    "consent-page",
    "bad-redirect",
    "too-many-redirects",
)
_SETTLED = (
    "http-410",
    "http-451",
    "robots-forbidden",
    "noindex",
    "tdm-reserved",
    "usage-reserved",
    "opted-out",
    "excluded",
    "erased",
    "not-news",
    "amp-twin",
    "print-twin",
    "address-refused",
    "scheme-refused",
)
_KIND_BY_OUTCOME: Final[Mapping[str, OutcomeKind]] = {
    **dict.fromkeys(_PASSING, "passing"),
    **dict.fromkeys(_FOR_NOW, "for-now"),
    **dict.fromkeys(_SETTLED, "settled"),
}


def classify_failure(outcome: str | None) -> OutcomeKind:
    """Return the kind of an outcome without an article.

    >>> [classify_failure(outcome) for outcome in ("timeout", "http-503", "http-404", "http-410", "gallery-page")]
    ['passing', 'passing', 'for-now', 'settled', 'as-listed']
    """
    return _KIND_BY_OUTCOME.get(outcome or "", "as-listed")


def get_retry_delays(outcome: str | None, found_in: str, age: timedelta | None) -> tuple[timedelta, ...]:
    """Return the waits before each further attempt at a page; empty if there is none.

    Args:
        outcome: The name of the page's outcome.
        found_in: The kind of listing that has named it; ``warc`` for a page of a WARC file, which has none.
        age: The time since its publication according to that listing; ``None`` if it states none.
    """
    if found_in == "warc":  # its page was fetched by somebody else, perhaps years ago
        return ()
    kind = classify_failure(outcome)
    if kind == "passing":
        return PASSING_DELAYS
    if kind == "for-now":
        is_old = found_in == "sitemap" and (age is None or age > ARCHIVE_AGE)
        return ARCHIVE_DELAYS if is_old else FOR_NOW_DELAYS
    return ()


def compute_retry_delay(
    outcome: str | None, attempts: int, found_in: str = "feed", age: timedelta | None = None
) -> timedelta | None:
    """Return how long to wait after a number of failed attempts; ``None`` if there is no further attempt.

    >>> compute_retry_delay("timeout", 1), compute_retry_delay("timeout", 3), compute_retry_delay("timeout", 8)
    (datetime.timedelta(0), datetime.timedelta(seconds=21600), None)
    >>> compute_retry_delay("http-410", 1)
    """
    delays = get_retry_delays(outcome, found_in, age)
    return delays[attempts - 1] if 0 < attempts <= len(delays) else None


def compute_look_delay(visits: int) -> timedelta:
    """Return how long a URL is left alone after visits in a row, asked for by a listing, that found nothing new.

    >>> compute_look_delay(1), compute_look_delay(100)
    (datetime.timedelta(seconds=21600), datetime.timedelta(days=30))
    """
    return LOOK_DELAYS[min(max(visits, 1), len(LOOK_DELAYS)) - 1]


def compute_age(published: datetime | None, now: datetime) -> timedelta | None:
    """Return the time since a publication; ``None`` if that is unknown."""
    return now - published if published is not None else None
