"""What is unlike a source's own past: told from values alone, so that it can be tried on made-up years.

A source is compared with nobody but itself, in one of two ways that need no tuning to it:

- *by chance*: how likely are so many bad pages among so few, if things were as they always were (`chance`)? Small
  samples are judged exactly: five bad pages of five mean something where one in fifty used to be bad, and nothing where
  one in three was.
- *never before*: has it ever been like that? Nights, weekends, holidays and a Friday full of picture galleries are in a
  source's past, and so do not need to be known.
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
"""A year and source: how often chance may be taken for something, by each of the ways below. One in fifty years; of
three hundred sources six a year."""
MEASURES_PER_SOURCE: Final = 8
"""What the pages of a source are measured by: failures, rejections of two kinds, lengths, titles, dates, authors; and
one for the two windows that each looks through."""
ONGOING_MAX_PROBABILITY: Final = 1e-2
"""The probability by chance below which what was found before goes on: it ends when it is over, not when it wavers."""
MIN_PAGES_SUDDEN: Final = 5
"""The fewest pages that anything is told by. So many of so many bad ones are beyond chance where one in fifty used to
be bad, whether a source has one page a day or a hundred."""
MIN_PAGES_GRADUAL: Final = 20
"""Pages that what sets in slowly is told by."""
RECOVERY_PAGES: Final = 10
"""The newest pages: where they are well again, it is over."""
MIN_PAST_PAGES: Final = 20
"""Pages from before, of three looks or more: with fewer nothing is known of a source."""

MAJORITY_SHARE: Final = 0.5
"""The share of pages that makes a layout changed, or a source failing: below, it is some of its pages."""
MIN_REJECTED_SHARE: Final = 0.3
"""The share of pages that are rejected for one reason, and are worth a word."""

MIN_SILENCE: Final = timedelta(days=2)
"""Nobody is silent before: a public holiday, and the night before it."""
MIN_PAUSES: Final = 8
MIN_HISTORY: Final = timedelta(days=21)
"""How many pauses, over which time, must be known before anybody is called silent."""

MIN_OUTAGE: Final = timedelta(hours=6)
"""How long a source may be out of reach before it is failing. It is the wait before the last attempt at a page, too."""
MIN_POLLS: Final = 3

BASELINE_WEEKS: Final = (*range(1, 9), *range(50, 55))
"""The weeks, counted back from the last seven days, that those are compared with: two months, and the same season of
last year with its holidays."""
MIN_BASELINE_WEEKS: Final = 4
FEWER_FOUND_SHARE: Final = 0.4
ONGOING_FEWER_FOUND_SHARE: Final = 0.6
"""The share of the fewest addresses found in any of these weeks: below, it is found to have fewer."""

LAYOUT_OUTCOMES: Final = frozenset({"too-short", "index-page", "not-news", "empty"})
"""What pages of articles look like to a cleaner that no longer finds the article in them."""
_REVISIT_OUTCOMES: Final = frozenset({"unchanged", "updated"})
"""Outcomes of later looks. Most later looks change nothing, and would hide what becomes of new pages."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something about a source that is unlike its past."""

    kind: AnomalyKind
    sentence: str
    """What it is, with figures, for people to read; without a full stop."""
    runs: tuple[int, ...] = ()
    """The runs whose pages show it, the newest first."""
    outcomes: tuple[str, ...] = ()
    """The outcomes of the pages that show it; none where they are articles."""
    deficiency: Deficiency | None = None
    """What those articles lack."""
    samples: tuple[str, ...] = ()
    """Addresses of such pages."""


def format_anomalies(anomalies: Sequence[Anomaly]) -> str | None:
    """Findings as the corpus keeps them: a line each, and the samples below it; ``None`` without any.

    >>> print(format_anomalies([Anomaly("silent", "nothing new for 9 days", samples=("https://wire.example/1",))]))
    silent: nothing new for 9 days
      https://wire.example/1
    """
    lines = [
        line for each in anomalies for line in (f"{each.kind}: {each.sentence}", *(f"  {url}" for url in each.samples))
    ]
    return "\n".join(lines) or None


def parse_anomalies(text: str | None) -> tuple[Anomaly, ...]:
    """The findings that the corpus keeps; what it does not understand is left out.

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
    """What is unlike a source's past in a run, the gravest first; nothing where too little is known of it.

    What explains another finding is named alone: a source that cannot be reached is not silent as well.
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


# --- the source cannot be reached


def _detect_outage(history: SourceHistory, present: SourceRun, now: datetime) -> Anomaly | None:
    """The last looks were in vain, for hours. Of one that never worked, the run itself tells."""
    since = history.failing_since
    if present.problem is None or since is None or history.last_good_at is None:
        return None
    if history.failed + 1 < MIN_POLLS or now - since < MIN_OUTAGE:
        return None
    looks = f"{history.failed + 1} looks in vain since {since:%Y-%m-%d %H:%M} UTC"
    return Anomaly("failing", f"{looks}; {present.problem}")


# --- its pages are not what they were

_PageCounter = Callable[[SourceRun], tuple[int, int]]
"""The bad ones among a look's pages, and all of those."""


