"""When a page was published and last changed: from what it states for machines, what it shows, and what it must not."""

import pytest

from cleaning.html.tree import parse_html
from cleaning.metadata.declared import collect_declared_metadata
from cleaning.metadata.jsonld import find_article, parse_scripts
from cleaning.metadata.publication_dates import ArticleDates, read_dates

PROSE = (
    "<p>" + "The river rose by two metres on Monday, and the ferry stayed at its landing, the harbour office said. " * 3
)
SCRIPT = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferry","datePublished":"%s"%s}</script>'
OTHERS = "".join(
    f"<div class=card><h3>Another story of this week</h3><span class=card-date>{day} May 2023</span></div>"
    for day in range(1, 5)
)


def page(head: str = "", above: str = "", below: str = "", foot: str = "", lang: str = "en-GB") -> str:
    return (
        f"<html lang={lang}><head><title>Ferry stays at its landing</title>{head}</head><body>"
        f"<nav><ul><li>Home<li>12 June 2021</ul></nav><div class=page><div class=top>{above}"
        f"<h1>Ferry stays at its landing</h1>{below}</div>{PROSE}{PROSE}{foot}</div></body></html>"
    )


def dates_of(html: str, url: str | None = None) -> ArticleDates:
    tree = parse_html(html)
    seen = collect_declared_metadata(tree)
    return read_dates(seen, find_article(parse_scripts(seen.scripts)), tree.get("lang"), url)


