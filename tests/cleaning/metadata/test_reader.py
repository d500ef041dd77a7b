"""What a page states of itself, in the many ways in which pages state it."""

import pytest
from page_metadata import URL, article, json_ld, metadata_of

from cleaning.metadata.reader import Metadata

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
