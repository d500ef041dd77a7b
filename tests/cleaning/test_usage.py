"""Which statements of a site forbid which purpose."""

from dataclasses import replace

import pytest

from cleaning import Article
from cleaning.usage import PURPOSES, USES_BY_PURPOSE, UsageStatement, find_prohibition, list_statements

PLAIN = Article(text="", blocks=())


def say(where: str, **stated: bool | None) -> list[UsageStatement]:
    return [UsageStatement(where, use.replace("_", "-"), allowed) for use, allowed in stated.items()]


@pytest.mark.parametrize(
    ("statements", "forbidden"),
    [
        ([], ""),
        (say("a", ai_train=False), "ai-train"),
        (say("a", ai_train=True, search=True), ""),
        (say("a", search=False), "search"),
        (say("a", ai=False), "ai-input ai-train"),
        (say("a", ai=False, ai_train=True), "ai-input"),
        (say("a", tdm=False), "research ai-input ai-train"),
        (say("a", all=False, search=True), "archive research ai-input ai-train"),
        (say("a", ai_train=True) + say("b", ai_train=False), "ai-train"),
        (say("a", ai_train=True) + say("a", ai_train=False), "ai-train"),
        (say("a", archive=False), "archive"),
        (say("a", licence=None), ""),
        (say("a", print=False), ""),
    ],
)
def test_which_purposes_statements_forbid(statements: list[UsageStatement], forbidden: str) -> None:
    assert [each for each in PURPOSES if find_prohibition(statements, each)] == forbidden.split()


def test_each_purpose_is_a_use_that_can_be_stated() -> None:
    assert all(purpose in uses or purpose == "research" for purpose, uses in USES_BY_PURPOSE.items())


@pytest.mark.parametrize(
    ("article", "forbidden"),
    [
        (PLAIN, ""),
        (replace(PLAIN, robots=("noai",)), "ai-input ai-train"),
        (replace(PLAIN, robots=("noindex", "follow")), "search"),
        (replace(PLAIN, tdm_reserved=True), "research ai-input ai-train"),
        (replace(PLAIN, tdm_reserved=False), ""),
        (replace(PLAIN, usage_statements=(UsageStatement("a", "ai-input", False),)), "ai-input"),
    ],
)
def test_directives_and_reservations_count_without_statements_of_their_own(article: Article, forbidden: str) -> None:
    assert [each for each in PURPOSES if find_prohibition(list_statements(article), each)] == forbidden.split()
