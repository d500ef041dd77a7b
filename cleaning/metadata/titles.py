"""Find the headline of a page, without the site's name.

A page states its headline in several places, each of which may hold something else: the ``h1`` may be the site's name,
the page title adds the site's name, titles made for sharing may be shortened. The headline is the text on which they
agree.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from html import unescape
from itertools import accumulate, islice
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from cleaning.lines.normalization import fold_text
from cleaning.metadata.declared import DeclaredMetadata, DeclaredValue, Heading, strip_invisible
from cleaning.metadata.jsonld import find_first_text
from cleaning.resources import load_toml

MIN_TITLE_LETTERS = 12
"""Shorter parts of a title (in letters and digits) may equal a heading by coincidence."""
MIN_HEADLINE_WORDS = 5
"""An ``h1`` with this many words is a headline even if no title confirms it; shorter ones may be a section."""
MAX_SITE_WORDS = 2
"""Words of a title that may be the site's name, if a longer heading is marked as the headline."""
MAX_SECTION_WORDS, MAX_SECTION_CHARACTERS = 3, 8
"""Words of a section in a page title, and characters of one in a script without spaces."""
MIN_SHARED_WORD_SHARE = 0.3
"""Share of its words that a heading must have in common with a page title to be the same headline in other words."""

_HEADLINE_CLASSES = frozenset(load_toml("metadata")["headline_classes"])
_ASIDE_TAGS = ("nav", "aside", "footer")
_SEPARATOR = re.compile(
    r"\s+[-–—|·•»«:/│>]+\s+|\s*[|_│｜]\s*|\s+::\s+|(?<=[\u3040-\u9fff])-|:\s+|(?<=[^\x00-\x7f]):|："
)
_BARS = re.compile(r"\s*[|_│｜»]\s*")
_DASHES = re.compile(r"\s+[-–—]\s+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")

fold_title = lru_cache(maxsize=1000)(fold_text)
"""Fold a title for comparison; cached, because the same few titles and their parts are compared with one another."""


class SiteIdentity(NamedTuple):
    """What is known of the site: the name that the page declares, and the host of its URL."""

    name: DeclaredValue[str] | None
    host: str = ""

    def is_named(self, text: str) -> bool:
        """Return whether a text is the site's name, or the name of its host.

        Case, accents and punctuation do not make a difference.
        """
        key = fold_title(text)
        return bool(key) and (bool(self.name and key == fold_title(self.name.value)) or self.is_host(key))

    def is_host(self, key: str) -> bool:
        """Return whether a folded text is the host, its label, or a long part of the host.

        Args:
            key: the text, as :func:`fold_title` returns it. With more than eight letters any part of the host counts.
        """
        host = fold_title(self.host)
        return (
            len(key) >= 3
            and key in host
            and (key == host or key == fold_title(_extract_host_label(self.host)) or len(key) > 8)
        )


class Title(NamedTuple):
    """A page's headline, and the heading that shows it; each None if there is none."""

    headline: DeclaredValue[str] | None
    heading: Heading | None


def read_site_identity(declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], url: str | None) -> SiteIdentity:
    """Return the site's name and host.

    The name is the one that the page declares in ``meta`` elements, else its publisher's in JSON-LD.

    Args:
        declared: the page's declared metadata.
        jsonld_article: its article in JSON-LD; empty if it has none.
        url: the page's URL; without it the host is empty.
    """
    publisher = jsonld_article.get("publisher")
    if isinstance(publisher, list):
        publisher = publisher[0] if publisher else None
    publisher_name = normalize_declared_text(find_first_text(publisher))
    meta = declared.find_meta("og:site_name", "application-name", "dc.publisher")
    name = _normalize_declared_value(meta) or (DeclaredValue(publisher_name, "json-ld") if publisher_name else None)
    return SiteIdentity(name, parse_host(url))


