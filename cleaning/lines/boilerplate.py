"""Is a line boilerplate? What the rules, and what is known of the page, read in it."""

import re
from dataclasses import replace
from functools import cache

from cleaning.lines.line import Known, Line, Stripped, drop_lines
from cleaning.lines.normalization import bare, folded, tidy
from cleaning.lines.patterns import requests
from cleaning.lines.people import people_of
from cleaning.lines.person_names import name_list
from cleaning.lines.prose import count_words, is_prose, is_reported
from cleaning.lines.rule_loader import MAX_LINE, Rule, line_rules
from cleaning.lines.rule_matcher import Reading, read_line, rules_that_begin

SHORT_WORDS = 24
"""Words that a line without an end of sentence has at most to be a title or a label."""
TITLE_MOST = 12
"""Words of a line that only asks the reader for something of the site's."""
LABELLED_LINK = 0.4
"""Share of a line that is a link from which on a label before it may need no colon: "À lire aussi Que faire des …"."""
LONGEST_NAMES = 160
"""Characters of a line that says nothing but the authors' names, or the site's."""
REMEMBERED = 32_768
"""Lines whose readings are remembered from page to page; within a page all are."""

_PEOPLE = frozenset({"authors", "editors", "translators", "contributors"})
_SENTENCE_MARK = re.compile(r"[.!?…。！？\"”»]$")


def read_as_boilerplate(line: Line, known: Known, zones: tuple[str, ...]) -> tuple[Reading, ...]:
    """How a line reads as boilerplate, by the rules of some zones; empty where it does not."""
    if line.kept or len(line.text) > MAX_LINE:
        return ()
    readings = _read(line.text, (*zones, "linked") if line.linked or line.link_share >= LABELLED_LINK else zones)
    if readings and not all(reading.field for reading in readings) and is_reported(line.text, quote_words=2):
        return ()
    if readings:
        return readings
    if known.site_name and _asks_for(known.site_name, line.text):
        return (Reading(_rule("prompt"), len(line.text), None),)
    return _read_as_known(line, known) if "edge" in zones else ()


def _asks_for(site_name: str, text: str) -> bool:
    """Whether a text is a short request that names the site: "Sign up for The Chalk Letter"."""
    return site_name in text and not _SENTENCE_MARK.search(text) and count_words(text) <= TITLE_MOST and requests(text)


def _read(text: str, zones: tuple[str, ...]) -> tuple[Reading, ...]:
    """The steps ask about the same line several times, and most lines no rule can begin to read."""
    begin = _begin(text)
    return _read_by(text, _rules_of(zones)) if begin and any(rule.zone in zones for rule in begin) else ()


@cache
def _begin(text: str) -> tuple[Rule, ...]:
    return rules_that_begin(bare(tidy(text)))


@cache
def _read_by(text: str, rules: tuple[Rule, ...]) -> tuple[Reading, ...]:
    return read_line(tidy(text), rules)


def trim_caches() -> None:
    """Forget the readings of earlier pages when they have become many."""
    if _begin.cache_info().currsize > REMEMBERED:
        _begin.cache_clear()
        _read_by.cache_clear()


def _read_as_known(line: Line, known: Known) -> tuple[Reading, ...]:
    """A line that says again what is known: an author's name, or the site's."""
    if len(line.text) > LONGEST_NAMES:
        return ()
    names = {folded(name) for name in known.authors}
    parts = name_list(line.text)
    if parts and all(folded(part) in names for part in parts):
        return (Reading(_rule("byline"), len(line.text), line.text, "authors"),)
    if known.site_name and folded(line.text) == folded(known.site_name):
        return (Reading(_rule("source"), len(line.text), line.text, "credits"),)
    return ()


@cache
def _rules_of(zones: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in line_rules() if rule.zone in zones)


@cache
def _rule(rule_id: str) -> Rule:
    return next(rule for rule in line_rules() if rule.id == rule_id)


def is_title_like(line: Line) -> bool:
    """Whether a line may be a headline or a label: short, and no sentence."""
    return not is_prose(line.text) and not _SENTENCE_MARK.search(line.text) and count_words(line.text) <= SHORT_WORDS


def drop_and_harvest(lines: tuple[Line, ...], readings: dict[int, tuple[Reading, ...]], step: str) -> Stripped:
    """Drop the lines that rules read, by their indices, and keep what they say."""
    stripped = drop_lines(lines, {i: found[0].rule.id for i, found in readings.items()}, step)
    harvest = tuple(pair for i in sorted(readings) for pair in harvest_values(readings[i]))
    flags = tuple(sorted({r.rule.flag for found in readings.values() for r in found if r.rule.flag}))
    return replace(stripped, harvest=harvest, flags=flags)


def harvest_values(readings: tuple[Reading, ...]) -> tuple[tuple[str, str], ...]:
    """The values that readings give."""
    said = ((reading.field, reading.value) for reading in readings)
    return tuple(pair for field, value in said if field and value for pair in people_or_value(field, value))


def people_or_value(field: str, value: str) -> tuple[tuple[str, str], ...]:
    """A field with its value: names one by one, outlets and photo credits as they stand."""
    if field not in _PEOPLE:
        return ((field, value.strip(" .()[]")),)
    return tuple((field, name) for name in people_of(value))
