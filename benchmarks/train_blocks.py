"""Train the classifier of blocks, and say what it reaches on pages of sites that it has not seen.

    pip install lightgbm
    python benchmarks/train_blocks.py PAGES                # cross-validation alone
    python benchmarks/train_blocks.py PAGES --write        # and then train on all pages and write the model

PAGES is a folder with MANIFEST.json, {"pages": [{"path": HTML (gzip or not), "gold": JSON, "url": …, "domain": …}, …]}.
A gold file has the whole "text" of the article (and perhaps "paragraphs", optional ones in brackets), or snippets:
"with" those of the article, "without" those of the rest of the page; pages with neither are left out.

Folds are split by registered domain, so that no site is on both sides. Each page weighs about the same, whatever its
length; within a page a block weighs the root of its length.
"""

import argparse
import gzip
import hashlib
import json
import math
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaning.content.blocks import read_blocks
from cleaning.content.extraction import MAX_UNCERTAINTY, append_votes, collect_votes, measure_uncertainty
from cleaning.content.features import FeatureRow, compute_features
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.html.decoding import decode_page
from cleaning.html.tree import parse_html
from cleaning.metadata.reader import read_metadata
from cleaning.outcomes import NotAnArticleError

FOLDS = 5
ROUNDS = 150
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
    "seed": 1,
    "verbose": -1,
}
MODELS = Path(__file__).parent.parent / "cleaning" / "models"

_WORD = re.compile(r"\w+")
_WIDE = re.compile(r"([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")


@dataclass(frozen=True, slots=True)
class Page:
    """A labelled page: its candidate blocks with their features, and whether each is of the article (-1: unknown)."""

    domain: str
    gold: dict[str, Any]
    texts: list[str]
    rows: list[FeatureRow]
    rows_with_votes: list[FeatureRow]
    labels: list[int]

    @property
    def weights(self) -> list[float]:
        roots = [
            math.sqrt(len(text)) if label >= 0 else 0.0 for text, label in zip(self.texts, self.labels, strict=True)
        ]
        total = sum(roots) or 1.0
        return [root * 10 / total**0.7 for root in roots]


def read_pages(folder: Path) -> Iterator[Page]:
    """The labelled pages of a folder."""
    for entry in json.loads((folder / "MANIFEST.json").read_text("utf-8"))["pages"]:
        gold = json.loads((folder / entry["gold"]).read_text("utf-8"))
        if not (gold.get("text") or gold.get("with")):
            continue
        raw = (folder / entry["path"]).read_bytes()
        try:
            tree = parse_html(decode_page(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw))
        except NotAnArticleError as error:
            print(f"{entry['path']}: {error}", file=sys.stderr)
            continue
        title = read_metadata(tree, entry["url"]).title
        read = read_blocks(tree)
        mark_duplicate_blocks(read)
        blocks = [block for block in read if block.removal is None]
        found = compute_features(blocks, title)
        texts = [blocks[i].text for i, _ in found]
        labels = label_by_text(texts, gold) if gold.get("text") else label_by_snippets(texts, gold)
        voted = append_votes(found, collect_votes(blocks, tree))
        yield Page(entry["domain"], gold, texts, [row for _, row in found], [row for _, row in voted], labels)


def label_by_text(texts: Sequence[str], gold: dict[str, Any]) -> list[int]:
    """Longest first, a block is of the article while half of its words are wanted, and most of it stands there so."""
    wanted = Counter(words(gold["text"]))
    triples = set(shingles(gold["text"], 3))
    whole = squeezed(gold["text"])
    optional = squeezed(" ".join(p for p in gold.get("paragraphs", ()) if p.startswith("[") and p.endswith("]")))
    labels = [0] * len(texts)
    for i in sorted(range(len(texts)), key=lambda i: -len(texts[i])):
        own, own_triples = Counter(words(texts[i])), shingles(texts[i], 3)
        is_wanted = 2 * (own & wanted).total() > own.total()
        if is_wanted and (
            squeezed(texts[i]) in whole or sum(t in triples for t in own_triples) >= 0.6 * len(own_triples)
        ):
            labels[i] = -1 if optional and squeezed(texts[i]) in optional else 1
            wanted -= own
    return labels


def label_by_snippets(texts: Sequence[str], gold: dict[str, Any]) -> list[int]:
    """Blocks with a snippet of the article, with one of the rest of the page, and those of which nothing is known."""
    labels = []
    for text in map(spaced, texts):
        kept = any(spaced(snippet) in text for snippet in gold["with"])
        labels.append(1 if kept else 0 if any(spaced(snippet) in text for snippet in gold["without"]) else -1)
    return labels


