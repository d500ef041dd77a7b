"""Train the line model, and measure it on wordings, languages and kinds of lines that it has not seen.

    pip install scikit-learn
    python benchmarks/train_lines.py [--pages PAGES]            # cross-validation only
    python benchmarks/train_lines.py [--pages PAGES] --write    # then train on everything and write the model

It learns from the examples of the rules (`drops`, `keeps`), from `benchmarks/line_examples` (one file per language,
lines of "kind | text"), and from labelled pages, whose form `train_blocks.py` describes. On a page, a line near the
article is prose if the gold has it. It is boilerplate only if the gold lacks it and pages of other sites have it too:
the gold of some pages is cut off, and leaves out lists.
"""

import argparse
import base64
import gzip
import hashlib
import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaning.content.blocks import read_blocks
from cleaning.content.extraction import extract_content, to_line
from cleaning.content.repeated_text import mark_duplicate_blocks
from cleaning.html.decoding import decode_page
from cleaning.html.tree import parse_html
from cleaning.lines.boilerplate import match_boilerplate
from cleaning.lines.line import KnownMetadata, Line
from cleaning.lines.line_features import BUCKETS, SIGNALS, compute_signals, hash_word, split_words
from cleaning.lines.prose import count_words
from cleaning.lines.rule_loader import load_line_rules
from cleaning.metadata.reader import read_metadata
from cleaning.outcomes import NotAnArticleError

FOLDS = 10
REGULARISATION = 5.0
"""Inverse strength of the L2 penalty; 3 and 10 find as many lines, within the noise."""
SIGNAL_VALUE = 0.5
"""The value of a signal that a line shows."""
KIND_BUCKETS = 1 << 12
PAGE_WEIGHT = 0.3
"""Weight of a line of a page: they are many, and some of their labels are wrong."""
SHORT_LINES, LONG_LINES, FOREIGN_LINES = 15, 10, 40
"""Lines of prose below and from 100 characters, and lines of boilerplate, that are taken from one page."""
KEPT_SHARES = (0.98, 0.99, 0.995, 0.998)
EXAMPLES = Path(__file__).parent / "line_examples"
MODEL = Path(__file__).parent.parent / "cleaning" / "models" / "lines.json"
NAMING_KINDS = frozenset({"editor", "reporter", "translator", "photo", "bio"})
"""Kinds whose lines hold invented names, which must not be learned."""
KINDS = {
    "consent": "cookie",
    "wall": "wall",
    "prompt": "newsletter app follow share donate comment",
    "credit": "editor reporter translator photo credit correction",
    "legal": "copyright disclaimer",
    "related": "related",
    "label": "tags ad counter nav",
    "bio": "bio",
}
"""The kinds that a removal names, each with the kinds of the examples."""

