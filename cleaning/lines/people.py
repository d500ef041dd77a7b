"""Lists of people, as in "Ines Calloway in Lamu and Dov Hartnell, editor": names apart from places and offices."""

import re

from cleaning.lines.lexicon import load_word_set
from cleaning.lines.person_names import LIST_SEPARATOR, is_name, is_role

MAX_NAMES = 6
"""Names that a list has at most; more are no byline."""

_PLACE_WORD = r"[^\W\d_a-z][\w'.-]*"
_PLACE_ENDING = re.compile(
    rf"\s(?:in|from|aus|à|en|da|di|de|at)\s{_PLACE_WORD}(?:,? (?:and |of |de |el |al-)?{_PLACE_WORD}){{0,3}}$"
    r"|(?: -|,) [^\W\d_]+$"
)
_BRACKETED_TEXT = re.compile(r"\s*\([^()]*\)")


def strip_place(names: str) -> str:
    """Remove the place at the end of a text, as in "in Lamu" or "aus Kiel".

    >>> strip_place("Samuel Otieno in Old Lantern")
    'Samuel Otieno'
    """
    return _PLACE_ENDING.sub("", names)


def parse_people(text: str) -> tuple[str, ...]:
    """Return the people in a list of names, without their offices and the places that they report from.

    A single word after a full name is taken for a place ("Ali Musa, Lamu"), and so is a text that begins or ends like
    the name of a place ("Port Ambrose"). If any other part is not a name, the text is not a list of names, and the
    result is empty.

    >>> parse_people("our correspondent Ines Calloway, Port Ambrose")
    ('Ines Calloway',)
    >>> parse_people("Dov Hartnell in Skerrow and Amina Tesfaw (à Lyon)")
    ('Dov Hartnell', 'Amina Tesfaw')
    >>> parse_people("Ali Musa, who was late")
    ()
    """
    names: list[str] = []
    for part in LIST_SEPARATOR.split(_BRACKETED_TEXT.sub("", text).strip(" .·-")):
        name = strip_place(part.strip(" .·-"))
        if names and _is_place_or_office(name, names[-1]):
            continue
        name = strip_office(name)
        if not is_name(name):
            return ()
        names.append(name)
    return tuple(names) if len(names) <= MAX_NAMES else ()


def strip_office(name: str) -> str:
    """Remove an introduction such as "our correspondent" or "Redakteurin" from a name.

    >>> strip_office("our correspondent Ali Musa"), strip_office("Ali Musa")
    ('Ali Musa', 'Ali Musa')
    """
    words = name.split(" ")
    start = 0
    while start < len(words) - 1 and (is_role(words[start]) or words[start][:1].islower()):
        start += 1
    is_office = any(is_role(word) or word in load_word_set("office_words") for word in words[:start])
    return " ".join(words[start:]) if is_office else name


def _is_place_or_office(text: str, before: str) -> bool:
    """Return whether a part of a list of names is the place or the office of the previous person."""
    words = text.split(" ")
    if (
        not text
        or is_role(words[0])
        or words[0] in load_word_set("office_words")
        or (words[0] in load_word_set("of_place") and words[1:])
    ):
        return True
    is_place = words[0].casefold() in load_word_set("places", "begin") or words[-1].casefold() in load_word_set(
        "places", "end"
    )
    return " " in before and (len(words) == 1 or is_place) and not text[:1].islower()
