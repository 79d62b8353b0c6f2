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
WITH_RIDGE = ("mnist-pixels", "mnist-gabor")
"""Those that were measured with a ridge as well, as ``…-ridge``."""
CONVNET = "cifar10-random-convnet"
FEWER_FILTERS, FEWER_IMAGES = f"{CONVNET}-fewer-filters", f"{CONVNET}-fewer-images"
CURVES = {50_000: (FEWER_FILTERS, CONVNET), 5_000: (FEWER_IMAGES,)}
"""The measurements whose points make up the curve for a number of images, in the order of their filters."""
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
    images, largest = _count(study.result(CONVNET), "n"), next(reversed(_points(study, CONVNET)), None)
    for suffix, key, what in (("", "", ""), ("-ridge", "ridge_", ", ridge")):
        ours = percent(largest[key + "test_error"]) if largest else NOT_RUN
        training = percent(largest[key + "train_error"]) if largest else "–"
        words = f"random conv-net, {PAPER_FILTERS:,} filters{what}"
        rows.append(("CIFAR-10", words, _stated(PAPER_ERRORS[CONVNET + suffix]), ours, training, "–", images, "–"))
    columns = ("data", "features", ">error, paper", ">error, ours", ">training error", ">norm", ">n", ">γ")
    return Table(columns, tuple(rows))


def filters(study: StudyResults) -> Figure:
    """Test error on a random convolutional net's features against the number of its filters, with and without a ridge:
    for all images, and for a tenth of them."""
    figure, panels = subplots(1, 2, height=3.6, sharey=True)
    for axes, (images, names) in zip(panels, CURVES.items(), strict=True):
        curves = [_points(study, name) for name in names]
        for key, style, color, label in (
            ("test_error", "o-", BLUE, "no ridge"),
            ("ridge_test_error", "o-", GREEN, "ridge"),
            ("train_error", ".:", BLUE, "no ridge, training"),
        ):
            for points, shown_as in zip(curves, (label, "_"), strict=False):  # between two curves nothing is known
                counts, errors = ([point[name] for point in points] for name in ("filters", key))
                axes.plot(counts, 100 * np.array(errors), style, color=color, markersize=4, label=shown_as)
        axes.set(xscale="log", xlabel="random filters", ylim=(0, 100))
        axes.set_xticks(TICKS, [f"{tick:,}" for tick in TICKS], fontsize=8.5)
        axes.set_xticks([], minor=True)
        axes.set_title(f"{images:,} images" if any(curves) else "not measured yet")
    for name, color, label in ((CONVNET, BLUE, "no ridge"), (f"{CONVNET}-ridge", GREEN, "ridge")):
        error = 100 * PAPER_ERRORS[name]
        hollow = {"markerfacecolor": "none", "markersize": 7}
        panels[0].plot(PAPER_FILTERS, error, "D", color=color, label=f"{label}, the paper", **hollow)
    panels[0].set_ylabel("error (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=5, fontsize=8.5)
    drawn = [name for names in CURVES.values() for name in names]
    shown = [record for record in study.records if record.name in drawn]
    command = "rethinking run table-3" + "".join(f" --only {name}" for name in drawn)
    return sign(figure, measured(shown, "CIFAR-10, no augmentation,", command))


def quotes(study: StudyResults) -> dict[str, str]:
    """For each Gaussian machine (``mnist_pixels``, …) its ``…_error``, ``…_train``, ``…_norm``, ``…_random_norm`` and
    so on, some ``…_ridge_error``; of the random conv-net's curves ``convnet_…``, at the paper's
    size, ``fewer_filters_…`` and ``fewer_images_…``; ``paper_…`` are the paper's errors."""
    texts = {f"paper_{name.replace('-', '_')}": _stated(error) for name, error in PAPER_ERRORS.items()}
    for name in MACHINES:
        texts |= {f"{name.replace('-', '_')}_{key}": text for key, text in _machine(study.result(name)).items()}
    for name in WITH_RIDGE:
        texts[f"{name.replace('-', '_')}_ridge_error"] = _error(study.result(f"{name}-ridge"))
    texts |= {f"convnet_{key}": text for key, text in _cost(study.result(CONVNET)).items()}
    for name, start in ((CONVNET, "convnet"), (FEWER_FILTERS, "fewer_filters"), (FEWER_IMAGES, "fewer_images")):
        texts |= {f"{start}_{key}": text for key, text in _curve(_points(study, name)).items()}
    return texts


def _machine(result: dict | None) -> dict[str, str]:
    keys = "error norm complexity n bandwidth random_test random_norm growth"
    if result is None:
        return dict.fromkeys(keys.split(), NOT_RUN) | _cost(None)
    random = result["random_labels"]
    return {
        "error": percent(result["test_error"]),
        "norm": f"{result['norm']:,.0f}",
        "complexity": f"{result['norm'] / math.sqrt(result['n']):.2f}",
        "n": f"{result['n']:,}",
        "bandwidth": f"{result['bandwidth']:g}",
        "random_test": percent(random["test_error"]),
        "random_norm": f"{random['norm']:,.0f}",
        "growth": f"{random['norm'] / result['norm']:.1f}",
        **_cost(result),
    }


def _cost(result: dict | None) -> dict[str, str]:
    """What a measurement took."""
    if result is None:
        return dict.fromkeys(("minutes", "gigabytes"), NOT_RUN)
    return {
        "minutes": f"{sum(result['seconds'].values()) / 60:.1f}",
        "gigabytes": f"(not{NBSP}known)" if result["peak_bytes"] is None else f"{result['peak_bytes'] / 1e9:.1f}",
    }


def _curve(points: list[dict]) -> dict[str, str]:
    """A curve's ends, its lowest and its highest point without a ridge, and the most that "no ridge" had to be."""
    if not points:
        keys = "filters features error ridge_error ridge train fewest fewest_error lowest lowest_error peak peak_error"
        return dict.fromkeys([*keys.split(), "peak_ridge_error", "least_ridge"], NOT_RUN)
    first, last = points[0], points[-1]
    lowest, peak = (extreme(points, key=lambda point: point["test_error"]) for extreme in (min, max))
    return {
        "filters": f"{last['filters']:,}",
        "features": f"{last['features']:,}",
        "error": percent(last["test_error"]),
        "ridge_error": percent(last["ridge_test_error"]),
        "ridge": f"{last['ridge']:g}",
        "train": percent(last["train_error"]),
        "fewest": f"{first['filters']:,}",
        "fewest_error": percent(first["test_error"]),
        "lowest": f"{lowest['filters']:,}",
        "lowest_error": percent(lowest["test_error"]),
        "peak": f"{peak['filters']:,}",
        "peak_error": percent(peak["test_error"]),
        "peak_ridge_error": percent(peak["ridge_test_error"]),
        "least_ridge": np.format_float_positional(max(point["least_ridge"] for point in points)),
    }


def _points(study: StudyResults, name: str) -> list[dict]:
    """Of one curve, each with the ``least_ridge`` that its "no ridge" stands for."""
    result = study.result(name)
    return [] if result is None else [{"least_ridge": result.get("least_ridge"), **p} for p in result["curve"]]


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
