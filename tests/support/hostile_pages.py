"""Pages that hurt, by kind and size: whatever the kind, prose that must survive stands in the middle.

``KINDS`` makes of a number of bytes a page of about that size. The size is there to show how time and
memory grow with it.
"""

import json
import random
from collections.abc import Callable

Kind = Callable[[int], str | bytes]

SENTENCES = (
    "The harbour of Mombasa was closed on Tuesday after a storm, the port authority said in a statement.",
    "Fishermen had not seen such waves for years, and twelve boats were damaged when the water rose over the pier.",
    "The ferry company expects to sail again on Thursday, said its director, who had spent the night on the quay.",
    "Traders in the old town complained that the price of onions had doubled while the lorries were waiting.",
    "The governor promised repairs before the long rains, and said that the money had been set aside in June.",
)
PROSE = [f"{sentence} Paragraph {number} of the report." for number in range(4) for sentence in SENTENCES]
WORDS = " ".join(SENTENCES).split()


def page(paragraphs: list[str], head: str = "", extra: str = "", attributes: str = "") -> str:
    """An article of these paragraphs, with more in its head, after the article, and on its body."""
    body = "\n".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>Harbour closed by a storm</title>'
        f'<meta property="og:type" content="article">{head}</head><body {attributes}>'
        f"<article><h1>Harbour closed by a storm</h1>{body}</article>{extra}</body></html>"
    )


