"""Plain text: a folder with a file an article, for people and for programs that want words and nothing else."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from storage.values import StoredArticle

MAX_NAME_BYTES: Final = 120
"""Bytes of a file's name in UTF-8. File systems take 255; some that encrypt names take 143."""
_MAX_SOURCE_CHARACTERS: Final = 40
_SUFFIX: Final = ".txt"
_NON_HOST_CHARACTERS: Final = re.compile(r"[^a-z0-9.-]+")


def write_texts(articles: Iterable[StoredArticle], folder: Path) -> int:
    """Write a file for each article into a folder, which is made where it is not there; gives how many there were.

    Raises OSError where the folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for article in articles:
        (folder / make_file_name(article)).write_text(format_plain_text(article), "utf-8", newline="\n")
        count += 1
    return count


def format_plain_text(article: StoredArticle) -> str:
    """The title, where there is one, a blank line, and the text."""
    return "\n\n".join(filter(None, (article.title, article.text))) + "\n"


def make_file_name(article: StoredArticle) -> str:
    """``2024-10-01_bbc.co.uk_12_flood-in-mombasa.txt``: day of publication (in the page's zone), source, number, title.

    At most `MAX_NAME_BYTES` bytes. No two articles of a corpus share a name. Nothing in it leaves the folder, means
    something to a shell, hides the file, or is a device on Windows: it begins with a digit or ``undated``, and holds
    letters, digits, and ``-``, ``_`` and ``.`` alone.
    """
    day = article.published.date().isoformat() if article.published else "undated"
    source = _NON_HOST_CHARACTERS.sub("-", article.source.lower())[:_MAX_SOURCE_CHARACTERS].strip(".-") or "unknown"
    known = f"{day}_{source}_{article.id}"
    title = make_slug(article.title or "", MAX_NAME_BYTES - len(f"{known}_{_SUFFIX}".encode()))
    return "_".join(filter(None, (known, title))) + _SUFFIX


def make_slug(title: str, max_bytes: int) -> str:
    """The letters and digits of a title, in whatever script, with hyphens between; at most so many bytes in UTF-8.

    >>> make_slug("../../etc/passwd", 40), make_slug("Flood in Mombasa: “We slept on deck”", 24), make_slug("???", 40)
    ('etc-passwd', 'flood-in-mombasa-we', '')
    """
    kept = "".join(char if _is_part_of_word(char) else " " for char in unicodedata.normalize("NFC", title).casefold())
    words = "-".join(kept.split())
    cut = words.encode()[:max_bytes].decode("utf-8", "ignore")
    whole = cut.rpartition("-")[0]
    return whole if cut != words and len(whole) > len(cut) / 2 else cut  # Chinese has one long "word"


def _is_part_of_word(char: str) -> bool:
    """Whether it is a letter, a digit, or a mark on one, as the vowels of many scripts are."""
    return unicodedata.category(char)[0] in "LMN"
