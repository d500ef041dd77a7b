"""What a person says of a source: its section and language stand in where pages say nothing."""

from datetime import UTC, datetime

import pytest

from cleaning import Cleaned
from cleaning.article import Article
from crawler.session import Site
from crawler.sources import SourceConfig
from storage import Source

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
    site = Site(SOURCE, SourceConfig(url=SOURCE.url, section="Local", language="so"))
    article = site.told(Cleaned(Article(text="Rain.", blocks=(), **stated), ())).article
    assert (article.section, article.language, article.provenance) == (section, language, origins)
