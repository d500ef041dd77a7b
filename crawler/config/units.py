"""Parse and format durations and sizes as users write them: ``1h30m``, ``20GB``."""

import re
from typing import Final

# Every part is optional, so a match may be empty; the caller rejects that.
_DURATION: Final = re.compile(
    r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII | re.IGNORECASE
)
_UNIT_SECONDS: Final = (86_400, 3_600, 60, 1)
_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?i?b?)", re.ASCII | re.IGNORECASE)
_UNIT_BYTES: Final[dict[str, int]] = {"": 1, **{unit: 1000**power for power, unit in enumerate("kmgt", 1)}}
_UNIT_BYTES.update({f"{unit}i": 1024**power for power, unit in enumerate("kmgt", 1)})


def parse_duration(text: str) -> float:
    """Parse a duration in days, hours, minutes and seconds, and return it in seconds.

    A bare number means seconds. Raises ValueError for anything else and for a duration of zero; its message is the
    end of a sentence, such as "is not a valid duration: …", to be put after the name of the setting.

    >>> parse_duration("90"), parse_duration("10m"), parse_duration("1h30m"), parse_duration("7d")
    (90.0, 600.0, 5400.0, 604800.0)
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise ValueError("is not a valid duration: use 90s, 10m, 1h30m or 7d")
    seconds = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNIT_SECONDS, strict=True))
    if not seconds:
        raise ValueError("must be longer than zero")
    return float(seconds)


def format_duration(seconds: float) -> str:
    """Format a number of seconds so that ``parse_duration`` can read it.

    Fractions of a second are dropped; anything below one second becomes ``"0s"``.

    >>> format_duration(5400), format_duration(604800), format_duration(90), format_duration(86400)
    ('1h30m', '7d', '1m30s', '1d')
    """
    rest, text = int(seconds), ""
    for letter, unit in zip("dhms", _UNIT_SECONDS, strict=True):
        count, rest = divmod(rest, unit)
        text += f"{count}{letter}" if count else ""
    return text or "0s"


def parse_size(text: str) -> int:
    """Parse a size and return it in bytes.

    KB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB are powers of 1024; a bare number means bytes. Raises
    ValueError for anything else and for a size of zero; its message is the end of a sentence.

    >>> parse_size("20GB"), parse_size("1.5 MB"), parse_size("64KiB"), parse_size("512B")
    (20000000000, 1500000, 65536, 512)
    """
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].lower().removesuffix("b") if match else None
    if match is None or unit not in _UNIT_BYTES:
        raise ValueError("is not a valid size: use 500MB, 20GB or 1TB")
    size = round(float(match[1]) * _UNIT_BYTES[unit])
    if not size:
        raise ValueError("must be larger than zero")
    return size


def format_size(size: int) -> str:
    """Format a number of bytes so that ``parse_size`` can read it, in the largest decimal unit without a fraction.

    The result is exact; use it to print settings, not to round figures for people.

    >>> format_size(20_000_000_000), format_size(1_500_000), format_size(65_536)
    ('20GB', '1500KB', '65536B')
    """
    for unit in ("t", "g", "m", "k"):
        if size and size % _UNIT_BYTES[unit] == 0:
            return f"{size // _UNIT_BYTES[unit]}{unit.upper()}B"
    return f"{size}B"
