"""Shapes of boilerplate lines that hold in any language: a role and a name, dates and nothing else, a request.

A list of phrases knows the wordings it was written from. A shape wants several signals of different kinds (what the
line is made of, whether a name follows, how short it is) and takes from language only beginnings of words, which are in
``rules/shapes.toml``. Each reader takes a tidied line and says what it read, or ``None``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaning.lines.lexicon import HEAD, beginnings, has_word, listed, tokens, word_set
from cleaning.lines.people import people_of
from cleaning.lines.person_names import is_name, is_role, name_list, particles
from cleaning.resources import load_toml

LONGEST_CREDIT = 110
"""Characters of a line that names who did what."""
LONGEST_STAMP = 110
LONGEST_COUNT = 60
LONGEST_PROMPT = 240
MOST_WORDS = 28
"""Words of a request; in scripts without spaces it has :data:`MOST_UNSPACED` characters."""
MOST_UNSPACED = 60
FEW_WORDS = 12
LAST_REQUEST = 10
"""Characters at the end of a Japanese text among which a request has its verb."""
LABEL_WORDS = 5
VALUE_WORDS = 8

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
DATE = rf"{_DAY}(?:{_TIME})?"
"""A day as people write it, in the scripts of the rules, with or without a time."""

_DATE = re.compile(rf"(?<![\d+-]){DATE}(?![\d-])", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}[:.h時时]\s?\d{2}(?::\d{2})?分?", re.IGNORECASE)
_LABELLED = re.compile(r"(?P<label>[^\d:|=/・\u3000]{1,45}?)\s*(?:[:=|/・\u3000]|\s-\s)\s*(?P<value>\S.{1,80})")
_JOINT = re.compile(r"[:=|/・\u3000]|\s-\s")
_SHOUTED = re.compile(
    r"(?P<label>[^\W\d_a-zà-ÿа-я]{2,}(?: [^\W\d_a-zà-ÿа-я]{2,}){0,4}) (?P<value>[^\W\d_]\S*[a-zà-ÿа-я].{8,120})"
)
"""A label in capitals that needs no colon: "SUR LE MÊME SUJET Le pont rouvre"."""
_CLAUSE = re.compile(r"[.!?:,;|•·،؛…。！？、]+|\s-+\s|^-+")
_END_OF_SENTENCE = re.compile(r"[.!?…።۔؟।。！？][\"')]*$")
_KANA = re.compile(r"[\u3040-\u30ff]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_BESIDE_DIGITS = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
_DIGIT = re.compile(r"\d")
_SENTENCE_INSIDE = re.compile(r"[.!?。] +\S|\.$")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PERSON_ROLES = ("translators", "contributors", "editors", "authors")
_ROLES = ("translators", "photo_credits", "contributors", "editors", "credits", "authors")
"""In the order in which they are asked: 编译 translates, though 编 edits; a photo editor is no editor of the text."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a shape read: the field of the article that it fills, if any, and with what."""

    field: str | None = None
    value: str | None = None


NOTHING_SAID = Found()


def role_credit(text: str) -> Found | None:
    """A role and who filled it.

    >>> role_credit("Haberi düzenleyen: Yekta Bilgin")
    Found(field='editors', value='Yekta Bilgin')
    >>> role_credit("The anthology was edited by Naima Warfa")
    """
    last_word = text[text.rstrip(".").rfind(" ") + 1 :]
    is_joined = bool(_JOINT.search(text))
    if len(text) > LONGEST_CREDIT or not (is_joined or last_word[:1].isupper()) or not _may_name_a_role(text.lower()):
        return None
    match = _LABELLED.fullmatch(text) if is_joined else None
    if match and any(note in f" {match['label'].lower()}" for note in beginnings("notes", "words")):
        return None
    if match and len(match["label"].split()) <= LABEL_WORDS:
        return _filled(_role_of(match["label"].lower()), match["value"])
    if not last_word[:1].isupper():
        return None
    label, names = _parted(text.rstrip("."))
    if not names or not all(word in word_set("label_words", "words") or _role_of(word) for word in label):
        return None
    if all(" " in name for name in name_list(names)):
        return _filled(_role_of(" ".join(label)), names)
    return None


