"""JSON Lines: an object an article, with all of its fields."""

from collections.abc import Iterable
from typing import TextIO

from cleaning.output.safe_text import dump_safe_json
from storage.values import StoredArticle


def write_jsonl(articles: Iterable[StoredArticle], stream: TextIO) -> int:
    """Write an object and a line for each article; gives how many there were.

    Lists stay lists; times are ISO 8601 with the zone that the page stated. Raises OSError where the stream does.
    """
    count = 0
    for article in articles:
        stream.write(f"{dump_safe_json(article.as_json())}\n")
        count += 1
    return count
