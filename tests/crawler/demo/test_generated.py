"""Generated articles: as many as asked for, all different, always the same."""

from crawler.demo import find_leftovers, make_big_site
from crawler.demo.generated import generate_articles

BASE = "http://dhow.example"


def test_articles_are_long_and_different() -> None:
    articles = generate_articles(300)
    assert len({article.path for article in articles}) == 300
    assert len({article.title for article in articles}) == 300
    assert min(len(" ".join(article.paragraphs).split()) for article in articles) > 150
    sentences = [sentence for article in articles for piece in article.paragraphs for sentence in piece.split(". ")]
    assert len(set(sentences)) == len(sentences)


def test_same_seed_same_articles() -> None:
    assert generate_articles(5) == generate_articles(8)[:5]
    assert generate_articles(5) != generate_articles(5, seed=2)


def test_every_article_is_on_the_site_and_listed() -> None:
    site = make_big_site(60)
    for article in site.articles:
        page = site.respond(article.path, BASE)
        assert page.status == 200
        assert find_leftovers(article, page.body.decode())
    front = "".join(site.respond(path, BASE).body.decode() for path in ("/", "/page/2/", "/page/3/"))
    assert all(article.path in front for article in site.articles)


def test_site_of_section_pages_only() -> None:
    site = make_big_site(3, feeds=False, sitemaps=False)
    assert site.respond("/feed/", BASE).status == site.respond("/sitemap.xml", BASE).status == 404
