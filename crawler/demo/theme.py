"""The frame of every page of the site: head, navigation, sidebar, footer, cookie strip, consent dialogue."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.demo.demo_article import DemoArticle
from crawler.demo.labels import get_labels, load_labels
from crawler.demo.markup import Html, build_element, build_link, encode_href, fill_template, join_html

SITE_NAME = "The Dhow Post"
MOTTO = "The coast and the hinterland, monitored"
SECTIONS = {
    "ports": "Ports",
    "business": "Business",
    "society": "Society",
    "science": "Science",
    "technology": "Technology",
    "sport": "Sport",
    "world": "World",
}
FOOT_LINKS = {
    "About us": "/about/",
    "Contact": "/contact/",
    "Privacy and cookies": "/privacy/",
    "Staff login": "/staff/",
}
LOST_PATH = "/2019/08/harbour-lights-go-solar/"
"""A story that the site still links to and no longer has."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What all pages of one site share."""

    base_url: str
    """Scheme and host, without a slash at the end; absolute links start with it."""
    feeds: bool
    """Whether the pages name feeds."""
    newest: tuple[DemoArticle, ...]
    """The articles of the sidebar."""

    def make_absolute(self, path: str) -> str:
        """The address of a path of the site."""
        return self.base_url + encode_href(path)

    def build_page(self, *, title: str, main: Html, head: Sequence[Html], language: str, body_class: str) -> Html:
        """A whole page."""
        labels = get_labels(language)
        return fill_template(
            "frame.html",
            lang=language,
            dir=labels.direction,
            title=title,
            head=join_html([*head, *self._build_feed_links()]),
            body_class=body_class,
            site_name=SITE_NAME,
            motto=MOTTO,
            navigation=build_navigation(),
            main=main,
            rail=self._build_sidebar(labels.most_read),
            foot_links=join_html(build_element("li", build_link(name, path)) for name, path in FOOT_LINKS.items()),
            cookie_text=labels.cookie_text,
            accept=labels.accept,
            more=labels.more,
            consent_title=labels.consent_title,
            consent_text=labels.consent_text,
            accept_all=labels.accept_all,
            reject_all=labels.reject_all,
            settings=labels.settings,
        )

    def _build_feed_links(self) -> list[Html]:
        if not self.feeds:
            return []
        named = [
            ("application/rss+xml", "", "/feed/"),
            ("application/atom+xml", " (Atom)", "/feed/atom/"),
            ("application/rss+xml", " comments", "/comments/feed/"),
        ]
        return [
            Html(f'<link rel="alternate" type="{kind}" title="{SITE_NAME}{note}" href="{self.make_absolute(path)}">')
            for kind, note, path in named
        ]

    def _build_sidebar(self, most_read: str) -> Html:
        entries = [build_element("li", build_link(article.title, article.path)) for article in self.newest]
        archive = build_element("p", build_link("Harbour lights go solar", LOST_PATH), class_="rail-archive")
        return join_html([build_element("h2", most_read), build_element("ol", join_html(entries)), archive])


def build_navigation() -> Html:
    """The links to the sections and to the editions in other languages."""
    sections = {name: f"/{key}/" for key, name in SECTIONS.items()}
    editions = {labels.edition: f"/{language}/" for language, labels in load_labels().items() if language != "en"}
    return join_html(build_element("li", build_link(name, path)) for name, path in (sections | editions).items())


def make_slug(name: str) -> str:
    """A name as it stands in an address.

    >>> make_slug("Ports & shipping")
    'ports-shipping'
    """
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def build_tag_path(tag: str) -> str:
    """Where the articles with a tag are listed."""
    return f"/topic/{make_slug(tag)}/"


def build_author_path(author: str) -> str:
    """Where the articles of an author are listed."""
    return f"/people/{make_slug(author)}/"


def get_section_path(article: DemoArticle) -> str:
    """Where an article's section is listed: English ones by subject, the others by language."""
    return f"/{article.section if article.language == 'en' else article.language}/"


def get_section_name(article: DemoArticle) -> str:
    """The name of an article's section, in its language."""
    return SECTIONS[article.section] if article.language == "en" else get_labels(article.language).edition
