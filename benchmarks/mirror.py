"""Crawl a saved news site and compare what is stored with its truth.

The folder holds ``index.json`` (address, file, status and content type of each page) and ``gold.jsonl`` (what a crawler
should end up with for each article). The site is served on loopback under its own host name, through a proxy.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.demo import MirrorSite, serve
from storage import Corpus, StoredArticle

CLEANWIRE = Path(sys.executable).with_name("cleanwire")


@dataclass(frozen=True)
class Verdict:
    """How an article compares with its truth."""

    lost: int
    leftovers: int
    extra: int
    kept: int
    wrong: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    gold = [json.loads(line) for line in (arguments.folder / "gold.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as scratch:
        database = f"sqlite:///{scratch}/corpus.db"
        site = MirrorSite(arguments.folder)
        with serve(site) as server:
            print(crawl(server.url, database, site))
            first = len(server.requests)
            server.forget_requests()
            crawl(server.url, database, site)
            print(f"{first} requests, {len(server.requests)} in a second run")
        with Corpus.open(database) as corpus:
            report(gold, list(corpus.iter()))
    report_peer(arguments.folder, gold)


def crawl(proxy: str, database: str, site: MirrorSite) -> str:
    """Crawl the site's hosts through the proxy; the summary line."""
    addresses = [f"http://{host}/" for host in site.hosts]
    environment = {**os.environ, "http_proxy": proxy, "CLEANWIRE_ALLOW_NETWORKS": ""}
    command = [CLEANWIRE, "--database", database, "crawl", "--delay", "0", *addresses]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()


def report(gold: list[dict[str, Any]], stored: list[StoredArticle]) -> None:
    """Print the figures for what is stored."""
    by_url = {article.url: article for article in stored}
    truths = {truth["url"]: truth for truth in gold}
    found = [(truth, by_url[url]) for url, truth in truths.items() if url in by_url]
    verdicts = [compare(truth, article.text, article) for truth, article in found]
    print(f"articles found {len(found)}/{len(gold)}, false articles {len(set(by_url) - set(truths))}")
    print_verdicts("cleanwire", verdicts)
    fields = ("title", "authors", "published", "modified", "language", "editor", "credit", "section", "tags")
    print(
        "  right: "
        + ", ".join(f"{name} {sum(name not in v.wrong for v in verdicts)}/{len(verdicts)}" for name in fields)
    )


def report_peer(folder: Path, gold: list[dict[str, Any]]) -> None:
    """Print the figures of plain trafilatura on the same pages."""
    import trafilatura

    files = {entry["url"]: folder / entry["file"] for entry in json.loads((folder / "index.json").read_text("utf-8"))}
    texts = [
        (truth, trafilatura.extract(files[truth["url"]].read_bytes(), include_comments=False) or "") for truth in gold
    ]
    print_verdicts("trafilatura", [compare(truth, text) for truth, text in texts])


def print_verdicts(name: str, verdicts: list[Verdict]) -> None:
    lines = sum(v.kept + v.extra for v in verdicts)
    clean = sum(not v.leftovers and not v.extra for v in verdicts)
    print(
        f"{name}: precision of lines {sum(v.kept for v in verdicts) / max(lines, 1):.1%}, articles without a leftover "
        f"{clean}/{len(verdicts)}, leftover lines {sum(v.leftovers for v in verdicts)}, "
        f"paragraphs lost {sum(v.lost for v in verdicts)}"
    )


def compare(truth: dict[str, Any], text: str, article: StoredArticle | None = None) -> Verdict:
    """Compare a text, and an article's fields, with the truth."""
    whole = flat(text)
    wanted = [flat(p) for p in (*truth["paragraphs"], *truth["traps"])]
    allowed = [*wanted, *(flat(line) for line in truth["optional"])]
    lines = [flat(line.removeprefix("- ")) for line in text.splitlines() if line.strip()]
    dateline = flat(truth["dateline"] or "")
    extra = [
        line
        for line in lines
        if not any(line.removeprefix(dateline).strip() in good or good in line for good in allowed)
    ]
    return Verdict(
        lost=sum(paragraph not in whole for paragraph in wanted),
        leftovers=sum(flat(line["text"]) in whole for line in truth["boilerplate"]),
        extra=len(extra),
        kept=len(lines) - len(extra),
        wrong=tuple(wrong_fields(truth, article)) if article else (),
    )


def wrong_fields(truth: dict[str, Any], article: StoredArticle) -> list[str]:
    """Names of the fields that differ from the truth."""
    right = {
        "title": article.title == truth["title"],
        "authors": set(article.authors) == set(truth["authors"]),
        "published": to_minute(article.published) == to_minute(datetime.fromisoformat(truth["published"])),
        "modified": to_minute(article.modified) == to_minute(datetime.fromisoformat(truth["modified"])),
        "language": article.language == truth["lang"],
        "editor": article.editors == ((truth["editor"],) if truth["editor"] else ()),
        "credit": credit_is_right(article.credits, truth["credit"]),
        "section": article.section == truth["category"],
        "tags": set(article.tags) == set(truth["tags"]),
    }
    return [name for name, is_right in right.items() if not is_right]


def credit_is_right(named: tuple[str, ...], line: str | None) -> bool:
    """Whether the outlet of a credit line, and nothing else, was read: "Axadle" of "Source: Axadle"."""
    return (len(named) == 1 and named[0] in line) if line else not named


def to_minute(time: datetime | None) -> datetime | None:
    return time.replace(second=0, microsecond=0) if time else None


def flat(text: str) -> str:
    """Single spaces and straight apostrophes: the truth has these as typed, the pages as their CMS prints them."""
    return " ".join(text.replace("’", "'").replace("‘", "'").split())


if __name__ == "__main__":
    main()
