"""Patterns of boilerplate lines in any language: a role and a name, nothing but dates, a request, and others.

A list of phrases recognises only the wordings that it contains. A pattern requires several signals of different kinds:
the parts of the line, whether a name follows, the length. All that it knows of a language are beginnings of words, in
``rules/shapes.toml``; rules refer to a pattern with the key ``shape``.

Each ``match_`` function takes a line from :func:`cleaning.lines.normalization.normalize_punctuation`, and returns a
:class:`PatternMatch`, or ``None`` if the line is something else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.lines.lexicon import PREFIX_LETTERS, has_word, load_prefixes, load_word_set, load_words, tokenize
from cleaning.lines.people import parse_people
from cleaning.lines.person_names import is_name, is_role, load_particles, parse_names
from cleaning.resources import load_toml

MAX_CREDIT_CHARACTERS = 110
"""Characters that a role with its names has at most."""
MAX_TIMESTAMP_CHARACTERS = 110
"""Characters that a line of dates has at most."""
MAX_COUNTER_CHARACTERS = 60
"""Characters that a count or a reading time has at most, with its label."""
MAX_PROMPT_CHARACTERS = 240
"""Characters that a request or an author's bio has at most."""
MAX_REQUEST_WORDS = 28
"""Words that a request has at most; a longer text is prose."""
MAX_UNSPACED_REQUEST_CHARACTERS = 60
"""Characters that a Chinese or Japanese request has at most."""
MAX_INVITATION_WORDS = 12
"""Words that an invitation to a social network has at most."""
REQUEST_END_CHARACTERS = 10
"""Characters at the end of a Japanese text that contain the verb of a request."""
MAX_LABEL_WORDS = 5
"""Words that a label has at most."""
MAX_VALUE_WORDS = 8
"""Words that a source or a photo credit has at most."""

_DAY = (
    r"(?:\w{2,12}\.?,? )?"  # a weekday
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    r"|\d{1,2}(?:st|nd|rd|th|\.|º)? ?(?:de |of )?[^\W\d_][^\s\d_,;:!?()\[\]\"|/.-]{2,13}\.?,?(?: de)? ?\d{4}"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일])"
)
_TIME = (
    r"[T,]?\s?(?:at |um |à |a las |às |-\s?|\| ?)?\d{1,2}[:.h時时]\s?\d{2}(?::\d{2})?分?(?:\s?[ap]\.?m\.?)?(?:\s?uhr)?"
    r"(?:\s?\(?(?:[A-Z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2})\)?)?"  # a zone
)
DATE_PATTERN = rf"{_DAY}(?:{_TIME})?"
"""A day as people write it, with or without a time, in all scripts of the rules."""

