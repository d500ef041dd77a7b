"""Describes a source's listings for people: which show its articles, how often each is polled, and why."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from crawler.frontier.portfolio import ListingRecord, Portfolio, estimate_costs
from storage import Feed

ListingRole = Literal["needed", "configured", "spare", "index", "ignored"]
"""How a listing is used: on ordinary runs, because it adds articles or because the user has named it; by the daily
check; when its index says so; or not at all."""

_REASONS: Final[dict[ListingRole, str]] = {
    "needed": "polled when due: it adds {share} of the latest articles",
    "configured": "polled when due: sources.toml names it",
    "spare": "polled once a day: it adds nothing to the others",
    "index": "polled when {index} says that it has changed",
    "ignored": "not polled: {reason}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReport:
    """A listing, what it shows, and how it is used."""

    url: str
    kind: str
    """``feed``, ``sitemap``, ``sitemap-index`` or ``section``; empty if it is ignored."""
    role: ListingRole
    reason: str
    """The role as a sentence, without a full stop."""
    share: float = 0.0
    """What it adds to the latest articles that the listings before it name; all shares add up to 1."""
    named: int = 0
    """The latest articles that it named, and those that it named first and alone."""
    first: int = 0
    alone: int = 0
    last_new_at: datetime | None = None
    """UTC; when it was last the first to name an article. ``None`` if it named none of the latest."""
    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    interval: int | None = None
    """Seconds between two polls, before jitter."""
    failures: int = 0
    """Failed polls in a row."""
    moved_to: str | None = None
    """Where it redirects permanently."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as a dictionary for ``json.dumps``."""
        moments = {name: getattr(self, name) for name in ("last_new_at", "polled_at", "next_poll_at")}
        return asdict(self) | {name: moment and moment.isoformat() for name, moment in moments.items()}


def describe_listings(rows: Sequence[Feed], portfolio: Portfolio, configured: Collection[str]) -> list[ListingReport]:
    """Return a report on each listing of a source, those that add most first.

    Args:
        rows: the listings as the corpus has them.
        portfolio: what the source's articles say of them.
        configured: the URLs of listings that ``sources.toml`` names.
    """
    units = [row for row in rows if row.url not in portfolio.parents]
    shares = portfolio.compute_shares(estimate_costs(units))
    records = portfolio.describe_listings()
    reports = [
        _describe(row, records.get(row.url, ListingRecord()), shares.get(row.url, 0.0), portfolio, configured)
        for row in rows
    ]
    ignored = [
        ListingReport(url=url, kind="", role="ignored", reason=_REASONS["ignored"].format(reason=reason))
        for url, reason in portfolio.ignored.items()
    ]
    return [*sorted(reports, key=lambda report: (-report.share, report.role == "index", report.url)), *ignored]


def _describe(
    row: Feed, record: ListingRecord, share: float, portfolio: Portfolio, configured: Collection[str]
) -> ListingReport:
    index = portfolio.parents.get(row.url)
    role: ListingRole = "index" if index else "needed" if share else "configured" if row.url in configured else "spare"
    return ListingReport(
        url=row.url,
        kind=row.kind,
        role=role,
        reason=_REASONS[role].format(share=format_share(share), index=index),
        share=share,
        named=record.named,
        first=record.first,
        alone=record.alone,
        last_new_at=record.last_new_at,
        polled_at=row.polled_at,
        next_poll_at=row.next_poll_at,
        interval=row.interval,
        failures=row.failures,
        moved_to=row.moved_to,
    )


def format_share(share: float) -> str:
    """Return a share as a percentage.

    >>> format_share(0.004), format_share(0.62), format_share(0.0)
    ('<1 %', '62 %', '')
    """
    return "" if share == 0 else "<1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
