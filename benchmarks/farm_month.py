"""Watch a farm of modelled news sites for a month, with the discovery of the crawl and a clock that is not waited for.

Each site announces its articles in one of eight ways: a feed of all, a feed that is a selection, eight section feeds,
a feed that freezes when the site moves to other software, and so on. A run from cron begins every hour and polls what
is due. The policy is the crawl's own; only its poller is replaced by one that reads the model instead of the network.
Beside it stands the policy that most feed readers have: poll the feeds, and other listings only if there is no feed.
"""

import argparse
import asyncio
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from crawler.config.models import SourceConfig
from crawler.crawled_site import CrawledSite
from crawler.discovery.discoverer import Discoverer
from crawler.discovery.listing_poller import PollResult
from crawler.frontier.schedule import IntervalBounds, compute_interval, compute_next_poll
from crawler.parsers.listings import ListedLink, ListedSitemap, Listing, ListingKind
from storage import Feed, Source

BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
RUN_INTERVAL: Final = timedelta(hours=1)
ROBOTS_TXT_AGE: Final = timedelta(hours=24)
BOUNDS: Final = IntervalBounds()
SPREAD: Final = 0.7
"""Of the logarithm of the articles a day: one site in ten has more than two and a half times the median."""
SECTIONS: Final = ("world", "local", "sport", "culture", "money", "health", "travel", "letters")


@dataclass(frozen=True, slots=True)
class ModelArticle:
    """An article of a modelled site."""

    path: str
    published: datetime
    section: str
    is_selected: bool
    """Whether the editors put it into the feed that is a selection."""


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A listing of a modelled site: which articles it shows, how many, and when."""

    path: str
    kind: ListingKind
    shows: Callable[[ModelArticle], bool] = lambda article: True
    size: int = 20
    until: datetime | None = None
    """When it freezes; ``None`` if it does not."""
    since: datetime = BEGIN - timedelta(days=999)
    """When it appears."""


@dataclass(slots=True)
class ModelSite:
    """A modelled site, with its articles in the order of their publication."""

    host: str
    habit: str
    articles: Sequence[ModelArticle]
    listings: Mapping[str, ModelListing]
    changing_sitemaps: tuple[str, ...] = ()

    def read(self, url: str, now: datetime) -> Listing | None:
        """Return a listing as the site shows it now; ``None`` if there is none at the URL."""
        listing = self.listings.get(url.removeprefix(f"http://{self.host}"))
        if listing is None or listing.since > now:
            return None
        until = min(now, listing.until or now)
        shown = [article for article in self.articles if article.published <= until and listing.shows(article)]
        links = [
            ListedLink(f"http://{self.host}{a.path}", f"{self.host}{a.path}", True, None, a.published)
            for a in reversed(shown[-listing.size :])
        ]
        return Listing(
            kind=listing.kind,
            pages=tuple(links) if listing.kind != "sitemap-index" else (),
            feeds=self._name("feed", now) if url.endswith("/") else (),
            sections=self._name("section", now) if url.endswith("/") else (),
            sitemaps=tuple(ListedSitemap(u, now) for u in self._name("sitemap", now))
            if listing.kind == "sitemap-index"
            else (),
        )

    def _name(self, kind: str, now: datetime) -> tuple[str, ...]:
        return tuple(
            f"http://{self.host}{one.path}"
            for one in self.listings.values()
            if one.kind == kind and one.path != "/" and one.since <= now and (one.until is None or one.until > now)
        )


@dataclass(slots=True)
class Watch:
    """What is known of a site between runs, and what its watching has cost."""

    site: ModelSite
    source: Source
    rows: dict[str, Feed] = field(default_factory=dict)
    found: dict[str, tuple[datetime, timedelta]] = field(default_factory=dict)
    """When each URL was found, and the interval of the listing that named it."""
    requests: int = 0
    robots_at: datetime | None = None
    costs_when_quiet: list[int] = field(default_factory=list)
    costs_of_checks: list[int] = field(default_factory=list)


class ModelPoller:
    """Polls the listings of a modelled site; the counterpart of `ListingPoller`."""

    def __init__(self, watch: Watch, site: CrawledSite, now: datetime, chance: random.Random) -> None:
        self.results: dict[str, PollResult] = {}
        self._watch, self._site, self._now, self._chance = watch, site, now, chance
        self._seen: set[str] = set()

    async def poll(self, url: str, expected: str, row: Feed | None = None) -> PollResult:
        """Poll a listing and remember its URLs."""
        result = await self.enqueue_candidates(await self.fetch_listing(url, expected, row))
        if row is not None:
            await self.save_poll(row, result)
        return result

    async def fetch_listing(self, url: str, expected: str, row: Feed | None = None) -> PollResult:
        """Read a listing, but leave its URLs alone."""
        self._watch.requests += 1
        listing = self._watch.site.read(url, self._now)
        result = PollResult(url, url, "http-404" if listing is None else "read", listing=listing)
        if listing is not None:
            keys = {page.key for page in listing.pages}
            result = replace(result, listed_count=len(listing.pages), fresh_count=len(keys - self._seen))
            self._seen |= keys
        self.results[url] = result
        return result

    async def enqueue_candidates(self, result: PollResult) -> PollResult:
        """Remember the URLs of a listing that are new."""
        if result.listing is None:
            return result
        keys = [page.key for page in result.listing.pages]
        new = [key for key in keys if key not in self._watch.found]
        row = self._watch.rows.get(result.requested_url)
        waited = timedelta(seconds=row.interval or 0) if row else timedelta(0)
        self._watch.found |= dict.fromkeys(new, (self._now, waited))
        self._watch.requests += len(new)
        is_archive = result.listing.kind == "sitemap" and self._site.portfolio.covered_at is None
        portfolio = self._site.portfolio.record(result.requested_url, keys, () if is_archive else set(new), self._now)
        for key in new:
            portfolio = portfolio.settle(key, is_article=True)
        self._site.portfolio = portfolio
        self._site.stats.found += len(new)
        result = replace(result, new_count=len(new), wanted_count=len(keys))
        self.results[result.requested_url] = result
        return result

    async def save_listing(self, result: PollResult, kind: ListingKind, url: str | None = None) -> None:
        """Remember a listing that was found in this run."""
        row = Feed(len(self._watch.rows), 1, url or result.final_url, result.listing.kind if result.listing else kind)
        self._save(row, result, compute_interval(None, new=result.new_count, failures=0, bounds=BOUNDS))

    async def save_poll(self, row: Feed, result: PollResult) -> None:
        """Remember when a listing was polled, and when it is due again."""
        failures = row.failures + 1 if result.failed else 0
        self._save(
            replace(row, failures=failures),
            result,
            compute_interval(row.interval, new=result.new_count, failures=failures, bounds=BOUNDS),
        )

    def _save(self, row: Feed, result: PollResult, interval: int) -> None:
        due = compute_next_poll(self._now, interval, self._chance.random())
        self._watch.rows[row.url] = replace(row, polled_at=self._now, interval=interval, next_poll_at=due)


@dataclass(frozen=True, slots=True)
class ModelRobots:
    """The robots.txt of a modelled site."""

    site: ModelSite

    def list_sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that it names."""
        named = [one.path for one in self.site.listings.values() if one.kind == "sitemap-index"]
        return [f"http://{self.site.host}{path}" for path in named]


