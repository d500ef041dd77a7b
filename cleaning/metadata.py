"""What a page says of itself: structured data, meta elements, and the visible headline, byline and date."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

from .dates import Stamp, read_stamp, read_visible_date
from .lines import folded
from .names import name_list
from .rules import DATE
from .urls import canonicalise

ARTICLE_TYPES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle AskPublicNewsArticle BackgroundNewsArticle OpinionNewsArticle "
    "ReviewNewsArticle BlogPosting LiveBlogPosting Report Review SocialMediaPosting TechArticle ScholarlyArticle "
    "AdvertiserContentArticle SatiricalArticle".split()
)
MAX_JSON_LD = 1_000_000
"""Characters of one JSON-LD script that are read."""

ELEMENTS_BELOW = 60
"""Elements after the headline in which a byline and a date are looked for."""
SHORT = 100
"""Characters that such a line has at most."""

_BYLINE_CLASSES = frozenset(
    "byline by-line author author-name entry-author post-author article-author article__author byline__name article-byline "
    "story-byline c-byline byline-name meta-author p-author vcard".split()
)
_DATE_CLASSES = frozenset(
    "date published posted-on entry-date post-date article-date publish-date pubdate dateline timestamp time article__date "
    "date-published published-date post-meta-date meta-date dt-published".split()
)
_BY = re.compile(r"^(?:\W*(?:by|von|par|por|di|door|oleh|na|waxaa qoray|autor|author|كتب|بقلم|written by)\b\s*:?\s*)", re.IGNORECASE)
_DATE = re.compile(DATE, re.IGNORECASE)
_UPDATED = re.compile(r"updated|modified|mis à jour|aktualisiert|actualizado|atualizado|aggiornato|güncelleme|обновлено|оновлено|تحديث", re.IGNORECASE)
_SITE_SEPARATOR = re.compile(r"\s+[-–—|·•»:/]+\s+|\s*\|\s*|\s+::\s+")


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


@dataclass(slots=True)
class _Seen:
    """What one walk over the page finds, before any of it is judged."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    title: str = ""
    times: list[html.HtmlElement] = field(default_factory=list)
    dates: list[html.HtmlElement] = field(default_factory=list)
    bylines: list[html.HtmlElement] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    properties: dict[str, list[html.HtmlElement]] = field(default_factory=dict)
    below_heading: list[str] = field(default_factory=list)
    """Short texts between the headline and the first paragraph."""

    def meta(self, *names: str) -> str | None:
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)

    def metas_of(self, *names: str) -> list[str]:
        return [value for name in names for value in self.metas.get(name, ()) if value]


def read_metadata(tree: html.HtmlElement, url: str | None = None) -> Metadata:
    """Read what a page states about itself.

    Args:
        tree: the page, before anything was deleted from it.
        url: its address, against which relative ones are resolved.
    """
    seen = _walk(tree)
    posting = _article_of(seen.scripts)
    site_name = _site_name(seen, posting)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or seen.meta("og:locale", "content-language")
    return Metadata(
        title=_title(seen, posting, site_name, url),
        canonical_url=_canonical(seen, url),
        language=language,
        published=_published(seen, posting, language),
        modified=_modified(seen, posting),
        authors=_authors(seen, posting, site_name),
        site_name=site_name,
        section=_clean(seen.meta("article:section", "og:article:section") or _first(posting.get("articleSection")) or _first(seen.categories)),
        tags=_tags(seen, posting),
        description=_clean(seen.meta("og:description", "description", "twitter:description", "dc.description") or _first(posting.get("description"))),
        image=_absolute(seen.meta("og:image", "og:image:url", "twitter:image", "twitter:image:src") or _url_of(posting.get("image")), url),
        licence=_clean(_first(seen.links.get("license")) or _url_of(posting.get("license")) or seen.meta("dcterms.license", "dc.rights", "dcterms.rights")),
        page_type=_page_type(seen, posting),
        paywalled=_paywalled(seen, posting),
    )


