"""Feeds as sites write them."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.feeds import FeedEntry, NotAFeedError, ParsedFeed, read_feed
from crawler.parsers.raw_feed import MAX_ENTRIES

URL = "https://site.example/news/feed.xml"
MOMENT = datetime(2024, 10, 12, 2, 17, tzinfo=UTC)
ENTRY = FeedEntry("https://site.example/a", "Rains return", MOMENT)

RSS_20 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Site &amp; Sound</title><link>https://site.example/news/</link><language>en-US</language>
<atom:link href="https://site.example/news/feed.xml" rel="self" type="application/rss+xml"/>
<image><title>Logo</title><link>https://site.example/logo</link></image>
<item><media:title>A picture</media:title><media:content url="/p.jpg"><media:title>P</media:title></media:content>
<title>Rains return</title><link>https://site.example/a</link><dc:creator>Noor</dc:creator>
<pubDate>Sat, 12 Oct 2024 05:17:00 +0300</pubDate><guid isPermaLink="false">tag:1</guid>
<description><![CDATA[<p>It <a href="/x">rained</a>.</p>]]></description>
<content:encoded><![CDATA[<p>It rained. <link>/no</link></p>]]></content:encoded></item></channel></rss>"""

RSS_091 = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Old</title><link>https://site.example/</link><language>en</language>
<item><title>Rains return</title><link>https://site.example/a</link></item></channel></rss>"""

