"""Crawl a farm of small news sites on loopback, beside a plain Scrapy sitemap spider with trafilatura.

Two hundred sites with fourteen habits of telling what is new, 10,000 articles, one site with a tenth of them. A second
run has 1 % new articles, a third none. The server is this process, and so shares the machine with the crawl.
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

from process_tree import Took, run

from crawler.demo import serve
from crawler.demo.demo_server import LoggedRequest
from crawler.demo.farm import FarmSite, make_farm
from storage import Corpus

BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--delay", type=float, default=0.1, help="seconds between two requests to a host")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--json", action="store_true")
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
            took = crawl(Path(scratch), farm, arguments.delay, environment)
            rows[name] = figures(farm, took, stored_in(Path(scratch)), server.requests)
            tell(name, rows[name], as_json=arguments.json)
        if not arguments.no_peer:
            server.forget_requests()
            took, articles = peer(Path(scratch), farm, arguments.delay, environment)
            rows["peer"] = figures(farm, took, articles, server.requests)
            tell("SitemapSpider + trafilatura", rows["peer"], as_json=arguments.json)
    if arguments.json:
        print(json.dumps(rows, indent=1))


def crawl(scratch: Path, farm: Mapping[str, FarmSite], delay: float, environment: Mapping[str, str]) -> Took:
    """Crawl the farm as a user does."""
    sources = "".join(f'[[source]]\nurl = "http://{host}/"\n' for host in farm)
    (scratch / "sources.toml").write_text(f"[crawl]\ndelay = {delay}\nrevisit = []\n{sources}")
    command = [str(BIN / "cleanwire"), "--database", f"sqlite:///{scratch}/corpus.db", "crawl", "--now", "--json"]
    return run([*command, "--sources", str(scratch / "sources.toml")], environment)


def stored_in(scratch: Path) -> list[str]:
    """The addresses of all stored articles."""
    with Corpus.open(f"sqlite:///{scratch}/corpus.db") as corpus:
        return [article.url for article in corpus.iter()]


def peer(
    scratch: Path, farm: Mapping[str, FarmSite], delay: float, environment: Mapping[str, str]
) -> tuple[Took, list[str]]:
    """Crawl the farm with a plain sitemap spider."""
    output = scratch / "peer.jsonl"
    # In a folder of its own: in ours, Scrapy would take it for a spider of ours.
    told = {"PEER_OUTPUT": str(output), "PEER_HOSTS": " ".join(farm), "PEER_DELAY": str(delay)}
    spider = Path(__file__).with_name("sitemap_peer.py")
    took = run([str(BIN / "scrapy"), "runspider", str(spider)], {**environment, **told}, scratch)
    return took, [json.loads(line)["url"] for line in output.read_text().splitlines()] if output.exists() else []


def figures(
    farm: Mapping[str, FarmSite], took: Took, stored: Sequence[str], requests: Sequence[LoggedRequest]
) -> dict[str, Any]:
    """What is told of a run."""
    true = {address for site in farm.values() for address in site.addresses}
    found = Counter(unquote(url) for url in stored)
    pages = sum(f"http://{request.host}{unquote(request.path)}" in true for request in requests)
    return {
        "articles": len(true),
        "found": len(true & found.keys()),
        "false": len(found.keys() - true),
        "doubled": sum(count - 1 for count in found.values()),
        "requests": len(requests),
        "article pages asked for": pages,
        "seconds": round(took.seconds, 1),
        "pages a second": round(pages / took.seconds, 1),
        "CPU ms a page": round(1000 * took.cpu / max(pages, 1), 1),
        "CPU seconds": round(took.cpu, 1),
        "peak MB": round(took.megabytes),
        "exit code": took.status,
        "missed by habit": dict(Counter(farm[url.split("/")[2]].habit for url in true - found.keys())),
        "errors": took.errors[-500:],
        **politeness(requests),
        **fairness(requests),
    }


def politeness(requests: Sequence[LoggedRequest]) -> dict[str, Any]:
    """As the server saw it."""
    by_host: dict[str, list[LoggedRequest]] = defaultdict(list)
    for request in requests:
        by_host[request.host].append(request)
    gaps, early = [], 0
    for asked in by_host.values():
        asked.sort(key=lambda request: request.started)
        gaps += [after.started - before.started for before, after in pairwise(asked)]
        early += sum(after.started < before.finished + 2.0 for before, after in pairwise(asked) if before.status == 503)
    return {
        "most at once to a host": max((request.in_flight for request in requests), default=0),
        "least seconds between two": round(min(gaps, default=0.0), 3),
        "before Retry-After": early,
    }


def fairness(requests: Sequence[LoggedRequest]) -> dict[str, Any]:
    """Seconds until the small sites were done, and the huge one."""
    last: dict[str, float] = {}
    begun = min((request.started for request in requests), default=0.0)
    for request in requests:
        last[request.host] = request.started - begun
    huge = last.pop("site000.example", 0.0)
    done = sorted(last.values()) or [0.0]
    return {
        "small sites done after (median, last)": [round(median(done), 1), round(done[-1], 1)],
        "huge site done after": round(huge, 1),
    }


def tell(name: str, row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a run's figures as they come."""
    print(f"\n{name}", file=sys.stderr if as_json else sys.stdout)
    for key, value in row.items():
        print(f"  {key:<40} {value}", file=sys.stderr if as_json else sys.stdout, flush=True)


if __name__ == "__main__":
    main()