def _walk(tree: html.HtmlElement) -> _Seen:
    """One pass over the page, keeping what any field may need."""
    seen = _Seen()
    for element in tree.iter("meta", "link", "script", "title", "h1", "time", "a", "span", "div", "p", "abbr", "address", "li", "ul", "cite"):
        tag, attributes = element.tag, element.attrib
        if tag == "meta":
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or attributes.get("http-equiv")
            if name and attributes.get("content"):
                seen.metas.setdefault(name.strip().casefold(), []).append(attributes["content"].strip())
        elif tag == "link":
            for relation in attributes.get("rel", "").casefold().split():
                seen.links.setdefault(relation, []).append(attributes.get("href", "").strip())
        elif tag == "script":
            if "ld+json" in attributes.get("type", "").casefold():
                seen.scripts.append(element.text or "")
        elif tag == "title":
            seen.title = seen.title or _text(element)
        elif tag == "h1":
            if not seen.headings:
                seen.below_heading = list(_texts_below(element))
            seen.headings.append(_text(element))
        elif attributes:
            _note_visible(seen, element, attributes)
    return seen


def _texts_below(heading: html.HtmlElement) -> Iterator[str]:
    """Short texts that follow a heading, up to the first that is long."""
    node: html.HtmlElement | None = heading
    left = ELEMENTS_BELOW
    while node is not None and left:
        sibling = node.getnext()
        if sibling is None:
            node = node.getparent()
            continue
        node = sibling
        for element in sibling.iter("p", "span", "div", "li", "a", "time", "address", "strong", "em", "b", "i", "small", "cite", "h2", "h3", "dd"):
            text = " ".join((element.text or "").split())
            whole = _text(element) if text and len(element) else text
            if len(whole) > SHORT:
                if element.tag == "p":
                    return
                continue
            if whole:
                yield whole
            left -= 1
            if not left:
                return


def _note_visible(seen: _Seen, element: html.HtmlElement, attributes: Mapping[str, str]) -> None:
    relations = attributes.get("rel", "").casefold().split()
    if element.tag == "time":
        seen.times.append(element)
    if "category" in relations:
        seen.categories.append(_text(element))
    elif "tag" in relations:
        seen.tags.append(_text(element))
    if "author" in relations:
        seen.bylines.append(element)
    if "itemprop" in attributes:
        seen.properties.setdefault(attributes["itemprop"].casefold(), []).append(element)
    if "class" in attributes:
        tokens = attributes["class"].casefold().split()
        if not _BYLINE_CLASSES.isdisjoint(tokens):
            seen.bylines.append(element)
        if not _DATE_CLASSES.isdisjoint(tokens):
            seen.dates.append(element)


def _article_of(scripts: list[str]) -> dict[str, Any]:
    """The article among the page's JSON-LD objects, or else whatever says what the page is."""
    objects = [found for script in scripts for found in _objects(_parsed(script))]
    articles = [found for found in objects if ARTICLE_TYPES & set(_types(found))]
    if articles:
        by_id = {found["@id"]: found for found in objects if isinstance(found.get("@id"), str)}
        return {key: _resolved(value, by_id) for key, value in max(articles, key=len).items()}
    return next((found for found in objects if any(kind.endswith("Page") for kind in _types(found))), {})


