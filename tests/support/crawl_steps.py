"""A crawl of one source, step by step, for tests of the corpus without Scrapy."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cleaning.article import Article, Block, BlockKind, Cleaned, Removal
from cleaning.urls import make_url_key
from storage import Candidate, Corpus, FetchedPage, Lease

NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)


def cleaned_article(text: str, title: str | None = "A headline", **fields: Any) -> Cleaned:
    """What the cleaner gives for a page, shortened."""
    blocks = tuple(Block(BlockKind.PARAGRAPH, paragraph) for paragraph in text.split("\n\n"))
    article = Article(text=text, blocks=blocks, title=title, **fields)
    return Cleaned(article, (Removal("drop_boilerplate_lines", "editor", "Edited by: Ali Musa"),))


class Crawl:
    """A run over one source, step by step."""

    def __init__(self, corpus: Corpus, site: str = "https://wire.example/") -> None:
        self.corpus = corpus
        self.source = corpus.crawl.get_or_create_source(site)
        self.frontier = corpus.crawl.open_frontier(corpus.crawl.start_run("crawl"))

    def candidate(self, url: str, **fields: Any) -> Candidate:
        return Candidate(url, make_url_key(url), self.source.id, **{"found_in": "feed"} | fields)

    def find(self, *urls: str, **fields: Any) -> int:
        return len(self.frontier.add(self.candidate(url, **fields) for url in urls))

    def lease(self, limit: int = 1000, **arguments: Any) -> list[Lease]:
        defaults: Mapping[str, Any] = {"busy": {}, "per_host": 1000, "sources": [self.source.id]}
        return self.frontier.lease(limit, **{**defaults, **arguments})

    def page(self, lease: Lease, content: Cleaned | None = None, **fields: Any) -> FetchedPage:
        plain = {
            "final_url": lease.url,
            "http_status": 200,
            "outcome": "article",
            "detail": None,
            "fetched_at": NOON,
            "milliseconds": 120,
            "bytes": 40_000,
            "cleaned": content,
        }
        return FetchedPage(lease, **plain | fields)

    def failed(self, lease: Lease, outcome: str, status: int | None = None) -> FetchedPage:
        return self.page(lease, outcome=outcome, http_status=status, detail="as it happens")

    def fetch(self, url: str, content: Cleaned | None = None, **fields: Any) -> str:
        """Find, lease and finish one address that is new."""
        assert self.find(url) == 1
        (lease,) = [lease for lease in self.lease() if lease.url == url]
        (outcome,) = self.frontier.record_fetches([self.page(lease, content, **fields)])
        return outcome

    def store(self, text: str, title: str | None = "A headline", **fields: Any) -> int:
        """An article under an address of its own; its id."""
        number = self.corpus.stats().articles
        url = f"https://wire.example/news/{number}"
        published = fields.pop("published", NOON + timedelta(minutes=number))
        fields = {"language": "en", "published_precision": "minute"} | fields
        assert self.fetch(url, cleaned_article(text, title, published=published, **fields)) == "stored"
        stored = self.corpus.find(url)
        assert stored is not None
        return stored.id
