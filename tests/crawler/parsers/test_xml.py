"""What strangers send to harm: nothing is expanded, read, fetched or kept in memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from crawler.parsers.feeds import NotAFeedError, read_feed
from crawler.parsers.sitemaps import read_sitemap
from crawler.parsers.xml import detect_document_kind

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LATIN_1 = '<!DOCTYPE x [<!ENTITY % l PUBLIC "-//W3C//ENTITIES Latin 1//EN" "http://127.0.0.1/lat1.ent">\n%l;]>'


def armed(doctype: str, reference: str) -> dict[str, str]:
    """A feed, an Atom feed and a sitemap with a document type that a reference in them sets off."""
    item = f"<item><link>/x-{reference}-y</link></item>"
    entry = f"<entry><title>{reference}</title><link href='/a'/></entry>"
    return {
        "rss": f"<?xml version='1.0'?>{doctype}<rss><channel>{item}</channel></rss>",
        "atom": f"<?xml version='1.0'?>{doctype}<feed>{entry}</feed>",
        "urlset": f"<?xml version='1.0'?>{doctype}<urlset><url><loc>/x-{reference}-y</loc></url></urlset>",
    }


ATTACKS = {
    "billion laughs": (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;"),
    "quadratic blow-up": (f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 500),
    "reading a file": ('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"),
    "reading an address": ('<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1/secret">]>', "&f;"),
    "parameter entities": ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p.dtd"> %p;]>', "&x;"),
    "default attributes": ('<!DOCTYPE x [<!ATTLIST link href CDATA "http://127.0.0.1/">]>', ""),
    "external type": ('<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">', "&x;"),
    "public type": ('<!DOCTYPE x PUBLIC "-//X//Y" "http://127.0.0.1/x.dtd">', "&x;"),
    "lower case": ('<!doctype x system "http://127.0.0.1/x.dtd">', "&x;"),
    "after a comment": ('<!-- x --><?y z?> <!DOCTYPE x [<!ENTITY a "b">]>', "&a;"),
    "Latin 1": (LATIN_1, "&x;"),
    "ends within quotes": ('<!DOCTYPE x [<!ENTITY a "]>"><!-- ]> --><?y ]> ?>]>', "&a;"),
    "type between quotes": ('<!DOCTYPE x PUBLIC "-//X//Y" "x>y" [<!ENTITY a "b">]>', "&a;"),
    "after junk": ('junk <!DOCTYPE x [<!ENTITY a "b">]>', "&a;"),
    "behind Netscape's": (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "x" [<!ENTITY a "b">]>',
        "&a;",
    ),
}


def read_texts(body: bytes, kind: str) -> list[str | None]:
    """What a reader makes of the place where the reference is."""
    if kind == "urlset":
        return [entry.url for entry in read_sitemap(body, "https://site.example/sitemap.xml").entries]
    entries = read_feed(body, "https://site.example/feed.xml").entries
    return [entry.title if kind == "atom" else entry.url for entry in entries]


@pytest.mark.parametrize("kind", ["rss", "atom", "urlset"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_armed_documents_are_read_without_their_declarations(attack: str, kind: str) -> None:
    doctype, reference = ATTACKS[attack]
    text = armed(doctype, reference)[kind]
    # A reference without a meaning stays as it is written.
    expected = [(reference or None) if kind == "atom" else f"https://site.example/x-{reference}-y"]
    assert read_texts(text.encode(), kind) == expected
    assert read_texts(text.encode("utf-16"), kind) == expected
    assert read_texts(b"\xef\xbb\xbf\n" + text.encode(), kind) == expected


@pytest.mark.parametrize(
    ("doctype", "reason"),
    [
        ("<!DOCTYPE rss [<!ENTITY a 'b'>", "its document type does not end within its first 64 KB"),
        ("<!DOCTYPE rss [<!-- ]>", "its document type does not end within its first 64 KB"),
        ("<!DOCTYPE rss [" + "<!-- " * 20_000, "its document type does not end within its first 64 KB"),
        ("<!ENTITY a 'b'>", "it begins with a declaration that feeds and sitemaps do not have"),
        ("<!DOCTYPE rss><!DOCTYPE rss [<!ENTITY a 'b'>]>", "it is not XML"),
    ],
)
def test_declarations_that_hide_the_document(doctype: str, reason: str) -> None:
    with pytest.raises(NotAFeedError) as error:
        read_feed(armed(doctype, "&a;")["rss"].encode(), "https://site.example/feed.xml")
    assert error.value.reason == reason


def test_encodings_that_hide_a_document_type_are_not_used() -> None:
    text = "<?xml version='1.0' encoding='UTF-7'?>" + "+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a 'b'+AD4]+AD4-<urlset/>"
    assert read_sitemap(text.encode(), "https://site.example/").entries == ()


@pytest.mark.parametrize("kind", ["rss", "urlset"])
def test_entities_within_the_root_element_mean_nothing(kind: str) -> None:
    text = armed("", "&a;")[kind].replace(f"<{kind}>", f'<{kind}><!DOCTYPE x [<!ENTITY a "b">]>')
    assert read_texts(text.encode(), kind) == ["https://site.example/x-&a;-y"]


# Runs on its own, since only a process of its own has a peak of its own.
HOARDERS = """
import zlib
from crawler.parsers.feeds import NotAFeedError, read_feed
from crawler.parsers.sitemaps import NotASitemapError, read_sitemap

