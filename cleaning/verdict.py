"""Is the page an article? If not, by which name it is refused.

A true article that is refused is lost, a page of another kind that passes is one wrong row: each test needs either the
page's own statement or two signs.
"""

import re
from collections.abc import Sequence

from lxml import html

from .article import Removal
from .lines import Line
from .metadata import Metadata
from .outcomes import NotAnArticleError, Outcome
from .prose import count_words

FEWEST_WORDS = 25
"""Words below which a text is no article; the shortest agency briefs have about thirty."""
STUB_WORDS = 120
"""Words below which a page that is a captcha, an error or a paywall by its title is nothing else."""

# The classes that WordPress and the themes and systems after its manner put on `body`.
_LISTING_CLASSES = frozenset({"archive", "category", "tag", "author", "search", "search-results", "blog", "paged", "date", "taxonomy"})
_SINGLE_CLASSES = frozenset({"single", "single-post", "singular", "post-template-default", "post-template", "postid"})
_LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})
_CAPTCHA = re.compile(
    r"verify (?:that )?you are (?:a )?human|checking your browser|just a moment|enable javascript and cookies to continue|"
    r"access denied|attention required|are you a robot|captcha|ddos protection|unusual traffic|проверка браузера|security check",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:404|403|500)\b(?=.*(?:error|not found|forbidden)|\s*$)|(?:page|article|story|content|document|post) (?:you .{0,40})?(?:was |is |could |can )?not (?:be )?found|"
    r"\bnot found\b|nothing (?:was )?(?:here|found)|no longer (?:available|exists)|"
    r"page (?:introuvable|non trouvée)|página no encontrada|página não encontrada|seite (?:wurde )?nicht gefunden|pagina non trovata|pagina niet gevonden|"
    r"sayfa bulunamadı|страница не найдена|сторінку не знайдено|nie znaleziono strony|الصفحة غير موجودة|bogga lama helin|ukurasa haukupatikana|页面不存在|找不到页面|ページが見つかりません",
    re.IGNORECASE,
)


def refuse_listings(tree: html.HtmlElement, metadata: Metadata) -> None:
    """Raise ``index-page`` for a list of articles: by what the page says, or by a run of linked headlines."""
    body = tree.find("body")
    classes = frozenset((body.get("class") or "").split()) if body is not None else frozenset()
    if "error404" in classes:
        raise NotAnArticleError(Outcome.SOFT_404, "the page calls itself an error page")
    if metadata.is_declared_article and not (_LISTING_CLASSES & classes and not _SINGLE_CLASSES & classes):
        return
    if _SINGLE_CLASSES & classes:
        return
    if _LISTING_CLASSES & classes and linked_headlines(tree) >= 1:
        raise NotAnArticleError(Outcome.INDEX_PAGE, "the page calls itself a list")
    if metadata.page_type in _LISTING_TYPES and linked_headlines(tree) >= 2:
        raise NotAnArticleError(Outcome.INDEX_PAGE, f"the page calls itself a {metadata.page_type}")
    if metadata.published is None and linked_headlines(tree, in_articles=True) >= 3:
        raise NotAnArticleError(Outcome.INDEX_PAGE, "it lists several articles")


def linked_headlines(tree: html.HtmlElement, *, in_articles: bool = False) -> int:
    """Headings that are links, or within links, outside of navigation and asides.

    Args:
        in_articles: count only those that open an ``article`` element of their own.
    """
    count = 0
    for heading in tree.iter("h2", "h3", "h1"):
        if heading.find(".//a[@href]") is None and next(heading.iterancestors("a"), None) is None:
            continue
        tags = [ancestor.tag for ancestor in heading.iterancestors()]
        if {"nav", "aside", "footer"} & set(tags) or (in_articles and tags.count("article") != 1):
            continue
        count += 1
    return count


def refuse_thin(lines: Sequence[Line], metadata: Metadata, removals: Sequence[Removal], page_title: str | None) -> None:
    """Raise the outcome of a page whose text is no article's: too short, an error, a captcha, a stub, a consent dialogue."""
    text = " ".join(line.text for line in lines)
    words = count_words(text)
    title = f"{page_title or ''} {metadata.title or ''}"
    if words < STUB_WORDS:
        if _CAPTCHA.search(title) or (words < FEWEST_WORDS * 2 and _CAPTCHA.search(text)):
            raise NotAnArticleError(Outcome.CAPTCHA, "it asks for proof of being human")
        if _ERROR.search(title):
            raise NotAnArticleError(Outcome.SOFT_404, f"its title says so: {' '.join(title.split())[:80]!r}")
        if any(removal.rule == "paywall" for removal in removals) and (metadata.paywalled or words < FEWEST_WORDS * 2):
            raise NotAnArticleError(Outcome.PAYWALL_STUB, f"{words} words and an invitation to subscribe")
    if words < FEWEST_WORDS:
        if any(removal.rule.startswith("consent") and count_words(removal.text) > words for removal in removals):
            raise NotAnArticleError(Outcome.CONSENT_PAGE, f"{words} words beside a consent notice")
        raise NotAnArticleError(Outcome.TOO_SHORT, f"{words} words, fewer than the {FEWEST_WORDS} of the shortest brief")
