"""Corollary 1's plan: cut the sorted sample into intervals, and give each a function that is zero at all other points.

Works for float64 arrays and, for the certificate, for object arrays of exact rational numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rethinking.expressivity.lemma import solve_interleaved


@dataclass(frozen=True)
class Window:
    """One interval's function ``o(x) = sum_j w[j] * max(x - beta[j], 0)``.

    Attributes:
        start, stop: it fits the points ``x[start:stop]`` and is zero at all others.
        beta: [m] its thresholds; w: [m, k] its weights.
    """

    start: int
    stop: int
    beta: np.ndarray
    w: np.ndarray


def windows(x: np.ndarray, b: np.ndarray, y: np.ndarray, count: int) -> list[Window]:
    """``count`` windows of sizes that differ by one at most.

    A window is the theorem's construction on its own points, continued by two units that bring it down to zero at the
    first point after it and keep it there. The last window has no point after it and needs no such units.

    Args:
        x, b: [n] with ``x[i-1] <= b[i] < x[i]``; y: [n, k]; count: 1 to n.

    Source: {prf:ref}`lem-window`.
    """
    edges = np.arange(count + 1) * len(x) // count
    return [_window(x, b, y, int(start), int(stop)) for start, stop in zip(edges[:-1], edges[1:], strict=True)]


def _window(x: np.ndarray, b: np.ndarray, y: np.ndarray, start: int, stop: int) -> Window:
    if stop == len(x):
        return Window(start, stop, b[start:], solve_interleaved(x[start:], b[start:], y[start:]))
    # One point more, with target zero ...
    target = np.concatenate([y[start:stop], y[:1] * 0])
    w = solve_interleaved(x[start : stop + 1], b[start : stop + 1], target)
    # ... and a threshold exactly there, where the slope returns to zero: then the function stays zero.
    return Window(
        start,
        stop,
        np.concatenate([b[start : stop + 1], x[stop : stop + 1]]),
        np.concatenate([w, -w.sum(axis=0, keepdims=True)]),
    )
