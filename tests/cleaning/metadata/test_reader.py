"""What a page states of itself, in the many ways in which pages state it."""

import json
from typing import Any

import pytest

from cleaning.html.tree import parse
from cleaning.metadata.declared import Found
from cleaning.metadata.reader import Metadata, read_metadata
from cleaning.metadata.titles import Site, host_of, without_site_name

URL = "https://news.example/2024/10/floods"


def metadata_of(head: str = "", body: str = "", url: str | None = URL, lang: str = "en") -> Metadata:
    page = f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}<p>Prose.</p></body></html>'
    return read_metadata(parse(page), url)


def json_ld(data: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def article(**fields: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Floods cut road"} | fields


AUTHORS = {
    "text": ("Ali Musa", ("Ali Musa",)),
    "list of texts": (["Ali Musa", "Lena Foss"], ("Ali Musa", "Lena Foss")),
    "person": ({"@type": "Person", "name": "Ali Musa"}, ("Ali Musa",)),
    "list of persons": (
        [{"@type": "Person", "name": "Ali Musa"}, {"@type": "Person", "name": "Lena Foss"}],
        ("Ali Musa", "Lena Foss"),
    ),
    "person without a type": ({"name": "Ali Musa"}, ("Ali Musa",)),
    "person with a list of names": ({"@type": "Person", "name": ["Ali Musa", "Lena Foss"]}, ("Ali Musa", "Lena Foss")),
    "two names in one text": ({"@type": "Person", "name": "Ali Musa and Lena Foss"}, ("Ali Musa", "Lena Foss")),
    "byline as a name": ({"@type": "Person", "name": "By Ali Musa"}, ("Ali Musa",)),
    "the same twice": ([{"name": "Ali Musa"}, {"name": "Ali Musa"}], ("Ali Musa",)),
    "nested lists": ([[{"@type": "Person", "name": "Ali Musa"}]], ("Ali Musa",)),
    "organisation": ({"@type": "Organization", "name": "Sahan Wire"}, ()),
    "news organisation": ({"@type": "NewsMediaOrganization", "name": "Ali Musa Media"}, ()),
    "organisation among types": ({"@type": ["Organization", "Brand"], "name": "Ali Musa"}, ()),
    "person and organisation": (
        [{"@type": "Organization", "name": "AFP"}, {"@type": "Person", "name": "Ali Musa"}],
        ("Ali Musa",),
    ),
    "agency as a person": ({"@type": "Person", "name": "AFP"}, ()),
    "staff as a person": ({"@type": "Person", "name": "Staff Reporter"}, ()),
    "the site as a person": ({"@type": "Person", "name": "Sahan Wire"}, ()),
    "admin": ({"@type": "Person", "name": "admin"}, ()),
    "nothing": (None, ()),
    "empty object": ({}, ()),
    "number": (7, ()),
    "address": ("https://news.example/author/ali", ()),
}


@pytest.mark.parametrize(("author", "names"), AUTHORS.values(), ids=AUTHORS)
def test_authors_in_json_ld(author: Any, names: tuple[str, ...]) -> None:
    assert (
        metadata_of('<meta property="og:site_name" content="Sahan Wire">' + json_ld(article(author=author))).authors
        == names
    )


@pytest.mark.parametrize(
    "data",
    [
        article(author={"name": "Ali Musa"}),
        [{"@type": "WebSite", "name": "Sahan"}, article(author={"name": "Ali Musa"})],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, article(author={"name": "Ali Musa"})]},
        {"@graph": [article(author={"@id": "#p"}), {"@type": "Person", "@id": "#p", "name": "Ali Musa"}]},
        {"@type": "WebPage", "mainEntity": article(author={"name": "Ali Musa"})},
        article(author={"name": "Ali Musa"}) | {"@type": ["NewsArticle", "Article"]},
        article(author={"name": "Ali Musa"}) | {"@type": "https://schema.org/ReportageNewsArticle"},
    ],
    ids=["object", "list", "graph", "references", "main entity", "several types", "type as an address"],
)
def test_the_article_is_found_wherever_it_stands(data: Any) -> None:
    found = metadata_of(json_ld(data))
    assert found.title == "Floods cut road"
    assert found.authors == ("Ali Musa",)
    assert found.is_declared_article


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Floods cut road", }',
        '{"@type": "NewsArticle", "headline": "Floods "cut" road"',
        "{",
        "",
        "null",
        "[[[[[[[[[[[[[[[[",
        '"headline"',
        "[1, 2, 3]",
        '{"@type": null, "@graph": null}',
        '{"@type": "NewsArticle", "author": {"name": {"name": {"name": 3}}}, "datePublished": [], "image": {"url": 4}}',
        "\\" * 5000,
        '{"a":' * 3000,
    ],
)
def test_broken_json_ld_costs_nothing_else(script: str) -> None:
    head = f'<script type="application/ld+json">{script}</script><meta property="og:title" content="Floods cut road">'
    assert metadata_of(head).title == "Floods cut road"


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Floods\n cut road"}',
        '<![CDATA[{"@type": "NewsArticle", "headline": "Floods cut road"}]]>',
        '{"@type": "NewsArticle", "headline": "Floods cut road"};',
        '<!-- {"@type": "NewsArticle", "headline": "Floods cut road"} -->',
        '{"@type": "NewsArticle", "headline": "Floods cut road",}',
    ],
    ids=["raw line break", "CDATA", "semicolon", "comment", "trailing comma"],
)
def test_slightly_broken_json_ld_is_read(script: str) -> None:
    assert metadata_of(f'<script type="application/ld+json">{script}</script>').title == "Floods cut road"


