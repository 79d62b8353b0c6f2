"""Empirical Rademacher complexity: how well a class correlates with random signs, and the bounds this gives.

For a class whose best correlation can only be sought by training, the reached correlations average to an estimate from
below. For balls of linear functions and of kernels the best correlation is known exactly, draw by draw.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from rethinking.complexity.checks import probability

ROWS = 2000


@dataclass(frozen=True)
class Estimate:
    """A mean over draws of the signs.

    Attributes:
        mean: of the correlations.
        standard_error: of that mean, from the spread of the draws; None for a single draw.
        draws: how many.
    """

    mean: float
    standard_error: float | None
    draws: int


def draw_signs(n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """float64 [draws, n]: independent signs, -1 or 1 with equal chance."""
    return rng.integers(2, size=(draws, n)) * 2.0 - 1.0


def correlation(signs: np.ndarray, outputs: np.ndarray) -> float:
    """``(1/n) sum_i sigma_i f(x_i)`` for signs [n] and outputs f(x_i) [n].

    Raises:
        ValueError: other shapes.
    """
    signs, outputs = np.asarray(signs), np.asarray(outputs)
    if signs.shape != outputs.shape or signs.ndim != 1:
        raise ValueError(f"signs and outputs must be [n]; got shapes {list(signs.shape)} and {list(outputs.shape)}")
    return float(np.mean(signs * outputs))


def correlation_of_accuracy(accuracy: float) -> float:
    """The correlation of a classifier with values -1 and 1 that gives this fraction of the signs."""
    return 2 * accuracy - 1


def estimate(correlations: Iterable[float]) -> Estimate:
    """The mean of the correlations reached, one per draw of the signs; with ``draws`` large it estimates, from below,
    the empirical Rademacher complexity, and exactly if each was the best that the class has.

    Raises:
        ValueError: there are none.

    Source: {prf:ref}`def-rademacher`.
    """
    values = [float(value) for value in correlations]
    if not values:
        raise ValueError("no correlations to average; train on at least one draw of the signs")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"correlations must be finite numbers; got {values}")
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    return Estimate(statistics.fmean(values), error, len(values))


def draws_deviation(n: int, draws: int, delta: float = 0.05) -> float:
    """How far the mean over draws may lie above its expectation, with probability ``1 - delta``, for values -1 and 1.

    One sign moves the mean by at most ``2 / (n draws)``, so few draws are enough where n is large:
    ``sqrt(2 ln(1 / delta) / (n draws))``.

    Source: {prf:ref}`lem-mcdiarmid`.
    """
    return math.sqrt(2 * math.log(1 / probability(delta)) / (n * draws))


def linear_ball(X: np.ndarray, B: float, signs: np.ndarray) -> np.ndarray:
    """The best correlation of ``x -> w^T x`` with ``|w| <= B``, for each draw: ``(B/n) |X^T sigma|``.

    Args:
        X: [n, d]; B: radius of the ball; signs: [draws, n].

    Returns:
        float64 [draws].

    Source: {prf:ref}`prop-linear-ball`.
    """
    return B / len(X) * np.linalg.norm(signs @ X, axis=1)


def linear_ball_bound(X: np.ndarray, B: float) -> float:
    """What the mean of ``linear_ball`` cannot exceed: ``(B/n) sqrt(sum_i |x_i|^2)``, which falls as 1 / sqrt(n)."""
    return B / len(X) * math.sqrt(float(np.sum(np.square(X, dtype=np.float64))))


def kernel_ball(
    kernel: Callable[[np.ndarray, np.ndarray], np.ndarray], X: np.ndarray, B: float, signs: np.ndarray
) -> np.ndarray:
    """The best correlation of the functions of norm at most B in a kernel's space: ``(B/n) sqrt(sigma^T K sigma)``.

    The kernel matrix K is made a few rows at a time.

    Args:
        kernel: of points [n, d] and [m, d], [n, m]; X: [n, d]; B: radius; signs: [draws, n].

    Returns:
        float64 [draws].

    Source: {prf:ref}`prop-linear-ball`, with the kernel's features for x.
    """
    forms = np.zeros(len(signs))
    for start in range(0, len(X), ROWS):
        rows = slice(start, start + ROWS)
        forms += np.einsum("ij,ij->i", signs[:, rows], signs @ kernel(X, X[rows]))
    return B / len(X) * np.sqrt(np.maximum(forms, 0))


def kernel_ball_bound(K: np.ndarray, B: float) -> float:
    """What the mean of ``kernel_ball`` cannot exceed: ``(B/n) sqrt(trace K)``."""
    return B / len(K) * math.sqrt(float(np.trace(K)))


def rademacher_bound(empirical_risk: float, complexity: float, n: int, delta: float = 0.05) -> float:
    """The largest population risk on the 0-1 loss that Rademacher complexity allows, with probability ``1 - delta``.

    Args:
        empirical_risk: on the n examples, a fraction.
        complexity: the empirical Rademacher complexity of a class of classifiers with values -1 and 1.

    Source: {prf:ref}`thm-rademacher-bound`; Mohri et al. (2018), Theorem 3.5.
    """
    return empirical_risk + complexity + 3 * math.sqrt(math.log(2 / probability(delta)) / (2 * n))


def margin_bound(ramp_risk: float, complexity: float, n: int, delta: float = 0.05) -> float:
    """The largest 0-1 risk of ``sign f`` that the complexity of a class of real functions allows, at margin 1.

    Args:
        ramp_risk: the mean of ``min(1, max(0, 1 - y f(x)))`` over the n examples.
        complexity: the empirical Rademacher complexity of the class.

    Source: Mohri et al. (2018), Theorem 5.8.
    """
    return ramp_risk + 2 * complexity + 3 * math.sqrt(math.log(2 / probability(delta)) / (2 * n))


def massart_bound(log_patterns: float, n: int) -> float:
    """The largest Rademacher complexity of a class that shows only so many sign patterns on n points.

    Args:
        log_patterns: the natural logarithm of their number.

    Source: {prf:ref}`lem-massart`.
    """
    return math.sqrt(2 * log_patterns / n)


def growth_bound(n: int, vc_dimension: int) -> float:
    """The logarithm of the number of sign patterns that a class of this VC dimension can show on n points, at most.

    Source: {prf:ref}`lem-sauer`, ``sum_{i <= vc_dimension} binomial(n, i)``.
    """
    if vc_dimension >= n:
        return n * math.log(2)
    i = np.arange(vc_dimension + 1)
    return float(logsumexp(gammaln(n + 1) - gammaln(i + 1) - gammaln(n - i + 1)))


def vc_bound(empirical_risk: float, vc_dimension: int, n: int, delta: float = 0.05) -> float:
    """The largest population risk that this VC dimension allows, with probability ``1 - delta``.

    Source: {prf:ref}`cor-vc-bound`, with the sum of {prf:ref}`lem-sauer` where the corollary has the bound on it; so
    this is at most the corollary's value, and ``n`` may be any.
    """
    return rademacher_bound(empirical_risk, massart_bound(growth_bound(n, vc_dimension), n), n, delta)
