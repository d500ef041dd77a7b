"""The probabilities that anomalies are told by."""

import pytest

from crawler.ops.probabilities import compute_beta_binomial_tail


def test_chance_is_a_probability():
    assert compute_beta_binomial_tail(0, 7, 3, 90) == pytest.approx(1)
    tails = [compute_beta_binomial_tail(bad, 12, 3, 90) for bad in range(13)]
    assert tails == sorted(tails, reverse=True)
