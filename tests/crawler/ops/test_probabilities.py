"""The probabilities that anomalies are told by."""

import pytest

from crawler.ops.probabilities import chance


def test_chance_is_a_probability():
    assert chance(0, 7, 3, 90) == pytest.approx(1)
    tails = [chance(bad, 12, 3, 90) for bad in range(13)]
    assert tails == sorted(tails, reverse=True)