RSS_10 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://site.example/feed.rdf"><title>RDF</title><link>https://site.example/</link>
<dc:language>so</dc:language><items><rdf:Seq><rdf:li rdf:resource="https://site.example/a"/></rdf:Seq></items></channel>
<item rdf:about="https://site.example/a"><title>Rains return</title><dc:date>2024-10-12T05:17:00+03:00</dc:date></item>
</rdf:RDF>"""

ATOM_10 = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="so-SO"><title type="text">Atom</title>
<link rel="self" href="https://site.example/atom.xml"/><link href="https://site.example/"/>
<link rel="next" href="/atom.xml?page=2"/>
<entry><title type="html">&lt;b&gt;Rains&lt;/b&gt; return</title><id>tag:site.example,2024:1</id>
<link rel="replies" href="/a#comments"/><link rel="enclosure" href="/a.mp3"/>
<link rel="alternate" type="text/html" href="/a"/>
<published>2024-10-12T05:17:00+03:00</published><updated>2024-10-13T05:17:00+03:00</updated>
<source><title>Elsewhere</title><link href="https://other.example/"/></source>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><title>No</title></div></content></entry></feed>"""

ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old Atom</title>
<link rel="alternate" type="text/html" href="https://site.example/"/>
<entry><title>Rains return</title><link rel="alternate" type="text/html" href="https://site.example/a"/>
<issued>2024-10-12T05:17:00+03:00</issued><modified>2024-10-12T05:17:00+03:00</modified></entry></feed>"""


def test_rss_20() -> None:
    assert read_feed(RSS_20.encode(), URL) == ParsedFeed(
        title="Site & Sound",
        language="en-US",
        entries=(replace(ENTRY, guid="tag:1", authors=("Noor",)),),
        site_url="https://site.example/news/",
    )


def test_rss_091() -> None:
    feed = read_feed(RSS_091.encode("latin-1"), URL)
    assert (feed.title, feed.entries) == ("Old", (FeedEntry("https://site.example/a", "Rains return"),))


def test_rss_10() -> None:
    feed = read_feed(RSS_10.encode(), URL)
    assert (feed.title, feed.language, feed.entries) == ("RDF", "so", (ENTRY,))


def test_atom_10() -> None:
    assert read_feed(ATOM_10.encode(), URL) == ParsedFeed(
        title="Atom",
        language="so-SO",
        entries=(replace(ENTRY, modified=datetime(2024, 10, 13, 2, 17, tzinfo=UTC), guid="tag:site.example,2024:1"),),
        next_page="https://site.example/atom.xml?page=2",
        site_url="https://site.example/",
    )


def test_atom_03() -> None:
    feed = read_feed(ATOM_03.encode(), URL)
    assert feed.entries == (FeedEntry(ENTRY.url, ENTRY.title, MOMENT, MOMENT),)


def rss(item: str, root: str = "<rss version='2.0'>") -> bytes:
    return f"{root}<channel><item>{item}</item></channel></rss>".encode()


def atom(entry: str, root: str = "<feed xmlns='http://www.w3.org/2005/Atom'>") -> bytes:
    return f"{root}<entry>{entry}</entry></feed>".encode()


@pytest.mark.parametrize(
    ("body", "url"),
    [
        # relative to the feed, to xml:base, and to a base within a base
        (rss("<link>/a</link>"), "https://site.example/a"),
        (rss("<link>a.html</link>"), "https://site.example/news/a.html"),
        (rss("<link>../a</link>"), "https://site.example/a"),
        (rss("<link>//other.example/a</link>"), "https://other.example/a"),
        (rss("<link>a</link>", "<rss xml:base='https://base.example/x/'>"), "https://base.example/x/a"),
        (atom("<link href='a'/>", "<feed xml:base='/x/'>"), "https://site.example/x/a"),
        (atom("<link xml:base='y/' href='a'/>", "<feed xml:base='/x/'>"), "https://site.example/x/y/a"),
        # white space, CDATA, tracking, bare ampersands, escapes
        (rss("<link>\n  https://site.example/a \n</link>"), "https://site.example/a"),
        (rss("<link><![CDATA[https://site.example/?a=1&b=2]]></link>"), "https://site.example/?a=1&b=2"),
        (rss("<link>https://site.example/?a=1&b=2</link>"), "https://site.example/?a=1&b=2"),
        (rss("<link>https://site.example/a?utm_source=rss&amp;utm_medium=rss</link>"), "https://site.example/a"),
        (rss("<link>https://site.example/الأمم</link>"), "https://site.example/%D8%A7%D9%84%D8%A3%D9%85%D9%85"),
        (rss("<link>https://site.example/%d8%a7</link>"), "https://site.example/%D8%A7"),
        # which of several
        (rss("<guid>https://site.example/a</guid>"), "https://site.example/a"),
        (rss("<guid isPermaLink='true'>https://site.example/a</guid><link/>"), "https://site.example/a"),
        (rss("<guid isPermaLink='false'>https://site.example/?p=1</guid><link>/a</link>"), "https://site.example/a"),
        (rss("<atom:link rel='self' href='/self'/><link>/a</link>"), "https://site.example/a"),
        (rss("<link href='https://site.example/a'/>"), "https://site.example/a"),
        (rss("<LINK>/a</LINK>".replace("LINK", "Link")), "https://site.example/a"),
        (
            rss(
                "<link>https://feeds.example/~r/1</link><feedburner:origLink>https://site.example/a</feedburner:origLink>",
                "<rss xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'>",
            ),
            "https://site.example/a",
        ),
        (rss("<enclosure url='/a.mp3'/><link>/a</link><itunes:link href='/i'/>"), "https://site.example/a"),
        (atom("<id>https://site.example/a</id>"), "https://site.example/a"),
        (atom("<link type='application/json' href='/j'/><link type='text/html' href='/a'/>"), "https://site.example/a"),
    ],
)
def test_addresses(body: bytes, url: str) -> None:
    assert [entry.url for entry in read_feed(body, URL).entries] == [url]


@pytest.mark.parametrize(
    "item",
    [
        "<title>No link</title>",
        "<link/>",
        "<guid>123</guid>",
        "<link>javascript:x</link>",
        "<link>http://[</link>",
        "<guid isPermaLink='false'>tag:1</guid>",
    ],
)
def test_entries_without_an_address_are_left_out(item: str) -> None:
    assert read_feed(rss(item), URL).entries == ()


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Rains  return\n to the east", "Rains return to the east"),
        ("AT&amp;T falls", "AT&T falls"),
        ("AT&amp;amp;T falls", "AT&T falls"),
        ("Cats & dogs", "Cats & dogs"),
        ("<![CDATA[Cats & <em>dogs</em> &#8211; both]]>", "Cats & dogs – both"),
        ("5 &lt; 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("caf&eacute;&nbsp;noir", "café noir"),
        ("a&#1;b", "ab"),
        ("<b>Bold</b> claim", "Bold claim"),
        ("", None),
    ],
)
def test_titles(title: str, line: str | None) -> None:
    assert read_feed(rss(f"<link>/a</link><title>{title}</title>"), URL).entries[0].title == line


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (RSS_20.replace("Rains return", "Été").encode(), "Été"),
        (RSS_20.replace("Rains return", "Été").encode("utf-8-sig"), "Été"),
        (RSS_20.replace("Rains return", "Été").encode("utf-16"), "Été"),
        (RSS_091.replace("Rains return", "Été").encode("latin-1"), "Été"),
        (RSS_091.replace("Rains return", "Été").encode(), "Été"),
        (RSS_091.replace("Rains return", "It’s").encode("cp1252"), "It’s"),
        (RSS_20.replace("Rains return", "It’s").encode("cp1252"), "It’s"),
        (RSS_20.replace("UTF-8", "windows-1251").replace("Rains return", "Дожди").encode("cp1251"), "Дожди"),
        (RSS_20.replace("UTF-8", "Shift_JIS").replace("Rains return", "雨").encode("cp932"), "雨"),
        (RSS_20.replace("UTF-8", "ISO-2022-JP").replace("Rains return", "雨").encode("iso2022_jp"), "雨"),
        (RSS_20.replace("UTF-8", "no-such-thing").replace("Rains return", "Été").encode(), "Été"),
    ],
)
def test_encodings(body: bytes, title: str) -> None:
    assert read_feed(body, URL).entries[0].title == title


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (RSS_20[: RSS_20.index("</channel>")].encode(), 1),
        (("<br />\n<b>Notice</b>: x in /srv/feed.php on line 3<br />\n" + RSS_20).encode(), 1),
        (("\n\n" + RSS_20 + "<script>track()</script>").encode(), 1),
        (RSS_20.replace("<dc:creator>", "<nobody:knows/><dc:creator>").encode(), 1),
        (rss("<link>/a</link>") + rss("<link>/b</link>"), 2),
    ],
)
def test_broken_feeds_give_what_there_is(body: bytes, found: int) -> None:
    assert len(read_feed(body, URL).entries) == found


ITEMS = [f"<title>Story {n}</title><link>/{n}</link><description>TEXT</description>" for n in range(4)]


def broken_rss(description: str) -> bytes:
    """A feed of four items, whose second has this description."""
    items = [f"<item>{item.replace('TEXT', description if n == 1 else 'Rain')}</item>" for n, item in enumerate(ITEMS)]
    return f"<rss version='2.0'><channel><title>Site</title><link>/</link>{''.join(items)}</channel></rss>".encode()


@pytest.mark.parametrize(
    "description",
    [
        "Read<br>this <img src='/i.jpg'><b>now<p>The",
        "profits < costs",
        "we <3 it",
        "a <b and c> d",
        "</p></div>",
        "<a href=/x>unquoted</a> <a href='x\">mixed quotes</a>",
        "<br>" * 600,
        "<!-- no end",
        "<![CDATA[no end",
        "<item-like> <title-like>",
        "x</description><pubDate>today",
        "&nosuch; & <",
    ],
)
def test_broken_markup_costs_no_entry(description: str) -> None:
    feed = read_feed(broken_rss(description), URL)
    assert [(entry.url[-1], entry.title) for entry in feed.entries] == [(f"{n}", f"Story {n}") for n in range(4)]
    assert (feed.title, feed.damage) == ("Site", None)


def test_broken_atom_is_read_like_whole_atom() -> None:
    whole = read_feed(ATOM_10.encode(), URL)
    assert read_feed(ATOM_10.replace("return</title>", "<br> return</title>").encode(), URL) == whole


def test_missing_end_tags() -> None:
    body = broken_rss("x").replace(b"</title><link>/2", b"<link>/2").replace(b"/3</link>", b"/3")
    assert [entry.url[-1] for entry in read_feed(body, URL).entries] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("body", "urls", "damage"),
    [
        (broken_rss("x").partition(b"</channel>")[0], 4, "it is cut off; the entries up to there were read"),
        (broken_rss("x").partition(b"/3</link>")[0], 3, "it is cut off; the entries up to there were read"),
        (broken_rss("x").partition(b"</channel>")[0] + b"</rss>", 4, None),
    ],
)
def test_a_feed_that_is_cut_off_says_so(body: bytes, urls: int, damage: str | None) -> None:
    feed = read_feed(body, URL)
    assert (len(feed.entries), feed.damage) == (urls, damage)


def test_each_address_once_and_in_order() -> None:
    items = "</item><item>".join(f"<link>{link}</link>" for link in ("/b", "/a", "/b?utm_source=x", "/c"))
    assert [entry.url[-1] for entry in read_feed(rss(items), URL).entries] == ["b", "a", "c"]


def test_a_feed_without_entries_is_one() -> None:
    assert read_feed(b"<rss version='2.0'><channel><title>New</title></channel></rss>", URL).title == "New"


def test_no_more_entries_than_can_be_new() -> None:
    items = "</item><item>".join(f"<link>/{n}</link>" for n in range(MAX_ENTRIES + 5))
    feed = read_feed(rss(items), URL)
    assert len(feed.entries) == MAX_ENTRIES
    assert feed.damage == "it has more than 10,000 entries; the first were read"


@pytest.mark.parametrize(
    ("body", "reason", "instead"),
    [
        (b"", "it is empty", None),
        (b"Not found", "it is not XML", None),
        (b"<!DOCTYPE html><html></html>", "it is a web page", "page"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html xmlns='z'/>", "it is a web page", "page"),
        (b"<urlset/>", "it is a sitemap", "sitemap"),
        (b"<opml/>", "its root element is <opml>", None),
        (b"<rss><channel><item>", "it is cut off or broken before its first entry", None),
        (b"\xff\xd8\xff\xe0 JFIF", "it is not XML", None),
    ],
)
def test_what_is_no_feed(body: bytes, reason: str, instead: str | None) -> None:
    with pytest.raises(NotAFeedError) as error:
        read_feed(body, URL)
    assert (error.value.reason, error.value.actual_kind) == (reason, instead)


def test_comment_feeds_are_told_by_what_they_link_to() -> None:
    comments = "</item><item>".join(f"<title>By {n}</title><link>/a#comment-{n}</link>" for n in range(3))
    assert read_feed(rss(comments), URL).is_comments
    assert not read_feed(rss(comments + "</item><item><link>/b</link>"), URL).is_comments
    assert not read_feed(rss(""), URL).is_comments


def test_comment_feeds_are_told_by_their_title() -> None:
    body = RSS_20.replace("Site &amp; Sound", "Comments on: Rains return").encode()
    assert read_feed(body, URL).is_comments
    assert not read_feed(RSS_20.encode(), URL).is_comments


# --- anything

TAGS = ["rss", "channel", "item", "link", "title", "guid", "pubDate", "feed", "entry", "rdf:RDF", "dc:date", "image"]
PARTS = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        [
            "<link href='/a'/>",
            "/a",
            "2024-10-12",
            "&",
            "&amp;",
            "&x;",
            "&#1;",
            "&#xD83D;",
            "<x a='",
            "<?",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
        ]
    ),
    st.sampled_from(["<?x ?>", "<!DOCTYPE", "[", "xml:base='%'", "\x00", "\ud800", "<a xml:base='//['>"]),
    st.text(max_size=4),
)


@given(st.lists(PARTS, max_size=40))
def test_never_raises_anything_else(parts: list[str]) -> None:
    text = "".join(parts).encode("utf-8", "replace")
    for body in (text, b"<rss><channel><item>" + text, b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>" + text):
        with suppress(NotAFeedError):
            assert all(entry.url.startswith("http") for entry in read_feed(body, URL).entries)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind(body: bytes) -> None:
    with suppress(NotAFeedError):
        read_feed(body, URL)


CREDITS = {
    "rss": rss(
        "<link>/a</link><author>lena@site.example (Lena Foss)</author><dc:creator><![CDATA[Ali Musa]]></dc:creator>"
        "<dc:creator>admin</dc:creator><itunes:author>No</itunes:author><category domain='x'>Ferries &amp;amp; ports"
        "</category><category>Uncategorized</category><dc:subject>Rain</dc:subject><media:category>No</media:category>",
        "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
        "xmlns:media='http://search.yahoo.com/mrss/'>",
    ),
    "atom": atom(
        "<link href='/a'/><author><email>l@site.example</email><name>Lena Foss</name><uri>/lena</uri></author>"
        "<author><name>Ali Musa</name></author><source><author><name>No</name></author></source>"
        "<category term='f' label='Ferries &amp; ports'/><category term='Rain'/>"
    ),
    "broken": rss(
        "<link>/a</link><description><p>5 < 6<br></description><author><name>Lena Foss</name><uri>/l</uri></author>"
        "<dc:creator>Ali Musa</dc:creator><category>Ferries &amp; ports</category><category>Rain</category>"
    ),
    "json": (
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a", "authors": [{"name": "Lena Foss"}], '
        b'"author": {"name": "Ali Musa"}, "tags": ["Ferries & ports", "Rain", 7]}]}'
    ),
}


@pytest.mark.parametrize("kind", CREDITS)
def test_authors_and_categories(kind: str) -> None:
    (entry,) = read_feed(CREDITS[kind], URL).entries
    assert (entry.authors, entry.tags) == (("Lena Foss", "Ali Musa"), ("Ferries & ports", "Rain"))


def test_the_site_is_not_the_author_of_its_feed() -> None:
    body = RSS_20.replace("<dc:creator>Noor</dc:creator>", "<dc:creator>Ada Quist</dc:creator>")
    assert read_feed(body.encode(), URL).entries[0].authors == ("Ada Quist",)
    assert read_feed(body.replace("Site &amp; Sound", "Ada Quist").encode(), URL).entries[0].authors == ()


def test_paragraphs_of_xhtml_content_are_kept() -> None:
    content = "<p>" + "The ferry sailed at nine &lt; ten with every seat taken. " * 20 + "</p>"
    body = atom(
        f"<link href='/a'/><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{content}</div></content>"
    )
    assert read_feed(body, URL).entries[0].content == f"<div>{content}</div>"


WHOLE = "<p>" + "The ferry sailed at nine with every seat taken. " * 20 + "</p>"


@pytest.mark.parametrize(
    ("element", "content"),
    [
        (f"<content:encoded><![CDATA[{WHOLE}]]></content:encoded>", WHOLE),
        (f"<undeclared><content>{escape(WHOLE)}</content></undeclared>", None),
        (f"<content type='html'>{escape(WHOLE)}</content>", WHOLE),
        (f"<description><![CDATA[{WHOLE}]]></description>", None),
        (f"<media:content>{escape(WHOLE)}</media:content>", None),
        (f"<content:encoded>{escape(WHOLE[:300])}</content:encoded>", None),
        (f"<content:encoded>{escape(WHOLE)} […]</content:encoded>", None),
        (f"<content:encoded>{escape(WHOLE * 300)}</content:encoded>", None),
    ],
    ids=["encoded", "nested", "atom", "description", "media", "short", "cut-off", "huge"],
)
def test_the_whole_text_of_an_entry_is_kept_and_a_summary_is_not(element: str, content: str | None) -> None:
    namespaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"'
    feed = f"<rss {namespaces}><channel><item><link>/a</link>{element}</item></channel></rss>"
    (entry,) = read_feed(feed.encode(), URL).entries
    assert entry.content == content


@pytest.mark.parametrize(
    "opening",
    [
        "<!-- <![CDATA[ -->",
        "<?php <![CDATA[ ?>",
        '<x a="<![CDATA["/>',
        "<x a='it is \" <![CDATA['/>",
        "<![CDATA[<![CDATA[ ]]>",
        "<description><![CDATA[ <!-- ]]></description>",
        "<![CDATA[",
    ],
)
@pytest.mark.parametrize("padding", [0, 65_500, 65_520])
def test_what_only_looks_like_cdata_loses_no_entry(opening: str, padding: int) -> None:
    entries = "".join(
        f"<item><title>Rain &#xD83D; returns</title><link>https://site.example/{number}?a=1&b=2</link></item>"
        for number in range(3)
    )
    body = f"<rss><channel>{' ' * padding}{opening}{entries}</channel></rss>"
    found = [entry.url for entry in read_feed(body.encode(), "https://site.example/feed").entries]
    assert found == [f"https://site.example/{number}?a=1&b=2" for number in range(3)]
