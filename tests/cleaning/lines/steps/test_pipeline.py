"""All steps together: what they harvest, and that no page loses much of its prose."""

import pytest
from line_steps import BANNER, UNKNOWN, A, B, C, lines, texts

from cleaning.lines.line import Line
from cleaning.lines.steps.pipeline import strip_lines


def test_one_line_may_hold_several_credits() -> None:
    line = "Reporting by Samira Holt; Additional reporting by Kofi Brandt; Editing by Hal Verity"
    result = strip_lines(lines(A, B, C, line), UNKNOWN)
    assert set(result.harvest) == {
        ("authors", "Samira Holt"),
        ("contributors", "Kofi Brandt"),
        ("editors", "Hal Verity"),
    }
    assert texts(result.lines) == [A, B, C]


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
