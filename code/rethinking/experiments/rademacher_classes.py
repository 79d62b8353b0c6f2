"""Rademacher complexity of classes for which theory works, on the images whose random signs the network fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import torch

from rethinking import complexity, data
from rethinking.experiments.plan import RADEMACHER_SIZES
from rethinking.experiments.studies import Measurement, Study
from rethinking.kernels.functions import Gaussian
from rethinking.randomness import stream
from rethinking.reports import Report

ANIMALS = ("bird", "cat", "deer", "dog", "frog", "horse")
RIDGE = 1e-9  # of the trace: least squares to rounding, also where there are fewer images than pixels


def classes(
    report: Report, dataset: str, sizes: Sequence[int], draws: int, fitted: int, seed: int = 0
) -> dict[str, object]:
    """The complexity of linear classifiers, and of balls of linear functions and of kernel functions, at growing n.

    Inputs are the network's: the first n training images, cropped and standardized, [n, d]. The balls are the same for
    every n: their radius is that of the smallest that holds a function with values 1 on the animals and -1 on the
    vehicles among the first ``fitted`` images. The kernel is ``exp(-||x - x'||^2 / (2 s^2))`` with s half the norm of
    an image, ``sqrt(d) / 2``.

    Args:
        draws: of the signs, the same for all classes.

    Returns:
        Plain JSON values. For each class by n: an estimate (mean, standard_error, draws); of ``linear-classifiers``
        from below, since the sign of the least-squares fit need not be the best, of the balls exact but for the draws;
        and ``bounds``, which no complexity exceeds.

    Source: {prf:ref}`def-rademacher`, {prf:ref}`prop-linear-ball`, {prf:ref}`lem-massart`, {prf:ref}`lem-sauer`.
    """
    images = data.load(dataset, "train").first(max(sizes))
    X = data.standardize(torch.from_numpy(data.centre_crop(images.images))).flatten(1).numpy()
    d = X.shape[1]
    animal = np.isin(images.labels[:fitted], [images.classes.index(name) for name in ANIMALS])
    y, first = np.where(animal, 1.0, -1.0), X[:fitted].astype(float)
    radii = {"linear-ball": _radius(first @ first.T, y), "kernel-ball": _radius(_gaussian(first, first), y)}
    estimates: dict[str, dict] = {name: {} for name in ("linear-classifiers", *radii)}
    bounds: dict[str, dict] = {name: {} for name in estimates}
    for place, n in enumerate(sizes):
        report(f"n = {n:,}", place / len(sizes))
        signs = complexity.draw_signs(n, draws, stream(seed, "rademacher-classes", n))
        found = {
            "linear-classifiers": _least_squares_correlations(X[:n], signs),
            "linear-ball": complexity.linear_ball(X[:n], radii["linear-ball"], signs),
            "kernel-ball": complexity.kernel_ball(_gaussian, X[:n], radii["kernel-ball"], signs),
        }
        for name, correlations in found.items():
            estimates[name][str(n)] = asdict(complexity.estimate(correlations))
        bounds["linear-classifiers"][str(n)] = min(
            1.0, complexity.massart_bound(complexity.growth_bound(n, d), n)
        )  # half-spaces through the origin: VC dimension d
        bounds["linear-ball"][str(n)] = complexity.linear_ball_bound(X[:n], radii["linear-ball"])
        bounds["kernel-ball"][str(n)] = radii["kernel-ball"] / n**0.5  # the trace of the kernel matrix is n
    return {"d": d, "radii": radii, "estimates": estimates, "bounds": bounds}


def _radius(K: np.ndarray, y: np.ndarray) -> float:
    """The norm of the minimum-norm interpolant of y."""
    return float(np.sqrt(y @ np.linalg.solve(K, y)))


def _gaussian(X: np.ndarray, Z: np.ndarray) -> np.ndarray:
    kernel = Gaussian(bandwidth=2 / X.shape[1])
    return kernel(torch.from_numpy(X), torch.from_numpy(Z)).numpy()


def _least_squares_correlations(X: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Of the signs with those of their least-squares fit, for each draw."""
    few = len(X) <= X.shape[1]
    gram = (X @ X.T if few else X.T @ X).astype(float)
    gram[np.diag_indices_from(gram)] += RIDGE * float(np.trace(gram))
    fits = X @ (X.T @ np.linalg.solve(gram, signs.T)) if few else X @ np.linalg.solve(gram, X.T @ signs.T)
    return np.mean(signs * np.where(fits.T >= 0, 1.0, -1.0), axis=1)


STUDY = Study(
    "rademacher-classes",
    "Random signs and classes whose complexity is known: linear functions, a Gaussian kernel",
    "ours, to Section 2.2",
    (
        Measurement(
            "cifar10",
            classes,
            {"dataset": "cifar10", "sizes": list(RADEMACHER_SIZES), "draws": 20, "fitted": 500, "seed": 0},
        ),
    ),
)