def _amid(filling: str) -> str:
    """A page whose article has something in its middle."""
    whole = page(PROSE)
    where = whole.index("<p>", len(whole) // 2)
    return whole[:where] + filling + whole[where:]


def _repeated(piece: str, size: int) -> str:
    return piece * (size // len(piece.encode("utf-8", "surrogatepass")) + 1)


def _numbered(piece: str, size: int) -> str:
    """Repetitions of a piece, each with a number of its own."""
    return "".join(piece % number for number in range(size // (len(piece) + 3) + 1))


def _words(size: int) -> str:
    chance = random.Random(size)
    return " ".join(chance.choice(WORDS) for _ in range(size // 6))


def _json_ld(text: str) -> str:
    return page(PROSE, head=f'<script type="application/ld+json">{text}</script>')


def _nested(opening: str, closing: str) -> Kind:
    def make(size: int) -> str:
        depth = size // len(opening + closing)
        return page(PROSE).replace("<article>", opening * depth + "<article>") + closing * depth

    return make


def _filled(piece: str) -> Kind:
    return lambda size: _amid(_repeated(piece, size))


def _counted(piece: str) -> Kind:
    return lambda size: _amid(_numbered(piece, size))


def _in_paragraph(piece: str) -> Kind:
    return lambda size: _amid(f"<p>{_repeated(piece, size)}</p>")


def _in_head(piece: str) -> Kind:
    return lambda size: page(PROSE, head=_numbered(piece, size))


HANGING = f"<html><body>{'<div>' * 2000}<p>x</p>{'</x>' * 2_000_000}</body></html>"
"""A page of 8 MB that keeps a process deaf for many seconds: for each end tag libxml2 looks at all that is open."""

KINDS: dict[str, Kind] = {
    # tags and attributes
    "attributes": lambda size: page(PROSE, attributes=_numbered('data-a%d="x" ', size)),
    "attribute without an end": lambda size: page(PROSE, extra=f'<p title="{_repeated("x ", size)}'),
    "class names": lambda size: page(PROSE, attributes=f'class="{_numbered("post-%d ", size)}"'),
    "attributes on many tags": _counted('<p class="a b c" id="i%d" data-x="y" title="z">x</p>'),
    "tags without an end": _filled("<b><i><u>"),
    "misnested": _filled("<b><p><i></b></p></i>"),
    "angle brackets": _filled("< "),
    "open tags": _filled("<a"),
    "closing tags": _filled("</p></div>"),
    "unknown elements": _counted("<x-%d>word</x>"),
    "comments": _counted("<!-- comment %d -->"),
    "comment without an end": lambda size: page(PROSE, extra="<!--" + _repeated("x -- ", size)),
    "script without an end": lambda size: page(PROSE, extra="<script>" + _repeated("a < b; ", size)),
    "bodies": _filled("<html><body class=x>"),
    "doctypes": _filled("<!DOCTYPE html>"),
    # depth
    "nested divs": _nested("<div>", "</div>"),
    "nested spans": _nested("<span>", "</span>"),
    "nested lists": _nested("<ul><li>", "</li></ul>"),
    "nested tables": _nested("<table><tr><td>", "</td></tr></table>"),
    "nested quotes": _nested("<blockquote>", "</blockquote>"),
    "nested sections": _nested('<section class="article-body">', "</section>"),
    "nested names": _nested('<div itemscope itemprop="author">', "</div>"),
    # many of something
    "paragraphs": _counted("<p>The storm of number %d came on a Tuesday and went, officials said.</p>"),
    "same paragraphs": _filled("<p>The storm came on a Tuesday and went, officials said.</p>"),
    "empty paragraphs": _filled("<p></p>"),
    "one-word paragraphs": _counted("<p>w%d</p>"),
    "spans": lambda size: _amid(f"<p>{_numbered('<span>word%d</span> ', size)}</p>"),
    "breaks": _counted("line %d of it<br>"),
    "links": _counted('<a href="/a/%d">Another story of the day</a> '),
    "headings": _counted("<h2>Heading of number %d</h2>"),
    "list items": _counted("<li>Item of number %d in the list</li>"),
    "table rows": lambda size: _amid(f"<table>{_numbered('<tr><td>a</td><td>%d</td></tr>', size)}</table>"),
    "table cells": lambda size: _amid(f"<table><tr>{_numbered('<td>%d</td>', size)}</tr></table>"),
    "tables": _counted("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>%d</td></tr></table>"),
    "figures": _counted('<figure><img src="/%d.jpg"><figcaption>The pier. Photo: A. Musa</figcaption></figure>'),
    "forms": _counted('<form><input name="a%d"><select><option>x</option></select><button>Go</button></form>'),
    "drawings": _counted('<svg><g><path d="M%d 0"/></g></svg>'),
    "times": _counted('<time datetime="2024-10-01T10:00:00Z">1 October 2024, %d</time> '),
    "bylines": _counted('<span class="author" rel="author" itemprop="author">By Ali Musa %d</span>'),
    "consent dialogues": _counted('<div id="cookie-%d" class="cookie-banner">We use cookies. Accept all</div>'),
    "metas": _in_head('<meta name="author" content="Ali Musa %d">'),
    "titles": _in_head("<title>Harbour closed %d</title>"),
    "canonicals": _in_head('<link rel="canonical" href="https://news.example/%d">'),
    "styles": _in_head("<style>.a%d { color: red }</style>"),
    # structured data
    "broken JSON-LD": lambda size: _json_ld('{"@type":"NewsArticle","headline":"' + _repeated('\\"', size)),
    "JSON-LD without an end": lambda size: _json_ld('{"headline":"' + _repeated("x {", size)),
    "nested JSON-LD": lambda size: _json_ld(_repeated('{"a":[', size)),
    "closed nested JSON-LD": lambda size: _json_ld("[" * (size // 2) + "]" * (size // 2)),
    "JSON-LD of many": lambda size: _json_ld(json.dumps([{"@type": "Person", "name": "A"}] * (size // 36))),
    "JSON-LD of many authors": lambda size: _json_ld(
        json.dumps(
            {"@type": "NewsArticle", "author": [{"@type": "Person", "name": f"Ali M{n}"} for n in range(size // 40)]}
        )
    ),
    "JSON-LD scripts": _in_head('<script type="application/ld+json">{"@type":"NewsArticle","headline":"%d"}</script>'),
    "JSON-LD of digits": lambda size: _json_ld('{"@type":"NewsArticle","a":' + "9" * size + "}"),
    # text
    "one paragraph": lambda size: _amid(f"<p>{_words(size)}</p>"),
    "one word": _in_paragraph("abcdefghij"),
    "one sentence of commas": _in_paragraph("storm, "),
    "spaces": _in_paragraph(" \t"),
    "unseen spaces": _in_paragraph("\u00a0\u200b\u2060"),
    "digits": _in_paragraph("1234567890"),
    "dates": _in_paragraph("1 October 2024 "),
    "brackets": _in_paragraph("(["),
    "colons": _in_paragraph("a: "),
    "dashes": _in_paragraph("– "),
    "quotation marks": _in_paragraph("“’"),
    "stops": _in_paragraph("a. "),
    "capitals": _in_paragraph("Ali Musa "),
    "addresses": _in_paragraph("https://news.example/a "),
    "an address without an end": _in_paragraph("http://a."),
    "mail addresses": _in_paragraph("a.b@c."),
    "hashes": _in_paragraph("#tag @name "),
    "combining marks": _in_paragraph("e\u0301\u0323"),
    "Chinese": _in_paragraph("停火协议生效"),
    "Thai": _in_paragraph("ข้อตกลงหยุดยิง"),
    "Arabic": _in_paragraph("اتفاق وقف إطلاق النار "),
    "joiners": _in_paragraph("👩\u200d"),
    "direction marks": _in_paragraph("\u202e\u2066a"),
    # boilerplate
    "editors": _in_paragraph("Edited by "),
    "editors' names": lambda size: _amid(f"<p>Edited by: {_repeated('Ali Musa, ', size)}</p>"),
    "lines of editors": _counted("<p>Edited by: Ali Musa %d</p>"),
    "monitoring": _in_paragraph("Al Ahed international–Monitoring "),
    "share prompts": _counted("<p>Share this article on Facebook %d</p>"),
    "related links": _counted("<p>Read also: The storm of number %d</p>"),
    "related headings": _filled("<h3>Related posts</h3><p>x</p>"),
    "cookie notices": _counted("<p>We use cookies %d to improve your experience. Accept all cookies.</p>"),
    "cookie buttons": _filled("<p>We use cookies to improve your experience.</p><p>Accept</p><p>Reject</p>"),
    "words of consent": _filled("<p>cookies</p>"),
    "linked items": _counted('<ul><li><a href="/a/%d">Another story of the day</a></li></ul>'),
    "labels": _filled("<p>More</p>"),
    "speakers": _counted("<p>Q: What of %d?</p>"),
    "copyright": _in_paragraph("© 2024 "),
    "photo credits": _in_paragraph("Photo: "),
    "cookie words": _in_paragraph("we use cookies to accept "),
    # characters
    "control references": _in_paragraph("a&#1;"),
    "references": _in_paragraph("&amp;&#x27;"),
    "references without an end": _in_paragraph("&amp"),
    "unknown references": _in_paragraph("&nosuch;"),
    "ampersands": _in_paragraph("&"),
    "big references": _in_paragraph("&#99999999999;"),
    "surrogates": _in_paragraph("a\ud800 "),
    "control characters": _in_paragraph("a\x01"),
    "another charset": lambda size: _amid(f"<p>{_repeated('déjà ', size)}</p>").encode("cp1252"),
    "high bytes": lambda size: (
        _amid("<p>@</p>").encode().replace(b"@", random.Random(size).randbytes(size).replace(b"<", b""))
    ),
    "UTF-16": lambda size: _amid(f"<p>{_words(size // 2)}</p>").encode("utf-16"),
}