Policy = Callable[[CrawledSite, ModelPoller, ModelRobots, datetime, list[Feed]], Any]


async def run_portfolio(site: CrawledSite, poller: Any, robots: Any, now: datetime, known: list[Feed]) -> None:
    """The crawl's own policy."""
    await Discoverer(site, poller, robots, now, only_due=True).run(known)


async def run_feeds_first(site: CrawledSite, poller: Any, robots: Any, now: datetime, known: list[Feed]) -> None:
    """The usual policy: poll the feeds; other listings only if there is no feed, or if all in a feed is new."""
    if not known:
        await Discoverer(site, poller, robots, now, only_due=True).run(known)
        return
    due = [row for row in known if row.next_poll_at is None or row.next_poll_at <= now]
    quiet = 2
    may_have_missed = not any(row.kind == "feed" for row in known)
    for kind in ("feed", "sitemap-index", "sitemap", "section"):
        if kind != "feed" and not may_have_missed:
            return
        for row in sorted((row for row in due if row.kind == kind), key=lambda row: row.polled_at or BEGIN):
            if quiet <= 0:
                return
            result = await poller.poll(row.url, row.kind, row)
            quiet -= not result.new_count
            may_have_missed |= result.new_count > 0 and result.new_count == result.listed_count


POLICIES: Final[Mapping[str, Policy]] = {"portfolio": run_portfolio, "feeds first": run_feeds_first}


def make_site(number: int, days: int, volume: float, chance: random.Random) -> ModelSite:
    """Make a site with one of the habits; the number of its articles a day is spread around ``volume``."""
    habit = list(HABITS)[number % len(HABITS)]
    count = round(days * chance.lognormvariate(math.log(volume), SPREAD))
    hours = sorted(chance.uniform(-72, 24 * days) for _ in range(count + 20))
    articles = [
        ModelArticle(f"/{index}", BEGIN + timedelta(hours=hour), chance.choice(SECTIONS), chance.random() < 0.3)
        for index, hour in enumerate(hours)
    ]
    listings = [ModelListing("/", "section", size=15), *HABITS[habit](BEGIN + timedelta(days=days * 0.4))]
    return ModelSite(f"site{number:03d}.example", habit, articles, {one.path: one for one in listings})


def _list_sections(kind: ListingKind, size: int = 12) -> list[ModelListing]:
    return [
        ModelListing(f"/{kind}/{name}", kind, lambda article, name=name: article.section == name, size)
        for name in SECTIONS
    ]