_WORD = re.compile(r"[^\W\d_]\S*")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled line."""

    line: Line
    is_boilerplate: bool
    source: str
    """The language of an example, the site of a page, or "rules"."""
    kind: str
    weight: float = 1.0

    @property
    def is_of_page(self) -> bool:
        """Return whether the line is from a labelled page."""
        return self.kind == "page"


def read_examples(folder: Path) -> Iterator[Example]:
    """Yield the lines in the files of a folder. In each language, prose has in total the weight of boilerplate."""
    for path in sorted(folder.glob("*.txt")):
        pairs = [line.split(" | ", 1) for line in path.read_text("utf-8").splitlines() if line]
        prose = sum(kind == "prose" for kind, _ in pairs)
        balance = min(4.0, (len(pairs) - prose) / prose)
        for kind, text in pairs:
            yield Example(Line(text), kind != "prose", path.stem, kind, balance if kind == "prose" else 1.0)


def read_rule_examples() -> Iterator[Example]:
    """Yield the examples in ``cleaning/rules/lines.toml``."""
    for rule in load_line_rules():
        for text in rule.drops:
            yield Example(Line(text, linked=rule.zone == "linked"), True, "rules", rule.id)
        for text in rule.keeps:
            yield Example(Line(text), False, "rules", rule.id)


def read_pages(folder: Path) -> Iterator[tuple[str, list[tuple[Line, bool, bool]]]]:
    """Yield for each labelled page its site and its lines, each with whether it is near the article and in the gold."""
    for entry in json.loads((folder / "MANIFEST.json").read_text("utf-8"))["pages"]:
        gold = json.loads((folder / entry["gold"]).read_text("utf-8"))
        whole = fold(" ".join([gold.get("text") or "", *gold.get("paragraphs", ()), gold.get("title") or ""]))
        raw = (folder / entry["path"]).read_bytes()
        if not (gold.get("text") or gold.get("paragraphs")):
            continue
        try:
            tree = parse_html(decode_page(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw))
        except NotAnArticleError as error:
            print(f"{entry['path']}: {error}", file=sys.stderr)
            continue
        title = read_metadata(tree, entry["url"]).title
        blocks = read_blocks(tree)
        mark_duplicate_blocks(blocks)
        chosen = extract_content(blocks, title, tree)
        near = [any(chosen[max(0, i - 3) : i + 4]) for i in range(len(blocks))]
        lines = [to_line(block, entry["url"]) for block in blocks]
        yield (
            entry["domain"],
            [(line, is_near, fold(line.text)[:200] in whole) for line, is_near in zip(lines, near, strict=True)],
        )


def fold(text: str) -> str:
    """Return the letters and digits of a text, digits alike, so that a line is found again on other pages."""
    return "".join(char for char in re.sub(r"\d", "0", text.casefold()) if char.isalnum())


def read_page_examples(folder: Path) -> Iterator[Example]:
    """Yield a sample of the lines of labelled pages."""
    pages = list(read_pages(folder))
    sites, gold = defaultdict(set), set()
    for site, lines in pages:
        for line, _, is_gold in lines:
            sites[fold(line.text)].add(site)
            if is_gold:
                gold.add(fold(line.text))
    shuffle, seen = random.Random(1).shuffle, set()
    for site, lines in pages:
        short, long, foreign = [], [], []
        for line, is_near, is_gold in lines:
            key, length = fold(line.text), len(line.text)
            if length > 600 or count_words(line.text) < 3:
                continue
            if is_gold and is_near and not match_boilerplate(line, KnownMetadata(), ("anywhere",)):
                (short if length < 100 else long).append(line)
            elif not is_gold and key not in gold and len(sites[key]) > 1 and key not in seen and length < 320:
                seen.add(key)
                foreign.append(Line(line.text, line.kind))
        shuffle(short)
        shuffle(long)
        for line in short[:SHORT_LINES] + long[:LONG_LINES]:
            yield Example(line, False, site, "page", PAGE_WEIGHT)
        for line in foreign[:FOREIGN_LINES]:
            yield Example(line, True, site, "page", PAGE_WEIGHT)


def find_invented_names(example: Example) -> frozenset[str]:
    """Return the words of an example that are names: capitalised ones, or in other scripts those after the label."""
    text = example.line.text
    if example.kind not in NAMING_KINDS:
        return frozenset()
    words = _WORD.findall(text)
    if text.upper() != text.lower():
        names = [word for word in words[1:] if word[0].isupper()]
    else:
        _label, colon, value = re.sub("[：፦]", ":", text).partition(":")
        names = value.split() if colon else words[-2:]
    return frozenset(name.lower().strip(".,()") for name in names)


def build_matrix(examples: list[Example]) -> Any:
    """Return the sparse matrix of the features: the buckets of the letter groups, then the signals."""
    from scipy import sparse

    rows, columns, values = [], [], []
    for i, example in enumerate(examples):
        names, groups, total = find_invented_names(example), Counter[int](), 0
        for word in split_words(example.line.text):
            buckets = hash_word(word)
            total += len(buckets)
            if word.strip("^$") not in names:
                groups.update(buckets)
        features = [(bucket, count / math.sqrt(total)) for bucket, count in groups.items()]
        features += [(BUCKETS + j, SIGNAL_VALUE) for j, value in enumerate(compute_signals(example.line)) if value]
        for column, value in features:
            rows.append(i)
            columns.append(column)
            values.append(value)
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(examples), BUCKETS + len(SIGNALS)))


def train(matrix: Any, examples: list[Example], chosen: list[int]) -> Any:
    """Train a logistic regression on some of the examples."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=REGULARISATION, max_iter=300).fit(
        matrix[chosen],
        [examples[i].is_boilerplate for i in chosen],
        sample_weight=[examples[i].weight for i in chosen],
    )


def run_cross_validation(matrix: Any, examples: list[Example], assign_fold: Callable[[Example], str]) -> list[float]:
    """Return for each example the probability by a model that has seen nothing of its fold; -1 for the rules' own.

    Those are left out of the training too: they are in all languages, and would give the answers away.
    """
    folds = [-1 if e.source == "rules" else hash_fold(assign_fold(e)) for e in examples]
    probabilities = [-1.0] * len(examples)
    for fold_number in range(FOLDS):
        model = train(matrix, examples, [i for i, f in enumerate(folds) if f not in (fold_number, -1)])
        tested = [i for i, f in enumerate(folds) if f == fold_number]
        for i, (_, probability) in zip(tested, model.predict_proba(matrix[tested]), strict=True):
            probabilities[i] = float(probability)
    return probabilities


