"""Kill a crawl with SIGKILL at random moments, run it again, and count what is missing, doubled, or fetched twice."""

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    print("| killed after | stored then | stored in the end | doubled | fetched twice | integrity |")
    print("|---|---|---|---|---|---|")
    for _ in range(arguments.kills):
        print(one_kill(arguments.pages, moments.randrange(arguments.pages // 20, arguments.pages - 10)))


def one_kill(pages: int, moment: int) -> str:
    """Kill a crawl once so many article pages were asked for, then run it to its end."""
    site = make_big_site(pages)
    addresses = {url.partition("//")[2].partition("/")[2] for url in site.list_urls("http://site.example")}
    with tempfile.TemporaryDirectory() as scratch, serve(site) as server:
        database = f"{scratch}/corpus.db"
        command = [str(CLEANWIRE), "--database", f"sqlite:///{database}", "crawl", "--delay", "0", server.url]
        environment = {**os.environ, "CLEANWIRE_ALLOW_NETWORKS": "127.0.0.0/8", "no_proxy": "127.0.0.1"}
        crawl = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while crawl.poll() is None and sum(r.path.lstrip("/") in addresses for r in server.requests) < moment:
            time.sleep(0.01)
        crawl.send_signal(signal.SIGKILL)
        crawl.wait()
        then = count(database, "SELECT count(*) FROM article")
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stored = count(database, "SELECT count(*) FROM article")
        doubled = stored - count(database, "SELECT count(DISTINCT url) FROM article")
        asked = Counter(r.path for r in server.requests if r.path.lstrip("/") in addresses)
        integrity = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()[0]
    twice = sum(number - 1 for number in asked.values())
    return f"| {moment} | {then} | {stored}/{pages} | {doubled} | {twice} ({twice / pages:.1%}) | {integrity} |"


def count(database: str, query: str) -> int:
    return int(sqlite3.connect(database).execute(query).fetchone()[0])


if __name__ == "__main__":
    main()
