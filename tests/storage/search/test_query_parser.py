"""What is typed into a search box, understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.fulltext_index import Fts5Index, InnoDbIndex, TsVectorIndex
from storage.search.query_parser import MAX_PARTS, parse_query
from storage.search.query_tree import And, FieldTerm, Node, Not, Or, PublishedRange, Term


def written(node: Node | None) -> str:
    """A query in short: parts between spaces, alternatives between bars, exclusions behind a minus."""
    match node:
        case None:
            return ""
        case Term():
            return "title:" * node.title + "_".join(node.words) + "*" * node.prefix
        case FieldTerm():
            return f"{node.name}:{node.value.replace(' ', '_')}{'*' * node.prefix}"
        case PublishedRange():
            return f"{node.since or ''}..{node.until or ''}"
        case Not():
            return f"-{inner(node.part)}"
        case Or():
            return "|".join(map(inner, node.parts))
        case And():
            return " ".join(inner(part) if isinstance(part, And) else written(part) for part in node.parts)


def inner(node: Node) -> str:
    return f"({written(node)})" if isinstance(node, And | Or) else written(node)


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
    "a OR -b c": "a|-b c",
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
    "a OR (b c)": "a|(b c)",
    "(a b) OR (c d)": "(a b)|(c d)",
    "a -(b OR c)": "a -(b|c)",
    "-(a b) c": "-(a b) c",
    "NOT (a)": "-a",
    "f(x)": "f x",
    "((((a": "a",
    "a) b": "a b",
    "() a": "a",
    "(a OR) b": "a b",
    '"a (b" c)': "a_b c",
    "title:peace": "title:peace",
    "title:Peace-Talks": "title:peace_talks",
    "TITLE:(peace OR “cease fire”) b": "title:peace|title:cease_fire b",
    "title: peace talks": "title:peace talks",
    "title:": "",
    "-title:peace": "-title:peace",
    "title:السل*": "title:السل*|title:سل*",
    'author:"Ali Musa"': "author:ali_musa",
    "author: “Ali Musa”": "author:ali_musa",
    "by:MUSA editor:noor*": "author:musa editor:noor*",
    "author:(musa OR noor)": "author:musa|author:noor",
    "author:?!": "",
    "tag:Gaza section:World": "tag:gaza section:world",
    "lang:SO language:en": "lang:so lang:en",
    "source:https://www.bbc.co.uk/news": "source:https://www.bbc.co.uk/news",
    "cluster:17": "cluster:17",
    "cluster:x": "",
    "published:2024-10-01": "2024-10-01..2024-10-01",
    "published:2024-02": "2024-02-01..2024-02-29",
    "published:2024": "2024-01-01..2024-12-31",
    "published:2024-10..2024-11": "2024-10-01..2024-11-30",
    "published:..2024": "..2024-12-31",
    "published:2024-10..": "2024-10-01..",
    "published:>=2024-10": "2024-10-01..",
    "published:>2024-10": "2024-11-01..",
    "published:<=2024-10": "..2024-10-31",
    "published:<2024-10": "..2024-09-30",
    "date:=2024": "2024-01-01..2024-12-31",
    "published:2024-10-01T12:00+03:00..": "2024-10-01 12:00:00+03:00..",
    "published:..": "",
    "published:soon": "",
    "published:9999-99": "",
    "published:>9999": "",
    "colour:red": "colour_red",
    "https://example.com/a": "https_example_com_a",
    "12:30": "12_30",
    "停火 協議": "停_火 協_議",
    "السل*": "السل*|سل*",
    "-السل*": "-(السل*|سل*)",
    "peace\u00a0talks\tand\naid": "peace talks and aid",
}


@pytest.mark.parametrize(("typed", "understood"), UNDERSTOOD.items())
def test_parse(typed, understood):
    assert written(parse_query(typed).tree) == understood


def test_a_query_asks_for_something_or_not():
    assert [bool(parse_query(text)) for text in ("", "?!", "a", "-a")] == [False, False, True, True]


def test_too_long_a_query_is_cut():
    long = parse_query("a " * 10_000)
    assert len(long.wanted) == MAX_PARTS
    assert long.ignored == ("the query is too long; its end was ignored",)
    assert sum(len(term.words) for term in parse_query("停" * 10_000).wanted) <= 2_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("peace title:talks lang:so", ()),
        ("https://example.com 12:30", ()),
        ("colour:red", ("colour: is not a field; searched as a word",)),
        ("published:soon", ("published:soon is not a date; use 2024-10-01 or 2024-10..2024-11",)),
        ("cluster:x", ("cluster:x is not a number",)),
        ("a) b) c", ("unmatched closing parenthesis",)),
        ("(" * 30 + "a", ("parentheses are nested too deeply",)),
    ],
)
def test_what_is_ignored_is_said(typed, said):
    assert parse_query(typed).ignored == said


EXPRESSIONS = {
    "peace": ('"peace"', "'peace'", "+zzpeace"),
    '"peace talks" aid': (
        '("peace talks" AND "aid")',
        "(('peace' <-> 'talks') & 'aid')",
        '+"zzpeace zztalks" +zzaid',
    ),
    "a OR b* -c -d": (
        '("a" OR "b" *) NOT ("c" OR "d")',
        "(('a' | 'b':*) & !('c') & !('d'))",
        "+(zza zzb*) -zzc -zzd",
    ),
    "(a b) OR title:c": (
        '(("a" AND "b") OR {title} : "c")',
        "(('a' & 'b') | 'c':A)",
        "+((+zza +zzb) ttc)",
    ),
    'title:"peace tal*"': ('{title} : "peace tal" *', "('peace':A <-> 'tal':*A)", "+(+ttpeace +tttal*)"),
}


@pytest.mark.parametrize("typed", EXPRESSIONS)
def test_the_languages_of_the_databases(typed):
    words = parse_query(typed).words
    assert words is not None
    assert (
        tuple(index.build_expression(words) for index in (Fts5Index(), TsVectorIndex(), InnoDbIndex()))
        == EXPRESSIONS[typed]
    )


SYNTAX = st.sampled_from(
    ['"', "-", "*", " ", "OR", "NOT", "(", ")", "title:", "lang:", "published:", "..", "a", "2024", "\0"]
)


@given(st.one_of(st.text(), st.lists(SYNTAX, max_size=25).map("".join)))
def test_any_text_is_a_query(text):
    query = parse_query(text)
    for term in query.wanted:
        assert term.words
    if query.words is not None:
        for index in (Fts5Index(), TsVectorIndex(), InnoDbIndex()):
            expression = index.build_expression(query.words)
            assert expression.count('"') % 2 == expression.count("'") % 2 == 0
            assert expression.count("(") == expression.count(")")
