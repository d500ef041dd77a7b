"""What goes anywhere in an article, and what stays."""

from dataclasses import replace

import pytest
from line_steps import UNKNOWN, A, B, C, lines, texts

from cleaning.article import BlockKind
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.steps.body_lines import drop_boilerplate_lines, drop_linked_titles
from cleaning.lines.steps.pipeline import strip_lines


def test_what_goes_is_harvested() -> None:
    result = drop_boilerplate_lines(lines(A, "Edited by: Ali Musa and Lena Foss", B), UNKNOWN)
    assert result.harvest == (("editors", "Ali Musa"), ("editors", "Lena Foss"))
    assert [(removal.step, removal.rule) for removal in result.removals] == [("drop_boilerplate_lines", "editor")]


def test_linked_titles_go_and_plain_ones_stay() -> None:
    title = "Ferry returns to Velden Bay after two years"
    linked = (*lines(A, B), *lines(title, linked=True), *lines(C))
    assert texts(drop_linked_titles(linked, UNKNOWN).lines) == [A, B, C]
    plain = lines(A, B, title, C)
    assert drop_linked_titles(plain, UNKNOWN).lines == plain


def test_a_list_of_links_goes_as_a_whole() -> None:
    items = lines(
        "Ferry returns to Velden Bay", "Ten winters of floods in pictures", linked=True, kind=BlockKind.LIST_ITEM
    )
    assert texts(drop_linked_titles((*lines(A, B), *items), UNKNOWN).lines) == [A, B]


@pytest.mark.parametrize("before", ["The paper has published these reports on the dyke:", "These are the plans:"])
def test_a_list_that_is_announced_stays(before: str) -> None:
    items = lines(
        "Ferry returns to Velden Bay", "Ten winters of floods in pictures", linked=True, kind=BlockKind.LIST_ITEM
    )
    body = (*lines(A, before), *items, *lines(B))
    assert drop_linked_titles(body, UNKNOWN).lines == body


def test_a_list_with_an_unlinked_item_stays() -> None:
    items = (
        *lines("Ferry returns to Velden Bay", linked=True, kind=BlockKind.LIST_ITEM),
        *lines("and a second boat that nobody has seen", kind=BlockKind.LIST_ITEM),
    )
    body = (*lines(A), *items, *lines(B))
    assert drop_linked_titles(body, UNKNOWN).lines == body


@pytest.mark.parametrize(("share", "kept"), [(0.8, False), (0.3, True)])
def test_items_of_a_label_and_a_link_go_like_links(share: float, kept: bool) -> None:
    items = lines(
        "Harbour: How the second pier split the town",
        "Roads: Why the long way round is longer",
        kind=BlockKind.LIST_ITEM,
    )
    items = tuple(replace(item, link_share=share) for item in items)
    assert (drop_linked_titles((*lines(A, B), *items), UNKNOWN).lines != lines(A, B)) is kept


def test_a_linked_sentence_stays() -> None:
    linked = (
        *lines(A),
        *lines("The mayor has explained the plan in a letter to all of the households in the town.", linked=True),
        *lines(B),
    )
    assert drop_linked_titles(linked, UNKNOWN).lines == linked


def test_a_label_before_a_link_needs_no_colon() -> None:
    read_also = Line("À lire aussi Que faire des vieux lavoirs ?", link_share=0.68)
    assert texts(strip_lines((*lines(A), read_also, *lines(B)), UNKNOWN).lines) == [A, B]
    plain = replace(read_also, link_share=0.0)
    assert strip_lines((*lines(A), plain, *lines(B)), UNKNOWN).lines[1] == plain


def test_a_label_between_two_prompts_is_of_their_box() -> None:
    box = ("Sign up for The Chalk Letter", "News from the plateau, twice a week", "No spam. Unsubscribe anytime.")
    known = KnownMetadata(site_name="The Chalk Letter")
    assert texts(strip_lines(lines(A, *box, B), known).lines) == [A, B]
    assert texts(strip_lines(lines(A, *box[:2], B), known).lines) == [A, box[1], B]
