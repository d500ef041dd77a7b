"""Pages of each kind, and articles that look like them: a file in ``kinds`` is named after what must come of it."""

from pathlib import Path

import pytest

from cleaning import Article, NotAnArticleError, Outcome, Page, clean, clean_many
from cleaning.outcomes import FAILURE_OUTCOMES
from cleaning.page_types.signals import find_kind_by_title, is_consent_wall, is_titled, load_title_pattern
from cleaning.resources import load_toml

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
EXAMPLES = [
    (kind, title, is_one)
    for kind, table in load_toml("pages").items()
    if isinstance(table, dict) and "lookalikes" in table
    for name, is_one in (("examples", True), ("lookalikes", False))
    for title in table[name]
]


def cleaned(path: Path) -> Article | Outcome:
    try:
        return clean(path.read_bytes(), "https://news.example/a/b")
    except NotAnArticleError as refused:
        return refused.reason


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_a_page_gets_the_outcome_that_its_file_is_named_after(path: Path) -> None:
    expected = Outcome(path.name.partition(".")[0])
    found = cleaned(path)
    assert (found if isinstance(found, Outcome) else Outcome.ARTICLE) is expected
    if isinstance(found, Article):
        assert found.word_count >= 30


def test_every_kind_that_a_page_can_call_itself_is_an_outcome() -> None:
    book = load_toml("pages")
    assert {Outcome(kind) for table in ("classes", "types") for kind in book[table]}.isdisjoint(FAILURE_OUTCOMES)


@pytest.mark.parametrize(("kind", "title", "is_one"), EXAMPLES)
def test_titles_of_a_kind_and_headlines_like_them(kind: str, title: str, is_one: bool) -> None:
    if kind == "login":
        assert is_titled(kind, [title]) is is_one
    else:
        assert (find_kind_by_title([title]) == kind) is is_one
        assert load_title_pattern(kind).search(title) or not is_one


@pytest.mark.parametrize(
    ("head", "attributes", "is_static"),
    [
        ("", "class='page-template page-about'", True),  # Ghost
        ("", "class='page page-id-7 page-template-default wp-custom-logo'", True),
        ("", "class='page page-template page-template-templates page-id-7'", True),
        ("", "class='blog-view-static'", True),
        ("", "class='single single-post postid-7'", False),
        ("", "class='post-template tag-page'", False),
        ("", "class='page'", False),
        ("", "", False),
        (
            "<script type='application/ld+json'>{'@type': 'NewsArticle'}</script>".replace("{'", '{"')
            .replace("': '", '": "')
            .replace("'}", '"}'),
            "class='page page-id-7'",
            False,
        ),
    ],
)
def test_static_pages_are_flagged_and_kept(head: str, attributes: str, is_static: bool) -> None:
    prose = "<p>The house stands behind the fish market and is open on all days but Monday, from nine to five.</p>" * 2
    page = f"<html><head>{head}</head><body {attributes}><main><h1>How to find us</h1>{prose}</main></body></html>"
    assert ("static-page" in clean(page).flags) is is_static


STORY = "".join(
    f"<p>{sentence}</p>"
    for sentence in (
        "The council voted on Tuesday to raise the northern dyke by a metre before the next storms come.",
        "Work begins in April beside the fish market, where the water came over the top twice last winter.",
    )
)


@pytest.mark.parametrize(
    ("body", "has_several"),
    [
        ("".join(f"<article><h2><a href='/{i}'>Story {i}</a></h2>{STORY}{i}</article>" for i in range(3)), True),
        (
            "<h1>Wire</h1>" + "".join(f"<h2><a href='/{i}'>Story {i}</a></h2>{STORY}<h3>On</h3>{STORY}" for i in "abc"),
            True,
        ),
        ("".join(f"<h2><a href='#{i}'>Part {i}</a></h2>{STORY}" for i in range(3)), False),
        (
            f"<h1>One story</h1>{STORY}" + "".join(f"<h2><a href='/{i}'>Prize {i}</a></h2>{STORY}" for i in range(3)),
            False,
        ),
        ("".join(f"<h2>Part {i}</h2>{STORY}" for i in range(3)), False),
        (f"<h1><a href='/a'>One story</a></h1>{STORY}", False),
    ],
)
def test_whole_stories_one_below_the_other_are_flagged_and_kept(body: str, has_several: bool) -> None:
    article = clean(f"<html><head><title>Wire</title></head><body><main>{body}</main></body></html>")
    assert ("several-stories" in article.flags) is has_several


def test_consent_walls_by_their_own_examples() -> None:
    wall = load_toml("pages")["consent-wall"]
    assert all(map(is_consent_wall, wall["drops"]))
    assert not any(map(is_consent_wall, wall["keeps"]))


WALL = (
    "<html lang='de'><head><title>Willkommen</title></head><body><main><h1>Willkommen beim Boten</h1>"
    "<p>Lesen Sie den Boten im Pur-Abo für drei Euro im Monat ohne Tracking.</p>"
    "<p>Oder lesen Sie mit Werbung weiter: dann setzen wir und unsere 90 Partner "
    "Cookies ein, die den Boten bezahlen.</p>"
    "<button>Weiter</button></main></body></html>"
)


def test_a_wall_that_asks_for_money_or_consent_is_a_consent_page() -> None:
    with pytest.raises(NotAnArticleError) as raised:
        clean(WALL)
    assert raised.value.reason is Outcome.CONSENT_PAGE


def test_a_rejected_page_keeps_its_metadata() -> None:
    page = WALL.replace("</head>", "<meta property='article:published_time' content='2025-02-04T09:00:00Z'></head>")
    with pytest.raises(NotAnArticleError) as raised:
        clean(page, "https://bote.example/a")
    assert raised.value.metadata is not None
    assert raised.value.metadata.published is not None
    (done,) = clean_many([Page(page, url="https://bote.example/a")], workers=1)
    assert done.metadata == raised.value.metadata