def name_kind_fold(example: Example) -> str:
    """Return the kind of a line of boilerplate, so that whole kinds are unseen; other lines are split as they come."""
    return example.kind if example.is_boilerplate and not example.is_of_page else fold(example.line.text)[:40]


def hash_fold(text: str) -> int:
    """Return the fold of a text."""
    return hashlib.sha256(text.encode()).digest()[0] % FOLDS


def report(name: str, examples: list[Example], probabilities: list[float]) -> None:
    """Print the area under the ROC curve, and the share of boilerplate that is found where most prose is kept."""
    from sklearn.metrics import roc_auc_score

    known = [i for i, p in enumerate(probabilities) if p >= 0]
    auc = roc_auc_score([examples[i].is_boilerplate for i in known], [probabilities[i] for i in known])
    prose = sorted((probabilities[i] for i in known if not examples[i].is_boilerplate), reverse=True)
    positive = [i for i in known if examples[i].is_boilerplate]
    print(f"{name}: {len(positive)} of {len(known)} lines are boilerplate, AUC {auc:.4f}")
    for kept in KEPT_SHARES:
        threshold = prose[int(len(prose) * (1 - kept))]
        found = sum(probabilities[i] > threshold for i in positive) / len(positive)
        print(f"    prose kept {kept}: threshold {threshold:.3f}, boilerplate found {found:.3f}")


def write_model(matrix: Any, examples: list[Example], path: Path) -> None:
    """Train on all examples and write the model, with weights of one byte each."""
    model = train(matrix, examples, list(range(len(examples))))
    weights = model.coef_[0]
    scale, groups = encode(weights[:BUCKETS])
    kind_scale, kinds = train_kinds(matrix, examples)
    stored = {
        "about": f"logistic regression over {len(examples)} lines, of examples and labelled pages; "
        "written by benchmarks/train_lines.py",
        "bias": round(float(model.intercept_[0]), 4),
        "scale": scale,
        "groups": groups,
        "signals": [round(float(weight) * SIGNAL_VALUE, 4) for weight in weights[BUCKETS:]],
        "kinds": kinds,
        "kind_scale": kind_scale,
    }
    path.write_text(json.dumps(stored, separators=(",", ":")) + "\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size // 1024} KiB")


def train_kinds(matrix: Any, examples: list[Example]) -> tuple[float, dict[str, tuple[float, str]]]:
    """Train the model that names the kind of a boilerplate line; it decides nothing else."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    names = {kind: name for name, kinds in KINDS.items() for kind in kinds.split()}
    chosen = [i for i, e in enumerate(examples) if e.is_boilerplate and e.kind in names]
    folded = sparse.coo_matrix(matrix[chosen][:, :BUCKETS])
    columns = sparse.csr_matrix((folded.data, (folded.row, folded.col % KIND_BUCKETS)), (len(chosen), KIND_BUCKETS))
    model = LogisticRegression(C=4 * REGULARISATION, max_iter=300, class_weight="balanced").fit(
        columns, [names[examples[i].kind] for i in chosen]
    )
    scale = max(abs(float(weight)) for row in model.coef_ for weight in row) / 127
    pairs = zip(model.classes_, model.intercept_, model.coef_, strict=True)
    return scale, {str(kind): (round(float(bias), 3), encode(row, scale)[1]) for kind, bias, row in pairs}


def encode(weights: Any, scale: float | None = None) -> tuple[float, str]:
    """Return the unit of one byte, and the weights as signed bytes in Base64."""
    # The few largest weights are cut off, for the sake of the precision of the others.
    unit = scale or sorted(abs(float(weight)) for weight in weights)[-20] / 127
    clipped = (max(-127, min(127, round(float(weight) / unit))) for weight in weights)
    return unit, base64.b64encode(bytes(value & 0xFF for value in clipped)).decode()


def main() -> None:
    """Cross-validate, then train on all lines and write the model if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of labelled pages")
    parser.add_argument("--write", action="store_true", help="train on all lines and write the model")
    parser.add_argument("--skip-folds", action="store_true", help="skip the cross-validation")
    options = parser.parse_args()
    examples = [*read_examples(EXAMPLES), *read_rule_examples()]
    if options.pages:
        examples += read_page_examples(options.pages)
    matrix = build_matrix(examples)
    print(f"{len(examples)} lines")
    if not options.skip_folds:
        report("unseen wordings", examples, run_cross_validation(matrix, examples, lambda e: fold(e.line.text)[:40]))
        report("unseen languages and sites", examples, run_cross_validation(matrix, examples, lambda e: e.source))
        report("unseen kinds", examples, run_cross_validation(matrix, examples, name_kind_fold))
    if options.write:
        write_model(matrix, examples, MODEL)


if __name__ == "__main__":
    main()
