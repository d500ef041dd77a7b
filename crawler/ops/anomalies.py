"""Detects how a source behaves differently than before. Pure functions over its history: no database, no clock.

A source is compared only with its own past, in two ways that need no tuning per source:

- *Chance*: how probable are this many bad pages if the source is as it always was? Small samples are judged exactly
  (:func:`crawler.ops.probabilities.compute_beta_binomial_tail`): five bad pages of five mean something if one in fifty
  used to be bad, and nothing if one in three was.
- *Precedent*: has it ever been this bad? Nights, weekends, holidays and a Friday full of picture galleries are part of
  a source's past, so they need no special cases.

``benchmarks/false_alarms.py`` measures the false alarms on made-up years.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from math import ceil
from typing import Final, Literal, cast, get_args

from crawler.ops.probabilities import compute_beta_binomial_tail, compute_poisson_tail, compute_silence_factor
from crawler.outcomes import classify_outcome
from storage import SourceDay, SourceHistory, SourceRun

AnomalyKind = Literal["failing", "silent", "layout-changed", "rejected-more", "fewer-found"]
Deficiency = Literal["title", "date", "author", "length"]

MAX_FALSE_ALARMS_PER_YEAR: Final = 0.02
"""How many false alarms a source may raise a year, for each kind of anomaly: one in fifty years. With 300 sources that
is six a year, which an operator can live with."""
MEASURES_PER_SOURCE: Final = 8
"""The tests that are made on a source's pages: failures, two kinds of rejections, lengths, titles, dates, authors, and
one more because each uses two windows. The allowed probability is divided by them (Bonferroni)."""
ONGOING_MAX_PROBABILITY: Final = 1e-2
"""The probability by chance below which an anomaly that was found before goes on. It is larger than the one for a new
anomaly, so that an alert does not flap while the source wavers."""
MIN_PAGES_SUDDEN: Final = 5
"""The fewest pages from which anything is concluded. Five bad pages of five are beyond chance if one in fifty used to
be bad, whether a source has one page a day or a hundred."""
MIN_PAGES_GRADUAL: Final = 20
"""The larger window, for changes that set in gradually."""
RECOVERY_PAGES: Final = 10
"""The newest pages. If half as few of them are bad as an anomaly needs, it is over."""
MIN_PAST_PAGES: Final = 20
"""Earlier pages, from at least ``MIN_POLLS`` runs, that a source needs before it is judged at all."""

MAJORITY_SHARE: Final = 0.5
"""The share of bad pages from which a layout has changed or a source is failing; below, only some pages are bad."""
MIN_REJECTED_SHARE: Final = 0.3
"""The share of pages rejected for one reason from which this is reported."""

MIN_SILENCE: Final = timedelta(days=2)
"""No source is silent before this: a public holiday and the night before it."""
MIN_PAUSES: Final = 8
MIN_HISTORY: Final = timedelta(days=21)
"""How many pauses, over which time, must be known before a source can be called silent."""

MIN_OUTAGE: Final = timedelta(hours=6)
"""How long a source must be unreachable before it is failing. The last attempt at a page waits as long."""
MIN_POLLS: Final = 3

BASELINE_WEEKS: Final = (*range(1, 9), *range(50, 55))
"""The weeks with which the last seven days are compared, counted back from them: two months, and the same season last
year with its holidays."""
MIN_BASELINE_WEEKS: Final = 4
FEWER_FOUND_SHARE: Final = 0.4
ONGOING_FEWER_FOUND_SHARE: Final = 0.6
"""The share of the fewest URLs found in any of these weeks, below which a source has fewer; the second one for an
anomaly that goes on."""

LAYOUT_OUTCOMES: Final = frozenset({"too-short", "index-page", "not-news", "empty"})
"""The outcomes that article pages get when the cleaner no longer finds the article in them."""
_REVISIT_OUTCOMES: Final = frozenset({"unchanged", "updated"})
"""Outcomes of revisits. Most revisits change nothing, and counting them would hide what happens to new pages."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A way in which a source behaves differently than before."""

    kind: AnomalyKind
    sentence: str
    """The anomaly with its figures, for the user; without a full stop."""
    runs: tuple[int, ...] = ()
    """The runs whose pages show it, newest first."""
    outcomes: tuple[str, ...] = ()
    """The outcomes of the pages that show it; empty if they are articles."""
    deficiency: Deficiency | None = None
    """What those articles lack; ``None`` if the pages are no articles."""
    samples: tuple[str, ...] = ()
    """URLs of such pages."""


