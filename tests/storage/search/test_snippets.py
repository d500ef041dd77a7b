"""The piece of an article that a search shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.query_parser import parse_query
from storage.search.snippets import SNIPPET_CHARACTERS, build_snippet

FILLER = "Other words stand here, and they are many. " * 30


def shown(text: str, query: str) -> str:
    return build_snippet(text, parse_query(query).wanted).marked("[", "]")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("The ceasefire holds.", "ceasefire", "The [ceasefire] holds."),
        ("The Ceasefire, a cease-fire.", "ceasefire", "The [Ceasefire], a cease-fire."),
        ("Go’aan iyo go'aan iyo goaan", "go'aan", "[Go’aan] iyo [go'aan] iyo [goaan]"),
        ("Peace talks; peace, not talks.", '"peace talks"', "[Peace talks]; peace, not talks."),
        ("Peace talks; peace; talks.", "peace talks", "[Peace] [talks]; [peace]; [talks]."),
        ("Zelenskyy and Zelensky’s plan", "zelensk*", "[Zelenskyy] and [Zelensky’s] plan"),
        ("联合国呼吁停火。", "停火", "联合国呼吁[停火]。"),
        ("وقعت الحُكُومَة اتفاقا", "حكومة", "وقعت [الحُكُومَة] اتفاقا"),
        ("the state-of-the-art plan", "state-of-the-art", "the [state-of-the-art] plan"),
        ("peace\n\ntalks  go\ton", '"peace talks"', "[peace talks] go on"),
        ("peace talks go on", '"peace talks" "talks go"', "[peace talks go] on"),
        ("a b", "a", "[a] b"),
        ("nothing of it", "ceasefire", "nothing of it"),
        ("the wanted, not the unwanted", "wanted -unwanted", "the [wanted], not the unwanted"),
        ("", "ceasefire", ""),
        ("½ a kilo", "2", "[½] a kilo"),
    ],
)
def test_marks(text, query, expected):
    assert shown(text, query) == expected


def test_cut_between_words_with_signs_that_it_was_cut():
    text = f"{FILLER}The ceasefire holds. {FILLER}"
    found = build_snippet(text, parse_query("ceasefire").wanted)
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert SNIPPET_CHARACTERS / 2 < len(found.text) <= SNIPPET_CHARACTERS + 2
    words = found.text.strip("…").split()
    assert set(words) <= set(text.split())
    assert found.marked("[", "]").count("[ceasefire]") == 1


def test_the_piece_with_the_most_terms_wins():
    text = f"A ceasefire. {FILLER} A ceasefire, says Zelensky. {FILLER} Zelensky."
    assert "[ceasefire], says [Zelensky]" in shown(text, "ceasefire zelensky")


def test_without_a_match_the_beginning():
    assert build_snippet(f"First. {FILLER}", parse_query("nowhere").wanted).text.startswith("First. Other words")
    assert build_snippet(f"First. {FILLER}", ()).text.startswith("First. Other words")


def test_the_end_of_a_text_fills_the_width():
    found = build_snippet(f"{FILLER}It ends with the ceasefire", parse_query("ceasefire").wanted)
    assert len(found.text) > SNIPPET_CHARACTERS / 2
    assert found.marked("[", "]").endswith("the [ceasefire]")


def test_no_letter_loses_its_marks():
    text = "ก็" * 500
    found = build_snippet(f"{text}停{text}", parse_query("停").wanted).text.strip("…")
    assert (found[0], found[-1]) == ("ก", "็")
    assert build_snippet("\u0301" * 900 + "停", parse_query("停").wanted).text.endswith("停")


def test_no_word_break_to_be_had():
    text = "停火協議" * 200
    found = build_snippet(text, parse_query("協議").wanted)
    assert len(found.text) == SNIPPET_CHARACTERS + 1
    assert found.marks[0] == (2, 4)


@given(
    st.text(st.sampled_from("ab ’'éĀ\n停火ก็ा\u0301.")),
    st.lists(st.sampled_from(["a", "b*", '"a b"', "停", "é"]), max_size=3).map(" ".join),
)
def test_marks_are_in_order_and_in_the_text(text, query):
    found = build_snippet(text * 9, parse_query(query).wanted)
    ends = [offset for mark in found.marks for offset in mark]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(found.text) for start, end in found.marks)
    assert "".join(piece for piece, _ in found.iter_pieces()) == found.text
