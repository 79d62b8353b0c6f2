"""Table 3: measurements in, the table, a figure and quoted numbers out."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from rethinking import paper
from rethinking.experiments import StudyResults
from rethinking.figures.style import BLUE, GREEN, sign, subplots
from rethinking.figures.tables import Table
from rethinking.figures.words import NBSP, NOT_RUN, measured, percent

MACHINES = {
    "mnist-pixels": ("MNIST", "pixels"),
    "mnist-gabor": ("MNIST", "Gabor filters"),
    "cifar10-pixels": ("CIFAR-10", "pixels"),
}
"""The measurements that are one Gaussian kernel machine each: data and features as a reader sees them."""
CONVNET = "cifar10-random-convnet"
INTERPOLATING = f"{CONVNET}-interpolating"
PAPER_FILTERS = 32_000
TICKS = (125, 500, 2_000, 8_000, PAPER_FILTERS)
PAPER_ERRORS = {
    "mnist-pixels": paper.table_3("mnist", "pixels"),
    "mnist-gabor": paper.table_3("mnist", "gabor"),
    "cifar10-pixels": paper.table_3("cifar10", "pixels"),
    CONVNET: paper.table_3("cifar10", "random-convnet"),
    f"{CONVNET}-ridge": paper.table_3("cifar10", "random-convnet", ridge=True),
}


def table(study: StudyResults) -> Table:
    """Table 3, the paper's test errors beside ours in percent, with what ours were measured on."""
    rows: list[tuple[str, ...]] = []
    for name, (data, features) in MACHINES.items():
        result, record = study.result(name), study.record(name)
        ours = _error(result) + (" (reduced)" if record and record.reduced else "")
        cells = (ours, _train(result), _number(result, "norm"), _count(result, "n"), _number(result, "bandwidth", "g"))
        rows.append((data, f"{features}, Gaussian kernel", _stated(PAPER_ERRORS[name]), *cells))
    largest, convnet, record = _largest(study), study.result(CONVNET), study.record(CONVNET)
    words = f"random conv-net, {largest['filters']:,} filters" if largest else "random conv-net"
    for suffix, key, what in (("", "", ""), ("-ridge", "ridge_", ", ridge")):
        ours = percent(largest[key + "test_error"]) if largest else NOT_RUN
        ours += " (reduced)" if record and record.reduced else ""
        training = percent(largest[key + "train_error"]) if largest else "–"
        theirs = _stated(PAPER_ERRORS[CONVNET + suffix])
        rows.append(("CIFAR-10", words + what, theirs, ours, training, "–", _count(convnet, "n"), "–"))
    columns = ("data", "features", ">error, paper", ">error, ours", ">training error", ">norm", ">n", ">γ")
    return Table(columns, tuple(rows))