_DATE = re.compile(rf"(?<![\d+-]){DATE_PATTERN}(?![\d-])", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}[:.h時时]\s?\d{2}(?::\d{2})?分?", re.IGNORECASE)
_LABEL_AND_VALUE = re.compile(r"(?P<label>[^\d:|=/・\u3000]{1,45}?)\s*(?:[:=|/・\u3000]|\s-\s)\s*(?P<value>\S.{1,80})")
_LABEL_SEPARATOR = re.compile(r"[:=|/・\u3000]|\s-\s")
# A label in capitals needs no colon: "SUR LE MÊME SUJET Le pont rouvre".
_CAPITALS_LABEL = re.compile(
    r"(?P<label>[^\W\d_a-zà-ÿа-я]{2,}(?: [^\W\d_a-zà-ÿа-я]{2,}){0,4}) (?P<value>[^\W\d_]\S*[a-zà-ÿа-я].{8,120})"
)
_CLAUSE_BREAK = re.compile(r"[.!?:,;|•·،؛…。！？、]+|\s-+\s|^-+")
_END_OF_SENTENCE = re.compile(r"[.!?…።۔؟।。！？][\"')]*$")
_KANA = re.compile(r"[\u3040-\u30ff]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_BESIDE_DIGITS = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
_DIGIT = re.compile(r"\d")
_SENTENCE_INSIDE = re.compile(r"[.!?。] +\S|\.$")
_EMAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PERSON_ROLES = ("translators", "contributors", "editors", "authors")
_ROLES = ("translators", "photo_credits", "contributors", "editors", "credits", "authors")
"""The order decides between roles whose words overlap: 编译 is a translator although 编 is an editor, and a photo
editor does not edit the text."""


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """A match of a pattern, with the value that the line holds, if any."""

    field: str | None = None
    """The field of the article that the value belongs to."""
    value: str | None = None
    """The value, in the spelling of the line."""


NO_VALUE = PatternMatch()
"""The match of a line that is boilerplate, but holds no value for the article."""


def match_role_credit(text: str) -> PatternMatch | None:
    """Match a role and the people or the source that had it: "Edited by: Ali Musa", "Edited by Ali Musa".

    Without a colon, only words of labels may precede the names, and the names must be full names: "The anthology was
    edited by Naima Warfa" is a sentence.

    >>> match_role_credit("Haberi düzenleyen: Yekta Bilgin")
    PatternMatch(field='editors', value='Yekta Bilgin')
    >>> match_role_credit("The anthology was edited by Naima Warfa")
    """
    last_word = text[text.rstrip(".").rfind(" ") + 1 :]
    is_joined = bool(_LABEL_SEPARATOR.search(text))
    if (
        len(text) > MAX_CREDIT_CHARACTERS
        or not (is_joined or last_word[:1].isupper())
        or not _has_role_prefix(text.lower())
    ):
        return None
    match = _LABEL_AND_VALUE.fullmatch(text) if is_joined else None
    # A note or a correction belongs to the article, even if its label names the editor.
    if match and any(note in f" {match['label'].lower()}" for note in load_prefixes("notes", "words")):
        return None
    if match and len(match["label"].split()) <= MAX_LABEL_WORDS:
        return _build_role_match(_find_role(match["label"].lower()), match["value"])
    if not last_word[:1].isupper():
        return None
    label, names = _split_label_and_names(text.rstrip("."))
    if not names or not all(word in load_word_set("label_words", "words") or _find_role(word) for word in label):
        return None
    if all(" " in name for name in parse_names(names)):
        return _build_role_match(_find_role(" ".join(label)), names)
    return None


def read_known_credit(text: str) -> PatternMatch | None:
    """Read the role and the people in a line that is known to be a credit, whatever words are between them.

    The names are the last part of the line, or the longest ending of it that reads as names.

    >>> read_known_credit("Our reporter in Marrow, Dana Illis")
    PatternMatch(field='authors', value='Dana Illis')
    """
    role = _find_role(text.lower())
    if role not in _PERSON_ROLES or len(text) > MAX_CREDIT_CHARACTERS:
        return None
    rest = _LABEL_SEPARATOR.split(text.strip(" .()[]"))[-1].strip()
    words = rest.split(" ")
    endings = [rest.rpartition(", ")[2], *(" ".join(words[start:]) for start in range(len(words) - 1))]
    names = (ending for ending in endings if " " in ending and not _find_role(ending.lower()) and parse_people(ending))
    return next((PatternMatch(role, ending) for ending in names), None)


def _has_role_prefix(low: str) -> bool:
    """Return whether a word begins like the word of a role. It is a cheap test: most lines have no such word."""
    return not low.isascii() or not _load_role_prefixes().isdisjoint([word[:PREFIX_LETTERS] for word in low.split(" ")])


@cache
def _load_role_prefixes() -> frozenset[str]:
    return frozenset(stem.strip()[:PREFIX_LETTERS] for role in _ROLES for stem in _load_role_stems(role))


def _build_role_match(role: str | None, value: str) -> PatternMatch | None:
    """Build the match of a role, if the value is plausible: names of people, or a few words for a source or photo."""
    if role is None:
        return None
    if role in _PERSON_ROLES:
        value = _EMAIL_ADDRESS.sub("", value).strip(" ,()|-")
        return PatternMatch(role, value) if parse_people(value) else None
    words = tokenize(value.lower())
    is_clause = words[:1] and words[0] in frozenset(load_toml("names")["clause_words"])
    if (
        is_clause
        or len(words) > MAX_VALUE_WORDS
        or (value[:1].islower() and (len(value.split()) > 3 or role == "photo_credits"))
    ):
        return None
    parts = [part.split() for part in re.split(r"\s*[/|,&()]\s*", value) if part]
    # "Photo: a man waits at the pier" is a caption; "Photo: Jo van Berg/AFP" is a credit.
    proper = [word for word in parts[0] if word.lower() not in load_particles()] if parts else []
    is_named = all(part[0][:1].isupper() or not part[0][:1].islower() for part in parts[1:])
    if role == "photo_credits" and not (is_named and not any(word[:1].islower() and len(word) > 3 for word in proper)):
        return None
    return None if _END_OF_SENTENCE.search(value) and len(words) > 4 else PatternMatch(role, value.strip(" .()"))


def _find_role(label: str) -> str | None:
    """Return the first role that has a word in a label in lower case, or ``None``."""
    spaced = f" {label}"
    return next((role for role in _ROLES if any(stem in spaced for stem in _load_role_stems(role))), None)


@cache
def _load_role_stems(role: str) -> tuple[str, ...]:
    """Return the beginnings of a role's words; those of scripts from Hebrew on may be anywhere in a word."""
    words = load_toml("shapes")["roles"][role]
    return tuple(f" {word}" if word[0] < "\u0590" else word for word in words)


def _split_label_and_names(text: str) -> tuple[list[str], str]:
    """Split a line without a colon into the words of its label, in lower case, and the capitalised names at its end.

    The names are empty if another word of the label is capitalised.
    """
    words = text.split(" ")
    start = len(words)
    while start and _is_name_word(words[start - 1]):
        start -= 1
    # The first word of a line is capitalised in any case: it belongs to the label.
    start = max(start, 1)
    while start < len(words) and not words[start][:1].isupper():
        start += 1
    label = [word.strip(",").lower() for word in words[:start]]
    return (label, " ".join(words[start:])) if all(w[:1].islower() for w in words[1:start]) else (label, "")


_AND_WORDS = frozenset({"and", "und", "et", "y", "&", "и", "та"})


def _is_name_word(word: str) -> bool:
    return word[:1].isupper() or word.lower() in load_particles() or word in _AND_WORDS


def match_timestamp(text: str) -> PatternMatch | None:
    """Match dates and times with their labels, and nothing else except a short name beside them.

    The field is ``modified`` if a label such as "Updated" precedes the date, else ``published``. A relative time such
    as "3 hours ago" matches without a value, since the time of the visit is unknown.

    >>> match_timestamp("Stand: 03.03.2025, 14:05 Uhr")
    PatternMatch(field='published', value='03.03.2025, 14:05 Uhr')
    >>> match_timestamp("On 3 March 2025 the pumps failed.")
    """
    if len(text) > MAX_TIMESTAMP_CHARACTERS or not _DIGIT.search(text):
        return None
    # A clock time without a date needs a label: "Published 14:05".
    match = _DATE.search(text) or _build_relative_time_pattern().search(text.lower()) or _CLOCK.search(text)
    if match is None:
        return None
    parts = re.split(r"[|•·]| / ", text)
    stamps = [part for part in parts if _is_timestamp(part)]
    others = [part for part in parts if part not in stamps]
    if not stamps or any(len(tokenize(part)) > 4 or _END_OF_SENTENCE.search(part) for part in others):
        return None
    before = text[: match.start()].lower()
    labels = load_words("stamp", "modified") + load_words("stamp", "published")
    if (others and match.start() > len(parts[0])) or (
        match.re is _CLOCK and not any(stem in before for stem in labels)
    ):
        return None
    field = "modified" if any(stem in before for stem in load_words("stamp", "modified")) else "published"
    return PatternMatch(field, match[0].strip(" ,-")) if match.re is _DATE else NO_VALUE


def _is_timestamp(text: str) -> bool:
    """Return whether a text contains a date or a time, and beside it only labels, units and punctuation."""
    rest = _CLOCK.sub(" ", _build_relative_time_pattern().sub(" ", _DATE.sub(" ", text).lower()))
    labels = load_words("stamp", "modified") + load_words("stamp", "published")
    return rest != text.lower() and all(
        word in load_word_set("stamp", "beside") or word.startswith(labels) or not any(map(str.isalpha, word))
        for word in tokenize(rest)
    )


@cache
def _build_relative_time_pattern() -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(load_toml("shapes")["stamp"]["relative"]) + r")(?!\w)")


