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

from crawler.ops.probabilities import chance, patience, poisson_tail
from crawler.outcomes import classify_outcome
from storage import SourceDay, SourceHistory, SourceRun

Kind = Literal["failing", "silent", "layout-changed", "rejected-more", "fewer-found"]
Lack = Literal["title", "date", "author", "length"]

FALSE_ALARMS: Final = 0.02
"""A year and source: how often chance may be taken for something, by each of the ways below. One in fifty years; of
three hundred sources six a year."""
MEASURES: Final = 8
"""What the pages of a source are measured by: failures, rejections of two kinds, lengths, titles, dates, authors; and
one for the two windows that each looks through."""
STILL_UNLIKELY: Final = 1e-2
"""The probability by chance below which what was found before goes on: it ends when it is over, not when it wavers."""
QUICK: Final = 5
"""The fewest pages that anything is told by. So many of so many bad ones are beyond chance where one in fifty used to
be bad, whether a source has one page a day or a hundred."""
STEADY: Final = 20
"""Pages that what sets in slowly is told by."""
NOW: Final = 10
"""The newest pages: where they are well again, it is over."""
ENOUGH: Final = 20
"""Pages from before, of three looks or more: with fewer nothing is known of a source."""

MOST: Final = 0.5
"""The share of pages that makes a layout changed, or a source failing: below, it is some of its pages."""
MANY: Final = 0.3
"""The share of pages that are rejected for one reason, and are worth a word."""

LEAST_SILENCE: Final = timedelta(days=2)
"""Nobody is silent before: a public holiday, and the night before it."""
LEAST_PAUSES: Final = 8
LEAST_PAST: Final = timedelta(days=21)
"""How many pauses, over which time, must be known before anybody is called silent."""

OUTAGE: Final = timedelta(hours=6)
"""How long a source may be out of reach before it is failing. It is the wait before the last attempt at a page, too."""
LOOKS_IN_VAIN: Final = 3

WEEKS: Final = (*range(1, 9), *range(50, 55))
"""The weeks, counted back from the last seven days, that those are compared with: two months, and the same season of
last year with its holidays."""
LEAST_WEEKS: Final = 4
FEWER: Final = 0.4
STILL_FEWER: Final = 0.6
"""The share of the fewest addresses found in any of these weeks: below, it is found to have fewer."""

LAYOUT_REASONS: Final = frozenset({"too-short", "index-page", "not-news", "empty"})
"""What pages of articles look like to a cleaner that no longer finds the article in them."""
_SAYS_NOTHING: Final = frozenset({"unchanged", "updated"})
"""Outcomes of later looks. Most later looks change nothing, and would hide what becomes of new pages."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a source that is unlike its past."""

    kind: Kind
    sentence: str
    """What it is, with figures, for people to read; without a full stop."""
    runs: tuple[int, ...] = ()
    """The runs whose pages show it, the newest first."""
    outcomes: tuple[str, ...] = ()
    """The outcomes of the pages that show it; none where they are articles."""
    lack: Lack | None = None
    """What those articles lack."""
    samples: tuple[str, ...] = ()
    """Addresses of such pages."""


def text_of(findings: Sequence[Finding]) -> str | None:
    """Findings as the corpus keeps them: a line each, and the samples below it; ``None`` without any.

    >>> print(text_of([Finding("silent", "nothing new for 9 days", samples=("https://wire.example/1",))]))
    silent: nothing new for 9 days
      https://wire.example/1
    """
    lines = [
        line for each in findings for line in (f"{each.kind}: {each.sentence}", *(f"  {url}" for url in each.samples))
    ]
    return "\n".join(lines) or None


def findings_in(text: str | None) -> tuple[Finding, ...]:
    """The findings that the corpus keeps; what it does not understand is left out.

    >>> [finding.samples for finding in findings_in("silent: nothing new for 9 days\\n  https://wire.example/1")]
    [('https://wire.example/1',)]
    """
    findings: list[Finding] = []
    for line in (text or "").splitlines():
        kind, _, sentence = line.partition(": ")
        if line.startswith("  ") and findings:
            findings[-1] = replace(findings[-1], samples=(*findings[-1].samples, line.strip()))
        elif kind in get_args(Kind):
            findings.append(Finding(cast(Kind, kind), sentence))
    return tuple(findings)


