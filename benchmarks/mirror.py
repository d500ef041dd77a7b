"""Crawl a saved news site, and compare what is stored with its truth.

The folder contains ``index.json`` (URL, file, status and content type of each page) and ``gold.jsonl`` (the expected
result for each article). The site is served on loopback under its own host name, through a proxy.
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
    """Paragraphs of the article that are missing."""
    leftovers: int
    """Lines of boilerplate that are left."""
    extra: int
    """Lines that are neither in the article nor allowed."""
    kept: int
    """Lines that belong to the article."""
    wrong: tuple[str, ...]
    """Names of the fields that differ."""


def main() -> None:
    """Crawl the site twice, and print the figures of the first crawl and of plain trafilatura."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with index.json, gold.jsonl and the pages")
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
    """Crawl the site's hosts through the proxy, and return the summary line."""
    urls = [f"http://{host}/" for host in site.hosts]
    environment = {**os.environ, "http_proxy": proxy, "CLEANWIRE_ALLOW_NETWORKS": ""}
    command = [CLEANWIRE, "--database", database, "crawl", "--delay", "0", *urls]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.strip()


def report(gold: list[dict[str, Any]], stored: list[StoredArticle]) -> None:
    """Print the figures for the stored articles."""
    by_url = {article.url: article for article in stored}
    truths = {truth["url"]: truth for truth in gold}
    found = [(truth, by_url[url]) for url, truth in truths.items() if url in by_url]
    verdicts = [compare(truth, article.text, article) for truth, article in found]
    print(f"articles found {len(found)}/{len(gold)}, false articles {len(set(by_url) - set(truths))}")
    print_verdicts("cleanwire", verdicts)
    fields = ("title", "authors", "published", "modified", "language", "editor", "credit", "section", "tags")
    print(
        "  correct: "
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
    """Print the totals of some verdicts."""
    lines = sum(v.kept + v.extra for v in verdicts)
    clean = sum(not v.leftovers and not v.extra for v in verdicts)
    print(
        f"{name}: line precision {sum(v.kept for v in verdicts) / max(lines, 1):.1%}, articles without leftovers "
        f"{clean}/{len(verdicts)}, leftover lines {sum(v.leftovers for v in verdicts)}, "
        f"paragraphs lost {sum(v.lost for v in verdicts)}"
    )


def compare(truth: dict[str, Any], text: str, article: StoredArticle | None = None) -> Verdict:
    """Compare a text, and an article's fields if there is one, with the truth."""
    whole = normalize_text(text)
    expected = [normalize_text(p) for p in (*truth["paragraphs"], *truth["traps"])]
    allowed = [*expected, *(normalize_text(line) for line in truth["optional"])]
    lines = [normalize_text(line.removeprefix("- ")) for line in text.splitlines() if line.strip()]
    dateline = normalize_text(truth["dateline"] or "")
    extra = [
        line
        for line in lines
        if not any(line.removeprefix(dateline).strip() in piece or piece in line for piece in allowed)
    ]
    return Verdict(
        lost=sum(paragraph not in whole for paragraph in expected),
        leftovers=sum(normalize_text(line["text"]) in whole for line in truth["boilerplate"]),
        extra=len(extra),
        kept=len(lines) - len(extra),
        wrong=tuple(find_wrong_fields(truth, article)) if article else (),
    )


def find_wrong_fields(truth: dict[str, Any], article: StoredArticle) -> list[str]:
    """Return the names of the fields that differ from the truth."""
    matches = {
        "title": article.title == truth["title"],
        "authors": set(article.authors) == set(truth["authors"]),
        "published": round_to_minute(article.published) == round_to_minute(datetime.fromisoformat(truth["published"])),
        "modified": round_to_minute(article.modified) == round_to_minute(datetime.fromisoformat(truth["modified"])),
        "language": article.language == truth["lang"],
        "editor": article.editors == ((truth["editor"],) if truth["editor"] else ()),
        "credit": is_credit_right(article.credits, truth["credit"]),
        "section": article.section == truth["category"],
        "tags": set(article.tags) == set(truth["tags"]),
    }
    return [name for name, is_match in matches.items() if not is_match]


def is_credit_right(outlets: tuple[str, ...], line: str | None) -> bool:
    """Return whether exactly the outlet of a credit line was read: "Axadle" from "Source: Axadle"."""
    return (len(outlets) == 1 and outlets[0] in line) if line else not outlets


def round_to_minute(time: datetime | None) -> datetime | None:
    """Cut a time to the minute: pages show no seconds."""
    return time.replace(second=0, microsecond=0) if time else None


def normalize_text(text: str) -> str:
    """Return a text with single spaces and straight apostrophes.

    The truth has apostrophes as typed, the pages as their content system prints them.
    """
    return " ".join(text.replace("’", "'").replace("‘", "'").split())


if __name__ == "__main__":
    main()
