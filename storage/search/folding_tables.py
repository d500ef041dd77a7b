"""Tables for `storage.search.folding`: the characters of words, and the characters to which they are folded."""

import unicodedata

# Scripts without spaces between words, and Hangul, where particles are attached to words. Their characters are words of
# their own. Digits and combining marks are not included: they stay with the word or the character that they belong to.
UNSPACED_SCRIPTS_BMP = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066"
    "\u106e-\u1070\u1075-\u1081\u108e"  # Burmese
    "\u1780-\u17b3\u17d7\u17dc"  # Khmer
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\uff66-\uff9d"  # Kana
    "\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han, Bopomofo
    "\u3131-\u318e\uac00-\ud7a3\uffa0-\uffdc"  # Hangul
)
"""The content of a character class for regular expressions; only characters up to U+FFFF."""
UNSPACED_SCRIPTS = f"{UNSPACED_SCRIPTS_BMP}\U00020000-\U0003ffff"

JAMO_SYLLABLE = "[\u1100-\u115f\ua960-\ua97c][\u1160-\u11ff\ud7b0-\ud7fb]{0,4}"
"""A regular expression for a Hangul syllable in decomposed form, as macOS writes it."""

APOSTROPHES = "'’‘‛ʼʻʽʾʿ`´′ʹ＇՚׳ꞌˈ"

_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),  # zero-width space, joiners, directions
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0xFEFF, 0xFEFF),
)

# Marks above and below letters without which a text can be read: accents, Hebrew points, Arabic vowel marks. The marks
# of Indic and South-East Asian scripts are vowels; without them, different words would be equal.
_DROPPED_MARKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),
    (0x05BF, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0711, 0x0711),
    (0x0730, 0x074A),
    (0x08CA, 0x08FF),
    (0x135D, 0x135F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
)

# Letters that Unicode does not decompose, although people also type them with plain letters. Ligatures, circled digits
# and full-width letters are not in this table: compatibility decomposition (NFKD) handles them.
_LETTERS = {
    **dict(zip("ıøłđðħŧɓɗƙƴəǝ", "ioldhhtbdkyee", strict=True)),
    "ð": "d",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    # Arabic: alef wasla, dotless and Persian ya, ta marbuta, Persian and Urdu kaf and ha. Tatweel only stretches a
    # word.
    **dict(zip("ٱىیةکہھە", "اييهكههه", strict=True)),
    "ـ": "",
    # Devanagari: the dot under letters for borrowed sounds (nukta) is often left out, and candrabindu is often written
    # as anusvara.
    "\u093c": "",
    "\u0901": "\u0902",
}

# Amharic has several letters for the same sound, and writers choose freely. A row of the syllabary has seven orders
# (one a vowel) and is named by its first letter; in two rows, the fourth order sounds like the first.
_ETHIOPIC_ROWS = {"ሐ": "ሀ", "ኀ": "ሀ", "ኸ": "ሀ", "ሠ": "ሰ", "ዐ": "አ", "ፀ": "ጸ"}
_ETHIOPIC_ORDERS = 7
_ETHIOPIC_FOURTH = {"ሃ": "ሀ", "ኣ": "አ"}

_LAST_SCRIPT = 0x1F000
"""Code points from here on are symbols and Han characters, which need no folding. Limits the loops below."""


def _map_ethiopic() -> dict[int, str]:
    rows = {
        ord(letter) + order: chr(ord(plain) + order)
        for letter, plain in _ETHIOPIC_ROWS.items()
        for order in range(_ETHIOPIC_ORDERS)
    }
    return {code: _ETHIOPIC_FOURTH.get(plain, plain) for code, plain in rows.items()} | {
        ord(letter): plain for letter, plain in _ETHIOPIC_FOURTH.items()
    }


def _list_characters(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


def _build_folded_letters() -> dict[int, str]:
    table = dict.fromkeys(map(ord, _list_characters(_DROPPED_MARKS)), "")
    for code in range(0x300, _LAST_SCRIPT):
        # Digits of all scripts become ASCII digits: Arabic and Indic newspapers use either.
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table | {ord(letter): plain for letter, plain in _LETTERS.items()} | _map_ethiopic()


INVISIBLE = _list_characters(_INVISIBLE_RANGES)
"""Invisible characters that may be inside of a word: soft hyphens, joiners, direction marks."""

MARKS = "".join(chr(code) for code in range(0x300, _LAST_SCRIPT) if unicodedata.category(chr(code)).startswith("M"))
"""All combining marks."""
MARKS_BMP = "".join(mark for mark in MARKS if mark <= "\uffff")
"""Those up to U+FFFF."""

PLAIN_APOSTROPHES = dict.fromkeys(map(ord, APOSTROPHES), "'") | dict.fromkeys(map(ord, INVISIBLE), "")
"""A table for ``str.translate``, to be used before compatibility decomposition, which splits some apostrophes into a
space and an accent."""

FOLDED_LETTERS = _build_folded_letters()
"""A table for ``str.translate``, to be used after decomposition and case folding."""
