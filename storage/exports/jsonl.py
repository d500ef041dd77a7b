"""JSON Lines: one object per article, with all of its fields."""

from collections.abc import Iterable
from typing import TextIO

from cleaning.output.safe_text import dump_safe_json
from storage.values import StoredArticle


def write_jsonl(articles: Iterable[StoredArticle], stream: TextIO) -> int:
    """Write one JSON object per line and article, and return the number of articles.

    The objects are those of `storage.StoredArticle.as_json`; times are ISO 8601 with the time zone that the page
    stated. Control characters are escaped, so that a line is safe to print on a terminal.

    Raises:
        OSError: The stream cannot be written.
    """
    count = 0
    for article in articles:
        stream.write(f"{dump_safe_json(article.as_json())}\n")
        count += 1
    return count
