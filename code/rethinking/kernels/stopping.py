"""What gradient descent for a linear model has done when it is stopped: almost what a ridge does.

``X`` is float64 [n, d] with one example in each row, of any rank; ``y`` is float64 [n], or [n, k] for k outputs. The
empirical risk is ``sum((X @ w - y)**2) / (2 n)``. Both solutions are the least-squares one with each of its components
along a right singular vector of X shrunk by a factor in [0, 1].
"""

from __future__ import annotations

import numpy as np
import scipy.linalg


def stopping_factors(X: np.ndarray, step: float, steps: int) -> np.ndarray:
    """The factors after ``steps`` steps of gradient descent from zero, ``1 - (1 - step * s**2 / n)**steps``.

    Returns:
        float64 [min(n, d)], for the singular values s in falling order.

    Raises:
        ValueError: the step is outside (0, n / s**2] for the largest s, where a component would overshoot.

    Source: {prf:ref}`thm-stopping`.
    """
    squares = scipy.linalg.svdvals(X) ** 2 / len(X)
    if not 0 < step <= (1 + 1e-12) / squares[0]:
        raise ValueError(f"step {step:g} is outside (0, {1 / squares[0]:g}]; choose one inside")
    return 1 - np.maximum(1 - step * squares, 0) ** steps


def ridge_factors(X: np.ndarray, weight_decay: float) -> np.ndarray:
    """The factors of the minimizer of the risk plus ``weight_decay / 2`` times the squared norm, ``s**2 / (s**2 + n *
    weight_decay)``; float64 [min(n, d)], for the singular values s in falling order.

    Raises:
        ValueError: ``weight_decay`` is not positive.

    Source: {prf:ref}`thm-stopping`.
    """
    if not weight_decay > 0:
        raise ValueError(f"weight_decay must be positive; got {weight_decay!r}")
    squares = scipy.linalg.svdvals(X) ** 2
    return squares / (squares + len(X) * weight_decay)


def shrunk(X: np.ndarray, y: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The least-squares solution of least norm, its component along the i-th right singular vector times
    ``factors[i]``; [d] or [d, k].

    Source: {prf:ref}`thm-stopping`.
    """
    U, s, Vt = scipy.linalg.svd(X, full_matrices=False)
    positive = s > s[0] * max(X.shape) * np.finfo(float).eps
    scale = np.divide(factors, s, out=np.zeros_like(s), where=positive)
    return Vt.T @ (scale * (U.T @ y).T).T
