"""Near-duplicates in the corpus: found when they come, kept as clusters, each with one that stands for it."""

import random
from datetime import UTC, datetime

import pytest

from storage import Corpus

WORDS = [f"word{number}" for number in range(300)]


def story(seed: int, length: int = 200) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def edited(words: list[str], share: float, seed: int = 1) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) if chance.random() < share else word for word in words)


def clusters(corpus: Corpus) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for article in corpus.iter():
        if article.cluster_id is not None:
            found.setdefault(article.cluster_id, []).append(article.id)
    return list(found.values())


def test_edited_copies_are_one_cluster(crawl, corpus) -> None:
    words = story(1)
    first = crawl.store(" ".join(words), "One headline")
    strangers = [crawl.store(" ".join(story(seed)), "Another story") for seed in (2, 3)]
    second = crawl.store(edited(words, 0.05), "Another headline")
    third = crawl.store(" ".join([*words, *story(9, 60)]), "With a long end")
    assert clusters(corpus) == [[first, second, third]]
    assert [corpus.get(number).cluster_id for number in strangers] == [None, None]
    similar = corpus.similar(first)
    assert {each.id for each in similar} == {second, third}
    assert [each.similarity for each in similar] == sorted((each.similarity for each in similar), reverse=True)
    assert all(0.5 <= each.similarity < 1 for each in similar)
    assert corpus.similar(strangers[0]) == []


def test_copies_within_one_batch_are_found_too(crawl, cleaned, corpus) -> None:
    words = story(4)
    crawl.find("https://wire.example/a", "https://wire.example/b")
    pages = [
        crawl.page(lease, cleaned(edited(words, 0.03, seed), f"Headline {seed}"))
        for seed, lease in enumerate(crawl.lease())
    ]
    assert crawl.frontier.record_fetches(pages) == ["stored", "stored"]
    assert len(clusters(corpus)) == 1


def test_one_article_can_join_two_clusters(crawl, corpus) -> None:
    words = story(5, 300)
    one = crawl.store(" ".join(words[:200]), "The first half")
    other = crawl.store(" ".join(words[120:]), "The second half")
    assert clusters(corpus) == []
    both = crawl.store(" ".join(words), "All of it")
    assert clusters(corpus) == [[one, other, both]]


def test_the_earliest_that_credits_nobody_stands_for_all(crawl, corpus) -> None:
    text = story(6)
    agency = crawl.store(edited(text, 0), "Copied", credits=("AFP",))
    own = crawl.store(edited(text, 0.02), "Written here")
    representatives = {each.id: each.is_representative for number in (agency, own) for each in corpus.similar(number)}
    assert representatives == {agency: False, own: True}


def test_collapsed_hits_show_the_first_of_each_cluster(crawl, corpus) -> None:
    text = story(7)
    copies = [crawl.store("ceasefire " + edited(text, 0.02, seed), f"Headline {seed}") for seed in range(3)]
    other = crawl.store("ceasefire " + " ".join(story(8)), "Elsewhere")
    for order in ("relevance", "date"):
        everything = corpus.search("ceasefire", order=order)
        collapsed = corpus.search("ceasefire", order=order, collapse=True)
        assert len(everything) == 4
        assert {hit.id for hit in collapsed} == {other, next(hit.id for hit in everything if hit.id in copies)}


def test_an_article_that_changes_leaves_its_cluster(crawl, new_crawl, cleaned, corpus) -> None:
    words = story(10)
    crawl.store(" ".join(words), "One")
    url = "https://wire.example/other"
    crawl.fetch(url, cleaned(edited(words, 0.02), "Other"), revisit_at=datetime.now(UTC))
    assert len(clusters(corpus)) == 1
    later = new_crawl()
    later.frontier.queue_revisits([later.source.id])
    (lease,) = later.lease()
    assert later.frontier.record_fetches([later.page(lease, cleaned(" ".join(story(11)), "Other"))]) == ["updated"]
    assert clusters(corpus) == []
    assert corpus.similar(corpus.find(url).id) == []


@pytest.mark.parametrize("text", ["", "?!", "One."])
def test_texts_that_say_nothing(crawl, corpus, text) -> None:
    number = crawl.store(text or " ", "Empty")
    assert corpus.similar(number) == []
