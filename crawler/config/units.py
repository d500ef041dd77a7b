"""Lengths of time and sizes as people write them: ``1h30m``, ``20GB``."""

import re
from typing import Final

_DURATION: Final = re.compile(
    r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII | re.IGNORECASE
)
_SECONDS: Final = (86_400, 3_600, 60, 1)
_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?i?b?)", re.ASCII | re.IGNORECASE)
_BYTES: Final[dict[str, int]] = {"": 1, **{unit: 1000**power for power, unit in enumerate("kmgt", 1)}}
_BYTES.update({f"{unit}i": 1024**power for power, unit in enumerate("kmgt", 1)})


def seconds_of(text: str) -> float:
    """Seconds of a length of time in days, hours, minutes and seconds; a bare number is seconds.

    >>> seconds_of("90"), seconds_of("10m"), seconds_of("1h30m"), seconds_of("7d")
    (90.0, 600.0, 5400.0, 604800.0)

    Raises ValueError, with the end of a sentence, on anything else and on no time at all.
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise ValueError("is no length of time: write 90s, 10m, 1h30m or 7d")
    seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _SECONDS, strict=True))
    if not seconds:
        raise ValueError("is no time at all")
    return float(seconds)


def duration_text(seconds: float) -> str:
    """A length of time as ``seconds_of`` reads it; parts of a second are dropped.

    >>> duration_text(5400), duration_text(604800), duration_text(90), duration_text(86400)
    ('1h30m', '7d', '1m30s', '1d')
    """
    rest, text = int(seconds), ""
    for letter, unit in zip("dhms", _SECONDS, strict=True):
        count, rest = divmod(rest, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"


def bytes_of(text: str) -> int:
    """Bytes of a size. KB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB of 1024.

    >>> bytes_of("20GB"), bytes_of("1.5 MB"), bytes_of("64KiB"), bytes_of("512B")
    (20000000000, 1500000, 65536, 512)

    Raises ValueError, with the end of a sentence, on anything else and on nothing at all.
    """
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].lower().removesuffix("b") if match else None
    if match is None or unit not in _BYTES:
        raise ValueError("is no size: write 500MB, 20GB or 1TB")
    size = round(float(match[1]) * _BYTES[unit])
    if not size:
        raise ValueError("is nothing at all")
    return size


def size_text(size: int) -> str:
    """A size as ``bytes_of`` reads it, in the largest unit that leaves it whole.

    >>> size_text(20_000_000_000), size_text(1_500_000), size_text(65_536)
    ('20GB', '1500KB', '65536B')
    """
    for unit in ("t", "g", "m", "k"):
        if size and size % _BYTES[unit] == 0:
            return f"{size // _BYTES[unit]}{unit.upper()}B"
    return f"{size}B"
