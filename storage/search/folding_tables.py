"""Tables behind `storage.search.folding`: which characters make up words, and what each is folded to."""

import unicodedata

# Scripts that write without spaces between words, and Hangul, which joins particles to its words. Digits and
# marks are not among them.
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
"""As a regular expression's character class has them; first plane: the characters up to U+FFFF."""
UNSPACED_SCRIPTS = f"{UNSPACED_SCRIPTS_BMP}\U00020000-\U0003ffff"

JAMO_SYLLABLE = "[\u1100-\u115f\ua960-\ua97c][\u1160-\u11ff\ud7b0-\ud7fb]{0,4}"
"""A Hangul syllable that came in its parts, as macOS writes file names; a regular expression."""

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

# Marks above and below that a language can be read without. Those of Indic and south-east Asian scripts are
# vowels, and stay.
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

# What Unicode does not decompose and people type otherwise; of ligatures, digits in circles and full-width
# letters it knows.
_LETTERS = {
    **dict(zip("ıøłđðħŧɓɗƙƴəǝ", "ioldhhtbdkyee", strict=True)),
    "ð": "d",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    # Alef of union, dotless and Persian ya, ta marbuta, Persian and Urdu kaf and ha; tatweel goes.
    **dict(zip("ٱىیةکہھە", "اييهكههه", strict=True)),
    "ـ": "",
    # Devanagari: the dot under borrowed sounds is often left out, candrabindu is written as anusvara.
    "\u093c": "",
    "\u0901": "\u0902",
}

# Amharic writes one sound with several letters: rows of the syllabary by their first letter, in seven orders,
# and the fourth order of two rows, which sounds like their first.
_ETHIOPIC_ROWS = {"ሐ": "ሀ", "ኀ": "ሀ", "ኸ": "ሀ", "ሠ": "ሰ", "ዐ": "አ", "ፀ": "ጸ"}
_ETHIOPIC_ORDERS = 7
_ETHIOPIC_FOURTH = {"ሃ": "ሀ", "ኣ": "አ"}

_LAST_SCRIPT = 0x1F000
"""Beyond are signs, Han characters and nothing else that matters here."""


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
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table | {ord(letter): plain for letter, plain in _LETTERS.items()} | _map_ethiopic()


INVISIBLE = _list_characters(_INVISIBLE_RANGES)
"""Characters that words may hold and nobody sees."""

MARKS = "".join(chr(code) for code in range(0x300, _LAST_SCRIPT) if unicodedata.category(chr(code)).startswith("M"))
"""Every combining mark."""
MARKS_BMP = "".join(mark for mark in MARKS if mark <= "\uffff")

PLAIN_APOSTROPHES = dict.fromkeys(map(ord, APOSTROPHES), "'") | dict.fromkeys(map(ord, INVISIBLE), "")
"""For ``str.translate``, before compatibility decomposition, which takes some apostrophes apart."""

FOLDED_LETTERS = _build_folded_letters()
"""For ``str.translate``, after decomposition and case folding."""
