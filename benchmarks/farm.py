"""Crawl a farm of small news sites on loopback, and compare with a plain Scrapy sitemap spider with trafilatura.

Two hundred sites announce 10,000 articles in fourteen different ways; one site has a tenth of them. A second run has
1 % new articles, a third has none. The server is this process, so it shares the machine with the crawl.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote

from process_tree import ProcessCost, run_and_measure

from crawler.demo import serve
from crawler.demo.demo_server import LoggedRequest
from crawler.demo.farm import FarmSite, make_farm
from storage import Corpus

BIN = Path(sys.executable).parent


def main() -> None:
    """Run the three crawls and the peer, and print the figures of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=200, help="sites to generate (default: 200)")
    parser.add_argument("--articles", type=int, default=10_000, help="articles on all sites (default: 10000)")
    parser.add_argument(
        "--delay", type=float, default=0.1, help="seconds between two requests to a host (default: 0.1)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the generated sites (default: 1)")
    parser.add_argument("--no-peer", action="store_true", help="skip the plain Scrapy spider")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    farm = make_farm(arguments.sites, arguments.articles, seed=arguments.seed, new=arguments.articles // 100)
    with tempfile.TemporaryDirectory() as scratch, serve(farm) as server:
        environment = {**os.environ, "http_proxy": server.url, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8"}
        rows = {}
        for name in ("first run", "1 % new", "nothing new"):
            if name == "1 % new":
                for site in farm.values():
                    site.publish()
            server.forget_requests()
            cost = crawl(Path(scratch), farm, arguments.delay, environment)
            rows[name] = compute_figures(farm, cost, list_stored_urls(Path(scratch)), server.requests)
            print_figures(name, rows[name], as_json=arguments.json)
        if not arguments.no_peer:
            server.forget_requests()
            cost, articles = crawl_with_peer(Path(scratch), farm, arguments.delay, environment)
            rows["peer"] = compute_figures(farm, cost, articles, server.requests)
            print_figures("SitemapSpider + trafilatura", rows["peer"], as_json=arguments.json)
    if arguments.json:
        print(json.dumps(rows, indent=1))


def crawl(scratch: Path, farm: Mapping[str, FarmSite], delay: float, environment: Mapping[str, str]) -> ProcessCost:
    """Crawl the farm as a user would, with the command line."""
    sources = "".join(f'[[source]]\nurl = "http://{host}/"\n' for host in farm)
    (scratch / "sources.toml").write_text(f"[crawl]\ndelay = {delay}\nrevisit = []\n{sources}")
    command = [str(BIN / "cleanwire"), "--database", f"sqlite:///{scratch}/corpus.db", "crawl", "--now", "--json"]
    return run_and_measure([*command, "--sources", str(scratch / "sources.toml")], environment)


def list_stored_urls(scratch: Path) -> list[str]:
    """Return the URLs of all stored articles."""
    with Corpus.open(f"sqlite:///{scratch}/corpus.db") as corpus:
        return [article.url for article in corpus.iter()]


def crawl_with_peer(
    scratch: Path, farm: Mapping[str, FarmSite], delay: float, environment: Mapping[str, str]
) -> tuple[ProcessCost, list[str]]:
    """Crawl the farm with a plain sitemap spider; return its cost and the URLs of its articles."""
    output = scratch / "peer.jsonl"
    # In a separate folder: in ours, Scrapy would load it as one of our spiders.
    peer_environment = {"PEER_OUTPUT": str(output), "PEER_HOSTS": " ".join(farm), "PEER_DELAY": str(delay)}
    spider = Path(__file__).with_name("sitemap_peer.py")
    cost = run_and_measure(
        [str(BIN / "scrapy"), "runspider", str(spider)], {**environment, **peer_environment}, scratch
    )
    return cost, [json.loads(line)["url"] for line in output.read_text().splitlines()] if output.exists() else []


def compute_figures(
    farm: Mapping[str, FarmSite], cost: ProcessCost, stored: Sequence[str], requests: Sequence[LoggedRequest]
) -> dict[str, Any]:
    """Compute the figures of a run.

    Args:
        farm: the sites, which know their articles.
        cost: what the crawl took.
        stored: the URLs of the articles that it stored.
        requests: the requests that the server received.
    """
    expected = {url for site in farm.values() for url in site.addresses}
    found = Counter(unquote(url) for url in stored)
    pages = sum(f"http://{request.host}{unquote(request.path)}" in expected for request in requests)
    return {
        "articles": len(expected),
        "found": len(expected & found.keys()),
        "false": len(found.keys() - expected),
        "duplicates": sum(count - 1 for count in found.values()),
        "requests": len(requests),
        "article pages requested": pages,
        "seconds": round(cost.seconds, 1),
        "pages a second": round(pages / cost.seconds, 1),
        "CPU ms a page": round(1000 * cost.cpu / max(pages, 1), 1),
        "CPU seconds": round(cost.cpu, 1),
        "peak MB": round(cost.megabytes),
        "exit code": cost.status,
        "missed by kind of site": dict(Counter(farm[url.split("/")[2]].habit for url in expected - found.keys())),
        "errors": cost.errors[-500:],
        **measure_politeness(requests),
        **measure_fairness(requests),
    }


def measure_politeness(requests: Sequence[LoggedRequest]) -> dict[str, Any]:
    """Return how polite the requests were, as the server saw them."""
    by_host: dict[str, list[LoggedRequest]] = defaultdict(list)
    for request in requests:
        by_host[request.host].append(request)
    gaps, early = [], 0
    for host_requests in by_host.values():
        host_requests.sort(key=lambda request: request.started)
        gaps += [after.started - before.started for before, after in pairwise(host_requests)]
        # The farm's servers answer 503 with a Retry-After of two seconds.
        early += sum(
            after.started < before.finished + 2.0 for before, after in pairwise(host_requests) if before.status == 503
        )
    return {
        "most requests in flight to a host": max((request.in_flight for request in requests), default=0),
        "fewest seconds between two requests to a host": round(min(gaps, default=0.0), 3),
        "requests before Retry-After": early,
    }


def measure_fairness(requests: Sequence[LoggedRequest]) -> dict[str, Any]:
    """Return the seconds until the small sites were done, and the huge one."""
    last: dict[str, float] = {}
    started = min((request.started for request in requests), default=0.0)
    for request in requests:
        last[request.host] = request.started - started
    huge = last.pop("site000.example", 0.0)
    done = sorted(last.values()) or [0.0]
    return {
        "small sites done after (median, last)": [round(median(done), 1), round(done[-1], 1)],
        "huge site done after": round(huge, 1),
    }


def print_figures(name: str, row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a run's figures as soon as it ends, on stderr if stdout is JSON."""
    print(f"\n{name}", file=sys.stderr if as_json else sys.stdout)
    for key, value in row.items():
        print(f"  {key:<40} {value}", file=sys.stderr if as_json else sys.stdout, flush=True)


if __name__ == "__main__":
    main()
