"""What a listing says of an article serves where the page says nothing, and nowhere else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cleaning import Article, Cleaned
from crawler.pages.feed_fields import apply_feed_fields
from storage import FeedEntry, Lease

NOON = datetime(2024, 10, 12, 12, tzinfo=UTC)
SAID = FeedEntry(None, ("Ada Quist", "Daily Lantern"), ("Ferries",))


def complete(found_in: Any = "feed", title: str | None = "T", listed: datetime | None = NOON, **fields: Any) -> Article:
    lease = Lease(1, "https://a.example/1", 1, "a.example", found_in, 0, listed, title)
    cleaned = Cleaned(Article(text="…", blocks=(), **fields), ())
    return apply_feed_fields(cleaned, lease, SAID, ["Daily Lantern"]).article


def test_what_the_page_lacks_comes_from_the_feed() -> None:
    article = complete(provenance={"text": "x"})
    assert (article.published, article.published_precision) == (NOON, "second")
    assert (article.authors, article.tags) == (("Ada Quist",), ("Ferries",))
    assert article.provenance == {"authors": "feed", "published": "feed", "tags": "feed", "text": "x"}


def test_what_the_page_says_counts_more() -> None:
    fields = {"published": NOON - timedelta(1), "authors": ("Ali Musa",), "tags": ("Rain",), "provenance": {"a": "b"}}
    article = complete(**fields)
    assert {name: getattr(article, name) for name in fields} == fields


def test_an_article_of_an_agency_has_no_author_of_the_feed() -> None:
    assert complete(organisations=("AFP",)).authors == ()


def test_the_site_of_the_page_is_no_author() -> None:
    assert complete(site_name="Ada Quist").authors == ()


@pytest.mark.parametrize(
    ("found_in", "title", "published", "expected"),
    [
        ("sitemap", "T", NOON, NOON),
        ("sitemap", None, NOON, None),  # lastmod is no publication
        ("section", "T", NOON, None),
        ("feed", None, NOON.replace(tzinfo=None), NOON),
        ("feed", None, datetime(2066, 1, 1, tzinfo=UTC), None),
        ("feed", None, None, None),
    ],
)
def test_dates(found_in: str, title: str | None, published: datetime | None, expected: datetime | None) -> None:
    assert complete(found_in, title, published).published == expected


def test_midnight_is_a_day() -> None:
    assert complete(listed=NOON.replace(hour=0)).published_precision == "day"