def filters(study: StudyResults) -> Figure:
    """Test error on a random convolutional net's features against the number of its filters, with and without a ridge:
    for all images, which outnumber the features, and for few enough that the larger nets interpolate them."""
    figure, panels = subplots(1, 2, height=3.6, sharey=True)
    for axes, name in zip(panels, (CONVNET, INTERPOLATING), strict=True):
        result = study.result(name) or {"curve": []}
        counts = [point["filters"] for point in result["curve"]]
        for key, color, label in (
            ("test_error", BLUE, "no ridge"),
            ("ridge_test_error", GREEN, "ridge"),
        ):
            errors = [100 * point[key] for point in result["curve"]]
            axes.plot(counts, errors, "o-", color=color, markersize=4, label=label)
        training = [100 * point["train_error"] for point in result["curve"]]
        axes.plot(counts, training, ".:", color=BLUE, label="no ridge, training")
        axes.set(xscale="log", xlabel="random filters", ylim=(0, 100))
        axes.set_xticks(TICKS, [f"{tick:,}" for tick in TICKS], fontsize=8.5)
        axes.set_xticks([], minor=True)
        axes.set_title(f"{result['n']:,} images" if counts else "not measured yet")
    for name, color, label in ((CONVNET, BLUE, "no ridge"), (f"{CONVNET}-ridge", GREEN, "ridge")):
        panels[0].plot(
            PAPER_FILTERS, 100 * PAPER_ERRORS[name], "D", color=color, markersize=6, label=f"{label}, the paper"
        )
    panels[0].set_ylabel("error (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=5, fontsize=8.5)
    shown = [record for record in study.records if record.name in (CONVNET, INTERPOLATING)]
    command = f"rethinking run table-3 --only {CONVNET} --only {INTERPOLATING}"
    return sign(figure, measured(shown, "CIFAR-10, no augmentation,", command))


def quotes(study: StudyResults) -> dict[str, str]:
    """For each Gaussian machine (``mnist_pixels``, …) its ``…_error``, ``…_train``, ``…_norm``, ``…_random_norm`` and
    so on; the largest random conv-net; ``paper_…`` are the paper's errors."""
    texts = {f"paper_{name.replace('-', '_')}": _stated(error) for name, error in PAPER_ERRORS.items()}
    for name in MACHINES:
        texts |= {f"{name.replace('-', '_')}_{key}": text for key, text in _machine(study.result(name)).items()}
    return texts | _convnet(study) | _interpolating(study)


def _machine(result: dict | None) -> dict[str, str]:
    keys = "error norm complexity n bandwidth minutes gigabytes random_test random_norm growth"
    if result is None:
        return dict.fromkeys(keys.split(), NOT_RUN)
    random = result["random_labels"]
    return {
        "error": percent(result["test_error"]),
        "norm": f"{result['norm']:,.0f}",
        "complexity": f"{result['norm'] / math.sqrt(result['n']):.2f}",
        "n": f"{result['n']:,}",
        "bandwidth": f"{result['bandwidth']:g}",
        "minutes": f"{sum(result['seconds'].values()) / 60:.1f}",
        "gigabytes": f"(not{NBSP}known)" if result["peak_bytes"] is None else f"{result['peak_bytes'] / 1e9:.1f}",
        "random_test": percent(random["test_error"]),
        "random_norm": f"{random['norm']:,.0f}",
        "growth": f"{random['norm'] / result['norm']:.1f}",
    }


def _convnet(study: StudyResults) -> dict[str, str]:
    result, largest = study.result(CONVNET), _largest(study)
    if result is None or largest is None:
        keys = "filters features error ridge_error ridge fewest fewest_error lowest lowest_error least_ridge"
        return {f"convnet_{key}": NOT_RUN for key in keys.split()}
    fewest = min(result["curve"], key=lambda point: point["filters"])
    lowest = min(result["curve"], key=lambda point: point["test_error"])
    return {
        "convnet_filters": f"{largest['filters']:,}",
        "convnet_features": f"{largest['features']:,}",
        "convnet_error": percent(largest["test_error"]),
        "convnet_ridge_error": percent(largest["ridge_test_error"]),
        "convnet_ridge": f"{largest['ridge']:g}",
        "convnet_fewest": f"{fewest['filters']:,}",
        "convnet_fewest_error": percent(fewest["test_error"]),
        "convnet_lowest": f"{lowest['filters']:,}",
        "convnet_lowest_error": percent(lowest["test_error"]),
        "convnet_least_ridge": np.format_float_positional(result["least_ridge"]),
    }


def _interpolating(study: StudyResults) -> dict[str, str]:
    """The fit to few images: its peak, and where it ends."""
    curve = (study.result(INTERPOLATING) or {"curve": []})["curve"]
    if not curve:
        keys = "filters error ridge_error peak peak_error least_ridge"
        return {f"interpolating_{key}": NOT_RUN for key in keys.split()}
    peak, last = max(curve, key=lambda point: point["test_error"]), curve[-1]
    return {
        "interpolating_filters": f"{last['filters']:,}",
        "interpolating_error": percent(last["test_error"]),
        "interpolating_ridge_error": percent(last["ridge_test_error"]),
        "interpolating_peak": f"{peak['filters']:,}",
        "interpolating_peak_error": percent(peak["test_error"]),
        "interpolating_least_ridge": np.format_float_positional(max(point["least_ridge"] for point in curve)),
    }


def _largest(study: StudyResults) -> dict | None:
    result = study.result(CONVNET)
    return None if result is None else max(result["curve"], key=lambda point: point["filters"])


def _stated(error: float) -> str:
    """In percent with the digits the paper gives."""
    return f"{100 * error:.3g}"


def _error(result: dict | None) -> str:
    return NOT_RUN if result is None else percent(result["test_error"])


def _train(result: dict | None) -> str:
    return "–" if result is None else percent(result["train_error"])


def _number(result: dict | None, key: str, form: str = ".0f") -> str:
    return "–" if result is None else f"{result[key]:{form}}"


def _count(result: dict | None, key: str) -> str:
    return _number(result, key, ",")


__all__ = ["filters", "quotes", "table"]
