"""Kernel machines that interpolate MNIST and CIFAR-10: their errors, what a ridge does, what their norm may mean."""

from __future__ import annotations

import contextlib
import time

import numpy as np

from rethinking import data, kernels
from rethinking.experiments.machine import PeakMemory, accelerator
from rethinking.randomness import stream
from rethinking.reports import Report, part


def kernel_machine(
    report: Report,
    dataset: str,
    features: str,
    bandwidths: list[float],
    train_size: int | None = None,
    search_size: int = 10_000,
    seed: int = 0,
    gabor: dict | None = None,
) -> dict[str, object]:
    """One row of Table 3: a Gaussian kernel that interpolates the training images' true labels, and random ones.

    Targets are one-hot; the largest output is the class. Images keep their own size: the crop is the networks'.

    Args:
        features: ``pixels``, between 0 and 1, or ``gabor``, scaled as ``features_of`` says.
        bandwidths: if there are several, ``choose_bandwidth`` takes one by its error on held-out training images.
        train_size: the first so many training images; all if None.
        search_size: images to fit, and again as many to judge by, in the choice of the bandwidth.
        seed: of the random labels, and of the images of the search.
        gabor: the ``GaborBank``'s settings.
    """
    start, memory = time.perf_counter(), PeakMemory()
    train, test = data.load(dataset, "train"), data.load(dataset, "test")
    train = train.first(train_size or len(train))
    random, _ = data.randomize(train, test, "random-labels", seed)
    X, Z = features_of(train, test, features, gabor)
    classes = len(train.classes)
    ready = time.perf_counter()

    search = bandwidth_search(part(report, 0.0, 0.1), X, train, bandwidths, search_size, seed)
    bandwidth = choose_bandwidth(search, search_size) if search else bandwidths[0]
    searched = time.perf_counter()

    targets = np.hstack([kernels.one_hot(train.labels, classes), kernels.one_hot(random.labels, classes)])
    targets = np.hstack([targets, np.ones((len(train), 1), np.float32)])  # for the norms of other targets
    kernel = kernels.Gaussian(bandwidth)
    machine = kernels.solve_interpolation(kernel, X, targets, device=accelerator(), report=part(report, 0.1, 0.95))
    solved = time.perf_counter()
    outputs = kernels.predict(machine, Z, report=part(report, 0.95, 1.0))
    predicted = time.perf_counter()

    def judge(labels: np.ndarray, columns: slice) -> dict[str, object]:
        per_output = kernels.minimum_norm(machine).per_output[columns]
        fitted = machine.outputs[:, columns].cpu().numpy().argmax(axis=1)
        return {
            "test_error": float(np.mean(outputs[:, columns].argmax(axis=1) != test.labels)),
            "train_error": float(np.mean(fitted != labels)),
            "norm": float(np.sqrt((per_output**2).sum())),
            "norm_per_output": per_output.tolist(),
        }

    return {
        **judge(train.labels, slice(0, classes)),
        "random_labels": judge(random.labels, slice(classes, 2 * classes)),
        "bandwidth": bandwidth,
        "bandwidth_search": search,
        "definitions": norms_by_definition(machine, classes),
        "n": len(X),
        "d": X.shape[1],
        "residual": machine.residual,
        "seconds": {
            "features": ready - start,
            "search": searched - ready,
            **machine.seconds,
            "predict": predicted - solved,
        },
        "peak_bytes": memory.bytes(),
    }


