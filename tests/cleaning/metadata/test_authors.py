"""Whom a page names as its authors, in the many ways in which pages name them."""

from typing import Any

import pytest
from page_metadata import article, json_ld, metadata_of

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
