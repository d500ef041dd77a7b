"""What is typed into a search box, understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query import MAX_PARTS, Query, Term, all_of, any_of, parse


def written(query: Query) -> str:
    """A query in short: groups between spaces, their terms between bars, exclusions behind a minus."""

    def term(term: Term) -> str:
        return "_".join(term.words) + "*" * term.prefix

    groups = ["|".join(map(term, group)) for group in query.groups]
    return " ".join(groups + [f"-{term(excluded)}" for excluded in query.excluded])


UNDERSTOOD = {
    "": "",
    "ceasefire": "ceasefire",
    "Ceasefire ZELENSKY": "ceasefire zelensky",
    '"peace talks"': "peace_talks",
    "“peace talks” «aid convoy»": "peace_talks aid_convoy",
    '"peace talks': "peace_talks",
    'peace"talks"': "peace talks",
    '""': "",
    "-talks": "-talks",
    "peace -talks": "peace -talks",
    'peace -"talks in Doha"': "peace -talks_in_doha",
    "peace –talks −aid": "peace -talks -aid",
    "peace --talks": "peace -talks",
    "peace - talks": "peace talks",
    "peace-talks": "peace_talks",
    "NOT talks": "-talks",
    "NOT -talks": "-talks",
    "peace NOT": "peace",
    "not talks": "not talks",
    "a OR b": "a|b",
    "a OR b OR c d": "a|b|c d",
    "a b OR c": "a b|c",
    "a | b || c": "a|b|c",
    "a or b": "a or b",
    "OR a": "a",
    "a OR": "a",
    "a OR OR b": "a|b",
    "a OR ?! b": "a|b",
    "a OR -b c": "a c -b",
    "a AND b & c": "a b c",
    "zelen*": "zelen*",
    '"peace tal*"': "peace_tal*",
    "peace-tal*": "peace_tal*",
    "*zelen": "zelen",
    "*": "",
    "-zelen*": "-zelen*",
    "c++ 50%": "c 50",
    "O'Neil": "oneil",
    "(a OR b) c": "a|b c",
    "title:peace": "title_peace",
    "停火 協議": "停_火 協_議",
    "السل*": "السل*|سل*",
    "-السل*": "-السل* -سل*",
    "peace\u00a0talks\tand\naid": "peace talks and aid",
}


@pytest.mark.parametrize(("typed", "understood"), UNDERSTOOD.items())
def test_parse(typed, understood):
    assert written(parse(typed)) == understood


def test_a_query_asks_for_something_or_not():
    assert [bool(parse(text)) for text in ("", "?!", "a", "-a")] == [False, False, True, True]


def test_too_long_a_query_is_cut():
    assert len(parse("a " * 10_000).groups) == MAX_PARTS
    assert sum(len(term.words) for term in parse("停" * 10_000).wanted) <= 2_000


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("peace", '("peace")'),
        ('"peace talks" aid', '("peace talks") AND ("aid")'),
        ("a OR b* -c -d", '(("a" OR "b" *)) NOT ("c" OR "d")'),
    ],
)
def test_the_language_of_fts5(typed, expression):
    assert all_of(parse(typed)) == expression


@given(st.text())
def test_any_text_is_a_query(text):
    query = parse(text)
    for term in (*query.wanted, *query.excluded):
        assert term.words
        assert any_of((term,)).count('"') == 2
