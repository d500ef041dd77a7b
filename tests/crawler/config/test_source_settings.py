"""What a person says of a source: its section and language stand in where pages say nothing."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from cleaning import Cleaned
from cleaning.article import Article
from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.demo import make_big_site, serve
from storage import Corpus, Source

SOURCE = Source(1, "a.example", None, "https://a.example/", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("stated", "section", "language", "origins"),
    [
        ({}, "Local", "so", {"section": "source", "language": "source"}),
        ({"section": "Sport"}, "Sport", "so", {"language": "source"}),
        ({"language": "en"}, "Local", "en", {"section": "source"}),
        ({"section": "Sport", "language": "en"}, "Sport", "en", {}),
    ],
)
def test_a_page_has_the_last_word(stated: dict[str, str], section: str, language: str, origins: dict[str, str]) -> None:
    site = CrawledSite(SOURCE, SourceConfig(url=SOURCE.url, section="Local", language="so"))
    article = site.apply_source_defaults(Cleaned(Article(text="Rain.", blocks=(), **stated), ())).article
    assert (article.section, article.language, article.provenance) == (section, language, origins)


def test_articles_older_than_a_source_allows_are_not_asked_for(start_crawl, database: str) -> None:
    site = make_big_site(40)
    newest = sorted(article.published for article in site.articles)[-10:]
    age = (datetime.now(UTC) - newest[0]).total_seconds() + 60
    with serve({"dhow.example": site}) as server:
        source = {"url": "http://dhow.example/", "max_age": age}
        start_crawl(source, environment={"http_proxy": server.url}).wait()
        asked = {unquote(request.path) for request in server.requests}
    with Corpus.open(database) as corpus:
        assert sorted(article.published for article in corpus.iter()) == newest
    assert sum(article.path in asked for article in site.articles) == 10


def test_only_sections_that_a_source_names_are_followed(start_crawl) -> None:
    with serve({"dhow.example": make_big_site(60, feeds=False, sitemaps=False)}) as server:
        start_crawl(
            {"url": "http://dhow.example/", "follow": ["/sport/"]}, environment={"http_proxy": server.url}
        ).wait()
        asked = {request.path for request in server.requests}
    assert asked & {"/ports/", "/business/", "/world/", "/sport/"} == {"/sport/"}
