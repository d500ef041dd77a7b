"""Preloads the cleaner in the process from which the crawl's workers are forked.

The first use of trafilatura alone takes 0.7 s; workers that are forked afterwards need not repeat it.
"""

import contextlib

from cleaning.worker_preload import SAMPLE_PAGE
from crawler.pages.tasks import read_article

# An error here would end the fork server. The same error in a worker is recorded as the outcome of its page.
with contextlib.suppress(Exception):
    read_article(SAMPLE_PAGE, "https://example.org/2024/01/02/harbour-closed-by-a-storm/", None, "feed")