TITLES = {
    "og:title": ('<meta property="og:title" content="Floods cut road">', "", "Floods cut road"),
    "title element": ("<title>Floods cut road</title>", "", "Floods cut road"),
    "h1 alone": ("", "<h1>Floods cut road</h1>", "Floods cut road"),
    "h1 confirmed by the title": (
        "<title>Floods cut road – Sahan Wire</title>",
        "<h1>Floods cut road</h1>",
        "Floods cut road",
    ),
    "h1 is the site's name": (
        '<meta property="og:site_name" content="Sahan Wire"><title>Floods cut road | Sahan Wire</title>',
        "<h1>Sahan Wire</h1><h2>Floods cut road</h2>",
        "Floods cut road",
    ),
    "h1 is the site's name, which no element states": (
        '<meta property="og:title" content="Floods cut road"><title>Sahan Wire: Floods cut road</title>',
        "<h1><a href='/'>Sahan Wire</a></h1><h3>Floods cut road</h3>",
        "Floods cut road",
    ),
    "site's name after a bar": (
        '<meta property="og:site_name" content="Sahan Wire"><title>Floods cut road | Sahan Wire</title>',
        "",
        "Floods cut road",
    ),
    "site's name first": (
        '<meta property="og:site_name" content="Sahan Wire"><title>Sahan Wire: Floods cut road</title>',
        "",
        "Floods cut road",
    ),
    "a dash of the title's own": (
        '<meta property="og:title" content="Floods cut road – again">',
        "<h1>Floods cut road – again</h1>",
        "Floods cut road – again",
    ),
    "escaped twice": (
        '<meta property="og:title" content="Floods &amp;amp; fire cut road">',
        "",
        "Floods & fire cut road",
    ),
    "white space": ("<title>\n  Floods\n\tcut road </title>", "", "Floods cut road"),
    "a kicker within the h1": (
        '<meta property="og:title" content="Floods cut road again">',
        "<h1><span>Weather </span><span>Floods cut road again</span></h1>",
        "Floods cut road again",
    ),
    "an h1 of another wording": (
        "<title>Why is the road closed? – Sahan Wire</title>",
        "<h1>Floods have cut the only road to Barawe</h1>",
        "Floods have cut the only road to Barawe",
    ),
    "a slogan as h1": (
        "<title>Floods cut the only road to Barawe | News for the coast</title>",
        "<h1>News for the coast</h1>",
        "Floods cut the only road to Barawe",
    ),
    "a lower heading": (
        "<title>Sahan Wire » Archive » Floods cut the road</title>",
        "<h1><a href='/'>Sahan Wire</a></h1><h2>Floods cut the road</h2>",
        "Floods cut the road",
    ),
    "nothing": ("", "", None),
}


@pytest.mark.parametrize(("head", "body", "title"), TITLES.values(), ids=TITLES)
def test_title(head: str, body: str, title: str | None) -> None:
    assert metadata_of(head, body).title == title


