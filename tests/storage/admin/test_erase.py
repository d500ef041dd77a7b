"""Articles that are removed for good."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import SQLITE
from harbour import PAGE, SECRET, URL

from cleaning import clean_and_explain
from storage import Exchange


def unpacked(file: Path) -> str:
    import gzip

    return gzip.decompress(file.read_bytes()).decode("utf-8", "replace") + file.read_bytes().decode("latin-1")


@pytest.mark.promise(40)
def test_nothing_is_left_in_any_file(corpus, crawl, stored, archive, tmp_path, kind, measured) -> None:
    other = crawl.store("Rain is expected, say the farmers.", "Rain")
    with corpus._database.read():
        pass
    erased = corpus.erase([stored], archive_folder=archive.folder)
    assert (erased.articles, erased.pages) == (1, 1)
    assert [article.id for article in corpus.iter()] == [other]
    assert corpus.search(SECRET) == ()
    assert corpus.find(URL) is None
    for file in archive.folder.iterdir():
        assert SECRET not in unpacked(file)
    if kind == SQLITE:
        corpus.close()
        for file in (path for path in tmp_path.iterdir() if path.name.startswith("corpus.db")):
            content = file.read_bytes()
            assert SECRET.encode() not in content
            assert SECRET.casefold().encode() not in content
            assert b"harbour" not in content.lower()
        measured("0 hits in database and archive")


@pytest.mark.promise(40)
def test_it_is_never_fetched_again(corpus, crawl, new_crawl, cleaned, stored, archive) -> None:
    corpus.erase([stored], archive_folder=archive.folder)
    later = new_crawl()
    assert later.find(URL) == 0
    assert later.frontier.contains("wire.example/news/harbour")
    assert later.fetch("https://wire.example/short", cleaned("A text."), final_url=URL) == "erased"
    assert corpus.stats().articles == 0
    with pytest.raises(ValueError, match="was not stored: erased"):
        corpus.save(clean_and_explain(PAGE, URL), URL)


def test_by_author_and_by_source(corpus, crawl) -> None:
    one = crawl.store("One text.", "One", authors=("Ali Musa",))
    crawl.store("Another text.", "Other", authors=("Ali Musa Noor",))
    assert corpus.find_article_ids(author="ALI MUSA") == [one]
    assert len(corpus.find_article_ids(source="wire.example")) == 2
    addresses = corpus.list_source_urls("wire.example")
    corpus.erase(corpus.find_article_ids(source="wire.example"), addresses)
    assert corpus.stats().articles == 0
    assert crawl.find(*addresses) == 0


def test_a_cluster_of_one_is_none(corpus, crawl) -> None:
    text = " ".join(f"word{number}" for number in range(100))
    first, second = crawl.store(text, "One"), crawl.store(text + " more", "Two")
    assert corpus.get(second).cluster_id is not None
    corpus.erase([first])
    assert corpus.get(second).cluster_id is None


def test_other_pages_of_the_archive_stay(corpus, crawl, stored, archive) -> None:
    now = datetime(2024, 10, 2, tzinfo=UTC)
    pointers = [archive.write(Exchange(f"{URL}{n}", now, 200, "OK", (), (), b"<p>Other")) for n in range(2)]
    corpus.erase([stored], archive_folder=archive.folder)
    assert [archive.read(pointer).body for pointer in pointers] == [b"<p>Other"] * 2
