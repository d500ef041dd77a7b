"""Statistics of a crawl: the counters of each source while it runs, and the summary at its end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Final

from cleaning import Article
from cleaning.urls import get_site
from crawler.outcomes import NEEDS_SCRIPTS, classify_outcome
from storage import SourceRun

if TYPE_CHECKING:
    from crawler.parsers.listings import Listing

MIN_RELATED_LINKS: Final = 3
"""Links of a page to another host of the same domain from which the host is worth a note."""
SCRIPTS_HINT: Final = "its pages are made by scripts; set `js = true` for it to run them"
MAX_NOTED_HOSTS: Final = 5
"""Hosts of one source that are noted."""
MAX_NOTED_LISTINGS: Final = 5
"""Listings of one source that are noted because they could be read only in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a crawl has come, for a progress display."""

    found: int
    """New URLs that may be articles."""
    fetched: int
    """Pages whose outcome is known."""
    stored: int
    """New and changed articles in the corpus."""
    waiting: int
    """Pages that are leased from the frontier and not yet committed."""
    discovering: int
    """Sources whose listings are still being polled."""
    seconds: float
    last_url: str | None = None
    """The URL of the page that was committed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStats:
    """One poll of a listing."""

    url: str
    """The URL as requested."""
    kind: str | None
    """``"feed"``, ``"sitemap-index"``, ``"sitemap"`` or ``"section"``; ``None`` if it could not be
    fetched or read."""
    outcome: str
    """``"read"``, ``"unchanged"``, or the name of the failure."""
    detail: str
    """The reason of a failure, or the reason why a listing could be read only in part, as a sentence."""
    listed: int
    """URLs in it that may be articles."""
    new: int
    """How many of them were new to the frontier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What a crawl has done on one source."""

    name: str
    url: str
    found: int = 0
    requests: int = 0
    """All requests to the source's hosts, including robots.txt and redirects."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """Pages by outcome."""
    problem: str | None = None
    """Why the source could not be crawled, as a sentence for the user; ``None`` if it could."""
    drift: str | None = None
    """The source's anomalies, as `crawler.ops.anomalies.parse_anomalies` reads them; ``None`` if there are none."""
    polls: tuple[PollStats, ...] = ()
    """The polls of its listings, in order."""
    notes: tuple[str, ...] = ()
    """Other things that the operator should know of it, as sentences."""

    @property
    def partial_listings(self) -> tuple[str, ...]:
        """A sentence for each listing of which links may be missing, for the first few."""
        partial = [poll for poll in self.polls if poll.outcome == "read" and poll.detail]
        return tuple(f"{poll.url} was read only in part: {poll.detail}" for poll in partial[:MAX_NOTED_LISTINGS])

    @property
    def label(self) -> str:
        """The source for people: its name with its URL, or the URL alone if it has no name.

        >>> SourceReport(name="Example Times", url="https://example.com/").label
        'Example Times (https://example.com/)'
        >>> SourceReport(name="example.com", url="https://www.example.com/").label
        'https://www.example.com/'
        """
        try:
            site = get_site(self.url)
        except ValueError:  # a WARC file instead of a site
            return self.url
        return self.url if self.name == site else f"{self.name} ({self.url})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The summary of a crawl."""

    found: int
    """New URLs that may be articles."""
    fetched: int
    """Pages whose outcome is known, including failures."""
    stored: int
    unchanged: int
    updated: int
    duplicates: int
    """Pages whose article the corpus has under another URL."""
    rejected: Mapping[str, int]
    """Pages that were fetched and hold no article to store, by outcome."""
    failed: Mapping[str, int]
    """Pages that could not be fetched or cleaned, by outcome."""
    sources: tuple[SourceReport, ...]
    seconds: float
    stopped: str | None = None
    """Why the crawl ended early: ``"time limit"``, ``"SIGTERM"``; ``None`` if it finished its work."""
    changes: tuple[str, ...] = ()
    """Sentences about problems of sources that have begun or ended with this run."""
    skipped: tuple[str, ...] = ()
    """Sentences about sources that were left out because their settings have errors."""
    notes: tuple[str, ...] = ()
    """Other things the operator should know, as sentences: that the archive is full, for example."""
    waiting: int | None = None
    """Pages of a crawl that ended early which the next one can fetch at once; ``None`` if it was not stopped, or if
    they could not be counted."""
    finished_lists: int | None = None
    """Sitemaps and archive pages that this backfill and earlier ones have read to their end; ``None`` if the run was no
    backfill, or if they could not be counted."""

    @property
    def exit_code(self) -> int:
        """The exit code of the command.

        0 if all is well, even with nothing new; 3 if some sources failed or show anomalies; 4 if all sources failed.
        """
        problems = sum(source.problem is not None for source in self.sources)
        if not problems:
            return 3 if self.skipped or any(source.drift for source in self.sources) else 0
        return 4 if problems == len(self.sources) else 3

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each source that could not be crawled, beginning with its name and URL."""
        failed = (f"{source.label}: {source.problem}" for source in self.sources if source.problem)
        return (*self.skipped, *failed)

    @property
    def partial_listings(self) -> tuple[str, ...]:
        """A sentence for each listing of which links may be missing.

        They are apart from the notes: a feed that is always cut off is no reason for a mail from every run of cron.
        """
        return tuple(f"{source.label}: {note}" for source in self.sources for note in source.partial_listings)

    def to_counts(self) -> dict[str, int]:
        """Return the counts as one flat mapping, as they are stored with the run.

        Totals come first; rejections and failures follow by outcome.
        """
        totals = {
            "found": self.found,
            "fetched": self.fetched,
            "stored": self.stored,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "rejected": sum(self.rejected.values()),
            "failed": sum(self.failed.values()),
        }
        return totals | dict(self.rejected) | dict(self.failed)

    def format_line(self) -> str:
        """Format the summary as the one line that a crawl prints at its end.

        >>> summarize((), 1.5, "SIGTERM").format_line().partition("unchanged")[2]
        ' 0, duplicates 0, rejected 0, failed 0 in 2 s, stopped early: SIGTERM'
        """
        parts = [f"{name} {getattr(self, name)}" for name in ("found", "fetched", "stored", "updated", "unchanged")]
        parts += [f"duplicates {self.duplicates}", _format_family("rejected", self.rejected)]
        parts += [_format_family("failed", self.failed)]
        early = f", stopped early: {self.stopped}" if self.stopped else ""
        return f"{', '.join(parts)} in {self.seconds:.0f} s{early}"


def _format_family(name: str, counts: Mapping[str, int]) -> str:
    total = f"{name} {sum(counts.values())}"
    return f"{total} ({_format_reasons(counts)})" if counts else total


def _format_reasons(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{reason} {count}" for reason, count in ordered)


def explain_no_articles(outcomes: Mapping[str, int], is_first_crawl: bool) -> str | None:
    """Return a sentence that says why a source's pages gave no article; ``None`` if that needs no explanation.

    A few rejected pages are normal for a source that is known; in its first crawl they are not.

    >>> explain_no_articles({"not-news": 2, "http-404": 3}, is_first_crawl=True)
    'none of the 5 pages found on it gave an article: http-404 3, not-news 2'
    >>> explain_no_articles({"stored": 1, "http-404": 3}, is_first_crawl=True)
    """
    families = {classify_outcome(outcome) for outcome in outcomes}
    total = sum(outcomes.values())
    if not total or families - {"rejected", "failed"}:
        return None
    if not is_first_crawl and (total < 3 or "rejected" in families):
        return None
    hint = f"; {SCRIPTS_HINT}" if 2 * outcomes.get(NEEDS_SCRIPTS, 0) >= total else ""
    return f"none of the {total} pages found on it gave an article: {_format_reasons(outcomes)}{hint}"


class SourceStats:
    """The counters of one source during a run."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self.found = 0
        self.requests = 0
        self.outcomes: Counter[str] = Counter()
        self.problem: str | None = None
        self.drift: str | None = None
        self.is_first_crawl = False
        self.polls: dict[str, PollStats] = {}
        """Polls by URL; a listing that was polled twice counts once."""
        self._other_hosts: dict[str, int] = {}
        """Links to hosts that may belong to the source and are not crawled."""
        self._word_counts: list[int] = []
        self._counts_by_field: Counter[str] = Counter()

    def count_page(self, outcome: str, article: Article | None) -> None:
        """Count a page by its outcome; of a new article, also count which fields it has.

        The shares of articles with a title, a date and an author show when a site changes its layout.
        """
        self.outcomes[outcome] += 1
        if outcome == "stored" and article is not None:
            self._word_counts.append(article.word_count)
            self._counts_by_field["titles"] += article.title is not None
            self._counts_by_field["dates"] += article.published is not None
            self._counts_by_field["authors"] += bool(article.authors or article.organisations)

    def count_other_hosts(self, listing: "Listing") -> None:
        """Note the hosts that a listing names and that may belong to the source.

        These are hosts of the same registrable domain, and those to which at least half of a feed's entries lead.
        """
        total = len(listing.pages) + sum(other.count for other in listing.other_hosts)
        for other in listing.other_hosts:
            is_main = listing.kind == "feed" and 2 * other.count >= total
            if is_main or (other.is_related and (listing.kind == "feed" or other.count >= MIN_RELATED_LINKS)):
                self._other_hosts[other.host] = max(other.count, self._other_hosts.get(other.host, 0))

    @property
    def _notes(self) -> tuple[str, ...]:
        most = sorted(self._other_hosts.items(), key=lambda item: -item[1])[:MAX_NOTED_HOSTS]
        return tuple(
            f"{count} link{'s lead' if count > 1 else ' leads'} to {host}; add it to `hosts` to crawl"
            f" {'them' if count > 1 else 'it'}"
            for host, count in most
        )

    @property
    def has_activity(self) -> bool:
        """Whether anything was done on the source. In a run from cron, most sources are not due."""
        return bool(self.requests or self.outcomes or self.problem)

    def to_source_run(self, run_id: int, source_id: int, at: datetime) -> SourceRun:
        """Convert the counters to the row that the corpus stores for the source in this run.

        Args:
            run_id: the run.
            source_id: the source.
            at: when the row is written, in UTC.
        """
        return SourceRun(
            run_id=run_id,
            source_id=source_id,
            at=at,
            found=self.found,
            requests=self.requests,
            outcomes=dict(self.outcomes),
            measured=len(self._word_counts),
            words=round(median(self._word_counts)) if self._word_counts else None,
            titles=self._counts_by_field["titles"],
            dates=self._counts_by_field["dates"],
            authors=self._counts_by_field["authors"],
            problem=self.build_report().problem,
            drift=self.drift,
        )

    def build_report(self) -> SourceReport:
        """Return the counters so far as a frozen value."""
        problem = self.problem or explain_no_articles(self.outcomes, self.is_first_crawl)
        return SourceReport(
            name=self.name,
            url=self.url,
            found=self.found,
            requests=self.requests,
            outcomes=dict(self.outcomes),
            problem="; ".join((problem, *self._notes)) if problem else None,
            drift=self.drift,
            polls=tuple(self.polls.values()),
            # A problem tells them itself. Later runs say nothing of them, or cron would send the same mail every time.
            notes=self._notes if self.is_first_crawl and not problem else (),
        )


def summarize(
    sources: tuple[SourceReport, ...],
    seconds: float,
    stopped: str | None,
    notes: tuple[str, ...] = (),
    skipped: tuple[str, ...] = (),
) -> RunSummary:
    """Add up the reports of all sources to the summary of a crawl.

    Args:
        sources: what was done on each source.
        seconds: how long the crawl took.
        stopped: why it ended early; ``None`` if it did not.
        notes: sentences for the operator.
        skipped: sentences about sources that were left out.
    """
    outcomes: Counter[str] = Counter()
    for source in sources:
        outcomes.update(source.outcomes)
    by_family = {
        family: {outcome: count for outcome, count in outcomes.items() if classify_outcome(outcome) == family}
        for family in ("rejected", "failed")
    }
    return RunSummary(
        found=sum(source.found for source in sources),
        fetched=outcomes.total(),
        stored=outcomes["stored"],
        unchanged=outcomes["unchanged"],
        updated=outcomes["updated"],
        duplicates=outcomes["duplicate"],
        rejected=by_family["rejected"],
        failed=by_family["failed"],
        sources=sources,
        seconds=seconds,
        stopped=stopped,
        skipped=skipped,
        notes=(*(f"{source.label}: {note}" for source in sources for note in source.notes), *notes),
    )