@pytest.mark.parametrize(
    ("title", "site", "url", "left"),
    [
        ("Floods cut road – Sahan Wire", "Sahan Wire", None, "Floods cut road"),
        ("Floods cut road | World | Sahan Wire", "Sahan Wire", None, "Floods cut road | World"),
        ("Floods cut road - news.example", None, "https://www.news.example/a", "Floods cut road"),
        ("Floods cut road - News", None, "https://www.news.example/a", "Floods cut road"),
        ("Floods - and fire", "Sahan Wire", None, "Floods - and fire"),
        ("Sahan Wire", "Sahan Wire", None, "Sahan Wire"),
    ],
)
def test_title_without_the_sites_name(title: str, site: str | None, url: str | None, left: str) -> None:
    assert without_site_name(title, Site(Found(site, "meta") if site else None, host_of(url))) == left


PUBLISHED = {
    "JSON-LD": (json_ld(article(datePublished="2024-10-12T05:17:00+03:00")), "", "2024-10-12T05:17:00+03:00"),
    "OpenGraph": (
        '<meta property="article:published_time" content="2024-10-12T05:17:00+03:00">',
        "",
        "2024-10-12T05:17:00+03:00",
    ),
    "Dublin Core": ('<meta name="DC.date.issued" content="2024-10-12">', "", "2024-10-12T00:00:00"),
    "Dublin Core terms": (
        '<meta name="dcterms.date" content="2024-10-12T05:17:00+01:00">',
        "",
        "2024-10-12T05:17:00+01:00",
    ),
    "parsely": ('<meta name="parsely-pub-date" content="2024-10-12T05:17:00Z">', "", "2024-10-12T05:17:00+00:00"),
    "microdata": ("", '<meta itemprop="datePublished" content="2024-10-12T05:17:00Z">', "2024-10-12T05:17:00+00:00"),
    "microdata on a time": (
        "",
        '<time itemprop="datePublished" datetime="2024-10-12T05:17:00Z">Oct 12</time>',
        "2024-10-12T05:17:00+00:00",
    ),
    "microdata in a title": (
        "",
        '<abbr itemprop="datePublished" title="2024-10-12T05:17:00Z">05:17</abbr>',
        "2024-10-12T05:17:00+00:00",
    ),
    "time element": (
        "",
        '<h1>Floods</h1><time datetime="2024-10-12T05:17:00Z">Oct 12</time>',
        "2024-10-12T05:17:00+00:00",
    ),
    "time of WordPress": (
        "",
        '<time class="updated" datetime="2024-10-13T00:00:00Z"></time>'
        '<time class="entry-date published" datetime="2024-10-12T05:17:00Z"></time>',
        "2024-10-12T05:17:00+00:00",
    ),
    "visible date": (
        "",
        '<h1>Floods cut road</h1><span class="date">12 October 2024, 05:17</span>',
        "2024-10-12T05:17:00",
    ),
    "the finer of two": (
        '<meta property="article:published_time" content="2024-10-12T05:17:00+03:00">'
        + json_ld(article(datePublished="2024-10-12")),
        "",
        "2024-10-12T05:17:00+03:00",
    ),
    "digits in prose": ("", "<p>The link number 1995 leads to 20241012 and to 12345.</p>", None),
    "an update alone": ("", "<h1>Floods cut road</h1><span>Updated 12 October 2024</span>", "2024-10-12T00:00:00"),
    "copyright year": ("", "<footer>© 2024 Sahan Wire</footer>", None),
}


@pytest.mark.parametrize(("head", "body", "time"), PUBLISHED.values(), ids=PUBLISHED)
def test_published(head: str, body: str, time: str | None) -> None:
    stamp = metadata_of(head, body, url="https://news.example/floods").published
    assert (stamp and stamp.time.isoformat()) == time


@pytest.mark.parametrize(
    ("head", "body", "time"),
    [
        (json_ld(article(dateModified="2024-10-12T05:52:00+03:00")), "", "2024-10-12T05:52:00+03:00"),
        (
            '<meta property="article:modified_time" content="2024-10-12T05:52:00+03:00">',
            "",
            "2024-10-12T05:52:00+03:00",
        ),
        ('<meta property="og:updated_time" content="2024-10-12T05:52:00+03:00">', "", "2024-10-12T05:52:00+03:00"),
        ("", '<time class="updated" datetime="2024-10-12T05:52:00Z"></time>', "2024-10-12T05:52:00+00:00"),
        ("", '<time class="published updated" datetime="2024-10-12T05:52:00Z"></time>', None),
        ("", '<time class="updated" itemprop="datePublished" datetime="2024-10-12T05:52:00Z"></time>', None),
        ("", "", None),
    ],
)
def test_modified(head: str, body: str, time: str | None) -> None:
    stamp = metadata_of(head, body).modified
    assert (stamp and stamp.time.isoformat()) == time


