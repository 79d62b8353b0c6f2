"""Few ReLUs give many points any signs: the rarer sign is put on hyperplanes, each with a tent of three units on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tents:
    """``f(x) = s (sum_g tent((a_g . x - c_g) / eps_g) - 1/2)``, ``tent(u) = relu(u + 1) - 2 relu(u) + relu(u - 1)``.

    Attributes:
        a: float64 [g, d]; c, eps: float64 [g]; sign: s, 1 or -1.
    """

    a: np.ndarray
    c: np.ndarray
    eps: np.ndarray
    sign: int

    @property
    def hidden_units(self) -> int:
        return 3 * len(self.c)

    def evaluate(self, X: np.ndarray) -> np.ndarray:
        """float64 [n] for X [n, d]."""
        u = (X @ self.a.T - self.c) / self.eps
        tents = np.maximum(u + 1, 0) - 2 * np.maximum(u, 0) + np.maximum(u - 1, 0)
        return self.sign * (tents.sum(axis=1) - 0.5)


def fit_signs(X: np.ndarray, signs: np.ndarray) -> Tents:
    """A network with one hidden layer of ``3 ceil(p / d)`` ReLUs that has these signs at these points.

    Args:
        X: [n, d], in general position; signs: [n], -1 or 1, of which the rarer one occurs p times.

    Raises:
        ValueError: the signs are not -1 or 1, one for each point; or a hyperplane through one group of points (nearly)
            meets another point, or misses its own.

    Source: {prf:ref}`prop-tents`.
    """
    X, signs = np.asarray(X, dtype=np.float64), np.asarray(signs)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise ValueError(f"X must be [n, d], finite numbers; got shape {list(X.shape)}")
    if signs.shape != (len(X),) or not np.isin(signs, (-1, 1)).all():
        raise ValueError(f"signs must be -1 or 1, one for each of the {len(X)} points; got {signs!r}")
    sign = 1 if np.sum(signs > 0) <= len(signs) / 2 else -1
    rare = np.flatnonzero(signs == sign)
    groups = np.array_split(rare, math.ceil(len(rare) / X.shape[1])) if len(rare) else []
    centre = X.mean(axis=0)  # a hyperplane (x - centre) . a = 1 misses it, so its normal a solves a linear system
    normals, thresholds, widths = [], [], []
    for group in groups:
        a = np.linalg.lstsq(X[group] - centre, np.ones(len(group)), rcond=None)[0]
        away = np.abs((X - centre) @ a - 1)
        own, others = away[group].max(), np.delete(away, group).min()
        if not own < 1e-3 * others:
            raise ValueError(
                f"the hyperplane through {len(group)} of the points misses one of them by {own:.1e} and another point "
                f"by only {others:.1e}; the points must be in general position"
            )
        normals.append(a)
        thresholds.append(1 + a @ centre)
        widths.append(others / 2)
    return Tents(np.array(normals).reshape(-1, X.shape[1]), np.array(thresholds), np.array(widths), sign)
