"""Regular expressions of users, on URLs of strangers."""

import pytest

from crawler.urls.user_patterns import accepts_url, check_pattern, find_match, matches_any

CATASTROPHES = (r"/([a-z0-9]+-?)+/$", r"(a+)+$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(a|a)*b", r"(.*)*x", r"(a*)*$b")


@pytest.mark.parametrize("pattern", CATASTROPHES)
@pytest.mark.parametrize("tail", ["!", "/", "A", ""])
def test_no_pattern_takes_for_ever(pattern: str, tail: str) -> None:
    """With a backtracking engine, forty letters take hours; these are fifty thousand."""
    matches_any([pattern], "https://news.example/" + "a" * 50_000 + tail)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing )"),
        ("a{1001}", "invalid repetition size"),
        (r"/(?!sport)\w+", "looking ahead or behind is not supported, because it could take for ever on some URLs"),
        (r"(?<=/)\w+", "looking ahead or behind is not supported"),
        (r"(?P<w>\w)(?P=w)", "a reference to a group is not supported"),
        (r"(\w)\1", "a reference to a group is not supported"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        check_pattern(pattern)


def test_what_users_write() -> None:
    assert accepts_url([r"/20\d\d/"], ["/sponsored/"], "https://news.example/2024/storm")
    assert not accepts_url([r"/20\d\d/"], ["/sponsored/"], "https://news.example/2024/sponsored/storm")
    assert not accepts_url([r"/20\d\d/"], [], "https://news.example/about")
    assert accepts_url([], ["(?i)SPORT$"], "https://news.example/sports")
    assert find_match("news", "https://news.example/") == (8, 12)
    assert find_match("ü", "https://news.example/über") == (21, 22)


def test_a_url_that_is_no_text_is_matched_all_the_same() -> None:
    assert matches_any([r"\?"], "https://news.example/\udcff")
