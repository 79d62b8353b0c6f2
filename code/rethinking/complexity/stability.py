"""Uniform stability: how much a learning algorithm's losses move when one training example is replaced."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from rethinking.complexity.checks import probability, scores_and_labels


@dataclass(frozen=True)
class Change:
    """The change of the loss over many examples.

    Attributes:
        largest, mean: of its absolute value; ``largest`` is a lower bound of beta.
        quantiles: the absolute change that 50, 90, 99 and 99.9 percent of the examples do not exceed, by name.
        count: how many examples.
    """

    largest: float
    mean: float
    quantiles: dict[str, float]
    count: int


QUANTILES = {"50": 0.5, "90": 0.9, "99": 0.99, "99.9": 0.999}


def cross_entropies(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The cross-entropy of each example in nats, float64 [n], for scores [n, k] and labels int64 [n].

    Raises:
        ValueError: other shapes, or a label that is no class.
    """
    scores, labels = scores_and_labels(scores, labels)
    return -log_softmax(scores, axis=1)[np.arange(len(labels)), labels]


def change(before: np.ndarray, after: np.ndarray) -> Change:
    """How losses [n] differ between two hypotheses, example by example.

    Raises:
        ValueError: different shapes, or no example.

    Source: {prf:ref}`def-uniform-stability`.
    """
    if before.shape != after.shape or not before.size:
        raise ValueError(f"losses must be of the same examples; got {list(before.shape)} and {list(after.shape)}")
    moved = np.abs(after - before)
    quantiles = {name: float(np.quantile(moved, share)) for name, share in QUANTILES.items()}
    return Change(float(moved.max()), float(moved.mean()), quantiles, moved.size)


def stability_bound(
    empirical_risk: float, beta: float, n: int, delta: float = 0.05, largest_loss: float = 1.0
) -> float:
    """The largest population risk that uniform stability allows, with probability ``1 - delta``.

    Args:
        beta: the uniform stability of the algorithm for training sets of n examples.
        largest_loss: the loss lies between 0 and this.

    Source: {prf:ref}`thm-stability`; Mohri et al. (2018), Theorem 14.2. Bousquet and Elisseeff (2002), Theorem 12, take
    beta for an example removed instead of replaced, and so have 2 beta in the place of beta.
    """
    return empirical_risk + beta + (2 * n * beta + largest_loss) * math.sqrt(math.log(1 / probability(delta)) / (2 * n))


def least_stability(train_accuracy: float, classes: int) -> float:
    """The least beta, on the 0-1 loss, of an algorithm that reaches this training accuracy on random labels.

    Args:
        train_accuracy: its expectation over random labels, a fraction.

    Source: {prf:ref}`prop-label-blind`.
    """
    return max(0.0, (train_accuracy - 1 / classes) / (1 - 1 / classes))
