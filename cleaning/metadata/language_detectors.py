"""The doors of the libraries that tell languages: langdetect, and pycld2 where it is asked for.

langdetect (pure Python, 55 languages) answers differently from run to run unless it is seeded, and spends its time on
languages that the script of a text rules out: it is asked only for the languages of the script.

pycld2 (a C library, some 80 languages, 0.05 ms) is right on more short texts. Its answers differ from langdetect's, and
two machines that clean one corpus must not differ because one of them has a package more: it is used only where the
environment variable ``CLEANWIRE_LANGUAGE_DETECTOR`` is ``pycld2``, and then it must be installed.
"""

import json
import os
import re
from functools import cache
from importlib.resources import files
from typing import Any

DETECTOR_VARIABLE = "CLEANWIRE_LANGUAGE_DETECTOR"

# pycld2 refuses texts with characters that no UTF-8 text should hold.
_INVALID_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_OLD_CODES = {"iw": "he", "in": "id", "jw": "jv", "ji": "yi", "mo": "ro", "nb": "no", "nn": "no", "sh": "hr"}


def run_detector(text: str, languages: tuple[str, ...]) -> tuple[str, float]:
    """The language of a text among those of its script, and the probability; ``("", 0.0)`` where there is none.

    Raises:
        ValueError: the environment variable names a detector that there is not.
        ModuleNotFoundError: it names pycld2, which is not installed.
    """
    detector = os.environ.get(DETECTOR_VARIABLE) or "langdetect"
    if detector == "langdetect":
        return detect_with_langdetect(text, languages)
    if detector == "pycld2":
        return detect_with_pycld2(text)
    raise ValueError(f"{DETECTOR_VARIABLE} is {detector!r}: it may be langdetect or pycld2")


def detect_with_langdetect(text: str, languages: tuple[str, ...]) -> tuple[str, float]:
    """langdetect's answer among some of the languages that it knows."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _build_factory(languages).create()
    detector.append(text)
    try:
        best = detector.get_probabilities()
    except LangDetectException:  # nothing in it that a profile knows
        return "", 0.0
    return (best[0].lang, best[0].prob) if best else ("", 0.0)


@cache
def _build_factory(languages: tuple[str, ...]) -> Any:
    """langdetect's tables for some languages; it draws its samples from a seed that is always the same."""
    from langdetect.detector_factory import DetectorFactory
    from langdetect.utils.lang_profile import LangProfile

    factory = DetectorFactory()
    factory.set_seed(0)
    for place, language in enumerate(languages):
        profile = json.loads((files("langdetect") / "profiles" / language).read_text("utf-8"))
        factory.add_profile(LangProfile(**profile), place, len(languages))
    return factory


def detect_with_pycld2(text: str) -> tuple[str, float]:
    """pycld2's answer; it gives no probability, but says whether it holds itself for reliable."""
    import pycld2

    try:
        reliable, _, found = pycld2.detect(_INVALID_CHARACTERS.sub(" ", text), bestEffort=True)
    except pycld2.error:
        return "", 0.0
    code = found[0][1]
    if code == "un":
        return "", 0.0
    return _OLD_CODES.get(code, code).split("-")[0], 0.99 if reliable else 0.5
