"""HTML from text: what is not marked as HTML is escaped."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from crawler.demo.article import BOLD, LINK, RUN_IN

PATH_SAFE = "/:?&=#%~@!$'()*+,;"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def html(text: str) -> Html:
    """A text as HTML; HTML stays as it is.

    >>> html("Fish & chips")
    'Fish &amp; chips'
    """
    return text if isinstance(text, Html) else Html(escape(text))


def join(pieces: Iterable[str], separator: str = "\n") -> Html:
    """Pieces as one piece of HTML, each escaped unless it is HTML."""
    return Html(separator.join(html(piece) for piece in pieces))


def fill(template: str, **values: str) -> Html:
    """A template of the package with its places filled; ``KeyError`` where a value lacks."""
    return Html(_template(template).substitute({name: html(value) for name, value in values.items()}))


@cache
def _template(name: str) -> Template:
    return Template((files("crawler.demo") / "templates" / name).read_text("utf-8"))


def element(tag: str, content: str = "", **attributes: str) -> Html:
    """An element. Underscores in the names of attributes: a trailing one goes, the others become hyphens.

    >>> element("p", "5 < 6", class_="note")
    '<p class="note">5 &lt; 6</p>'
    """
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    written = "".join(f' {name}="{escape(value)}"' for name, value in named.items())
    return Html(f"<{tag}{written}>{html(content)}</{tag}>")


def href(path: str) -> str:
    """A path as it stands in a link: percent-encoded as UTF-8, what is encoded already left alone.

    >>> href("/zh/港口/")
    '/zh/%E6%B8%AF%E5%8F%A3/'
    """
    return quote(path, safe=PATH_SAFE)


def link(text: str, path: str, **attributes: str) -> Html:
    """A link to a path of the site."""
    return element("a", text, href=href(path), **attributes)


def inline(text: str) -> Html:
    """A text in the notation of the articles as HTML: links, bold, and the boilerplate run into it."""
    written = escape(RUN_IN.sub(_run_in, text), quote=False).replace("&lt;br&gt;", "<br>\n")
    written = LINK.sub(lambda match: f'<a href="{href(match["target"])}">{match["text"]}</a>', written)
    return Html(BOLD.sub(r"<strong>\g<text></strong>", written))


def _run_in(match: re.Match[str]) -> str:
    return str(match["boilerplate"] or match["dateline"])
