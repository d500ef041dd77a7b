"""Reading what sites state about the use of their pages, in robots.txt, in headers and in tdmrep.json."""

import json

import pytest

from crawler.parsers.robots_txt import MAX_LICENCES, MAX_USAGE_RULES, parse_robots_txt
from crawler.parsers.usage_statements import MAX_MEMBERS, TdmRule, parse_preferences, parse_tdmrep

SITE = "https://example.org"


def summarise(robots: str, path: str = "/news/1") -> str:
    """Return the statements of a robots.txt on a page: ``ai-train- search+``."""
    marks = {True: "+", False: "-", None: "?"}
    stated = parse_robots_txt(robots, "Cleanwire").list_usage_statements(SITE + path)
    return " ".join(f"{each.use}{marks[each.allowed]}" for each in stated)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Content-Signal: search=yes, ai-train=no", "search+ ai-train-"),
        ("content-signal:search=yes,ai-input=no,ai-train=no # a comment", "search+ ai-input- ai-train-"),
        ("Content-Signal: search=yes, ai-train=no, use=reference", "search+ ai-train-"),
        ("Content-Signal: ai-train=maybe", ""),
        ("Content-Signal:", ""),
        ("Content-Usage: train-ai=n", "ai-train-"),
        ("Content-Usage: train-ai=n, search=y", "ai-train- search+"),
        ("Content-Usage: train-ai=n;exceptions=x, search=y", "ai-train- search+"),
        ("Content-Usage: train-ai=n\nContent-Usage: /news/ train-ai=y", "ai-train+"),
        ("Content-Usage: train-ai=n\nContent-Usage: /sport/ train-ai=y", "ai-train-"),
        ("Content-Usage: /news/\ttrain-ai=n", "ai-train-"),
        ("Content-Usage: /*/1$ train-ai=n", "ai-train-"),
        ("Content-Usage: /news/ train-ai=n\nContent-Usage: /news/ train-ai=y", "ai-train- ai-train+"),
        ("Content-Usage: / search=n\nContent-Signal: search=yes", "search+ search-"),
        ("Content-Usage: AI=N", "ai-"),
        ("Content-Usage: bots=n", "all-"),
        ("License: https://example.org/rsl.xml", "licence?"),
        ("Licence: /rsl.xml", "licence?"),
        ("License: all rights reserved", ""),
        ("License terms apply to robots", ""),
    ],
)
def test_lines_of_a_robots_txt(lines: str, expected: str) -> None:
    assert summarise(f"User-agent: *\nAllow: /\n{lines}\n") == expected


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        ("User-agent: GPTBot\nContent-Signal: ai-train=no", ""),
        ("User-agent: *\nContent-Signal: ai-train=no\nUser-agent: cleanwire\nAllow: /", ""),
        ("User-agent: *\nAllow: /\nUser-agent: Cleanwire\nContent-Usage: train-ai=n", "ai-train-"),
        ("User-agent: GPTBot\nUser-agent: *\nContent-Signal: ai-train=no", "ai-train-"),
        ("User-agent: GPTBot\nDisallow: /\nLicense: /rsl.xml", "licence?"),
        ("Content-Signal: ai-train=no\nUser-agent: *\nAllow: /", "ai-train-"),
    ],
)
def test_preferences_belong_to_a_group_and_licences_to_the_file(robots: str, expected: str) -> None:
    assert summarise(robots) == expected


def test_preferences_do_not_change_what_may_be_fetched() -> None:
    robots = parse_robots_txt("User-agent: *\nContent-Usage: /news/ train-ai=n\nDisallow: /news/private/", "Cleanwire")
    assert robots.allows(f"{SITE}/news/1")
    assert not robots.allows(f"{SITE}/news/private/1")


def test_a_relative_licence_is_resolved_and_its_place_named() -> None:
    (stated,) = parse_robots_txt("License: /rsl.xml", "Cleanwire").list_usage_statements(f"{SITE}/a/b")
    assert (stated.where, stated.url, stated.text) == ("robots.txt License", f"{SITE}/rsl.xml", "/rsl.xml")


def test_a_hostile_file_has_limits() -> None:
    lines = "Content-Usage: /x train-ai=n\n" * 10_000 + "License: /l\n" * 1_000
    robots = parse_robots_txt(f"User-agent: *\n{lines}", "Cleanwire")
    assert (len(robots.usage), len(robots.licences)) == (MAX_USAGE_RULES, MAX_LICENCES)
    many = ",".join(f"u{number}=n" for number in range(100_000))
    assert len(parse_preferences(many, "header")) == MAX_MEMBERS


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (
            '[{"location": "/a", "tdm-reservation": 1, "tdm-policy": "/p"}, {"location": "*", "tdm-reservation": 0}]',
            (TdmRule("/a", True, "/p"), TdmRule("*", False, None)),
        ),
        ('\ufeff[{"location": "/", "tdm-reservation": "1"}]', (TdmRule("/", True, None),)),
        ('{"location": "/", "tdm-reservation": 1}', (TdmRule("/", True, None),)),
        ('[{"location": "/"}, {"tdm-reservation": 1}, 5, null]', ()),
        ('[{"location": "/", "tdm-reservation": 2}]', ()),
        ('[{"location": 1, "tdm-reservation": 1}]', ()),
        ("<!doctype html><title>Not found</title>", ()),
        ("", ()),
        ("[" * 60_000, ()),
        ('[{"location": "/", "tdm-reservation": ' + "[" * 900 + "]" * 900 + "}]", ()),
        ('[{"location": "/", "tdm-reservation": true}]', ()),
        (json.dumps([{"location": "/", "tdm-reservation": 1}] * 5_000), ()),
    ],
)
def test_tdmrep_files(text: str, rules: tuple[TdmRule, ...]) -> None:
    assert parse_tdmrep(text) == rules
