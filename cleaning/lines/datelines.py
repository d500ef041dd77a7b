"""Reporters who are named in the opening of the first sentence.

Chinese, Korean and Japanese agencies and dailies open with the reporter: 本报讯（记者 李明）, (서울=연합뉴스)
김민수 기자 =, 【白浜＝瀬川律】. Like a dateline, such an opening stays in the text. In other languages, a byline has a
line of its own.
"""

import re

from cleaning.lines.normalization import normalize_punctuation

OPENING_CHARACTERS = 80
"""Characters at the beginning of a text that are searched; the limit bounds the time of the patterns."""

# After normalize_punctuation, full-width brackets, colons and equals signs are ASCII.
_HAN_NAME = r"[\u3400-\u9fff々·]{2,8}"
_HAN_NAMES = rf"(?P<names>{_HAN_NAME}(?:[、, \u3000]+{_HAN_NAME}){{0,3}})"
_PATTERNS = (
    rf".{{0,40}}?\([\u3400-\u9fff]{{0,4}}(?:记者|記者)[ :\u3000]?{_HAN_NAMES}\)",
    r"(?:\([^()=]{1,20}=[^()=]{2,12}\)\s?)?(?P<names>[가-힣]{2,4}) (?:기자|특파원)\s?=",
    rf"\[[^\]=]{{1,12}}={_HAN_NAMES}\]",
)
_OPENING_PATTERNS = tuple(re.compile(pattern) for pattern in _PATTERNS)
_NAME_SEPARATOR = re.compile(r"[、,\s]+")


def find_opening_reporters(text: str) -> tuple[str, ...]:
    """Return the reporters who are named in the opening of a first paragraph; empty if there are none.

    Args:
        text: the first paragraph of the article.

    >>> find_opening_reporters("本报讯（记者 许文岚、罗小满）青石镇的老邮局周六重新开放。")
    ('许文岚', '罗小满')
    >>> find_opening_reporters("（서울=연합뉴스） 김민수 기자 = 강물이 불어났다.")
    ('김민수',)
    >>> find_opening_reporters("许文岚（记者）周六重新开放。")
    ()
    """
    start = normalize_punctuation(text[:OPENING_CHARACTERS])
    match = next((match for pattern in _OPENING_PATTERNS if (match := pattern.match(start))), None)
    return tuple(_NAME_SEPARATOR.split(match["names"])) if match else ()