BYLINES = {
    "meta author": ('<meta name="author" content="Ali Musa">', "", ("Ali Musa",)),
    "two meta authors": (
        '<meta name="author" content="Ali Musa"><meta name="author" content="Lena Foss">',
        "",
        ("Ali Musa", "Lena Foss"),
    ),
    "names in one meta": ('<meta name="author" content="Ali Musa, Lena Foss">', "", ("Ali Musa", "Lena Foss")),
    "Dublin Core": ('<meta name="DC.creator" content="Ali Musa">', "", ("Ali Musa",)),
    "the publisher": (
        '<meta name="author" content="Ali Musa"><meta name="copyright" content="© 2024 Ali Musa">',
        "<h1>Floods cut road</h1>",
        (),
    ),
    "a publisher shown as the author": (
        '<meta name="author" content="Ali Musa"><meta name="copyright" content="© 2024 Ali Musa">',
        '<h1>Floods cut road</h1><span class="byline">By Ali Musa</span>',
        ("Ali Musa",),
    ),
    "a publisher whose name holds the author's": (
        '<meta name="author" content="Ali"><meta name="publisher" content="Alibi Books">',
        "<h1>Floods cut road</h1>",
        ("Ali",),
    ),
    "given name and surname apart": (
        "",
        '<span class="author"><span class="given">Ali</span> <span class="surname">Musa</span></span>',
        ("Ali Musa",),
    ),
    "a link to a network": ("", '<a href="https://network.example/profile/sahan">Blue Sky (@sahan)</a>', ()),
    "a word that opens with a label": ("", "<h1>Floods cut road</h1><p>文化庁</p>", ()),
    "rel author": ("", '<a rel="author" href="/ali">Ali Musa</a>', ("Ali Musa",)),
    "byline class": ("", '<span class="byline">By Ali Musa</span>', ("Ali Musa",)),
    "microdata": ("", '<span itemprop="author" itemscope><span itemprop="name">Ali Musa</span></span>', ("Ali Musa",)),
    "French byline": (
        "",
        '<p class="byline">Par Solène Margaux et Bastien Orsini</p>',
        ("Solène Margaux", "Bastien Orsini"),
    ),
    "RDFa": (
        "",
        '<div>Submitted by <span typeof="schema:Person" property="schema:name">Ali Musa</span></div>',
        ("Ali Musa",),
    ),
    "the site": (
        '<meta property="og:site_name" content="Sahan Wire"><meta name="author" content="Sahan Wire">',
        "",
        (),
    ),
    "an address": ('<meta property="article:author" content="https://social.example/sahanwire">', "", ()),
    "an agency": ('<meta name="author" content="Reuters">', "", ()),
    "labelled for sharing": (
        '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ali Musa">',
        "",
        ("Ali Musa",),
    ),
    "reading time for sharing": (
        '<meta name="twitter:label1" content="Est. reading time"><meta name="twitter:data1" content="Ten Minutes">',
        "",
        (),
    ),
    "catalogued": ('<meta name="citation_author" content="Musa, Ali">', "", ("Ali Musa",)),
    "more than six": (
        "".join(f'<meta name="author" content="{name}">' for name in ("Ali Musa", "Lena Foss", "Ole Rask")),
        "",
        ("Ali Musa", "Lena Foss", "Ole Rask"),
    ),
    "class of another theme": ("", '<p class="ArticleHead_authorName__x7">Ali Musa</p>', ("Ali Musa",)),
    "address of an author's page": ("", '<a href="/authors/ali-musa">Ali Musa</a>', ("Ali Musa",)),
    "a byline with a place": ("", "<h1>Floods cut road</h1><p>By Ali Musa in Nairobi</p>", ("Ali Musa",)),
    "a byline with an agency": ("", '<p class="byline">By Ali Musa (AFP)</p>', ("Ali Musa",)),
    "a byline with a role": ("", '<p class="byline">By Ali Musa, Staff Writer</p>', ("Ali Musa",)),
    "a byline in pieces": (
        "",
        '<div class="byline">By <a href="/a">Ali Musa</a><span>Senior Reporter</span></div>',
        ("Ali Musa",),
    ),
    "a byline after its date": ("", "<h1>Floods cut road</h1><p>12 October 2024 by Ali Musa</p>", ("Ali Musa",)),
    "a label in another element": ("", "<h1>Floods cut road</h1><p>Written by</p><p>Ali Musa</p>", ("Ali Musa",)),
    "a section beside a date": (
        "",
        "<h1>Floods cut road</h1><p>Travel Tips</p><p>12 October 2024</p><p>More travel and tips of ours.</p>",
        (),
    ),
    "two in a row": (
        "",
        '<ul><li><a rel="author" href="/a">Ali Musa</a></li><li><a rel="author" href="/l">Lena Foss</a></li></ul>',
        ("Ali Musa", "Lena Foss"),
    ),
    "shown are more than stated": (
        '<meta name="author" content="Ali Musa">',
        '<h1>Floods cut road</h1><p class="byline">By Ali Musa and Lena Foss</p>',
        ("Ali Musa", "Lena Foss"),
    ),
    "a handle": ("", '<a rel="author" href="/m">mh</a>', ("mh",)),
    "posted by admin": ("", '<p class="byline">Posted by admin</p>', ()),
    "a comment's author": ("", '<div id="comments"><span class="author">Ali Musa</span></div>', ()),
    "authors of other articles": (
        "",
        "<h1>Floods cut road</h1>"
        + "<p>Prose.</p>" * 80
        + "".join(f'<section><p class="author">{name}</p></section>' for name in ("Ali Musa", "Lena Foss")),
        (),
    ),
    "a reviewer": ("", "<h1>Floods cut road</h1><p>Reviewed by <a rel='author' href='/a'>Ali Musa</a></p>", ()),
    "a person's own site": (
        '<meta property="og:site_name" content="Lena Foss"><meta name="author" content="Lena Foss">',
        "<p>I wrote this.</p>",
        ("Lena Foss",),
    ),
    "a firm's site": (
        '<meta property="og:site_name" content="Quiet Kitchens"><meta name="author" content="Quiet Kitchens">',
        "<p>Our kitchens are quiet.</p>",
        (),
    ),
    "a role": ("", '<span class="author">Staff Reporter</span>', ()),
    "a sentence": ("", '<p class="author">The author of the letter is not known.</p>', ()),
    "nobody": ("", "", ()),
}


