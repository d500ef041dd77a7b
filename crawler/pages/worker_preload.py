"""Imported by the server that a crawl's worker processes are forked from: the cleaner, warm, and all that reads."""

import contextlib

from cleaning.worker_preload import SAMPLE_PAGE
from crawler.pages.tasks import read_article

# Whatever goes wrong here goes wrong again where it is counted; the fork server must live.
with contextlib.suppress(Exception):
    read_article(SAMPLE_PAGE, "https://example.org/2024/01/02/harbour-closed-by-a-storm/", None, "feed")
