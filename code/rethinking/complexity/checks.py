"""What several measures ask of their arguments."""

from __future__ import annotations

from typing import Any

import numpy as np


def scores_and_labels(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """The scores of n examples for k classes as float64 [n, k], a copy, and their labels as int64 [n].

    Raises:
        ValueError: other shapes, or a label that is no class.
    """
    scores, labels = np.array(scores, dtype=np.float64), np.asarray(labels)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            f"scores must be [n, k] and labels [n]; got shapes {list(scores.shape)} and {list(labels.shape)}"
        )
    classes = scores.shape[1]
    allowed = f"labels must be whole numbers from 0 to {classes - 1}, as the scores have {classes} columns"
    if labels.dtype.kind not in "iu":
        raise ValueError(f"{allowed}; got {labels.dtype}")
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(outside):
        raise ValueError(f"{allowed}; label {outside[0]} is {labels[outside[0]]}")
    return scores, labels.astype(np.int64)


def probability(delta: float) -> float:
    """``delta``.

    Raises:
        ValueError: not between 0 and 1.
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta, the probability with which a bound may fail, must lie between 0 and 1; got {delta}")
    return delta
