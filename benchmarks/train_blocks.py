"""Train the block classifier, and measure it on pages of sites that it has not seen.

    pip install lightgbm
    python benchmarks/train_blocks.py PAGES                # cross-validation only
    python benchmarks/train_blocks.py PAGES --write        # then train on all pages and write the models

PAGES is a folder with MANIFEST.json, {"pages": [{"path": HTML (gzip or not), "gold": JSON, "url": …, "domain": …}, …]}.
A gold file has the whole "text" of the article (and optionally "paragraphs", optional ones in brackets), or snippets:
"with" those of the article, "without" those of the rest of the page. Pages with neither are skipped.

Folds are split by registered domain, so that no site is on both sides. Each page has about the same weight, independent
of its length; within a page, a block's weight is the square root of its length. Pages that are labelled paragraph by
paragraph count twice: their labels are exact, and they are news.

Some blocks have no label: captions, which other rules choose; list items that gold by the paragraph lacks, because such
gold often has paragraphs only; and blocks that the gold lacks although models of other sites are sure of them, because
gold is sometimes cut off (one page in fifty of one set).
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

from cleaning.article import BlockKind
from cleaning.content.block_kinds import mark_captions
from cleaning.content.blocks import PageBlock, read_blocks
from cleaning.content.extraction import MAX_UNCERTAINTY, append_votes, collect_votes, measure_uncertainty
from cleaning.content.features import FeatureRow, compute_features
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.content.stray_text import mark_stray_text
from cleaning.html.decoding import decode_page
from cleaning.html.tree import parse_html
from cleaning.lines.line import KnownMetadata
from cleaning.metadata.reader import read_metadata
from cleaning.outcomes import NotAnArticleError

FOLDS = 5
ROUNDS = 200
PARAGRAPH_GOLD_WEIGHT = 2.0
DOUBTED_PROBABILITY = 0.95
"""Probability above which a block that the gold lacks counts as unlabelled. The models have not seen its site."""
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
    "seed": 1,
    "verbose": -1,
}
MODELS = Path(__file__).parent.parent / "cleaning" / "models"

_WORD = re.compile(r"\w+")
_WIDE = re.compile(r"([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")


@dataclass(slots=True)
class Page:
    """A labelled page: its blocks with their features, and for each whether it is in the article (-1: unknown)."""

    domain: str
    gold: dict[str, Any]
    texts: list[str]
    rows: list[FeatureRow]
    rows_with_votes: list[FeatureRow]
    labels: list[int]

    @property
    def weights(self) -> list[float]:
        """Return a weight for each block; 0 for those without a label."""
        roots = [
            math.sqrt(len(text)) if label >= 0 else 0.0 for text, label in zip(self.texts, self.labels, strict=True)
        ]
        # The exponent .7 lets a long page count somewhat more than a short one, but not in proportion.
        factor = 10 * (PARAGRAPH_GOLD_WEIGHT if self.gold.get("paragraphs") else 1.0) / (sum(roots) or 1.0) ** 0.7
        return [root * factor for root in roots]


def read_pages(folder: Path) -> Iterator[Page]:
    """Yield the labelled pages of a folder."""
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
        metadata = read_metadata(tree, entry["url"])
        all_blocks = read_blocks(tree)
        mark_stray_text(all_blocks)
        mark_duplicate_blocks(all_blocks)
        blocks = [block for block in all_blocks if block.removal is None]
        known = KnownMetadata(title=metadata.title, authors=metadata.authors, site_name=metadata.site_name)
        features = compute_features(blocks, known)
        mark_captions(all_blocks)
        labels = label_blocks([blocks[i] for i, _ in features], gold)
        texts = [blocks[i].text for i, _ in features]
        with_votes = append_votes(features, collect_votes(blocks, tree))
        yield Page(entry["domain"], gold, texts, [row for _, row in features], [row for _, row in with_votes], labels)


def label_blocks(blocks: Sequence[PageBlock], gold: dict[str, Any]) -> list[int]:
    """Label blocks: 1 in the article, 0 in the rest of the page, -1 unknown."""
    texts = [block.text for block in blocks]
    labels = label_by_text(texts, gold) if gold.get("text") else label_by_snippets(texts, gold)
    unknown = {BlockKind.CAPTION: (0, 1), BlockKind.LIST_ITEM: (0,) if gold.get("paragraphs") else ()}
    return [-1 if label in unknown.get(block.kind, ()) else label for block, label in zip(blocks, labels, strict=True)]


def drop_doubtful_labels(predicted: Sequence[tuple[Page, list[float]]]) -> int:
    """Drop the labels of blocks that the gold lacks although models of other sites are sure of them.

    Returns:
        The number of labels.
    """
    dropped = 0
    for page, probabilities in predicted:
        doubtful = [label == 0 and p > DOUBTED_PROBABILITY for label, p in zip(page.labels, probabilities, strict=True)]
        page.labels = [-1 if is_doubtful else label for label, is_doubtful in zip(page.labels, doubtful, strict=True)]
        dropped += sum(doubtful)
    return dropped


def label_by_text(texts: Sequence[str], gold: dict[str, Any]) -> list[int]:
    """Label blocks by the whole text of the article.

    The longest blocks come first. A block is in the article if half of its words are still left to be assigned, and
    most of it occurs there literally.
    """
    remaining = Counter(split_words(gold["text"]))
    triples = set(build_shingles(gold["text"], 3))
    whole = strip_punctuation(gold["text"])
    optional = strip_punctuation(
        " ".join(p for p in gold.get("paragraphs", ()) if p.startswith("[") and p.endswith("]"))
    )
    labels = [0] * len(texts)
    for i in sorted(range(len(texts)), key=lambda i: -len(texts[i])):
        own, own_triples = Counter(split_words(texts[i])), build_shingles(texts[i], 3)
        is_remaining = 2 * (own & remaining).total() > own.total()
        if is_remaining and (
            strip_punctuation(texts[i]) in whole or sum(t in triples for t in own_triples) >= 0.6 * len(own_triples)
        ):
            labels[i] = -1 if optional and strip_punctuation(texts[i]) in optional else 1
            remaining -= own
    return labels


def label_by_snippets(texts: Sequence[str], gold: dict[str, Any]) -> list[int]:
    """Label blocks by the snippets that they contain: 1 in the article, 0 in the rest of the page, -1 unknown."""
    labels = []
    for text in map(normalize_spaces, texts):
        is_article = any(normalize_spaces(snippet) in text for snippet in gold["with"])
        labels.append(
            1 if is_article else 0 if any(normalize_spaces(snippet) in text for snippet in gold["without"]) else -1
        )
    return labels


def split_words(text: str) -> list[str]:
    """Split a text into lower-case words, and scripts without spaces into characters."""
    return _WORD.findall(_WIDE.sub(r" \1 ", text.lower()))


def build_shingles(text: str, size: int) -> list[tuple[str, ...]]:
    """Return the word n-grams of a text."""
    tokens = _WORD.findall(text)
    return [tuple(tokens[i : i + size]) for i in range(max(1, len(tokens) - size + 1))]


def strip_punctuation(text: str) -> str:
    """Return the letters and digits of a text, folded."""
    return "".join(char for char in text.casefold() if char.isalnum())


def normalize_spaces(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


def train(pages: Sequence[Page], select_rows: Callable[[Page], list[FeatureRow]]) -> Any:
    """Train a booster on the labelled blocks of some pages.

    Args:
        pages: the pages.
        select_rows: returns the feature rows of a page, with or without votes.
    """
    import lightgbm
    import numpy

    rows = numpy.array([row for page in pages for row in select_rows(page)], dtype=numpy.float64)
    labels = numpy.array([label for page in pages for label in page.labels])
    weights = numpy.array([weight for page in pages for weight in page.weights])
    known = labels >= 0
    return lightgbm.train(SETTINGS, lightgbm.Dataset(rows[known], labels[known], weight=weights[known]), ROUNDS)


def train_both(pages: Sequence[Page]) -> dict[str, Any]:
    """Train the two boosters, by the names of their files: without and with trafilatura's votes."""
    return {
        "blocks": train(pages, lambda page: page.rows),
        "blocks_with_votes": train(pages, lambda page: page.rows_with_votes),
    }


