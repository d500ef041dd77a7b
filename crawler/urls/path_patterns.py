"""Derive the pattern of a URL: ``/2024/10/rains-return/`` is one of many like ``/<year>/<month>/<slug>``.

A site's software makes all its URLs after a few patterns. The site profile counts, for each pattern, how many pages
were articles, and so learns which URLs to fetch.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"(?:19|20)\d\d[-_.]?\d\d[-_.]?\d\d")
_MONTH = re.compile(r"\d{1,2}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}")
# Hexadecimal ids and UUIDs. They need a letter and a digit: letters alone may be a word, digits alone a date.
_ID = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}")
_WORDS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONG_NUMBER = re.compile(r"\d{3,}")
_EXTENSION = re.compile(r"(?<=[^.])\.[a-z]{2,5}\d?$")
_MAX_FOLDER_WORDS, _MAX_FOLDER_CHARS = 2, 30
"""A folder with more words or characters than this is the name of a single page, not a part of the pattern."""


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """The part of a URL that it shares with others of its site, and the part that is its own."""

    pattern: str
    """The shared part, e.g. ``"/<year>/<month>/<slug>"``; at most 120 characters."""
    name: str
    """The part of its own, as written in the URL: the slug or the number."""


@lru_cache(maxsize=5_000)  # called before the request, after it, and when its outcome is known
def derive_url_pattern(url: str) -> UrlPattern:
    """Return the pattern of a URL and its name.

    Dates, numbers, ids and slugs become placeholders; folders and the names of parameters stay, because they say which
    part of the site a page belongs to. Parameters are sorted by name.

    >>> derive_url_pattern("https://example.org/2024/10/12/rains-return-to-the-coast/")
    UrlPattern(pattern='/<year>/<month>/<day>/<slug>', name='rains-return-to-the-coast')
    >>> derive_url_pattern("https://example.org/news/rains-return-to-the-coast-48213.html").pattern
    '/news/<slug>-<number>.html'
    >>> derive_url_pattern("https://example.org/tag/roads/")
    UrlPattern(pattern='/tag/<words>', name='roads')
    >>> derive_url_pattern("https://example.org/index.php?view=article&id=77").pattern
    '/index.php?id=<number>&view=article'
    """
    parts = urlsplit(url)
    segments = [segment for segment in unquote(parts.path).lower().split("/") if segment]
    names: list[str] = []
    pattern = ""
    previous = ""
    for position, segment in enumerate(segments, 1):
        previous = _classify_segment(segment, previous, is_last=position == len(segments) and not parts.query)
        pattern += f"/{previous}"
        if previous.startswith(("<slug", "<words", "<number", "<id")):
            names.append(segment)
    parameters = sorted(parse_qsl(parts.query, keep_blank_values=True))
    names += [value for _, value in parameters if _classify_value(value) != value]
    if parameters:
        pattern += "?" + "&".join(f"{name}={_classify_value(value)}" for name, value in parameters)
    return UrlPattern(pattern[:120] or "/", max(reversed(names), key=len, default=parts.path))


def _classify_segment(segment: str, previous: str, *, is_last: bool) -> str:
    """Return the placeholder for a segment of a path, or the segment itself if it is a folder."""
    if _DAY.fullmatch(segment):
        return "<date>"
    if _YEAR.fullmatch(segment):
        return "<year>"
    if previous in ("<year>", "<month>") and _MONTH.fullmatch(segment):
        return "<month>" if previous == "<year>" else "<day>"
    if segment.isdigit():
        return "<number>"
    if _ID.fullmatch(segment):
        return "<id>"
    match = _EXTENSION.search(segment) if is_last else None
    extension = match[0] if match else ""
    stem = segment.removesuffix(extension)
    words = _count_words(stem)
    # Short inner segments are folders ("/news/africa/"); a long one is a slug with something behind it
    # ("/a-title/amp").
    if not is_last and words <= _MAX_FOLDER_WORDS and len(segment) <= _MAX_FOLDER_CHARS:
        return segment
    if stem.isdigit():
        return f"<number>{extension}"
    kind = "<slug>" if words > _MAX_FOLDER_WORDS else "<words>"
    return f"{kind}-<number>{extension}" if _LONG_NUMBER.search(stem) else f"{kind}{extension}"


def _count_words(stem: str) -> int:
    """Count the words of a slug; in scripts without spaces, two characters count as one word."""
    words = len(_WORDS.findall(stem))
    return words if stem.isascii() else max(words, len(_UNSPACED.findall(stem)) // 2)


def _classify_value(value: str) -> str:
    """Return the placeholder for the value of a parameter; short words such as ``view=article`` stay as they are."""
    if value.isdigit():
        return "<number>"
    return value if value.isascii() and value.replace("_", "").isalpha() and len(value) <= 20 else "<value>"
