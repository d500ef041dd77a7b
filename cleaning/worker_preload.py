"""Imported by the server that the worker processes are forked from: what it loads, every worker has.

The cleaner's libraries take seconds to import and to warm up. Loaded here they cost that once, and none of it
counts against a page's deadline, in the first worker or in one that replaces a dead one.
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

# Whatever goes wrong here goes wrong again where it is counted; the fork server must live.
with contextlib.suppress(Exception):
    clean(SAMPLE_PAGE, "https://example.org/2024/01/02/harbour-closed-by-a-storm/")
