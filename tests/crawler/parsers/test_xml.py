"""What strangers send to harm: nothing is expanded, read, fetched or kept in memory, and each is refused by name."""

import subprocess
import sys
from pathlib import Path

import pytest

from crawler.parsers.feeds import NotAFeedError, read_feed
from crawler.parsers.sitemaps import NotASitemapError, read_sitemap
from crawler.parsers.xml import detect_document_kind

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = "it declares entities, which feeds and sitemaps do not need and attacks use"
EXTERNAL = "it names an external document type, which could make the parser fetch or leak files"


def armed(doctype: str, reference: str) -> dict[str, str]:
    """A feed, an Atom feed and a sitemap with a document type that a reference in them sets off."""
    return {
        "rss": f"<?xml version='1.0'?>{doctype}<rss><channel><item><link>/{reference}</link></item></channel></rss>",
        "atom": f"<?xml version='1.0'?>{doctype}<feed><entry><title>{reference}</title></entry></feed>",
        "urlset": f"<?xml version='1.0'?>{doctype}<urlset><url><loc>/{reference}</loc></url></urlset>",
    }


ATTACKS = {
    "billion laughs": (f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;", ENTITIES),
    "quadratic blow-up": (f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 5_000, ENTITIES),
    "reading a file": ('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;", ENTITIES),
    "reading an address": ('<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1/secret">]>', "&f;", ENTITIES),
    "parameter entities": ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p.dtd"> %p;]>', "&x;", ENTITIES),
    "default attributes": ('<!DOCTYPE x [<!ATTLIST link href CDATA "http://127.0.0.1/">]>', "", ENTITIES),
    "external type": ('<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">', "&x;", EXTERNAL),
    "public type": ('<!DOCTYPE x PUBLIC "-//X//Y" "http://127.0.0.1/x.dtd">', "&x;", EXTERNAL),
    "lower case": ('<!doctype x system "http://127.0.0.1/x.dtd">', "&x;", EXTERNAL),
    "after a comment": ('<!-- x --><?y z?> <!DOCTYPE x [<!ENTITY a "b">]>', "&a;", ENTITIES),
    "after junk": ('junk <!DOCTYPE x [<!ENTITY a "b">]>', "&a;", ENTITIES),
    "behind Netscape's": (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "x" [<!ENTITY a "b">]>',
        "&a;",
        ENTITIES,
    ),
}


def reason_of(body: bytes, kind: str) -> str:
    """Why a reader refuses a body."""
    if kind == "urlset":
        with pytest.raises(NotASitemapError) as sitemap_error:
            read_sitemap(body, "https://site.example/sitemap.xml")
        return sitemap_error.value.reason
    with pytest.raises(NotAFeedError) as feed_error:
        read_feed(body, "https://site.example/feed.xml")
    return feed_error.value.reason


@pytest.mark.parametrize("kind", ["rss", "atom", "urlset"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_armed_documents_are_refused_by_name(attack: str, kind: str) -> None:
    doctype, reference, reason = ATTACKS[attack]
    text = armed(doctype, reference)[kind]
    assert reason_of(text.encode(), kind) == reason
    assert reason_of(text.encode("utf-16"), kind) == reason
    assert reason_of(b"\xef\xbb\xbf\n" + text.encode(), kind) == reason


def test_a_document_type_between_quotes_hides_nothing() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "x>y" [<!ENTITY a "b">]>'
    assert reason_of(armed(doctype, "&a;")["rss"].encode(), "rss")


def test_encodings_that_hide_a_document_type_are_not_used() -> None:
    text = "<?xml version='1.0' encoding='UTF-7'?>" + "+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a 'b'+AD4]+AD4-<urlset/>"
    assert read_sitemap(text.encode(), "https://site.example/").entries == ()


@pytest.mark.parametrize("kind", ["rss", "urlset"])
def test_entities_within_the_root_element_mean_nothing(kind: str) -> None:
    text = armed("", "x-&a;-y")[kind].replace(f"<{kind}>", f'<{kind}><!DOCTYPE x [<!ENTITY a "b">]>')
    assert reason_of(text.encode(), kind).startswith("it is cut off or broken")


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
    assert len(peaks) == 11
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