HABITS: Final[Mapping[str, Callable[[datetime], list[ModelListing]]]] = {
    "a feed of all": lambda moved: [ModelListing("/feed", "feed")],
    "RSS and Atom of all": lambda moved: [ModelListing("/rss", "feed"), ModelListing("/atom", "feed")],
    "a feed that is a selection": lambda moved: [ModelListing("/feed", "feed", lambda article: article.is_selected)],
    "a selection, and sections": lambda moved: [
        ModelListing("/feed", "feed", lambda article: article.is_selected),
        *_list_sections("section"),
    ],
    "eight section feeds": lambda moved: _list_sections("feed"),
    "a feed that freezes": lambda moved: [
        ModelListing("/old", "feed", until=moved),
        ModelListing("/new", "feed", since=moved),
    ],
    "a sitemap index": lambda moved: [
        ModelListing("/maps", "sitemap-index"),
        ModelListing("/news.xml", "sitemap", size=100),
        *[ModelListing(f"/{number}.xml", "sitemap", lambda article: False) for number in range(12)],
    ],
    "sections alone": lambda moved: _list_sections("section"),
}


def watch_sites(sites: Sequence[ModelSite], days: int, policy: Policy, seed: int) -> list[Watch]:
    """Run a policy every hour for so many days, and return what it has found at which cost."""
    chance = random.Random(seed)
    watches = [Watch(site, Source(1, site.host, None, f"http://{site.host}/", BEGIN)) for site in sites]
    for hour in range(24 * days):
        now = BEGIN + hour * RUN_INTERVAL
        for watch in watches:
            _run(watch, now, policy, chance)
    return watches


def _run(watch: Watch, now: datetime, policy: Policy, chance: random.Random) -> None:
    site = CrawledSite(watch.source, SourceConfig(url=watch.source.url))
    is_check = site.portfolio.is_coverage_due(now)
    poller = ModelPoller(watch, site, now, chance)
    asyncio.run(policy(site, poller, ModelRobots(watch.site), now, list(watch.rows.values())))
    if poller.results and (watch.robots_at is None or now - watch.robots_at >= ROBOTS_TXT_AGE):
        watch.requests += 1
        watch.robots_at = now
    watch.source = replace(watch.source, portfolio=site.portfolio.to_json())
    if poller.results and not any(result.new_count for result in poller.results.values()):
        (watch.costs_of_checks if is_check else watch.costs_when_quiet).append(len(poller.results) + 1)


def compute_figures(watches: Sequence[Watch], days: int) -> dict[str, float]:
    """Return the figures of a policy. Articles that were published before the first run are left out."""
    end = BEGIN + timedelta(days=days) - timedelta(days=2)
    delays, in_time, published, found = [], 0, 0, 0
    for watch in watches:
        for article in watch.site.articles:
            if not BEGIN < article.published <= end:
                continue
            published += 1
            when, interval = watch.found.get(f"{watch.site.host}{article.path}", (None, timedelta(0)))
            if when is not None:
                found += 1
                delays.append((when - article.published) / RUN_INTERVAL)
                in_time += when - article.published <= interval + RUN_INTERVAL
    quiet = [cost for watch in watches for cost in watch.costs_when_quiet]
    checks = [cost for watch in watches for cost in watch.costs_of_checks]
    requests = sum(watch.requests for watch in watches)
    articles = max(sum(len(watch.found) for watch in watches), 1)
    return {
        "published": published,
        "found": round(found / published, 4),
        "within an interval": round(in_time / published, 4),
        "median hours": round(median(delays), 1),
        "95 % hours": round(sorted(delays)[int(0.95 * len(delays))], 1),
        "requests an article": round(requests / articles, 2),
        "requests for listings a site-day": round((requests - articles) / len(watches) / days, 1),
        "most in a quiet run": max(quiet, default=0),
        "most in a quiet check": max(checks, default=0),
    }


def main() -> None:
    """Watch the farm with each policy, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=200, help="sites to model (default: 200)")
    parser.add_argument("--days", type=int, default=30, help="days to watch them (default: 30)")
    parser.add_argument("--volume", type=float, default=20.0, help="articles a day of the median site (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the model (default: 1)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    sites = [make_site(number, arguments.days, arguments.volume, chance) for number in range(arguments.sites)]
    figures = {}
    for name, policy in POLICIES.items():
        watches = watch_sites(sites, arguments.days, policy, arguments.seed)
        figures[name] = compute_figures(watches, arguments.days)
        by_habit = {
            habit: compute_figures([watch for watch in watches if watch.site.habit == habit], arguments.days)
            for habit in Counter(site.habit for site in sites)
        }
        if arguments.json:
            continue
        print(f"\n{name}: " + ", ".join(f"{key} {value}" for key, value in figures[name].items()))
        for habit, row in by_habit.items():
            print(
                f"  {habit:<28} found {row['found']:.1%}, within an interval {row['within an interval']:.1%},"
                f" 95 % in {row['95 % hours']} h, {row['requests an article']} requests an article"
            )
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