def _may_name_a_role(low: str) -> bool:
    """Whether a word in lower case begins as some role's does: most lines need no closer look."""
    return not low.isascii() or not _role_heads().isdisjoint([word[:HEAD] for word in low.split(" ")])


@cache
def _role_heads() -> frozenset[str]:
    return frozenset(stem.strip()[:HEAD] for role in _ROLES for stem in _stems(role))


def _filled(role: str | None, value: str) -> Found | None:
    """The role with its value, if that is one: names for people, a few words for a source or a photo."""
    if role is None:
        return None
    if role in _PERSON_ROLES:
        value = _ADDRESS.sub("", value).strip(" ,()|-")
        return Found(role, value) if people_of(value) else None
    words = tokens(value.lower())
    is_clause = words[:1] and words[0] in frozenset(load_toml("names")["clause_words"])
    if (
        is_clause
        or len(words) > VALUE_WORDS
        or (value[:1].islower() and (len(value.split()) > 3 or role == "photo_credits"))
    ):
        return None
    parts = [part.split() for part in re.split(r"\s*[/|,&()]\s*", value) if part]
    proper = [word for word in parts[0] if word.lower() not in particles()] if parts else []
    is_named = all(part[0][:1].isupper() or not part[0][:1].islower() for part in parts[1:])
    if role == "photo_credits" and not (is_named and not any(word[:1].islower() and len(word) > 3 for word in proper)):
        return None
    return None if _END_OF_SENTENCE.search(value) and len(words) > 4 else Found(role, value.strip(" .()"))


def _role_of(label: str) -> str | None:
    """The first role whose words a label in lower case has."""
    spaced = f" {label}"
    return next((role for role in _ROLES if any(stem in spaced for stem in _stems(role))), None)


@cache
def _stems(role: str) -> tuple[str, ...]:
    """Beginnings of words where a script's words are easily told apart; elsewhere they may stand anywhere."""
    words = load_toml("shapes")["roles"][role]
    return tuple(f" {word}" if word[0] < "\u0590" else word for word in words)


def _parted(text: str) -> tuple[list[str], str]:
    """A line as its first words in lower case, and the capitalised names that end it."""
    words = text.split(" ")
    start = len(words)
    while start and _may_be_in_names(words[start - 1]):
        start -= 1
    start = max(start, 1)  # the first word of a line is capitalised, whatever it is
    while start < len(words) and not words[start][:1].isupper():
        start += 1
    label = [word.strip(",").lower() for word in words[:start]]
    return (label, " ".join(words[start:])) if all(w[:1].islower() for w in words[1:start]) else (label, "")


_AND = frozenset({"and", "und", "et", "y", "&", "и", "та"})


def _may_be_in_names(word: str) -> bool:
    return word[:1].isupper() or word.lower() in particles() or word in _AND


def stamp(text: str) -> Found | None:
    """Dates, and nothing else but their labels and perhaps the site's name.

    >>> stamp("Stand: 03.03.2025, 14:05 Uhr")
    Found(field='published', value='03.03.2025, 14:05 Uhr')
    >>> stamp("On 3 March 2025 the pumps failed.")
    """
    if len(text) > LONGEST_STAMP or not _DIGIT.search(text):
        return None
    match = _DATE.search(text) or _relative().search(text.lower()) or _CLOCK.search(text)
    if match is None:
        return None
    parts = re.split(r"[|•·]| / ", text)
    plain = [part for part in parts if _is_stamp(part)]
    others = [part for part in parts if part not in plain]
    if not plain or any(len(tokens(part)) > 4 or _END_OF_SENTENCE.search(part) for part in others):
        return None
    before = text[: match.start()].lower()
    said = listed("stamp", "modified") + listed("stamp", "published")
    if (others and match.start() > len(parts[0])) or (match.re is _CLOCK and not any(stem in before for stem in said)):
        return None
    field = "modified" if any(stem in before for stem in listed("stamp", "modified")) else "published"
    return Found(field, match[0].strip(" ,-")) if match.re is _DATE else NOTHING_SAID


