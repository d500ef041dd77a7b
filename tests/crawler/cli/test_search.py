"""``cleanwire search``: queries, filters and cursors."""

import csv
import io
import json
from typing import Any


def rows(done) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_search_finds_and_marks(crawled: Any) -> None:
    hits = json.loads(crawled.run("search", "ceasefire", "--lang", "en", "--json").stdout)
    assert any("*ceasefire*" in hit["snippet"].casefold() for hit in hits)
    assert {hit["language"] for hit in hits} == {"en"}
    assert "observers" in crawled.run("search", "ceasefire").stdout


def test_search_takes_a_leading_minus_for_not(crawled: Any) -> None:
    with_it = json.loads(crawled.run("search", "ceasefire", "--json").stdout)
    without = json.loads(crawled.run("search", "ceasefire", "-observers", "--json").stdout)
    assert len(without) < len(with_it)


def test_search_by_day_and_month(crawled: Any) -> None:
    def days(*options: str) -> list[str]:
        return [
            hit["published"][:7] for hit in json.loads(crawled.run("search", *options, "--json", "-n", "99").stdout)
        ]

    october = days("--since", "2025-10")
    assert set(october) == {"2025-10"}
    assert days("--since", "2025-10", "--until", "2025-10") == october
    assert set(days("--until", "2025-09-30")).isdisjoint({"2025-10"})
    assert crawled.run("search", "--since", "yesterday").returncode == 2


def test_a_mistyped_option_is_no_word_of_the_query(crawled: Any) -> None:
    for command in ("search", "export"):
        done = crawled.run(command, "harbour", "--langg", "en")
        assert (done.returncode, "--langg" in done.stderr) == (2, True)


def test_fields_and_what_is_ignored(crawled) -> None:
    done = crawled.run("search", "title:ferry (islands OR nowhere) colour:red -nowhere", "--json")
    assert "Ignored in the query: colour: is not a field; searched as a word" in done.stderr
    done = crawled.run("search", "title:ferry", "(islands OR nowhere)", "lang:en", "published:2025", "--format", "csv")
    assert [row["title"] for row in rows(done)] == ["Night ferry to the islands returns after nine years"]


def test_going_on_behind_a_cursor(crawled) -> None:
    from storage import Corpus

    with Corpus.open(crawled.database) as corpus:
        first = corpus.search("ferry", limit=1)
    done = crawled.run("search", "ferry", "--limit", "1", "--after", first.next, "--json")
    (second,) = json.loads(done.stdout)
    assert second["id"] != first[0].id
    done = crawled.run("search", "ferry", "--after", "nonsense")
    assert (done.returncode, "is not a cursor" in done.stderr) == (2, True)
    done = crawled.run("search", "ferry", "--order", "date", "--after", first.next)
    assert (done.returncode, "another sort order" in done.stderr) == (2, True)


def test_limits_larger_than_any_corpus_mean_all(crawled: Any) -> None:
    for command in ("search", "runs", "failures", "feed", "counts"):
        done = crawled.run(command, *(["source"] if command == "counts" else []), "--limit", "9" * 20)
        assert (done.returncode, done.stderr) == (0, "")
    assert crawled.run("search", "--limit", "9" * 5000).returncode == 2
