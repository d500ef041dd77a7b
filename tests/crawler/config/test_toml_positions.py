"""The line of each key and value of a TOML file."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from crawler.config.toml_positions import find_positions


def test_places_of_what_is_nested() -> None:
    text = """a.b = 1  # [x]
'q.r' = ["[[s]]", # ]
  {c = 2, d = [
    1979-05-27 07:32:00, -1.5]}]
[t . u]
v = {w = "x", "y" = '''
''''}
[[s]]
[[s.t]]
z = 1
[[s.t]]
z = 2
[s.t.u]
k = 1
"""
    tomllib.loads(text)
    lines = {path: place.line for path, place in find_positions(text).items()}
    assert {path: lines[path] for path in lines if path[0] != "s"} == {
        ("a",): 1,
        ("a", "b"): 1,
        ("q.r",): 2,
        ("q.r", 0): 2,
        ("q.r", 1): 3,
        ("q.r", 1, "c"): 3,
        ("q.r", 1, "d"): 3,
        ("q.r", 1, "d", 0): 4,
        ("q.r", 1, "d", 1): 4,
        ("t",): 5,
        ("t", "u"): 5,
        ("t", "u", "v"): 6,
        ("t", "u", "v", "w"): 6,
        ("t", "u", "v", "y"): 6,
    }
    assert lines["s", 0, "t", 1, "z"] == 12
    assert lines["s", 0, "t", 1, "u", "k"] == 14


@given(st.text(alphabet="[]{}=.,\"'\\\n# ab1"))
def test_places_of_anything_ends(text: str) -> None:
    find_positions(text)
