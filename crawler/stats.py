"""What a crawl counts while it runs, and the account it gives at the end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from cleaning import Article
from crawler.outcomes import classify_outcome
from storage import SourceRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a crawl is."""

    found: int
    """New addresses that may lead to articles."""
    fetched: int
    """Pages whose outcome is known."""
    stored: int
    """New and changed articles in the corpus."""
    waiting: int
    """Pages leased from the frontier and not yet done."""
    discovering: int
    """Sources whose feeds, sitemaps and sections are still being read."""
    seconds: float
    last_url: str | None = None
    """The page that was done last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStats:
    """A page that was looked at for articles."""

    url: str
    """As it was asked for."""
    kind: str | None
    """``"feed"``, ``"sitemap-index"``, ``"sitemap"`` or ``"section"``; ``None`` where it was not had or read."""
    outcome: str
    """``"read"``, ``"unchanged"``, or why it could not be had."""
    detail: str
    listed: int
    """Addresses on it that may be articles."""
    new: int
    """How many of them the frontier did not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What a crawl did on one source."""

    name: str
    url: str
    found: int = 0
    requests: int = 0
    """Requests to the source that were not for article pages, robots.txt included."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """Pages by outcome."""
    problem: str | None = None
    """Why nothing could be crawled, as a sentence for the user; ``None`` where all is well."""
    drift: str | None = None
    """What is unlike the source's own past, for `crawler.ops.anomalies.parse_anomalies`; ``None`` where nothing is."""
    polls: tuple[PollStats, ...] = ()
    """The pages that were looked at for articles, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The account of a crawl."""

    found: int
    """New addresses that may lead to articles."""
    fetched: int
    """Pages whose outcome is known, the failed ones included."""
    stored: int
    unchanged: int
    updated: int
    duplicates: int
    """Further addresses of articles that the corpus has."""
    rejected: Mapping[str, int]
    """Pages that came and hold no article, by outcome."""
    failed: Mapping[str, int]
    """Pages that could not be had or cleaned, by outcome."""
    sources: tuple[SourceReport, ...]
    seconds: float
    stopped: str | None = None
    """Why the crawl ended early: ``"time limit"``, ``"SIGTERM"``; ``None`` where its work was done."""
    notes: tuple[str, ...] = ()
    """What else whoever runs the crawl should know, as sentences: the archive is full, for example."""

    @property
    def exit_code(self) -> int:
        """0 where all is well, also with nothing new; 3 where some sources failed or drifted, 4 where all failed."""
        problems = sum(source.problem is not None for source in self.sources)
        if not problems:
            return 3 if any(source.drift for source in self.sources) else 0
        return 4 if problems == len(self.sources) else 3

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences about sources that could not be crawled."""
        return tuple(f"{source.url}: {source.problem}" for source in self.sources if source.problem)

    def to_counts(self) -> dict[str, int]:
        """The figures as one flat mapping: what the corpus keeps of a run."""
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
        """One line for people.

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
    """Why a source's pages gave no article at all, as a sentence; ``None`` where that is nothing to mention.

    A page or two that are no news are nothing unusual, once a source is known.

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
    return f"none of the {total} pages found on it gave an article: {_format_reasons(outcomes)}"


class SourceStats:
    """The counts of one source, as they grow."""

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
        """What was looked at, by address."""
        self._word_counts: list[int] = []
        self._counts_by_field: Counter[str] = Counter()

    def count_page(self, outcome: str, article: Article | None) -> None:
        """Count a page; of a new article also what it has."""
        self.outcomes[outcome] += 1
        if outcome == "stored" and article is not None:
            self._word_counts.append(article.word_count)
            self._counts_by_field["titles"] += article.title is not None
            self._counts_by_field["dates"] += article.published is not None
            self._counts_by_field["authors"] += bool(article.authors or article.organisations)

    @property
    def has_activity(self) -> bool:
        """Whether anything was done on the source: nothing was due on most of them, in a run from cron."""
        return bool(self.requests or self.outcomes or self.problem)

    def to_source_run(self, run_id: int, source_id: int, at: datetime) -> SourceRun:
        """The counts as the corpus keeps them."""
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
        """The counts as a value."""
        return SourceReport(
            name=self.name,
            url=self.url,
            found=self.found,
            requests=self.requests,
            outcomes=dict(self.outcomes),
            problem=self.problem or explain_no_articles(self.outcomes, self.is_first_crawl),
            drift=self.drift,
            polls=tuple(self.polls.values()),
        )


def summarize(
    sources: tuple[SourceReport, ...], seconds: float, stopped: str | None, notes: tuple[str, ...] = ()
) -> RunSummary:
    """The account of a crawl, from what was done on its sources."""
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
        notes=notes,
    )
