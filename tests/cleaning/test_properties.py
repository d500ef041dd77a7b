"""What holds for whatever comes: nothing is invented, nothing changes places, twice is once, and nothing crashes.

Quick by default; `pytest --hypothesis-profile=thorough tests/cleaning/test_properties.py` takes 1,000 examples each.
"""

import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cleaning import Article, NotAnArticleError, clean, clean_text
from cleaning.article import BlockKind
from cleaning.assembly import join_blocks
from cleaning.lines.line import KnownMetadata, Line, Step
from cleaning.lines.rule_loader import load_line_rules
from cleaning.lines.steps.pipeline import LINE_STEPS, strip_lines


@cache
def known_lines() -> list[str]:
    """Lines that mean something to the cleaner: the rules' examples and the line set."""
    found = [text for rule in load_line_rules() for text in (*rule.drops, *rule.keeps)]
    for path in sorted((Path(__file__).parent / "lines").glob("*.toml")):
        book = tomllib.loads(path.read_text("utf-8"))
        found += [*book["above"], *book["below"]]
        found += [text for part in ("boilerplate", "prose") for group in book[part] for text in group["lines"]]
    return [line for text in found for line in text.split("\n")]


PLAIN = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=80)
TEXTS = st.one_of(
    st.sampled_from(known_lines()),
    PLAIN,
    st.lists(st.sampled_from(known_lines()), min_size=2, max_size=3).map(" ".join),
).filter(lambda text: bool(text.strip()))
LINES = st.lists(
    st.builds(Line, text=TEXTS, kind=st.sampled_from(list(BlockKind)), linked=st.booleans()), max_size=14
).map(tuple)
KNOWN = st.builds(
    KnownMetadata,
    title=st.none() | TEXTS,
    authors=st.sampled_from([(), ("Ali Musa",), ("Marit Solheim", "Idris Qadir")]),
    site_name=st.sampled_from([None, "Velden Times", "AFP"]),
)


def is_made_from(after: tuple[Line, ...], before: tuple[Line, ...]) -> bool:
    """Whether lines are lines of another text in their order, whole or with a piece cut off or out of them."""
    rest = iter(before)
    return all(
        any(is_part_of(line.text, candidate.text) and line.kind is candidate.kind for candidate in rest)
        for line in after
    )


def is_part_of(part: str, whole: str) -> bool:
    """Whether a text is a stretch of another one, or its beginning and its end."""
    cuts = range(len(part) + 1)
    return part in whole or any(whole.startswith(part[:i].rstrip()) and whole.endswith(part[i:].lstrip()) for i in cuts)


@given(LINES, KNOWN)
def test_nothing_is_invented_and_nothing_changes_places(lines: tuple[Line, ...], known: KnownMetadata) -> None:
    assert is_made_from(strip_lines(lines, known).lines, lines)


@pytest.mark.parametrize("step", LINE_STEPS, ids=lambda step: step.__name__)
@given(lines=LINES, known=KNOWN)
def test_every_step_only_takes_away(step: Step, lines: tuple[Line, ...], known: KnownMetadata) -> None:
    result = step(lines, known)
    assert is_made_from(result.lines, lines)
    assert len(result.lines) <= len(lines)
    assert bool(result.removals) == (result.lines != lines)


@given(LINES, KNOWN)
def test_every_character_is_kept_or_accounted_for(lines: tuple[Line, ...], known: KnownMetadata) -> None:
    """What is in no line any more is in a removal, but for the separators at a cut."""
    result = strip_lines(lines, known)
    left = letters(line.text for line in result.lines) + letters(removal.text for removal in result.removals)
    assert sorted(left) == sorted(letters(line.text for line in lines))


def letters(texts: object) -> str:
    return "".join(char for text in texts for char in text if char.isalnum())  # type: ignore[attr-defined]


@example((*map(Line, ["Edited by: Ali Musa"] * 4), Line("Flood cuts road")), KnownMetadata(title="Flood cuts road"))
@given(LINES, KNOWN)
def test_twice_is_once(lines: tuple[Line, ...], known: KnownMetadata) -> None:
    once = strip_lines(lines, known).lines
    again = strip_lines(once, known)
    assert again.lines == once
    assert again.removals == ()


