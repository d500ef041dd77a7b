"""Which listings of a source show its articles, learned from which of them named the latest ones, and when.

A :class:`Portfolio` is an immutable value: learning returns a new one. The crawl keeps one per source, as JSON in the
corpus. A listing that repeats what others name has a share of 0, however long it is; one that alone names a few
articles has a share of its own. A listing that names nothing new any more loses its share as new articles come in.

>>> now = datetime(2026, 3, 1, tzinfo=UTC)
>>> portfolio = Portfolio()
>>> for number in range(4):
...     portfolio = portfolio.record("/feed", [f"a{number}"], {f"a{number}"}, now).settle(f"a{number}", is_article=True)
>>> portfolio = portfolio.record("/", ["a3", "b"], {"b"}, now).settle("b", is_article=True)
>>> {url: round(share, 2) for url, share in portfolio.compute_shares().items()}
{'/feed': 0.8, '/': 0.2}
>>> Portfolio.from_json(portfolio.to_json()) == portfolio
True
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, Self
from zlib import crc32

from crawler.frontier.schedule import compute_search_wait
from storage import Feed
from storage.values import FeedKind

JSON_VERSION: Final = 1
"""The version of the JSON form. Portfolios of other versions are discarded and learned again."""

# Bounds of a portfolio: its JSON stays below 100 kB.
MAX_ARTICLES: Final = 300
"""The latest articles that are remembered, with the listings that named them."""
MAX_NEW_PER_POLL: Final = 60
"""New URLs of one poll that are remembered, so that the first poll of an archive does not push out all others."""
MAX_KEYS_PER_POLL: Final = 1_000
"""URLs at the top of a listing that are compared with the remembered ones."""
MAX_LISTINGS_PER_ARTICLE: Final = 8
MAX_IGNORED: Final = 40
MAX_CHILDREN: Final = 500

HALF_LIFE_ARTICLES: Final = 60
"""Newer articles after which an article counts half, so that a listing which has stopped loses its share."""
COVERAGE_INTERVAL: Final = timedelta(hours=24)
"""Time between two coverage checks, which look at the listings that ordinary runs leave out."""
POLL_COSTS: Final[Mapping[FeedKind, float]] = {"feed": 1.0, "section": 1.5, "sitemap": 2.0, "sitemap-index": 2.5}
"""Costs of a poll: sitemaps are long, an index takes two requests, and section pages change without anything new."""


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article, or a URL that may become one, with the listings that named it."""

    listings: tuple[str, ...]
    """URLs of the listings, in the order in which they named it."""
    named_at: datetime
    """UTC; when it was first named."""
    is_article: bool = False
    """Whether its page held an article; ``False`` while that is not known."""


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """What a source's latest articles say of one of its listings."""

    named: int = 0
    """Articles that it named."""
    first: int = 0
    """Articles that it named before any other listing."""
    alone: int = 0
    """Articles that no other listing named."""
    last_new_at: datetime | None = None
    """UTC; when it was last the first to name an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """What is known of a source's listings. All of it is bounded."""

    articles: Mapping[str, NamedArticle] = field(default_factory=dict, hash=False)
    """The latest articles by a hash of their key, the one named first first."""
    parents: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Sitemaps whose index says when they change, with the URL of that index. They are polled when it says so."""
    hosts: tuple[str, ...] = ()
    """Hosts to which the source's front page has redirected: its articles are there too."""
    click_counters: Mapping[str, bool] = field(default_factory=dict, hash=False)
    """Hosts to which entries of the source's feeds lead, and whether they redirect to the source."""
    ignored: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Listings that the source names and that list no articles, with the reason."""
    covered_at: datetime | None = None
    """UTC; the last coverage check. ``None`` before the first run has ended."""
    failed_searches: int = 0
    """Searches for listings in a row that have failed before one succeeded."""
    searched_at: datetime | None = None
    """UTC; the last of them."""

    # Learning

    def record(self, listing: str, keys: Iterable[str], new: Collection[str], now: datetime) -> Self:
        """Learn that a listing names articles.

        Args:
            listing: its URL.
            keys: the keys of the URLs in it (see `cleaning.urls.make_url_key`), those at the top first.
            new: those of the keys that no listing had named before.
            now: the time of the poll, timezone-aware.
        """
        articles = dict(self.articles)
        fresh = 0
        for key in islice(keys, MAX_KEYS_PER_POLL):
            short = _shorten_key(key)
            known = articles.get(short)
            if known is not None:
                articles[short] = _add_listing(known, listing)
            elif key in new and fresh < MAX_NEW_PER_POLL:
                fresh += 1
                articles[short] = NamedArticle((listing,), now.replace(second=0, microsecond=0))
        return replace(self, articles=_keep_latest(articles))

    def settle(self, key: str, *, is_article: bool) -> Self:
        """Learn whether a URL held an article. One that held none says nothing of the listings that named it."""
        short = _shorten_key(key)
        known = self.articles.get(short)
        if known is None or known.is_article == is_article is True:
            return self
        if is_article:
            return replace(self, articles={**self.articles, short: replace(known, is_article=True)})
        return replace(self, articles={name: value for name, value in self.articles.items() if name != short})

    def adopt_children(self, index: str, children: Iterable[str]) -> Self:
        """Learn which sitemaps an index names with the time of their last change; earlier ones of it are forgotten."""
        others = {child: parent for child, parent in self.parents.items() if parent != index}
        return replace(self, parents=dict(islice((others | dict.fromkeys(children, index)).items(), MAX_CHILDREN)))

    def ignore(self, listing: str, reason: str) -> Self:
        """Learn that a listing has no articles; of many such listings, the latest are remembered."""
        ignored = {url: text for url, text in self.ignored.items() if url != listing} | {listing: reason}
        return replace(self, ignored=dict(list(ignored.items())[-MAX_IGNORED:]))

    def note_failed_search(self, now: datetime) -> Self:
        """Learn that a search for listings has failed."""
        return replace(self, failed_searches=self.failed_searches + 1, searched_at=now)

    # Using

    def is_search_due(self, now: datetime) -> bool:
        """Return whether to search again for listings, after searches that have failed."""
        wait = compute_search_wait(self.failed_searches)
        return self.searched_at is None or not timedelta(0) <= now - self.searched_at < wait

    def is_coverage_due(self, now: datetime) -> bool:
        """Return whether the listings that ordinary runs leave out are to be looked at again.

        A check "in the future" was made while the clock was ahead, and does not count.
        """
        return self.covered_at is None or not timedelta(0) <= now - self.covered_at < COVERAGE_INTERVAL

    def compute_shares(self, costs: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the share of the latest articles that each listing adds to those of the listings before it.

        The listing that names most comes first, then the one that adds most to it, and so on, until all articles are
        named: a greedy set cover. The shares add up to 1; a listing that adds nothing is left out. Newer articles count
        more.

        Args:
            costs: what a poll of a listing costs, 1.0 if it is not in the mapping. Of two listings that add the same,
                the cheaper one gets the share.
        """
        costs = costs or {}
        left = self._weigh_articles()
        total = sum(weight for weight, _ in left)
        shares: dict[str, float] = {}
        while left:
            sums: dict[str, float] = defaultdict(float)
            for weight, listings in left:
                for listing in listings:
                    sums[listing] += weight
            best = max(sums, key=lambda listing: (sums[listing] / costs.get(listing, 1.0), listing))
            shares[best] = sums[best] / total
            left = [(weight, listings) for weight, listings in left if best not in listings]
        return shares

    def describe_listings(self) -> dict[str, ListingRecord]:
        """Return what the latest articles say of each listing, by its URL."""
        records: dict[str, ListingRecord] = defaultdict(ListingRecord)
        for article in self._list_articles():
            units = self._find_units(article)
            for unit in units:
                record = records[unit]
                is_first = unit == units[0]
                records[unit] = ListingRecord(
                    named=record.named + 1,
                    first=record.first + is_first,
                    alone=record.alone + (len(units) == 1),
                    last_new_at=article.named_at if is_first else record.last_new_at,
                )
        return dict(records)

    def _list_articles(self) -> list[NamedArticle]:
        return [article for article in self.articles.values() if article.is_article]

    def _weigh_articles(self) -> list[tuple[float, tuple[str, ...]]]:
        articles = self._list_articles()
        return [
            (0.5 ** (age / HALF_LIFE_ARTICLES), self._find_units(article))
            for age, article in enumerate(reversed(articles))
        ]

    def _find_units(self, article: NamedArticle) -> tuple[str, ...]:
        """Return the listings that named an article, with the index in place of a sitemap that is polled through it."""
        return tuple(dict.fromkeys(self.parents.get(listing, listing) for listing in article.listings))

    # Storing

    def to_json(self) -> str:
        """Return the portfolio as JSON. Listings are numbered there, since their URLs repeat."""
        listings = list(dict.fromkeys(url for article in self.articles.values() for url in article.listings))
        numbers = {url: number for number, url in enumerate(listings)}
        value = {
            "version": JSON_VERSION,
            "listings": listings,
            "articles": [
                [
                    short,
                    int(article.named_at.timestamp()) // 60,
                    int(article.is_article),
                    *(numbers[url] for url in article.listings),
                ]
                for short, article in self.articles.items()
            ],
            "parents": dict(self.parents),
            "hosts": list(self.hosts),
            "click_counters": dict(self.click_counters),
            "ignored": dict(self.ignored),
            "covered_at": self.covered_at.isoformat() if self.covered_at else None,
            "failed_searches": self.failed_searches,
            "searched_at": self.searched_at.isoformat() if self.searched_at else None,
        }
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """Read a portfolio; an empty one for ``None`` and for another version.

        Raises:
            ValueError, KeyError, TypeError, IndexError or OverflowError: the text is no portfolio.
        """
        value = json.loads(text) if text else {}
        if value.get("version") != JSON_VERSION:
            return cls()
        return cls(
            articles={row[0]: _parse_article(row, value["listings"]) for row in value["articles"]},
            parents=value["parents"],
            hosts=tuple(value["hosts"]),
            click_counters=value.get("click_counters", {}),
            ignored=value["ignored"],
            covered_at=datetime.fromisoformat(value["covered_at"]) if value["covered_at"] else None,
            failed_searches=int(value.get("failed_searches", 0)),
            searched_at=datetime.fromisoformat(value["searched_at"]) if value.get("searched_at") else None,
        )


def estimate_costs(rows: Sequence[Feed]) -> dict[str, float]:
    """Return what a poll of each listing costs, by its URL: requests, and pages that change without anything new."""
    return {row.url: POLL_COSTS[row.kind] for row in rows}


def _parse_article(row: list[Any], listings: list[str]) -> NamedArticle:
    _, minutes, is_article, *numbers = row
    return NamedArticle(
        tuple(listings[number] for number in numbers), datetime.fromtimestamp(60 * minutes, UTC), bool(is_article)
    )


def _shorten_key(key: str) -> str:
    """Return eight hexadecimal digits of a key: of 300 articles, two share them once in 95,000 sources."""
    return f"{crc32(key.encode(errors='replace')):08x}"


def _add_listing(article: NamedArticle, listing: str) -> NamedArticle:
    if listing in article.listings or len(article.listings) >= MAX_LISTINGS_PER_ARTICLE:
        return article
    return replace(article, listings=(*article.listings, listing))


def _keep_latest(articles: dict[str, NamedArticle]) -> dict[str, NamedArticle]:
    return dict(islice(articles.items(), max(len(articles) - MAX_ARTICLES, 0), None))
