"""What a crawl has left in its corpus."""

import sqlite3


def outcomes(database: str) -> dict[str, str]:
    """What each fetched address ended as, the last time, by its path."""
    rows = sqlite3.connect(database.removeprefix("sqlite:///")).execute(
        "select frontier.url, fetch.outcome from fetch join frontier on frontier.id = fetch.frontier_id"
        " order by fetch.id"
    )
    return {"/" + url.split("/", 3)[3]: outcome for url, outcome in rows}