PUBLISHED = [
    # What machines are told.
    ("JSON-LD", page(SCRIPT % ("2024-10-12T05:17:00+03:00", "")), "2024-10-12T05:17:00+03:00", "second", "json-ld"),
    ("JSON-LD in words", page(SCRIPT % ("Oct 12, 2024", "")), "2024-10-12T00:00:00", "day", "json-ld"),
    ("JSON-LD backwards", page(SCRIPT % ("04:25 PM, Oct 12, 2024", "")), "2024-10-12T16:25:00", "minute", "json-ld"),
    ("JSON-LD without a type", page('<script>{"@context": "https://schema.org", "@type": "NewsArticle",'
     '"datePublished": "2024-10-12T05:17:00Z"}</script>'), "2024-10-12T05:17:00+00:00", "second", "json-ld"),
    ("OpenGraph", page('<meta property=article:published_time content=2024-10-12T05:17:00Z>'),
     "2024-10-12T05:17:00+00:00", "second", "opengraph"),
    ("a meta of the site's own", page('<meta name=acme-published-date content=2024-10-12T05:17Z>'),
     "2024-10-12T05:17:00+00:00", "minute", "meta"),
    ("meta in words", page('<meta name=pubdate content="October 12, 2024">'), "2024-10-12T00:00:00", "day", "meta"),
    ("Dublin Core", page('<meta name=DC.date.issued content=2024-10-12>'), "2024-10-12T00:00:00", "day", "dublin-core"),
    ("microdata", page(foot='<span itemprop="dateCreated datePublished">2024-10-12</span>'),
     "2024-10-12T00:00:00", "day", "microdata"),
    ("RDFa", page(foot='<span property=schema:dateCreated content=2024-10-12T05:17:00+03:00></span>'),
     "2024-10-12T05:17:00+03:00", "second", "microdata"),
    ("the day, and its time elsewhere", page('<meta name=pubdate content=2024-10-12>',
     below="<time datetime=2024-10-12T05:17:00+03:00>Saturday</time>"),
     "2024-10-12T05:17:00+03:00", "second", "visible-date"),
    ("only a month", page(SCRIPT % ("2024-10", "")), "2024-10-01T00:00:00", "month", "json-ld"),
    # What readers see below the headline.
    ("below", page(below="<p>12 October 2024</p>"), "2024-10-12T00:00:00", "day", "visible-date"),
    ("below the summary", page(below="<p class=lead>" + "A summary of the story, in some length. " * 5 +
     "</p><div><span>By Ali Musa</span> <span>12 October 2024, 05:17</span></div>"),
     "2024-10-12T05:17:00", "minute", "visible-date"),
    ("after the byline", page(below="<div>By <a href=/a>Ali Musa</a> | 12 October 2024 | 5 min read</div>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("after a break", page(below="<p><br> 12 October 2024 , Ali Musa</p>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("in the heading", page().replace("landing</h1>", "landing<br><small>12.10.2024 • News</small></h1>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("in an aside", page(below="<aside class=meta><time datetime=2024-10-12>Sat</time></aside>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("TYPO3", page(below='<div class=news-list-date><time itemprop=x datetime=2024-10-12>12.10.2024</time></div>',
     lang="de"), "2024-10-12T00:00:00", "day", "visible-date"),
    ("Joomla", page(below='<dl class=article-info><dt>Details</dt><dd class=published>Veröffentlicht: 12. Oktober 2024'
     "</dd></dl>", lang="de-de"), "2024-10-12T00:00:00", "day", "visible-date"),
    ("WordPress", page(below='<span class=posted-on>Posted on <a><time class="entry-date published" '
     'datetime=2024-10-12T05:17:00+03:00>12 Oct</time><time class=updated datetime=2024-11-01T00:00:00+03:00>1 Nov'
     "</time></a></span>"), "2024-10-12T05:17:00+03:00", "second", "visible-date"),
    ("two-figure year", page(below="<div>Kultur, 2.10.24</div>", lang="de"),
     "2024-10-02T00:00:00", "day", "visible-date"),
    ("German on an English theme", page(below="<p>12. Dezember 2024</p>", lang="en"),
     "2024-12-12T00:00:00", "day", "visible-date"),
    ("both Arabic names", page(below="<p>السبت 12 نيسان / أبريل 2024 09:22 مساءً</p>", lang="ar"),
     "2024-04-12T21:22:00", "minute", "visible-date"),
    ("dateline", page(below=f"{PROSE.replace('<p>', '<p>Mombasa, 12 October 2024 – ')}"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("published and updated", page(below="<p>Published 12 October 2024 | Updated 15 October 2024</p>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("updated and published", page(below="<p>Updated 15 October 2024</p><p>12 October 2024</p>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("only updated", page(below="<div><span>Last updated</span></div><div>15 October 2024</div>"),
     "2024-10-15T00:00:00", "day", "visible-update"),
    # Above it.
    ("above", page(above="<p class=date>12 October 2024, 05:17</p>"), "2024-10-12T05:17:00", "minute", "visible-date"),
    ("above, beside the rubric", page(above="<div><a>Sports</a></div><div>Saturday / 12 October 2024</div>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("above the first paragraph of a page without headline",
     page(below="<div>12 October 2024</div>").replace("<h1>Ferry stays at its landing</h1>", ""),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("h2 as headline", page(above="<h2>Topics</h2><p>3 March 2020</p>" + "<ul>" + "<li><a>x</a>" * 30 + "</ul>",
     below="<div>12 October 2024</div>").replace("h1>", "h2>"), "2024-10-12T00:00:00", "day", "visible-date"),
    # Farther away.
    ("at the foot, labelled", page(foot="<p>Erschienen am: 12.10.2024</p>", lang="de"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("at the foot, with a name", page(foot="<p>Gespeichert von <b>lea</b> am 12. Oktober 2024 - 18:55</p>", lang="de"),
     "2024-10-12T18:55:00", "minute", "visible-date"),
    ("at the foot, below its label", page(foot="<div><h3>Published</h3><p><span>12 October 2024</span></p></div>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("at the foot, by its class", page(foot="<div class=c-meta__date>12 October 2024</div>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("among other articles", page(below="<div>12 October 2024</div>", foot=OTHERS),
     "2024-10-12T00:00:00", "day", "visible-date"),
    # Machines and readers disagree.
    ("readers are told another day", page(SCRIPT % ("2025-08-21T00:00:00Z", ""), below="<p>12 October 2024</p>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("readers are told of the change", page(SCRIPT % ("2024-10-12T05:17:00Z", ',"dateModified":"2025-03-01T10:00:00Z"'),
     below="<p>1 March 2025</p>"), "2024-10-12T05:17:00+00:00", "second", "json-ld"),
    ("figures in the other order", page(SCRIPT % ("2024-09-10T16:07:00Z", ""), below="<p>10/09/2024</p>", lang="en-US"),
     "2024-09-10T16:07:00+00:00", "second", "json-ld"),
    ("a weak meta", page("<meta name=date content=2024-11-01>", below="<p>12 October 2024</p>"),
     "2024-10-12T00:00:00", "day", "visible-date"),
    ("a weak meta that knows the zone", page("<meta name=dcterms.date content=2024-10-12T16:45:00+01:00>",
     below="<p>Sat, 10/12/2024 - 16:45</p>", lang="en"), "2024-10-12T16:45:00+01:00", "second", "dublin-core"),
    ("a weak meta alone", page("<meta name=date content=2024-11-01>"), "2024-11-01T00:00:00", "day", "meta"),
]  # fmt: skip
NOT_PUBLISHED = [
    ("the menu's date", page()),
    ("a list of other articles", page(foot=OTHERS)),
    ("comments", page(foot="<div id=comments><p>Posted 12 October 2024</p><p>A comment</p></div>")),
    ("copyright", page(foot="<footer>© 2019 The Ferry Times. Copyright 12.10.2024</footer>")),
    ("today", page(below="<div class=today>Saturday, 12 October 2024</div>")),
    ("a date in the prose", page(below=PROSE.replace("on Monday", "on 12 October 2024"))),
    ("months without a day", page(below="<p>October 2024</p>")),
    ("a range of days", page(below="<p>10-12 October 2024</p>")),
    ("an expiry", page("<meta name=expiry-date-of-publication content=2024-10-12>")),
]


@pytest.mark.parametrize(
    ("html", "time", "precision", "source"), [row[1:] for row in PUBLISHED], ids=[row[0] for row in PUBLISHED]
)
def test_published(html: str, time: str, precision: str, source: str) -> None:
    published = dates_of(html).published
    assert published is not None
    assert (published.time.isoformat(timespec="seconds"), published.precision, published.source) == (
        time,
        precision,
        source,
    )


@pytest.mark.parametrize("html", [html for _, html in NOT_PUBLISHED], ids=[name for name, _ in NOT_PUBLISHED])
def test_invents_no_publication(html: str) -> None:
    assert dates_of(html).published is None


@pytest.mark.parametrize(
    ("html", "time", "source"),
    [
        (
            page(SCRIPT % ("2024-10-12", ',"dateModified":"2024-10-13T10:00:00Z"')),
            "2024-10-13T10:00:00+00:00",
            "json-ld",
        ),
        (page("<meta name=last-modified content='October 13, 2024'>"), "2024-10-13T00:00:00", "meta"),
        (page(below="<p>12 October 2024, updated 13 October 2024 10:00</p>"), "2024-10-13T10:00:00", "visible-date"),
        (page(foot="<p>Letzte Änderung: 13.10.2024</p>", lang="de"), "2024-10-13T00:00:00", "visible-date"),
    ],
)
def test_modified(html: str, time: str, source: str) -> None:
    modified = dates_of(html).modified
    assert modified is not None
    assert (modified.time.isoformat(timespec="seconds"), modified.source) == (time, source)


def test_a_page_that_was_not_changed_has_no_change() -> None:
    assert dates_of(page(below="<p>12 October 2024</p>")).modified is None


@pytest.mark.parametrize(
    ("below", "time"),
    [
        ("", "2024-10-12T00:00:00"),
        ("<p>10/12/2024, 05:17</p>", "2024-10-12T05:17:00"),  # the address tells that the month comes first
        ("<p>3 May 2023</p>", "2023-05-03T00:00:00"),
    ],
)
def test_the_address_counts_where_the_page_is_silent_or_unclear(below: str, time: str) -> None:
    published = dates_of(page(below=below), "https://ferry.example/2024/oct/12/landing").published
    assert published is not None
    assert published.time.isoformat() == time


def test_the_address_decides_between_machines_and_readers() -> None:
    html = page(SCRIPT % ("2024-10-12T23:40:00Z", ""), below="<p>11 October 2024</p>")
    published = dates_of(html, "https://ferry.example/2024/10/12/landing").published
    assert published is not None
    assert published.source == "json-ld"
