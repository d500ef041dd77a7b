"""Plain text: a folder with one file per article, for people and for programs that need only the words."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from storage.values import StoredArticle

MAX_NAME_BYTES: Final = 120
"""Maximum length of a file name in bytes of UTF-8. File systems allow 255, encrypted ones (eCryptfs) only 143."""
_MAX_SOURCE_CHARACTERS: Final = 40
_SUFFIX: Final = ".txt"
_NON_HOST_CHARACTERS: Final = re.compile(r"[^a-z0-9.-]+")


def write_texts(articles: Iterable[StoredArticle], folder: Path) -> int:
    """Write one file per article, and return the number of articles.

    Args:
        articles: Any iterable; it is consumed one by one.
        folder: Created if necessary. Files of the same name are replaced.

    Raises:
        OSError: The folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for article in articles:
        (folder / make_file_name(article)).write_text(format_plain_text(article), "utf-8", newline="\n")
        count += 1
    return count


def format_plain_text(article: StoredArticle) -> str:
    """Return the title and the text, separated by a blank line; only the text if the article has no title."""
    return "\n\n".join(filter(None, (article.title, article.text))) + "\n"


def make_file_name(article: StoredArticle) -> str:
    """Return a file name such as ``2024-10-01_bbc.co.uk_12_flood-in-mombasa.txt``.

    It has the day of publication (in the time zone that the page stated) or ``undated``, the source, the article's id
    and the title, and is at most `MAX_NAME_BYTES` bytes long. The id makes it unique in a corpus.
    """
    # Titles and sources come from web pages. The name consists of letters, digits, "-", "_" and "." only and begins
    # with a digit or "undated": it cannot leave the folder, mean something to a shell, hide the file, or be a device on
    # Windows.
    day = article.published.date().isoformat() if article.published else "undated"
    source = _NON_HOST_CHARACTERS.sub("-", article.source.lower())[:_MAX_SOURCE_CHARACTERS].strip(".-") or "unknown"
    prefix = f"{day}_{source}_{article.id}"
    title = make_slug(article.title or "", MAX_NAME_BYTES - len(f"{prefix}_{_SUFFIX}".encode()))
    return "_".join(filter(None, (prefix, title))) + _SUFFIX


def make_slug(title: str, max_bytes: int) -> str:
    """Return the words of a title in lower case, joined by hyphens; empty if it has no letters and digits.

    Letters of all scripts are kept. A slug that is longer than ``max_bytes`` bytes of UTF-8 is cut between words.

    >>> make_slug("../../etc/passwd", 40), make_slug("Flood in Mombasa: “We slept on deck”", 24), make_slug("???", 40)
    ('etc-passwd', 'flood-in-mombasa-we', '')
    """
    kept = "".join(char if _is_part_of_word(char) else " " for char in unicodedata.normalize("NFC", title).casefold())
    words = "-".join(kept.split())
    cut = words.encode()[:max_bytes].decode("utf-8", "ignore")
    whole = cut.rpartition("-")[0]
    # A Chinese title is a single "word": cut that inside, rather than losing most of the title.
    return whole if cut != words and len(whole) > len(cut) / 2 else cut


def _is_part_of_word(char: str) -> bool:
    """Return whether a character is a letter, a digit or a combining mark. The vowels of many scripts are marks."""
    return unicodedata.category(char)[0] in "LMN"