def _is_stamp(text: str) -> bool:
    rest = _CLOCK.sub(" ", _relative().sub(" ", _DATE.sub(" ", text).lower()))
    said = listed("stamp", "modified") + listed("stamp", "published")
    return rest != text.lower() and all(
        word in word_set("stamp", "beside") or word.startswith(said) or not any(map(str.isalpha, word))
        for word in tokens(rest)
    )


@cache
def _relative() -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(load_toml("shapes")["stamp"]["relative"]) + r")(?!\w)")


def duration(text: str) -> Found | None:
    """How long the article takes to read or to hear.

    >>> duration("Temps de lecture : 4 min."), duration("30 minutes")
    (Found(field=None, value=None), None)
    """
    if len(text) > LONGEST_COUNT or not _DIGIT.search(text):
        return None
    low = text.lower()
    words = tokens(_LETTERS_BESIDE_DIGITS.sub(" ", low.replace("-", " ")))
    if not 2 <= len(words) <= 8 or sum(word.isdigit() for word in words) != 1:
        return None
    is_time = any(word in word_set("duration", "minutes") or word[0] in "分분" for word in words)
    is_read = any(stem in f" {low}" for stem in beginnings("duration", "reading"))
    return NOTHING_SAID if is_time and is_read else None


def counter(text: str) -> Found | None:
    """How often the article was read or commented on.

    >>> counter("Yorumlar (3)"), counter("Three comments drew anger.")
    (Found(field=None, value=None), None)
    """
    if len(text) > LONGEST_COUNT or not _DIGIT.search(text):
        return None
    words = tokens(_LETTERS_BESIDE_DIGITS.sub(" ", text.lower()))
    numbers = [word for word in words if word.isdigit()]
    others = [word for word in words if not word.isdigit()]
    is_count = numbers and others and all(word in word_set("counter", "words") for word in others)
    return NOTHING_SAID if is_count and others != ["today"] else None


def prompt(text: str) -> Found | None:
    """A request that names a thing of the publication and says "us" or "our".

    >>> prompt("Don't miss out: turn on notifications in our app")
    Found(field=None, value=None)
    >>> prompt("Follow the path past the mill and the old dyke comes into view.")
    """
    return NOTHING_SAID if ("ours" in _signals(text) and len(_signals(text)) == 3) or _is_invitation(text) else None


def requests(text: str) -> bool:
    """Whether a text has a clause that opens with a request.

    >>> requests("Sign up for The Chalk Letter"), requests("The Chalk Letter is ten years old")
    (True, False)
    """
    return _requests(text.lower())


def tail_prompt(text: str) -> Found | None:
    """A request that names a thing of the publication: enough below the last paragraph.

    >>> tail_prompt("Activez les notifications pour être alerté")
    Found(field=None, value=None)
    """
    return NOTHING_SAID if {"request", "thing"} <= _signals(text) else None


def _is_invitation(text: str) -> bool:
    """A network's name and a request, or in very few words "us" or "our": "Nous sommes sur Telegram !"."""
    if len(text) > LONGEST_PROMPT or _END_OF_SENTENCE.search(text):
        return False
    words = tokens(text.lower())
    if len(words) > FEW_WORDS or not has_word("networks", words):
        return False
    return _requests(text.lower()) or (len(words) <= LABEL_WORDS and has_word("ours", words))


@lru_cache(maxsize=4096)
def _signals(text: str) -> frozenset[str]:
    """Which of a request's signals a short text has."""
    if len(text) > LONGEST_PROMPT or (not text.isascii() and len(_UNSPACED.findall(text)) > MOST_UNSPACED):
        return frozenset()
    low = text.lower()
    words = tokens(low)
    last = tokens(low[-LAST_REQUEST:]) if _KANA.search(low) else words
    if len(words) > MOST_WORDS or not has_word("thing", words) or not (has_word("final", last) or _requests(low)):
        return frozenset()
    return frozenset({"request", "thing", "ours"} if has_word("ours", words) else {"request", "thing"})


def _requests(low: str) -> bool:
    """Whether a clause opens with a request."""
    for clause in _CLAUSE.split(low):
        words = tokens(clause)
        words = words[1:] if words and words[0] in word_set("request", "joints") else words
        if any(
            " ".join((*words, "")).startswith(request) for request in _openings().get(words[0] if words else "", ())
        ):
            return True
    return False


