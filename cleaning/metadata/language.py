"""The language of a text: by its script and letters, else by a detector, else by what the page says of itself.

A detector is as sure of a language that it does not know (Pashto: "fa", p = 1.0) as of one that it knows. Scripts,
letters and small words of a language's own go first, the page's own statement comes last.
"""

import re
from collections import Counter
from itertools import chain, repeat

from cleaning.metadata.language_detectors import run_detector
from cleaning.resources import load_toml

UNKNOWN_LANGUAGE = "unknown"
SAMPLE_CHARACTERS = 800
"""Characters looked at."""
MIN_LETTERS = 20
"""Letters below which a detector guesses; half of them are enough where it chooses among a few languages."""
MAX_FEW_LANGUAGES = 4
MIN_PROBABILITY = 0.90
"""Probability from which on a detector's answer is taken."""
LETTERS_CONFIDENCE = 0.99
"""Confidence in a language that its script, letters or words give away."""
DECLARED_CONFIDENCE = 0.5
"""Confidence in a language that only the page's own statement tells."""
MIN_FUNCTION_WORD_SHARE = 0.2
"""Share of the words that are a language's small words, from which on they decide: 95 % of 918 pages have it."""
MIN_LEAD_RATIO = 1.5
"""How many times as many as the next language's they must be. With both, 856 of 943 pages need no detector, and none
was told wrong. Half the share, and any lead, is enough for a language that the detector does not know: it would name
another one."""

_KNOWLEDGE = load_toml("languages")
_LETTERS = re.compile(r"[^\W\d_]")
_WORDS = re.compile(r"[^\W\d_]+")
_SCRIPTS: dict[str, re.Pattern[str]] = {
    name: re.compile(f"[{script['letters']}]") for name, script in _KNOWLEDGE["scripts"].items()
}
_LANGUAGES_BY_SCRIPT = {name: tuple(script["languages"]) for name, script in _KNOWLEDGE["scripts"].items()}
_OWN_LETTERS: dict[str, dict[str, str]] = {entry["script"]: entry["of"] for entry in _KNOWLEDGE["letters"]}
_LANGUAGES_BY_WORD: dict[str, list[str]] = {}
for _language, _words in _KNOWLEDGE["words"].items():
    for _word in set(_words.split()):
        _LANGUAGES_BY_WORD.setdefault(_word, []).append(_language)
_SCRIPT_BY_LANGUAGE = {
    **{language: name for name, languages in _LANGUAGES_BY_SCRIPT.items() for language in languages},
    **{language: name for name, letters in _OWN_LETTERS.items() for language in letters},
    "ti": "ethiopic",
}


def detect_language(text: str, stated: str | None = None) -> tuple[str, float]:
    """The language of a text, with a confidence of 0.0 to 1.0.

    Args:
        text: cleaned prose; boilerplate in another language would decide over a short text.
        stated: what the page says (``lang="en-US"``), used where the text alone does not decide.

    Returns:
        An ISO 639-1 code in lower case, or ``("unknown", 0.0)``.

    >>> detect_language("Wararka maanta ee magaalada Muqdisho ayaa sheegaya in roob badan uu da'ay.")[0]
    'so'
    >>> detect_language("OK")
    ('unknown', 0.0)
    """
    sample = text[:SAMPLE_CHARACTERS]
    letters = len(_LETTERS.findall(sample))
    script = _detect_script(sample, letters)
    if script is None:
        return UNKNOWN_LANGUAGE, 0.0
    given_away = _detect_by_letters(sample, script, letters) or _detect_by_words(sample, script)
    if given_away:
        return given_away, LETTERS_CONFIDENCE
    languages = _LANGUAGES_BY_SCRIPT[script]
    if len(languages) == 1:
        return languages[0], LETTERS_CONFIDENCE
    if letters < (MIN_LETTERS if len(languages) > MAX_FEW_LANGUAGES else MIN_LETTERS / 2):
        return UNKNOWN_LANGUAGE, 0.0
    language, probability = run_detector(sample, languages)
    if probability >= MIN_PROBABILITY:
        return language, round(probability, 4)
    prior = (stated or "").strip().replace("_", "-").split("-")[0].casefold()
    if len(prior) == 2 and _SCRIPT_BY_LANGUAGE.get(prior, "latin") == script:
        return prior, DECLARED_CONFIDENCE
    return UNKNOWN_LANGUAGE, 0.0


def _detect_script(sample: str, letters: int) -> str | None:
    """The script of most letters; kana wins over Han, which Japanese uses too."""
    found = [name for name, pattern in _SCRIPTS.items() if pattern.search(sample)]
    if len(found) < 2:
        return found[0] if found else None
    counts = {name: len(_SCRIPTS[name].findall(sample)) for name in found}
    kana, han = counts.get("kana", 0), counts.get("han", 0)
    if kana > 0.05 * letters and kana + han > 0.5 * letters:
        return "kana"
    return max(counts, key=lambda name: counts[name])


def _detect_by_letters(sample: str, script: str, letters: int) -> str | None:
    """The language of whose own letters the sample has more than a stray one."""
    if script == "ethiopic":
        return "ti" if re.search(r"ኣ|እዩ|ናይ", sample) else "am"
    lowered = sample.casefold()
    enough = min(3, 1 + letters // 100)
    return next(
        (
            language
            for language, own in _OWN_LETTERS.get(script, {}).items()
            if sum(lowered.count(letter) for letter in own) >= enough
        ),
        None,
    )


def _detect_by_words(sample: str, script: str) -> str | None:
    """The language whose small words make up a good part of the sample, and far more of it than any other's."""
    if script != "latin":
        return None
    words = _WORDS.findall(sample.casefold())
    counts = Counter(chain.from_iterable(map(_LANGUAGES_BY_WORD.get, words, repeat(()))))
    (first, most), (_, next_most) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
    share, ahead = (
        (MIN_FUNCTION_WORD_SHARE, MIN_LEAD_RATIO)
        if first in _LANGUAGES_BY_SCRIPT["latin"]
        else (MIN_FUNCTION_WORD_SHARE / 2, 1.1)
    )
    return first if most >= max(3, share * len(words)) and most >= ahead * next_most else None
