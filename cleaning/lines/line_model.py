"""The line model: estimates whether a line is boilerplate in wordings and languages that no rule knows.

It is a logistic regression over the features of :mod:`cleaning.lines.line_features`. ``benchmarks/train_lines.py``
trains it and writes it as plain numbers to ``cleaning/models/lines.json``; no machine-learning library is needed here.
"""

import base64
import json
import math
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from cleaning.lines.line import Line
from cleaning.lines.line_features import compute_signals, hash_word, split_words

MAX_CACHED_WORDS = 65_536
"""Words whose weights are kept in memory. Most words of a page have occurred on earlier pages."""
EXPLAINING_WORDS = 2
"""Words that a verdict names as its reason."""


@dataclass(frozen=True, slots=True)
class LineModel:
    """The weights of the model, as they are stored in its file."""

    bias: float
    scale: float
    """Weight of a letter group per unit of the stored bytes."""
    groups: tuple[int, ...]
    """A signed byte for each bucket of letter groups."""
    signals: tuple[float, ...]
    """The weights of the signals, in the order of ``line_features.SIGNALS``."""
    kinds: dict[str, tuple[float, tuple[int, ...]]]
    """For each kind of boilerplate its bias, and its signed bytes for the buckets of letter groups, taken modulo."""
    kind_scale: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model says about a line that it takes for boilerplate."""

    kind: str
    """The kind of boilerplate, such as "consent" or "credit"."""
    words: tuple[str, ...]
    """The words that speak most for boilerplate, the strongest first."""


@cache
def load_line_model() -> LineModel:
    """Return the model in ``cleaning/models/lines.json``; it is read once per process."""
    stored = json.loads(files("cleaning").joinpath("models", "lines.json").read_text("utf-8"))
    return LineModel(
        bias=stored["bias"],
        scale=stored["scale"],
        groups=_decode(stored["groups"]),
        signals=tuple(stored["signals"]),
        kinds={kind: (bias, _decode(weights)) for kind, (bias, weights) in stored["kinds"].items()},
        kind_scale=stored["kind_scale"],
    )


def _decode(text: str) -> tuple[int, ...]:
    return tuple(memoryview(base64.b64decode(text)).cast("b"))


@lru_cache(maxsize=4096)
def estimate_boilerplate(line: Line) -> float:
    """Return the probability, from 0.0 to 1.0, that a line is boilerplate, wherever it stands.

    >>> estimate_boilerplate(Line("Få vårt nyhetsbrev i mejlen, anmäl dig här")) > 0.5
    True
    >>> estimate_boilerplate(Line("The ferry sailed at noon.")) < 0.5
    True
    """
    model = load_line_model()
    total, groups = 0, 0
    for word in split_words(line.text):
        weight, size = _weigh_word(word)
        total += weight
        groups += size
    score = model.bias + model.scale * total / math.sqrt(groups or 1)
    score += sum(weight * value for weight, value in zip(model.signals, compute_signals(line), strict=True) if value)
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


@lru_cache(maxsize=MAX_CACHED_WORDS)
def _weigh_word(word: str) -> tuple[int, int]:
    """Return the sum of the stored weights of a word's letter groups, and their number."""
    buckets = hash_word(word)
    weights = load_line_model().groups
    return sum(weights[bucket] for bucket in buckets), len(buckets)


def explain_verdict(text: str) -> Verdict:
    """Return the kind of boilerplate that a line is most likely to be, and the words that speak most for it.

    >>> explain_verdict("Denna webbplats använder kakor. Godkänn Neka").kind
    'consent'
    """
    model = load_line_model()
    words = split_words(text)
    buckets = Counter(bucket for word in words for bucket in hash_word(word))
    norm = model.kind_scale / math.sqrt(buckets.total() or 1)
    scores = {
        kind: bias + norm * sum(weights[bucket % len(weights)] * n for bucket, n in buckets.items())
        for kind, (bias, weights) in model.kinds.items()
    }
    strongest = sorted({word.strip("^$") for word in words}, key=lambda word: -_weigh_word(word)[0])
    return Verdict(max(scores, key=scores.__getitem__), tuple(strongest[:EXPLAINING_WORDS]))