def _resolved(value: Any, by_id: Mapping[str, Any]) -> Any:
    """An object that only refers to another one by its ``@id`` is that other one."""
    if isinstance(value, list):
        return [_resolved(one, by_id) for one in value[:20]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


def _parsed(script: str) -> Any:
    script = script.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    if not script or len(script) > MAX_JSON_LD:
        return None
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All JSON-LD objects with a type, those inside ``@graph`` and other values too."""
    if depth > 8:
        return
    if isinstance(data, dict):
        if "@type" in data:
            yield data
        for key, value in data.items():
            if key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "hasPart", "liveBlogUpdate", "subjectOf"):
                yield from _objects(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _objects(value, depth + 1)


def _types(found: Mapping[str, Any]) -> list[str]:
    types = found.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (types if isinstance(types, list) else [types]) if kind]


def _site_name(seen: _Seen, posting: Mapping[str, Any]) -> str | None:
    publisher = posting.get("publisher")
    if isinstance(publisher, list):
        publisher = publisher[0] if publisher else None
    named = publisher.get("name") if isinstance(publisher, dict) else publisher
    return _clean(seen.meta("og:site_name", "application-name", "dc.publisher") or _first(named))


def _title(seen: _Seen, posting: Mapping[str, Any], site_name: str | None, url: str | None) -> str | None:
    """The headline: an ``h1`` that the page's other titles confirm, else those titles without the site's name."""
    stated = [_clean(t) for t in (seen.meta("og:title", "twitter:title"), _first(posting.get("headline")), seen.title, seen.meta("title", "dc.title"))]
    titles = [title for title in stated if title]
    headings = [h for h in (_clean(heading) for heading in seen.headings) if h and folded(h) != folded(site_name or "")]
    for heading in headings:
        key = folded(heading)
        if len(key) > 8 and any(key in folded(title) or folded(title) in key for title in titles):
            return heading
    if titles:
        return without_site_name(titles[0], site_name, url)
    return headings[0] if headings else None


def without_site_name(title: str, site_name: str | None, url: str | None = None) -> str:
    """A page title without the site's name before or after it.

    >>> without_site_name("Floods cut road – Sahan Wire", "Sahan Wire")
    'Floods cut road'
    """
    host = folded((urlsplit(url).hostname or "").removeprefix("www.").rpartition(".")[0]) if url else ""
    names = {folded(site_name or ""), host} - {""}
    for match in reversed(list(_SITE_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()], title[match.end() :]
        if folded(tail) in names and head:
            return head.strip()
        if folded(head) in names and tail:
            return tail.strip()
    return title


def _canonical(seen: _Seen, url: str | None) -> str | None:
    """The address the page names as its own, unless it is the home page's or another site's."""
    for stated in (*seen.links.get("canonical", ()), seen.meta("og:url")):
        try:
            canonical = canonicalise(stated or "", url)
        except ValueError:
            continue
        if url is None or _is_plausible_canonical(canonical, url):
            return canonical
    return None


def _is_plausible_canonical(canonical: str, url: str) -> bool:
    theirs, ours = urlsplit(canonical), urlsplit(url)
    same_site = (theirs.hostname or "").removeprefix("www.") == (ours.hostname or "").removeprefix("www.")
    names_home = theirs.path in ("", "/") and not theirs.query
    return same_site and not (names_home and ours.path not in ("", "/"))


def _published(seen: _Seen, posting: Mapping[str, Any], language: str | None) -> Stamp | None:
    stated = _best_stamp(
        _first(posting.get("datePublished")), _first(posting.get("dateCreated")), seen.meta("article:published_time", "og:article:published_time"),
        *_property_stamps(seen, "datepublished"), *_property_stamps(seen, "datecreated"),
        seen.meta("datepublished", "dc.date.issued", "dcterms.created", "dc.date.created", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate",
                  "publish-date", "publish_date", "article.published", "published-date", "dc.date", "dcterms.date", "date", "cxenseparse:recs:publishtime"),
    )
    if stated:
        return stated
    marked = [e for e in seen.times if "datetime" in e.attrib]
    pub = [e for e in marked if e.get("pubdate") is not None or not {"published", "entry-date"}.isdisjoint(e.get("class", "").split())]
    visible = _best_stamp(*(e.get("datetime") for e in pub[:1])) or _first_date(seen.below_heading, language)
    if visible is None:
        texts = [_text(element) for element in (*seen.times[:2], *seen.dates[:3])]
        return _best_stamp(*(e.get("datetime") for e in marked[:1])) or _first_date(texts, language)
    exact = (read_stamp(e.get("datetime")) for e in marked[:6])
    return next((stamp for stamp in exact if stamp and stamp.time.date() == visible.time.date()), visible)


def _best_stamp(*texts: str | None) -> Stamp | None:
    """The first time that can be read; a later one of the same day that is known more exactly wins."""
    stamps = [stamp for stamp in map(read_stamp, texts) if stamp]
    if not stamps:
        return None
    first = stamps[0]
    if first.precision == "day":
        return next((s for s in stamps if s.precision != "day" and s.time.date() == first.time.date()), first)
    return first


def _property_stamps(seen: _Seen, name: str) -> list[str | None]:
    return [e.get("datetime") or e.get("content") or _text(e) for e in seen.properties.get(name, ())[:2]]


def _first_date(texts: list[str], language: str | None) -> Stamp | None:
    """The first date among short texts; what is marked as an update is none."""
    for text in texts:
        match = _DATE.search(text)
        if match and not _UPDATED.search(text[: match.start()]):
            stamp = read_visible_date(match[0], language)
            if stamp:
                return stamp
    return None


def _modified(seen: _Seen, posting: Mapping[str, Any]) -> Stamp | None:
    return _best_stamp(
        _first(posting.get("dateModified")), seen.meta("article:modified_time", "og:article:modified_time", "og:updated_time"),
        *_property_stamps(seen, "datemodified"), seen.meta("datemodified", "dcterms.modified", "dc.date.modified", "last-modified", "article.updated"),
        *(e.get("datetime") for e in seen.times if "updated" in e.get("class", "").split() and "published" not in e.get("class", "").split()),
    )


def _authors(seen: _Seen, posting: Mapping[str, Any], site_name: str | None) -> tuple[str, ...]:
    """People named as authors, by the first source that names any."""
    sources = (
        list(_people(posting.get("author"))),
        seen.metas_of("author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl"),
        [_text(e.find(".//*[@itemprop='name']") if e.find(".//*[@itemprop='name']") is not None else e) for e in seen.properties.get("author", ())[:1]],
        [text for text in seen.below_heading if _BY.match(text)][:1],
        [_text(element) for element in seen.bylines[:2]],
    )
    for source in sources:
        people: list[str] = []
        for stated in source:
            people.extend(name for name in name_list(_BY.sub("", stated)[:200]) if folded(name) != folded(site_name or ""))
        if people:
            return tuple(dict.fromkeys(people))
    return ()


def _people(author: Any) -> Iterator[str]:
    """Names in a JSON-LD author, which may be text, an object or a list; organisations are no authors."""
    if isinstance(author, str):
        yield author
    elif isinstance(author, dict):
        if not any("Organization" in kind for kind in _types(author)):
            yield from _people(author.get("name"))
    elif isinstance(author, list):
        for one in author[:20]:
            yield from _people(one)


def _tags(seen: _Seen, posting: Mapping[str, Any]) -> tuple[str, ...]:
    keywords = posting.get("keywords")
    stated = seen.metas_of("article:tag", "og:article:tag") or seen.tags or (
        [k for k in keywords if isinstance(k, str)] if isinstance(keywords, list) else _split(keywords)
    ) or _split(seen.meta("news_keywords", "keywords"))
    return tuple(dict.fromkeys(tag for tag in (_clean(t) for t in stated) if tag))[:40]


def _split(text: Any) -> list[str]:
    return re.split(r"[,;،、]", text) if isinstance(text, str) else []


def _page_type(seen: _Seen, posting: Mapping[str, Any]) -> str | None:
    types = _types(posting)
    return next((kind for kind in types if kind in ARTICLE_TYPES), None) or seen.meta("og:type") or (types[0] if types else None)


def _paywalled(seen: _Seen, posting: Mapping[str, Any]) -> bool | None:
    free = posting.get("isAccessibleForFree")
    if free is not None:
        return str(free).casefold() in ("false", "0", "no")
    tier = (seen.meta("article:content_tier", "content_tier") or "").casefold()
    return {"free": False, "metered": True, "locked": True}.get(tier)


def _first(value: Any) -> str | None:
    """The first text in a value that may be text, a list, or an object with a name."""
    if isinstance(value, list):
        return next((text for one in value if (text := _first(one))), None)
    if isinstance(value, dict):
        return _first(value.get("name") or value.get("@value"))
    return value if isinstance(value, str) and value else None


def _url_of(value: Any) -> str | None:
    if isinstance(value, list):
        return next((text for one in value if (text := _url_of(one))), None)
    if isinstance(value, dict):
        return _first(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value if isinstance(value, str) and value else None


def _absolute(address: str | None, url: str | None) -> str | None:
    if not address:
        return None
    try:
        return urljoin(url or "", address.strip()) or None
    except ValueError:  # a bracket that is no IPv6 address
        return None


def _text(element: html.HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())[:500]


def _clean(text: str | None) -> str | None:
    """Single spaces; entities that were escaped twice are undone."""
    if not text:
        return None
    from html import unescape

    return " ".join(unescape(text).split()) or None
