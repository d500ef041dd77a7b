"""A page's headline, without the site's name."""

import pytest
from page_metadata import metadata_of

from cleaning.metadata.declared import DeclaredValue
from cleaning.metadata.titles import SiteIdentity, parse_host, strip_site_name

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
    "a kicker in an element of its own": (
        '<meta property="og:title" content="Weather: Floods cut road again">',
        "<h1><span>Weather</span><span>Floods cut road again</span></h1>",
        "Weather: Floods cut road again",
    ),
    "a kicker that no title has": (
        "<title>Floods: what we know – Sahan Wire</title>",
        "<h1><span class='c-kicker'>Weather</span><span>Floods cut the road to Barawe</span></h1>",
        "Floods cut the road to Barawe",
    ),
    "a badge between words of the headline": (
        "",
        "<h1>Floods in Barawe <span class=badge>Live</span> cut the road</h1>",
        "Floods in Barawe Live cut the road",
    ),
    "a kicker before a colon of the heading's own": (
        "",
        "<h1><span class=kicker>Weather</span>: <span>Floods cut the road to Barawe</span></h1>",
        "Floods cut the road to Barawe",
    ),
    "a line break": ("", "<h1>Floods cut<br>the road<br>to Barawe</h1>", "Floods cut the road to Barawe"),
    "words for screen readers": (
        "<title>Floods cut road – Sahan Wire</title>",
        "<h1><span class=sr-only>Headline: </span>Floods cut road</h1>",
        "Floods cut road",
    ),
    "a hidden element": ("", "<h1><span hidden>Article</span>Floods cut road</h1>", "Floods cut road"),
    "soft hyphens": ("<title>Floods cut road</title>", "<h1>Fl&shy;oods cut&#8203; ro&shy;ad</h1>", "Floods cut road"),
    "soft hyphens of a title": (
        '<meta property="og:title" content="Floods cut&shy; ro&shy;ad">',
        "",
        "Floods cut road",
    ),
    "letters joined in style only": ("", "<h1><b>F</b>loods cut <i>road</i>s</h1>", "Floods cut roads"),
    "a short Chinese headline": (
        "<title>洪水切断道路_海岸新闻_海岸网</title>",
        "<h1>洪水切断道路</h1>",
        "洪水切断道路",
    ),
    "a short Japanese headline": (
        "<title>洪水で道路寸断 | 海岸新聞</title>",
        "<h1>洪水で道路寸断</h1>",
        "洪水で道路寸断",
    ),
    "sections that no heading confirms": (
        '<meta property="og:site_name" content="Sahan Wire">'
        "<title>Floods cut the road to Barawe | Coast | News | Sahan Wire</title>",
        "",
        "Floods cut the road to Barawe",
    ),
    "a section as h1": (
        '<meta property="og:title" content="Floods cut the road to Barawe">'
        '<link rel="canonical" href="https://news.example/coast/floods">',
        "<h1>Coast</h1><h2>Another story</h2>",
        "Floods cut the road to Barawe",
    ),
    "a kicker, and a site that is nowhere named": (
        "<title>Floods cut the road to Barawe | Sahan Wire</title>",
        "<h1><span>Weather</span><span>Floods cut the road to Barawe</span></h1>",
        "Floods cut the road to Barawe",
    ),
    "a subtitle within the h1": (
        "<title>Floods cut the road to Barawe | Sahan Wire</title>",
        "<h1>Floods cut the road to Barawe <small>Nobody was hurt</small></h1>",
        "Floods cut the road to Barawe",
    ),
    "an element without display": (
        "",
        "<h1><span style='display: none'>Article</span>Floods cut the road to Barawe</h1>",
        "Floods cut the road to Barawe",
    ),
    "a class of another spelling": (
        "",
        "<h1><span class=screenReaderText>Title: </span>Floods cut the road</h1>",
        "Floods cut the road",
    ),
    "sections between dashes": (
        "<title>Floods cut the road to Barawe - Coast - News - Sahan Wire</title>",
        "",
        "Floods cut the road to Barawe",
    ),
    "Chinese sections": ("<title>洪水切断通往巴拉韦的道路_海岸新闻_海岸网</title>", "", "洪水切断通往巴拉韦的道路"),
    "the site's name with an article": (
        '<meta property="og:site_name" content="Sahan Wire"><title>Floods cut road – The Sahan Wire</title>',
        "",
        "Floods cut road",
    ),
    "a site that states its name everywhere": (
        "<title>Sahan</title>",
        "<h1>Sahan</h1><article><header><h2>Floods cut the road to Barawe</h2></header></article>",
        "Floods cut the road to Barawe",
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
    assert strip_site_name(title, SiteIdentity(DeclaredValue(site, "meta") if site else None, parse_host(url))) == left
