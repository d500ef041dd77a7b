"""Which query parameters of a site are superfluous, as its pages teach it."""

import json
from collections.abc import Iterable

import pytest

from crawler.pages.query_parameters import MAX_PARAMETERS, MAX_VARIANTS, MIN_ARTICLES, QueryParameters, VariantContent

SITE = "https://example.org"


def content(number: object) -> VariantContent:
    return VariantContent(f"title {number}", f"text {number}")


def learned(
    visits: Iterable[tuple[str, str, object]], parameters: QueryParameters | None = None, *, own: str | None = None
) -> QueryParameters:
    """Learn from visits: path, outcome, and what was found there; ``own`` is the pattern of the canonical URL."""
    parameters = parameters or QueryParameters()
    for path, outcome, found in visits:
        own_urls = [SITE + own.format(found)] if own else []
        parameters = parameters.learn(SITE + path, outcome, content(found), own_urls)
    return parameters


def polls(path: str = "/story-{n}?ref=rss-{poll}", count: int = MIN_ARTICLES) -> list[tuple[str, str, object]]:
    """Two polls of a feed whose parameter has a new value each time."""
    return [
        (path.format(n=n, poll=poll), outcome, n)
        for poll, outcome in ((1, "stored"), (2, "duplicate"))
        for n in range(count)
    ]


def simplified(parameters: QueryParameters, path: str) -> str:
    return parameters.simplify(SITE + path).removeprefix(SITE)


def test_a_known_article_has_the_url_at_which_it_was_found() -> None:
    parameters = learned(polls())
    assert parameters.superfluous == {"ref"}
    assert simplified(parameters, "/story-1?ref=rss-3") == "/story-1?ref=rss-1"


def test_a_new_article_keeps_a_parameter_that_the_site_may_need() -> None:
    assert simplified(learned(polls()), "/new?ref=rss-3") == "/new?ref=rss-3"


def test_it_loses_one_that_the_sites_own_urls_do_not_have() -> None:
    parameters = learned(polls(), own="/story-{}")
    assert simplified(parameters, "/new?ref=rss-3&id=7") == "/new?id=7"


def test_several_parameters_that_change_together_are_learned_from_the_sites_own_urls() -> None:
    parameters = learned(polls("/story-{n}?ref={poll}&t={poll}"), own="/story-{}")
    assert simplified(parameters, "/new?t=3&ref=3&page=2") == "/new?page=2"


def test_a_parameter_without_which_the_article_is_known() -> None:
    visits = [("/front?x=1", "stored", "front")]
    visits += [(f"/story-{n}", "stored", n) for n in range(MIN_ARTICLES)]
    visits += [(f"/story-{n}?from_feed=a", "duplicate", n) for n in range(MIN_ARTICLES)]
    assert simplified(learned(visits), "/new?from_feed=b") == "/new"


def test_too_few_articles_teach_nothing() -> None:
    assert not learned(polls(count=MIN_ARTICLES - 1)).superfluous
    again = polls(count=1) + [(f"/story-0?ref=rss-{poll}", "duplicate", 0) for poll in range(3, 9)]
    assert not learned(again).superfluous, "one article, however often"


def test_a_wall_that_shows_one_page_at_all_urls_teaches_nothing() -> None:
    visits = [(f"/section-{n}?id={poll}", "duplicate", "wall") for poll in range(4) for n in range(6)]
    assert not learned(visits).superfluous
    assert not learned([(f"/show?id={n}", "duplicate", "wall") for n in range(9)]).superfluous


@pytest.mark.parametrize("name", ["id", "p", "page", "itemid", "ref"])
def test_a_parameter_that_tells_articles_apart_is_never_dropped(name: str) -> None:
    apart = [(f"/show?{name}={n}", "stored", n) for n in range(2)]
    for visits in (
        [*apart, *polls(f"/story-{{n}}?{name}={{poll}}")],
        [*polls(f"/story-{{n}}?{name}={{poll}}"), *apart],
    ):
        parameters = learned(visits)
        assert parameters.significant == (name,)
        assert not parameters.superfluous
        assert not learned(polls(f"/other-{{n}}?{name}={{poll}}"), parameters).superfluous


def test_an_article_that_was_edited_meanwhile_says_neither() -> None:
    parameters = QueryParameters().learn(f"{SITE}/a?ref=1", "stored", VariantContent("title", "text"))
    parameters = parameters.learn(f"{SITE}/a?ref=2", "stored", VariantContent("title", "longer text"))
    assert not parameters.significant
    assert not parameters.evidence


def test_failures_and_other_pages_teach_nothing() -> None:
    assert learned((path, "soft-404", found) for path, _, found in polls()) == QueryParameters()


@pytest.mark.parametrize("path", ["/story-1?ref=1&ref=2", "/story-1?ref", "/story-1", "/story-1#ref=1"])
def test_what_has_no_single_value_stays_as_it_is(path: str) -> None:
    assert simplified(learned(polls()), path) == path


def test_a_listing_with_two_articles_at_such_urls_contradicts() -> None:
    parameters = learned(polls())
    urls = [f"{SITE}/show?ref={number}" for number in range(2)]
    assert parameters.contradict(urls).significant == ("ref",)
    assert parameters.contradict([urls[0], f"{SITE}/other?ref=1", f"{SITE}/show"]) is parameters
    assert QueryParameters().contradict(urls) == QueryParameters()


def test_it_stays_small_and_comes_back_from_json() -> None:
    parameters = learned(polls())
    for number in range(500):
        name = f"{'n' * 35}{number}"
        parameters = learned(polls(f"/{number}-{{n}}?{name}={'v' * 50}{{poll}}"), parameters, own=f"/{number}-{{}}")
        parameters = learned([(f"/show?{name}={n}", "stored", n) for n in range(2)], parameters)
    assert len(parameters.variants) <= MAX_VARIANTS
    assert len(parameters.evidence) + len(parameters.significant) <= 2 * MAX_PARAMETERS
    written = json.dumps(parameters.to_json_value())
    assert len(written) < 20_000
    assert QueryParameters.from_json_value(json.loads(written)) == parameters
    assert QueryParameters.from_json_value(None) == QueryParameters()
