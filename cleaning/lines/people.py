"""People in a list of names, told from the offices and the places that stand beside them."""

import re

from cleaning.lines.lexicon import word_set
from cleaning.lines.person_names import LIST_JOINT, is_name, is_role

MOST_NAMES = 6
_PLACE_WORD = r"[^\W\d_a-z][\w'.-]*"
_IN_PLACE = re.compile(
    rf"\s(?:in|from|aus|à|en|da|di|de|at)\s{_PLACE_WORD}(?:,? (?:and |of |de |el |al-)?{_PLACE_WORD}){{0,3}}$"
    r"|(?: -|,) [^\W\d_]+$"
)
_BRACKETED = re.compile(r"\s*\([^()]*\)")


def without_place(names: str) -> str:
    """Names without the place they reported from.

    >>> without_place("Samuel Otieno in Old Lantern")
    'Samuel Otieno'
    """
    return _IN_PLACE.sub("", names)


def people_of(text: str) -> tuple[str, ...]:
    """The people of a list of names, without their offices and the places that they reported from.

    A word alone behind a full name is a place; so is what opens or ends as places do. What is neither makes the text no
    list of names.

    >>> people_of("our correspondent Ines Calloway, Port Ambrose")
    ('Ines Calloway',)
    >>> people_of("Dov Hartnell in Skerrow and Amina Tesfaw (à Lyon)")
    ('Dov Hartnell', 'Amina Tesfaw')
    >>> people_of("Ali Musa, who was late")
    ()
    """
    names: list[str] = []
    for part in LIST_JOINT.split(_BRACKETED.sub("", text).strip(" .·-")):
        name = without_place(part.strip(" .·-"))
        if names and _is_aside(name, names[-1]):
            continue
        name = _without_office(name)
        if not is_name(name):
            return ()
        names.append(name)
    return tuple(names) if len(names) <= MOST_NAMES else ()


def _without_office(name: str) -> str:
    """A name without what it is introduced by: "our correspondent", "Redakteurin"."""
    words = name.split(" ")
    start = 0
    while start < len(words) - 1 and (is_role(words[start]) or words[start][:1].islower()):
        start += 1
    is_office = any(is_role(word) or word in word_set("office_words") for word in words[:start])
    return " ".join(words[start:]) if is_office else name


def _is_aside(text: str, before: str) -> bool:
    """Whether a text in a list of names is the place or the office of the person before."""
    words = text.split(" ")
    if (
        not text
        or is_role(words[0])
        or words[0] in word_set("office_words")
        or (words[0] in word_set("of_place") and words[1:])
    ):
        return True
    is_place = words[0].casefold() in word_set("places", "begin") or words[-1].casefold() in word_set("places", "end")
    return " " in before and (len(words) == 1 or is_place) and not text[:1].islower()