@given(LINES, KNOWN)
def test_cleaning_has_no_memory(lines: tuple[Line, ...], known: KnownMetadata) -> None:
    assert strip_lines(lines, known) == strip_lines(lines, known)


TAGS = st.sampled_from(
    [
        "p",
        "div",
        "br",
        "h1",
        "h2",
        "a",
        "ul",
        "li",
        "table",
        "td",
        "script",
        "style",
        "article",
        "main",
        "b",
        "!--",
        "svg",
        "title",
        "body",
        "head",
        "meta",
        "time",
        "textarea",
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' class="cookie"',
        ' id="comments"',
        ' class="archive"',
        ' href="/a"',
        ' href="http://[x"',
        ' style="display:none"',
        " hidden",
        ' datetime="2024-99-99"',
        ' itemprop="author"',
        ' rel="author"',
        ' lang="xx"',
        ' property="og:title" content="&#0;"',
        ' type="application/ld+json"',
        ' role="dialog"',
        ' class="',
        " =",
        ' a="' + "x" * 300 + '"',
    ]
)
PIECES = st.one_of(
    st.builds(lambda tag, attributes: f"<{tag}{attributes}>", TAGS, ATTRIBUTES),
    st.builds(lambda tag: f"</{tag}>", TAGS),
    TEXTS,
    st.text(max_size=30),
    st.sampled_from(
        [
            "&#1;",
            "&#xD800;",
            "&amp",
            "&#x110000;",
            "<",
            ">",
            "<<<",
            "{",
            '{"@type": "NewsArticle", "author": [[{}]]}',
            "\x00",
            "\ud800",
            "\ufffe",
            "]]>",
            "<![CDATA[",
        ]
    ),
)
HTML = st.lists(PIECES, max_size=40).map("".join)


def cleans_or_says_why(page: str | bytes, url: str | None = None) -> None:
    with suppress(NotAnArticleError):
        is_complete(clean(page, url))


def is_complete(article: Article) -> None:
    assert article.text.strip()
    assert article.text.encode("utf-8")
    assert article.text == join_blocks(article.blocks)
    assert len(article.content_hash) == 64


@given(HTML)
def test_whatever_looks_like_a_page_is_cleaned_or_refused(page: str) -> None:
    cleans_or_says_why(page, "https://news.example/a")


@given(HTML.map(lambda page: f"<html><head><title>T</title></head><body><article>{page}</article></body></html>"))
def test_whatever_stands_in_an_article_is_cleaned_or_refused(page: str) -> None:
    cleans_or_says_why(page)


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"",
            b"<html><body><p>",
            b"\xff\xfe",
            b"\xfe\xff",
            b"\xef\xbb\xbf<p>",
            b'<meta charset="x">',
            b'<meta charset="utf-7"><p>',
        ]
    ),
)
def test_whatever_bytes_are_cleaned_or_refused(page: bytes, opening: bytes) -> None:
    cleans_or_says_why(opening + page)


@given(st.text(max_size=60))
def test_whatever_address_it_has(url: str) -> None:
    cleans_or_says_why(
        "<html><head><link rel=canonical href='/a'></head><body><article>"
        + "<p>The river rose on Monday, officials said.</p>" * 6,
        url,
    )


@given(st.one_of(st.text(max_size=300), st.lists(TEXTS, max_size=12).map("\n".join)))
def test_whatever_text_is_cleaned_or_refused(text: str) -> None:
    with suppress(NotAnArticleError):
        is_complete(clean_text(text))


@given(st.lists(TEXTS, max_size=12).map("\n".join))
def test_cleaned_text_is_not_cleaned_further(text: str) -> None:
    """A cleaned text, given again below its headline, comes out as it went in, if that is told as one again."""
    try:
        once = clean_text(text)
        assume(once.title)
        again = clean_text(f"{once.title}\n\n{once.text}")
    except NotAnArticleError:
        return
    assume(again.title == once.title)
    assert again.text == once.text
