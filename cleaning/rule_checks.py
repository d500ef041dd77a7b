"""Do the rules do what they say? Their examples are run, and their patterns timed on text made to be slow."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cleaning.lines.boilerplate import build_field_values, match_boilerplate
from cleaning.lines.consent import build_feature_patterns
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.normalization import normalize_punctuation
from cleaning.lines.rule_loader import Rule, load_line_rules
from cleaning.lines.rule_matcher import match_line
from cleaning.site_rules import SiteLineRule, SiteRules, Sites, harvest_match

SHIPPED_SOURCE = "cleaning/rules"
"""Where the rules come from that are part of the program."""
MAX_PATTERN_SECONDS = 0.05
"""Seconds of CPU from which on a pattern is too slow for one line: a page has hundreds."""
_PROBE_LENGTHS = (*range(4, 65, 4), 128, 256, 512)
_PROBE_PIECES = ("a", "A ", "1", " ", "-", ".", ", ", "A a", "1.1", "日", "a@", "||")
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
    yield from (_check_rule(rule) for rule in load_line_rules())
    for name, pattern in build_feature_patterns():
        taken, problems = _measure_patterns((pattern,), ())
        yield RuleReport(f"consent {name}", SHIPPED_SOURCE, 0, taken, (), problems)
    for site in sites.by_domain.values():
        for kind, lines in (("drop", site.drop), ("keep", site.keep)):
            yield from (_check_site_line(site, kind, number, line) for number, line in enumerate(lines, 1))


def _check_rule(rule: Rule) -> RuleReport:
    patterns = tuple(pattern for pattern in (rule.opening, rule.beginning, *rule.patterns) if pattern)
    taken, slow = _measure_patterns(patterns, rule.drops)
    ids = Counter(other.id for other in load_line_rules())
    problems = [f"{ids[rule.id]} rules have this id"] if ids[rule.id] > 1 else []
    problems += [f"has no {kind}" for kind in ("drops", "keeps") if not getattr(rule, kind)]
    problems += [f"does not drop {text!r}" for text in rule.drops if not is_dropped(rule, text)]
    problems += [f"{reader} drops {text!r}" for text in rule.keeps for reader in _find_matching_rules(text)]
    return RuleReport(
        rule.id, SHIPPED_SOURCE, len(rule.drops + rule.keeps), taken, _harvest_examples(rule), (*problems, *slow)
    )


def is_dropped(rule: Rule, text: str) -> bool:
    """Whether a rule reads a line, by itself or as one of several that share it."""
    return bool(match_line(normalize_punctuation(text), (rule,))) or rule.id in _find_matching_rules(
        text, linked=rule.zone == "linked"
    )


def _find_matching_rules(text: str, *, linked: bool = False) -> list[str]:
    return [reading.rule.id for reading in match_boilerplate(Line(text, linked=linked), KnownMetadata(), _ZONES)]


def _harvest_examples(rule: Rule) -> tuple[tuple[str, str], ...]:
    readings = (reading for text in rule.drops for reading in match_line(normalize_punctuation(text), (rule,)))
    said = ((reading.field, reading.value) for reading in readings)
    return tuple(pair for field, value in said if field and value for pair in build_field_values(field, value))


def _check_site_line(site: SiteRules, kind: str, number: int, line: SiteLineRule) -> RuleReport:
    taken, slow = _measure_patterns((line.pattern,), line.drops + line.keeps)
    read, left = (line.drops, line.keeps) if kind == "drop" else (line.keeps, line.drops)
    matches = [line.match(text) for text in read]
    harvest = tuple(pair for match in matches if match for pair in harvest_match(line, match))
    problems = [f"does not {kind} {text!r}" for text, match in zip(read, matches, strict=True) if match is None]
    problems += [f"reads {text!r} too" for text in left if line.match(text)]
    if not read:
        problems.append(f"has no {'drops' if kind == 'drop' else 'keeps'}")
    if line.harvest and read and not harvest:
        problems.append(f"gives nothing to {line.harvest}: name the group (?P<value>...)")
    examples = len(line.drops + line.keeps)
    return RuleReport(f"{site.domain} {kind} {number}", site.source, examples, taken, harvest, (*problems, *slow))


def _measure_patterns(
    patterns: tuple[re.Pattern[str], ...], examples: tuple[str, ...]
) -> tuple[float, tuple[str, ...]]:
    """Milliseconds that the slowest pattern takes, and a sentence for each that is too slow.

    Text grows by a few characters at a time: where time grows exponentially with it, the check still ends.
    """
    slowest, problems = 0.0, []
    for pattern in patterns:
        taken = max(
            _measure_slowest(pattern, piece)
            for piece in (*_PROBE_PIECES, *(f"{normalize_punctuation(text)} " for text in examples[:2]))
        )
        slowest = max(slowest, taken)
        if taken > MAX_PATTERN_SECONDS:
            problems.append(f"takes {taken * 1000:.0f} ms for a line: {pattern.pattern[:60]!r}")
    return round(slowest * 1000, 3), tuple(problems)


def _measure_slowest(pattern: re.Pattern[str], piece: str) -> float:
    taken = 0.0
    for length in _PROBE_LENGTHS:
        text = (piece * length)[:length] + "\0"
        start = time.process_time()
        pattern.fullmatch(text)
        taken = max(taken, time.process_time() - start)
        if taken > MAX_PATTERN_SECONDS:
            break
    return taken