def regularized_machine(
    report: Report,
    dataset: str,
    features: str,
    bandwidth: float,
    ridges: list[float],
    train_size: int,
    search_size: int = 10_000,
    seed: int = 0,
    gabor: dict | None = None,
) -> dict[str, object]:
    """The machine of one row of Table 3 with a ridge, the best of several on held-out training images.

    Args:
        bandwidth: the row's.
        ridges: relative to the number of images, so that a ridge means the same for the search and the final fit.
        dataset, features, train_size, search_size, seed, gabor: as for ``kernel_machine``.
    """
    start, memory = time.perf_counter(), PeakMemory()
    train, test = data.load(dataset, "train").first(train_size), data.load(dataset, "test")
    X, Z = features_of(train, test, features, gabor)
    search = ridge_search(part(report, 0.0, 0.1), X, train, bandwidth, ridges, search_size, seed)
    ridge = min(search, key=lambda row: row["validation_error"])["ridge"]
    machine = kernels.solve_interpolation(
        kernels.Gaussian(bandwidth),
        X,
        kernels.one_hot(train.labels, len(train.classes)),
        ridge=ridge * train_size,
        device=accelerator(),
        report=part(report, 0.1, 0.95),
    )
    outputs = kernels.predict(machine, Z, report=part(report, 0.95, 1.0))
    return {
        "test_error": float(np.mean(outputs.argmax(axis=1) != test.labels)),
        "train_error": float(np.mean(machine.outputs.cpu().numpy().argmax(axis=1) != train.labels)),
        "ridge": ridge,
        "ridge_search": search,
        "n": train_size,
        "seconds": {"all": time.perf_counter() - start},
        "peak_bytes": memory.bytes(),
    }


