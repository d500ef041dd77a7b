"""What a user knows of single sites: lines to drop and to keep, clutter, where the article and its metadata stand.

A site file is TOML. ``docs/rules.md`` explains it; in short::

    [[site]]
    domain = "news.example"              # with its subdomains
    content = "#story"                   # where the article stands, if the cleaner errs
    remove = [".promo", "//aside[2]"]    # clutter inside it
    title = "h1.headline"
    authors = ".byline a"
    published = "time"

    [[site.drop]]                        # a line, as a regular expression for the whole of it
    pattern = "Weather desk: (?P<value>.+)"
    harvest = "editors"
    drops = ["Weather desk: Ali Musa"]
    keeps = ["The weather desk was empty."]

    [[site.keep]]                        # a line that the general rules take for boilerplate
    pattern = "Share of the vote"
    keeps = ["Share of the vote"]

A selector is CSS of the simple kind (tags, ``#id``, ``.class``, ``[attribute=value]``, a space for "inside", a comma
for "or") or, where it begins with ``/`` or ``(``, XPath.
"""

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from cleaning.article import Removal
from cleaning.lines.boilerplate import people_or_value
from cleaning.lines.line import Known, Line, Stripped
from cleaning.lines.normalization import bare, tidy
from cleaning.lines.person_names import name_list
from cleaning.lines.steps.pipeline import strip_lines
from cleaning.metadata.date_parsing import Stamp, read_visible_date

HARVESTS = ("authors", "editors", "translators", "contributors", "credits", "photo_credits", "published", "modified")
"""The fields of the article that a dropped line may fill."""

_STEP = "site"
_SIMPLE = re.compile(
    r"(?P<tag>[a-zA-Z][\w-]*|\*)?(?P<rest>(?:[#.][\w-]+|\[[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|[\w-]+))?\])*)"
)
_PART = re.compile(r"[#.][\w-]+|\[[^\]]+\]")


class SitesError(ValueError):
    """A site file cannot be used: it says which file, which site and why."""


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A line of a site that goes, or stays: a pattern for the whole of it, with examples."""

    pattern: re.Pattern[str]
    harvest: str | None = None
    drops: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    def match(self, text: str) -> re.Match[str] | None:
        """How the pattern reads a line, in the spelling that all rules match; ``None`` where it does not."""
        return self.pattern.fullmatch(tidy(text)) or self.pattern.fullmatch(bare(tidy(text)))


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of one site."""

    domain: str
    content: str | None = None
    """XPath, like the other places; made from CSS where the file has that."""
    remove: tuple[str, ...] = ()
    title: str | None = None
    authors: str | None = None
    published: str | None = None
    drop: tuple[SiteLine, ...] = ()
    keep: tuple[SiteLine, ...] = ()
    source: str = ""
    """The file that says so."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites by their domains: what ``load_sites`` gives and ``clean(..., sites=...)`` takes."""

    by_domain: dict[str, Site] = field(default_factory=dict)

    def of(self, url: str | None) -> Site | None:
        """The site of an address: the longest domain that it is of, or ``None``."""
        try:
            host = urlsplit(url or "").hostname or ""
        except ValueError:  # a bracket that is no IPv6 address
            return None
        labels = host.split(".")
        domains = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.by_domain[domain] for domain in domains if domain in self.by_domain), None)


NO_SITES = Sites()


def load_sites(*paths: str | Path) -> Sites:
    """Read site files.

    Args:
        paths: TOML files, or folders of them. Where two tell of the same domain, the later one holds.

    Raises:
        SitesError: a file cannot be read or is no TOML; a key, pattern or selector in it is wrong.
    """
    sites = [site for path in paths for file in _files(Path(path)) for site in _sites_of(file)]
    return Sites({site.domain: site for site in sites})


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _sites_of(file: Path) -> list[Site]:
    try:
        book = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SitesError(f"{file}: {error}") from error
    _refuse_unknown(book, ("site",), str(file))
    return [_site(entry, file) for entry in _tables(book.get("site", []), f"{file}: site")]


