"""The corpus counted, and the words that set articles apart."""

import pytest

from storage import Corpus
from storage.values import FacetCount


@pytest.fixture
def filled(crawl, corpus) -> Corpus:
    crawl.store("The flood in Mombasa.", "Flood", authors=("Ali Musa", "Ayan Noor"), tags=("Weather",), section="Coast")
    crawl.store("The flood in Garissa.", "Flood again", authors=("ALI MUSA",), tags=("weather", "Rivers"))
    corpus.crawl.get_or_create_source("wire.example", "Sawirka ÉCHO", "Geeska Afrika")
    crawl.store("Daad ayaa ka da'ay.", "Daad", language="so", published=None, editors=("Ayan Noor",))
    lease = crawl.find("https://wire.example/broken") and crawl.lease()[0]
    crawl.frontier.record_fetches([crawl.failed(lease, "http-404", 404)])
    return corpus


@pytest.mark.parametrize(
    ("by", "query", "expected"),
    [
        ("day", "", {"": 1, "2024-10-01": 2}),
        ("week", "", {"": 1, "2024-09-30": 2}),
        ("month", "flood", {"2024-10": 2}),
        ("year", "lang:so", {"": 1}),
        ("source", "", {"wire.example": 3}),
        ("group", "", {"Geeska Afrika": 3}),
        ("source", "group:'geeska afrika'", {}),
        ("source", 'group:"geeska  AFRIKA"', {"wire.example": 3}),
        ("source", 'source:"sawirka écho" flood', {"wire.example": 2}),
        ("source", "group:asia", {}),
        ("source", "-group:asia lang:so", {"wire.example": 1}),
        ("lang", "", {"en": 2, "so": 1}),
        ("lang", "?!", {}),
        ("author", "mombasa", {"Ali Musa": 1, "Ayan Noor": 1}),
        ("editor", "", {"Ayan Noor": 1}),
        ("section", "", {"Coast": 1}),
        ("outcome", "", {"stored": 3, "http-404": 1}),
        ("outcome", "flood", {"stored": 2}),
        ("agency", "", {}),
    ],
)
def test_counts(filled, by, query, expected) -> None:
    assert {count.value: count.articles for count in filled.counts(by, query)} == expected


def test_names_are_counted_as_they_are_searched(filled) -> None:
    (most, other) = filled.counts("author")
    assert (most.value.casefold(), most.articles) == ("ali musa", 2)
    assert other == FacetCount("Ayan Noor", 1)
    assert [count.articles for count in filled.counts("tag")] == [2, 1]
    assert filled.counts("author", limit=1) == [most]


def test_times_come_in_their_order(filled) -> None:
    assert [count.value for count in filled.counts("day")] == ["", "2024-10-01"]


def test_terms_set_articles_apart(crawl, corpus) -> None:
    for number in range(5):
        crawl.store(f"The ceasefire holds in the city number {number}")
        crawl.store(f"The rain falls in the city number {number}")
    told = [term.word for term in corpus.find_distinctive_terms("ceasefire")]
    assert set(told) == {"ceasefire", "holds"}
    assert next(term.word for term in corpus.find_distinctive_terms(limit=1)) in {"the", "in", "city", "number"}
    assert corpus.find_distinctive_terms("nowhere") == []


def test_failures(filled) -> None:
    (failure,) = filled.list_failed_pages()
    assert (failure.url, failure.source, failure.outcome, failure.http_status) == (
        "https://wire.example/broken",
        "wire.example",
        "http-404",
        404,
    )
    assert filled.list_failed_pages(outcome="timeout") == []
    assert filled.list_failed_pages(source="wire.example") == [failure]
    assert filled.list_failed_pages(source="other.example") == []
