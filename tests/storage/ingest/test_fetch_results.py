"""What becomes of a fetched page: new, changed, unchanged, another address of one we have, or poison."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from storage.ingest.change_detection import (
    Change,
    compute_fingerprint,
    detect_change,
    is_same_story,
)
from storage.schema.tables import QUEUED, FetchRow, FrontierRow

URL = "https://wire.example/news/ceasefire"
TEXT = "The ceasefire began at dawn.\n\nIt has held so far.\n\nTalks go on."
OTHER_TEXT = "Rain is expected.\n\nFarmers are glad."


def again(crawl, url, content, **fields):
    """Finish a page of an address that was fetched before, as a later visit will."""
    with crawl.corpus._database.write() as connection:
        connection.execute(
            update(FrontierRow).where(FrontierRow.url == url).values(state=QUEUED, run_id=None, not_before=None)
        )
    (lease,) = crawl.lease()
    return crawl.frontier.record_fetches([crawl.page(lease, content, **fields)])[0]


def fetches(corpus):
    return corpus.stats().by_outcome


def test_every_field_comes_back(crawl, cleaned, corpus):
    mogadishu = timezone(timedelta(hours=3))
    fields = {
        "canonical_url": "https://wire.example/ceasefire",
        "language": "so",
        "language_confidence": 0.97,
        "published": datetime(2024, 10, 1, 1, 30, tzinfo=mogadishu),
        "published_precision": "minute",
        "modified": datetime(2024, 10, 2),
        "modified_precision": "day",
        "authors": ("Cabdi Cali", "李明"),
        "organisations": ("AFP", "Wararka"),
        "editors": ("Ali Musa",),
        "translators": ("T",),
        "contributors": ("C",),
        "credits": ("Axadle international",),
        "photo_credits": ("Lena Foss/AFP",),
        "dateline": "MOGADISHU (AX)",
        "site_name": "Axadle",
        "section": "News",
        "tags": ("peace", "war"),
        "description": "In short.",
        "image": "https://wire.example/a.jpg",
        "licence": "CC BY",
        "page_type": "NewsArticle",
        "paywalled": False,
        "robots": ("noai", "max-snippet:-1"),
        "tdm_reserved": True,
        "tdm_policy": "https://wire.example/tdm.json",
        "word_count": 12,
        "flags": ("much-removed",),
        "provenance": {"title": "h1", "editors": "line"},
    }
    content = cleaned(TEXT, "Ceasefire", **fields)
    assert crawl.fetch(URL, content, final_url=URL + "?x=1") == "stored"
    stored = corpus.find(URL)
    expected = fields | {"title": "Ceasefire", "text": TEXT, "url": URL + "?x=1", "source": "wire.example"}
    expected["modified"] = datetime(2024, 10, 2, tzinfo=UTC)  # no zone was stated
    assert {name: getattr(stored, name) for name in expected} == expected
    assert stored.published.utcoffset() == timedelta(hours=3)
    assert stored.removals == content.removals
    assert (stored.outcome, stored.stored_at, stored.fetched_at) == (
        "stored",
        stored.fetched_at,
        stored.stored_at,
    )


def test_unchanged_changes_nothing(crawl, cleaned, corpus):
    crawl.fetch(URL, cleaned(TEXT))
    before = corpus.find(URL)
    later = before.fetched_at + timedelta(days=1)
    assert again(crawl, URL, cleaned(TEXT, modified=later, image="other"), fetched_at=later) == "unchanged"
    after = corpus.find(URL)
    assert (after.text, after.fetched_at, after.image) == (before.text, before.fetched_at, before.image)
    assert after.outcome == "unchanged"
    assert fetches(corpus) == {"stored": 1, "unchanged": 1}


def test_changed_is_updated_with_its_index(crawl, cleaned, corpus):
    crawl.fetch(URL, cleaned(TEXT, "Ceasefire"))
    before = corpus.find(URL)
    later = before.fetched_at + timedelta(hours=1)
    assert again(crawl, URL, cleaned(TEXT + "\n\nMediators hope.", "Truce"), fetched_at=later) == "updated"
    after = corpus.find(URL)
    assert (after.id, after.title, after.stored_at) == (before.id, "Truce", before.stored_at)
    assert (after.fetched_at, after.text[-8:]) == (later, "rs hope.")
    assert [hit.id for hit in corpus.search("mediators truce")] == [after.id]
    assert corpus.search("ceasefire -dawn") == ()
    assert len(corpus.search("dawn")) == 1


@pytest.mark.parametrize("change", [{"authors": ("A",)}, {"language": "so"}, {"published": datetime(2024, 1, 1)}])
def test_what_readers_see_counts_as_changed(crawl, cleaned, change):
    crawl.fetch(URL, cleaned(TEXT))
    assert again(crawl, URL, cleaned(TEXT, **change)) == "updated"


def test_another_address_with_the_same_key_is_a_duplicate(crawl, cleaned, corpus):
    key = "wire.example/news/ceasefire"
    crawl.fetch(URL, cleaned(TEXT), article_key=key)
    assert crawl.fetch("https://wire.example/p/17", cleaned(TEXT + " More."), article_key=key) == "duplicate"
    assert corpus.stats().articles == 1
    assert corpus.find("https://wire.example/p/17").url == URL
    assert corpus.find(URL).text == TEXT


def test_the_address_an_article_names_as_its_own_is_known(crawl, cleaned, corpus):
    crawl.fetch("https://wire.example/p/17", cleaned(TEXT), article_key="wire.example/news/ceasefire")
    assert crawl.find(URL) == 0
    assert corpus.find(URL).url == "https://wire.example/p/17"


def test_the_end_of_a_redirect_is_known(crawl, cleaned, corpus):
    key = "wire.example/named"
    crawl.fetch("https://wire.example/short", cleaned(TEXT), final_url=URL, article_key=key)
    assert crawl.find(URL) == 0
    assert corpus.find(URL).id == corpus.find("https://wire.example/short").id


def test_an_article_is_recognised_by_the_end_of_a_redirect_to_it(crawl, cleaned, corpus):
    crawl.fetch("https://wire.example/short", cleaned(TEXT), final_url=URL, article_key="wire.example/named")
    changed = cleaned(TEXT + "\n\nMore.")
    assert crawl.fetch("https://wire.example/p/17", changed, article_key="wire.example/news/ceasefire") == "duplicate"


def test_the_end_of_a_redirect_need_not_be_fetched(crawl, cleaned, corpus):
    crawl.find("https://wire.example/short", URL)
    (short,) = crawl.lease(1)
    assert crawl.frontier.record_fetches([crawl.page(short, cleaned(TEXT), final_url=URL)]) == ["stored"]
    assert crawl.lease() == []
    assert corpus.find(URL).id == 1


def test_an_address_named_as_canonical_is_still_fetched(crawl, cleaned):
    crawl.find("https://wire.example/p/17", URL)
    (first,) = crawl.lease(1)
    crawl.frontier.record_fetches([crawl.page(first, cleaned(TEXT), article_key="wire.example/news/ceasefire")])
    (second,) = crawl.lease()
    assert crawl.frontier.record_fetches([crawl.page(second, cleaned(TEXT))]) == ["duplicate"]


def test_an_address_that_now_leads_to_another_article_overwrites_none(crawl, cleaned, corpus):
    crawl.fetch("https://wire.example/old", cleaned("Of old times.", "Old"))
    crawl.fetch(URL, cleaned(TEXT))
    assert again(crawl, "https://wire.example/old", cleaned(TEXT), final_url=URL) == "duplicate"
    assert [article.text for article in corpus.iter()] == ["Of old times.", TEXT]
    assert corpus.find("https://wire.example/old").title == "Old"


def test_an_address_that_was_renamed_keeps_its_article(crawl, cleaned, corpus):
    crawl.fetch("https://wire.example/old", cleaned("Of old times.", "Old"))
    assert again(crawl, "https://wire.example/old", cleaned("Of old.", "Old"), final_url=URL) == "updated"
    assert corpus.find(URL).id == corpus.find("https://wire.example/old").id == 1


def test_a_canonical_address_shared_by_different_stories_loses_none(crawl, cleaned, corpus):
    shared = "wire.example"
    texts = [f"Story {number}.\n\nIts {number} paragraphs." for number in range(5)]
    for number, text in enumerate(texts):
        content = cleaned(text, f"Headline {number}")
        assert crawl.fetch(f"https://wire.example/news/{number}", content, article_key=shared) == "stored"
    assert sorted(article.text for article in corpus.iter()) == texts
    # And when they are looked at again, each is still its own.
    content = cleaned(texts[3], "Headline 3")
    assert again(crawl, "https://wire.example/news/3", content, article_key=shared) == "unchanged"


def test_one_text_under_two_addresses_of_a_site_is_one_article(crawl, new_crawl, cleaned, corpus):
    crawl.fetch(URL, cleaned(TEXT))
    assert crawl.fetch("https://wire.example/en/ceasefire", cleaned(TEXT)) == "duplicate"
    assert crawl.fetch("https://wire.example/daily", cleaned(TEXT, "Another headline")) == "stored"
    assert crawl.fetch("https://wire.example/later", cleaned(TEXT, published=datetime(2024, 10, 2))) == "stored"
    assert new_crawl("https://garowe.example").fetch("https://garowe.example/1", cleaned(TEXT)) == "stored"
    assert corpus.find("https://wire.example/en/ceasefire").url == URL


def test_a_batch_may_hold_two_addresses_of_one_article(crawl, cleaned):
    crawl.find(URL, "https://wire.example/amp-ceasefire")
    pages = [crawl.page(lease, cleaned(TEXT), article_key="k") for lease in crawl.lease()]
    assert crawl.frontier.record_fetches(pages) == ["stored", "duplicate"]


def test_pages_without_an_article_keep_their_outcome(crawl, corpus):
    crawl.find(*(f"https://wire.example/{number}" for number in range(4)))
    outcomes = ["index-page", "http-404", "timeout", "robots-forbidden"]
    pages = [crawl.failed(*pair) for pair in zip(crawl.lease(), outcomes, strict=True)]
    assert crawl.frontier.record_fetches(pages) == outcomes
    assert fetches(corpus) == dict.fromkeys(outcomes, 1)
    assert crawl.frontier.record_fetches([]) == []


@pytest.mark.promise(37)
def test_nul_and_surrogates_are_stored_clean(crawl, cleaned, corpus):
    content = cleaned("Before\0 and \udcff after", "\ud83d\ude00 \ud800", authors=("A\0li",), site_name="\udfff")
    assert crawl.fetch(URL, content, detail="\ud800\0", final_url=URL + "?\udcff") == "stored"
    stored = corpus.find(URL)
    assert (stored.text, stored.title) == ("Before and \ufffd after", "😀 \ufffd")
    assert (stored.authors, stored.site_name) == (("Ali",), "\ufffd")
    assert [hit.id for hit in corpus.search("before after")] == [stored.id]
    assert again(crawl, URL, content) == "unchanged"


POISON = {
    "an integer beyond 64 bits": {"bytes": 2**70},
    "no outcome": {"milliseconds": None},
    "a time without a zone": {"fetched_at": datetime(2024, 10, 1)},
    "a text that is none": {"final_url": 17},
}


@pytest.mark.promise(37)
@pytest.mark.parametrize("fields", POISON.values(), ids=POISON)
def test_a_poisonous_page_fails_alone(crawl, cleaned, corpus, fields, kind, measured):
    urls = [f"https://wire.example/news/{number}" for number in range(5)]
    crawl.find(*urls)
    pages = [crawl.page(lease, cleaned(f"Text {lease.id}")) for lease in crawl.lease()]
    pages[2] = crawl.page(pages[2].lease, cleaned("Poison"), **fields)
    assert crawl.frontier.record_fetches(pages) == ["stored", "stored", "storage-error", "stored", "stored"]
    assert sorted(article.url for article in corpus.iter()) == urls[:2] + urls[3:]
    assert corpus.search("poison") == ()
    assert fetches(corpus) == {"stored": 4, "storage-error": 1}
    assert crawl.lease() == []
    measured(f"{kind}: 4 of 5 committed, 1 recorded")


def test_an_article_without_a_language_is_poison_too(crawl, cleaned, corpus):
    assert crawl.fetch(URL, cleaned(TEXT, language=None)) == "storage-error"
    assert corpus.stats().articles == 0
    with corpus._database.read() as connection:
        detail = connection.scalar(select(FetchRow.detail))
    assert "language" in detail


def test_a_bug_is_no_pages_fault(crawl, cleaned, monkeypatch):
    monkeypatch.setattr("storage.ingest.derived_rows.fold", lambda text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        crawl.fetch(URL, cleaned(TEXT))
    monkeypatch.undo()
    assert crawl.frontier.release_stale_leases() == 0


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [(None, "a", Change.NEW), ("a", "a", Change.UNCHANGED), ("a", "b", Change.CHANGED)],
)
def test_decide(old, new, change):
    assert detect_change(old, new) is change


def test_a_fingerprint_tells_fields_apart(cleaned):
    articles = [
        cleaned("ab", "c").article,
        cleaned("a", "bc").article,
        cleaned("a", None).article,
        cleaned("a", "None").article,
        cleaned("a", "\ud800").article,
        cleaned("a", "bc", authors=("d",)).article,
        cleaned("a", "bc", editors=("d",)).article,
    ]
    assert len(set(map(compute_fingerprint, articles))) == len(articles)


@pytest.mark.parametrize(
    ("stored", "fetched", "same"),
    [
        (("Truce", TEXT), ("Truce", OTHER_TEXT), True),
        (("Truce", TEXT), ("Truce holds", TEXT + "\n\nMore."), True),
        (("Truce", TEXT), ("Rain", OTHER_TEXT), False),
        ((None, TEXT), (None, OTHER_TEXT), False),
        (("Truce", TEXT), ("Rain", "Talks go on.\n\nA.\n\nB."), False),
        (("Truce", ""), ("Rain", ""), True),
    ],
)
def test_same_story(stored, fetched, same):
    assert is_same_story(*stored, *fetched) is same
