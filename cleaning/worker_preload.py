"""Preloads the cleaner in the fork server: every worker process forked from it has what this module imports.

The cleaner's libraries are slow to import and to use for the first time. Here they are paid for once, and none of that
time counts against a page's deadline, neither in the first worker nor in one that replaces a dead worker.
"""

import contextlib

from cleaning.cleaner import clean

SAMPLE_PAGE = b"""<!doctype html><html lang="en"><head><title>Harbour closed by a storm</title>
<meta property="article:published_time" content="2024-01-02T03:04:05+00:00"></head><body><article>
<h1>Harbour closed by a storm</h1><p class="date">2 January 2024</p>
<p>The harbour was closed on Tuesday because of a storm that had been announced two days before it came.</p>
<p>Fishing boats stayed at their moorings, and the ferry to the islands was cancelled until the morning.</p>
<p>"We have seen worse, but not in January," said the harbour master, who has held the post for years.</p>
<p>Officials expect the wind to weaken during the night, and the first ferry to leave at seven o'clock.</p>
</article></body></html>"""

# Cleaning one page fills the caches (compiled patterns, word lists, models). An error here is ignored, since the fork
# server must survive; it occurs again in a worker, where it is reported.
with contextlib.suppress(Exception):
    clean(SAMPLE_PAGE, "https://example.org/2024/01/02/harbour-closed-by-a-storm/")
