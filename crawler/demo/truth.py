"""How far a cleaned text of one of the site's articles is from the truth."""

from crawler.demo.demo_article import DemoArticle
from crawler.demo.story import list_theme_texts


def find_lost_passages(article: DemoArticle, text: str) -> tuple[str, ...]:
    """The paragraphs, quotations and list items that a text lacks; white space does not matter."""
    words = " ".join(text.split())
    return tuple(piece for piece in article.must_stay if piece not in words)


def find_leftovers(article: DemoArticle, text: str) -> tuple[str, ...]:
    """The boilerplate that a text still has, beside the prose: a paragraph may use the words of a label."""
    words = " ".join(text.split())
    for piece in sorted((*article.must_stay, *article.may_go, article.title), key=len, reverse=True):
        words = words.replace(piece, "\n")
    lines = dict.fromkeys((*article.boilerplate, *list_theme_texts(article.language)))
    return tuple(line for line in lines if line in words)
