"""Normalised spellings of a text, for matching and comparing; the text of the article itself is never changed."""

import re
import unicodedata

EDGE_MARKS = " .:;,|·•*()[]-_/<>\t▶►▸■□●◆★☆➤→⇒"
"""Bullets, brackets, punctuation and spaces that may surround a boilerplate line."""

# Each character is replaced by exactly one, so that a position in the normalised text is also one in the original: the
# rules match the former, and the latter is cut.
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
    """Return the spelling that rules match: with ASCII dashes, quotes, brackets and spaces.

    The result has the length of the text, so that positions in it are valid in the text.

    >>> normalize_punctuation("Axadle international–Monitoring：“x”")
    'Axadle international-Monitoring:"x"'
    """
    return text if text.isascii() else text.translate(_PUNCTUATION_TABLE)


def strip_edge_marks(text: str) -> str:
    """Return a normalised line without the bullets, brackets and punctuation around it.

    A line of nothing else is returned unchanged.

    >>> strip_edge_marks("- (Edited by Ali Musa)")
    'Edited by Ali Musa'
    """
    return text.strip(EDGE_MARKS) or text


def fold_case(text: str) -> str:
    """Return a normalised text in lower case, with the same length, so that positions in it stay valid.

    ``str.lower`` alone does not do: the lower case of the Turkish ``İ`` is two characters.

    >>> fold_case("İZMİR"), len("İZMİR".lower())
    ('izmir', 7)
    """
    return text.replace("İ", "i").lower()


def extract_letters(text: str) -> str:
    """Return only the letters and digits of a text.

    Used to find a text again that another tool has processed, since spaces and punctuation may have changed.

    >>> extract_letters("“We slept – on deck”")
    'Wesleptondeck'
    """
    return _NON_LETTERS.sub("", text)


def fold_text(text: str) -> str:
    """Return the letters and digits of a text without case and accents. It is for comparison, never for display.

    >>> fold_text("Ségou: la crue!") == fold_text("SEGOU – LA CRUE")
    True
    """
    return extract_letters(unicodedata.normalize("NFKD", text.casefold()))
