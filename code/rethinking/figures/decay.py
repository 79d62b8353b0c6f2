"""Weight decay turned up until memorization ends, and what generalization pays for it."""

from __future__ import annotations

import math
from statistics import fmean

from matplotlib.figure import Figure

from rethinking.experiments import Results
from rethinking.experiments.plan import STRONG_DECAY
from rethinking.figures.accuracies import draw_chance
from rethinking.figures.spreads import epochs_over_seeds, gains_by_seed, percent_over_seeds, points_over_seeds
from rethinking.figures.style import CONDITION_COLORS, sign, subplots
from rethinking.figures.words import MODEL_NAMES, named, provenance, span
from rethinking.training import RunRecord

LINES = (
    ("random-labels", "train_accuracy", "o-", "random labels, training images"),
    ("true-labels", "train_accuracy", "s:", "true labels, training images"),
    ("true-labels", "test_accuracy", "D-", "true labels, test images"),
)


def strong_decay(results: Results) -> Figure:
    """Final accuracies against the coefficient of weight decay; one panel for each model that has runs."""
    found = {model: _by_coefficient(results, model) for model in MODEL_NAMES}
    found = {model: runs for model, runs in found.items() if any(runs.values())}
    figure, panels = subplots(1, max(1, len(found)), height=3.4, sharey=True, squeeze=False)
    shown: list[RunRecord] = []
    for axes, (model, runs) in zip(panels.flat, found.items(), strict=False):
        coefficients = sorted({coefficient for coefficient, _ in runs})
        for corruption, name, line, label in LINES:
            values = [_mean(runs[coefficient, corruption], name) for coefficient in coefficients]
            axes.plot(range(len(values)), values, line, color=CONDITION_COLORS[corruption], label=label)
        records = [record for each in runs.values() for record in each]
        shown += records
        draw_chance(axes)
        axes.set_xticks(range(len(coefficients)), [f"{coefficient:g}" for coefficient in coefficients])
        axes.set(
            xlim=(-0.3, len(coefficients) - 0.7),
            ylim=(0, 103),
            xlabel=r"coefficient of weight decay, $\lambda$",
            title=named(model, records),
        )
    panels.flat[0].set_ylabel("accuracy (%)")
    if found:
        panels.flat[0].legend(loc="lower left", bbox_to_anchor=(0, 0.12), fontsize=8.5)
    return sign(figure, provenance(results, shown))


def quotes(results: Results, model: str = "mlp-1x512") -> dict[str, str]:
    """For each coefficient, as ``decay_0.001_…``: ``random``, training accuracy on random labels, and ``passes``, the
    epoch in which it passes 99 %; ``true`` and ``test``, training and test accuracy with true labels, and the ``gap``
    between them; ``decay_epochs``, how long they trained; ``decay_gain``, points that the strongest gains in
    ``test``."""
    texts, runs = {}, _by_coefficient(results, model)
    for (coefficient, corruption), found in runs.items():
        train = percent_over_seeds(record.train_accuracy for record in found)
        if corruption == "random-labels":
            texts[f"decay_{coefficient:g}_random"] = train
            texts[f"decay_{coefficient:g}_passes"] = epochs_over_seeds(found)
        else:
            texts[f"decay_{coefficient:g}_true"] = train
            texts[f"decay_{coefficient:g}_test"] = percent_over_seeds(record.test_accuracy for record in found)
            texts[f"decay_{coefficient:g}_gap"] = percent_over_seeds(record.generalization_gap for record in found)
    none, strongest = (runs[coefficient, "true-labels"] for coefficient in (0.0, max(STRONG_DECAY)))
    epochs = span(record.epochs for found in runs.values() for record in found)
    return {**texts, "decay_epochs": epochs, "decay_gain": points_over_seeds(gains_by_seed(strongest, none))}


def _by_coefficient(results: Results, model: str) -> dict[tuple[float, str], list[RunRecord]]:
    alike, rows = results.alike(model), [row for row in results.experiment.rows if row.model == model]
    return {(row.weight_decay, row.corruption): alike.of_row(row) for row in rows}


def _mean(found: list[RunRecord], name: str) -> float:
    """In percent; NaN, which draws nothing, where there is no run."""
    return 100 * fmean(getattr(record, name) for record in found) if found else math.nan
