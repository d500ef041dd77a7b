"""Does a piece of text read as the name of a person, or of an outlet?

No list of names: a name is short, each of its words is capitalised (where the script has capitals), and none of them
is a word that only a clause has.
"""

import re
import unicodedata
from functools import cache

from cleaning.resources import load_toml

MAX_NAME_CHARACTERS = 60
MAX_NAME_WORDS = 5
MAX_OUTLET_WORDS = 8

_MAX_ACRONYM_LETTERS = 6
"""Letters up to which a lone word in capitals is an agency ("AFP", "ANTARA"), no person."""

LIST_SEPARATOR = re.compile(
    r"\s*(?:[,;/&、،]|(?<=\s)(?:and|und|et|y|e|ed|i|en|iyo|na|ve|dan|и|та|و|और|和|및)(?=\s))\s*",
    re.IGNORECASE,
)
# Vowel signs of Indic scripts are no letters to `\w`: a word is what has no mark of punctuation in it.
_WORD = re.compile(r"[^\W\d_][^\s\d_,;:!?()\[\]\"“”«»|/]*")
_HANDLE = re.compile(r"(?=.*[^\W\d_])\w[\w.-]{0,28}\w")
_SMALL_NAME = re.compile(r"[^\W\d_A-Z]{2,} [^\W\d_A-Z]{2,}")
_HOST = re.compile(r"\w\.[a-z]{2,}$")
_MAX_UNSPACED_CHARACTERS = 5
"""Characters of a Chinese, Japanese or Korean name; a longer run of them is a sentence, which has no spaces either."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def parse_names(text: str) -> tuple[str, ...]:
    """Read a list of people's names, or give the empty tuple where the text is something else.

    >>> parse_names("Ali Musa and K. Nurow")
    ('Ali Musa', 'K. Nurow')
    >>> parse_names("her sister after the war")
    ()
    """
    names = [part.strip(" .·-") for part in LIST_SEPARATOR.split(text.strip(" .·-"))]
    names = [name for name in names if name]
    if names and len(names) <= 6 and all(is_name(name) for name in names):
        return tuple(names)
    return ()


def is_name(text: str) -> bool:
    """Whether a text reads as one person's name.

    >>> is_name("Zamzam van der Egal"), is_name("EDITED COPY 3"), is_name("hand"), is_name("علي موسى")
    (True, False, False, True)
    """
    words = text.split()
    if not 1 <= len(words) <= MAX_NAME_WORDS or len(text) > MAX_NAME_CHARACTERS:
        return False
    if not all(_WORD.fullmatch(word) and len(_UNSPACED.findall(word)) <= _MAX_UNSPACED_CHARACTERS for word in words):
        return False
    if _HOST.search(text) or (len(words) > 2 and all(map(_UNSPACED.match, words))):
        return False
    # "Theresa May" and "Will Hale" are names, "may" no part of one.
    parts = re.split(r"[\s-]+", text)
    clause_words = _load_words("clause_words")
    if words[0].casefold() in clause_words - _load_words("first_names") or not clause_words.isdisjoint(parts):
        return False
    if len(words) > 2 and any(part.casefold() in clause_words - _load_words("first_names") for part in parts):
        return False  # "In This Article"
    if any(part.casefold() in _load_words("outlet_words") for part in parts):
        return False
    if len(words) == 1 and text.isupper() and len(text) <= _MAX_ACRONYM_LETTERS:
        return False
    proper = [word for word in words if word.casefold() not in _load_words("particles")]
    return bool(proper) and all(_is_capitalised(word) for word in proper)


def is_handle(text: str) -> bool:
    """Whether a text can be the name that somebody signs with: "mh", "sara.r.peter", "MikeNils", "joshua hale".

    >>> is_handle("sara.r.peter"), is_handle("news.example"), is_handle("AFP"), is_handle("Super User")
    (True, False, False, False)
    """
    is_host = _HOST.search(text) and text.count(".") == 1
    parts = {text, *re.split(r"[ ._-]", text.casefold())}
    speaks = not parts.isdisjoint(
        _load_words("outlet_words") | _load_words("lower_case_outlets") | _load_words("clause_words")
    )
    is_shaped = _HANDLE.fullmatch(text) or _SMALL_NAME.fullmatch(text)
    return bool(is_shaped) and not (is_host or speaks or text.isupper() or is_placeholder_name(text) or is_role(text))


def is_placeholder_name(text: str) -> bool:
    """Whether a text stands in a name's place and names nobody, or opens with such a word.

    >>> is_placeholder_name("admin"), is_placeholder_name("View Full Profile"), is_placeholder_name("Ali Musa")
    (True, True, False)
    """
    bare = text.strip(" .:").casefold()
    return bare in _load_words("nobodies") or bare.split(" ")[0] in _load_words("nobodies")


def is_role(text: str) -> bool:
    """Whether a text is somebody's office or trade.

    >>> is_role("Staff Writer"), is_role("Chefredakteur"), is_role("Ali Musa")
    (True, True, False)
    """
    return any(word.casefold() in _load_words("role_words") for word in re.split(r"[\s/,-]+", text))


def is_outlet(text: str) -> bool:
    """Whether a text reads as the name of a news outlet, an agency, or several of them.

    >>> is_outlet("Axadle Times with agencies"), is_outlet("AFP"), is_outlet("a man in the crowd")
    (True, True, False)
    """
    words = [word for word in re.split(r"[\s,/;]+", text.strip(" .()[]")) if word]
    if not 1 <= len(words) <= MAX_OUTLET_WORDS or len(text) > MAX_NAME_CHARACTERS + 20:
        return False
    if re.search(r"[.!?]\s", text) or re.search(r"[\"“”«»:]", text):
        return False
    proper = [
        w
        for w in words
        if w.casefold() not in _load_words("outlet_joints") and w.casefold() not in _load_words("particles")
    ]
    if not proper:
        return any(word.casefold().startswith(("agenc", "agên", "agen", "wakaalad")) for word in words)
    if proper[0].casefold() in _load_words("counting_words"):
        return False
    return all(
        _is_capitalised(word) or word in _load_words("lower_case_outlets") or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", word)
        for word in proper
    )


def is_labelled_outlet(text: str) -> bool:
    """Whether a text that stands behind a label such as "Source:" names an outlet: there a few plain words will do.

    >>> is_labelled_outlet("Заречный вестник"), is_labelled_outlet("a man in the crowd")
    (True, False)
    """
    words = text.split()
    few = len(words) <= 3 and not re.search(r"[.!?،。]", text) and all(_WORD.fullmatch(word) for word in words)
    return is_outlet(text) or (
        few and _is_capitalised(words[0]) and words[0].casefold() not in _load_words("clause_words")
    )


def _is_capitalised(word: str) -> bool:
    """Whether a word has a capital, as in "Musa" or "eSahra", or is of a script without capitals."""
    letters = [char for char in word if char.isalpha()]
    if not letters:
        return word[:1].isdigit()
    return any(char.isupper() or unicodedata.category(char) in ("Lo", "Lt") for char in letters)


def load_particles() -> frozenset[str]:
    """Words that are written small in names: "van", "de"."""
    return _load_words("particles")


@cache
def _load_words(name: str) -> frozenset[str]:
    return frozenset(load_toml("names")[name])
