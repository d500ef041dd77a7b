"""The spellings of a text that are matched and compared, instead of the text itself."""

import re
import unicodedata

EDGE_MARKS = " .:;,|·•*()[]-_/<>\t▶►▸■□●◆★☆➤→⇒"
"""Bullets, brackets, stops and spaces that may surround a line."""

# One character for one character, so that places in the tidied text are places in the text.
_TIDY = str.maketrans(
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
_MARKS = re.compile(r"[\W_]+")


def tidy(text: str) -> str:
    """The spelling that rules match: ASCII dashes, quotes and brackets, as long as the text itself.

    >>> tidy("Axadle international–Monitoring：“x”")
    'Axadle international-Monitoring:"x"'
    """
    return text if text.isascii() else text.translate(_TIDY)


def bare(text: str) -> str:
    """A tidied line without the bullets, brackets and stops around it.

    >>> bare("- (Edited by Ali Musa)")
    'Edited by Ali Musa'
    """
    return text.strip(EDGE_MARKS) or text


def plain(text: str) -> str:
    """A tidied text in lower case, as long as the text itself: Turkish İ alone has a longer lower case."""
    return text.replace("İ", "i").lower()


def letters(text: str) -> str:
    """The letters and digits of a text, as they are: spaces and marks get lost on the way, or change.

    >>> letters("“We slept – on deck”")
    'Wesleptondeck'
    """
    return _MARKS.sub("", text)


def folded(text: str) -> str:
    """Letters and digits of a text, without case and accents: for comparing, never for showing."""
    return letters(unicodedata.normalize("NFKD", text.casefold()))
