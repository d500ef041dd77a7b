"""The spellings of a text that are matched and compared, instead of the text itself."""

import re
import unicodedata

EDGE_MARKS = " .:;,|·•*()[]-_/<>\t▶►▸■□●◆★☆➤→⇒"
"""Bullets, brackets, stops and spaces that may surround a line."""

# One character for one character, so that places in the tidied text are places in the text.
_PUNCTUATION_TABLE = str.maketrans(
    {
        char: plain
        for plain, chars in {
            "-": "‐‑‒–—―−﹣－",
            "'": "‘’‚‛ʼ",
            '"': "“”„‟",
            ":": "：፦፡",
            "(": "（",
            ")": "）",
            "[": "［【",
            "]": "］】",
            ".": "。．",
            ",": "，፣",
            ";": "；؛",
            "|": "｜",
            "/": "／",
            "=": "＝",
            " ": "\u00a0\u202f\u2009",
        }.items()
        for char in chars
    }
)
_NON_LETTERS = re.compile(r"[\W_]+")


def normalize_punctuation(text: str) -> str:
    """The spelling that rules match: ASCII dashes, quotes and brackets, as long as the text itself.

    >>> normalize_punctuation("Axadle international–Monitoring：“x”")
    'Axadle international-Monitoring:"x"'
    """
    return text if text.isascii() else text.translate(_PUNCTUATION_TABLE)


def strip_edge_marks(text: str) -> str:
    """A tidied line without the bullets, brackets and stops around it.

    >>> strip_edge_marks("- (Edited by Ali Musa)")
    'Edited by Ali Musa'
    """
    return text.strip(EDGE_MARKS) or text


def fold_case(text: str) -> str:
    """A tidied text in lower case, as long as the text itself: Turkish İ alone has a longer lower case."""
    return text.replace("İ", "i").lower()


def extract_letters(text: str) -> str:
    """The letters and digits of a text, as they are: spaces and marks get lost on the way, or change.

    >>> extract_letters("“We slept – on deck”")
    'Wesleptondeck'
    """
    return _NON_LETTERS.sub("", text)


def fold_text(text: str) -> str:
    """Letters and digits of a text, without case and accents: for comparing, never for showing."""
    return extract_letters(unicodedata.normalize("NFKD", text.casefold()))
