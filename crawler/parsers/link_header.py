"""Parse the ``Link`` header of a response (RFC 8288), with which a server may name the feeds of a page."""

import re
from dataclasses import dataclass
from typing import Final

MAX_HEADER_CHARS: Final = 8_000
"""Characters of the header that are read."""

_LINK = re.compile(r"""<([^<>]*+)>((?:\s*;\s*[^\s;,="]++(?:\s*=\s*(?:"[^"]*+"|[^";,\s]*+))?)*+)""")
_PARAMETER = re.compile(r"""([^\s;,="]++)\s*=\s*(?:"([^"]*+)"|([^";,\s]*+))""")


@dataclass(frozen=True, slots=True)
class HeaderLink:
    """A link in a ``Link`` header."""

    href: str
    """As written; often relative to the URL of the response."""
    relations: tuple[str, ...]
    """In lower case."""
    media_type: str = ""
    """The type of the target, in lower case and without parameters; empty if it is not stated."""
    title: str | None = None


def parse_link_header(header: str) -> tuple[HeaderLink, ...]:
    """Return the links of a ``Link`` header, whose values were joined by commas if there are several.

    What cannot be parsed is left out.

    >>> parse_link_header('</all.rss>; rel="alternate"; type="application/rss+xml", </style.css>; rel=preload')[0]
    HeaderLink(href='/all.rss', relations=('alternate',), media_type='application/rss+xml', title=None)
    """
    links = []
    for href, written in _LINK.findall(header[:MAX_HEADER_CHARS]):
        parameters: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(written):
            parameters.setdefault(name.lower(), quoted or plain)
        links.append(
            HeaderLink(
                href.strip(),
                tuple(parameters.get("rel", "").lower().split()),
                parameters.get("type", "").lower().partition(";")[0].strip(),
                parameters.get("title"),
            )
        )
    return tuple(links)