def format_anomalies(anomalies: Sequence[Anomaly]) -> str | None:
    """Format anomalies as the corpus stores them: a line each with its samples below; ``None`` if there are none.

    >>> print(format_anomalies([Anomaly("silent", "nothing new for 9 days", samples=("https://wire.example/1",))]))
    silent: nothing new for 9 days
      https://wire.example/1
    """
    lines = [
        line for each in anomalies for line in (f"{each.kind}: {each.sentence}", *(f"  {url}" for url in each.samples))
    ]
    return "\n".join(lines) or None


def parse_anomalies(text: str | None) -> tuple[Anomaly, ...]:
    """Parse the anomalies that the corpus stores; lines of an unknown kind, from a later version, are skipped.

    >>> [finding.samples for finding in parse_anomalies("silent: nothing new for 9 days\\n  https://wire.example/1")]
    [('https://wire.example/1',)]
    """
    findings: list[Anomaly] = []
    for line in (text or "").splitlines():
        kind, _, sentence = line.partition(": ")
        if line.startswith("  ") and findings:
            findings[-1] = replace(findings[-1], samples=(*findings[-1].samples, line.strip()))
        elif kind in get_args(AnomalyKind):
            findings.append(Anomaly(cast(AnomalyKind, kind), sentence))
    return tuple(findings)


def detect_anomalies(history: SourceHistory, present: SourceRun, now: datetime) -> tuple[Anomaly, ...]:
    """Detect how a source behaves differently than before, most severe first; empty if too little is known of it.

    An anomaly that explains another is reported alone: a source that cannot be reached is not silent as well.

    Args:
        history: the source's earlier runs and days.
        present: its part of this run.
        now: the time of this run, in UTC.
    """
    ongoing = {finding.kind for finding in parse_anomalies(history.previous.drift if history.previous else None)}
    if failing := _detect_outage(history, present, now):
        return (failing,)
    pages = _detect_page_anomalies(history, present, ongoing)
    if pages or (present.problem and "silent" not in ongoing):
        return pages
    silent = _detect_silence(history.days, present, now)
    fewer = None if silent or present.problem else _detect_fewer_found(history.days, now, "fewer-found" in ongoing)
    return tuple(finding for finding in (silent, fewer) if finding)


# --- The source cannot be reached


def _detect_outage(history: SourceHistory, present: SourceRun, now: datetime) -> Anomaly | None:
    """Detect that the last polls have failed for hours. A source that never worked is a problem of the run itself."""
    since = history.failing_since
    if present.problem is None or since is None or history.last_good_at is None:
        return None
    if history.failed + 1 < MIN_POLLS or now - since < MIN_OUTAGE:
        return None
    polls = f"{history.failed + 1} polls failed since {since:%Y-%m-%d %H:%M} UTC"
    return Anomaly("failing", f"{polls}; {present.problem}")


# --- Its pages are not what they were

_PageCounter = Callable[[SourceRun], tuple[int, int]]
"""Counts the bad pages of a source's run, and all pages that count."""


@dataclass(frozen=True, slots=True)
class _Deterioration:
    """Recent pages that are worse than earlier ones."""

    bad: int
    total: int
    baseline_share: float
    """The share of pages that used to be bad."""
    source_runs: tuple[SourceRun, ...]

    @property
    def runs(self) -> tuple[int, ...]:
        return tuple(look.run_id for look in self.source_runs)

    def describe(self, what: str, usually: str = "usually") -> str:
        return f"{self.bad} of the last {self.total} {what}; {usually} {_format_share(self.baseline_share)}"


def _detect_page_anomalies(
    history: SourceHistory, present: SourceRun, ongoing: Collection[AnomalyKind]
) -> tuple[Anomaly, ...]:
    looks = (present, *history.recent) if present.outcomes else history.recent
    if not present.outcomes and not ongoing:
        return ()
    find = partial(_find_deterioration, looks, history.baseline)
    found = [
        _detect_failing_pages(find, "failing" in ongoing),
        layout := _detect_layout_change(find, history.baseline, "layout-changed" in ongoing),
        None if layout else _detect_more_rejections(find, looks, "rejected-more" in ongoing),
    ]
    return tuple(finding for finding in found if finding)


_DeteriorationFinder = Callable[[_PageCounter, float, bool], _Deterioration | None]


def _detect_failing_pages(find: _DeteriorationFinder, ongoing: bool) -> Anomaly | None:
    failed = find(partial(_count_family, "failed"), MAJORITY_SHARE, ongoing)
    if failed is None:
        return None
    reasons = _count_reasons(failed.source_runs, lambda outcome: classify_outcome(outcome) == "failed")
    return Anomaly("failing", failed.describe(f"pages failed ({_format_counts(reasons)})"), failed.runs, tuple(reasons))


