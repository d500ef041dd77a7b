"""Is a cleaned page news? Sites also have pages about themselves, and those clean just as well."""

from typing import Final
from urllib.parse import urlsplit

from cleaning import Article
from cleaning.urls import same_article_key, site_of
from crawler.shapes import Judgement

NOT_NEWS: Final = "not-news"
"""The outcome of a page that holds a text, and no news."""

STORY_WORDS: Final = 80
"""Words of a text that is more than a note below a heading."""

_ARTICLE_TYPES: Final = frozenset({"article", "blogposting", "socialmediaposting", "report", "scholarlyarticle"})
# A page that calls itself one of these is none, even where a plugin stamps a date on it.
_OTHER_TYPES: Final = frozenset(
    {
        "aboutpage",
        "contactpage",
        "collectionpage",
        "searchresultspage",
        "profilepage",
        "faqpage",
        "checkoutpage",
    }
    | {"itemlist", "product", "profile"}
)


def is_article_type(page_type: str | None) -> bool:
    """Whether a schema.org or OpenGraph type is a kind of article.

    >>> [is_article_type(t) for t in ("NewsArticle", "article", "OpinionNewsArticle", "WebPage", None)]
    [True, True, True, False, False]
    """
    kind = (page_type or "").casefold()
    return kind in _ARTICLE_TYPES or kind.endswith("newsarticle")


def why_no_news(article: Article, found_in: str, address: Judgement) -> str | None:
    """Why a page is no news, as a sentence; ``None`` where it is news.

    A feed lists news and nothing else, and so does a spider made for the site. What sitemaps and links lead to
    must show it: by a publication date, by a type, or by an address as only articles have it:
    ``/2024/10/12/title/``, ``/posts/title/``; for a text of some length ``/a-title-of-many-words/`` will do.
    ``address`` is the judgement of where the page was found in the end.
    """
    if address.rule == "front-page":
        return "its address leads to the front page"
    if found_in == "spider":
        return None
    if found_in == "feed" and (address.kind != "other" or article.published):
        return None
    if (article.page_type or "").casefold() in _OTHER_TYPES:
        return f"it calls itself {article.page_type}"
    if address.kind in ("section", "other"):
        return "its address is not an article's"
    is_long = article.word_count >= STORY_WORDS
    has_articles_address = address.kind == "article" and (address.rule != "words" or is_long)
    if article.published or is_article_type(article.page_type) or has_articles_address:
        return None
    return "it has no date of publication and does not call itself an article"


def article_key(final_url: str, canonical_url: str | None) -> str:
    """The key that an article is known by: of its canonical address where this is plausible, else of its own.

    A canonical address on another site, or the site's front page, would make one article of many.

    >>> article_key("https://example.org/a?page=1", "https://www.example.org/a")
    'example.org/a'
    >>> article_key("https://example.org/a", "https://example.org/")
    'example.org/a'
    """
    if canonical_url is not None and _is_plausible(canonical_url, final_url):
        return same_article_key(canonical_url)
    return same_article_key(final_url)


def _is_plausible(canonical_url: str, final_url: str) -> bool:
    try:
        same_site = site_of(canonical_url) == site_of(final_url)
    except ValueError:
        return False
    parts = urlsplit(canonical_url)
    return same_site and bool(parts.path.strip("/") or parts.query)
