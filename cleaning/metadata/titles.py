"""The headline of a page, without the site's name: what ``h1``, title elements and structured data agree on."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from html import unescape
from itertools import accumulate, islice
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from cleaning.lines.normalization import fold_text as unmemoised
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading
from cleaning.metadata.jsonld import find_first_text
from cleaning.resources import load_toml

MIN_TITLE_LETTERS = 12
"""Letters and digits that a part of a title has at least to be told from a coincidence."""
MIN_HEADLINE_WORDS = 5
"""Words from which on an ``h1`` that no title confirms is a headline of its own wording, and no section's name."""
MIN_SHARED_WORD_SHARE = 0.3
"""Share of its words that a shorter heading has from a page title of which it is another wording."""

_HEADLINE_CLASSES = frozenset(load_toml("metadata")["headline_classes"])
_ASIDE_TAGS = ("nav", "aside", "footer")
_SEPARATOR = re.compile(
    r"\s+[-–—|·•»«:/│>]+\s+|\s*[|_│｜]\s*|\s+::\s+|(?<=[\u3040-\u9fff])-|:\s+|(?<=[^\x00-\x7f]):|："
)
_WORDS = re.compile(r"[^\W_]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


fold_title = lru_cache(maxsize=1000)(unmemoised)
"""The same few titles and parts of them are compared with one another."""


class SiteIdentity(NamedTuple):
    """What is known of the site: the name that the page states, and the host of its address."""

    name: DeclaredValue[str] | None
    host: str = ""

    def is_named(self, text: str) -> bool:
        """Whether a text is the site's name, or what its host is called."""
        key = fold_title(text)
        return bool(key) and (bool(self.name and key == fold_title(self.name.value)) or self.is_host(key))

    def is_host(self, key: str) -> bool:
        """Whether folded letters are those of the host, with or without what stands before and after its label."""
        host = fold_title(self.host)
        return (
            len(key) >= 3
            and key in host
            and (key == host or key == fold_title(_extract_host_label(self.host)) or len(key) > 8)
        )


class Title(NamedTuple):
    """A page's headline, and the heading that shows it."""

    found: DeclaredValue[str] | None
    heading: Heading | None


def read_site_identity(declared: DeclaredMetadata, posting: Mapping[str, Any], url: str | None) -> SiteIdentity:
    """The site by its own name."""
    publisher = posting.get("publisher")
    if isinstance(publisher, list):
        publisher = publisher[0] if publisher else None
    published_by = normalize_declared_text(find_first_text(publisher))
    stated = declared.find_meta("og:site_name", "application-name", "dc.publisher")
    named = _normalize_declared_value(stated) or (DeclaredValue(published_by, "json-ld") if published_by else None)
    return SiteIdentity(named, parse_host(url))


def read_title(declared: DeclaredMetadata, posting: Mapping[str, Any], site: SiteIdentity, url: str | None) -> Title:
    """The headline: a heading that the page's titles confirm, else those titles without the site's name.

    A site's own name may be its ``h1`` and stand in ``title`` too, so titles made for sharing are asked first, and a
    heading that says what stands last in a title is none.
    """
    titles = _collect_titles(declared, posting, site)
    headings = [heading for heading in declared.headings if not _is_site_heading(heading, titles, declared, site)]
    for choose in (_match_equal, _match_title_in_heading, _match_heading_in_title):
        if chosen := choose(headings, titles):
            return chosen
    headings = [heading for heading in headings if next(heading.element.iterancestors(*_ASIDE_TAGS), None) is None]
    lone = [heading for heading in headings if _count_words(heading.text) >= MIN_HEADLINE_WORDS] or headings
    if len(lone) == 1 and _is_another_wording(lone[0], titles, url):
        return _build_title(lone[0])
    if lower := _match_equal(declared.subheadings, _split_titles(titles)):
        return lower
    if not any(title.source != "title-element" for title in titles) and (
        marked := _find_marked_headline(declared.subheadings)
    ):
        return _build_title(marked)
    if titles:
        own = [heading.text for heading in declared.headings if heading not in headings]
        return Title(DeclaredValue(_strip_site_headings(titles[0].value, own), titles[0].source), None)
    return _build_title(headings[0]) if headings else Title(None, None)


def _collect_titles(
    declared: DeclaredMetadata, posting: Mapping[str, Any], site: SiteIdentity
) -> list[DeclaredValue[str]]:
    """The titles that a page states for sharing and for machines, then that of its window, without the site's name."""
    headline = find_first_text(posting.get("headline"))
    stated = [
        declared.find_meta("og:title"),
        DeclaredValue(headline, "json-ld") if headline else None,
        declared.find_meta("twitter:title"),
        DeclaredValue(declared.title, "title-element") if declared.title else None,
        declared.find_meta("title", "dc.title", "dcterms.title"),
    ]
    tidied = [title for title in map(_normalize_declared_value, stated) if title]
    stripped = [DeclaredValue(strip_site_name(title.value, site), title.source) for title in tidied]
    return [title for title in stripped if not site.is_named(title.value)] or stripped[:1]


def _normalize_declared_value(found: DeclaredValue[str] | None) -> DeclaredValue[str] | None:
    text = normalize_declared_text(found.value) if found else None
    return DeclaredValue(text, found.source) if found and text else None


def _is_site_heading(
    heading: Heading, titles: list[DeclaredValue[str]], declared: DeclaredMetadata, site: SiteIdentity
) -> bool:
    """Whether a heading is the site's: its name, or what stands beside the page's own title in that of the window."""
    if site.is_named(heading.text) or _is_home_link(heading, site):
        return True
    key = fold_title(heading.text)
    if any(key == fold_title(title.value) for title in titles if title.source != "title-element"):
        return False
    for match in _SEPARATOR.finditer(declared.title):
        head, tail = declared.title[: match.start()], declared.title[match.end() :]
        if key == fold_title(tail) and len(fold_title(head)) > len(key):
            return True
        if key in (fold_title(head), fold_title(tail)) and _is_site_part(heading.text, site):
            return True
    return False


def _is_home_link(heading: Heading, site: SiteIdentity) -> bool:
    """Whether a heading is a link to the site's front page."""
    links = (*heading.element.iter("a"), *islice(heading.element.iterancestors("a"), 1))
    addresses = (link.get("href", "").split("?")[0].rstrip("/") for link in links)
    return any(address == "" or (site.host and address.endswith(f"/{site.host}")) for address in addresses)


def _match_equal(headings: Iterable[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """The first title that a heading shows."""
    shown = {fold_title(heading.text): heading for heading in reversed(list(headings))}
    return next((_build_title(shown[key]) for title in titles if (key := fold_title(title.value)) in shown), None)


def _match_title_in_heading(headings: list[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """A title that is one of the elements of a heading: the rest is a kicker, a date, a count of comments."""
    for heading in headings:
        edges = set(accumulate(len(fold_title(piece)) for piece in heading.element.itertext()))
        whole = fold_title(heading.text)
        for title in titles:
            key = fold_title(title.value)
            opens = whole.startswith(key) and len(key) in edges
            ends = whole.endswith(key) and len(whole) - len(key) in edges
            if len(key) >= MIN_TITLE_LETTERS and (opens or ends):
                return Title(title, heading)
    return None


def _match_heading_in_title(headings: list[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """A heading that a title opens with, or ends with where it is the longer part."""
    for heading in headings:
        key = fold_title(heading.text)
        for title in titles:
            whole = fold_title(title.value)
            if len(key) >= MIN_TITLE_LETTERS and (
                whole.startswith(key) or (whole.endswith(key) and 2 * len(key) > len(whole))
            ):
                return _build_title(heading)
    return None


def _split_titles(titles: list[DeclaredValue[str]]) -> list[DeclaredValue[str]]:
    """What stands before or after a separator in the titles, and the titles."""
    parts = [
        DeclaredValue(part, title.source)
        for title in titles
        for match in _SEPARATOR.finditer(title.value)
        for part in (title.value[: match.start()], title.value[match.end() :])
    ]
    return titles + [part for part in parts if len(fold_title(part.value)) >= MIN_TITLE_LETTERS]


def _find_marked_headline(subheadings: list[Heading]) -> Heading | None:
    """The lower heading that its markup makes the headline."""
    for heading in subheadings:
        is_named = not _HEADLINE_CLASSES.isdisjoint(heading.element.get("class", "").casefold().split())
        in_header = next(heading.element.iterancestors("header"), None)
        is_in_frame = in_header is not None and next(in_header.iterancestors("article"), None) is not None
        if is_named or is_in_frame or heading.element.get("itemprop") == "headline":
            return heading
    return None


def _build_title(heading: Heading) -> Title:
    return Title(DeclaredValue(normalize_declared_text(heading.text) or heading.text, heading.element.tag), heading)


def _count_words(text: str) -> int:
    return len(_WORDS.findall(text))


def _is_another_wording(heading: Heading, titles: list[DeclaredValue[str]], url: str | None) -> bool:
    """Whether the one heading of a page is its headline though no title has it so."""
    key = fold_title(heading.text)
    is_in_address = len(key) > 3 and key in fold_title(unquote(url or ""))
    return (
        not titles
        or is_in_address
        or _count_words(heading.text) >= MIN_HEADLINE_WORDS
        or any(_has_shared_words(heading.text, title.value) for title in titles)
    )


def _has_shared_words(heading: str, title: str) -> bool:
    """Whether a heading of some length is another wording of a page title."""
    words, others = ({word for word in _WORDS.findall(text.casefold()) if len(word) > 2} for text in (heading, title))
    return len(words) > 3 and len(words & others) >= MIN_SHARED_WORD_SHARE * len(words)


def _strip_site_headings(title: str, own: list[str]) -> str:
    """A title without the site's own headings before or after it."""
    for text in own:
        title = strip_site_name(title, SiteIdentity(DeclaredValue(text, "h1")))
    return title


def strip_site_name(title: str, site: SiteIdentity) -> str:
    """A page title without the site's name, known or told by the address, before or after it.

    >>> strip_site_name("Floods cut road – Sahan Wire", SiteIdentity(DeclaredValue("Sahan Wire", "meta")))
    'Floods cut road'
    >>> strip_site_name("Floods cut road | News - Times of India", SiteIdentity(None, "timesofindia.example.com"))
    'Floods cut road | News'
    """
    for match in reversed(list(_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()].strip(), title[match.end() :].strip()
        # A colon stands within headlines too.
        is_site = site.is_named if ":" in match[0] and "::" not in match[0] else partial(_is_site_part, site=site)
        if head and is_site(tail):
            return head
        if tail and is_site(head):
            return tail
    return title


def _is_site_part(part: str, site: SiteIdentity) -> bool:
    """Whether a part of a title is the site's name, a longer or shorter form of it, or holds its host's."""
    key = fold_title(part)
    if not key:
        return False
    name, label = fold_title(site.name.value) if site.name else "", fold_title(_extract_host_label(site.host))
    if key == name or (len(key) >= 3 and key in fold_title(site.host)):
        return True
    related = min(len(key), len(name)) >= 5 and (key.startswith(name) or name.startswith(key))
    holds_label = len(label) >= 5 and label in key and len(key) < 3 * len(label) and not _SEPARATOR.search(part)
    return related or holds_label


def _extract_host_label(host: str) -> str:
    """What a host is called: ``news`` in ``www.news.co.uk``."""
    parts = host.split(".")
    while len(parts) > 1 and len(parts[-1]) <= 3:
        parts.pop()
    return parts[-1]


def parse_host(url: str | None) -> str:
    """The host of an address, without ``www.``; empty where it has none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def normalize_declared_text(text: str | None) -> str | None:
    """Text with single spaces, in which entities that were escaped twice are undone; ``None`` for none."""
    if not text:
        return None
    return " ".join((unescape(text) if "&" in text else text).split()) or None
