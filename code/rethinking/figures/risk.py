"""Pictures for *What is generalization?*: what a sample says about the risk, and what a count of hypotheses says."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from rethinking.complexity import deviation, log_networks
from rethinking.experiments.results import Results
from rethinking.figures.style import BLACK, BLUE, GREEN, GREY, VERMILION, sign, subplots
from rethinking.figures.words import CONDITION_NAMES, provenance


def small_test_sets(right: np.ndarray, training_accuracy: float, size: int = 100) -> Figure:
    """One classifier's accuracy on disjoint small test sets, beside its accuracy on its own training set.

    Args:
        right: bool [m], whether it is right about each test image; ``size`` divides ``m``.
        training_accuracy: a fraction.
        size: images in a small test set; the band is ``deviation(size)`` to either side of the mean.
    """
    accuracies = right.reshape(-1, size).mean(axis=1)
    figure, axes = subplots(height=2.9)
    places, mean, radius = np.arange(1, len(accuracies) + 1), right.mean(), deviation(size)
    axes.axhspan(100 * (mean - radius), 100 * (mean + radius), color=BLUE, alpha=0.12, linewidth=0)
    axes.axhline(100 * mean, color=BLUE, linewidth=1)
    axes.plot(places, 100 * accuracies, "D", color=BLUE, label=f"on {size} test images")
    axes.axhline(100 * training_accuracy, color=VERMILION, label="on its training images")
    axes.set(xlim=(0.4, len(accuracies) + 0.6), ylim=(0, 106), xlabel="test set", ylabel="accuracy (%)")
    axes.set_xticks(places)
    axes.set_title("Small test sets agree with one another, not with the training set")
    axes.legend(loc="center right")
    return figure


def bound_against_gap(results: Results, model: str = "mlp-1x512") -> Figure:
    """What counting promises about the gap against the number of examples, and the gaps that were measured.

    Args:
        results: of an experiment with the model's runs on true and on random labels.
    """
    figure, axes = subplots(height=3.9)
    sizes = np.logspace(2, 10, 50)
    counts = {
        "every setting of its 32-bit weights": (log_networks(model), VERMILION, "-"),
        "one bit a weight": (log_networks(model, bits=1), VERMILION, "--"),
        "a million hypotheses": (math.log(1e6), GREEN, "-"),
        "one fixed hypothesis": (0.0, BLUE, "-"),
    }
    for name, (log_hypotheses, color, dashes) in counts.items():
        axes.plot(sizes, 100 * deviation(sizes, log_hypotheses), dashes, color=color)
        offset, side = ((0, -6), "top") if log_hypotheses == 0 else ((0, 5), "bottom")
        place = (2e6, 100 * deviation(2e6, log_hypotheses))
        style = {"rotation": -13, "rotation_mode": "anchor", "va": side, "color": color, "fontsize": 8.5}
        axes.annotate(name, place, offset, textcoords="offset points", **style)
    axes.axhspan(100, 1e5, color=GREY, alpha=0.13, linewidth=0)
    axes.text(7e9, 4e4, "promises nothing: no gap exceeds 100 points", ha="right", va="top", fontsize=8.5, color=GREY)
    alike, shown = results.alike(model, "true-labels", "random-labels"), []
    for corruption, marker, side in (("true-labels", "o", "top"), ("random-labels", "s", "bottom")):
        found = alike.of(model=model, corruption=corruption)
        shown += found
        if found:
            n = found[0].config.train_images
            gap = 100 * np.mean([record.generalization_gap for record in found])
            axes.plot([n], [gap], marker, color=BLACK, markersize=6)
            text = f"measured, {CONDITION_NAMES[corruption]}"
            offset = (-8, 1 if side == "bottom" else -1)
            axes.annotate(text, (n, gap), offset, textcoords="offset points", ha="right", va=side, fontsize=8.5)
    axes.set(xscale="log", yscale="log", xlim=(1e2, 1e10), ylim=(1e-3, 1e5))
    axes.set(xlabel="number of examples", ylabel="largest gap allowed (points)")
    axes.set_title("What counting hypotheses allows, and what happens")
    return sign(figure, provenance(results, shown))
