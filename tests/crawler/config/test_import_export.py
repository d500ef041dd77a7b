"""Lists of sources from other programs: what is understood, what is not, and that our own come back whole."""

import codecs
import gzip
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config.editor import add_sources
from crawler.config.import_export import (
    FORMATS,
    NotAListError,
    SourceList,
    find_additions,
    find_secrets,
    format_list,
    read_list,
)
from crawler.config.loader import parse_config, parse_with_problems
from crawler.config.models import SourceConfig


def tables(body: str | bytes) -> list[dict[str, Any]]:
    return [dict(entry.table) for entry in read(body).listed]


def read(body: str | bytes) -> SourceList:
    return read_list(body.encode() if isinstance(body, str) else body, "list")


def said(problems: Any) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in problems]


OPML = """<?xml version="1.0" encoding="utf-8"?>
<!-- exported -->
<opml version="1.1">
 <head><title>News & more</title></head>
 <body>
  <outline text="Africa">
   <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/rss?x=1&y=2" htmlUrl="https://a.example"
            language="en-us"/>
   <outline text="deeper"><outline TEXT="C" XMLURL="feed://c.example/feed" htmlURL=""/></outline>
  </outline>
  <outline type="link" text="https://d.example/" url="d.example"/>
  <outline text="an empty folder"/>
  <outline type="include" text="more" url="https://e.example/more.opml"/>
  <outline type="rss" text="F" xmlUrl="javascript:alert(1)" htmlUrl="https://f.example/"/>
  <outline type="rss" text="G" xmlUrl="ftp://g.example/rss"/>
 </body>
</opml>
"""


def test_opml() -> None:
    opml = read(OPML)
    assert [dict(entry.table) for entry in opml.listed] == [
        {
            "url": "https://a.example/",
            "name": "A & B",
            "group": "Africa",
            "language": "en",
            "feeds": ["https://a.example/rss?x=1&y=2"],
        },
        {"url": "http://c.example/", "name": "C", "group": "deeper", "feeds": ["http://c.example/feed"]},
        {"url": "https://d.example/"},
        {"url": "https://f.example/", "name": "F"},
    ]
    assert [entry.line for entry in opml.listed] == [8, 9, 11, 14]  # where the tags end
    assert said(opml.problems) == [
        (12, "the entry has no URL"),
        (13, 'it includes another file, which is not imported: "https://e.example/more.opml"'),
        (14, 'feed is not a valid URL: "javascript:alert(1)"'),
        (15, 'feed is not a valid URL: "ftp://g.example/rss"'),
    ]
    assert said(opml.notes) == [(9, "no site is named for http://c.example/feed; using http://c.example/")]


def test_opml_in_other_encodings_and_packed() -> None:
    latin = OPML.replace('"utf-8"', '"iso-8859-1"').replace("A &amp; B", "Café").encode("latin-1")
    assert tables(latin)[0]["name"] == "Café"
    assert tables(gzip.compress(OPML.encode())) == tables(OPML)
    assert tables(codecs.BOM_UTF16_LE + OPML.replace("utf-8", "utf-16").encode("utf-16-le")) == tables(OPML)


DEEP = "<outline text='x'>" * 100_000 + "<outline xmlUrl='https://a.example/rss'/>" + "</outline>" * 100_000


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "no sources found"),
        ('<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml><body/></opml>', "no sources found"),
        ("<html><body>Sign in</body></html>", "it is a web page"),
        ("<rss><channel/></rss>", "its root element is <rss>, not <opml>"),
        ("\n<opml>\n<body>\n<outline\n</body></opml>", "it is broken XML in line 5: "),
        (f"<opml><body>{DEEP}</body></opml>", "it is broken XML in line 1: .*xcessive depth"),
        ("<opml><body></body></opml>", "no sources found"),
        ("", "no sources found"),
        ("\n# nothing\n", "no sources found"),
        ("hello\nthere are no addresses here\n", 'line 1: url is not a valid URL: "hello"'),
        ("url,name\n,x\n", "line 2: the entry has no URL"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 9, "No entry of this file could be parsed"),
        ("[[source]]\nurl = \n", "Invalid value"),
        (gzip.compress(b"x" * 60_000_000, mtime=0), "larger than 50 MB when unpacked"),
        ("a.example\n" * 100_001, "has more than 100,000 lines"),
        ("url\n" + "a.example\n" * 100_001, "has more than 100,000 lines"),
    ],
)
def test_what_is_not_understood_at_all(body: str | bytes, reason: str) -> None:
    with pytest.raises(NotAListError, match=reason):
        read(body)


EXPECTED = [
    {"url": "https://a.example/", "name": "A; the first, of all", "language": "so", "feeds": ["https://a.example/rss"]},
    {"url": "https://b.example/en/", "section": "World"},
]


