"""What a site's own spider says of an article outranks the cleaner, and what it did not find leaves it alone."""

from datetime import UTC, date, datetime

import pytest

from cleaning import Article, Cleaned
from crawler.pages.field_overrides import apply_overrides

PAGE = Cleaned(
    Article(text="…", blocks=(), title="Old", authors=("Ruth Mbarak",), provenance={"title": "h1", "text": "x"}), ()
)


@pytest.mark.parametrize(
    ("stated", "value", "precision"),
    [
        ("2024-10-12T05:17:00+03:00", datetime.fromisoformat("2024-10-12T05:17:00+03:00"), "second"),
        ("2024-10-12", datetime(2024, 10, 12), "day"),
        ("Sat, 12 Oct 2024 02:17:00 +0000", datetime(2024, 10, 12, 2, 17, tzinfo=UTC), "second"),
        (date(2024, 10, 12), datetime(2024, 10, 12), "day"),
        (datetime(2024, 10, 12, 2, 17), datetime(2024, 10, 12, 2, 17), "second"),
    ],
)
def test_times(stated: object, value: datetime, precision: str) -> None:
    article = apply_overrides(PAGE, {"published": stated}).article
    assert (article.published, article.published_precision) == (value, precision)
    assert article.published.tzinfo == value.tzinfo


def test_texts_and_lists() -> None:
    fields = {"title": "  New\n title ", "authors": "Lena Foss", "tags": ["tides", "", " sea "], "language": "SO"}
    article = apply_overrides(PAGE, fields).article
    assert (article.title, article.authors, article.tags) == ("New title", ("Lena Foss",), ("tides", "sea"))
    assert (article.language, article.language_confidence) == ("so", 1.0)
    assert article.provenance == {
        **{"title": "spider", "authors": "spider", "tags": "spider", "language": "spider"},
        "text": "x",
    }


def test_what_is_not_found_leaves_the_article_as_it_is() -> None:
    assert apply_overrides(PAGE, {"title": None, "authors": [], "tags": [""], "published": " ", "section": ""}) is PAGE


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"author": "Lena Foss"}, "did you mean 'authors'"),
        ({"text": "All of it"}, "cannot set the article field 'text'"),
        ({"title": ["A"]}, "title must be a text"),
        ({"tags": [7]}, "tags must be a text"),
        ({"published": 1728703020}, "published must be a time"),
        ({"published": "yesterday"}, "'yesterday' is not a time"),
    ],
)
def test_what_cannot_be_meant(fields: dict[str, object], error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        apply_overrides(PAGE, fields)
