"""Repair pages whose UTF-8 was read as Windows-1252 and encoded again, so that "é" became "Ã©"."""

import re

MIN_SEQUENCES = 3
"""Damaged characters that a page has at least; one or two may be what an article on encodings shows."""
MAX_UNSAMPLED = 48_000
"""Characters of the longest page that is searched as a whole for signs of damage."""
MIN_DAMAGED_SHARE = 0.8
"""Share of the characters beyond ASCII that are damaged. Menus from another source may be right."""

# The bytes of UTF-8 beyond ASCII, as Windows-1252 shows them. It leaves five of them undefined: those stay as they are.
_CHARACTERS = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100))
_TO_BYTE = {chr(byte): byte for byte in range(0x80, 0xA0)} | {c: byte for byte, c in enumerate(_CHARACTERS, 0x80)}


def _build_class(first: int, last: int) -> str:
    """Return the pattern of the characters that stand for a range of bytes."""
    return f"[{re.escape(''.join(char for char, byte in _TO_BYTE.items() if first <= byte <= last))}]"


_NEXT = _build_class(0x80, 0xBF)
_SEQUENCE = re.compile(
    f"{_build_class(0xC2, 0xDF)}{_NEXT}|{_build_class(0xE0, 0xEF)}{_NEXT}{{2}}|{_build_class(0xF0, 0xF4)}{_NEXT}{{3}}"
)
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
# Letters that begin damaged characters and are rare in others, and the commonest characters of Japanese and Chinese.
_HINTS = ("Ã", "Â", "â€", "Ð", "Ø", "Å", "Ä", "Î", "×", "ã\x81", "ã\u201a", "ã\u0192", "ç\u0161\u201e", "ç\x9a\x84")


def repair_mojibake(text: str) -> str:
    """Return the text of a page with its twice-encoded characters repaired; other pages are returned unchanged.

    >>> repair_mojibake("Un Ã©tÃ© Ã\\u00a0 la mer, dâ€™aprÃ¨s lui.")
    'Un été à la mer, d’après lui.'
    >>> repair_mojibake("Un été à la mer")
    'Un été à la mer'
    """
    if text.isascii():
        return text
    # A damaged page is damaged all over, so that a sample shows it in a quarter of the time.
    sample = text if len(text) <= MAX_UNSAMPLED else "".join(text[i : i + 6_000] for i in range(0, len(text), 24_000))
    if not any(hint in sample for hint in _HINTS):
        return text
    damaged = [match[0] for match in _SEQUENCE.finditer(text) if _decode(match[0]) != match[0]]
    length = sum(map(len, damaged))
    if len(damaged) < MIN_SEQUENCES or len(_NON_ASCII.findall(text)) * MIN_DAMAGED_SHARE > length:
        return text
    return _SEQUENCE.sub(lambda match: _decode(match[0]), text)


def _decode(sequence: str) -> str:
    """Return the character whose UTF-8 a sequence of characters shows; the sequence itself if it is not valid."""
    try:
        return bytes(_TO_BYTE[character] for character in sequence).decode("utf-8")
    except UnicodeDecodeError:
        return sequence
