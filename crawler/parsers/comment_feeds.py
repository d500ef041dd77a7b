"""Recognise feeds of readers' comments, which list no articles. The rules are in ``comment_feeds.toml``."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

_MAX_CHARS: Final = 2_000
"""Number of characters of a URL or a title that the patterns are searched in."""


def is_comments_feed(url: str, title: str | None = None) -> bool:
    """Return whether a feed lists readers' comments, judging by its URL and its title.

    WordPress links such a feed next to the main one on every page, and another one for each post. The title is matched
    more carefully than the URL, since "Comment" is also the name of opinion sections.

    >>> is_comments_feed("https://example.com/comments/feed/")
    True
    >>> is_comments_feed("https://example.com/opinion/rss.xml", "Comment and analysis")
    False
    """
    parts = urlsplit(url[:_MAX_CHARS])
    texts = {
        "url": unquote(parts.path + (f"?{parts.query}" if parts.query else "")).lower(),
        "title": " ".join((title or "")[:_MAX_CHARS].lower().split()),
    }
    return any(pattern.search(texts[of]) for of, pattern in load_comment_feed_rules())


@cache
def load_comment_feed_rules() -> tuple[tuple[Literal["url", "title"], re.Pattern[str]], ...]:
    """Load the rules of ``comment_feeds.toml``: the text to search, URL or title, and the pattern.

    The file is read once per process.
    """
    tables = tomllib.loads((files("crawler.parsers") / "comment_feeds.toml").read_text("utf-8"))
    return tuple((rule["of"], re.compile(rule["pattern"])) for rule in tables["rule"])
