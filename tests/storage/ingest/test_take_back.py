"""A dated page is rarely one about the site."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cleaning import Article, clean_text
from storage.ingest.take_back import _announce_other_stories


def make_article(published: datetime | None) -> Article:
    return replace(clean_text("We are moving to a new system tonight."), title="Back soon", published=published)


@pytest.mark.parametrize(("published", "needed"), [(None, 2), (datetime(2024, 5, 5, tzinfo=UTC), 3)])
def test_a_page_with_a_date_takes_more_stories(published: datetime | None, needed: int) -> None:
    titles = ["Harbour closed by storm", "Council votes on budget", "Cup final postponed"]
    assert _announce_other_stories(make_article(published), titles[:needed])
    assert not _announce_other_stories(make_article(published), titles[: needed - 1])
