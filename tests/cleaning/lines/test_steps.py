"""Each step over the lines by itself: what it drops, what it leaves, and what it says about it."""

from dataclasses import replace

import pytest

from cleaning.article import BlockKind
from cleaning.lines.steps import (
    Known,
    Line,
    cut_glued_head,
    cut_glued_tail,
    drop_boilerplate_lines,
    drop_consent_notices,
    drop_head_lines,
    drop_linked_titles,
    drop_repeated_title,
    drop_signature,
    drop_tail_lines,
    strip_lines,
)

A = "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins."
B = "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year."
C = "Work is to begin in April with the stretch beside the fish market, where the water came over the top twice."
BANNER = (
    "This website uses cookies to improve your experience. We'll assume you're ok with this, "
    "but you can opt-out if you wish. Accept Read More"
)
UNKNOWN = Known()


def lines(*texts: str, linked: bool = False, kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[Line, ...]:
    return tuple(Line(text, kind, linked) for text in texts)


def texts(found: tuple[Line, ...]) -> list[str]:
    return [line.text for line in found]


def test_title_goes_where_it_stands_again_at_the_top() -> None:
    known = Known(title="Council votes to rebuild dyke")
    result = drop_repeated_title(lines("Council Votes to Rebuild Dyke", A, B), known)
    assert texts(result.lines) == [A, B]
    assert result.removals[0].rule == "title"


def test_title_stays_in_mid_text() -> None:
    known = Known(title="Who pays?")
    body = lines(A, B, C, A, B, "Who pays?", C)
    assert drop_repeated_title(body, known).lines == body


@pytest.mark.parametrize(
    "notice",
    [
        (BANNER,),
        ("This website uses cookies to improve your experience.", "Accept Read More"),
        (
            "We use cookies to analyse our traffic.",
            "By continuing to use this site you agree to our use of cookies.",
            "Accept all Reject all",
        ),
        ("Wir verwenden Cookies, um Ihnen das beste Erlebnis zu bieten.", "Alle akzeptieren"),
        ("Ce site utilise des cookies pour améliorer votre expérience.", "Tout accepter", "Tout refuser"),
    ],
)
def test_a_notice_goes_in_one_line_or_in_several(notice: tuple[str, ...]) -> None:
    assert texts(drop_consent_notices(lines(A, *notice, B), UNKNOWN).lines) == [A, B]


@pytest.mark.parametrize(
    "news",
    [
        "The regulator said the shop’s website uses cookies to improve its sales and that nobody was asked to opt out.",
        "“We use cookies to improve your experience,” the banner said.",
        "Accept it or not, the ferry will not run this winter.",
        "Her cookies improve any experience of the harbour.",
        "The privacy policy of the school fills forty pages.",
        "Reject the plan, the pamphlet says, and choose the bridge.",
    ],
)
def test_news_of_cookies_stays(news: str) -> None:
    body = lines(A, news, B)
    assert drop_consent_notices(body, UNKNOWN).lines == body


def test_what_goes_is_harvested() -> None:
    result = drop_boilerplate_lines(lines(A, "Edited by: Ali Musa and Lena Foss", B), UNKNOWN)
    assert result.harvest == (("editors", "Ali Musa"), ("editors", "Lena Foss"))
    assert [(removal.step, removal.rule) for removal in result.removals] == [("drop_boilerplate_lines", "editor")]


def test_one_line_may_hold_several_credits() -> None:
    line = "Reporting by Samira Holt; Additional reporting by Kofi Brandt; Editing by Hal Verity"
    result = strip_lines(lines(A, B, C, line), UNKNOWN)
    assert set(result.harvest) == {
        ("authors", "Samira Holt"),
        ("contributors", "Kofi Brandt"),
        ("editors", "Hal Verity"),
    }
    assert texts(result.lines) == [A, B, C]


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


def test_a_linked_sentence_stays() -> None:
    linked = (
        *lines(A),
        *lines("The mayor has explained the plan in a letter to all of the households in the town.", linked=True),
        *lines(B),
    )
    assert drop_linked_titles(linked, UNKNOWN).lines == linked


def test_the_head_ends_at_the_second_paragraph() -> None:
    body = lines("By Marit Solheim", A, "12 October 2024", B, "By Idris Qadir", C)
    result = drop_head_lines(body, UNKNOWN)
    assert texts(result.lines) == [A, B, "By Idris Qadir", C]


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
    known = Known(authors=("Marit Solheim",))
    assert texts(strip_lines(lines(A, B, C, last), known).lines) == [A, B, C]
    assert texts(strip_lines(lines(last, A, B, C), known).lines) == [A, B, C]


def test_another_name_alone_stays() -> None:
    body = lines(A, B, "Idris Qadir", C)
    assert strip_lines(body, Known(authors=("Marit Solheim",))).lines == body


def test_the_sites_name_alone_is_its_credit() -> None:
    result = strip_lines(lines(A, B, C, "Velden Times"), Known(site_name="Velden Times"))
    assert texts(result.lines) == [A, B, C]


GLUED_HEADS = [
    (
        "Edited By Ali Musa Axadle Times International–Monitoring. MOMBASA (AX) – The port reopened on Monday.",
        "MOMBASA (AX) – The port reopened on Monday.",
    ),
    (
        "Edited by: Ali Musa. The port reopened on Monday after nine days.",
        "The port reopened on Monday after nine days.",
    ),
    (
        "Edited by Ali Musa | Velden Times International—Monitoring | The port reopened on Monday.",
        "The port reopened on Monday.",
    ),
    (
        "Velden Times international - Monitoring: The port reopened on Monday after nine days.",
        "The port reopened on Monday after nine days.",
    ),
    (
        "(Source: AFP) The port reopened on Monday after nine days of strike.",
        "The port reopened on Monday after nine days of strike.",
    ),
    (
        "تحرير: علي موسى. افتتحت البلدية سوقا جديدة للخضار صباح الأحد بعد عامين من العمل.",
        "افتتحت البلدية سوقا جديدة للخضار صباح الأحد بعد عامين من العمل.",
    ),
]
HEADS_TO_LEAVE = [
    "Edited by her sister after the war, the letters were read aloud in the chapel every spring.",
    "Edited by Ali Musa, the anthology was on every desk in the chamber when the vote began.",
    "Source of pride for the village, the bridge was built in 1912 by two brothers from the coast.",
    "International monitoring teams stationed in Berbera counted fewer checkpoints than in October.",
    "Edited by hand over three weeks, the footage shows the harbour at dawn and nothing else.",
    "MOMBASA (AX) – The port reopened on Monday after nine days of strike, the board said.",
]


@pytest.mark.parametrize(("opening", "rest"), GLUED_HEADS)
def test_credits_are_cut_off_the_first_sentence(opening: str, rest: str) -> None:
    result = cut_glued_head(lines(opening, A), UNKNOWN)
    assert texts(result.lines) == [rest, A]
    assert opening.startswith(result.removals[0].text)
    assert result.harvest


@pytest.mark.parametrize("opening", HEADS_TO_LEAVE)
def test_an_opening_of_prose_is_left_alone(opening: str) -> None:
    body = lines(opening, A)
    assert cut_glued_head(body, UNKNOWN).lines == body


GLUED_TAILS = [
    (f"{A} Edited by: Ali Musa", A),
    (f"{A} Edited by: Ali Musa Axadle international–Monitoring", A),
    (f"{A} (Editing by Ali Musa)", A),
    (f"{A} Source: Velden Courier", A),
    (f"{A} | Source: Velden Courier", A),
    (f"{A} © 2025 Velden Courier. All rights reserved.", A),
    (
        f"{A} {BANNER}",
        A,
    ),
    (
        f"{A} Edited by: Ali Musa Axadle international–Monitoring {BANNER}",
        A,
    ),
    ("“We shall see,” the mayor said. Edited by: Ali Musa", "“We shall see,” the mayor said."),
    ("وستبقى السوق القديمة مفتوحة يوم الجمعة. تحرير: علي موسى", "وستبقى السوق القديمة مفتوحة يوم الجمعة."),
    ("第一天有一千二百人前来参观。（责任编辑：罗小满）", "第一天有一千二百人前来参观。"),
]
TAILS_TO_LEAVE = [
    f"{A} Edited by her sister, it sold well.",
    f"{A} The source: a clerk who asked not to be named.",
    f"{A} “Share what you have,” the bishop told them.",
    f"{A} AFP journalists saw two lorries.",
    f"{A} It was edited by Ali Musa.",
    f"{A} Nobody was hurt.",
    f"{A} The rights were reserved for the abbey.",
]


@pytest.mark.parametrize(("ending", "kept"), GLUED_TAILS)
def test_credits_are_cut_off_the_last_paragraph(ending: str, kept: str) -> None:
    result = cut_glued_tail(lines(B, ending), UNKNOWN)
    assert texts(result.lines) == [B, kept]
    assert result.removals


@pytest.mark.parametrize("ending", TAILS_TO_LEAVE)
def test_an_ending_of_prose_is_left_alone(ending: str) -> None:
    body = lines(B, ending)
    assert cut_glued_tail(body, UNKNOWN).lines == body


def test_a_page_of_boilerplate_alone_leaves_nothing() -> None:
    assert strip_lines(lines("Share this story", "Edited by: Ali Musa", "© 2025 Velden Courier"), UNKNOWN).lines == ()


def test_no_lines() -> None:
    assert strip_lines((), UNKNOWN).lines == ()


STAMPED = tuple(
    f"A stamp of all rights reserved stood on the {leaf} leaf of the hymn book that the choir had copied out by hand."
    for leaf in ("first", "second", "third")
)
"""Prose that a rule misreads."""


def test_prose_of_which_much_would_go_stays_and_is_flagged() -> None:
    result = strip_lines(lines("Edited by: Ali Musa", A, *STAMPED, "Share this story"), UNKNOWN)
    assert texts(result.lines) == [A, *STAMPED]
    assert result.flags == ("much-removed",)
    assert result.harvest == (("editors", "Ali Musa"),)


def test_no_line_stays_marked_as_kept() -> None:
    own = Line("Share of the vote", kept=True)
    result = strip_lines((own, *lines(A, *STAMPED)), UNKNOWN)
    assert [line.kept for line in result.lines] == [True, False, False, False, False]


def test_a_short_text_is_not_left_with_a_few_words() -> None:
    result = strip_lines(lines(STAMPED[0], "Nobody knew why."), UNKNOWN)
    assert texts(result.lines) == [STAMPED[0], "Nobody knew why."]
    assert result.flags == ("much-removed",)


def test_a_line_of_prose_among_many_may_go() -> None:
    result = strip_lines(lines(A, B, C, "© 2025 Velden Courier. All rights reserved.", STAMPED[0]), UNKNOWN)
    assert "much-removed" not in result.flags


def test_the_prose_of_a_notice_does_not_count() -> None:
    result = strip_lines(lines("The dyke held.", BANNER, BANNER.replace("Accept", "Okay")), UNKNOWN)
    assert texts(result.lines) == ["The dyke held."]
    assert "much-removed" not in result.flags


def test_a_label_before_a_link_needs_no_colon() -> None:
    read_also = Line("À lire aussi Que faire des vieux lavoirs ?", link_share=0.68)
    assert texts(strip_lines((*lines(A), read_also, *lines(B)), UNKNOWN).lines) == [A, B]
    plain = replace(read_also, link_share=0.0)
    assert strip_lines((*lines(A), plain, *lines(B)), UNKNOWN).lines[1] == plain


def test_a_label_between_two_prompts_is_of_their_box() -> None:
    box = ("Sign up for The Chalk Letter", "News from the plateau, twice a week", "No spam. Unsubscribe anytime.")
    known = Known(site_name="The Chalk Letter")
    assert texts(strip_lines(lines(A, *box, B), known).lines) == [A, B]
    assert texts(strip_lines(lines(A, *box[:2], B), known).lines) == [A, box[1], B]


@pytest.mark.parametrize("signature", ["【桐谷紗季】", "（桐谷紗季）", "[桐谷 紗季]"])
def test_a_signature_in_brackets_ends_an_article(signature: str) -> None:
    result = strip_lines(lines(A, B, signature), UNKNOWN)
    assert texts(result.lines) == [A, B]
    assert [field for field, _ in result.harvest] == ["authors"]


@pytest.mark.parametrize("bracketed", ["【速報】", "【写真は語らない】と題した展覧会", "【2025年】"])
def test_what_is_no_name_in_brackets_is_no_signature(bracketed: str) -> None:
    assert drop_signature(lines(A, B, bracketed), UNKNOWN).harvest == ()


@pytest.mark.parametrize(
    ("opening", "names"),
    [
        ("本报讯（记者 许文岚、罗小满）青石镇的老邮局周六重新开放，修缮工程历时一年零四个月。", {"许文岚", "罗小满"}),
        ("新华社滨海3月3日电（记者杜文博）市长表示，大桥将在冬天之前完工。", {"杜文博"}),
        ("(해안=한빛통신) 최서린 기자 = 옛 다리가 2년 만에 다시 열렸다고 시가 밝혔다.", {"최서린"}),
        ("【白浜＝瀬川律】港町の白浜で九日、木造の渡し船が初めて人を乗せた。", {"瀬川律"}),
        ("记者在现场看到，（许文岚摄）展室里人很多，许多人寄出了明信片。", set()),
        ("최서린 기자는 다리 위에서 세 시간을 기다렸다고 말했다.", set()),
    ],
)
def test_the_first_sentence_names_its_reporters_and_stays(opening: str, names: set[str]) -> None:
    result = strip_lines(lines(opening, A), UNKNOWN)
    assert texts(result.lines) == [opening, A]
    assert {name for field, name in result.harvest if field == "authors"} == names