def assess(history: SourceHistory, present: SourceRun, now: datetime) -> tuple[Finding, ...]:
    """What is unlike a source's past in a run, the gravest first; nothing where too little is known of it.

    What explains another finding is named alone: a source that cannot be reached is not silent as well.
    """
    ongoing = {finding.kind for finding in findings_in(history.previous.drift if history.previous else None)}
    if failing := _out_of_reach(history, present, now):
        return (failing,)
    pages = _of_pages(history, present, ongoing)
    if pages or (present.problem and "silent" not in ongoing):
        return pages
    silent = _silent(history.days, present, now)
    fewer = None if silent or present.problem else _fewer_found(history.days, now, "fewer-found" in ongoing)
    return tuple(finding for finding in (silent, fewer) if finding)


# --- the source cannot be reached


def _out_of_reach(history: SourceHistory, present: SourceRun, now: datetime) -> Finding | None:
    """The last looks were in vain, for hours. Of one that never worked, the run itself tells."""
    since = history.failing_since
    if present.problem is None or since is None or history.last_good_at is None:
        return None
    if history.failed + 1 < LOOKS_IN_VAIN or now - since < OUTAGE:
        return None
    looks = f"{history.failed + 1} looks in vain since {since:%Y-%m-%d %H:%M} UTC"
    return Finding("failing", f"{looks}; {present.problem}")


# --- its pages are not what they were

_Count = Callable[[SourceRun], tuple[int, int]]
"""The bad ones among a look's pages, and all of those."""


@dataclass(frozen=True, slots=True)
class _Worse:
    """Pages of late that are worse than those of before."""

    bad: int
    of: int
    baseline: float
    """The share that used to be bad."""
    looks: tuple[SourceRun, ...]

    @property
    def runs(self) -> tuple[int, ...]:
        return tuple(look.run_id for look in self.looks)

    def told(self, what: str, usually: str = "usually") -> str:
        return f"{self.bad} of the last {self.of} {what}; {usually} {_percent(self.baseline)}"


def _of_pages(history: SourceHistory, present: SourceRun, ongoing: Collection[Kind]) -> tuple[Finding, ...]:
    looks = (present, *history.recent) if present.outcomes else history.recent
    if not present.outcomes and not ongoing:
        return ()
    find = partial(_worse, looks, history.baseline)
    found = [
        _pages_fail(find, "failing" in ongoing),
        layout := _layout_changed(find, history.baseline, "layout-changed" in ongoing),
        None if layout else _rejected_more(find, looks, "rejected-more" in ongoing),
    ]
    return tuple(finding for finding in found if finding)


_Find = Callable[[_Count, float, bool], _Worse | None]


def _pages_fail(find: _Find, ongoing: bool) -> Finding | None:
    failed = find(partial(_of_family, "failed"), MOST, ongoing)
    if failed is None:
        return None
    reasons = _reasons(failed.looks, lambda outcome: classify_outcome(outcome) == "failed")
    return Finding("failing", failed.told(f"pages failed ({_counted(reasons)})"), failed.runs, tuple(reasons))


