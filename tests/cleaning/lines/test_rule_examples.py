"""Every rule carries examples of what it drops and of look-alikes that it keeps; here they are run."""

import tomllib
from pathlib import Path

import pytest

from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.normalization import normalize_punctuation
from cleaning.lines.rule_loader import Rule, load_line_rules
from cleaning.lines.rule_matcher import match_line

LINE_SET = Path(__file__).parent
ANYWHERE_IN_A_PAGE = ("anywhere", "edge", "head", "tail")

DROPS = [(rule, text) for rule in load_line_rules() for text in rule.drops]
KEEPS = [(rule, text) for rule in load_line_rules() for text in rule.keeps]


def named(pair: object) -> str:
    return pair.id if isinstance(pair, Rule) else ascii(pair)


def rules_that_read(text: str, *, linked: bool = False) -> list[str]:
    readings = match_boilerplate(Line(text, linked=linked), KnownMetadata(), ANYWHERE_IN_A_PAGE)
    return [reading.rule.id for reading in readings]


@pytest.mark.parametrize(("rule", "text"), DROPS, ids=named)
def test_a_rule_drops_what_it_says(rule: Rule, text: str) -> None:
    """By itself, or as one of several that share the line."""
    alone = match_line(normalize_punctuation(text), (rule,))
    assert alone or rule.id in rules_that_read(text, linked=rule.zone == "linked")


@pytest.mark.parametrize(("rule", "text"), KEEPS, ids=named)
def test_no_rule_drops_what_one_keeps(rule: Rule, text: str) -> None:
    assert rules_that_read(text) == []


def test_every_rule_has_examples_of_both_kinds() -> None:
    assert [rule.id for rule in load_line_rules() if not rule.drops or not rule.keeps] == []


def test_rules_have_names_of_their_own() -> None:
    ids = [rule.id for rule in load_line_rules()]
    assert len(ids) == len(set(ids))


def test_the_line_set_is_not_the_examples() -> None:
    """What measures the rules must not be what they were written from."""
    examples = {text.casefold() for _, text in (*DROPS, *KEEPS)}
    lines = set()
    for path in LINE_SET.glob("*.toml"):
        book = tomllib.loads(path.read_text("utf-8"))
        lines |= {text for group in (*book["boilerplate"], *book["prose"]) for text in group["lines"]}
    shared = {text for text in lines if text.casefold() in examples and len(text.split()) > 3}
    assert shared == set()