def _detect_layout_change(find: _DeteriorationFinder, baseline: Sequence[SourceRun], ongoing: bool) -> Anomaly | None:
    """Detect that pages arrive as before but the cleaner gets something else out of them: less text, no date …"""
    findings = []
    if rejected := find(partial(_count_outcomes, LAYOUT_OUTCOMES), MAJORITY_SHARE, ongoing):
        reasons = _count_reasons(rejected.source_runs, LAYOUT_OUTCOMES.__contains__)
        sentence = rejected.describe(f"pages gave no article ({_format_counts(reasons)})")
        findings.append(Anomaly("layout-changed", sentence, rejected.runs, tuple(reasons)))
    typical = _compute_median_words(baseline)
    if typical and (shrunk := find(partial(_count_short, typical), MAJORITY_SHARE, ongoing)):
        words = _compute_median_words(shrunk.source_runs)
        sentence = f"the last {shrunk.total} articles have a median of {words} words; usually {typical}"
        findings.append(Anomaly("layout-changed", sentence, shrunk.runs, deficiency="length"))
    for lack, having in (("title", "titles"), ("date", "dates"), ("author", "authors")):
        if lacking := find(partial(_count_lacking, having), MAJORITY_SHARE, ongoing):
            sentence = lacking.describe(f"articles have no {lack}")
            findings.append(Anomaly("layout-changed", sentence, lacking.runs, deficiency=cast(Deficiency, lack)))
    if not findings:
        return None
    return replace(findings[0], sentence="; ".join(finding.sentence for finding in findings))


def _detect_more_rejections(
    find: _DeteriorationFinder, source_runs: Sequence[SourceRun], ongoing: bool
) -> Anomaly | None:
    """Detect that pages are rejected for a reason that was rare before; return the most frequent such reason."""
    reasons = _count_reasons(source_runs, lambda outcome: classify_outcome(outcome) == "rejected")
    worse = {reason: find(partial(_count_outcomes, {reason}), MIN_REJECTED_SHARE, ongoing) for reason in reasons}
    found = {reason: each for reason, each in worse.items() if each}
    if not found:
        return None
    reason, worst = max(found.items(), key=lambda entry: entry[1].bad / entry[1].total)
    return Anomaly("rejected-more", worst.describe(f"pages were rejected as {reason}"), worst.runs, (reason,))


def _find_deterioration(
    source_runs: Sequence[SourceRun], baseline: Sequence[SourceRun], count: _PageCounter, share: float, ongoing: bool
) -> _Deterioration | None:
    """Return the newest pages if at least a share of them is bad, beyond chance and beyond anything in the past."""
    now_bad, now_of = _count_pages(_take_newest(source_runs, RECOVERY_PAGES, count), count)
    if now_bad < share * now_of / 2:
        return None
    for least in (MIN_PAGES_SUDDEN, MIN_PAGES_GRADUAL):
        window = _take_newest(source_runs, least, count)
        bad, of = _count_pages(window, count)
        if of < least or bad < share * of:
            continue
        past = [look for look in baseline if look.run_id < window[-1].run_id]
        past_bad, past_of = _count_pages(past, count)
        if past_of < MIN_PAST_PAGES or sum(count(look)[1] > 0 for look in past) < MIN_POLLS:
            continue
        if compute_beta_binomial_tail(bad, of, past_bad, past_of) >= (
            ONGOING_MAX_PROBABILITY if ongoing else _compute_max_probability(past, past_of)
        ):
            continue
        if ongoing or bad / of > _find_worst_share(past, of, count):
            return _Deterioration(bad, of, past_bad / past_of, window)
    return None


def _compute_max_probability(past: Sequence[SourceRun], pages: int) -> float:
    """Return the probability below which chance is ruled out: every page of a year is an opportunity to be wrong."""
    span = max(past[0].at - past[-1].at, timedelta(days=1))
    return MAX_FALSE_ALARMS_PER_YEAR / MEASURES_PER_SOURCE / max(1, pages * (timedelta(days=365) / span))


def _find_worst_share(past: Sequence[SourceRun], min_pages: int, count: _PageCounter) -> float:
    """Return the largest share of bad pages in any stretch of the past with as many pages; 0 if there is none."""
    worst = 0.0
    for start in range(len(past)):
        bad, of = _count_pages(_take_newest(past[start:], min_pages, count), count)
        if of < min_pages:
            break
        worst = max(worst, bad / of)
    return worst


def _take_newest(source_runs: Sequence[SourceRun], min_pages: int, count: _PageCounter) -> tuple[SourceRun, ...]:
    """Return the newest runs that have at least ``min_pages`` pages together, or all if they have fewer."""
    taken, of = [], 0
    for look in source_runs:
        if pages := count(look)[1]:
            taken.append(look)
            of += pages
        if of >= min_pages:
            break
    return tuple(taken)


def _count_pages(source_runs: Sequence[SourceRun], count: _PageCounter) -> tuple[int, int]:
    counts = [count(look) for look in source_runs]
    return sum(bad for bad, _ in counts), sum(of for _, of in counts)


