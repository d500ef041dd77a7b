"""Queries that are saved under a name, and what is new since."""

import pytest

from storage import SavedQueryNotFound


def test_new_since_the_last_look(corpus, crawl) -> None:
    corpus.save_query("floods", "flood lang:en")
    first = crawl.store("The flood in Mombasa.")
    crawl.store("Rain.")
    assert [article.id for article in corpus.get_new_articles("floods", mark=False)] == [first]
    assert [article.id for article in corpus.get_new_articles("floods")] == [first]
    assert corpus.get_new_articles("floods") == []
    second = crawl.store("Another flood in Garissa.")
    assert [article.id for article in corpus.get_new_articles("floods")] == [second]
    (query,) = corpus.list_saved_queries()
    assert (query.name, query.query, query.seen_id) == ("floods", "flood lang:en", second)


def test_names(corpus) -> None:
    corpus.save_query("a", "x")
    corpus.save_query("a", "y")
    assert corpus.get_saved_query("a").query == "y"
    with pytest.raises(SavedQueryNotFound, match="no saved query 'b'; saved queries: a"):
        corpus.get_saved_query("b")
    corpus.delete_query("a")
    assert corpus.list_saved_queries() == []
    with pytest.raises(ValueError, match="must have 1 to 100 characters"):
        corpus.save_query(" ", "x")
