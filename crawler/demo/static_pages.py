"""The pages that are neither articles nor lists of articles."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crawler.demo.markup import Html, build_element, join_html
from crawler.demo.theme import SITE_NAME, Theme


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A page of plain paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@cache
def load_static_pages() -> dict[str, StaticPage]:
    """The pages of ``static_pages.toml`` by their paths; ``"lost"`` is the one for any other address."""
    text = (files("crawler.demo") / "static_pages.toml").read_text("utf-8")
    return {path: StaticPage(page["heading"], tuple(page["paragraphs"])) for path, page in tomllib.loads(text).items()}


def list_static_paths() -> tuple[str, ...]:
    """Where the site's static pages are."""
    return tuple(path for path in load_static_pages() if path.startswith("/"))


def build_static_page(path: str, theme: Theme) -> Html:
    """One of the static pages; ``KeyError`` where the path is none of theirs."""
    canonical = Html(f'<link rel="canonical" href="{theme.make_absolute(path)}">')
    return _build_page(load_static_pages()[path], theme, canonical)


def build_not_found_page(theme: Theme) -> Html:
    """What a visitor sees under an address that is none of ours."""
    return _build_page(load_static_pages()["lost"], theme, Html('<meta name="robots" content="noindex">'))


def _build_page(page: StaticPage, theme: Theme, head: Html) -> Html:
    main = join_html(
        [build_element("h1", page.heading), *(build_element("p", paragraph) for paragraph in page.paragraphs)]
    )
    title = f"{page.heading} | {SITE_NAME}"
    return theme.build_page(title=title, main=main, head=[head], language="en", body_class="page-plain")
