"""A forest asked without a library, and the features it is asked about."""

import json
import math
from importlib.resources import files

import pytest

from cleaning.content.blocks import read_blocks
from cleaning.content.features import compute_features, list_feature_names
from cleaning.content.forest import Forest, load_forest
from cleaning.html.tree import parse_html
from cleaning.lines.line import KnownMetadata

# Two trees: one splits on the first feature, one on the second and then on the first.
SMALL = Forest(
    roots=(0, 1),
    feature=(0, 1, 0),
    threshold=(0.5, 10.0, 2.0),
    left=(~0, ~2, ~3),
    right=(~1, 2, ~4),
    leaves=(-1.0, 1.0, 0.25, 0.5, 2.0),
)


@pytest.mark.parametrize(
    ("row", "log_odds"), [([0.5, 10.0], -0.75), ([0.6, 10.0], 1.25), ([2.0, 11.0], 1.5), ([2.1, 11.0], 3.0)]
)
def test_adds_the_leaves_of_its_trees(row: list[float], log_odds: float) -> None:
    assert SMALL.estimate_probability(row) == pytest.approx(1 / (1 + math.exp(-log_odds)))


@pytest.mark.parametrize(("name", "votes"), [("blocks", 0), ("blocks_with_votes", 4)])
def test_models_ask_for_features_that_there_are(name: str, votes: int) -> None:
    forest = load_forest(name)
    assert max(forest.feature) < len(list_feature_names()) + votes
    nodes = len(forest.feature)
    assert all(-len(forest.leaves) <= child < nodes for child in (*forest.roots, *forest.left, *forest.right))


def test_models_are_small_files() -> None:
    for model in files("cleaning").joinpath("models").iterdir():
        assert "labelled pages" in json.loads(model.read_text("utf-8"))["about"]
        assert len(model.read_bytes()) < 200_000


def test_a_row_has_a_value_for_each_name() -> None:
    story = "<h1>Dyke</h1><article><p>The council voted on Tuesday to rebuild the dyke.</p></article>"
    rows = compute_features(read_blocks(parse_html(f"<html><body>{story}</body></html>")), KnownMetadata(title="Dyke"))
    assert len(rows) == 2
    for _, row in rows:
        assert len(row) == len(list_feature_names()) == len(set(list_feature_names()))
    heading = dict(zip(list_feature_names(), rows[0][1], strict=True))
    assert (heading["title_share"], heading["title_found"], heading["since_h1"], heading["within_article"]) == (
        1,
        1,
        0,
        0,
    )


def test_blocks_far_from_the_prose_are_not_described() -> None:
    story = "".join(
        f"<p>The council voted on day {i} to rebuild the northern dyke before the winter.</p>" for i in range(20)
    )
    menu = "".join(f"<li><a href='/{i}'>Section {i}</a></li>" for i in range(30))
    blocks = read_blocks(
        parse_html(f"<html><body><div><div><ul>{menu}</ul></div></div><article>{story}</article></body></html>")
    )
    assert [i for i, _ in compute_features(blocks, KnownMetadata())] == list(range(30, 50))


def test_no_blocks_no_rows() -> None:
    assert compute_features([], KnownMetadata(title="Dyke")) == []