def match_duration(text: str) -> PatternMatch | None:
    """Match the time that it takes to read or hear the article.

    A number and a unit are not enough: a word for reading or listening must be there.

    >>> match_duration("Temps de lecture : 4 min."), match_duration("30 minutes")
    (PatternMatch(field=None, value=None), None)
    """
    if len(text) > MAX_COUNTER_CHARACTERS or not _DIGIT.search(text):
        return None
    low = text.lower()
    words = tokenize(_LETTERS_BESIDE_DIGITS.sub(" ", low.replace("-", " ")))
    if not 2 <= len(words) <= 8 or sum(word.isdigit() for word in words) != 1:
        return None
    is_time = any(word in load_word_set("duration", "minutes") or word[0] in "分분" for word in words)
    is_read = any(stem in f" {low}" for stem in load_prefixes("duration", "reading"))
    return NO_VALUE if is_time and is_read else None


def match_counter(text: str) -> PatternMatch | None:
    """Match the number of views, shares or comments of the article: a numeral, and only words of counters beside it.

    >>> match_counter("Yorumlar (3)"), match_counter("Three comments drew anger.")
    (PatternMatch(field=None, value=None), None)
    """
    if len(text) > MAX_COUNTER_CHARACTERS or not _DIGIT.search(text):
        return None
    words = tokenize(_LETTERS_BESIDE_DIGITS.sub(" ", text.lower()))
    numbers = [word for word in words if word.isdigit()]
    others = [word for word in words if not word.isdigit()]
    is_count = numbers and others and all(word in load_word_set("counter", "words") for word in others)
    # "today" belongs to counters ("12 views today"), but alone it counts nothing.
    return NO_VALUE if is_count and others != ["today"] else None


