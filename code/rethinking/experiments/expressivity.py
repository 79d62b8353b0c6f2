"""Section 4 on CIFAR-10: the constructions fitted to all 50,000 training images, and how long it takes.

    python -m rethinking.experiments.expressivity            # the records that are missing
    python -m rethinking.experiments.expressivity speed      # the comparison of speeds, again

Each result is one JSON file, ``book/results/theorem-1/<name>.json``.
"""

from __future__ import annotations

import json
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import scipy.linalg
import torch

from rethinking import data, expressivity
from rethinking.experiments.records import RecordError, results_folder
from rethinking.files import write_atomically
from rethinking.training.device import describe

EXPERIMENT = "theorem-1"
FITS = {
    "cifar10.random-labels.two-layer": ("cifar10", "random-labels", None),
    "cifar10.true-labels.two-layer": ("cifar10", "true-labels", None),
    "cifar10.random-labels.depth-11": ("cifar10", "random-labels", 11),
}
"""name -> data set, corruption, depth (None: two layers)."""


def fit_images(dataset: str, corruption: str, depth: int | None = None, seed: int = 0) -> dict[str, object]:
    """Fit a data set's training images without training, and judge the network as if it had been trained.

    Inputs are the images' pixel values 0 to 255 at full size (3,072 numbers for CIFAR-10), neither cropped nor
    standardized: the theorem needs distinct inputs and nothing else. Targets are one-hot labels. Outputs are those of
    the dense float64 forward; the predicted class is the largest.

    Returns:
        The record, a dictionary for JSON. Accuracies are fractions, times seconds.
    """
    train, test = data.load(dataset, "train"), data.load(dataset, "test")
    train, test = data.randomize(train, test, corruption, seed)
    inputs, targets = _flat(train), np.eye(len(train.classes))[train.labels]

    start = time.perf_counter()
    if depth is None:
        network = expressivity.fit_two_layer(inputs, targets, seed=seed)
        depth, width = 1, len(network.b)
    else:
        network = expressivity.fit_deep(inputs, targets, depth, seed=seed)
        width = network.width
    fitted = time.perf_counter()
    outputs = network.in_blocks(inputs)
    evaluated = time.perf_counter()
    report = getattr(network, "conditioning", None)
    return {
        "dataset": dataset,
        "corruption": corruption,
        "seed": seed,
        "inputs": f"pixels 0 to 255, {train.images.shape[2]}x{train.images.shape[3]}, not cropped, not standardized",
        "n": len(train),
        "d": inputs.shape[1],
        "outputs": targets.shape[1],
        "relu_layers": depth,
        "width": width,
        "weights": network.weight_count,
        "distinct_inputs": len(network.b),
        "reduced": dataset == "cifar10-mini",
        "train_accuracy": float(np.mean(outputs.argmax(axis=1) == train.labels)),
        "test_accuracy": float(np.mean(network.in_blocks(_flat(test)).argmax(axis=1) == test.labels)),
        "largest_error": float(np.abs(outputs - targets).max()),
        "conditioning": asdict(report) if report else None,
        "seconds": {"fit": fitted - start, "dense_forward": evaluated - fitted},
        "environment": describe(torch.device("cpu")),
    }


def speed(largest: int = 10**7) -> dict[str, object]:
    """Our solve beside NumPy's and SciPy's, on the same systems, in one run; then alone; then the whole fit.

    A time is the best of several, since everything else on the machine only adds to it. NumPy and SciPy are given the
    matrix; forming it is not counted.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # what else the machine was doing
    rows = []
    for n in (250, 500, 1000, 2000, 4000):
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
        "environment": describe(torch.device("cpu")),
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
    """Seconds of the fastest of ``repeats`` calls, after one that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def load(name: str) -> dict:
    """A record of this experiment.

    Raises:
        RecordError: it is not there or damaged; says how to make it.
    """
    path = _path(name)
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise RecordError(
            f"no usable record {path} ({error}); make it with 'python -m rethinking.experiments.expressivity'"
        ) from None


def make(names: list[str]) -> None:
    """Make the records named, or, if none is, those that are missing; a record named is made again."""
    for name in names or [name for name in (*FITS, "speed") if not _path(name).exists()]:
        if name not in (*FITS, "speed"):
            raise RecordError(f"unknown record {name!r}; choose from {', '.join((*FITS, 'speed'))}")
        record = speed() if name == "speed" else fit_images(*FITS[name])
        text = json.dumps({"experiment": EXPERIMENT, "name": name, **record}, indent=1, allow_nan=False) + "\n"
        write_atomically(_path(name), lambda file, text=text: file.write(text.encode()))
        print(_path(name))


def _path(name: str) -> Path:
    return results_folder() / EXPERIMENT / f"{name}.json"


def _flat(images: data.ImageSet) -> np.ndarray:
    return images.images.reshape(len(images), -1).astype(np.float64)


if __name__ == "__main__":
    make(sys.argv[1:])
