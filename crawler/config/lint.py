"""Warn about likely mistakes in a valid ``sources.toml``; :mod:`crawler.config.loader` reports the errors.

A warning never keeps a crawl from starting: the file may mean exactly what it says.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from cleaning.urls import get_site
from crawler.config.loader import ParsedConfig
from crawler.config.models import Problem, SourceConfig
from crawler.config.opt_out import OptOutList
from crawler.urls.user_patterns import find_match

_PROBE_PATHS: Final = ("2024/01/31/harbour-reopens-after-storm", "harbour-reopens-0815.html", "?p=0815")
"""Typical ends of article URLs. A pattern that matches before each of them does not depend on the article, so it
matches every URL of the site."""


def find_warnings(reading: ParsedConfig, name: str) -> tuple[Problem, ...]:
    """Return warnings about the sources of a parsed file, sorted by line.

    They cover sources that share a host or a feed, sources on the opt-out list, and patterns that exclude everything or
    have no effect. ``name`` is the file name that the warnings show.
    """
    found = [
        *_find_shared_hosts(reading),
        *_find_shared_feeds(reading),
        *_find_opted_out(reading),
        *_find_useless_patterns(reading),
    ]
    problems = {Problem(name, _find_line(reading, number, key), text) for number, key, text in found}
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.text)))


LintFindings = Iterator[tuple[int, str, str]]
"""Position of a source in ``ParsedConfig.config``, the key, and a sentence without a full stop."""


def _find_line(reading: ParsedConfig, position: int, key: str) -> int:
    path = ("source", reading.source_numbers[position], key)
    return reading.positions[path if path in reading.positions else path[:2]].line


def _find_shared_hosts(reading: ParsedConfig) -> LintFindings:
    # The corpus identifies a site by its host, so two sources on one host share their frontier, profile and articles.
    positions: dict[str, list[int]] = defaultdict(list)
    for position, source in enumerate(reading.config.sources):
        positions[get_site(source.url)].append(position)
    for host, (first, *others) in positions.items():
        for position in others:
            line = _find_line(reading, first, "url")
            yield position, "url", f"{host} is also the host in line {line}; both are crawled as one site"
    for position, source in enumerate(reading.config.sources):
        for host in source.hosts:
            for other in positions.get(host, ()):
                if other != position:
                    line = _find_line(reading, other, "url")
                    yield position, "hosts", f"{host} is already a source of its own in line {line}"


def _find_shared_feeds(reading: ParsedConfig) -> LintFindings:
    seen: dict[str, int] = {}
    for position, source in enumerate(reading.config.sources):
        for feed in source.feeds:
            if seen.setdefault(feed, position) != position:
                line = _find_line(reading, seen[feed], "feeds")
                yield position, "feeds", f"the feed {feed} is also listed in line {line}"


def _find_opted_out(reading: ParsedConfig) -> LintFindings:
    listed = OptOutList(reading.config.crawl.opt_out)
    for position, source in enumerate(reading.config.sources):
        if entry := listed.find_entry(source.url):
            yield position, "url", f"{source.url} is never fetched: {entry} is on the opt-out list"


def _find_useless_patterns(reading: ParsedConfig) -> LintFindings:
    for position, source in enumerate(reading.config.sources):
        for pattern in source.exclude:
            if _is_found_in_prefix(pattern, source.url):
                yield position, "exclude", f'"{pattern}" matches {source.url} itself, so it excludes every article'
        yield from ((position, "include", text) for text in _find_dead_includes(source))


def _is_found_in_prefix(pattern: str, url: str) -> bool:
    """Return whether a pattern matches the folder of a URL, and so every URL below it.

    Patterns are searched in the whole URL, host included: ``a[.]example`` excludes all of ``https://a.example/``, a
    pattern such as ``/sponsored/`` or ``/$`` does not.
    """
    folder = urljoin(url, ".")
    matches = [find_match(pattern, folder + probe) for probe in _PROBE_PATHS]
    return all(match is not None and match[1] <= len(folder) for match in matches)


def _find_dead_includes(source: SourceConfig) -> Iterator[str]:
    for included in source.include:
        for excluded in source.exclude:
            # Only plain texts are compared: whether one regular expression covers another is not worth deciding.
            is_part = excluded in included and not re.search(r"[\\^$.|?*+()\[\]{}]", excluded + included)
            if included == excluded or is_part:
                yield f'"{included}" has no effect: `exclude` has "{excluded}"'