def _layout_changed(find: _Find, baseline: Sequence[SourceRun], ongoing: bool) -> Finding | None:
    """Pages come as ever, and what the cleaner makes of them is another thing."""
    findings = []
    if rejected := find(partial(_with_outcome, LAYOUT_REASONS), MOST, ongoing):
        reasons = _reasons(rejected.looks, LAYOUT_REASONS.__contains__)
        sentence = rejected.told(f"pages gave no article ({_counted(reasons)})")
        findings.append(Finding("layout-changed", sentence, rejected.runs, tuple(reasons)))
    typical = _typical_words(baseline)
    if typical and (shrunk := find(partial(_short, typical), MOST, ongoing)):
        words = _typical_words(shrunk.looks)
        sentence = f"the last {shrunk.of} articles have {words} words in the middle; usually {typical}"
        findings.append(Finding("layout-changed", sentence, shrunk.runs, lack="length"))
    for lack, having in (("title", "titles"), ("date", "dates"), ("author", "authors")):
        if lacking := find(partial(_without, having), MOST, ongoing):
            sentence = lacking.told(f"articles have no {lack}")
            findings.append(Finding("layout-changed", sentence, lacking.runs, lack=cast(Lack, lack)))
    if not findings:
        return None
    return replace(findings[0], sentence="; ".join(finding.sentence for finding in findings))


def _rejected_more(find: _Find, looks: Sequence[SourceRun], ongoing: bool) -> Finding | None:
    """One reason for which pages are rejected has become frequent: the gravest of them."""
    reasons = _reasons(looks, lambda outcome: classify_outcome(outcome) == "rejected")
    worse = {reason: find(partial(_with_outcome, {reason}), MANY, ongoing) for reason in reasons}
    found = {reason: each for reason, each in worse.items() if each}
    if not found:
        return None
    reason, gravest = max(found.items(), key=lambda entry: entry[1].bad / entry[1].of)
    return Finding("rejected-more", gravest.told(f"pages were rejected as {reason}"), gravest.runs, (reason,))


def _worse(
    looks: Sequence[SourceRun], baseline: Sequence[SourceRun], count: _Count, share: float, ongoing: bool
) -> _Worse | None:
    """Whether at least that share of the newest pages is bad, beyond chance and beyond what ever was."""
    now_bad, now_of = _totals(_newest(looks, NOW, count), count)
    if now_bad < share * now_of / 2:
        return None
    for least in (QUICK, STEADY):
        window = _newest(looks, least, count)
        bad, of = _totals(window, count)
        if of < least or bad < share * of:
            continue
        past = [look for look in baseline if look.run_id < window[-1].run_id]
        past_bad, past_of = _totals(past, count)
        if past_of < ENOUGH or sum(count(look)[1] > 0 for look in past) < LOOKS_IN_VAIN:
            continue
        if chance(bad, of, past_bad, past_of) >= (STILL_UNLIKELY if ongoing else _unlikely(past, past_of)):
            continue
        if ongoing or bad / of > _worst_share(past, of, count):
            return _Worse(bad, of, past_bad / past_of, window)
    return None


def _unlikely(past: Sequence[SourceRun], pages: int) -> float:
    """The probability below which chance explains nothing: every page of a year is a chance to be wrong."""
    span = max(past[0].at - past[-1].at, timedelta(days=1))
    return FALSE_ALARMS / MEASURES / max(1, pages * (timedelta(days=365) / span))


def _worst_share(past: Sequence[SourceRun], least: int, count: _Count) -> float:
    """The largest share of bad ones in any stretch of the past that has as many pages; 0 where it has not as many."""
    worst = 0.0
    for start in range(len(past)):
        bad, of = _totals(_newest(past[start:], least, count), count)
        if of < least:
            break
        worst = max(worst, bad / of)
    return worst


def _newest(looks: Sequence[SourceRun], least: int, count: _Count) -> tuple[SourceRun, ...]:
    """The newest looks that have so many pages together; fewer where there are no more."""
    taken, of = [], 0
    for look in looks:
        if pages := count(look)[1]:
            taken.append(look)
            of += pages
        if of >= least:
            break
    return tuple(taken)


def _totals(looks: Sequence[SourceRun], count: _Count) -> tuple[int, int]:
    counts = [count(look) for look in looks]
    return sum(bad for bad, _ in counts), sum(of for _, of in counts)


def _of_family(family: str, look: SourceRun) -> tuple[int, int]:
    return _with_outcome({outcome for outcome in look.outcomes if classify_outcome(outcome) == family}, look)