def features_of(
    train: data.ImageSet, test: data.ImageSet, features: str, gabor: dict | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """float32 [n, d] of the training and the test images.

    Pixels lie between 0 and 1. Gabor features are scaled by one number, so that their mean squared distance over the
    training images is that of the pixels: a bandwidth then means the same for both. Their mean is removed, which
    changes no distance and leaves less to rounding.
    """
    pixels = [images.images.reshape(len(images), -1) / np.float32(255) for images in (train, test)]
    if features == "pixels":
        return pixels[0], pixels[1]
    if features != "gabor":
        raise ValueError(f"unknown features {features!r}; choose 'pixels' or 'gabor'")
    bank = kernels.GaborBank(**gabor or {})
    X, Z = bank.features(train.images), bank.features(test.images)
    scale = np.float32(np.sqrt(pixels[0].var(axis=0).sum() / X.var(axis=0).sum()))
    mean = X.mean(axis=0)
    return (X - mean) * scale, (Z - mean) * scale


def bandwidth_search(
    report: Report, X: np.ndarray, train: data.ImageSet, bandwidths: list[float], size: int, seed: int
) -> list[dict[str, float]]:
    """The error of each bandwidth on ``size`` held-out training images, fitted to ``size`` others; [] if there is one.

    A bandwidth whose kernel is singular in single precision is left out.

    Raises:
        ValueError: there are not twice ``size`` images.
        SingularKernel: every bandwidth is left out.
    """
    if len(bandwidths) == 1:
        return []
    rows = []
    for place, bandwidth in enumerate(bandwidths):
        report(f"bandwidth {bandwidth:g}", place / len(bandwidths))
        with contextlib.suppress(kernels.SingularKernel):
            error = _validation_error(X, train, bandwidth, 0.0, size, seed)
            rows.append({"bandwidth": bandwidth, "validation_error": error})
    if not rows:
        raise kernels.SingularKernel(f"the kernels of all bandwidths are singular; add a larger one to {bandwidths}")
    return rows


def ridge_search(
    report: Report, X: np.ndarray, train: data.ImageSet, bandwidth: float, ridges: list[float], size: int, seed: int
) -> list[dict[str, float]]:
    """The error of each ridge, relative to the number of images, as ``bandwidth_search`` judges bandwidths.

    Raises:
        ValueError: there are not twice ``size`` images.
        SingularKernel: a ridge is too small.
    """
    rows = []
    for place, ridge in enumerate(ridges):
        report(f"ridge {ridge:g}", place / len(ridges))
        rows.append({"ridge": ridge, "validation_error": _validation_error(X, train, bandwidth, ridge, size, seed)})
    return rows


def _validation_error(
    X: np.ndarray, train: data.ImageSet, bandwidth: float, ridge: float, size: int, seed: int
) -> float:
    """On ``size`` training images, of the machine that is fitted to ``size`` others."""
    if 2 * size > len(X):
        raise ValueError(f"a search on {size:,} images, judged on as many, needs {2 * size:,}; there are {len(X):,}")
    order = stream(seed, "bandwidth-search").permutation(len(X))
    fit, judge = order[:size], order[size : 2 * size]
    targets, kernel = kernels.one_hot(train.labels[fit], len(train.classes)), kernels.Gaussian(bandwidth)
    machine = kernels.solve_interpolation(kernel, X[fit], targets, ridge=ridge * size, device=accelerator())
    return float(np.mean(kernels.predict(machine, X[judge]).argmax(axis=1) != train.labels[judge]))


def choose_bandwidth(search: list[dict[str, float]], size: int) -> float:
    """The narrowest kernel whose error on ``size`` images is within one standard error of the smallest.

    Between kernels that these images cannot tell apart, the narrowest is the best conditioned.
    """
    least = min(row["validation_error"] for row in search)
    enough = least + (least * (1 - least) / size) ** 0.5
    return max(row["bandwidth"] for row in search if row["validation_error"] <= enough)


def norms_by_definition(machine: kernels.KernelMachine, classes: int) -> dict[str, float]:
    """What "the norm of the solution" may mean, each for the machine whose first columns are the one-hot labels and
    whose last column is 1 throughout.

    Targets that are combinations of these columns need no new solve: their norms come from the same inner products.
    """
    columns = [*range(classes), machine.coefficients.shape[1] - 1]
    M = kernels.inner_products(machine)[np.ix_(columns, columns)]
    alpha = machine.coefficients[:, columns].cpu().numpy()
    one_hot = np.eye(classes + 1)[:, :classes]
    ones = np.eye(classes + 1)[:, -1:]
    norms = {}
    for name, C in {
        "one-hot targets": one_hot,
        "targets of 1 and -1": 2 * one_hot - ones,
        "centred one-hot targets": one_hot - ones / classes,
    }.items():
        squares = np.diag(C.T @ M @ C).clip(min=0)
        norms[f"{name}, all outputs"] = float(np.sqrt(squares.sum()))
        norms[f"{name}, mean over outputs"] = float(np.sqrt(squares).mean())
        norms[f"{name}, sum over outputs"] = float(np.sqrt(squares).sum())
        norms[f"{name}, coefficients alpha"] = float(np.linalg.norm(alpha @ C))
    digit = one_hot @ np.arange(classes)
    norms["the class's number as the one target"] = float(np.sqrt(digit @ M @ digit))
    norms["one-hot targets, mean over outputs, squared"] = float(np.trace(M[:classes, :classes]) / classes)
    return norms


def norms(report: Report, bandwidths: list[float], train_size: int, gabor: dict | None = None) -> dict[str, object]:
    """Which meaning of "norm", at which bandwidth, gives the paper's 220 on pixels and 390 on Gabor features?"""
    train, test = data.load("mnist", "train").first(train_size), data.load("mnist", "test").first(1)
    targets = np.hstack([kernels.one_hot(train.labels, 10), np.ones((train_size, 1), np.float32)])
    found: dict[tuple[str, float], dict[str, float]] = {}
    for place, features in enumerate(("pixels", "gabor")):
        X, _ = features_of(train, test, features, gabor)
        for number, bandwidth in enumerate(bandwidths):
            step = (place * len(bandwidths) + number) / (2 * len(bandwidths))
            progress = part(report, step, step + 0.5 / len(bandwidths))
            try:
                machine = kernels.solve_interpolation(
                    kernels.Gaussian(bandwidth), X, targets, device=accelerator(), report=progress
                )
            except kernels.SingularKernel:
                continue
            for definition, value in norms_by_definition(machine, 10).items():
                found.setdefault((definition, bandwidth), {})[features] = value
    tried = [
        {"definition": definition, "bandwidth": bandwidth, "pixels": row.get("pixels"), "gabor": row.get("gabor")}
        for (definition, bandwidth), row in found.items()
    ]
    return {"n": train_size, "tried": tried}
