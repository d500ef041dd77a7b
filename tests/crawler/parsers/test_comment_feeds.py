"""Feeds of readers' comments, by their addresses and titles."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from crawler.parsers.comment_feeds import is_comments_feed, load_comment_feed_rules

COMMENT_RULES: list[dict[str, Any]] = tomllib.loads(
    (files("crawler.parsers") / "comment_feeds.toml").read_text("utf-8")
)["rule"]


@pytest.mark.parametrize("rule", COMMENT_RULES, ids=lambda rule: rule["id"])
def test_comment_rules_by_their_own_examples(rule: dict[str, Any]) -> None:
    of, pattern = load_comment_feed_rules()[COMMENT_RULES.index(rule)]
    assert of == rule["of"]
    for example in rule["examples"]:
        assert pattern.search(example.lower()), example
    for lookalike in rule["lookalikes"]:
        found = (
            is_comments_feed("https://site.example" + lookalike) if of == "url" else is_comments_feed("x", lookalike)
        )
        assert not found, lookalike
