"""The headline of a page, without the site's name: what ``h1``, title elements and structured data agree on."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from html import unescape
from itertools import accumulate, islice
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from cleaning.lines.normalization import folded as unmemoised
from cleaning.metadata.declared import Found, Heading, Statements
from cleaning.metadata.jsonld import first_text
from cleaning.resources import load_toml

FEWEST_LETTERS = 12
"""Letters and digits that a part of a title has at least to be told from a coincidence."""
HEADLINE_WORDS = 5
"""Words from which on an ``h1`` that no title confirms is a headline of its own wording, and no section's name."""
SHARED_WORDS = 0.3
"""Share of its words that a shorter heading has from a page title of which it is another wording."""

_HEADLINE_CLASSES = frozenset(load_toml("metadata")["headline_classes"])
_ASIDE = ("nav", "aside", "footer")
_SEPARATOR = re.compile(
    r"\s+[-–—|·•»«:/│>]+\s+|\s*[|_│｜]\s*|\s+::\s+|(?<=[\u3040-\u9fff])-|:\s+|(?<=[^\x00-\x7f]):|："
)
_WORDS = re.compile(r"[^\W_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


folded = lru_cache(maxsize=1000)(unmemoised)
"""The same few titles and parts of them are compared with one another."""


class Site(NamedTuple):
    """What is known of the site: the name that the page states, and the host of its address."""

    name: Found[str] | None
    host: str = ""

    def is_named(self, text: str) -> bool:
        """Whether a text is the site's name, or what its host is called."""
        key = folded(text)
        return bool(key) and (bool(self.name and key == folded(self.name.value)) or self.is_host(key))

    def is_host(self, key: str) -> bool:
        """Whether folded letters are those of the host, with or without what stands before and after its label."""
        host = folded(self.host)
        return len(key) >= 3 and key in host and (key == host or key == folded(_label(self.host)) or len(key) > 8)


class Title(NamedTuple):
    """A page's headline, and the heading that shows it."""

    found: Found[str] | None
    heading: Heading | None


def read_site(seen: Statements, posting: Mapping[str, Any], url: str | None) -> Site:
    """The site by its own name."""
    publisher = posting.get("publisher")
    if isinstance(publisher, list):
        publisher = publisher[0] if publisher else None
    published_by = single_spaced(first_text(publisher))
    stated = seen.found("og:site_name", "application-name", "dc.publisher")
    named = _tidied(stated) or (Found(published_by, "json-ld") if published_by else None)
    return Site(named, host_of(url))


def read_title(seen: Statements, posting: Mapping[str, Any], site: Site, url: str | None) -> Title:
    """The headline: a heading that the page's titles confirm, else those titles without the site's name.

    A site's own name may be its ``h1`` and stand in ``title`` too, so titles made for sharing are asked first, and a
    heading that says what stands last in a title is none.
    """
    titles = _titles(seen, posting, site)
    headings = [heading for heading in seen.headings if not _is_sites_own(heading, titles, seen, site)]
    for choose in (_equal, _title_inside, _heading_inside):
        if chosen := choose(headings, titles):
            return chosen
    headings = [heading for heading in headings if next(heading.element.iterancestors(*_ASIDE), None) is None]
    lone = [heading for heading in headings if _words(heading.text) >= HEADLINE_WORDS] or headings
    if len(lone) == 1 and _is_another_wording(lone[0], titles, url):
        return _as_title(lone[0])
    if lower := _equal(seen.subheadings, _parts(titles)):
        return lower
    if not any(title.source != "title-element" for title in titles) and (marked := _marked(seen.subheadings)):
        return _as_title(marked)
    if titles:
        own = [heading.text for heading in seen.headings if heading not in headings]
        return Title(Found(_without(titles[0].value, own), titles[0].source), None)
    return _as_title(headings[0]) if headings else Title(None, None)


def _titles(seen: Statements, posting: Mapping[str, Any], site: Site) -> list[Found[str]]:
    """The titles that a page states for sharing and for machines, then that of its window, without the site's name."""
    headline = first_text(posting.get("headline"))
    stated = [
        seen.found("og:title"),
        Found(headline, "json-ld") if headline else None,
        seen.found("twitter:title"),
        Found(seen.title, "title-element") if seen.title else None,
        seen.found("title", "dc.title", "dcterms.title"),
    ]
    tidied = [title for title in map(_tidied, stated) if title]
    stripped = [Found(without_site_name(title.value, site), title.source) for title in tidied]
    return [title for title in stripped if not site.is_named(title.value)] or stripped[:1]


def _tidied(found: Found[str] | None) -> Found[str] | None:
    text = single_spaced(found.value) if found else None
    return Found(text, found.source) if found and text else None


def _is_sites_own(heading: Heading, titles: list[Found[str]], seen: Statements, site: Site) -> bool:
    """Whether a heading is the site's: its name, or what stands beside the page's own title in that of the window."""
    if site.is_named(heading.text) or _links_home(heading, site):
        return True
    key = folded(heading.text)
    if any(key == folded(title.value) for title in titles if title.source != "title-element"):
        return False
    for match in _SEPARATOR.finditer(seen.title):
        head, tail = seen.title[: match.start()], seen.title[match.end() :]
        if key == folded(tail) and len(folded(head)) > len(key):
            return True
        if key in (folded(head), folded(tail)) and _is_site(heading.text, site):
            return True
    return False


def _links_home(heading: Heading, site: Site) -> bool:
    """Whether a heading is a link to the site's front page."""
    links = (*heading.element.iter("a"), *islice(heading.element.iterancestors("a"), 1))
    addresses = (link.get("href", "").split("?")[0].rstrip("/") for link in links)
    return any(address == "" or (site.host and address.endswith(f"/{site.host}")) for address in addresses)


def _equal(headings: Iterable[Heading], titles: list[Found[str]]) -> Title | None:
    """The first title that a heading shows."""
    shown = {folded(heading.text): heading for heading in reversed(list(headings))}
    return next((_as_title(shown[key]) for title in titles if (key := folded(title.value)) in shown), None)


def _title_inside(headings: list[Heading], titles: list[Found[str]]) -> Title | None:
    """A title that is one of the elements of a heading: the rest is a kicker, a date, a count of comments."""
    for heading in headings:
        edges = set(accumulate(len(folded(piece)) for piece in heading.element.itertext()))
        whole = folded(heading.text)
        for title in titles:
            key = folded(title.value)
            opens = whole.startswith(key) and len(key) in edges
            ends = whole.endswith(key) and len(whole) - len(key) in edges
            if len(key) >= FEWEST_LETTERS and (opens or ends):
                return Title(title, heading)
    return None


def _heading_inside(headings: list[Heading], titles: list[Found[str]]) -> Title | None:
    """A heading that a title opens with, or ends with where it is the longer part."""
    for heading in headings:
        key = folded(heading.text)
        for title in titles:
            whole = folded(title.value)
            if len(key) >= FEWEST_LETTERS and (
                whole.startswith(key) or (whole.endswith(key) and 2 * len(key) > len(whole))
            ):
                return _as_title(heading)
    return None


def _parts(titles: list[Found[str]]) -> list[Found[str]]:
    """What stands before or after a separator in the titles, and the titles."""
    parts = [
        Found(part, title.source)
        for title in titles
        for match in _SEPARATOR.finditer(title.value)
        for part in (title.value[: match.start()], title.value[match.end() :])
    ]
    return titles + [part for part in parts if len(folded(part.value)) >= FEWEST_LETTERS]


def _marked(subheadings: list[Heading]) -> Heading | None:
    """The lower heading that its markup makes the headline."""
    for heading in subheadings:
        is_named = not _HEADLINE_CLASSES.isdisjoint(heading.element.get("class", "").casefold().split())
        in_header = next(heading.element.iterancestors("header"), None)
        is_in_frame = in_header is not None and next(in_header.iterancestors("article"), None) is not None
        if is_named or is_in_frame or heading.element.get("itemprop") == "headline":
            return heading
    return None


def _as_title(heading: Heading) -> Title:
    return Title(Found(single_spaced(heading.text) or heading.text, heading.element.tag), heading)


def _words(text: str) -> int:
    return len(_WORDS.findall(text))


def _is_another_wording(heading: Heading, titles: list[Found[str]], url: str | None) -> bool:
    """Whether the one heading of a page is its headline though no title has it so."""
    key = folded(heading.text)
    is_in_address = len(key) > 3 and key in folded(unquote(url or ""))
    return (
        not titles
        or is_in_address
        or _words(heading.text) >= HEADLINE_WORDS
        or any(_shares_words(heading.text, title.value) for title in titles)
    )


def _shares_words(heading: str, title: str) -> bool:
    """Whether a heading of some length is another wording of a page title."""
    words, others = ({word for word in _WORDS.findall(text.casefold()) if len(word) > 2} for text in (heading, title))
    return len(words) > 3 and len(words & others) >= SHARED_WORDS * len(words)


def _without(title: str, own: list[str]) -> str:
    """A title without the site's own headings before or after it."""
    for text in own:
        title = without_site_name(title, Site(Found(text, "h1")))
    return title


def without_site_name(title: str, site: Site) -> str:
    """A page title without the site's name, known or told by the address, before or after it.

    >>> without_site_name("Floods cut road – Sahan Wire", Site(Found("Sahan Wire", "meta")))
    'Floods cut road'
    >>> without_site_name("Floods cut road | News - Times of India", Site(None, "timesofindia.example.com"))
    'Floods cut road | News'
    """
    for match in reversed(list(_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()].strip(), title[match.end() :].strip()
        # A colon stands within headlines too.
        is_site = site.is_named if ":" in match[0] and "::" not in match[0] else partial(_is_site, site=site)
        if head and is_site(tail):
            return head
        if tail and is_site(head):
            return tail
    return title


def _is_site(part: str, site: Site) -> bool:
    """Whether a part of a title is the site's name, a longer or shorter form of it, or holds its host's."""
    key = folded(part)
    if not key:
        return False
    name, label = folded(site.name.value) if site.name else "", folded(_label(site.host))
    if key == name or (len(key) >= 3 and key in folded(site.host)):
        return True
    related = min(len(key), len(name)) >= 5 and (key.startswith(name) or name.startswith(key))
    holds_label = len(label) >= 5 and label in key and len(key) < 3 * len(label) and not _SEPARATOR.search(part)
    return related or holds_label


def _label(host: str) -> str:
    """What a host is called: ``news`` in ``www.news.co.uk``."""
    parts = host.split(".")
    while len(parts) > 1 and len(parts[-1]) <= 3:
        parts.pop()
    return parts[-1]


def host_of(url: str | None) -> str:
    """The host of an address, without ``www.``; empty where it has none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def single_spaced(text: str | None) -> str | None:
    """Text with single spaces, in which entities that were escaped twice are undone; ``None`` for none."""
    if not text:
        return None
    return " ".join((unescape(text) if "&" in text else text).split()) or None