def run_cross_validation(pages: Sequence[Page]) -> list[tuple[Page, list[float]]]:
    """Return each page with the probabilities of boosters that have seen no page of its site."""
    import numpy

    predicted = []
    for fold in range(FOLDS):
        boosters = train_both([page for page in pages if assign_fold(page) != fold])
        for page in pages:
            if assign_fold(page) == fold and page.rows:
                probabilities = boosters["blocks"].predict(numpy.array(page.rows))
                # As in the cleaner: votes are only collected for pages on which the first forest is uncertain.
                if measure_uncertainty(page.texts, list(enumerate(probabilities))) > MAX_UNCERTAINTY:
                    probabilities = boosters["blocks_with_votes"].predict(numpy.array(page.rows_with_votes))
                predicted.append((page, list(probabilities)))
    return predicted


def assign_fold(page: Page) -> int:
    """Return the fold of a page, by a hash of its domain."""
    return hashlib.sha256(page.domain.encode()).digest()[1] % FOLDS


def report(predicted: Sequence[tuple[Page, list[float]]]) -> None:
    """Print F1, precision and recall of 4-grams at three thresholds, as means over the pages with a whole text."""
    for threshold in (0.35, 0.45, 0.55):
        precisions, recalls = [], []
        for page, probabilities in predicted:
            if page.gold.get("text"):
                kept = [t for t, p in zip(page.texts, probabilities, strict=True) if p >= threshold]
                extracted, gold = (
                    Counter(build_shingles("\n".join(kept), 4)),
                    Counter(build_shingles(page.gold["text"], 4)),
                )
                hits = (extracted & gold).total()
                recalls.append(hits / gold.total())
                if kept:
                    precisions.append(hits / extracted.total())
        precision, recall = statistics.fmean(precisions), statistics.fmean(recalls)
        f1 = 2 * precision * recall / (precision + recall)
        print(f"threshold {threshold}: 4-gram F1 {f1:.4f}, precision {precision:.4f}, recall {recall:.4f}")