def _site(entry: dict[str, Any], file: Path) -> Site:
    _refuse_unknown(entry, [one.name for one in fields(Site) if one.name != "source"], f"{file}: a site")
    domain = str(entry.get("domain", "")).lower()
    if not re.fullmatch(r"[^\s/:]+\.[^\s/:]+", domain):
        raise SitesError(f"{file}: a site needs a domain such as 'news.example', not {domain!r}")
    where = f"{file}: {domain}"
    selectors = {key: _selector(entry[key], f"{where}: {key}") for key in _SELECTORS if key in entry}
    return Site(
        domain=domain,
        remove=tuple(_selector(one, f"{where}: remove") for one in _texts(entry.get("remove", []), f"{where}: remove")),
        drop=_lines(entry, "drop", where),
        keep=_lines(entry, "keep", where),
        source=str(file),
        **selectors,
    )


_SELECTORS = ("content", "title", "authors", "published")


def _lines(entry: dict[str, Any], kind: str, where: str) -> tuple[SiteLine, ...]:
    return tuple(_line(one, f"{where}: {kind}") for one in _tables(entry.get(kind, []), f"{where}: {kind}"))


def _line(entry: dict[str, Any], where: str) -> SiteLine:
    _refuse_unknown(entry, ("pattern", "harvest", "drops", "keeps"), where)
    try:
        pattern = re.compile(tidy(_text(entry.get("pattern"), f"{where}: pattern")), re.IGNORECASE)
    except re.error as error:
        raise SitesError(f"{where}: pattern {entry['pattern']!r}: {error}") from error
    harvest = entry.get("harvest")
    if harvest is not None and harvest not in HARVESTS:
        raise SitesError(f"{where}: {_unknown(harvest, HARVESTS, 'harvest')}")
    examples = {key: tuple(_texts(entry.get(key, []), f"{where}: {key}")) for key in ("drops", "keeps")}
    return SiteLine(pattern, harvest, **examples)


def _tables(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise SitesError(f"{where} must be tables, each under [[...]]")
    return value


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list):
        raise SitesError(f"{where} must be a list of texts")
    return [_text(one, where) for one in value]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SitesError(f"{where} must be a text, not {value!r}")
    return value


def _refuse_unknown(entry: dict[str, Any], known: tuple[str, ...] | list[str], where: str) -> None:
    for key in entry:
        if key not in known:
            raise SitesError(f"{where}: {_unknown(key, known, 'key')}")


def _unknown(word: object, known: tuple[str, ...] | list[str], what: str) -> str:
    close = get_close_matches(str(word), known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
    return f"unknown {what} {word!r}; {meant}"


def _selector(value: object, where: str) -> str:
    text = _text(value, where).strip()
    try:
        xpath = text if text[0] in "/(" else _xpath_of(text)
        _compiled(xpath)
        return xpath
    except (ValueError, etree.XPathError) as error:
        raise SitesError(f"{where}: selector {text!r}: {error}") from error


@cache
def _compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath)


def _xpath_of(css: str) -> str:
    """XPath for CSS of the simple kind.

    >>> _xpath_of("div.story p")
    "//div[contains(concat(' ', normalize-space(@class), ' '), ' story ')]//p"
    """
    return " | ".join("".join(f"//{_step_of(simple)}" for simple in one.split()) for one in css.split(","))


def _step_of(simple: str) -> str:
    match = _SIMPLE.fullmatch(simple)
    if match is None or not simple:
        raise ValueError(f"{simple!r} is no simple selector: tag, #id, .class, [attribute=value], or XPath from / on")
    return (match["tag"] or "*") + "".join(map(_condition_of, _PART.findall(match["rest"])))


def _condition_of(part: str) -> str:
    if part[0] == "#":
        return f"[@id='{part[1:]}']"
    if part[0] == ".":
        return f"[contains(concat(' ', normalize-space(@class), ' '), ' {part[1:]} ')]"
    name, _, value = part[1:-1].partition("=")
    return f"[@{name}='{value.strip(chr(34) + chr(39))}']" if value else f"[@{name}]"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says at the places that its site names; ``None`` and empty where none is named, or it is empty."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Stamp | None = None


