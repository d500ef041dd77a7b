"""HTML from text: what is not marked as HTML is escaped."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from crawler.demo.demo_article import BOLD_PATTERN, LINK_PATTERN, RUN_IN_PATTERN

SAFE_PATH_CHARACTERS = "/:?&=#%~@!$'()*+,;"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def to_html(text: str) -> Html:
    """A text as HTML; HTML stays as it is.

    >>> to_html("Fish & chips")
    'Fish &amp; chips'
    """
    return text if isinstance(text, Html) else Html(escape(text))


def join_html(pieces: Iterable[str], separator: str = "\n") -> Html:
    """Pieces as one piece of HTML, each escaped unless it is HTML."""
    return Html(separator.join(to_html(piece) for piece in pieces))


def fill_template(template: str, **values: str) -> Html:
    """A template of the package with its places filled; ``KeyError`` where a value lacks."""
    return Html(_load_template(template).substitute({name: to_html(value) for name, value in values.items()}))


@cache
def _load_template(name: str) -> Template:
    return Template((files("crawler.demo") / "templates" / name).read_text("utf-8"))


def build_element(tag: str, content: str = "", **attributes: str) -> Html:
    """An element. Underscores in the names of attributes: a trailing one goes, the others become hyphens.

    >>> build_element("p", "5 < 6", class_="note")
    '<p class="note">5 &lt; 6</p>'
    """
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    written = "".join(f' {name}="{escape(value)}"' for name, value in named.items())
    return Html(f"<{tag}{written}>{to_html(content)}</{tag}>")


def encode_href(path: str) -> str:
    """A path as it stands in a link: percent-encoded as UTF-8, what is encoded already left alone.

    >>> encode_href("/zh/港口/")
    '/zh/%E6%B8%AF%E5%8F%A3/'
    """
    return quote(path, safe=SAFE_PATH_CHARACTERS)


def build_link(text: str, path: str, **attributes: str) -> Html:
    """A link to a path of the site."""
    return build_element("a", text, href=encode_href(path), **attributes)


def convert_inline(text: str) -> Html:
    """A text in the notation of the articles as HTML: links, bold, and the boilerplate run into it."""
    written = escape(RUN_IN_PATTERN.sub(_unwrap_run_in, text), quote=False).replace("&lt;br&gt;", "<br>\n")
    written = LINK_PATTERN.sub(lambda match: f'<a href="{encode_href(match["target"])}">{match["text"]}</a>', written)
    return Html(BOLD_PATTERN.sub(r"<strong>\g<text></strong>", written))


def _unwrap_run_in(match: re.Match[str]) -> str:
    return str(match["boilerplate"] or match["dateline"])
