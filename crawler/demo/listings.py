"""The pages that list articles: front page, sections, editions, topics, people, months."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crawler.demo.article import DemoArticle
from crawler.demo.labels import all_labels, labels_for
from crawler.demo.markup import Html, fill, href, join, link
from crawler.demo.theme import SECTIONS, SITE_NAME, Theme, author_path, section_path, tag_path


@dataclass(frozen=True, slots=True)
class Listing:
    """Articles under a heading; page 1 is at ``path``, the others at ``path`` + ``page/2/`` and so on."""

    path: str
    heading: str
    intro: str
    language: str
    articles: tuple[DemoArticle, ...]

    def pages(self, size: int) -> int:
        """The number of pages of ``size`` articles; an empty list has one."""
        return max(1, -(-len(self.articles) // size))

    def page_path(self, number: int) -> str:
        """Where a page is, counted from 1."""
        return self.path if number == 1 else f"{self.path}page/{number}/"


def all_listings(articles: Sequence[DemoArticle]) -> Iterator[Listing]:
    """Every list of the site."""
    yield Listing("/", SITE_NAME, "The latest from our newsroom.", "en", tuple(articles))
    yield from by_section(articles)
    yield from grouped(articles, "Topic: {}", lambda article: [(tag, tag_path(tag)) for tag in article.tags])
    yield from grouped(articles, "{}", lambda article: [(name, author_path(name)) for name in article.authors])
    yield from grouped(articles, "Archive: {}", month)


def by_section(articles: Sequence[DemoArticle]) -> Iterator[Listing]:
    """The sections of the English edition, and the editions in other languages."""
    headings = {f"/{key}/": (name, "en") for key, name in SECTIONS.items()}
    headings |= {f"/{language}/": (labels.edition, language) for language, labels in all_labels().items()}
    del headings["/en/"]
    for path, (heading, language) in headings.items():
        listed = tuple(article for article in articles if section_path(article) == path)
        yield Listing(path, heading, f"{SITE_NAME}: {heading}", language, listed)


def month(article: DemoArticle) -> list[tuple[str, str]]:
    """The month in which an article appeared, and where that month is listed."""
    return [(f"{article.published:%B %Y}", f"/{article.published:%Y/%m}/")]


def grouped(
    articles: Sequence[DemoArticle],
    heading: str,
    names_of: Callable[[DemoArticle], list[tuple[str, str]]],
) -> Iterator[Listing]:
    """A list for each name that ``names_of`` gives with its path; ``heading`` is a pattern for the name."""
    names: dict[str, str] = {}
    listed: dict[str, list[DemoArticle]] = {}
    for article in articles:
        for name, path in names_of(article):
            names.setdefault(path, name)
            listed.setdefault(path, []).append(article)
    for path, name in names.items():
        shown = heading.format(name)
        languages = {article.language for article in listed[path]}
        language = languages.pop() if len(languages) == 1 else "en"
        yield Listing(path, shown, f"{SITE_NAME}: {shown}", language, tuple(listed[path]))


def listing_page(listing: Listing, number: int, size: int, theme: Theme) -> Html:
    """One page of a list, counted from 1."""
    shown = listing.articles[(number - 1) * size : number * size]
    main = fill(
        "listing.html",
        heading=listing.heading,
        intro=listing.intro,
        teasers=join(teaser(article) for article in shown),
        pager=pager(listing, number, size),
    )
    title = SITE_NAME if listing.path == "/" else f"{listing.heading} | {SITE_NAME}"
    return theme.page(
        title=title if number == 1 else f"{title} (page {number})",
        main=main,
        head=[Html(f'<link rel="canonical" href="{theme.absolute(listing.page_path(number))}">')],
        language=listing.language,
        body_class="page-list",
    )


def teaser(article: DemoArticle) -> Html:
    """An article as a list shows it."""
    labels = labels_for(article.language)
    return fill(
        "teaser.html",
        lang=article.language,
        dir=labels.direction,
        href=href(article.path),
        title=article.title,
        byline=labels.by.format(names=", ".join(article.authors)) if article.authors else SITE_NAME,
        time=labels.time(article.published),
        comments=f"{labels.comments}: {len(article.comments)}",
        summary=article.summary,
        more=labels.more,
    )


def pager(listing: Listing, number: int, size: int) -> Html:
    """The links to the other pages of a list."""
    last = listing.pages(size)
    shown = [page for page in range(1, last + 1) if page in {1, last} or abs(page - number) <= 2]
    links = [link(str(page), listing.page_path(page)) for page in shown if page != number]
    if number < last:
        links.append(link("Older", listing.page_path(number + 1), rel="next"))
    return join(links)
