"""Text that an earlier scraper stored: prose, credits and the theme's cookie sentence in one plain file.

The file is ours; it has the shape of the document that the project started from.
"""

from itertools import combinations
from pathlib import Path

import pytest

from cleaning import Article, NotAnArticleError, Outcome, clean_text, clean_text_and_explain

SCRAPED = (Path(__file__).parent / "scraped" / "well-talks.txt").read_text("utf-8")
TITLE, *PROSE, EDITOR, CREDIT, COOKIES = SCRAPED.split("\n\n")
RULES = [
    ("drop_repeated_title", "title", TITLE),
    ("drop_consent_notices", "consent-notice", COOKIES),
    ("drop_boilerplate_lines", "editor", EDITOR),
    ("drop_boilerplate_lines", "monitoring-credit", CREDIT),
]


def check(article: Article) -> None:
    assert article.text == "\n\n".join(PROSE)
    assert article.title == TITLE
    assert article.editors == ("Cali Dhoobo",)
    assert article.credits == ("Qorahay international",)
    assert article.language == "en"


def test_the_file_has_the_shape_of_the_first_document() -> None:
    assert len(PROSE) == 8
    assert EDITOR.startswith("Edited by:")
    assert CREDIT.endswith("international–Monitoring")
    assert COOKIES.endswith("Accept Read More")


def test_prose_is_complete_and_what_the_lines_said_is_kept() -> None:
    article = clean_text(SCRAPED)
    check(article)
    assert article.authors == ()
    assert article.published is None
    assert article.flags == ()
    assert (
        article.word_count == sum(len(paragraph.replace("’", "x").split()) for paragraph in PROSE)
        or article.word_count > 300
    )


def test_the_rule_behind_every_removed_line_is_named() -> None:
    removals = clean_text_and_explain(SCRAPED).removals
    assert sorted((removal.step, removal.rule, removal.text) for removal in removals) == sorted(RULES)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r\n\r\n", "\n \n", "\n\n\n\n", "\u2029"])
def test_whatever_separates_the_lines(separator: str) -> None:
    check(clean_text(SCRAPED.replace("\n\n", separator)))


@pytest.mark.parametrize(
    "credit",
    [
        "Qorahay international — Monitoring",
        "Qorahay international-Monitoring",
        "Qorahay International – Monitoring.",
        "Qorahay international\u2009–\u2009Monitoring",
        "QORAHAY INTERNATIONAL–MONITORING",
    ],
)
def test_whatever_dash_the_credit_has(credit: str) -> None:
    article = clean_text(SCRAPED.replace(CREDIT, credit))
    assert article.text == "\n\n".join(PROSE)
    assert [one.casefold() for one in article.credits] == ["qorahay international"]


@pytest.mark.parametrize(
    "editor",
    [
        "Edited by Cali Dhoobo",
        "EDITED BY: Cali Dhoobo",
        "Edited By : Cali Dhoobo",
        "(Edited by Cali Dhoobo)",
        "• Edited by: Cali Dhoobo",
        "Editor: Cali Dhoobo",
    ],
)
def test_however_the_editor_is_named(editor: str) -> None:
    check(clean_text(SCRAPED.replace(EDITOR, editor)))


@pytest.mark.parametrize(
    "order", list(combinations((EDITOR, CREDIT, COOKIES), 2)), ids=["no banner", "no credit", "no editor"]
)
def test_whichever_of_the_lines_are_there(order: tuple[str, ...]) -> None:
    assert clean_text("\n\n".join((TITLE, *PROSE, *order))).text == "\n\n".join(PROSE)


def test_the_three_lines_may_stand_above_the_prose() -> None:
    article = clean_text("\n\n".join((TITLE, EDITOR, CREDIT, *PROSE, COOKIES)))
    check(article)


def test_the_three_lines_may_be_one() -> None:
    article = clean_text("\n\n".join((TITLE, *PROSE, f"{EDITOR} {CREDIT} {COOKIES}")))
    assert article.text == "\n\n".join(PROSE)
    assert article.editors == ("Cali Dhoobo",)


def test_the_three_lines_may_be_glued_to_the_last_paragraph() -> None:
    article = clean_text("\n\n".join((TITLE, *PROSE[:-1], f"{PROSE[-1]} {EDITOR} {CREDIT} {COOKIES}")))
    assert article.text == "\n\n".join(PROSE)
    assert article.editors == ("Cali Dhoobo",)


def test_the_lines_may_be_glued_to_the_first_sentence() -> None:
    opening = f"Edited By Cali Dhoobo Qorahay Times International–Monitoring. QORAHAY (AX) – {PROSE[0]}"
    article = clean_text("\n\n".join((TITLE, opening, *PROSE[1:])))
    assert article.text == "\n\n".join((f"QORAHAY (AX) – {PROSE[0]}", *PROSE[1:]))
    assert article.editors == ("Cali Dhoobo",)
    assert article.credits == ("Qorahay Times International",)
    assert article.dateline == "QORAHAY (AX)"
    assert article.provenance == {"credits": "line", "dateline": "text", "editors": "line", "language": "text"}


def test_the_whole_text_may_be_one_line() -> None:
    article = clean_text(" ".join((TITLE, *PROSE, EDITOR, CREDIT, COOKIES)))
    assert article.text == " ".join((TITLE, *PROSE))
    assert article.editors == ("Cali Dhoobo",)
    assert article.credits == ("Qorahay international",)


def test_a_banner_glued_to_a_paragraph_in_mid_text_costs_no_prose() -> None:
    article = clean_text("\n\n".join((TITLE, *PROSE[:4], f"{PROSE[4]} {COOKIES}", *PROSE[5:])))
    assert all(paragraph in article.text for paragraph in PROSE)


def test_a_short_sentence_that_ends_with_a_danda_is_no_headline() -> None:
    text = "सम्पादक शुक्रबार रिहा भए।\n\nप्रहरीले स्टेसन नजिक देखिएका दुई जनालाई खोजिरहेको छ।"
    article = clean_text(text)
    assert (article.title, article.text) == (None, text)


def test_a_text_without_a_headline_has_no_title() -> None:
    article = clean_text("\n\n".join((*PROSE, EDITOR)))
    assert article.title is None
    assert article.text == "\n\n".join(PROSE)


@pytest.mark.parametrize("text", ["", " \n ", f"{EDITOR}\n\n{CREDIT}\n\n{COOKIES}"])
def test_boilerplate_alone_is_empty(text: str) -> None:
    with pytest.raises(NotAnArticleError) as refused:
        clean_text(text)
    assert refused.value.reason is Outcome.EMPTY


def test_much_removed_is_flagged_and_kept() -> None:
    article = clean_text("\n\n".join((TITLE, PROSE[-1], *(COOKIES,) * 3)))
    assert article.text == PROSE[-1]
    assert "much-removed" in article.flags


def test_prose_that_the_rules_misread_stays_where_it_is_most_of_the_text() -> None:
    misread = [
        f"A stamp of all rights reserved stood on the {leaf} leaf of the book that the choir had copied out by hand."
        for leaf in ("first", "second", "third")
    ]
    article = clean_text("\n\n".join((TITLE, PROSE[0], *misread, EDITOR)))
    assert article.text == "\n\n".join((PROSE[0], *misread))
    assert article.editors == ("Cali Dhoobo",)
    assert "much-removed" in article.flags
