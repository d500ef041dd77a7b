"""What is allowed in ``sources.toml``, and hardly meant: warnings beside the errors of :mod:`crawler.config.loader`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from cleaning.urls import site_of
from crawler.config.loader import Reading
from crawler.config.models import Problem, SourceConfig
from crawler.config.opt_out import OptOut

_PROBES: Final = ("2024/01/31/harbour-reopens-after-storm", "harbour-reopens-0815.html", "?p=0815")
"""What addresses of articles end in; a pattern that is found in front of each of them says nothing of the article."""


def warnings_of(reading: Reading, name: str) -> tuple[Problem, ...]:
    """Warnings about the sources that a file called ``name`` names, by line."""
    found = [*_same_hosts(reading), *_same_feeds(reading), *_opted_out(reading), *_patterns(reading)]
    problems = {Problem(name, _line(reading, number, key), text) for number, key, text in found}
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.text)))


Found = Iterator[tuple[int, str, str]]
"""Position of a source in ``Reading.config``, the key, and a sentence without a full stop."""


def _line(reading: Reading, position: int, key: str) -> int:
    path = ("source", reading.numbers[position], key)
    return reading.places[path if path in reading.places else path[:2]].line


def _same_hosts(reading: Reading) -> Found:
    positions: dict[str, list[int]] = defaultdict(list)
    for position, source in enumerate(reading.config.sources):
        positions[site_of(source.url)].append(position)
    for host, (first, *others) in positions.items():
        for position in others:
            line = _line(reading, first, "url")
            yield position, "url", f"{host} is the host of line {line} too; both are crawled as one site"
    for position, source in enumerate(reading.config.sources):
        for host in source.hosts:
            for other in positions.get(host, ()):
                if other != position:
                    line = _line(reading, other, "url")
                    yield position, "hosts", f"{host} is a source of its own, in line {line}"


def _same_feeds(reading: Reading) -> Found:
    seen: dict[str, int] = {}
    for position, source in enumerate(reading.config.sources):
        for feed in source.feeds:
            if seen.setdefault(feed, position) != position:
                line = _line(reading, seen[feed], "feeds")
                yield position, "feeds", f"{feed} is a feed of line {line} too"


def _opted_out(reading: Reading) -> Found:
    listed = OptOut(reading.config.crawl.opt_out)
    for position, source in enumerate(reading.config.sources):
        if entry := listed.entry_for(source.url):
            yield position, "url", f"{source.url} is opted out by {entry}, and never fetched"


def _patterns(reading: Reading) -> Found:
    for position, source in enumerate(reading.config.sources):
        for pattern in source.exclude:
            if _is_in_front(pattern, source.url):
                yield position, "exclude", f'"{pattern}" is found in {source.url} itself: no article is taken'
        yield from ((position, "include", text) for text in _never_taken(source))


def _is_in_front(pattern: str, url: str) -> bool:
    """Whether a pattern is found in an address, and so in all that begin with it."""
    folder = urljoin(url, ".")
    matches = [re.search(pattern, folder + probe) for probe in _PROBES]
    return all(match is not None and match.end() <= len(folder) for match in matches)


def _never_taken(source: SourceConfig) -> Iterator[str]:
    for included in source.include:
        for excluded in source.exclude:
            is_part = excluded in included and not re.search(r"[\\^$.|?*+()\[\]{}]", excluded + included)
            if included == excluded or is_part:
                yield f'"{included}" takes nothing: `exclude` has "{excluded}"'
