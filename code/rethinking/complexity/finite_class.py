"""Counting hypotheses: how far a sample may mislead about any of finitely many."""

from __future__ import annotations

import math

import numpy as np

from rethinking.complexity.checks import probability
from rethinking.models import build, parameter_count

FLOAT_BITS = 32


def deviation(n: float | np.ndarray, log_hypotheses: float = 0.0, delta: float = 0.05) -> float | np.ndarray:
    """How far ``n`` examples may mislead about any of several hypotheses, with probability at least ``1 - delta``.

    ``sqrt((ln |H| + ln(2 / delta)) / (2 n))``, in units of a loss with values in [0, 1].

    Args:
        n: how many examples, or an array of such numbers.
        log_hypotheses: ``ln |H|``; 0 for one hypothesis that was fixed beforehand.

    Source: {prf:ref}`thm-finite-class`; with one hypothesis {prf:ref}`prop-test-set`.
    """
    return np.sqrt((log_hypotheses + math.log(2 / probability(delta))) / (2 * n))


def log_networks(model: str, bits: int = FLOAT_BITS) -> float:
    """``ln |H|`` where H is every setting of a model's parameters, each stored in ``bits`` bits."""
    return bits * parameter_count(build(model)) * math.log(2)