def read_title(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], site: SiteIdentity, url: str | None
) -> Title:
    """Return the headline: a heading that the page's titles confirm, else a title without the site's name.

    A site may use its own name as ``h1`` and in the ``title`` element too. So titles made for sharing are compared
    first, and a heading that equals the last part of the page title is the site's.

    Args:
        declared: the page's declared metadata, with its headings.
        jsonld_article: its article in JSON-LD; empty if it has none.
        site: the site, whose name is removed from titles.
        url: the page's URL, whose slug may confirm a heading.
    """
    titles = _collect_titles(declared, jsonld_article, site)
    headings = [heading for heading in declared.headings if not _is_site_heading(heading, titles, declared, site)]
    marked = _find_marked_headline(declared.subheadings)
    is_titled = any(title.source != "title-element" or _count_words(title.value) > MAX_SITE_WORDS for title in titles)
    if not is_titled and marked and _count_words(marked.text) >= MIN_HEADLINE_WORDS:
        # The title and the h1 are the site's name, on every page.
        return _build_title(marked)
    # From the strictest test to the loosest.
    for choose in (_match_equal, _match_title_in_heading, _match_heading_in_title):
        if chosen := choose(headings, titles):
            return chosen
    # The site's name may be unknown, so a part of a title can confirm a part of a heading.
    long_parts = [part for part in _split_titles(titles) if _count_words(part.value) >= MIN_HEADLINE_WORDS]
    if chosen := _match_title_in_heading(headings, long_parts):
        return chosen
    # Without a confirming title, a heading in a menu, an aside or a footer cannot be the headline.
    headings = [heading for heading in headings if next(heading.element.iterancestors(*_ASIDE_TAGS), None) is None]
    candidates = [heading for heading in headings if _count_words(heading.text) >= MIN_HEADLINE_WORDS] or headings
    if len(candidates) == 1 and _is_another_wording(candidates[0], titles, url):
        return _build_title(candidates[0])
    if subheading := _match_equal(declared.subheadings, _split_titles(titles)):
        return subheading
    # Titles made for sharing are written for the article; a page title alone may be the same on every page.
    if marked and not any(title.source != "title-element" for title in titles):
        return _build_title(marked)
    if titles:
        site_headings = [heading.text for heading in declared.headings if heading not in headings]
        title = _strip_sections(_strip_site_headings(titles[0].value, site_headings))
        return Title(DeclaredValue(title, titles[0].source), None)
    return _build_title(headings[0]) if headings else Title(None, None)


def _collect_titles(
    declared: DeclaredMetadata, jsonld_article: Mapping[str, Any], site: SiteIdentity
) -> list[DeclaredValue[str]]:
    """Return the page's titles without the site's name: those for sharing and machines, then the ``title`` element.

    Titles that consist of the site's name are dropped, unless no other is left.
    """
    headline = find_first_text(jsonld_article.get("headline"))
    candidates = [
        declared.find_meta("og:title"),
        DeclaredValue(headline, "json-ld") if headline else None,
        declared.find_meta("twitter:title"),
        DeclaredValue(declared.title, "title-element") if declared.title else None,
        declared.find_meta("title", "dc.title", "dcterms.title"),
    ]
    normalized = [title for title in map(_normalize_declared_value, candidates) if title]
    stripped = [DeclaredValue(strip_site_name(title.value, site), title.source) for title in normalized]
    return [title for title in stripped if not site.is_named(title.value)] or stripped[:1]


def _normalize_declared_value(declared_value: DeclaredValue[str] | None) -> DeclaredValue[str] | None:
    """Normalise the text of a declared value; None if it is blank."""
    text = normalize_declared_text(declared_value.value) if declared_value else None
    return DeclaredValue(text, declared_value.source) if declared_value and text else None


def _is_site_heading(
    heading: Heading, titles: list[DeclaredValue[str]], declared: DeclaredMetadata, site: SiteIdentity
) -> bool:
    """Return whether a heading is the site's.

    It is the site's name, links to the front page, or equals a part of the page title that the site's name can be.
    """
    if site.is_named(heading.text) or _is_home_link(heading, site):
        return True
    key = fold_title(heading.text)
    if any(key == fold_title(title.value) for title in titles if title.source != "title-element"):
        return False
    for match in _SEPARATOR.finditer(declared.title):
        head, tail = declared.title[: match.start()], declared.title[match.end() :]
        # The part before this separator is longer, so it is the headline.
        if key == fold_title(tail) and len(fold_title(head)) > len(key):
            return True
        if key in (fold_title(head), fold_title(tail)) and _is_site_part(heading.text, site):
            return True
    return False


