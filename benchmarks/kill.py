"""Kill crawls with SIGKILL at random moments, run each again, and count missing, duplicate and refetched pages."""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from crawler.demo import make_big_site, serve

CLEANWIRE = Path(sys.executable).with_name("cleanwire")


def main() -> None:
    """Kill crawls and print a table row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="articles of the site (default: 300)")
    parser.add_argument("--kills", type=int, default=30, help="crawls to kill (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments (default: 1)")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    print("| killed after | stored at that moment | stored in the end | duplicates | fetched twice | integrity |")
    print("|---|---|---|---|---|---|")
    for _ in range(arguments.kills):
        print(run_and_kill(arguments.pages, moments.randrange(arguments.pages // 20, arguments.pages - 10)))


def run_and_kill(pages: int, moment: int) -> str:
    """Kill a crawl, run it again to its end, and return a table row.

    Args:
        pages: articles of the generated site.
        moment: number of article pages after whose requests the crawl is killed.
    """
    site = make_big_site(pages)
    paths = {url.partition("//")[2].partition("/")[2] for url in site.list_urls("http://site.example")}
    with tempfile.TemporaryDirectory() as scratch, serve(site) as server:
        database = f"{scratch}/corpus.db"
        command = [str(CLEANWIRE), "--database", f"sqlite:///{database}", "crawl", "--delay", "0", server.url]
        environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "no_proxy": "127.0.0.1"}
        crawl = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while crawl.poll() is None and sum(r.path.lstrip("/") in paths for r in server.requests) < moment:
            time.sleep(0.01)
        # Leases of this crawl stay in the frontier; the next run takes them over.
        crawl.send_signal(signal.SIGKILL)
        crawl.wait()
        stored_at_kill = count(database, "SELECT count(*) FROM article")
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stored = count(database, "SELECT count(*) FROM article")
        duplicates = stored - count(database, "SELECT count(DISTINCT url) FROM article")
        fetches = Counter(r.path for r in server.requests if r.path.lstrip("/") in paths)
        integrity = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()[0]
    refetched = sum(number - 1 for number in fetches.values())
    share = f"{refetched / pages:.1%}"
    return f"| {moment} | {stored_at_kill} | {stored}/{pages} | {duplicates} | {refetched} ({share}) | {integrity} |"


def count(database: str, query: str) -> int:
    """Return the number that a query selects."""
    return int(sqlite3.connect(database).execute(query).fetchone()[0])


if __name__ == "__main__":
    main()
