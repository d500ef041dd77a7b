"""A crawl without a network, to be run beside others and killed: ``python crawler_process.py CORPUS
ADDRESSES``.

It waits for a line on standard input, then leases and finishes in batches of four until nothing is left, and
writes every batch's addresses to standard output once they are committed.
"""

import sys
from datetime import UTC, datetime

from cleaning.article import Article, Cleaned
from storage import Candidate, Corpus, FetchedPage, Lease

BATCH = 4


def fetched(lease: Lease) -> FetchedPage:
    number = lease.url.rpartition("/")[2]
    text = f"Story{number} tells of the ceasefire.\n\n" + f"Its paragraph number {number} is long enough. " * 40
    article = Article(text=text, blocks=(), title=f"Headline {number}", language="en")
    return FetchedPage(
        lease=lease,
        final_url=lease.url,
        http_status=200,
        outcome="article",
        detail=None,
        fetched_at=datetime.now(UTC),
        milliseconds=10,
        bytes=len(text),
        cleaned=Cleaned(article, ()),
    )


def main(address: str, count: int) -> None:
    sys.stdin.readline()
    with Corpus.open(address, create=True) as corpus:
        source = corpus.crawl.get_or_create_source("https://wire.example")
        frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("crawl"))
        for number in range(count):  # one transaction each, to be in each other's way
            url = f"https://wire.example/news/{number}"
            frontier.add([Candidate(url, url.removeprefix("https://"), source.id, "feed")])
        while leases := frontier.lease(BATCH, busy={}, per_host=BATCH, sources=[source.id]):
            assert frontier.record_fetches([fetched(lease) for lease in leases]) == ["stored"] * len(leases)
            print(*(lease.url for lease in leases), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
