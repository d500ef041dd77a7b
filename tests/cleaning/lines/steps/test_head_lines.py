"""What goes above the article, and what stays."""

from line_steps import UNKNOWN, A, B, C, lines, texts

from cleaning.lines.line import KnownMetadata
from cleaning.lines.steps.head_lines import drop_head_lines, drop_repeated_title


def test_title_goes_where_it_stands_again_at_the_top() -> None:
    known = KnownMetadata(title="Council votes to rebuild dyke")
    result = drop_repeated_title(lines("Council Votes to Rebuild Dyke", A, B), known)
    assert texts(result.lines) == [A, B]
    assert result.removals[0].rule == "title"


def test_title_stays_in_mid_text() -> None:
    known = KnownMetadata(title="Who pays?")
    body = lines(A, B, C, A, B, "Who pays?", C)
    assert drop_repeated_title(body, known).lines == body


def test_the_head_ends_at_the_second_paragraph() -> None:
    body = lines("By Marit Solheim", A, "12 October 2024", B, "By Idris Qadir", C)
    result = drop_head_lines(body, UNKNOWN)
    assert texts(result.lines) == [A, B, "By Idris Qadir", C]
