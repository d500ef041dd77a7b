"""Do the rules do what they say? Their examples are run, and their patterns timed on text made to be slow."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cleaning.lines.boilerplate import people_or_value, read_as_boilerplate
from cleaning.lines.consent import feature_patterns
from cleaning.lines.line import Known, Line
from cleaning.lines.normalization import tidy
from cleaning.lines.rule_loader import Rule, line_rules
from cleaning.lines.rule_matcher import read_line
from cleaning.site_rules import Site, SiteLine, Sites, harvested

SHIPPED = "cleaning/rules"
"""Where the rules come from that are part of the program."""
SLOW = 0.05
"""Seconds of CPU from which on a pattern is too slow for one line: a page has hundreds."""
_LENGTHS = (*range(4, 65, 4), 128, 256, 512)
_PIECES = ("a", "A ", "1", " ", "-", ".", ", ", "A a", "1.1", "日", "a@", "||")
_ZONES = ("anywhere", "edge", "head", "tail")


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What the check of one rule found."""

    rule: str
    """Its id; of a site's rule the domain, its kind and number: ``"news.example drop 1"``."""
    source: str
    """The file that it is from."""
    examples: int
    milliseconds: float
    """CPU time of its patterns for the slowest of the texts made to be slow."""
    harvest: tuple[tuple[str, str], ...]
    """What its examples give: pairs of a field and its value."""
    problems: tuple[str, ...]


def check_rules(sites: Sites) -> Iterator[RuleReport]:
    """Check every rule that is shipped, and those of a user's sites."""
    yield from (_report_of(rule) for rule in line_rules())
    for name, pattern in feature_patterns():
        taken, problems = _timed((pattern,), ())
        yield RuleReport(f"consent {name}", SHIPPED, 0, taken, (), problems)
    for site in sites.by_domain.values():
        for kind, lines in (("drop", site.drop), ("keep", site.keep)):
            yield from (_report_of_site(site, kind, number, line) for number, line in enumerate(lines, 1))


def _report_of(rule: Rule) -> RuleReport:
    patterns = tuple(pattern for pattern in (rule.opening, rule.begins, *rule.patterns) if pattern)
    taken, slow = _timed(patterns, rule.drops)
    ids = Counter(other.id for other in line_rules())
    problems = [f"{ids[rule.id]} rules have this id"] if ids[rule.id] > 1 else []
    problems += [f"has no {kind}" for kind in ("drops", "keeps") if not getattr(rule, kind)]
    problems += [f"does not drop {text!r}" for text in rule.drops if not drops(rule, text)]
    problems += [f"{reader} drops {text!r}" for text in rule.keeps for reader in _readers(text)]
    return RuleReport(rule.id, SHIPPED, len(rule.drops + rule.keeps), taken, _harvest_of(rule), (*problems, *slow))


def drops(rule: Rule, text: str) -> bool:
    """Whether a rule reads a line, by itself or as one of several that share it."""
    return bool(read_line(tidy(text), (rule,))) or rule.id in _readers(text, linked=rule.zone == "linked")


def _readers(text: str, *, linked: bool = False) -> list[str]:
    return [reading.rule.id for reading in read_as_boilerplate(Line(text, linked=linked), Known(), _ZONES)]


def _harvest_of(rule: Rule) -> tuple[tuple[str, str], ...]:
    readings = (reading for text in rule.drops for reading in read_line(tidy(text), (rule,)))
    said = ((reading.field, reading.value) for reading in readings)
    return tuple(pair for field, value in said if field and value for pair in people_or_value(field, value))


def _report_of_site(site: Site, kind: str, number: int, line: SiteLine) -> RuleReport:
    taken, slow = _timed((line.pattern,), line.drops + line.keeps)
    read, left = (line.drops, line.keeps) if kind == "drop" else (line.keeps, line.drops)
    matches = [line.match(text) for text in read]
    harvest = tuple(pair for match in matches if match for pair in harvested(line, match))
    problems = [f"does not {kind} {text!r}" for text, match in zip(read, matches, strict=True) if match is None]
    problems += [f"reads {text!r} too" for text in left if line.match(text)]
    if not read:
        problems.append(f"has no {'drops' if kind == 'drop' else 'keeps'}")
    if line.harvest and read and not harvest:
        problems.append(f"gives nothing to {line.harvest}: name the group (?P<value>...)")
    examples = len(line.drops + line.keeps)
    return RuleReport(f"{site.domain} {kind} {number}", site.source, examples, taken, harvest, (*problems, *slow))


def _timed(patterns: tuple[re.Pattern[str], ...], examples: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """Milliseconds that the slowest pattern takes, and a sentence for each that is too slow.

    Text grows by a few characters at a time: where time grows exponentially with it, the check still ends.
    """
    slowest, problems = 0.0, []
    for pattern in patterns:
        taken = max(_slowest(pattern, piece) for piece in (*_PIECES, *(f"{tidy(text)} " for text in examples[:2])))
        slowest = max(slowest, taken)
        if taken > SLOW:
            problems.append(f"takes {taken * 1000:.0f} ms for a line: {pattern.pattern[:60]!r}")
    return round(slowest * 1000, 3), tuple(problems)


def _slowest(pattern: re.Pattern[str], piece: str) -> float:
    taken = 0.0
    for length in _LENGTHS:
        text = (piece * length)[:length] + "\0"
        start = time.process_time()
        pattern.fullmatch(text)
        taken = max(taken, time.process_time() - start)
        if taken > SLOW:
            break
    return taken