@dataclass(frozen=True, slots=True)
class _Deterioration:
    """Pages of late that are worse than those of before."""

    bad: int
    total: int
    baseline: float
    """The share that used to be bad."""
    source_runs: tuple[SourceRun, ...]

    @property
    def runs(self) -> tuple[int, ...]:
        return tuple(look.run_id for look in self.source_runs)

    def describe(self, what: str, usually: str = "usually") -> str:
        return f"{self.bad} of the last {self.total} {what}; {usually} {_format_share(self.baseline)}"


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
    """Pages come as ever, and what the cleaner makes of them is another thing."""
    findings = []
    if rejected := find(partial(_count_outcomes, LAYOUT_OUTCOMES), MAJORITY_SHARE, ongoing):
        reasons = _count_reasons(rejected.source_runs, LAYOUT_OUTCOMES.__contains__)
        sentence = rejected.describe(f"pages gave no article ({_format_counts(reasons)})")
        findings.append(Anomaly("layout-changed", sentence, rejected.runs, tuple(reasons)))
    typical = _compute_median_words(baseline)
    if typical and (shrunk := find(partial(_count_short, typical), MAJORITY_SHARE, ongoing)):
        words = _compute_median_words(shrunk.source_runs)
        sentence = f"the last {shrunk.total} articles have {words} words in the middle; usually {typical}"
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
    """One reason for which pages are rejected has become frequent: the gravest of them."""
    reasons = _count_reasons(source_runs, lambda outcome: classify_outcome(outcome) == "rejected")
    worse = {reason: find(partial(_count_outcomes, {reason}), MIN_REJECTED_SHARE, ongoing) for reason in reasons}
    found = {reason: each for reason, each in worse.items() if each}
    if not found:
        return None
    reason, gravest = max(found.items(), key=lambda entry: entry[1].bad / entry[1].total)
    return Anomaly("rejected-more", gravest.describe(f"pages were rejected as {reason}"), gravest.runs, (reason,))


def _find_deterioration(
    source_runs: Sequence[SourceRun], baseline: Sequence[SourceRun], count: _PageCounter, share: float, ongoing: bool
) -> _Deterioration | None:
    """Whether at least that share of the newest pages is bad, beyond chance and beyond what ever was."""
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
    """The probability below which chance explains nothing: every page of a year is a chance to be wrong."""
    span = max(past[0].at - past[-1].at, timedelta(days=1))
    return MAX_FALSE_ALARMS_PER_YEAR / MEASURES_PER_SOURCE / max(1, pages * (timedelta(days=365) / span))


def _find_worst_share(past: Sequence[SourceRun], min_pages: int, count: _PageCounter) -> float:
    """The largest share of bad ones in any stretch of the past that has as many pages; 0 where it has not as many."""
    worst = 0.0
    for start in range(len(past)):
        bad, of = _count_pages(_take_newest(past[start:], min_pages, count), count)
        if of < min_pages:
            break
        worst = max(worst, bad / of)
    return worst


def _take_newest(source_runs: Sequence[SourceRun], min_pages: int, count: _PageCounter) -> tuple[SourceRun, ...]:
    """The newest looks that have so many pages together; fewer where there are no more."""
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
    """Of a look's articles only the median is known: where that is short, so is half of them at least."""
    is_short = source_run.words is not None and 2 * source_run.words < typical
    return ceil(source_run.measured / 2) if is_short else 0, source_run.measured


def _compute_median_words(source_runs: Sequence[SourceRun]) -> int | None:
    """The median of the looks' medians, each as often as it has articles."""
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


# --- it brings nothing new, or little


def _detect_silence(days: Sequence[SourceDay], present: SourceRun, now: datetime) -> Anomaly | None:
    """No new article for far longer than it ever paused."""
    bringing = [(day.first_new_at, day.last_new_at) for day in days if day.first_new_at and day.last_new_at]
    if present.measured or not bringing:
        return None
    first, last = bringing[0][0], bringing[-1][1]
    pauses = sum(day.arrivals for day in days) - 1
    if pauses < MIN_PAUSES or last - first < MIN_HISTORY:
        return None
    longest = max((after - before for (_, before), (after, _) in pairwise(bringing)), default=timedelta(0))
    waited = now - last
    # Each pause is a chance to be wrong, and all those of a year together may be wrong
    # `MAX_FALSE_ALARMS_PER_YEAR` times.
    a_year = pauses / ((last - first) / timedelta(days=365))
    if waited < max(MIN_SILENCE, compute_silence_factor(pauses, MAX_FALSE_ALARMS_PER_YEAR / a_year) * longest):
        return None
    return Anomaly(
        "silent", f"nothing new for {_format_duration(waited)}; its longest pause was {_format_duration(longest)}"
    )


def _format_duration(span: timedelta) -> str:
    """A length of time, roughly.

    >>> [_format_duration(timedelta(hours=hours)) for hours in (30, 221, 1)]
    ['30 hours', '9 days', '1 hour']
    """
    if span < timedelta(days=2):
        hours = max(1, round(span / timedelta(hours=1)))
        return f"{hours} hour{'s' * (hours > 1)}"
    return f"{round(span / timedelta(days=1))} days"


def _detect_fewer_found(days: Sequence[SourceDay], now: datetime, ongoing: bool) -> Anomaly | None:
    """In the last seven whole days, far fewer new addresses than in any week that they are compared with."""
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
    return Anomaly("fewer-found", f"{found} new addresses in the last 7 days; in earlier weeks at least {fewest}")


def _count_found_in_week(days: Sequence[SourceDay], now: datetime, weeks_back: int) -> int | None:
    """The addresses found in seven days so many weeks ago; ``None`` where it was looked at on fewer than four of them.

    The day of the first look, which brings what had gathered, is in no week.
    """
    until = now.date() - timedelta(days=7 * weeks_back)
    since = until - timedelta(days=7)
    found = [day.found for day in days if since <= day.day < until]
    is_known = len(found) >= 4 and days[0].day < since
    return sum(found) if is_known else None
