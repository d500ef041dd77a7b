"""Probabilities by chance: the statistics behind the detection of anomalies, independent of sources."""

from functools import lru_cache
from math import exp, lgamma, log


@lru_cache(maxsize=4096)
def compute_beta_binomial_tail(bad: int, total: int, past_bad: int, past_total: int) -> float:
    """Return the probability of at least ``bad`` bad pages of ``total``, if they are as frequent as in the past.

    The past leaves its own frequency uncertain, the more so the smaller it is: with Jeffreys' prior, the number of bad
    pages is beta-binomial. A test against the plain share of the past would be too sure of itself, and useless for a
    past of twenty pages without a single bad one.

    >>> [f"{compute_beta_binomial_tail(5, 5, *past):.0e}" for past in ((1, 100), (0, 20), (30, 100))]
    ['3e-08', '5e-06', '3e-03']
    """
    good, past_good = total - bad, past_total - past_bad
    prior = _compute_log_beta(past_bad + 0.5, past_good + 0.5)
    tail = range(good + 1)
    return sum(
        exp(
            _compute_log_binomial(total, less)
            + _compute_log_beta(total - less + past_bad + 0.5, less + past_good + 0.5)
            - prior
        )
        for less in tail
    )


def _compute_log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _compute_log_binomial(total: int, take: int) -> float:
    return lgamma(total + 1) - lgamma(take + 1) - lgamma(total - take + 1)


def compute_silence_factor(pauses: int, probability: float) -> float:
    """Return how many times its longest pause a source may be silent before that is beyond chance.

    If a source published at random at a constant rate, the next pause would be longer than ``c`` times the longest of
    ``n`` with a probability of ``n! Γ(c+1) / Γ(n+c+1)``, whatever the rate; this is solved for ``c``. Real sources keep
    hours and days of the week, so their pauses vary less, and they raise fewer false alarms than this allows.

    Args:
        pauses: the number of pauses known.
        probability: the probability of a false alarm to allow, for one pause.

    >>> made = ((8, 52), (26, 52), (100, 365), (1000, 3650))
    >>> [round(compute_silence_factor(pauses, 0.02 / a_year), 1) for pauses, a_year in made]
    [5.8, 2.8, 2.3, 1.8]
    """
    target = log(probability)
    low, high = 1.0, 100.0
    while high - low > 0.01:
        middle = (low + high) / 2
        if lgamma(pauses + 1) + lgamma(middle + 1) - lgamma(pauses + middle + 1) > target:
            low = middle
        else:
            high = middle
    return high


def compute_poisson_tail(count: int, mean: float) -> float:
    """Return the probability of at most ``count`` events if ``mean`` are expected."""
    return sum(exp(number * log(mean) - mean - lgamma(number + 1)) for number in range(count + 1))
