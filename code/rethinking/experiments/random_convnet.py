"""The random convolutional net's rows of Table 3: error against the number of filters, with and without a ridge.

Images keep their 32 x 32 pixels, as Coates and Ng's do: the crop to 28 x 28 is the trained networks'. Targets are
one-hot labels less their mean, the largest output is the class, and every feature is standardized, for the curve by
points with the mean and deviation of the first thousand images that are fitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from rethinking import data, kernels
from rethinking.experiments.machine import PeakMemory, accelerator
from rethinking.randomness import stream
from rethinking.reports import Report, part

Solution = TypeVar("Solution")

IMAGES_AT_ONCE = 1000
FILTERS_AT_ONCE = 1000
"""A block of all images' features is 1.6 GB; each block cuts the images into patches anew."""
LEAST = (1e-5, 1e-4, 1e-3)
"""A ridge that stands for none, relative to the products' diagonal: the first that single precision bears."""


def curve_by_points(
    report: Report, filters: list[int], train_size: int, validation_size: int, ridges: list[float], seed: int = 0
) -> dict[str, object]:
    """All training images, fewer features than images: least squares, which cannot interpolate, and ridge regression.

    The largest net is computed once; the first of its filters are the smaller nets.

    Args:
        filters: how many, ascending, each a point of the curve.
        validation_size: training images held out for choosing the ridge; they rejoin the others for the final fit, and
            the training error is measured on them.
        ridges: relative to the number of images, so that a ridge means the same for the search and the final fit.
    """
    start, memory = time.perf_counter(), PeakMemory()
    train, test = data.load("cifar10", "train").first(train_size), data.load("cifar10", "test")
    order = stream(seed, "ridge-search").permutation(train_size)
    fit, held_out = order[validation_size:], order[:validation_size]
    net = kernels.random_convnet(train.images, filters[-1], seed, device=accelerator())
    sample = net.features(train.images[fit[:IMAGES_AT_ONCE]])
    mean, deviation = _mean_and_deviation(sample)

    def features(images: np.ndarray) -> Tensor:
        return net.features(images).sub_(mean).div_(deviation)

    upto = [kernels.PER_FILTER * count for count in filters]
    targets = _targets(train)
    model = kernels.RidgeByPoints(upto[-1], targets.shape[1], accelerator())
    for done, rows in _blocks(fit):
        model.add(features(train.images[rows]), targets[rows])
        report("features", 0.6 * done)
    held = torch.cat([features(train.images[rows]) for _, rows in _blocks(held_out)])
    formed = time.perf_counter()

    search, searching = [], part(report, 0.65, 0.8)
    for place, ridge in enumerate(ridges):
        told = part(searching, place / len(ridges), (place + 1) / len(ridges))
        errors = _errors(held, model.weights(ridge * len(fit), upto, told), train.labels[held_out])
        search += [
            {"filters": count, "ridge": ridge, "validation_error": error}
            for count, error in zip(filters, errors, strict=True)
        ]
    best = {count: _best(row for row in search if row["filters"] == count)["ridge"] for count in filters}
    model.add(held, targets[held_out])
    least, least_weights = _with_least_ridge(lambda ridge: model.weights(ridge * train_size, upto))
    solutions, solving = {least: least_weights}, part(report, 0.8, 0.9)
    others = set(best.values()) - {least}
    for place, ridge in enumerate(others):
        told = part(solving, place / len(others), (place + 1) / len(others))
        solutions[ridge] = model.weights(ridge * train_size, upto, told)
    solved = time.perf_counter()
    fitted = {ridge: _errors(held, weights, train.labels[held_out]) for ridge, weights in solutions.items()}
    wrong = _test_errors(part(report, 0.9, 1.0), features, test, solutions)
    curve = [
        {
            "filters": count,
            "features": upto[place],
            "test_error": wrong[least][place],
            "train_error": fitted[least][place],
            "ridge": best[count],
            "ridge_test_error": wrong[best[count]][place],
            "ridge_train_error": fitted[best[count]][place],
        }
        for place, count in enumerate(filters)
    ]
    return {
        **{key: curve[-1][key] for key in ("test_error", "train_error", "ridge", "ridge_test_error")},
        "curve": curve,
        "ridge_search": search,
        "least_ridge": least,
        "n": train_size,
        "d": upto[-1],
        "seconds": {
            "gram": formed - start,
            "factor": solved - formed,
            "predict": time.perf_counter() - solved,
        },
        "peak_bytes": memory.bytes(),
    }