def _with_outcome(outcomes: Collection[str], look: SourceRun) -> tuple[int, int]:
    telling = {name: number for name, number in look.outcomes.items() if name not in _SAYS_NOTHING}
    return sum(telling[name] for name in outcomes if name in telling), sum(telling.values())


def _without(having: str, look: SourceRun) -> tuple[int, int]:
    return look.measured - getattr(look, having), look.measured


def _short(typical: int, look: SourceRun) -> tuple[int, int]:
    """Of a look's articles only the median is known: where that is short, so is half of them at least."""
    is_short = look.words is not None and 2 * look.words < typical
    return ceil(look.measured / 2) if is_short else 0, look.measured


def _typical_words(looks: Sequence[SourceRun]) -> int | None:
    """The median of the looks' medians, each as often as it has articles."""
    words = sorted(look.words for look in looks if look.words is not None for _ in range(look.measured))
    return words[len(words) // 2] if words else None


def _reasons(looks: Sequence[SourceRun], wanted: Callable[[str], bool]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for look in looks:
        counts.update({name: number for name, number in look.outcomes.items() if wanted(name)})
    return dict(counts.most_common())


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _percent(share: float) -> str:
    return "none" if not share else "under 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


# --- it brings nothing new, or little


def _silent(days: Sequence[SourceDay], present: SourceRun, now: datetime) -> Finding | None:
    """No new article for far longer than it ever paused."""
    bringing = [(day.first_new_at, day.last_new_at) for day in days if day.first_new_at and day.last_new_at]
    if present.measured or not bringing:
        return None
    first, last = bringing[0][0], bringing[-1][1]
    pauses = sum(day.arrivals for day in days) - 1
    if pauses < LEAST_PAUSES or last - first < LEAST_PAST:
        return None
    longest = max((after - before for (_, before), (after, _) in pairwise(bringing)), default=timedelta(0))
    waited = now - last
    # Each pause is a chance to be wrong, and all those of a year together may be wrong `FALSE_ALARMS` times.
    a_year = pauses / ((last - first) / timedelta(days=365))
    if waited < max(LEAST_SILENCE, patience(pauses, FALSE_ALARMS / a_year) * longest):
        return None
    return Finding("silent", f"nothing new for {_span(waited)}; its longest pause was {_span(longest)}")


def _span(span: timedelta) -> str:
    """A length of time, roughly.

    >>> _span(timedelta(hours=30)), _span(timedelta(days=9, hours=5)), _span(timedelta(hours=1))
    ('30 hours', '9 days', '1 hour')
    """
    if span < timedelta(days=2):
        hours = max(1, round(span / timedelta(hours=1)))
        return f"{hours} hour{'s' * (hours > 1)}"
    return f"{round(span / timedelta(days=1))} days"


def _fewer_found(days: Sequence[SourceDay], now: datetime, ongoing: bool) -> Finding | None:
    """In the last seven whole days, far fewer new addresses than in any week that they are compared with."""
    week = partial(_found_in_week, days, now)
    found = week(0)
    before = [number for number in map(week, WEEKS) if number is not None]
    if found is None or len(before) < LEAST_WEEKS:
        return None
    fewest = min(before)
    if ongoing:
        is_fewer = found < STILL_FEWER * fewest
    else:
        is_fewer = found < FEWER * fewest and poisson_tail(found, fewest) < FALSE_ALARMS / 365
    if not is_fewer:
        return None
    return Finding("fewer-found", f"{found} new addresses in the last 7 days; in earlier weeks at least {fewest}")


def _found_in_week(days: Sequence[SourceDay], now: datetime, back: int) -> int | None:
    """The addresses found in seven days so many weeks ago; ``None`` where it was looked at on fewer than four of them.

    The day of the first look, which brings what had gathered, is in no week.
    """
    until = now.date() - timedelta(days=7 * back)
    since = until - timedelta(days=7)
    found = [day.found for day in days if since <= day.day < until]
    is_known = len(found) >= 4 and days[0].day < since
    return sum(found) if is_known else None
