"""What the site's theme says around an article, in the article's language."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The theme's words in one language; see ``labels.toml``."""

    edition: str
    direction: str
    date: str
    by: str
    published: str
    updated: str
    reading: str
    share: str
    advertisement: str
    newsletter: str
    newsletter_text: str
    newsletter_button: str
    topics: str
    related: str
    about_author: str
    comments: str
    leave_comment: str
    comment_notice: str
    cookie_text: str
    accept: str
    more: str
    consent_title: str
    consent_text: str
    accept_all: str
    reject_all: str
    settings: str
    previous: str
    next: str
    most_read: str

    def format_time(self, moment: datetime) -> str:
        """A time as a reader sees it, in its own zone, the zone not said."""
        return self.date.format(moment)


@cache
def load_labels() -> dict[str, Labels]:
    """The labels of every language of the site, by ISO 639-1 code."""
    text = (files("crawler.demo") / "labels.toml").read_text("utf-8")
    return {language: Labels(**entries) for language, entries in tomllib.loads(text).items()}


def get_labels(language: str) -> Labels:
    """The labels of a language; ``KeyError`` where the site has no such edition."""
    return load_labels()[language]