def match_call_to_action(text: str) -> PatternMatch | None:
    """Match a request that names a product of the publication, such as its newsletter, and says "us" or "our".

    These three signals together are proof anywhere in an article. So is a short invitation to a social network.

    >>> match_call_to_action("Don't miss out: turn on notifications in our app")
    PatternMatch(field=None, value=None)
    >>> match_call_to_action("Follow the path past the mill and the old dyke comes into view.")
    """
    has_all_signals = _find_request_signals(text) == {"request", "thing", "ours"}
    return NO_VALUE if has_all_signals or _is_invitation(text) else None


def has_request(text: str) -> bool:
    """Return whether a clause of the text begins with a request, such as "sign up" or "follow".

    >>> has_request("Sign up for The Chalk Letter"), has_request("The Chalk Letter is ten years old")
    (True, False)
    """
    return _has_request_clause(text.lower())


def match_closing_prompt(text: str) -> PatternMatch | None:
    """Match a request that names a product of the publication. This is proof only below the last paragraph.

    >>> match_closing_prompt("Activez les notifications pour être alerté")
    PatternMatch(field=None, value=None)
    """
    return NO_VALUE if {"request", "thing"} <= _find_request_signals(text) else None


def _is_invitation(text: str) -> bool:
    """Return whether a text invites to a social network: it names one, and has a request, or a few words with "us".

    An example without a request is "Nous sommes sur Telegram !".
    """
    if len(text) > MAX_PROMPT_CHARACTERS or _END_OF_SENTENCE.search(text):
        return False
    words = tokenize(text.lower())
    if len(words) > MAX_INVITATION_WORDS or not has_word("networks", words):
        return False
    return _has_request_clause(text.lower()) or (len(words) <= MAX_LABEL_WORDS and has_word("ours", words))


@lru_cache(maxsize=4096)
def _find_request_signals(text: str) -> frozenset[str]:
    """Return the signals of a request in a short text: ``request``, ``thing`` and ``ours``, or none of them.

    A thing is a product of the publication, such as its newsletter. Without a request and a thing, "our" means nothing.
    """
    if len(text) > MAX_PROMPT_CHARACTERS or (
        not text.isascii() and len(_UNSPACED.findall(text)) > MAX_UNSPACED_REQUEST_CHARACTERS
    ):
        return frozenset()
    low = text.lower()
    words = tokenize(low)
    # Languages that put the verb last may have it anywhere in a line, except Japanese: there only the end counts.
    last = tokenize(low[-REQUEST_END_CHARACTERS:]) if _KANA.search(low) else words
    if (
        len(words) > MAX_REQUEST_WORDS
        or not has_word("thing", words)
        or not (has_word("final", last) or _has_request_clause(low))
    ):
        return frozenset()
    return frozenset({"request", "thing", "ours"} if has_word("ours", words) else {"request", "thing"})


def _has_request_clause(low: str) -> bool:
    """Return whether a clause of a text in lower case begins with a request; a conjunction may precede it."""
    for clause in _CLAUSE_BREAK.split(low):
        words = tokenize(clause)
        words = words[1:] if words and words[0] in load_word_set("request", "joints") else words
        if any(
            " ".join((*words, "")).startswith(request)
            for request in _load_request_openings().get(words[0] if words else "", ())
        ):
            return True
    return False


@cache
def _load_request_openings() -> dict[str, tuple[str, ...]]:
    """Return the requests that begin a clause, by their first word."""
    openings: dict[str, tuple[str, ...]] = {}
    for request in load_toml("shapes")["request"]["opening"]:
        first = request.partition(" ")[0]
        openings[first] = (*openings.get(first, ()), request[:-1] if request.endswith("*") else f"{request} ")
    return openings


