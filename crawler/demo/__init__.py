"""A small news-monitoring site of our own, for ``make demo`` and the tests: articles, pages, server.

Everything in it is invented: the outlet, the people, most of the places, what happened. ``DemoSite`` turns a
path into a response without any I/O; ``serve`` puts a site on a loopback port; ``MirrorSite`` serves a saved
site in its stead. Nothing here needs more than the standard library.
"""

from crawler.demo.demo_article import DemoArticle, load_articles
from crawler.demo.demo_server import DemoServer, LoggedRequest, serve
from crawler.demo.demo_site import DemoSite, Response, Site
from crawler.demo.generated import make_big_site
from crawler.demo.mirror import MirrorSite
from crawler.demo.story import list_theme_texts
from crawler.demo.truth import find_leftovers, find_lost_passages

__all__ = [
    "DemoArticle",
    "DemoServer",
    "DemoSite",
    "LoggedRequest",
    "MirrorSite",
    "Response",
    "Site",
    "find_leftovers",
    "find_lost_passages",
    "list_theme_texts",
    "load_articles",
    "make_big_site",
    "serve",
]
