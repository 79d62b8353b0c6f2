"""The theorem's networks on CIFAR-10, built and not trained: what they do with images, and how long they take."""

from __future__ import annotations

from matplotlib.figure import Figure

from rethinking.experiments import StudyResults
from rethinking.figures.accuracies import draw_rows, on_test_images, on_training_images
from rethinking.figures.style import BLUE, GREY, ORANGE, PURPLE, sign, subplots
from rethinking.figures.words import NOT_RUN, counted, measured, percent, power_of_ten

NETWORKS = {
    "random": "cifar10.random-labels.two-layer",
    "true": "cifar10.true-labels.two-layer",
    "deep": "cifar10.random-labels.depth-11",
}
"""The measurements that fit all images, by the name they are quoted with."""
SPEED = "speed"


def contrast(study: StudyResults) -> Figure:
    """Training and test accuracy of the two-layer networks, with random and with true labels."""
    figure, axes = subplots(height=2.2)
    found = {f"{labels} labels": study.record(NETWORKS[labels]) for labels in ("random", "true")}
    records = {name: record for name, record in found.items() if record is not None}
    rows = {
        name: (on_training_images(record.result["train_accuracy"]), on_test_images(record.result["test_accuracy"]))
        for name, record in records.items()
    }
    draw_rows(axes, rows)
    axes.text(11, -0.62, "chance", color=GREY, fontsize=8.5, va="center")
    if rows:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    sizes = ", ".join(sorted({f"{record.result['n']:,}" for record in records.values()}))
    seeds = ", ".join(sorted({str(record.settings["seed"]) for record in records.values()}))
    what = f"CIFAR-10, {sizes} training images, seed {seeds}, float64"
    return sign(figure, measured(records.values(), what, "rethinking run theorem-1"))


def speeds(study: StudyResults) -> Figure:
    """Our solve beside NumPy's and SciPy's against n."""
    figure, axes = subplots(height=3.3)
    axes.set(xlabel="$n$", ylabel="seconds")
    command, record = f"rethinking run theorem-1 --only {SPEED}", study.record(SPEED)
    if record is None:
        return sign(figure, measured([], "", command))
    for name, color, label in (
        ("numpy", ORANGE, "numpy.linalg.solve"),
        ("scipy", PURPLE, "scipy.linalg.solve_triangular"),
        ("ours", BLUE, "two running sums"),
    ):
        rows = [row for row in record.result["solves"] if name in row]
        axes.plot([row["n"] for row in rows], [row[name] for row in rows], "o-", color=color, label=label, markersize=4)
    axes.set(xscale="log", yscale="log")
    axes.legend(loc="lower right")
    environment = record.environment
    what = (
        f"Best of several, {counted(environment['threads'], 'thread')}, system load {record.result['load']:.1f} on "
        f"{counted(record.result['cores'], 'core')} at the start, NumPy {environment['numpy']},"
    )
    return sign(figure, measured([record], what, command))


def quotes(study: StudyResults) -> dict[str, str]:
    """Each network as texts for ``{glue:text}``: ``built_random_train``, ``built_random_test`` and so on,
    ``built_true_…``, ``built_deep_…``; and the times, ``speed_…``."""
    texts: dict[str, str] = {}
    for name, measurement in NETWORKS.items():
        texts |= {f"built_{name}_{key}": text for key, text in _network(study.result(measurement)).items()}
    return texts | {f"{SPEED}_{key}": text for key, text in _speed(study.result(SPEED)).items()}


def _network(result: dict | None) -> dict[str, str]:
    if result is None:
        return dict.fromkeys(
            ["train", "test", "error", "fit", "forward", "weights", "width", "layers", "n", "d", "steepest"], NOT_RUN
        )
    texts = {
        "train": percent(result["train_accuracy"]),
        "test": percent(result["test_accuracy"]),
        "error": power_of_ten(result["largest_error"]),
        "fit": f"{result['seconds']['fit']:.2f}",
        "forward": f"{result['seconds']['dense_forward']:.0f}",
        "weights": f"{result['weights']:,}",
        "width": f"{result['width']:,}",
        "layers": str(result["relu_layers"]),
        "n": f"{result['n']:,}",
        "d": f"{result['d']:,}",
    }
    if result["conditioning"] is not None:  # a deep network has no report of it
        texts["steepest"] = f"{result['conditioning']['steepest']:,.0f}"
    return texts


def _speed(result: dict | None) -> dict[str, str]:
    if result is None:
        keys = "n numpy scipy largest largest_seconds bytes images images_floor rest million"
        return dict.fromkeys(keys.split(), NOT_RUN)
    both = [row for row in result["solves"] if "scipy" in row][-1]
    last = result["solves"][-1]
    images, million = result["fits"]
    return {
        "n": f"{both['n']:,}",
        "numpy": f"{both['numpy'] / both['ours']:,.0f}",
        "scipy": f"{both['scipy'] / both['ours']:,.0f}",
        "largest": f"{last['n']:,}",
        "largest_seconds": f"{last['ours']:.2f}",
        "bytes": f"{last['ours_bytes'] / last['n']:.0f}",
        "images": f"{images['fit']:.3f}",
        "images_floor": f"{images['projection_and_sort']:.3f}",
        "rest": f"{100 * (images['fit'] / images['projection_and_sort'] - 1):.0f}",
        "million": f"{million['fit']:.2f}",
    }


__all__ = ["contrast", "quotes", "speeds"]