def curve_by_features(
    report: Report,
    filters: list[int],
    train_size: int,
    validation_size: int,
    ridges: list[float],
    seed: int = 0,
    precision: str = "float32",
) -> dict[str, object]:
    """Fewer images than the larger nets have features, so that from some number of filters on the fit interpolates.

    Args:
        filters: how many, ascending, each a point of the curve.
        validation_size: as for ``curve_by_points``.
        ridges: relative to the number of features.
        precision: of filters, whitened patches and standardized features, ``float32`` or ``bfloat16``.
    """
    start, memory, dtype = time.perf_counter(), PeakMemory(), getattr(torch, precision)
    train, test = data.load("cifar10", "train"), data.load("cifar10", "test")
    fit = stream(seed, "ridge-search").permutation(len(train))[:train_size]
    images, labels, searched = train.images[fit], train.labels[fit], train_size - validation_size
    net = kernels.random_convnet(images, filters[-1], seed, dtype=dtype, device=accelerator())
    model = kernels.RidgeByFeatures(_targets(train)[fit], len(test))
    curve, search = [], []
    for done, count in pairwise([0, *filters]):
        here = part(report, done / filters[-1], count / filters[-1])
        for first in range(done, count, FILTERS_AT_ONCE):
            last = min(first + FILTERS_AT_ONCE, count)
            block = _standardized(*(net.features(each, first, last) for each in (images, test.images)))
            model.add(*(each.to(dtype) for each in block))
            here("features", 0.8 * (last - done) / (count - done))
        del block  # a factorization needs the room
        features = count * kernels.PER_FILTER
        ends = np.linspace(0.8, 1, 2 + len(ridges))
        tell, *each_tells = (part(here, start, end) for start, end in pairwise(ends))

        def fits(ridge: float, told: Report = tell) -> list[tuple[Tensor, Tensor]]:
            return model.outputs(ridge * features, (searched, train_size), told)  # noqa: B023

        least, solved = _with_least_ridge(fits)
        rows = []
        for ridge, told in zip((least, *ridges), (tell, *each_tells), strict=True):
            (seen, _), (fitted, new) = solved if ridge == least else fits(ridge, told)
            rows.append(
                {
                    "filters": count,
                    "ridge": ridge,
                    "validation_error": _error(seen[searched:], labels[searched:]),
                    "test_error": _error(new, test.labels),
                    "train_error": _error(fitted, labels),
                }
            )
        best = _best(rows[1:])
        search += [{key: row[key] for key in ("filters", "ridge", "validation_error")} for row in rows[1:]]
        curve.append(
            {
                "filters": count,
                "features": features,
                "least_ridge": least,
                "test_error": rows[0]["test_error"],
                "train_error": rows[0]["train_error"],
                "ridge": best["ridge"],
                "ridge_test_error": best["test_error"],
                "ridge_train_error": best["train_error"],
            }
        )
    return {
        **{key: curve[-1][key] for key in ("test_error", "train_error", "ridge", "ridge_test_error")},
        "curve": curve,
        "ridge_search": search,
        "n": train_size,
        "d": filters[-1] * kernels.PER_FILTER,
        "seconds": {"all": time.perf_counter() - start},
        "peak_bytes": memory.bytes(),
    }


def _standardized(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """Both, in place, with the mean and deviation of ``train``'s columns."""
    mean, deviation = _mean_and_deviation(train)
    return train.sub_(mean).div_(deviation), test.sub_(mean).div_(deviation)


def _mean_and_deviation(features: Tensor) -> tuple[Tensor, Tensor]:
    """Of each column; the deviation of one that is constant counts as 1, so that it becomes 0."""
    deviation = features.std(dim=0)
    return features.mean(dim=0), deviation.where(deviation > 0, 1)


def _best(rows: Iterable[dict]) -> dict:
    """The row of a search with the smallest validation error."""
    return min(rows, key=lambda row: row["validation_error"])


def _with_least_ridge(solve: Callable[[float], Solution]) -> tuple[float, Solution]:
    """The first of ``LEAST`` that works, and what it gives."""
    for ridge in LEAST[:-1]:
        try:
            return ridge, solve(ridge)
        except kernels.NotPositiveDefinite:
            continue
    return LEAST[-1], solve(LEAST[-1])


def _targets(images: data.ImageSet) -> Tensor:
    one_hot = kernels.one_hot(images.labels, len(images.classes))
    return torch.as_tensor(one_hot - one_hot.mean(axis=0)).to(accelerator())


def _blocks(rows: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """Blocks of rows, each with the fraction done after it."""
    for start in range(0, len(rows), IMAGES_AT_ONCE):
        yield min(1.0, (start + IMAGES_AT_ONCE) / len(rows)), rows[start : start + IMAGES_AT_ONCE]


def _errors(features: Tensor, weights: list[Tensor], labels: np.ndarray) -> list[float]:
    """The error of each model: weights [m, k] are of the first m features."""
    return [_error(features[:, : len(w)] @ w, labels) for w in weights]


def _error(outputs: Tensor, labels: np.ndarray) -> float:
    return float(np.mean(outputs.argmax(dim=1).cpu().numpy() != labels))


def _test_errors(
    report: Report,
    features: Callable[[np.ndarray], Tensor],
    test: data.ImageSet,
    solutions: dict[float, list[Tensor]],
) -> dict[float, list[float]]:
    """For each ridge, the error of each of its models on the test images, whose features are made a block at a time."""
    wrong: dict[float, list[float]] = {ridge: [0.0] * len(weights) for ridge, weights in solutions.items()}
    for done, rows in _blocks(np.arange(len(test))):
        block, share = features(test.images[rows]), len(rows) / len(test)
        for ridge, weights in solutions.items():
            errors = _errors(block, weights, test.labels[rows])
            wrong[ridge] = [so_far + share * error for so_far, error in zip(wrong[ridge], errors, strict=True)]
        report("predict", done)
    return wrong
