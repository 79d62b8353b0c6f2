"""Section 4 on CIFAR-10: the constructions fitted to all 50,000 training images, and how long it takes."""

from __future__ import annotations

import os
import time
import timeit
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import scipy.linalg

from rethinking import data, expressivity, kernels
from rethinking.experiments.studies import Measurement, Study
from rethinking.reports import Report


def fit_images(
    report: Report, dataset: str, corruption: str, depth: int | None = None, seed: int = 0
) -> dict[str, object]:
    """Fit a data set's training images without training, and judge the network as if it had been trained.

    Inputs are the images' pixel values 0 to 255 at full size (3,072 numbers for CIFAR-10), neither cropped nor
    standardized: the theorem needs distinct inputs and nothing else. Targets are one-hot labels. Outputs are those of
    the dense float64 forward; the predicted class is the largest.

    Returns:
        Plain JSON values. Accuracies are fractions, times seconds.
    """
    train, test = data.load(dataset, "train"), data.load(dataset, "test")
    train, test = data.randomize(train, test, corruption, seed)
    inputs, targets = _flat(train), kernels.one_hot(train.labels, len(train.classes))

    network: expressivity.TwoLayerReLU | expressivity.DeepReLU
    start = time.perf_counter()
    if depth is None:
        network = expressivity.fit_two_layer(inputs, targets, seed=seed)
        depth, width = 1, len(network.b)
    else:
        network = expressivity.fit_deep(inputs, targets, depth, seed=seed)
        width = network.width
    fitted = time.perf_counter()
    report("dense forward", 0.1)
    outputs = network.in_blocks(inputs)
    evaluated = time.perf_counter()
    conditioning = getattr(network, "conditioning", None)
    return {
        "inputs": f"pixels 0 to 255, {train.images.shape[2]}x{train.images.shape[3]}, not cropped, not standardized",
        "n": len(train),
        "d": inputs.shape[1],
        "outputs": targets.shape[1],
        "relu_layers": depth,
        "width": width,
        "weights": network.weight_count,
        "distinct_inputs": len(network.b),
        "train_accuracy": float(np.mean(outputs.argmax(axis=1) == train.labels)),
        "test_accuracy": float(np.mean(network.in_blocks(_flat(test)).argmax(axis=1) == test.labels)),
        "largest_error": float(np.abs(outputs - targets).max()),
        "conditioning": asdict(conditioning) if conditioning else None,
        "seconds": {"fit": fitted - start, "dense_forward": evaluated - fitted},
    }


def speed(report: Report, largest: int = 10**7) -> dict[str, object]:
    """Our solve beside NumPy's and SciPy's, on the same systems, in one run; then alone; then the whole fit.

    A time is the best of several, since everything else on the machine only adds to it. NumPy and SciPy are given the
    matrix; forming it is not counted.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # what else the machine was doing
    rows = []
    for place, n in enumerate((250, 500, 1000, 2000, 4000)):
        report(f"solving for n = {n:,}", place / 10)
        x, b = expressivity.interleaved_sample(n, seed=0)
        y = np.random.default_rng(1).standard_normal(n)
        A = expressivity.interleaving_matrix(x, b)
        rows.append(
            {
                "n": n,
                "numpy": best_time(lambda: np.linalg.solve(A, y), 2),  # noqa: B023
                "scipy": best_time(lambda: scipy.linalg.solve_triangular(A, y, lower=True), 3),  # noqa: B023
                "ours": best_time(lambda: expressivity.solve_interleaved(x, b, y), 20),  # noqa: B023
            }
        )
    n = 10_000
    while n <= largest:
        report(f"solving for n = {n:,}", 0.5)
        x = np.sort(np.random.default_rng(0).random(n))
        y = np.random.default_rng(1).standard_normal(n)
        b = expressivity.place_thresholds(x, 0.05)
        seconds = best_time(lambda: expressivity.solve_interleaved(x, b, y), 3)  # noqa: B023
        tracemalloc.start()
        expressivity.solve_interleaved(x, b, y)
        rows.append({"n": n, "ours": seconds, "ours_bytes": tracemalloc.get_traced_memory()[1]})
        tracemalloc.stop()
        n *= 10
    return {
        "solves": rows,
        "fits": [fit_speed(50_000, 3072), fit_speed(10**6, 64)],
        "load": load,
        "cores": os.cpu_count(),
    }


def fit_speed(n: int, d: int) -> dict[str, float]:
    """The whole of ``fit_two_layer`` beside what it cannot do without, the projection and the sort."""
    inputs = np.random.default_rng(0).standard_normal((n, d))
    targets = np.random.default_rng(1).standard_normal(n)
    a = np.random.default_rng(2).standard_normal(d)
    return {
        "n": n,
        "d": d,
        "projection": best_time(lambda: inputs @ a),
        "projection_and_sort": best_time(lambda: np.argsort(inputs @ a)),
        "fit": best_time(lambda: expressivity.fit_two_layer(inputs, targets)),
    }


def best_time(work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the fastest of ``repeats`` calls."""
    return min(timeit.repeat(work, number=1, repeat=repeats))


def _flat(images: data.ImageSet) -> np.ndarray:
    return images.images.reshape(len(images), -1).astype(np.float64)


STUDY = Study(
    "theorem-1",
    "Networks built without training that fit all of CIFAR-10, and how fast",
    "Theorem 1 and Corollary 1, p. 8",
    (
        *(
            Measurement(
                f"cifar10.{corruption}.{'two-layer' if depth is None else f'depth-{depth}'}",
                fit_images,
                {"dataset": "cifar10", "corruption": corruption, "depth": depth, "seed": 0},
            )
            for corruption, depth in (("random-labels", None), ("true-labels", None), ("random-labels", 11))
        ),
        Measurement("speed", speed, {"largest": 10**7}),
    ),
)
