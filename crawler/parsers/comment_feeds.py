"""Which feeds are of readers' comments, not of articles. Knowledge is in ``comment_feeds.toml``."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

_MAX_CHARS: Final = 2_000
"""Characters of an address or a title that are looked at."""


def is_comments_feed(url: str, title: str | None = None) -> bool:
    """Whether a feed is one of readers' comments, by its address or its title.

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
    """The rules of ``comment_feeds.toml``: what a pattern is searched in, and the pattern."""
    tables = tomllib.loads((files("crawler.parsers") / "comment_feeds.toml").read_text("utf-8"))
    return tuple((rule["of"], re.compile(rule["pattern"])) for rule in tables["rule"])