@cache
def _openings() -> dict[str, tuple[str, ...]]:
    """The requests that open a clause, by their first word."""
    openings: dict[str, tuple[str, ...]] = {}
    for request in load_toml("shapes")["request"]["opening"]:
        first = request.partition(" ")[0]
        openings[first] = (*openings.get(first, ()), request[:-1] if request.endswith("*") else f"{request} ")
    return openings


def read_on(text: str) -> Found | None:
    """A label such as "Read also", in whatever wording, before a headline.

    >>> read_on("Sigue leyendo: Reabre el puente tras dos años")
    Found(field=None, value=None)
    >>> read_on("More: that was all the children wanted, and there was none.")
    """
    match = _LABELLED.fullmatch(text) if _JOINT.search(text) else _SHOUTED.fullmatch(text)
    if match is None or match["value"][:1].islower() or _SENTENCE_INSIDE.search(match["value"]):
        return None
    label = match["label"].replace("İ", "i").lower()
    if match.re is _SHOUTED:
        return NOTHING_SAID if label in _read_labels() else None
    words = tokens(label)
    joined = f" {' '.join(words)} "
    if any(label in joined for label in beginnings("read_on", "alone")) and len(words) <= LABEL_WORDS:
        return NOTHING_SAID
    has_verb = any(stem in joined for stem in beginnings("read_on", "verbs"))
    has_more = any(stem in joined for stem in beginnings("read_on", "more"))
    return NOTHING_SAID if has_verb and has_more and len(words) <= LABEL_WORDS else None


@cache
def _read_labels() -> frozenset[str]:
    """The labels that are written out in the rule for them."""
    labels = next(rule for rule in load_toml("lines")["rule"] if rule["id"] == "read-also")["labels_with_colon"]
    return frozenset(label for of_language in labels.values() for label in of_language)


def signed(text: str) -> Found | None:
    """A full name and an office of the press, and nothing else.

    >>> signed("Marina Olmedo, corresponsal en Lima")
    Found(field='authors', value='Marina Olmedo')
    >>> signed("Marina Olmedo, who was late")
    """
    name, comma, office = text.partition(", ")
    if not comma or not name[:1].isupper() or " " not in name:
        return None
    first = " ".join(office.lower().split()[:2])
    is_office = bool(first) and (is_role(first) or _role_of(first) == "authors")
    is_short = len(office.split()) <= LABEL_WORDS and not re.search(r"[,;.!?]", office)
    return Found("authors", name) if is_office and is_short and is_name(name) else None


def bio(text: str) -> Found | None:
    """Who the author is, in the publication's words: a name, "is", and a trade of the press.

    >>> bio("Torben Haske ist Redakteur beim Deichboten.")
    Found(field=None, value=None)
    >>> bio("Amina is a nurse who covers three wards.")
    """
    match = _BIO.match(text)
    if match is None or len(text) > LONGEST_PROMPT or not name_list(match["name"]):
        return None
    rest = f" {match['rest'].lower()}"
    return NOTHING_SAID if any(0 <= rest.find(trade) <= 60 for trade in beginnings("bio", "words")) else None


_BIO = re.compile(
    r"(?P<name>[^\W\d_][^\s\d_,;:!?()\[\]\"|/]*(?: [^\W\d_][^\s\d_,;:!?()\[\]\"|/]*){1,4}?),?"
    r" (?:is|est|é|es|ist|è|jest|arbeitet|schreibt|travaille|trabaja|waa|ni|adalah|-) (?P<rest>.+)"
)

READERS: dict[str, Callable[[str], Found | None]] = {
    "role-credit": role_credit,
    "stamp": stamp,
    "duration": duration,
    "counter": counter,
    "prompt": prompt,
    "tail-prompt": tail_prompt,
    "read-on": read_on,
    "bio": bio,
    "signed": signed,
}
"""The shapes that a rule may name."""

JOINED = frozenset({"role-credit", "stamp", "duration", "counter"})
"""The shapes of which one line may have several, with a bar or a dot between them."""

COUNTING = frozenset({"stamp", "duration", "counter"})
"""The shapes that need a digit."""
