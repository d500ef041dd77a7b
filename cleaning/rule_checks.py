"""Checks of the rules, for ``cleanwire rules check`` and the tests.

Each rule is run on its own examples, and its patterns are timed on texts that make regular expressions backtrack.
"""

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
"""The source that is reported for the general rules."""
MAX_PATTERN_SECONDS = 0.05
"""CPU time that a pattern may take for one line; a page has hundreds of lines."""
# Repeated pieces make a pattern backtrack if it can match them in several ways. Lengths grow slowly at first, so that a
# pattern whose time grows exponentially is found early: the check stops at the first length that is too slow.
_PROBE_LENGTHS = (*range(4, 65, 4), 128, 256, 512)
_PROBE_PIECES = ("a", "A ", "1", " ", "-", ".", ", ", "A a", "1.1", "日", "a@", "||")
_ZONES = ("anywhere", "edge", "head", "tail")


@dataclass(frozen=True, slots=True)
class RuleReport:
    """The result of checking one rule."""

    rule: str
    """The id of the rule. A site's rule is named by its domain, kind and number: ``"news.example drop 1"``."""
    source: str
    """The file that defines the rule."""
    examples: int
    """Number of examples, both those to drop and those to keep."""
    milliseconds: float
    """CPU time of the rule's slowest pattern, on the slowest text."""
    harvest: tuple[tuple[str, str], ...]
    """The values that the rule harvests from its examples: pairs of a field and a value."""
    problems: tuple[str, ...]
    """A description of each problem; empty if the rule is fine."""


def check_rules(sites: Sites) -> Iterator[RuleReport]:
    """Check every general rule, and the rules of the user's sites.

    A rule must match its examples of boilerplate and none of its look-alikes, must have both, and must be fast.

    Args:
        sites: the user's site rules; ``NO_SITES`` to check the general rules alone.
    """
    yield from (_check_rule(rule) for rule in load_line_rules())
    for name, pattern in build_feature_patterns():
        milliseconds, problems = _measure_patterns((pattern,), ())
        yield RuleReport(f"consent {name}", SHIPPED_SOURCE, 0, milliseconds, (), problems)
    for site in sites.by_domain.values():
        for kind, lines in (("drop", site.drop), ("keep", site.keep)):
            yield from (_check_site_line(site, kind, number, line) for number, line in enumerate(lines, 1))


def _check_rule(rule: Rule) -> RuleReport:
    """Check a general rule: its examples, its id and its patterns."""
    patterns = tuple(lazy.compiled for lazy in (rule.opening, rule.beginning, *rule.patterns) if lazy)
    milliseconds, slow = _measure_patterns(patterns, rule.drops)
    ids = Counter(other.id for other in load_line_rules())
    problems = [f"{ids[rule.id]} rules have this id"] if ids[rule.id] > 1 else []
    problems += [f"has no {kind}" for kind in ("drops", "keeps") if not getattr(rule, kind)]
    problems += [f"does not drop {text!r}" for text in rule.drops if not is_dropped(rule, text)]
    # A look-alike must survive all rules, not only the one that lists it.
    problems += [f"{rule_id} drops {text!r}" for text in rule.keeps for rule_id in _find_matching_rules(text)]
    examples = len(rule.drops + rule.keeps)
    return RuleReport(rule.id, SHIPPED_SOURCE, examples, milliseconds, _harvest_examples(rule), (*problems, *slow))


def is_dropped(rule: Rule, text: str) -> bool:
    """Return whether a rule matches a line, alone or together with other rules that match the rest of it."""
    return bool(match_line(normalize_punctuation(text), (rule,))) or rule.id in _find_matching_rules(
        text, linked=rule.zone == "linked"
    )


def _find_matching_rules(text: str, *, linked: bool = False) -> list[str]:
    """Return the ids of the rules that together match a line, in whatever zone."""
    return [match.rule.id for match in match_boilerplate(Line(text, linked=linked), KnownMetadata(), _ZONES)]


def _harvest_examples(rule: Rule) -> tuple[tuple[str, str], ...]:
    matches = (match for text in rule.drops for match in match_line(normalize_punctuation(text), (rule,)))
    values = ((match.field, match.value) for match in matches)
    return tuple(pair for field, value in values if field and value for pair in build_field_values(field, value))


def _check_site_line(site: SiteRules, kind: str, number: int, line: SiteLineRule) -> RuleReport:
    """Check a ``[[site.drop]]`` or ``[[site.keep]]`` table; a ``keep`` matches its ``keeps`` and not its ``drops``."""
    milliseconds, slow = _measure_patterns((line.pattern,), line.drops + line.keeps)
    expected, look_alikes = (line.drops, line.keeps) if kind == "drop" else (line.keeps, line.drops)
    matches = [line.match(text) for text in expected]
    harvest = tuple(pair for match in matches if match for pair in harvest_match(line, match))
    problems = [f"does not {kind} {text!r}" for text, match in zip(expected, matches, strict=True) if match is None]
    problems += [f"also matches {text!r}" for text in look_alikes if line.match(text)]
    if not expected:
        problems.append(f"has no {'drops' if kind == 'drop' else 'keeps'}")
    if line.harvest and expected and not harvest:
        problems.append(f"harvests nothing for {line.harvest}: name the group (?P<value>...)")
    examples = len(line.drops + line.keeps)
    name = f"{site.domain} {kind} {number}"
    return RuleReport(name, site.source, examples, milliseconds, harvest, (*problems, *slow))


def _measure_patterns(
    patterns: tuple[re.Pattern[str], ...], examples: tuple[str, ...]
) -> tuple[float, tuple[str, ...]]:
    """Return the milliseconds that the slowest pattern takes, and a sentence for each pattern that is too slow."""
    slowest, problems = 0.0, []
    for pattern in patterns:
        seconds = max(
            _measure_slowest(pattern, piece)
            for piece in (*_PROBE_PIECES, *(f"{normalize_punctuation(text)} " for text in examples[:2]))
        )
        slowest = max(slowest, seconds)
        if seconds > MAX_PATTERN_SECONDS:
            problems.append(f"takes {seconds * 1000:.0f} ms for a line: {pattern.pattern[:60]!r}")
    return round(slowest * 1000, 3), tuple(problems)


def _measure_slowest(pattern: re.Pattern[str], piece: str) -> float:
    """Return the most CPU seconds that a pattern takes for a repeated piece of text."""
    slowest = 0.0
    for length in _PROBE_LENGTHS:
        # The final NUL matches nothing, so the pattern has to try all its ways before it fails.
        text = (piece * length)[:length] + "\0"
        start = time.process_time()
        pattern.fullmatch(text)
        slowest = max(slowest, time.process_time() - start)
        if slowest > MAX_PATTERN_SECONDS:
            break
    return slowest
