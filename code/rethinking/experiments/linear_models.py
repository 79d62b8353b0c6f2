"""What the linear kernel can do on a data set with more images than pixels: not interpolate, but least squares."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from rethinking import data, kernels
from rethinking.experiments.studies import Measurement, Study
from rethinking.reports import Report


def least_squares(report: Report, dataset: str, seed: int = 0) -> dict[str, object]:
    """The least-squares fit of one-hot targets by the pixels, and a constant, of all training images.

    Args:
        seed: of the random labels, fitted beside the true ones.

    Returns:
        Plain JSON values: ``n``, ``d`` pixels, the ``rank`` of the n x d matrix of pixels 0 to 255, and for
        ``true-labels`` and ``random-labels`` the ``train_error``, ``test_error`` and the ``unexplained`` fraction of
        the targets' variance; fractions.

    Source: {prf:ref}`prop-rank`.
    """
    train, test = data.load(dataset, "train"), data.load(dataset, "test")
    X, X_test = _pixels_and_one(train), _pixels_and_one(test)
    gram = X.T @ X  # of whole numbers below 2^53, so it is exact and its rank is that of X
    report("least squares", 0.3)
    inverse = scipy.linalg.pinvh(gram)
    result: dict[str, object] = {
        "n": len(X),
        "d": X.shape[1] - 1,
        "rank": int(np.linalg.matrix_rank(gram[:-1, :-1], hermitian=True)),
    }
    for corruption in ("true-labels", "random-labels"):
        labels = data.randomize(train, test, corruption, seed)[0].labels
        targets = kernels.one_hot(labels, len(train.classes))
        w = inverse @ (X.T @ targets)
        outputs = X @ w
        result[corruption] = {
            "train_error": float(np.mean(outputs.argmax(axis=1) != labels)),
            "test_error": float(np.mean((X_test @ w).argmax(axis=1) != test.labels)),
            "unexplained": float(np.sum((targets - outputs) ** 2) / np.sum((targets - targets.mean(axis=0)) ** 2)),
        }
    return result


def _pixels_and_one(images: data.ImageSet) -> np.ndarray:
    """float64 [n, d + 1]: the pixels, 0 to 255, and a column of ones."""
    return np.hstack([images.images.reshape(len(images), -1), np.ones((len(images), 1))])


STUDY = Study(
    name="linear-models",
    title="The linear kernel on MNIST",
    place="Section 5",
    measurements=(Measurement("mnist-least-squares", least_squares, {"dataset": "mnist", "seed": 0}),),
)