@pytest.mark.parametrize(
    "body",
    [
        "url,name,language,section,feed\n"
        'https://a.example/,"A; the first, of all",so,,https://a.example/rss\n\nb.example/en/,,,World,\n',
        "\ufeffFeed;Section;URL;Language;Name\r\n"
        'https://a.example/rss;;https://a.example;SO;"A; the first, of all"\r\n;World;https://b.example/en/;;\r\n',
        "\n\nTitle\tWebsite\tlang\tfeed url\tsection\n"
        '"A; the\nfirst, of all"\ta.example\tso-SO\thttps://a.example/rss\t\n\tb.example/en/\t\t\tWorld\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_csv(body: str, encoding: str) -> None:
    listed = read(body.encode(encoding))
    assert [dict(entry.table) for entry in listed.listed] == EXPECTED
    assert (listed.problems, listed.notes) == ((), ())


def test_csv_lines_and_leftovers() -> None:
    listed = read(
        "url,country,name,feed,language\n"
        "https://a.example/,SO,Café,https://a.example/1 https://a.example/2,Somali\n"
        '"b c",,"two\nlines",,\n'
        ",,X,,\n"
        "d.example\n".encode("cp1252").decode("cp1252")
    )
    assert [dict(entry.table) for entry in listed.listed] == [
        {"url": "https://a.example/", "name": "Café", "feeds": ["https://a.example/1", "https://a.example/2"]},
        {"url": "https://d.example/"},
    ]
    assert said(listed.problems) == [(3, 'url is not a valid URL: "b c"'), (5, "the entry has no URL")]
    assert said(listed.notes) == [
        (1, 'ignored the column "country"'),
        (2, 'ignored the language "Somali", which is not a language code'),
    ]
    assert tables("url,name\na.example,Caf\xe9".encode("cp1252")) == [{"url": "https://a.example/", "name": "Café"}]


def test_addresses() -> None:
    listed = read(
        "# ours\r\nhttps://a.example/#top\r\n\r\n  news.example   # since 2020\r\nnews example\r\nhttp://[::1\r\n"
    )
    assert [(entry.line, dict(entry.table)) for entry in listed.listed] == [
        (2, {"url": "https://a.example/"}),
        (4, {"url": "https://news.example/"}),
    ]
    assert said(listed.problems) == [
        (5, 'url is not a valid URL: "news example"'),
        (6, 'url is not a valid URL: "http://[::1"'),
    ]


def test_another_sources_toml() -> None:
    listed = read(
        '[crawl]\ndelay = 3\n[[source]]\nurl = "a.example"\n[[source]]\nurl = "HTTPS://b.example"\ndelay = 2\n'
    )
    assert [dict(entry.table) for entry in listed.listed] == [{"url": "https://b.example/", "delay": 2}]
    assert [(entry.line) for entry in listed.listed] == [5]
    assert said(listed.problems)[0][0] == 4


def test_what_is_new() -> None:
    present = [
        SourceConfig(url="https://a.example/"),
        SourceConfig(url="https://b.example/", feeds=("https://feeds.example/b",)),
    ]
    lists = [
        read("http://www.a.example\nc.example\nc.example/\n"),
        read(
            "url,feed,name\nc.example,https://c.example/1,C\nc.example,https://c.example/2,\n"
            ",https://feeds.example/b,\n,https://feeds.example/d,\n,https://feeds.example/e,"
        ),
    ]
    new = find_additions(lists, present)
    assert [dict(table) for table in new.added] == [
        {"url": "https://c.example/", "feeds": ["https://c.example/1", "https://c.example/2"]},
        {"url": "https://feeds.example/", "feeds": ["https://feeds.example/d", "https://feeds.example/e"]},
    ]
    assert [entry.table["url"] for entry in new.known] == [
        "http://www.a.example/",
        "https://c.example/",
        "https://feeds.example/",
    ]
    assert len(new.joined) == 3


WHOLE = """
[[source]]
url = "https://a.example/"
name = "=HYPERLINK(\\"https://evil.example\\")"
group = "East & Africa"
language = "so"
section = "@home"
feeds = ["/rss", "https://feeds.example/a"]
exclude = ['/\\d+/']
headers = {X-Token = {env = "TOKEN"}, X-Key = "hush"}
[[source]]
url = "https://b.example/en/"
name = "'+B & <C> \\"quoted\\", with ; and '"
paused = true
[[source]]
url = "https://c.example/"
cookies = {id = "hush"}
"""


def exported(form: str, text: str = WHOLE) -> str:
    return format_list(form, parse_with_problems(text).config.sources, tomllib.loads(text)["source"])


@pytest.mark.parametrize("form", FORMATS)
def test_exports_come_back(form: str) -> None:
    new = find_additions([read(exported(form))], [])
    back = parse_config(add_sources("", new.added)).sources
    kept = {
        "opml": ("url", "name", "group", "language", "feeds"),
        "csv": ("url", "name", "group", "language", "section", "feeds"),
        "urls": ("url",),
        "toml": ("url", "name", "language", "section", "feeds", "exclude", "paused"),
    }[form]
    sources = parse_config(WHOLE).sources
    assert [[getattr(source, key) for key in kept] for source in back] == [
        [getattr(source, key) for key in kept] for source in sources
    ]
    assert find_additions([read(exported(form))], sources).added == ()


@pytest.mark.parametrize("form", FORMATS)
def test_exports_hold_no_secret(form: str) -> None:
    assert "hush" not in exported(form)


def test_what_an_export_leaves_out_is_told() -> None:
    assert list(find_secrets(tomllib.loads(WHOLE)["source"])) == [
        ("https://a.example/", "headers"),
        ("https://c.example/", "cookies"),
    ]
    assert '{X-Token = {env = "TOKEN"}}' in exported("toml")


def test_no_cell_is_a_formula() -> None:
    rows = exported("csv").split("\r\n")
    assert rows[1].startswith("https://a.example/,\"'=HYPERLINK(")
    assert ",'@home," in rows[1]
    assert rows[2].startswith("https://b.example/en/,\"''+B")


@given(st.text(st.sampled_from("=+-@'＝a ,;\"\n\t|é"), max_size=12), st.sampled_from(["opml", "csv", "toml"]))
def test_any_name_comes_back(name: str, form: str) -> None:
    text = add_sources(
        "", [{"url": "https://a.example/", "name": name}] if name.strip() else [{"url": "https://a.example/"}]
    )
    back = read(exported(form, text)).listed[0].table
    expected = " ".join(name.split()) if form != "toml" else name
    assert back.get("name", "") == (expected if name.strip() else "")
