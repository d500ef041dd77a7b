"""Tests for names of people and of news outlets.

There is no list of names. A name is recognised by its form: it is short, each of its words is capitalised (in scripts
with capitals), and none of them is a word that only clauses have. The word lists are in ``rules/names.toml``.
"""

import re
import unicodedata
from functools import cache, lru_cache

from cleaning.resources import load_toml

MAX_NAME_CHARACTERS = 60
"""Characters that a name has at most."""
MAX_NAME_WORDS = 5
"""Words that a person's name has at most, beside particles such as "van der"."""
MAX_OUTLET_WORDS = 8
"""Words that the name of an outlet has at most, or the names of several."""

_MAX_ACRONYM_LETTERS = 6
"""Letters up to which a single word in capitals is an agency ("AFP", "ANTARA"), not a person."""

# Commas, bars and "and" in the languages of the rules. The "and" needs spaces around it: many are parts of names.
LIST_SEPARATOR = re.compile(
    r"\s*(?:[,;/&、،]|(?<=\s)(?:and|und|et|y|e|ed|i|en|og|och|és|și|ir|un|dhe|iyo|na|ve|dan|и|та|و|और|和|및)(?=\s))\s*",
    re.IGNORECASE,
)
# `\w` does not match the vowel signs of Indic scripts, so a word is anything without punctuation, digits and spaces.
_WORD = re.compile(r"[^\W\d_][^\s\d_,;:!?()\[\]\"“”«»|/]*")
_HANDLE = re.compile(r"(?=.*[^\W\d_])\w[\w.-]{0,28}\w")
_SMALL_NAME = re.compile(r"[^\W\d_A-Z]{2,} [^\W\d_A-Z]{2,}")
_HOST = re.compile(r"\w\.[a-z]{2,}$")
_MAX_UNSPACED_CHARACTERS = 5
"""Characters of a Chinese, Japanese or Korean name; more are a sentence, which has no spaces either."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names in a list of people; empty if any part of the text is not a name.

    Unlike :func:`cleaning.lines.people.parse_people`, it accepts no places and offices beside the names.

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


@lru_cache(maxsize=2000)
def is_name(text: str) -> bool:
    """Return whether a text has the form of one person's name.

    Outlets, agencies, roles and parts of sentences have another form, or contain a word that tells them apart. A single
    capitalised word is a name too: callers that need certainty ask for a full name.

    >>> is_name("Zamzam van der Egal"), is_name("EDITED COPY 3"), is_name("hand"), is_name("علي موسى")
    (True, False, False, True)
    """
    words = text.split()
    proper = [word for word in words if word.casefold() not in _load_words("particles")]
    if not 1 <= len(proper) <= MAX_NAME_WORDS or len(words) > 2 * MAX_NAME_WORDS or len(text) > MAX_NAME_CHARACTERS:
        return False
    if not all(_WORD.fullmatch(word) and len(_UNSPACED.findall(word)) <= _MAX_UNSPACED_CHARACTERS for word in words):
        return False
    if _HOST.search(text) or (len(words) > 2 and all(map(_UNSPACED.match, words))):
        return False
    # "Theresa May" and "Will Hale" are names; "may" in lower case is part of a clause.
    parts = re.split(r"[\s-]+", text)
    clause_words = _load_words("clause_words")
    if words[0].casefold() in clause_words - _load_words("first_names") or not clause_words.isdisjoint(parts):
        return False
    # Capitals prove little in three words and more: headings such as "Inside This Article" have them as well.
    if len(words) > 2 and any(part.casefold() in clause_words - _load_words("first_names") for part in parts):
        return False
    if any(part.casefold() in _load_words("outlet_words") for part in parts) or is_agency(text):
        return False
    if len(words) == 1 and text.isupper() and len(text) <= _MAX_ACRONYM_LETTERS:
        return False
    return all(_is_capitalised(word) for word in proper)


def is_handle(text: str) -> bool:
    """Return whether a text can be a user name or initials: "mh", "sara.r.peter", "MikeNils", "joshua hale".

    Some sites sign articles with these. Host names, words of outlets, roles, placeholders and acronyms are not handles.

    >>> is_handle("sara.r.peter"), is_handle("news.example"), is_handle("AFP"), is_handle("Super User")
    (True, False, False, False)
    """
    is_host = _HOST.search(text) and text.count(".") == 1
    parts = {text, *re.split(r"[ ._-]", text.casefold())}
    has_common_word = not parts.isdisjoint(
        _load_words("outlet_words") | _load_words("lower_case_outlets") | _load_words("clause_words")
    )
    is_shaped = _HANDLE.fullmatch(text) or _SMALL_NAME.fullmatch(text)
    return bool(is_shaped) and not (
        is_host or has_common_word or text.isupper() or is_placeholder_name(text) or is_role(text) or is_agency(text)
    )


def is_placeholder_name(text: str) -> bool:
    """Return whether a text is in the place of a name, but names no person: "admin", "View Full Profile".

    CMSs show such words as the author of an article without one.

    >>> is_placeholder_name("admin"), is_placeholder_name("View Full Profile"), is_placeholder_name("Ali Musa")
    (True, True, False)
    """
    bare = text.strip(" .:").casefold()
    words = bare.split(" ")
    is_key = bare.count(".") > 1 and not _load_words("nobodies").isdisjoint(bare.split("."))  # page.head.author
    is_nobody = bare in _load_words("nobodies") or words[0] in _load_words("nobodies") or is_key
    is_menu = not _load_words("menu_words").isdisjoint((*words, *bare.split(".")))
    return is_nobody or is_menu or bare in _load_words("nobodies_alone")


def is_agency(text: str) -> bool:
    """Return whether a text is the name of an agency that looks like a person's.

    >>> is_agency("PR Newswire"), is_agency("Xinhua"), is_agency("Ali Musa")
    (True, True, False)
    """
    return text.strip(" .()").casefold() in _load_words("agencies")


def is_desk(text: str) -> bool:
    """Return whether a text names a desk or a team of a newsroom, which signs where a person would.

    >>> is_desk("News Desk"), is_desk("Staff Writer"), is_desk("Our Editors"), is_desk("Jörg Staff")
    (True, True, True, False)
    """
    words = text.split()
    desk = [word.casefold() in _load_words("desk_words") for word in words]
    is_office_of_all = len(words) > 1 and words[0].casefold() in _load_words("desk_openings") and is_role(text)
    if not 1 <= len(words) <= MAX_NAME_WORDS or not (any(desk) or is_office_of_all):
        return False
    # "Staff" is a surname as well: before it stands the name of an outlet, in capitals, or nothing.
    is_surname = words[-1].casefold() == "staff" and len(words) == 2 and not words[0].isupper() and words[0] != "News"
    return not is_surname and all(
        _is_capitalised(word) for word in words if word.casefold() not in _load_words("particles")
    )


def is_degree(text: str) -> bool:
    """Return whether a text is an academic degree or a membership, as behind a name: "PhD", "M.D.", "CEPF®".

    >>> is_degree("Ph.D."), is_degree("CEPF®"), is_degree("AFP")
    (True, True, False)
    """
    return re.sub(r"[.®™\s]", "", text).casefold() in _load_words("degrees")


def is_role(text: str) -> bool:
    """Return whether a text contains the name of an office or a trade, such as "editor".

    >>> is_role("Staff Writer"), is_role("Chefredakteur"), is_role("Ali Musa")
    (True, True, False)
    """
    return any(word.casefold() in _load_words("role_words") for word in re.split(r"[\s/,-]+", text))


def is_outlet(text: str) -> bool:
    """Return whether a text has the form of the name of a news outlet, an agency, or several of them.

    All its words except joints ("with", "and") and particles are capitalised or look like a domain, and it is not a
    sentence. A name that its outlet writes in lower case must be in ``rules/names.toml``.

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
        # "with agencies", without the name of one.
        return any(word.casefold().startswith(("agenc", "agên", "agen", "wakaalad")) for word in words)
    if proper[0].casefold() in _load_words("counting_words"):
        return False
    return all(
        _is_capitalised(word) or word in _load_words("lower_case_outlets") or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", word)
        for word in proper
    )


def is_labelled_outlet(text: str) -> bool:
    """Return whether a text after a label such as "Source:" names an outlet.

    The label is evidence already, so up to three words without punctuation are accepted if the first is capitalised.

    >>> is_labelled_outlet("Заречный вестник"), is_labelled_outlet("a man in the crowd")
    (True, False)
    """
    words = text.split()
    is_short = len(words) <= 3 and not re.search(r"[.!?،。]", text) and all(_WORD.fullmatch(word) for word in words)
    return is_outlet(text) or (
        is_short and _is_capitalised(words[0]) and words[0].casefold() not in _load_words("clause_words")
    )


def _is_capitalised(word: str) -> bool:
    """Return whether a word contains a capital, as in "Musa" or "eSahra", or belongs to a script without capitals."""
    letters = [char for char in word if char.isalpha()]
    if not letters:
        return word[:1].isdigit()
    return any(char.isupper() or unicodedata.category(char) in ("Lo", "Lt") for char in letters)


def load_particles() -> frozenset[str]:
    """Return the words that names have in lower case, such as "van" and "de"."""
    return _load_words("particles")


@cache
def _load_words(name: str) -> frozenset[str]:
    return frozenset(load_toml("names")[name])
