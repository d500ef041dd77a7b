"""Articles whose address their site corrects, and pages that answer at the addresses of many articles."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage import Corpus
from storage.ingest.change_detection import is_edited_story, resemble_each_other
from storage.schema.tables import FrontierRow

OLD, NEW = "https://wire.example/news/bridge-falls", "https://wire.example/news/bridge-stands"
TEXT = "The bridge fell at dawn.\n\nNobody was hurt.\n\nThe council meets today.\n\nTrains wait."
EDITED = "The bridge stands, the council says.\n\nNobody was hurt.\n\nIt had been measured wrongly.\n\nTrains run."


def fetch(run, url, content=None, *, title=None, guid=None, **fields) -> str:
    run.find(url, title=title, guid=guid)
    (lease,) = [lease for lease in run.lease() if lease.url == url]
    return run.frontier.record_fetches([run.page(lease, content, **fields)])[0]


def test_a_corrected_address_is_the_same_article(corpus: Corpus, crawl, new_crawl, cleaned):
    now = datetime.now(UTC)
    assert fetch(crawl, OLD, cleaned(TEXT, "Bridge falls"), guid="7", revisit_at=now) == "stored"
    assert fetch(new_crawl(), NEW, cleaned(EDITED, "Bridge stands"), guid="7") == "updated"
    article = corpus.find(NEW)
    assert (article.id, article.url, article.version) == (corpus.find(OLD).id, NEW, 2)
    assert corpus.stats().articles == 1
    assert new_crawl().frontier.queue_revisits([crawl.source.id]) == 0  # the old address is left alone


def test_the_old_address_of_a_corrected_article_may_go(corpus: Corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - timedelta(hours=1)
    fetch(crawl, OLD, cleaned(TEXT, "Bridge falls"), guid="7", revisit_at=past)
    later = new_crawl()
    later.frontier.queue_revisits([crawl.source.id])
    (old,) = later.lease()
    assert fetch(later, NEW, cleaned(TEXT, "Bridge falls"), guid="7") == "unchanged"
    later.frontier.record_fetches([later.page(old, outcome="http-404", http_status=404)])
    assert (corpus.find(OLD).url, corpus.find(OLD).gone_at) == (NEW, None)


def test_an_id_that_names_a_place_in_the_feed_is_no_proof(corpus: Corpus, crawl, new_crawl, cleaned):
    fetch(crawl, OLD, cleaned(TEXT, "Bridge falls"), guid="item-1")
    other = cleaned("Rain is expected.\n\nFarmers are glad.", "Rain expected")
    assert fetch(new_crawl(), NEW, other, guid="item-1") == "stored"
    run = new_crawl()
    run.frontier.add([run.candidate(f"https://wire.example/{number}", guid="same") for number in range(2)])
    with corpus._database.read() as connection:
        assert connection.scalars(select(FrontierRow.guid_hash).where(FrontierRow.article_id.is_(None))).all() == [
            None,
            None,
        ]


@pytest.mark.parametrize(("days", "outcome"), [(1, "stored"), (0, "updated")])
def test_a_column_of_every_day_is_not_overwritten(corpus: Corpus, crawl, new_crawl, cleaned, days, outcome):
    first = datetime(2026, 3, 3, 6, tzinfo=UTC)
    title = "Weather forecast for the coast"
    fetch(crawl, OLD, cleaned("Rain.\n\nWind from the west.", title, published=first), guid="1")
    second = cleaned("Sun.\n\nNo wind at all.", title, published=first + timedelta(days=days))
    assert fetch(new_crawl(), NEW, second, guid="1") == outcome
    assert corpus.stats().articles == 1 + days


def test_the_earlier_address_that_is_fetched_later_is_a_duplicate(corpus: Corpus, crawl, new_crawl, cleaned):
    crawl.find(OLD, guid="7")
    assert fetch(crawl, NEW, cleaned(EDITED, "Bridge stands"), guid="7") == "stored"
    crawl.frontier.release_stale_leases()
    later = new_crawl()
    later.frontier.release_stale_leases()
    (old,) = later.lease()
    assert later.frontier.record_fetches([later.page(old, cleaned(TEXT, "Bridge falls"))]) == ["duplicate"]
    assert corpus.find(OLD).text == EDITED


BACK_SOON = ("We will be right back.\n\nThank you for your patience.", "Back soon")


def test_a_page_about_the_site_is_taken_back(corpus: Corpus, crawl, new_crawl, cleaned):
    fetch(crawl, OLD, cleaned(*BACK_SOON), title="Bridge falls")
    assert fetch(crawl, NEW, cleaned(*BACK_SOON), title="Council meets at night") == "duplicate"
    source_id, article = crawl.source.id, cleaned(*BACK_SOON).article
    assert crawl.frontier.take_back(source_id, article, None) == 2
    assert corpus.stats().articles == 0
    assert corpus.search("patience") == ()
    assert {failed.outcome for failed in corpus.list_failed_pages()} == {"soft-404"}
    assert crawl.lease() == []
    later = new_crawl()
    pages = [later.page(lease, cleaned(f"The story of {lease.url}.", lease.title)) for lease in later.lease()]
    assert later.frontier.record_fetches(pages) == ["stored", "stored"]


def test_an_article_gets_its_earlier_text_again(corpus: Corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - timedelta(hours=1)
    for url, title in ((OLD, "Bridge falls"), (NEW, "Council meets at night")):
        fetch(crawl, url, cleaned(f"{title}, it says.", title), title=title, revisit_at=past)
    later = new_crawl()
    later.frontier.queue_revisits([crawl.source.id])
    pages = [later.page(lease, cleaned(*BACK_SOON)) for lease in later.lease()]
    assert later.frontier.record_fetches(pages) == ["updated", "updated"]
    assert later.frontier.take_back(crawl.source.id, cleaned(*BACK_SOON).article, None) == 2
    article = corpus.find(OLD)
    assert (article.title, article.text, article.version) == ("Bridge falls", "Bridge falls, it says.", 1)
    assert corpus.versions(article.id) == []
    assert len(corpus.search("council")) == 1
    assert new_crawl().frontier.queue_revisits([crawl.source.id]) == 2


@pytest.mark.parametrize("titles", [("Back soon", "Bridge falls"), ("Bridge falls", "Bridge falls"), (None, None)])
def test_a_real_article_at_several_addresses_stays(corpus: Corpus, crawl, cleaned, titles):
    for url, title in zip((OLD, NEW), titles, strict=True):
        fetch(crawl, url, cleaned(*BACK_SOON), title=title)
    assert crawl.frontier.take_back(crawl.source.id, cleaned(*BACK_SOON).article, titles[0]) == 0
    assert corpus.stats().articles == 1


def test_an_address_that_was_a_duplicate_may_get_a_story_of_its_own(corpus: Corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - timedelta(hours=1)
    fetch(crawl, OLD, cleaned(*BACK_SOON))
    assert fetch(crawl, NEW, cleaned(*BACK_SOON), revisit_at=past) == "duplicate"
    later = new_crawl()
    later.frontier.queue_revisits([crawl.source.id])
    (lease,) = later.lease()
    assert later.frontier.record_fetches([later.page(lease, cleaned(TEXT, "Bridge falls"))]) == ["stored"]
    assert corpus.find(NEW).text == TEXT
    assert corpus.find(OLD).text == BACK_SOON[0]


@pytest.mark.parametrize(
    ("stored", "fetched", "same"),
    [
        (("Bridge falls", TEXT), ("Bridge stands", EDITED), True),
        (("Bridge falls at dawn", "A."), ("Correction: bridge falls at dawn", "B."), True),
        (("Bridge falls", TEXT), ("Rain expected", "Farmers are glad. It rains."), False),
        (("Rain", "A."), ("Rain again", "B."), False),
        ((None, ""), (None, "A."), False),
    ],
)
def test_edited_stories(stored, fetched, same):
    assert is_edited_story(*stored, *fetched) is same


def test_titles_that_resemble_each_other():
    assert resemble_each_other("Bridge falls at dawn", "Bridge falls – Daily Lantern")
    assert resemble_each_other("快讯：大桥凌晨倒塌", "大桥凌晨倒塌无人受伤")
    assert not resemble_each_other("We will be right back", "Bridge falls at dawn")
    assert not resemble_each_other(None, "Bridge falls")
