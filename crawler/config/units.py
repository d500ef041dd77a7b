"""Lengths of time and sizes as people write them: ``1h30m``, ``20GB``."""

import re
from typing import Final

_DURATION: Final = re.compile(
    r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII | re.IGNORECASE
)
_UNIT_SECONDS: Final = (86_400, 3_600, 60, 1)
_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?i?b?)", re.ASCII | re.IGNORECASE)
_UNIT_BYTES: Final[dict[str, int]] = {"": 1, **{unit: 1000**power for power, unit in enumerate("kmgt", 1)}}
_UNIT_BYTES.update({f"{unit}i": 1024**power for power, unit in enumerate("kmgt", 1)})


def parse_duration(text: str) -> float:
    """Seconds of a length of time in days, hours, minutes and seconds; a bare number is seconds.

    >>> parse_duration("90"), parse_duration("10m"), parse_duration("1h30m"), parse_duration("7d")
    (90.0, 600.0, 5400.0, 604800.0)

    Raises ValueError, with the end of a sentence, on anything else and on no time at all.
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise ValueError("is no length of time: write 90s, 10m, 1h30m or 7d")
    seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNIT_SECONDS, strict=True))
    if not seconds:
        raise ValueError("is no time at all")
    return float(seconds)


def format_duration(seconds: float) -> str:
    """A length of time as ``parse_duration`` reads it; parts of a second are dropped.

    >>> format_duration(5400), format_duration(604800), format_duration(90), format_duration(86400)
    ('1h30m', '7d', '1m30s', '1d')
    """
    rest, text = int(seconds), ""
    for letter, unit in zip("dhms", _UNIT_SECONDS, strict=True):
        count, rest = divmod(rest, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"


def parse_size(text: str) -> int:
    """Bytes of a size. KB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB of 1024.

    >>> parse_size("20GB"), parse_size("1.5 MB"), parse_size("64KiB"), parse_size("512B")
    (20000000000, 1500000, 65536, 512)

    Raises ValueError, with the end of a sentence, on anything else and on nothing at all.
    """
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].lower().removesuffix("b") if match else None
    if match is None or unit not in _UNIT_BYTES:
        raise ValueError("is no size: write 500MB, 20GB or 1TB")
    size = round(float(match[1]) * _UNIT_BYTES[unit])
    if not size:
        raise ValueError("is nothing at all")
    return size


def format_size(size: int) -> str:
    """A size as ``parse_size`` reads it, in the largest unit that leaves it whole.

    >>> format_size(20_000_000_000), format_size(1_500_000), format_size(65_536)
    ('20GB', '1500KB', '65536B')
    """
    for unit in ("t", "g", "m", "k"):
        if size and size % _UNIT_BYTES[unit] == 0:
            return f"{size // _UNIT_BYTES[unit]}{unit.upper()}B"
    return f"{size}B"