def match_read_more(text: str) -> PatternMatch | None:
    """Match a label such as "Read also", in any wording, before the headline of another article.

    The label has a verb of reading and a word for "more", or a word that is enough alone. The headline must look like
    one: capitalised, and no sentence with a stop.

    >>> match_read_more("Sigue leyendo: Reabre el puente tras dos años")
    PatternMatch(field=None, value=None)
    >>> match_read_more("More: that was all the children wanted, and there was none.")
    """
    match = _LABEL_AND_VALUE.fullmatch(text) if _LABEL_SEPARATOR.search(text) else _CAPITALS_LABEL.fullmatch(text)
    if match is None or match["value"][:1].islower() or _SENTENCE_INSIDE.search(match["value"]):
        return None
    label = match["label"].replace("İ", "i").lower()
    if match.re is _CAPITALS_LABEL:
        return NO_VALUE if label in _load_read_more_labels() else None
    words = tokenize(label)
    joined = f" {' '.join(words)} "
    if any(label in joined for label in load_prefixes("read_on", "alone")) and len(words) <= MAX_LABEL_WORDS:
        return NO_VALUE
    has_verb = any(stem in joined for stem in load_prefixes("read_on", "verbs"))
    has_more = any(stem in joined for stem in load_prefixes("read_on", "more"))
    return NO_VALUE if has_verb and has_more and len(words) <= MAX_LABEL_WORDS else None


@cache
def _load_read_more_labels() -> frozenset[str]:
    """Return the labels of the rule ``read-also``: in capitals and without a colon, only these are certain."""
    labels = next(rule for rule in load_toml("lines")["rule"] if rule["id"] == "read-also")["labels_with_colon"]
    return frozenset(label for of_language in labels.values() for label in of_language)


def match_signature(text: str) -> PatternMatch | None:
    """Match a full name and an office of the press, such as "correspondent", and nothing else.

    >>> match_signature("Marina Olmedo, corresponsal en Lima")
    PatternMatch(field='authors', value='Marina Olmedo')
    >>> match_signature("Marina Olmedo, who was late")
    """
    name, comma, office = text.partition(", ")
    if not comma or not name[:1].isupper() or " " not in name:
        return None
    first = " ".join(office.lower().split()[:2])
    is_office = bool(first) and (is_role(first) or _find_role(first) == "authors")
    is_short = len(office.split()) <= MAX_LABEL_WORDS and not re.search(r"[,;.!?]", office)
    return PatternMatch("authors", name) if is_office and is_short and is_name(name) else None


def match_author_bio(text: str) -> PatternMatch | None:
    """Match a short biography of the author: a name, "is" or "works", and a trade of the press near the beginning.

    >>> match_author_bio("Torben Haske ist Redakteur beim Deichboten.")
    PatternMatch(field=None, value=None)
    >>> match_author_bio("Amina is a nurse who covers three wards.")
    """
    match = _BIO.match(text)
    if match is None or len(text) > MAX_PROMPT_CHARACTERS or not parse_names(match["name"]):
        return None
    rest = f" {match['rest'].lower()}"
    return NO_VALUE if any(0 <= rest.find(trade) <= 60 for trade in load_prefixes("bio", "words")) else None


_BIO = re.compile(
    r"(?P<name>[^\W\d_][^\s\d_,;:!?()\[\]\"|/]*(?: [^\W\d_][^\s\d_,;:!?()\[\]\"|/]*){1,4}?),?"
    r" (?:is|est|é|es|ist|è|jest|arbeitet|schreibt|travaille|trabaja|waa|ni|adalah|-) (?P<rest>.+)"
)

# Rules refer to the patterns by these names, with the key `shape`.
MATCHERS: dict[str, Callable[[str], PatternMatch | None]] = {
    "role-credit": match_role_credit,
    "stamp": match_timestamp,
    "duration": match_duration,
    "counter": match_counter,
    "prompt": match_call_to_action,
    "tail-prompt": match_closing_prompt,
    "read-on": match_read_more,
    "bio": match_author_bio,
    "signed": match_signature,
}
"""The patterns by the names that rules use."""

JOINABLE_MATCHERS = frozenset({"role-credit", "stamp", "duration", "counter"})
"""The patterns that may match a part of a line, between bars or dots; the others match whole lines only."""

DIGIT_MATCHERS = frozenset({"stamp", "duration", "counter"})
"""The patterns that match only lines with a digit, so that other lines need not be tested."""