def write(booster: Any, path: Path, pages: int) -> None:
    """Write a booster as the flat arrays that ``cleaning.content.forest`` reads."""
    flat: dict[str, list[Any]] = {key: [] for key in ("roots", "feature", "threshold", "left", "right", "leaves")}

    def append_node(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            flat["leaves"].append(float(f"{node['leaf_value']:.5g}"))
            # Leaves are negative numbers, so that one array can hold both nodes and leaves.
            return ~(len(flat["leaves"]) - 1)
        index = len(flat["feature"])
        flat["feature"].append(node["split_feature"])
        flat["threshold"].append(float(f"{node['threshold']:.6g}"))
        flat["left"].append(0)
        flat["right"].append(0)
        flat["left"][index], flat["right"][index] = append_node(node["left_child"]), append_node(node["right_child"])
        return index

    for tree in booster.dump_model()["tree_info"]:
        flat["roots"].append(append_node(tree["tree_structure"]))
    about = f"gradient boosting over {pages} labelled pages; written by benchmarks/train_blocks.py"
    path.write_text(json.dumps({"about": about, **flat}, separators=(",", ":")) + "\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size // 1024} KiB")


def main() -> None:
    """Cross-validate, then train on all pages and write the models if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, help="folder of labelled pages")
    parser.add_argument("--write", action="store_true", help="train on all pages and write the model")
    parser.add_argument("--skip-folds", action="store_true", help="skip the cross-validation that measures")
    options = parser.parse_args()
    pages = list(read_pages(options.pages))
    print(f"{len(pages)} pages, {sum(len(page.rows) for page in pages)} blocks")
    predicted = run_cross_validation(pages)
    print(f"{drop_doubtful_labels(predicted)} labels dropped, because the models of other sites are sure of the block")
    if not options.skip_folds:
        report(run_cross_validation(pages))
    if options.write:
        for name, booster in train_both(pages).items():
            write(booster, MODELS / f"{name}.json", len(pages))


if __name__ == "__main__":
    main()
