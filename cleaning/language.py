"""The language of a text: langdetect's one door, and what it cannot tell.

langdetect answers differently from run to run unless it is seeded, knows 55 languages only, and is as sure of a
language it does not know (Pashto: "fa", p = 1.0) as of one it knows. Script rules go first, the page's own statement
comes last.
"""

import re
from functools import cache
from typing import Any

UNKNOWN = "unknown"
SAMPLE = 800
"""Characters looked at: the answer is the same on 600 as on 4,000, at a third of the time."""
ENOUGH_LETTERS = 20
"""Letters below which a detector guesses."""
CERTAIN = 0.90
"""Probability from which on langdetect's answer is taken."""

_LETTERS = re.compile(r"[^\W\d_]")
_SCRIPTS = {
    "ethiopic": re.compile(r"[\u1200-\u139f]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "hangul": re.compile(r"[\uac00-\ud7af]"),
    "han": re.compile(r"[\u3400-\u9fff]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
}
_SCRIPT_OF_LANGUAGE = {
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ckb", "ug", "sd"), "arabic"),
    **dict.fromkeys(("ru", "uk", "bg", "mk", "sr", "kk", "ky", "mn", "be", "tg"), "cyrillic"),
    **dict.fromkeys(("am", "ti"), "ethiopic"),
    "zh": "han",
    "ja": "kana",
    "ko": "hangul",
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
    sample = text[:SAMPLE]
    letters = len(_LETTERS.findall(sample))
    prior = (stated or "").strip().replace("_", "-").split("-")[0].casefold()
    if letters == 0:
        return UNKNOWN, 0.0
    script = _script(sample, letters)
    by_script = _language_by_script(script, sample)
    if by_script:
        return by_script, 0.99
    language, probability = _detected(sample) if letters >= ENOUGH_LETTERS else (UNKNOWN, 0.0)
    if probability >= CERTAIN:
        return language, round(probability, 4)
    if len(prior) == 2 and letters >= ENOUGH_LETTERS and _SCRIPT_OF_LANGUAGE.get(prior, "latin") == script:
        return prior, 0.5
    return UNKNOWN, 0.0


def _script(sample: str, letters: int) -> str:
    """The script of most letters, "other" for those no rule needs; kana wins over Han, which Japanese uses too."""
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS.items()}
    if counts["kana"] > 0.05 * letters and counts["kana"] + counts["han"] > 0.5 * letters:
        return "kana"
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else "other"


def _language_by_script(script: str, sample: str) -> str | None:
    """The language where its script or its own letters leave no doubt."""
    match script:
        case "ethiopic":
            return "ti" if re.search(r"ኣ|እዩ|ናይ", sample) else "am"
        case "kana":
            return "ja"
        case "hangul":
            return "ko"
        case "han":
            return "zh"
        case "arabic":
            return _first_by_letters(sample, (("ps", "ټډړږښڼځڅې"), ("ur", "ٹڈڑںےہ"), ("fa", "پچژگ")))
        case "cyrillic":
            return _first_by_letters(sample, (("kk", "әғқңөұүһ"), ("uk", "їєґ"), ("be", "ў")))
        case "latin":
            return _first_by_letters(sample, (("az", "əƏ"), ("ha", "ɓɗƙ")))
    return None


def _first_by_letters(sample: str, tests: tuple[tuple[str, str], ...]) -> str | None:
    """The first language of whose own letters the sample has more than a stray one."""
    return next((language for language, own in tests if sum(sample.count(char) for char in own) >= 3), None)


def _detected(sample: str) -> tuple[str, float]:
    detector = _detector().create()
    detector.append(sample)
    from langdetect.lang_detect_exception import LangDetectException

    try:
        best = detector.get_probabilities()
    except LangDetectException:  # no letters of a script it knows
        return UNKNOWN, 0.0
    return (best[0].lang.split("-")[0], best[0].prob) if best else (UNKNOWN, 0.0)


@cache
def _detector() -> Any:
    from langdetect import detector_factory

    detector_factory.DetectorFactory.seed = 0
    detector_factory.init_factory()
    return detector_factory._factory
