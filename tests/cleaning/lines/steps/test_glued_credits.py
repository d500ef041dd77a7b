"""What is cut off a paragraph, and what stays of it."""

import pytest
from line_steps import BANNER, UNKNOWN, A, B, lines, texts

from cleaning.lines.steps.glued_credits import cut_glued_head, cut_glued_tail

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
