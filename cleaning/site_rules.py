"""What a user knows of single sites, and what it changes on a page: lines to drop and to keep, clutter, and where the
article and its metadata stand.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from lxml import html

from cleaning.article import Removal
from cleaning.html.selectors import compile_xpath
from cleaning.lines.boilerplate import build_field_values
from cleaning.lines.line import KnownMetadata, Line, StepResult
from cleaning.lines.normalization import normalize_punctuation, strip_edge_marks
from cleaning.lines.person_names import parse_names
from cleaning.lines.steps.pipeline import strip_lines
from cleaning.metadata.date_parsing import Timestamp, parse_visible_date

_RULE_PREFIX = "site"


@dataclass(frozen=True, slots=True)
class SiteLineRule:
    """A line of a site that goes, or stays: a pattern for the whole of it, with examples."""

    pattern: re.Pattern[str]
    harvest: str | None = None
    drops: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    def match(self, text: str) -> re.Match[str] | None:
        """How the pattern reads a line, in the spelling that all rules match; ``None`` where it does not."""
        return self.pattern.fullmatch(normalize_punctuation(text)) or self.pattern.fullmatch(
            strip_edge_marks(normalize_punctuation(text))
        )


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What is known of one site."""

    domain: str
    content: str | None = None
    """XPath, like the other places; made from CSS where the file has that."""
    remove: tuple[str, ...] = ()
    title: str | None = None
    authors: str | None = None
    published: str | None = None
    drop: tuple[SiteLineRule, ...] = ()
    keep: tuple[SiteLineRule, ...] = ()
    source: str = ""
    """The file that says so."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites by their domains: what ``load_sites`` gives and ``clean(..., sites=...)`` takes."""

    by_domain: dict[str, SiteRules] = field(default_factory=dict)

    def find_site(self, url: str | None) -> SiteRules | None:
        """The site of an address: the longest domain that it is of, or ``None``."""
        try:
            host = urlsplit(url or "").hostname or ""
        except ValueError:  # a bracket that is no IPv6 address
            return None
        labels = host.split(".")
        domains = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.by_domain[domain] for domain in domains if domain in self.by_domain), None)


NO_SITES = Sites()


@dataclass(frozen=True, slots=True)
class SiteValues:
    """What a page says at the places that its site names; ``None`` and empty where none is named, or it is empty."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None


def read_site_values(tree: html.HtmlElement, site: SiteRules, language: str | None = None) -> SiteValues:
    """Read title, authors and date where the site has them; call it before :func:`apply_site_selectors`."""
    title = next(iter(_extract_texts(tree, site.title)), None)
    names = [name for text in _extract_texts(tree, site.authors) for name in parse_names(text) or (text,)]
    dates = (parse_visible_date(text, language) for text in _extract_texts(tree, site.published))
    return SiteValues(title, tuple(dict.fromkeys(names)), next(filter(None, dates), None))


def _extract_texts(tree: html.HtmlElement, selector: str | None) -> list[str]:
    """What stands at a place: an attribute, a machine-readable ``datetime`` or ``content``, or the text."""
    found = compile_xpath(selector)(tree) if selector else []
    texts = (
        one if isinstance(one, str) else one.get("datetime") or one.get("content") or "".join(one.itertext())
        for one in (found if isinstance(found, list) else [str(found)])
    )
    return [text for text in (" ".join(text.split()) for text in texts) if text]


def apply_site_selectors(tree: html.HtmlElement, site: SiteRules) -> tuple[Removal, ...]:
    """Delete a site's clutter from a page.

    Returns:
        The texts that went.
    """
    removals = [
        _remove_element(element, site) for selector in site.remove for element in _select_elements(tree, selector)
    ]
    return tuple(removal for removal in removals if removal.text)


def cut_to_content(tree: html.HtmlElement, site: SiteRules) -> bool:
    """Leave of a page's body nothing but the site's article; the head stays.

    Returns:
        Whether that was done. A page that has nothing at the article's place is left whole: a site that changes its
        layout loses no text.
    """
    body = tree.find("body")
    content = _select_elements(tree, site.content) if site.content else []
    inner = [element for element in content if not any(above in content for above in element.iterancestors())]
    if not inner or body is None or body in content:
        return False
    for element in inner:
        element.tail = None
    body[:] = inner
    body.text = None
    return True


def _select_elements(tree: html.HtmlElement, selector: str) -> list[html.HtmlElement]:
    found = compile_xpath(selector)(tree)
    return [
        one
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, html.HtmlElement) and one.getparent() is not None
    ]


def _remove_element(element: html.HtmlElement, site: SiteRules) -> Removal:
    text = " ".join("".join(element.itertext()).split())
    element.drop_tree()
    return Removal("drop_site_clutter", f"{_RULE_PREFIX}:{site.domain}", text)


def drop_site_lines(lines: tuple[Line, ...], site: SiteRules) -> StepResult:
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
        removals.append(Removal("drop_site_lines", f"{_RULE_PREFIX}:{site.domain}", line.text))
        harvest.extend(harvest_match(rule, match))
    return StepResult(tuple(kept), tuple(removals), tuple(harvest))


def strip_site_lines(lines: tuple[Line, ...], known: KnownMetadata, site: SiteRules | None) -> StepResult:
    """What the site's rules drop and keep, and then the general ones."""
    if site is None:
        return strip_lines(lines, known)
    own = drop_site_lines(lines, site)
    rest = strip_lines(own.lines, known)
    return replace(rest, removals=own.removals + rest.removals, harvest=own.harvest + rest.harvest)


def harvest_match(rule: SiteLineRule, match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of a field and its value that a dropped line gives: the group ``value``, or the first group."""
    groups = match.groupdict().get("value") or next(iter(match.groups()), None)
    return build_field_values(rule.harvest, groups) if rule.harvest and groups else ()