def packed(head, filler, megabytes):
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(head)] + [packer.compress(filler * 2**20) for _ in range(megabytes)]
    return b"".join(pieces) + packer.flush()

def names():
    body = bytearray(b"<rss>")
    for number in range(200_000):
        body += b"<x%d/>" % number
    return bytes(body)

URL = "https://site.example/x.xml"
LAUGHS = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
) + b"]>"
BODIES = {
    "packed sitemap": (read_sitemap, lambda: packed(b"<urlset>", b" ", 100)),
    "packed feed": (read_feed, lambda: packed(b"<rss>", b" ", 100)),
    "packed text": (read_sitemap, lambda: packed(b"https://site.example/a\\n", b"\\n", 100)),
    "elements": (read_sitemap, lambda: b"<urlset>" + b"<x/>" * 1_000_000),
    "elements in a feed": (read_feed, lambda: b"<rss>" + b"<x/>" * 1_000_000),
    "depth": (read_sitemap, lambda: b"<urlset>" + b"<url>" * 1_000_000),
    "one long text": (read_sitemap, lambda: b"<urlset><url><loc>/" + b"a" * 9_000_000 + b"</loc></url></urlset>"),
    "names": (read_feed, names),
    "bare <": (read_feed, lambda: b"<rss><item>" + b"< " * 4_000_000),
    "unclosed tags": (read_feed, lambda: b"<rss>" + b"<item><br>" * 400_000),
    "unclosed sections": (read_feed, lambda: b"<rss><item>" + b"<![CDATA[<!--" * 400_000),
    "gzip members": (read_sitemap, lambda: packed(b"<urlset>", b"", 0) + packed(b"", b"", 0) * 1_000_000),
    "references": (read_sitemap, lambda: b"<urlset>" + b"&a" * 1_000_000),
    "laughs in a sitemap": (read_sitemap, lambda: LAUGHS + b"<urlset><url><loc>&l9;</loc></url></urlset>"),
    "laughs in a feed": (read_feed, lambda: LAUGHS + b"<rss><channel><title>&l9;</title></channel></rss>"),
}
for name, (read, body) in BODIES.items():
    try:
        read(body(), URL)
    except (NotAFeedError, NotASitemapError):
        pass
    # Not ru_maxrss: that of a new process starts at its parent's.
    status = open("/proc/self/status").read()
    print(int(status.split("VmHWM:")[1].split()[0]) // 1024, name)
"""


def test_hoarders_get_no_memory() -> None:
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", HOARDERS], cwd=root, capture_output=True, text=True, check=True)
    peaks = [line.split(" ", 1) for line in run.stdout.splitlines()]
    assert len(peaks) == 15
    assert [(name, megabytes) for megabytes, name in peaks if int(megabytes) >= 100] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<rss/>", "feed"),
        (b"<?xml version='1.0'?>\n<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<rdf:RDF/>", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "feed"),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1"}', "feed"),
        (b"<urlset/>", "sitemap"),
        (b"<sitemapindex>", "sitemap"),
        (b"<!DOCTYPE html><html>", "page"),
        (b"<html>", "page"),
        (b"<opml/>", "other"),
        (b"{}", "other"),
        (b"", "other"),
        (b"words", "other"),
        (b"\x1f\x8b", "other"),
    ],
)
def test_document_kind(body: bytes, kind: str) -> None:
    assert detect_document_kind(body) == kind
