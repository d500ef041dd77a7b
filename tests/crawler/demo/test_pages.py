"""What the pages of the site hold, and that they hang together."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
import pytest

from crawler.demo import DemoArticle, DemoSite, Response, list_theme_texts, load_articles
from crawler.demo.theme import LOST_PATH

BASE = "http://dhow.example"
SITE = DemoSite()
ARTICLES = load_articles()
PAGES = {path for path, page in SITE.pages.items() if page.content_type.startswith("text/html")}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}

every_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.path)
every_page = pytest.mark.parametrize("path", sorted(PAGES))


class Nesting(HTMLParser):
    """Notes every end tag that does not close the element opened last."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def get(path: str, site: DemoSite = SITE) -> str:
    response = site.respond(path, BASE)
    assert response.status == 200, path
    return response.body.decode()


def tree(path: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(get(path))


def visible_text(page: str) -> str:
    """The words that a reader sees, every element on its own."""
    parsed = lxml.html.document_fromstring(page)
    for element in parsed.xpath("//head | //script"):
        element.drop_tree()
    return " ".join(" ".join(parsed.itertext()).split())


@every_page
def test_page_is_well_nested(path: str) -> None:
    nesting = Nesting()
    nesting.feed(get(path))
    assert nesting.wrong == []
    assert nesting.open == []


@every_page
def test_links_lead_somewhere(path: str) -> None:
    for _, _, target, _ in tree(path).iterlinks():
        parts = urlsplit(urljoin(BASE + path, target))
        if parts.netloc != "dhow.example" or parts.path in {"/comments/", "/newsletter/"}:
            continue  # places to share, and forms
        expected = 404 if parts.path == LOST_PATH else 200
        assert SITE.respond(parts.path, BASE).status == expected, target


@every_page
def test_page_names_its_address(path: str) -> None:
    [canonical] = tree(path).xpath("//link[@rel='canonical']/@href")
    assert unquote(canonical) == BASE + path


@every_article
def test_truth_is_on_the_page(article: DemoArticle) -> None:
    text = visible_text(get(article.path))
    for piece in (*article.must_stay, *article.may_go, article.title):
        assert piece in text
    # Links within a line of boilerplate are elements of their own, so spaces there do not count.
    squeezed = text.replace(" ", "")
    for piece in (*article.boilerplate, *list_theme_texts(article.language)):
        assert piece.replace(" ", "") in squeezed


@every_article
def test_page_says_its_language_and_direction(article: DemoArticle) -> None:
    root = tree(article.path)
    assert root.get("lang") == article.language
    assert root.get("dir") == ("rtl" if article.language == "ar" else "ltr")


@every_article
def test_page_tells_authors_and_times_its_own_way(article: DemoArticle) -> None:
    root = tree(article.path)
    claims = [json.loads(script.text) for script in root.xpath("//script[@type='application/ld+json']")]
    told = {
        "json-ld": [claim["datePublished"] for claim in claims],
        "opengraph": root.xpath("//meta[@property='article:published_time']/@content"),
        "time-tag": root.xpath("//article//time/@datetime")[:1],
    }
    published = article.published.isoformat()
    assert told == {way: [published] if way == article.markup else [] for way in told}
    named = [author["name"] for claim in claims for author in claim["author"]]
    assert named == (list(article.authors) if article.markup == "json-ld" else [])
    assert all(author in visible_text(get(article.path)) for author in article.authors)


def test_visible_time_has_its_zone() -> None:
    [path] = [article.path for article in ARTICLES if "novel" in article.title]
    assert "By Esther Njuguna | Published 3 June 2025, 06:30 GMT+03:00 | 2 min read" in visible_text(get(path))


@pytest.mark.parametrize("path", ["/", "/page/2/", "/world/", "/ar/", "/topic/harbours/", "/2025/05/"])
def test_list_pages_hold_no_body(path: str) -> None:
    text = visible_text(get(path))
    assert len(tree(path).find_class("teaser")) >= 2
    assert not [piece for article in ARTICLES for piece in article.paragraphs if piece in text]


def test_front_pages_list_every_article_once() -> None:
    paths = [path for path in SITE.pages if path == "/" or path.startswith("/page/")]
    listed = [link for path in paths for link in tree(path).xpath("//h2/a/@href")]
    assert sorted(map(unquote, listed)) == sorted(article.path for article in ARTICLES)
    assert len(paths) == 4


def test_pager_leads_to_the_last_page() -> None:
    path, seen = "/", ["/"]
    while following := tree(path).xpath("//a[@rel='next']/@href"):
        path = following[0]
        seen.append(path)
    assert seen == ["/", "/page/2/", "/page/3/", "/page/4/"]


@pytest.mark.parametrize(
    ("target", "status", "location"),
    [
        ("/about/", 200, None),
        ("/about", 301, f"{BASE}/about/"),
        ("/about/?utm_source=feed", 200, None),
        (ARTICLES[0].path, 200, None),
        ("/no-such-page/", 404, None),
        (LOST_PATH, 404, None),
        ("/page/5/", 404, None),
        ("/en/", 404, None),
    ],
)
def test_status(target: str, status: int, location: str | None) -> None:
    response = SITE.respond(target, BASE)
    assert (response.status, response.headers.get("Location")) == (status, location)


def test_lost_page_is_a_page() -> None:
    assert b"no such page" in SITE.respond("/nowhere/", BASE).body


def test_percent_encoded_and_plain_paths_are_one() -> None:
    article = next(article for article in ARTICLES if article.language == "am")
    [encoded] = [url for url in SITE.list_urls(BASE) if unquote(url) == BASE + article.path]
    assert encoded.isascii()
    assert get(encoded.removeprefix(BASE)) == get(article.path)


def test_articles_by_address() -> None:
    for url, article in zip(SITE.list_urls(BASE), ARTICLES, strict=True):
        assert SITE.find_article(f"{url}?utm_source=rss#comments") is article
    assert SITE.find_article(f"{BASE}/about/") is None


def test_what_is_not_html_is_escaped() -> None:
    article = replace(ARTICLES[-1], title='<b>"Fish" & </script> chips', summary='"><i>')
    page = DemoSite((article,)).respond(article.path, BASE).body.decode()
    parsed = lxml.html.document_fromstring(page)
    assert parsed.findtext(".//h1") == article.title
    assert parsed.xpath("//meta[@name='description']/@content") == [article.summary]
    assert json.loads(parsed.findtext(".//script[@type='application/ld+json']"))["headline"] == article.title


def test_fixed_base_outranks_the_address_asked_for() -> None:
    page = get("/", DemoSite(base_url="https://other.example"))
    assert 'rel="canonical" href="https://other.example/"' in page


def test_responses_given_instead() -> None:
    outage = Response(503, {"Retry-After": "7"}, b"later")
    site = DemoSite(instead={"/": outage}, robots_txt="User-agent: *\nDisallow: /\n")
    assert site.respond("/?page=1", BASE) is outage
    assert site.respond("/robots.txt", BASE).body == b"User-agent: *\nDisallow: /\n"
    assert site.respond("/about/", BASE).status == 200


def test_a_site_without_articles_has_pages() -> None:
    site = DemoSite(())
    assert {site.respond(path, BASE).status for path in site.pages} == {200}


def test_a_further_article_changes_the_front_page() -> None:
    before = DemoSite(ARTICLES[1:])
    assert before.respond(ARTICLES[0].path, BASE).status == 404
    assert before.respond("/", BASE).body != SITE.respond("/", BASE).body
