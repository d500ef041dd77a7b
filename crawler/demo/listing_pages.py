"""The pages that list articles: front page, sections, editions, topics, people, months."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crawler.demo.demo_article import DemoArticle
from crawler.demo.labels import get_labels, load_labels
from crawler.demo.markup import Html, build_link, encode_href, fill_template, join_html
from crawler.demo.theme import SECTIONS, SITE_NAME, Theme, build_author_path, build_tag_path, get_section_path


@dataclass(frozen=True, slots=True)
class Listing:
    """Articles under a heading; page 1 is at ``path``, the others at ``path`` + ``page/2/`` and so on."""

    path: str
    heading: str
    intro: str
    language: str
    articles: tuple[DemoArticle, ...]

    def count_pages(self, size: int) -> int:
        """The number of pages of ``size`` articles; an empty list has one."""
        return max(1, -(-len(self.articles) // size))

    def get_page_path(self, number: int) -> str:
        """Where a page is, counted from 1."""
        return self.path if number == 1 else f"{self.path}page/{number}/"


def build_listings(articles: Sequence[DemoArticle]) -> Iterator[Listing]:
    """Every list of the site."""
    yield Listing("/", SITE_NAME, "The latest from our newsroom.", "en", tuple(articles))
    yield from group_by_section(articles)
    yield from group_articles(
        articles, "Topic: {}", lambda article: [(tag, build_tag_path(tag)) for tag in article.tags]
    )
    yield from group_articles(
        articles, "{}", lambda article: [(name, build_author_path(name)) for name in article.authors]
    )
    yield from group_articles(articles, "Archive: {}", get_month)


def group_by_section(articles: Sequence[DemoArticle]) -> Iterator[Listing]:
    """The sections of the English edition, and the editions in other languages."""
    headings = {f"/{key}/": (name, "en") for key, name in SECTIONS.items()}
    headings |= {f"/{language}/": (labels.edition, language) for language, labels in load_labels().items()}
    del headings["/en/"]
    for path, (heading, language) in headings.items():
        listed = tuple(article for article in articles if get_section_path(article) == path)
        yield Listing(path, heading, f"{SITE_NAME}: {heading}", language, listed)


def get_month(article: DemoArticle) -> list[tuple[str, str]]:
    """The month in which an article appeared, and where that month is listed."""
    return [(f"{article.published:%B %Y}", f"/{article.published:%Y/%m}/")]


def group_articles(
    articles: Sequence[DemoArticle],
    heading: str,
    get_names: Callable[[DemoArticle], list[tuple[str, str]]],
) -> Iterator[Listing]:
    """A list for each name that ``names_of`` gives with its path; ``heading`` is a pattern for the name."""
    names: dict[str, str] = {}
    listed: dict[str, list[DemoArticle]] = {}
    for article in articles:
        for name, path in get_names(article):
            names.setdefault(path, name)
            listed.setdefault(path, []).append(article)
    for path, name in names.items():
        shown = heading.format(name)
        languages = {article.language for article in listed[path]}
        language = languages.pop() if len(languages) == 1 else "en"
        yield Listing(path, shown, f"{SITE_NAME}: {shown}", language, tuple(listed[path]))


def build_listing_page(listing: Listing, number: int, size: int, theme: Theme) -> Html:
    """One page of a list, counted from 1."""
    shown = listing.articles[(number - 1) * size : number * size]
    main = fill_template(
        "listing.html",
        heading=listing.heading,
        intro=listing.intro,
        teasers=join_html(build_teaser(article) for article in shown),
        pager=build_pager(listing, number, size),
    )
    title = SITE_NAME if listing.path == "/" else f"{listing.heading} | {SITE_NAME}"
    return theme.build_page(
        title=title if number == 1 else f"{title} (page {number})",
        main=main,
        head=[Html(f'<link rel="canonical" href="{theme.make_absolute(listing.get_page_path(number))}">')],
        language=listing.language,
        body_class="page-list",
    )


def build_teaser(article: DemoArticle) -> Html:
    """An article as a list shows it."""
    labels = get_labels(article.language)
    return fill_template(
        "teaser.html",
        lang=article.language,
        dir=labels.direction,
        href=encode_href(article.path),
        title=article.title,
        byline=labels.by.format(names=", ".join(article.authors)) if article.authors else SITE_NAME,
        time=labels.format_time(article.published),
        comments=f"{labels.comments}: {len(article.comments)}",
        summary=article.summary,
        more=labels.more,
    )


def build_pager(listing: Listing, number: int, size: int) -> Html:
    """The links to the other pages of a list."""
    last = listing.count_pages(size)
    shown = [page for page in range(1, last + 1) if page in {1, last} or abs(page - number) <= 2]
    links = [build_link(str(page), listing.get_page_path(page)) for page in shown if page != number]
    if number < last:
        links.append(build_link("Older", listing.get_page_path(number + 1), rel="next"))
    return join_html(links)