def _is_home_link(heading: Heading, site: SiteIdentity) -> bool:
    """Return whether a heading is, or contains, a link to the site's front page."""
    links = (*heading.element.iter("a"), *islice(heading.element.iterancestors("a"), 1))
    urls = (link.get("href", "").split("?")[0].rstrip("/") for link in links)
    return any(url == "" or (site.host and url.endswith(f"/{site.host}")) for url in urls)


def _match_equal(headings: Iterable[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """Return the first title that equals a heading; None if there is none."""
    listed = list(headings)
    bare = {fold_title(heading.bare): heading for heading in reversed(listed) if heading.bare != heading.text}
    shown = {fold_title(heading.text): heading for heading in reversed(listed)}
    for title in titles:
        key = fold_title(title.value)
        if key in bare:
            return _build_title(bare[key])
        if key in shown:
            # The title has the colon or the space that a heading of several elements shows as a line break.
            return Title(title, shown[key]) if shown[key].is_joined else _build_title(shown[key])
    return None


def _match_title_in_heading(headings: list[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """Return a title that equals some elements at the beginning or the end of a heading.

    The rest of such a heading is a kicker, a date or a count of comments.
    """
    for heading in headings:
        edges = set(accumulate(len(fold_title(piece)) for piece in heading.element.itertext()))
        whole = fold_title(heading.text)
        for title in titles:
            key = fold_title(title.value)
            opens = whole.startswith(key) and len(key) in edges
            ends = whole.endswith(key) and len(whole) - len(key) in edges
            if _weigh(key) >= MIN_TITLE_LETTERS and (opens or ends):
                return Title(title, heading)
    return None


def _match_heading_in_title(headings: list[Heading], titles: list[DeclaredValue[str]]) -> Title | None:
    """Return a heading with which a title begins, or ends if the heading is more than half of it."""
    for heading in headings:
        key = fold_title(heading.bare or heading.text)
        for title in titles:
            whole = fold_title(title.value)
            if _weigh(key) >= MIN_TITLE_LETTERS and (
                whole.startswith(key) or (whole.endswith(key) and 2 * len(key) > len(whole))
            ):
                return _build_title(heading)
    return None


def _split_titles(titles: list[DeclaredValue[str]]) -> list[DeclaredValue[str]]:
    """Return the titles, followed by their parts before and after each separator."""
    parts = [
        DeclaredValue(part, title.source)
        for title in titles
        for match in _SEPARATOR.finditer(title.value)
        for part in (title.value[: match.start()], title.value[match.end() :])
    ]
    return titles + [part for part in parts if _weigh(fold_title(part.value)) >= MIN_TITLE_LETTERS]


def _weigh(key: str) -> int:
    """Count the letters of a folded text; a Chinese, Japanese or Korean character says as much as two."""
    return len(key) if key.isascii() else len(key) + len(_WIDE.findall(key))


def _find_marked_headline(subheadings: list[Heading]) -> Heading | None:
    """Return the lower heading that its class, microdata or place marks as the headline."""
    for heading in subheadings:
        is_named = not _HEADLINE_CLASSES.isdisjoint(heading.element.get("class", "").casefold().split())
        in_header = next(heading.element.iterancestors("header"), None)
        is_in_frame = in_header is not None and next(in_header.iterancestors("article"), None) is not None
        if is_named or is_in_frame or heading.element.get("itemprop") == "headline":
            return heading
    return None


def _build_title(heading: Heading) -> Title:
    """Build the title that a heading shows; its source is the heading's tag."""
    text = heading.bare or heading.text
    return Title(DeclaredValue(normalize_declared_text(text) or text, heading.element.tag), heading)


def _count_words(text: str) -> int:
    """Count words of two letters or more, and the characters of scripts without spaces."""
    return len(_WORDS.findall(text))


def _is_another_wording(heading: Heading, titles: list[DeclaredValue[str]], url: str | None) -> bool:
    """Return whether the only heading of a page is its headline although no title equals it.

    The URL contains it, or it is long enough for a headline, or it shares words with a title.
    """
    key = fold_title(heading.text)
    # Only the last folder: the others are those of sections.
    slug = re.sub(r"[?#].*$", "", url or "").rstrip("/").rpartition("/")[2]
    is_in_url = len(key) > 3 and key in fold_title(unquote(slug))
    return (
        not titles
        or is_in_url
        or _count_words(heading.text) >= MIN_HEADLINE_WORDS
        or any(_has_shared_words(heading.text, title.value) for title in titles)
    )


def _has_shared_words(heading: str, title: str) -> bool:
    """Return whether a heading of more than three words shares enough of them with a page title."""
    words, title_words = (
        {word for word in _WORDS.findall(text.casefold()) if len(word) > 2} for text in (heading, title)
    )
    return len(words) > 3 and len(words & title_words) >= MIN_SHARED_WORD_SHARE * len(words)


def _strip_sections(title: str) -> str:
    """Remove the sections behind a headline in a page title that no heading confirms.

    They are short, follow bars, and there are two of them or more, or the site's name has been removed behind them.

    >>> _strip_sections("Floods cut the road to Barawe | Coast | News"), _strip_sections("Floods | Coast | News")
    ('Floods cut the road to Barawe', 'Floods | Coast | News')
    """
    for separator, min_sections in ((_BARS, 1), (_DASHES, 2)):
        head, *sections = separator.split(title)
        is_headline = _count_words(head) >= MIN_HEADLINE_WORDS - 1
        if is_headline and len(sections) >= min_sections and _is_section(sections[0]):
            return head
    return title


def _is_section(text: str) -> bool:
    """Return whether a part of a title is short enough for the name of a section."""
    limit = MAX_SECTION_CHARACTERS if _WIDE.search(text) else MAX_SECTION_WORDS
    return _count_words(text) <= limit


def _strip_site_headings(title: str, site_headings: list[str]) -> str:
    """Remove the site's own headings from the beginning and the end of a title."""
    for text in site_headings:
        title = strip_site_name(title, SiteIdentity(DeclaredValue(text, "h1")))
    return title


def strip_site_name(title: str, site: SiteIdentity) -> str:
    """Remove the site's name before or after a page title.

    The name is the declared one, or a part of the title that resembles the host.

    >>> strip_site_name("Floods cut road – Sahan Wire", SiteIdentity(DeclaredValue("Sahan Wire", "meta")))
    'Floods cut road'
    >>> strip_site_name("Floods cut road | News - Times of India", SiteIdentity(None, "timesofindia.example.com"))
    'Floods cut road | News'
    """
    for match in reversed(list(_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()].strip(), title[match.end() :].strip()
        # Headlines contain colons too, so next to a colon only the exact name of the site is removed.
        is_site = site.is_named if ":" in match[0] and "::" not in match[0] else partial(_is_site_part, site=site)
        if head and is_site(tail):
            return head
        if tail and is_site(head):
            return tail
    return title


def _is_site_part(part: str, site: SiteIdentity) -> bool:
    """Return whether a part of a title is the site's name, a longer or shorter form of it, or resembles the host."""
    key = fold_title(part)
    if not key:
        return False
    name, label = fold_title(site.name.value) if site.name else "", fold_title(_extract_host_label(site.host))
    if key == name or (len(key) >= 3 and key in fold_title(site.host)):
        return True
    is_variant = min(len(key), len(name)) >= 5 and (
        key.startswith(name) or name.startswith(key) or key.endswith(name) or name.endswith(key)
    )
    contains_label = len(label) >= 5 and label in key and len(key) < 3 * len(label) and not _SEPARATOR.search(part)
    return is_variant or contains_label


def _extract_host_label(host: str) -> str:
    """Return the name within a host: ``news`` in ``www.news.co.uk``."""
    parts = host.split(".")
    # Top-level domains and their second levels (com, co.uk) have up to three letters.
    while len(parts) > 1 and len(parts[-1]) <= 3:
        parts.pop()
    return parts[-1]


def parse_host(url: str | None) -> str:
    """Return the host of a URL without ``www.``; empty if it has none.

    >>> parse_host("https://www.news.example/2024/floods"), parse_host(None)
    ('news.example', '')
    """
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that does not enclose an IPv6 address
        return ""


def normalize_declared_text(text: str | None) -> str | None:
    """Return a text with single spaces, and with doubly escaped entities resolved; None if it is blank.

    Content systems often escape values that are escaped again in the page.

    >>> normalize_declared_text("Floods &amp;  storms")
    'Floods & storms'
    """
    if not text:
        return None
    return strip_invisible(" ".join((unescape(text) if "&" in text else text).split())) or None
