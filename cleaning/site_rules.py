"""Rules for single sites, written by the user: lines to drop and to keep, clutter to delete, and the places of the
article and its metadata. :mod:`cleaning.site_files` loads them; this module applies them to a page.
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
"""Removals by a site's rules have the rule ``site:<domain>``."""


@dataclass(frozen=True, slots=True)
class SiteLineRule:
    """A pattern for lines that a site's pages must lose, or must keep, with examples."""

    pattern: re.Pattern[str]
    """Matches a whole line."""
    harvest: str | None = None
    """The field of the article that receives the value of a dropped line, if any."""
    drops: tuple[str, ...] = ()
    """Examples that are dropped."""
    keeps: tuple[str, ...] = ()
    """Examples that are kept."""

    def match(self, text: str) -> re.Match[str] | None:
        """Match a line, with or without the bullets and brackets around it; ``None`` if it does not match.

        The line is normalised first (plain dashes, quotes and spaces), as for the general rules.
        """
        return self.pattern.fullmatch(normalize_punctuation(text)) or self.pattern.fullmatch(
            strip_edge_marks(normalize_punctuation(text))
        )


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of one site. All places are XPath; CSS selectors of the file have been translated."""

    domain: str
    """The domain, in lower case; the rules apply to its subdomains too."""
    content: str | None = None
    """The place of the article; ``None`` leaves it to the classifier."""
    remove: tuple[str, ...] = ()
    """Elements to delete."""
    title: str | None = None
    """The place of the headline."""
    authors: str | None = None
    """The place of the authors' names."""
    published: str | None = None
    """The place of the date of publication."""
    drop: tuple[SiteLineRule, ...] = ()
    """Lines to remove."""
    keep: tuple[SiteLineRule, ...] = ()
    """Lines to keep, whatever the general rules say."""
    source: str = ""
    """The file that defines the site."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The rules of all sites: the result of ``load_sites``, and the argument ``sites`` of ``clean``."""

    by_domain: dict[str, SiteRules] = field(default_factory=dict)
    """The rules by domain, in lower case."""

    def find_site(self, url: str | None) -> SiteRules | None:
        """Return the rules for a URL, or ``None`` if there are none. The longest domain that contains its host wins.

        >>> sites = Sites({"news.example": SiteRules("news.example")})
        >>> sites.find_site("https://www.news.example/a").domain, sites.find_site("https://oldnews.example/a")
        ('news.example', None)
        """
        try:
            host = urlsplit(url or "").hostname or ""
        except ValueError:
            # Brackets in the host that are not an IPv6 address.
            return None
        labels = host.split(".")
        domains = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.by_domain[domain] for domain in domains if domain in self.by_domain), None)


NO_SITES = Sites()
"""The default: no rules for single sites."""


@dataclass(frozen=True, slots=True)
class SiteValues:
    """The values at the places that a site's rules name; ``None`` or empty if the rules name none, or it is empty."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None


def read_site_values(tree: html.HtmlElement, site: SiteRules, language: str | None = None) -> SiteValues:
    """Read the title, authors and date at the places that the site's rules name.

    Call it before :func:`apply_site_selectors` and :func:`cut_to_content`, which delete elements.

    Args:
        tree: the page.
        site: the rules of its site.
        language: the language that the page declares; dates such as 3/4/2025 depend on it.
    """
    title = next(iter(_extract_texts(tree, site.title)), None)
    names = [name for text in _extract_texts(tree, site.authors) for name in parse_names(text) or (text,)]
    dates = (parse_visible_date(text, language) for text in _extract_texts(tree, site.published))
    return SiteValues(title, tuple(dict.fromkeys(names)), next(filter(None, dates), None))


def _extract_texts(tree: html.HtmlElement, selector: str | None) -> list[str]:
    """Return the texts at a place: the value of an attribute, or an element's ``datetime``, ``content`` or text."""
    found = compile_xpath(selector)(tree) if selector else []
    texts = (
        one if isinstance(one, str) else one.get("datetime") or one.get("content") or "".join(one.itertext())
        for one in (found if isinstance(found, list) else [str(found)])
    )
    return [text for text in (" ".join(text.split()) for text in texts) if text]


def apply_site_selectors(tree: html.HtmlElement, site: SiteRules) -> tuple[Removal, ...]:
    """Delete the elements from a page that the site's rules call clutter.

    Returns:
        A removal for each element that had text.
    """
    removals = [
        _remove_element(element, site) for selector in site.remove for element in _select_elements(tree, selector)
    ]
    return tuple(removal for removal in removals if removal.text)


def cut_to_content(tree: html.HtmlElement, site: SiteRules) -> bool:
    """Cut the body of a page down to the elements that the site's rules name as the article; the head is kept.

    Returns:
        Whether the page was cut. A page without such an element is left whole, so that no article is lost when a site
        changes its layout.
    """
    body = tree.find("body")
    content = _select_elements(tree, site.content) if site.content else []
    # If the selector matches an element and its ancestor, only the ancestor counts: its text would come twice.
    inner = [element for element in content if not any(above in content for above in element.iterancestors())]
    if not inner or body is None or body in content:
        return False
    for element in inner:
        element.tail = None
    body[:] = inner
    body.text = None
    return True


def _select_elements(tree: html.HtmlElement, selector: str) -> list[html.HtmlElement]:
    """Return the elements at a place, without the root, which can neither be deleted nor cut out."""
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
    """Drop the lines that the site's rules name, and mark those that the general rules must keep.

    If a line matches both, it is kept.
    """
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
    """Remove boilerplate lines by the site's rules, if there are any, and then by the general rules."""
    if site is None:
        return strip_lines(lines, known)
    by_site = drop_site_lines(lines, site)
    rest = strip_lines(by_site.lines, known)
    return replace(rest, removals=by_site.removals + rest.removals, harvest=by_site.harvest + rest.harvest)


def harvest_match(rule: SiteLineRule, match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    """Return the values in a dropped line, as pairs of a field and a value.

    The value is the group ``value`` of the rule's pattern, or else its first group; without either there is none.
    """
    value = match.groupdict().get("value") or next(iter(match.groups()), None)
    return build_field_values(rule.harvest, value) if rule.harvest and value else ()
