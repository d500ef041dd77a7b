"""What is allowed in ``sources.toml``, and hardly meant: warnings beside the errors of :mod:`crawler.config.loader`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from cleaning.urls import get_site
from crawler.config.loader import ParsedConfig
from crawler.config.models import Problem, SourceConfig
from crawler.config.opt_out import OptOutList

_PROBE_PATHS: Final = ("2024/01/31/harbour-reopens-after-storm", "harbour-reopens-0815.html", "?p=0815")
"""What addresses of articles end in; a pattern that is found in front of each of them says nothing of the article."""


def find_warnings(reading: ParsedConfig, name: str) -> tuple[Problem, ...]:
    """Warnings about the sources that a file called ``name`` names, by line."""
    found = [
        *_find_shared_hosts(reading),
        *_find_shared_feeds(reading),
        *_find_opted_out(reading),
        *_find_useless_patterns(reading),
    ]
    problems = {Problem(name, _find_line(reading, number, key), text) for number, key, text in found}
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.text)))


LintFindings = Iterator[tuple[int, str, str]]
"""Position of a source in ``Reading.config``, the key, and a sentence without a full stop."""


def _find_line(reading: ParsedConfig, position: int, key: str) -> int:
    path = ("source", reading.source_numbers[position], key)
    return reading.positions[path if path in reading.positions else path[:2]].line


def _find_shared_hosts(reading: ParsedConfig) -> LintFindings:
    positions: dict[str, list[int]] = defaultdict(list)
    for position, source in enumerate(reading.config.sources):
        positions[get_site(source.url)].append(position)
    for host, (first, *others) in positions.items():
        for position in others:
            line = _find_line(reading, first, "url")
            yield position, "url", f"{host} is the host of line {line} too; both are crawled as one site"
    for position, source in enumerate(reading.config.sources):
        for host in source.hosts:
            for other in positions.get(host, ()):
                if other != position:
                    line = _find_line(reading, other, "url")
                    yield position, "hosts", f"{host} is a source of its own, in line {line}"


def _find_shared_feeds(reading: ParsedConfig) -> LintFindings:
    seen: dict[str, int] = {}
    for position, source in enumerate(reading.config.sources):
        for feed in source.feeds:
            if seen.setdefault(feed, position) != position:
                line = _find_line(reading, seen[feed], "feeds")
                yield position, "feeds", f"{feed} is a feed of line {line} too"


def _find_opted_out(reading: ParsedConfig) -> LintFindings:
    listed = OptOutList(reading.config.crawl.opt_out)
    for position, source in enumerate(reading.config.sources):
        if entry := listed.find_entry(source.url):
            yield position, "url", f"{source.url} is opted out by {entry}, and never fetched"


def _find_useless_patterns(reading: ParsedConfig) -> LintFindings:
    for position, source in enumerate(reading.config.sources):
        for pattern in source.exclude:
            if _is_found_in_prefix(pattern, source.url):
                yield position, "exclude", f'"{pattern}" is found in {source.url} itself: no article is taken'
        yield from ((position, "include", text) for text in _find_dead_includes(source))


def _is_found_in_prefix(pattern: str, url: str) -> bool:
    """Whether a pattern is found in an address, and so in all that begin with it."""
    folder = urljoin(url, ".")
    matches = [re.search(pattern, folder + probe) for probe in _PROBE_PATHS]
    return all(match is not None and match.end() <= len(folder) for match in matches)


def _find_dead_includes(source: SourceConfig) -> Iterator[str]:
    for included in source.include:
        for excluded in source.exclude:
            is_part = excluded in included and not re.search(r"[\\^$.|?*+()\[\]{}]", excluded + included)
            if included == excluded or is_part:
                yield f'"{included}" takes nothing: `exclude` has "{excluded}"'
