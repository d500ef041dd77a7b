"""What goes below the article, and what stays."""

import pytest
from line_steps import UNKNOWN, A, B, C, lines, texts

from cleaning.lines.line import KnownMetadata
from cleaning.lines.steps.pipeline import strip_lines
from cleaning.lines.steps.tail_lines import drop_signature, drop_tail_lines


def test_the_tail_is_read_from_the_bottom_up() -> None:
    body = lines(
        A,
        "AFP",
        B,
        C,
        "Marit Solheim is a senior reporter at Velden Times covering the coast.",
        "AFP",
        "Tags: dyke, flood",
    )
    result = drop_tail_lines(body, UNKNOWN)
    assert texts(result.lines) == [A, "AFP", B, C]


def test_titles_below_a_heading_of_related_stories_go_with_it() -> None:
    body = lines(A, B, C, "Related Posts", "Ferry returns to Velden Bay", "Ten winters of floods")
    assert texts(strip_lines(body, UNKNOWN).lines) == [A, B, C]


def test_short_lines_at_the_end_stay_where_nothing_says_what_they_are() -> None:
    body = lines(A, B, C, "“No comment.”", "The hearing resumes on Monday.")
    assert drop_tail_lines(body, UNKNOWN).lines == body


@pytest.mark.parametrize("last", ["Marit Solheim", "MARIT SOLHEIM", "Marit  Solheim."])
def test_the_authors_name_alone_goes_at_the_edges(last: str) -> None:
    known = KnownMetadata(authors=("Marit Solheim",))
    assert texts(strip_lines(lines(A, B, C, last), known).lines) == [A, B, C]
    assert texts(strip_lines(lines(last, A, B, C), known).lines) == [A, B, C]


def test_another_name_alone_stays() -> None:
    body = lines(A, B, "Idris Qadir", C)
    assert strip_lines(body, KnownMetadata(authors=("Marit Solheim",))).lines == body


def test_the_sites_name_alone_is_its_credit() -> None:
    result = strip_lines(lines(A, B, C, "Velden Times"), KnownMetadata(site_name="Velden Times"))
    assert texts(result.lines) == [A, B, C]


@pytest.mark.parametrize("signature", ["【桐谷紗季】", "（桐谷紗季）", "[桐谷 紗季]"])
def test_a_signature_in_brackets_ends_an_article(signature: str) -> None:
    result = strip_lines(lines(A, B, signature), UNKNOWN)
    assert texts(result.lines) == [A, B]
    assert [field for field, _ in result.harvest] == ["authors"]


@pytest.mark.parametrize("bracketed", ["【速報】", "【写真は語らない】と題した展覧会", "【2025年】"])
def test_what_is_no_name_in_brackets_is_no_signature(bracketed: str) -> None:
    assert drop_signature(lines(A, B, bracketed), UNKNOWN).harvest == ()


@pytest.mark.parametrize(
    ("label", "harvest"),
    [
        ("Oversat fra engelsk af Lina Hald", ("translators", "Lina Hald")),
        ("ترجمة لينا حداد", ("translators", "لينا حداد")),
        ("संपादन सलमा ठाकुर", ("editors", "सलमा ठाकुर")),
    ],
)
def test_a_role_and_its_names_below_the_text_are_harvested(label: str, harvest: tuple[str, str]) -> None:
    result = strip_lines(lines(A, B, C, label), UNKNOWN)
    assert texts(result.lines) == [A, B, C]
    assert harvest in result.harvest