@pytest.mark.parametrize(("head", "body", "names"), BYLINES.values(), ids=BYLINES)
def test_authors_beside_json_ld(head: str, body: str, names: tuple[str, ...]) -> None:
    assert metadata_of(head, body).authors == names


@pytest.mark.parametrize(
    "byline",
    [
        "Von Wiebke Harms",
        "Par Solène Margaux",
        "Por Lucía Barrenco",
        "Di Marta Colli",
        "Door Sanne Vos",
        "Oleh Dewi Lestari",
        "Autor: Jan Kowalski",
        "Автор: Вера Лугова",
        "Yazan: Defne Kuzucu",
        "بقلم علي موسى",
        "نویسنده: علی موسوی",
        "लेखक: कविता रंजन",
        "作者：林晓禾",
        "執筆：水野ひかる",
        "Waxaa qoray Xaawo Guuleed",
        "Imeandikwa na Ali Musa",
        "윤하늘 기자",
    ],
)
def test_a_byline_without_markup(byline: str) -> None:
    assert len(metadata_of(body=f"<h1>Floods cut road</h1><p>{byline}</p>").authors) == 1


def test_organisations_stand_apart() -> None:
    found = metadata_of(json_ld(article(author=[{"@type": "Organization", "name": "AFP"}, {"name": "Ali Musa"}])))
    assert found.authors == ("Ali Musa",)
    assert found.organisations == ("AFP",)


