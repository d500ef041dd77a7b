"""Site files: the user's rules for single sites, in TOML.

Files are checked strictly, since a misspelt key would otherwise be ignored without notice. ``docs/rules.md`` explains
the format; in short::

    [[site]]
    domain = "news.example"              # with its subdomains
    content = "#story"                   # the article, if the cleaner does not find it
    remove = [".promo", "//aside[2]"]    # clutter inside it
    title = "h1.headline"
    authors = ".byline a"
    published = "time"

    [[site.drop]]                        # a line to remove: a regular expression for the whole line
    pattern = "Weather desk: (?P<value>.+)"
    harvest = "editors"
    drops = ["Weather desk: Ali Musa"]
    keeps = ["The weather desk was empty."]

    [[site.keep]]                        # a line to keep, whatever the general rules say
    pattern = "Share of the vote"
    keeps = ["Share of the vote"]

A selector is simple CSS (tags, ``#id``, ``.class``, ``[attribute=value]``, a space for "inside", a comma for "or") or,
if it begins with ``/`` or ``(``, XPath.
"""

import re
import tomllib
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lxml import etree

from cleaning.html.selectors import compile_xpath, to_xpath
from cleaning.lines.normalization import normalize_punctuation
from cleaning.site_rules import SiteLineRule, SiteRules, Sites

HARVEST_FIELDS = (
    "authors",
    "editors",
    "translators",
    "contributors",
    "credits",
    "photo_credits",
    "published",
    "modified",
)
"""The fields of the article that a removed line may fill."""

_SELECTOR_KEYS = ("content", "title", "authors", "published")


class SitesError(ValueError):
    """Raised for a site file that cannot be used. The message names the file, the site and the reason."""


def load_sites(*paths: str | Path) -> Sites:
    """Load site rules from TOML files.

    Args:
        paths: TOML files, or folders of ``*.toml`` files. If several define the same domain, the last one applies.

    Raises:
        SitesError: a file cannot be read, is not TOML, or has an unknown key or an invalid pattern or selector.
    """
    sites = [site for path in paths for file in _list_files(Path(path)) for site in _read_sites(file)]
    return Sites({site.domain: site for site in sites})


def _list_files(path: Path) -> list[Path]:
    """Return the TOML files of a folder in alphabetical order, or the file itself."""
    return sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _read_sites(file: Path) -> list[SiteRules]:
    try:
        book = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:  # also a number of more than 4,300 digits
        raise SitesError(f"{file}: {error}") from error
    except RecursionError as error:
        raise SitesError(f"{file}: it is nested too deeply") from error
    _reject_unknown_keys(book, ("site",), str(file))
    return [_build_site(entry, file) for entry in _check_tables(book.get("site", []), f"{file}: site")]


def _build_site(entry: dict[str, Any], file: Path) -> SiteRules:
    """Build the rules of a ``[[site]]`` table."""
    _reject_unknown_keys(entry, [one.name for one in fields(SiteRules) if one.name != "source"], f"{file}: a site")
    domain = str(entry.get("domain", "")).lower()
    if not re.fullmatch(r"[^\s/:]+\.[^\s/:]+", domain):
        raise SitesError(f"{file}: a site needs a domain such as 'news.example', not {domain!r}")
    where = f"{file}: {domain}"
    selectors = {key: _parse_selector(entry[key], f"{where}: {key}") for key in _SELECTOR_KEYS if key in entry}
    return SiteRules(
        domain=domain,
        remove=tuple(
            _parse_selector(one, f"{where}: remove")
            for one in _check_texts(entry.get("remove", []), f"{where}: remove")
        ),
        drop=_build_lines(entry, "drop", where),
        keep=_build_lines(entry, "keep", where),
        source=str(file),
        **selectors,
    )


def _build_lines(entry: dict[str, Any], kind: str, where: str) -> tuple[SiteLineRule, ...]:
    return tuple(_build_line(one, f"{where}: {kind}") for one in _check_tables(entry.get(kind, []), f"{where}: {kind}"))


def _build_line(entry: dict[str, Any], where: str) -> SiteLineRule:
    """Build the rule of a ``[[site.drop]]`` or ``[[site.keep]]`` table."""
    _reject_unknown_keys(entry, ("pattern", "harvest", "drops", "keeps"), where)
    # Lines are matched in a normalised spelling (plain dashes and quotes), so the pattern needs the same spelling.
    try:
        pattern = re.compile(
            normalize_punctuation(_check_text(entry.get("pattern"), f"{where}: pattern")), re.IGNORECASE
        )
    except re.error as error:
        raise SitesError(f"{where}: pattern {entry['pattern']!r}: {error}") from error
    harvest = entry.get("harvest")
    if harvest is not None and harvest not in HARVEST_FIELDS:
        raise SitesError(f"{where}: {_describe_unknown(harvest, HARVEST_FIELDS, 'harvest')}")
    examples = {key: tuple(_check_texts(entry.get(key, []), f"{where}: {key}")) for key in ("drops", "keeps")}
    return SiteLineRule(pattern, harvest, **examples)


def _parse_selector(value: object, where: str) -> str:
    """Return a selector as XPath; it is compiled here once, so that an error is reported with its file and site."""
    text = _check_text(value, where).strip()
    try:
        xpath = text if text[0] in "/(" else to_xpath(text)
        compile_xpath(xpath)
        return xpath
    except (ValueError, etree.XPathError) as error:
        raise SitesError(f"{where}: selector {text!r}: {error}") from error


def _check_tables(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise SitesError(f"{where} must be an array of tables, each under [[...]]")
    return value


def _check_texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list):
        raise SitesError(f"{where} must be a list of strings")
    return [_check_text(one, where) for one in value]


def _check_text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SitesError(f"{where} must be a non-empty string, not {value!r}")
    return value


def _reject_unknown_keys(entry: dict[str, Any], known: tuple[str, ...] | list[str], where: str) -> None:
    for key in entry:
        if key not in known:
            raise SitesError(f"{where}: {_describe_unknown(key, known, 'key')}")


def _describe_unknown(word: object, known: tuple[str, ...] | list[str], kind: str) -> str:
    """Return the message for an unknown word, with the closest known word as a suggestion."""
    close = get_close_matches(str(word), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"must be one of {', '.join(known)}"
    return f"unknown {kind} {word!r}; {hint}"
