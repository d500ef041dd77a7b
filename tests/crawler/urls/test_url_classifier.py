"""What addresses look like: the rules' own examples, and addresses of real software."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls.url_classifier import (
    classify_kind,
    classify_url,
    find_section_urls,
    is_possible_article,
    is_same_site,
    load_url_rules,
)

RULES: list[dict[str, Any]] = tomllib.loads((files("crawler.urls") / "url_patterns.toml").read_text("utf-8"))["rule"]
SITE = "https://site.example"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_rules_by_their_own_examples(rule: dict[str, Any]) -> None:
    assert rule["examples"]
    assert rule["lookalikes"]
    for example in rule["examples"]:
        assert classify_url(SITE + example).rule == rule["id"], example
    for lookalike in rule["lookalikes"]:
        assert classify_url(SITE + lookalike).rule != rule["id"], lookalike


def test_rules_are_well_formed() -> None:
    assert len({rule["id"] for rule in RULES}) == len(RULES)
    for rule in load_url_rules():
        assert rule.path or rule.query
        assert (rule.kind == "article") == (rule.score > 0.5)


ADDRESSES = tomllib.loads((Path(__file__).parent / "addresses.toml").read_text("utf-8"))


@pytest.mark.parametrize("kind", ["article", "unknown", "section", "other"])
def test_kinds(kind: str) -> None:
    judged = {address: classify_url(SITE + address) for address in ADDRESSES[kind]}
    assert {address: why for address, why in judged.items() if why.kind != kind} == {}


def test_names_of_sections_are_less_likely_articles() -> None:
    assert (
        classify_url(f"{SITE}/politics/").score
        < classify_url(f"{SITE}/mangroves/").score
        < classify_url(f"{SITE}/a-b-c-d/").score
    )


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://site.example/a", "http://[", "https://site.example/" + "a" * 3000]
)
def test_no_address_is_other(url: str) -> None:
    assert classify_kind(url) == "other"


@pytest.mark.parametrize(
    ("url", "site", "same"),
    [
        ("https://site.example/a", "site.example", True),
        ("http://www.site.example/a", "site.example", True),
        ("https://site.example/a", "www.site.example", True),
        ("https://m.site.example/a", "site.example", True),
        ("https://site.example/a", "https://www.site.example/front", True),
        ("https://shop.site.example/a", "site.example", False),
        ("https://news.site.example/a", "news.site.example", True),
        ("https://site.example/a", "news.site.example", False),
        ("https://notsite.example/a", "site.example", False),
        ("https://site.example.evil.example/a", "site.example", False),
        ("https://site.example@evil.example/a", "site.example", False),
        ("http://site.example:8080/a", "site.example", False),
        ("http://site.example:8080/a", "site.example:8080", True),
        ("nonsense", "site.example", False),
        ("https://site.example/a", "", False),
    ],
)
def test_same_site(url: str, site: str, same: bool) -> None:
    assert is_same_site(url, site) is same


def test_looks_like_article() -> None:
    assert is_possible_article(f"{SITE}/mangroves/", "site.example")
    assert not is_possible_article(f"{SITE}/tag/mangroves/", "site.example")
    assert not is_possible_article(f"{SITE}/mangroves/", "other.example")


def test_sections_among() -> None:
    stories = [f"{SITE}/siyaasadda/sheeko-{n}-oo-cusub-maanta/" for n in range(3)]
    articles = [f"{SITE}/a-long-title-of-an-article{tail}" for tail in ("", "/amp", "/print", "/2")]
    few = [f"{SITE}/mangroves/", f"{SITE}/mangroves/one/", f"{SITE}/mangroves/two/"]
    assert find_section_urls([f"{SITE}/siyaasadda/", *stories, *articles, *few]) == {f"{SITE}/siyaasadda/"}
    arabic = [f"{SITE}/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1{tail}" for tail in ("/", "/1/", "/2/", "/3/")]
    assert find_section_urls(arabic) == {arabic[0]}


@given(st.text(max_size=80))
def test_judging_never_raises(path: str) -> None:
    assert 0.0 <= classify_url(f"{SITE}/{path}").score <= 1.0
    classify_url(path)


@pytest.mark.parametrize("unit", ["/a", "/2024", "-a", "/tag", "/a-b", "&id=1", "/page", "1", "/é", "//", "%2F", "_-"])
def test_judging_long_addresses_is_quick(unit: str) -> None:
    # The longest that is looked at at all; a pattern that backtracks would not come back from it.
    classify_url(f"{SITE}/?" + (unit * 2_000)[:1_900])
    classify_url(SITE + (unit * 2_000)[:1_900])