def words(text: str) -> list[str]:
    return _WORD.findall(_WIDE.sub(r" \1 ", text.lower()))


def shingles(text: str, size: int) -> list[tuple[str, ...]]:
    found = _WORD.findall(text)
    return [tuple(found[i : i + size]) for i in range(max(1, len(found) - size + 1))]


def squeezed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def spaced(text: str) -> str:
    return " ".join(text.split())


def train(pages: Sequence[Page], rows_of: Callable[[Page], list[FeatureRow]]) -> Any:
    """A booster on the labelled blocks of pages."""
    import lightgbm
    import numpy

    rows = numpy.array([row for page in pages for row in rows_of(page)], dtype=numpy.float64)
    labels = numpy.array([label for page in pages for label in page.labels])
    weights = numpy.array([weight for page in pages for weight in page.weights])
    known = labels >= 0
    return lightgbm.train(SETTINGS, lightgbm.Dataset(rows[known], labels[known], weight=weights[known]), ROUNDS)


def train_both(pages: Sequence[Page]) -> dict[str, Any]:
    """The two boosters by the names of their files: without and with trafilatura's votes."""
    return {
        "blocks": train(pages, lambda page: page.rows),
        "blocks_with_votes": train(pages, lambda page: page.rows_with_votes),
    }


def cross_validate(pages: Sequence[Page]) -> list[tuple[Page, list[float]]]:
    """Each page with the probabilities that boosters give which have seen nothing of its site."""
    import numpy

    judged = []
    for fold in range(FOLDS):
        boosters = train_both([page for page in pages if fold_of(page) != fold])
        for page in pages:
            if fold_of(page) == fold and page.rows:
                found = boosters["blocks"].predict(numpy.array(page.rows))
                if measure_uncertainty(page.texts, list(enumerate(found))) > MAX_UNCERTAINTY:
                    found = boosters["blocks_with_votes"].predict(numpy.array(page.rows_with_votes))
                judged.append((page, list(found)))
    return judged


def fold_of(page: Page) -> int:
    return hashlib.sha256(page.domain.encode()).digest()[1] % FOLDS


def report(judged: Sequence[tuple[Page, list[float]]]) -> None:
    """Words kept and words right, as means over the pages with a whole text, at several thresholds."""
    for threshold in (0.35, 0.45, 0.55):
        precisions, recalls = [], []
        for page, probabilities in judged:
            if page.gold.get("text"):
                kept = [t for t, p in zip(page.texts, probabilities, strict=True) if p >= threshold]
                found, gold = Counter(shingles("\n".join(kept), 4)), Counter(shingles(page.gold["text"], 4))
                hits = (found & gold).total()
                recalls.append(hits / gold.total())
                if kept:
                    precisions.append(hits / found.total())
        precision, recall = statistics.fmean(precisions), statistics.fmean(recalls)
        f1 = 2 * precision * recall / (precision + recall)
        print(f"threshold {threshold}: 4-gram F1 {f1:.4f}, precision {precision:.4f}, recall {recall:.4f}")


def write(booster: Any, path: Path, pages: int) -> None:
    """Write a booster as the flat arrays that ``cleaning.content.forest`` reads."""
    flat: dict[str, list[Any]] = {key: [] for key in ("roots", "feature", "threshold", "left", "right", "leaves")}

    def add(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            flat["leaves"].append(float(f"{node['leaf_value']:.5g}"))
            return ~(len(flat["leaves"]) - 1)
        here = len(flat["feature"])
        flat["feature"].append(node["split_feature"])
        flat["threshold"].append(float(f"{node['threshold']:.6g}"))
        flat["left"].append(0)
        flat["right"].append(0)
        flat["left"][here], flat["right"][here] = add(node["left_child"]), add(node["right_child"])
        return here

    for tree in booster.dump_model()["tree_info"]:
        flat["roots"].append(add(tree["tree_structure"]))
    about = f"gradient boosting over {pages} labelled pages; written by benchmarks/train_blocks.py"
    path.write_text(json.dumps({"about": about, **flat}, separators=(",", ":")) + "\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size // 1024} KiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, help="folder of labelled pages")
    parser.add_argument("--write", action="store_true", help="train on all pages and write the model")
    parser.add_argument("--skip-folds", action="store_true", help="no cross-validation")
    options = parser.parse_args()
    pages = list(read_pages(options.pages))
    print(f"{len(pages)} pages, {sum(len(page.rows) for page in pages)} blocks")
    if not options.skip_folds:
        report(cross_validate(pages))
    if options.write:
        for name, booster in train_both(pages).items():
            write(booster, MODELS / f"{name}.json", len(pages))


if __name__ == "__main__":
    main()
