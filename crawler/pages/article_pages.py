"""Articles on several pages: finds the page that follows, and joins the pages to one article."""

import re
from dataclasses import replace
from hashlib import sha256
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from cleaning import Article, Cleaned
from cleaning.assembly import join_blocks, select_text_blocks
from cleaning.lines.prose import count_words
from cleaning.urls import canonicalise, make_url_key

MAX_ARTICLE_PAGES: Final = 12
"""Pages of one article that are joined; slide shows have one for each picture."""
JOINED_PAGES_FLAG: Final = "joined-pages"
"""The flag of an article whose text was on several pages."""
MORE_PAGES_FLAG: Final = "more-pages"
"""The flag of an article that goes on, on a page that could not be read or was one too many."""

_LINK_TAG = re.compile(rb"<(a|link)\s([^<>]{1,1000})>([^<]{0,20})", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_NEXT = re.compile(r"""rel\s*=\s*["']?(?:[\w-]+\s+)*next\b""", re.IGNORECASE)
_PARAMETERS: Final = frozenset({"page", "p", "pg", "paged", "pagina", "seite", "page_no", "pageno"})
_IN_PATH = re.compile(r"(?:/(?:page|pagina|seite|p|pag|strona|sivu|sida))?/(\d{1,2})/?$")
_BEFORE_EXTENSION = re.compile(r"[-_,](\d{1,2})(?=\.(?:s?html?|php|aspx?)$)")


def split_page_number(url: str) -> tuple[str, int] | None:
    """Return the URL of the article of which a URL is a further page, and the number of the page.

    ``None`` if it has no page number.

    >>> split_page_number("https://a.example/story?id=7&page=2")
    ('https://a.example/story?id=7', 2)
    >>> split_page_number("https://a.example/story/page/3/"), split_page_number("https://a.example/story-2.html")
    (('https://a.example/story', 3), ('https://a.example/story.html', 2))
    >>> split_page_number("https://a.example/story-2")
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for pair in query:
        if pair[0].lower() in _PARAMETERS and re.fullmatch(r"\d{1,2}", pair[1]):
            rest = urlencode([other for other in query if other is not pair])
            return parts._replace(query=rest).geturl(), int(pair[1])
    for pattern in (_IN_PATH, _BEFORE_EXTENSION):
        if match := pattern.search(parts.path):
            path = parts.path[: match.start()] + parts.path[match.end() :]
            return parts._replace(path=path).geturl(), int(match[1])
    return None


def find_following_page(body: bytes, first_url: str, number: int) -> str | None:
    """Return the URL of the page that follows page ``number`` of an article; ``None`` if the page links to none.

    A link counts if its URL is that of the article with the next number, and if it is marked as the next page or shows
    just that number. The pages of the readers' comments do not count.

    Args:
        body: the page's HTML.
        first_url: the URL of the article's first page.
        number: the number of this page, from 1.
    """
    wanted = str(number + 1).encode()
    key = make_url_key(first_url)
    for match in _LINK_TAG.finditer(body):
        if wanted not in match[2] or b"comment" in match[2].lower():
            continue
        attributes = match[2].decode("utf-8", "replace")
        is_marked = _NEXT.search(attributes) is not None
        if not is_marked and match[3].strip() != wanted:
            continue
        href = _HREF.search(attributes)
        url = _resolve(unescape(next(filter(None, href.groups()), "")), first_url) if href else None
        page = split_page_number(url) if url else None
        if page is not None and page[1] == number + 1 and make_url_key(page[0]) == key:
            return url
    return None


def _resolve(href: str, base: str) -> str | None:
    try:
        return canonicalise(href, base) if href else None
    except ValueError:
        return None


def is_following_page(first: Article, following: Article, first_url: str, url: str, number: int) -> bool:
    """Return whether a page that was fetched as a further page of an article is one, and not another article.

    Servers redirect numbers that do not exist, and a story that has the title of an earlier one may get its URL with a
    number.

    Args:
        first: the article as read from the pages before.
        following: the article as read from the page.
        first_url: the URL of the article's first page.
        url: the URL of the page after redirects.
        number: the number of the page that was requested.
    """
    page = split_page_number(url)
    if page is None or page[1] != number or urlsplit(page[0]).path.rstrip("/") != urlsplit(first_url).path.rstrip("/"):
        return False
    # The days are compared, because a further page may state the time of its last change.
    return not (first.published and following.published and first.published.date() != following.published.date())


def join_pages(first: Cleaned, following: Cleaned) -> Cleaned | None:
    """Return an article with the text of its next page; ``None`` if that has nothing that the article lacks.

    Blocks that the article has already, such as a standfirst above each page, are not repeated.
    """
    article, known = first.article, set(first.article.blocks)
    added = tuple(block for block in following.article.blocks if block not in known and block.text != article.title)
    if not added:
        return None
    blocks = (*article.blocks, *added)
    text = join_blocks(select_text_blocks(blocks, captions=False))
    flags = article.flags if JOINED_PAGES_FLAG in article.flags else (*article.flags, JOINED_PAGES_FLAG)
    joined = replace(
        article,
        text=text,
        blocks=blocks,
        word_count=count_words(text),
        content_hash=sha256(text.encode("utf-8", "replace")).hexdigest(),
        photo_credits=tuple(dict.fromkeys((*article.photo_credits, *following.article.photo_credits))),
        flags=flags,
    )
    return replace(first, article=joined, removals=(*first.removals, *following.removals))