def _count_family(family: str, source_run: SourceRun) -> tuple[int, int]:
    return _count_outcomes(
        {outcome for outcome in source_run.outcomes if classify_outcome(outcome) == family}, source_run
    )


def _count_outcomes(outcomes: Collection[str], source_run: SourceRun) -> tuple[int, int]:
    telling = {name: number for name, number in source_run.outcomes.items() if name not in _REVISIT_OUTCOMES}
    return sum(telling[name] for name in outcomes if name in telling), sum(telling.values())


def _count_lacking(field: str, source_run: SourceRun) -> tuple[int, int]:
    return source_run.measured - getattr(source_run, field), source_run.measured


def _count_short(typical: int, source_run: SourceRun) -> tuple[int, int]:
    """Count short articles. Only their median is known: if it is short, so is at least half of them."""
    is_short = source_run.words is not None and 2 * source_run.words < typical
    return ceil(source_run.measured / 2) if is_short else 0, source_run.measured


def _compute_median_words(source_runs: Sequence[SourceRun]) -> int | None:
    """Return the median of the runs' medians, each weighted by its articles."""
    words = sorted(look.words for look in source_runs if look.words is not None for _ in range(look.measured))
    return words[len(words) // 2] if words else None


def _count_reasons(source_runs: Sequence[SourceRun], wanted: Callable[[str], bool]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for look in source_runs:
        counts.update({name: number for name, number in look.outcomes.items() if wanted(name)})
    return dict(counts.most_common())


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _format_share(share: float) -> str:
    return "none" if not share else "under 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


# --- It brings nothing new, or little


def _detect_silence(days: Sequence[SourceDay], present: SourceRun, now: datetime) -> Anomaly | None:
    """Detect that no new article has arrived for far longer than the source ever paused."""
    bringing = [(day.first_new_at, day.last_new_at) for day in days if day.first_new_at and day.last_new_at]
    if present.measured or not bringing:
        return None
    first, last = bringing[0][0], bringing[-1][1]
    pauses = sum(day.arrivals for day in days) - 1
    if pauses < MIN_PAUSES or last - first < MIN_HISTORY:
        return None
    longest = max((after - before for (_, before), (after, _) in pairwise(bringing)), default=timedelta(0))
    waited = now - last
    # Each pause is an opportunity for a false alarm, and those of a year together may raise no more than
    # `MAX_FALSE_ALARMS_PER_YEAR`.
    a_year = pauses / ((last - first) / timedelta(days=365))
    if waited < max(MIN_SILENCE, compute_silence_factor(pauses, MAX_FALSE_ALARMS_PER_YEAR / a_year) * longest):
        return None
    return Anomaly(
        "silent", f"nothing new for {_format_duration(waited)}; its longest pause was {_format_duration(longest)}"
    )


def _format_duration(span: timedelta) -> str:
    """Format a length of time roughly, in hours or days.

    >>> [_format_duration(timedelta(hours=hours)) for hours in (30, 221, 1)]
    ['30 hours', '9 days', '1 hour']
    """
    if span < timedelta(days=2):
        hours = max(1, round(span / timedelta(hours=1)))
        return f"{hours} hour{'s' * (hours > 1)}"
    return f"{round(span / timedelta(days=1))} days"


def _detect_fewer_found(days: Sequence[SourceDay], now: datetime, ongoing: bool) -> Anomaly | None:
    """Detect that the last seven whole days brought far fewer new URLs than any week of the baseline."""
    week = partial(_count_found_in_week, days, now)
    found = week(0)
    before = [number for number in map(week, BASELINE_WEEKS) if number is not None]
    if found is None or len(before) < MIN_BASELINE_WEEKS:
        return None
    fewest = min(before)
    if ongoing:
        is_fewer = found < ONGOING_FEWER_FOUND_SHARE * fewest
    else:
        is_fewer = (
            found < FEWER_FOUND_SHARE * fewest and compute_poisson_tail(found, fewest) < MAX_FALSE_ALARMS_PER_YEAR / 365
        )
    if not is_fewer:
        return None
    return Anomaly("fewer-found", f"{found} new URLs in the last 7 days; at least {fewest} in earlier weeks")


def _count_found_in_week(days: Sequence[SourceDay], now: datetime, weeks_back: int) -> int | None:
    """Return the URLs found in seven days, some weeks ago; ``None`` if it was polled on fewer than four of them.

    The day of the first poll is in no week: it brings everything that was there before.
    """
    until = now.date() - timedelta(days=7 * weeks_back)
    since = until - timedelta(days=7)
    found = [day.found for day in days if since <= day.day < until]
    is_known = len(found) >= 4 and days[0].day < since
    return sum(found) if is_known else None
