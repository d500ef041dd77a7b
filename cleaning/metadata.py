"""What a page says of itself: structured data, meta elements, and the visible headline, byline and date."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from .data import load_toml
from .dates import Stamp
from .jsonld import ARTICLE_TYPES, address_of, article_among, first_text, types_of
from .lines import folded
from .names import name_list
from .publication import modified_at, published_at
from .statements import Statements, read_statements, text_of
from .urls import canonicalise

_KNOWLEDGE = load_toml("metadata")
_BY = re.compile(_KNOWLEDGE["by"], re.IGNORECASE)
_SITE_SEPARATOR = re.compile(r"\s+[-–—|·•»«:/]+\s+|\s*[|_]\s*|\s+::\s+|(?<=[\u3040-\u9fff])-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the page states. Fields as in :class:`cleaning.Article`."""

    title: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    published: Stamp | None = None
    modified: Stamp | None = None
    authors: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    licence: str | None = None
    page_type: str | None = None
    paywalled: bool | None = None

    @property
    def is_declared_article(self) -> bool:
        """Whether the page says that it is an article."""
        return self.page_type in ARTICLE_TYPES or self.page_type == "article"


def read_metadata(tree: html.HtmlElement, url: str | None = None) -> Metadata:
    """Read what a page states about itself.

    Args:
        tree: the page, before anything was deleted from it.
        url: its address, against which relative ones are resolved.
    """
    seen = read_statements(tree)
    posting = article_among(seen.scripts)
    site_name = _site_name(seen, posting)
    language = (
        tree.get("lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        or seen.meta("og:locale", "content-language")
    )
    return Metadata(
        title=_title(seen, posting, site_name, url),
        canonical_url=_canonical(seen, url),
        language=language,
        published=published_at(seen, posting, language),
        modified=modified_at(seen, posting),
        authors=_authors(seen, posting, site_name),
        site_name=site_name,
        section=_clean(
            seen.meta("article:section", "og:article:section")
            or first_text(posting.get("articleSection"))
            or first_text(seen.categories)
        ),
        tags=_tags(seen, posting),
        description=_clean(
            seen.meta("og:description", "description", "twitter:description", "dc.description")
            or first_text(posting.get("description"))
        ),
        image=_absolute(
            seen.meta("og:image", "og:image:url", "twitter:image", "twitter:image:src")
            or address_of(posting.get("image")),
            url,
        ),
        licence=_clean(
            first_text(seen.links.get("license"))
            or address_of(posting.get("license"))
            or seen.meta("dcterms.license", "dc.rights", "dcterms.rights")
        ),
        page_type=_page_type(seen, posting),
        paywalled=_paywalled(seen, posting),
    )


def _site_name(seen: Statements, posting: Mapping[str, Any]) -> str | None:
    publisher = posting.get("publisher")
    if isinstance(publisher, list):
        publisher = publisher[0] if publisher else None
    named = publisher.get("name") if isinstance(publisher, dict) else publisher
    return _clean(seen.meta("og:site_name", "application-name", "dc.publisher") or first_text(named))


def _title(seen: Statements, posting: Mapping[str, Any], site_name: str | None, url: str | None) -> str | None:
    """The headline: an ``h1`` that the page's other titles confirm, else those titles without the site's name."""
    # A site's own name may be its h1 and stand in `title` too, so the titles made for sharing are asked first.
    shared = [seen.meta("og:title", "twitter:title"), first_text(posting.get("headline"))]
    titles = [t for t in map(_clean, shared) if t] or [
        t for t in map(_clean, (seen.title, seen.meta("title", "dc.title"))) if t
    ]
    headings = [h for h in map(_clean, seen.headings) if h and folded(h) != folded(site_name or "")]
    for heading in headings:
        if any(_confirms(title, heading) for title in titles):
            return heading
    if len(headings) == 1 and any(_shares_words(headings[0], title) for title in titles):
        return headings[0]
    if titles:
        return without_site_name(titles[0], site_name, url)
    return headings[0] if headings else None


def _confirms(title: str, heading: str) -> bool:
    """Whether a page title holds the heading, but not last, where a site's name stands, or is held by it."""
    key, whole = folded(heading), folded(title)
    opens = any(folded(title[: match.start()]) == key for match in _SITE_SEPARATOR.finditer(title))
    is_last_part = len(whole) > len(key) and whole.endswith(key)
    return bool(key) and (
        opens or key == whole or (len(key) > 8 and (whole in key or (key in whole and not is_last_part)))
    )


def _shares_words(heading: str, title: str) -> bool:
    """Whether a heading of some length is another wording of a page title."""
    words, others = (set(re.findall(r"\w{3,}", text.casefold())) for text in (heading, title))
    return len(words) >= 4 and len(words & others) >= 0.3 * len(words)


def without_site_name(title: str, site_name: str | None, url: str | None = None) -> str:
    """A page title without the site's name, known or told by the address, before or after it.

    >>> without_site_name("Floods cut road – Sahan Wire", "Sahan Wire")
    'Floods cut road'
    >>> without_site_name("Floods cut road | News - Times of India", None, "https://timesofindia.example.com/1")
    'Floods cut road | News'
    """
    name, host = folded(site_name or ""), folded(_host(url))
    for match in reversed(list(_SITE_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()].strip(), title[match.end() :].strip()
        if head and _is_site(folded(tail), name, host):
            return head
        if tail and _is_site(folded(head), name, host):
            return tail
    return title


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def _is_site(part: str, name: str, host: str) -> bool:
    return bool(part) and (part == name or (len(part) >= 3 and part in host))


def _canonical(seen: Statements, url: str | None) -> str | None:
    """The address the page names as its own, unless it is the home page's or another site's."""
    for stated in (*seen.links.get("canonical", ()), seen.meta("og:url")):
        if not stated:
            continue
        try:
            canonical = canonicalise(stated, url)
        except ValueError:
            continue
        if url is None or _is_plausible_canonical(canonical, url):
            return canonical
    return None


def _is_plausible_canonical(canonical: str, url: str) -> bool:
    try:
        theirs, ours = urlsplit(canonical), urlsplit(url)
    except ValueError:  # a bracket that is no IPv6 address
        return False
    same_site = (theirs.hostname or "").removeprefix("www.") == (ours.hostname or "").removeprefix("www.")
    names_home = theirs.path in ("", "/") and not theirs.query
    return same_site and not (names_home and ours.path not in ("", "/"))


def _authors(seen: Statements, posting: Mapping[str, Any], site_name: str | None) -> tuple[str, ...]:
    """People named as authors, by the first source that names any."""
    # Only what a reader sees opens with "By"; in data "Von Miller" is a name.
    sources = (
        [re.sub(r"^by\s", "", name, flags=re.IGNORECASE) for name in _people(posting.get("author"))],
        seen.metas_of(*_KNOWLEDGE["author_metas"]),
        [_named(element) for element in seen.properties.get("author", ())[:1]],
        [_BY.sub("", text) for text in seen.below_heading if _BY.match(text)][:1],
        [_BY.sub("", text_of(element)) for element in seen.bylines[:2]],
    )
    for source in sources:
        people: list[str] = []
        for stated in source:
            people.extend(name for name in name_list(stated[:200]) if folded(name) != folded(site_name or ""))
        if people:
            return tuple(dict.fromkeys(people))
    return ()


def _named(element: html.HtmlElement) -> str:
    """The name that an author element of microdata holds."""
    name = element.find(".//*[@itemprop='name']")
    return text_of(element if name is None else name)


def _people(author: Any) -> Iterator[str]:
    """Names in a JSON-LD author, which may be text, an object or a list; organisations are no authors."""
    if isinstance(author, str):
        yield author
    elif isinstance(author, dict):
        if not any("Organization" in kind or kind == "Corporation" for kind in types_of(author)):
            yield from _people(author.get("name"))
    elif isinstance(author, list):
        for one in author[:20]:
            yield from _people(one)


def _tags(seen: Statements, posting: Mapping[str, Any]) -> tuple[str, ...]:
    keywords = posting.get("keywords")
    stated = (
        seen.metas_of("article:tag", "og:article:tag")
        or seen.tags
        or ([k for k in keywords if isinstance(k, str)] if isinstance(keywords, list) else _split(keywords))
        or _split(seen.meta("news_keywords", "keywords"))
    )
    return tuple(dict.fromkeys(tag for tag in (_clean(t) for t in stated) if tag))[:40]


def _split(text: Any) -> list[str]:
    return re.split(r"[,;،、]", text) if isinstance(text, str) else []


def _page_type(seen: Statements, posting: Mapping[str, Any]) -> str | None:
    types = types_of(posting)
    return (
        next((kind for kind in types if kind in ARTICLE_TYPES), None)
        or seen.meta("og:type")
        or (types[0] if types else None)
    )


def _paywalled(seen: Statements, posting: Mapping[str, Any]) -> bool | None:
    free = posting.get("isAccessibleForFree")
    if free is not None:
        return str(free).casefold() in ("false", "0", "no")
    tier = (seen.meta("article:content_tier", "content_tier") or "").casefold()
    return {"free": False, "metered": True, "locked": True}.get(tier)


def _absolute(address: str | None, url: str | None) -> str | None:
    try:
        absolute = urljoin(url or "", (address or "").strip())
    except ValueError:  # a bracket that is no IPv6 address
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None


def _clean(text: str | None) -> str | None:
    """Single spaces; entities that were escaped twice are undone."""
    if not text:
        return None
    from html import unescape

    return " ".join(unescape(text).split()) or None