def test_each_field_says_where_it_comes_from() -> None:
    found = metadata_of(
        '<meta property="og:site_name" content="Sahan Wire"><meta name="DC.creator" content="Ali Musa">'
        '<meta name="description" content="Rain."><title>Floods cut road - Sahan Wire</title>'
        '<link rel="canonical" href="/2024/10/floods">' + json_ld(article(headline=None, articleSection="World")),
        "<h1>Floods cut road</h1>",
    )
    assert found.provenance["title"] == "h1"
    assert found.provenance["site_name"] == "opengraph"
    assert found.provenance["authors"] == "dublin-core"
    assert found.provenance["description"] == "meta"
    assert found.provenance["section"] == "json-ld"
    assert found.provenance["canonical_url"] == "link"
    assert found.provenance["language"] == "lang-attribute"
    assert "image" not in found.provenance


def test_the_language_is_stated_for_sharing_too() -> None:
    found = metadata_of('<meta property="og:locale" content="so_SO">', lang="")
    assert found.language == "so_SO"
    assert found.provenance["language"] == "opengraph"


def test_json_ld_with_stray_quotation_marks_gives_what_it_can() -> None:
    script = '{"@type": "NewsArticle", "name": "Floods "cut" road", "headline": "Floods cut road", "x": 1}'
    assert metadata_of(f'<script type="application/ld+json">{script}</script>').title == "Floods cut road"


def test_broken_json_ld_is_read_in_linear_time() -> None:
    from time import process_time

    def seconds(length: int) -> float:
        script = '{"@type": "NewsArticle", "headline":"' + '\\"' * length
        tree = parse(f'<html><body><script type="application/ld+json">{script}</script><p>Prose.</p></body></html>')
        start = process_time()
        read_metadata(tree)
        return process_time() - start

    seconds(10)
    assert seconds(33_000) < 1


CANONICAL = [
    ("https://news.example/2024/10/floods/", URL, "https://news.example/2024/10/floods/"),
    ("/2024/10/floods", URL, "https://news.example/2024/10/floods"),
    ("https://news.example/2024/10/floods?utm_source=x", URL, "https://news.example/2024/10/floods"),
    ("https://www.news.example/2024/10/floods", URL, "https://www.news.example/2024/10/floods"),
    ("https://news.example/", URL, None),
    ("https://other.example/2024/10/floods", URL, None),
    ("javascript:void(0)", URL, None),
    ("http://[broken", URL, None),
    ("", URL, None),
]


@pytest.mark.parametrize(("href", "url", "canonical"), CANONICAL)
def test_canonical_address(href: str, url: str, canonical: str | None) -> None:
    found = metadata_of(f'<link rel="canonical" href="{href}">', url=url).canonical_url
    assert found is None if canonical is None else (found or "").rstrip("/") == canonical.rstrip("/")


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (json_ld(article(isAccessibleForFree=False)), True),
        (json_ld(article(isAccessibleForFree="False")), True),
        (json_ld(article(isAccessibleForFree=True)), False),
        (json_ld(article(isAccessibleForFree="true")), False),
        ('<meta property="article:content_tier" content="locked">', True),
        ('<meta property="article:content_tier" content="metered">', True),
        ('<meta property="article:content_tier" content="free">', False),
        ("", None),
    ],
)
def test_paywalled(head: str, paywalled: bool | None) -> None:
    assert metadata_of(head).paywalled is paywalled


def test_the_other_fields() -> None:
    found = metadata_of(
        '<meta property="og:site_name" content="Sahan Wire"><meta property="article:section" content="World">'
        '<meta property="article:tag" content="roads"><meta property="article:tag" content="rain">'
        '<meta name="description" content="The river &amp; the road."><meta property="og:image" content="/lead.jpg">'
        '<link rel="license" href="https://licences.example/by/4.0/">'
    )
    assert found.site_name == "Sahan Wire"
    assert found.section == "World"
    assert found.tags == ("roads", "rain")
    assert found.description == "The river & the road."
    assert found.image == "https://news.example/lead.jpg"
    assert found.licence == "https://licences.example/by/4.0/"
    assert found.language == "en"


@pytest.mark.parametrize(
    "head",
    [
        json_ld(article(keywords="roads, rain")),
        json_ld(article(keywords=["roads", "rain"])),
        '<meta name="keywords" content="roads,rain">',
    ],
)
def test_tags_as_keywords(head: str) -> None:
    assert metadata_of(head).tags == ("roads", "rain")


def test_an_empty_page_states_nothing() -> None:
    assert metadata_of(lang="", url=None) == Metadata()