def read_stated(tree: html.HtmlElement, site: Site, language: str | None = None) -> Stated:
    """Title, authors and date from where the site has them. Ask before :func:`apply_site_tree` removes anything."""
    title = next(iter(_texts_at(tree, site.title)), None)
    names = [name for text in _texts_at(tree, site.authors) for name in name_list(text) or (text,)]
    dates = (read_visible_date(text, language) for text in _texts_at(tree, site.published))
    return Stated(title, tuple(dict.fromkeys(names)), next(filter(None, dates), None))


def _texts_at(tree: html.HtmlElement, selector: str | None) -> list[str]:
    """What stands at a place: an attribute, a machine-readable ``datetime`` or ``content``, or the text."""
    found = _compiled(selector)(tree) if selector else []
    texts = (
        one if isinstance(one, str) else one.get("datetime") or one.get("content") or "".join(one.itertext())
        for one in (found if isinstance(found, list) else [str(found)])
    )
    return [text for text in (" ".join(text.split()) for text in texts) if text]


def apply_site_tree(tree: html.HtmlElement, site: Site) -> tuple[Removal, ...]:
    """Delete a site's clutter from a page.

    Returns:
        The texts that went.
    """
    removals = [_removed(element, site) for selector in site.remove for element in _elements(tree, selector)]
    return tuple(removal for removal in removals if removal.text)


def cut_to_content(tree: html.HtmlElement, site: Site) -> bool:
    """Leave of a page's body nothing but the site's article; the head stays.

    Returns:
        Whether that was done. A page that has nothing at the article's place is left whole: a site that changes its
        layout loses no text.
    """
    body = tree.find("body")
    content = _elements(tree, site.content) if site.content else []
    inner = [element for element in content if not any(above in content for above in element.iterancestors())]
    if not inner or body is None or body in content:
        return False
    for element in inner:
        element.tail = None
    body[:] = inner
    body.text = None
    return True


def _elements(tree: html.HtmlElement, selector: str) -> list[html.HtmlElement]:
    found = _compiled(selector)(tree)
    return [
        one
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, html.HtmlElement) and one.getparent() is not None
    ]


def _removed(element: html.HtmlElement, site: Site) -> Removal:
    text = " ".join("".join(element.itertext()).split())
    element.drop_tree()
    return Removal("drop_site_clutter", f"{_STEP}:{site.domain}", text)


def drop_site_lines(lines: tuple[Line, ...], site: Site) -> Stripped:
    """Drop the lines that the site's patterns read, and mark those that must stay, whatever the general rules say."""
    kept: list[Line] = []
    removals: list[Removal] = []
    harvest: list[tuple[str, str]] = []
    for line in lines:
        if any(rule.match(line.text) for rule in site.keep):
            kept.append(replace(line, kept=True))
            continue
        match, rule = next(((match, rule) for rule in site.drop if (match := rule.match(line.text))), (None, None))
        if match is None or rule is None:
            kept.append(line)
            continue
        removals.append(Removal("drop_site_lines", f"{_STEP}:{site.domain}", line.text))
        harvest.extend(harvested(rule, match))
    return Stripped(tuple(kept), tuple(removals), tuple(harvest))


def strip_site_lines(lines: tuple[Line, ...], known: Known, site: Site | None) -> Stripped:
    """What the site's rules drop and keep, and then the general ones."""
    if site is None:
        return strip_lines(lines, known)
    own = drop_site_lines(lines, site)
    rest = strip_lines(own.lines, known)
    return replace(rest, removals=own.removals + rest.removals, harvest=own.harvest + rest.harvest)


def harvested(rule: SiteLine, match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of a field and its value that a dropped line gives: the group ``value``, or the first group."""
    groups = match.groupdict().get("value") or next(iter(match.groups()), None)
    return people_or_value(rule.harvest, groups) if rule.harvest and groups else ()
