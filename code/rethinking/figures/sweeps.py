"""What label corruption does, level by level: the paper's Figures 1b and 1c, and what copying would make of them.

Our runs are lines or filled marks, the paper's own points hollow ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking import paper
from rethinking.data import copier_error, error_on_corrupted_labels
from rethinking.experiments.plan import CORRUPTION_LEVELS, FIGURE_1_MODELS, corruption_at
from rethinking.experiments.results import Results
from rethinking.figures.accuracies import CHANCE
from rethinking.figures.seeds import draw_seeds
from rethinking.figures.style import BLACK, BLUE, GREY, MODEL_COLORS, PURPLE, SKY, sign, subplots
from rethinking.figures.words import MODEL_NAMES, named, provenance
from rethinking.training import OVERFIT, RunRecord

THRESHOLDS = {0.9: SKY, 0.95: BLUE, OVERFIT: BLACK, 0.999: PURPLE}


def figure_1b(results: Results, threshold: float = OVERFIT) -> Figure:
    """Epochs to overfit against the level of label corruption, over those at level 0, seed by seed. Where the line is
    of reduced runs, those of the paper's size stand beside it as diamonds."""
    figure, axes = subplots(height=4.4)
    shown: list[RunRecord] = []
    for model in FIGURE_1_MODELS:
        drawn = _sweep(axes, results, model, _relative_time(results.alike(model), threshold), label="{}, ours")
        whole = results.whole().of_model(model)
        label = f"{MODEL_NAMES[model]}, ours, on all images"
        beside = _beside(
            axes, whole, model, drawn, _relative_time(whole, threshold), CORRUPTION_LEVELS[1:], label=label
        )
        shown += [*drawn, *(whole.of(model=model) if beside else []), *beside]
        _paper_times(axes, model)  # here, so that the legend has a column for each network
    axes.set_title(f"Time until the training accuracy reaches {100 * threshold:g} %")
    figure.legend(loc="outside upper left", ncols=len(FIGURE_1_MODELS), fontsize=8.5)
    return sign(figure, provenance(results, shown))


def thresholds(results: Results, model: str = "mlp-1x512") -> Figure:
    """Figure 1b for one model, with other thresholds of the training accuracy at which it counts as overfitted."""
    figure, axes = subplots(height=3.3)
    shown: list[RunRecord] = []
    for threshold, color in THRESHOLDS.items():
        relative, ratios = _relative_time(results.alike(model), threshold), {}
        for p, found in by_level(results, model).items():
            if reached := _of_all(found, relative, p):
                ratios[p] = np.mean(reached)
                shown += found
        axes.plot(list(ratios), list(ratios.values()), color=color, label=f"training accuracy {100 * threshold:g} %")
    _paper_times(axes, model)
    axes.set_title(f"When does {named(model, shown)} count as overfitted?")
    axes.legend(fontsize=8.5)
    return sign(figure, provenance(results, shown))


def figure_1c(results: Results) -> Figure:
    """Final test error against the level of label corruption, by true test labels and by labels corrupted as well; one
    panel for each model."""
    figure, panels = subplots(1, len(FIGURE_1_MODELS), height=3.5, width=7.2, sharex=True, sharey=True)
    shown: list[RunRecord] = []
    for axes, model in zip(panels, FIGURE_1_MODELS, strict=True):
        drawn = _sweep(axes, results, model, _true_error)
        _sweep(axes, results, model, _corrupted_error, "--")
        whole = results.whole().of_model(model)
        beside = _beside(axes, whole, model, drawn, _true_error)
        _beside(axes, whole, model, drawn, _corrupted_error, fillstyle="none")
        errors = paper.figure_1c(model)
        _paper_points(axes, list(errors), [100 * value for value in errors.values()], model)
        axes.axhline(100 - CHANCE, color=GREY, linewidth=1, linestyle=":")
        axes.set(ylim=(0, 100), xticks=(0, 0.5, 1), title=named(model, drawn))
        shown += [*drawn, *beside]
    panels[0].text(0, 101 - CHANCE, "chance", color=GREY, fontsize=8.5)
    panels[0].set_ylabel("test error (%)")
    panels[1].set_xlabel("fraction of corrupted training labels, p")
    kinds = {"ours, true test labels": "o-", "ours, corrupted test labels": "o--", "the paper's": "o"}
    for label, style in kinds.items():
        panels[1].plot(
            [], [], style, color=BLACK, markersize=4, label=label, fillstyle="none" if style == "o" else "full"
        )
    handles = panels[1].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper left", ncols=3, fontsize=8.5, handlelength=3.5)
    return sign(figure, provenance(results, shown))


def copying(results: Results) -> Figure:
    """Test errors beside those of a classifier that copies training labels and has the same error at level 0: ours
    against true test labels, the paper's against corrupted ones; one panel for each model."""
    figure, panels = subplots(1, len(FIGURE_1_MODELS), height=3.5, width=7.2, sharex=True, sharey=True)
    levels, shown = [percent / 100 for percent in range(101)], []
    for axes, model in zip(panels, FIGURE_1_MODELS, strict=True):
        found, theirs = by_level(results, model), paper.figure_1c(model)
        drawn = [record for runs in found.values() for record in runs]
        if true_labels := found.get(0.0):
            first = fmean(record.test_error for record in true_labels)
            axes.plot(levels, [100 * copier_error(first, p) for p in levels], color=GREY, linewidth=1)
        twice = [100 * error_on_corrupted_labels(copier_error(theirs[0.0], p), p) for p in levels]
        axes.plot(levels, twice, "--", color=GREY, linewidth=1)
        errors = [[_true_error(record, p) for record in runs] for p, runs in found.items()]
        draw_seeds(axes, list(found), errors, "o", markersize=4, color=MODEL_COLORS[model], zorder=3)
        _paper_points(axes, list(theirs), [100 * error for error in theirs.values()], model)
        axes.set(ylim=(0, 100), xticks=(0, 0.5, 1), title=named(model, drawn))
        shown += drawn
    panels[0].set_ylabel("test error (%)")
    panels[1].set_xlabel("fraction of corrupted training labels, p")
    axes = panels[1]  # below which the legend's kinds are drawn, with nothing in them
    axes.plot([], [], "o", color=BLACK, markersize=4, label="ours, true test labels")
    axes.plot([], [], "-", color=GREY, linewidth=1, label="copying, true test labels")
    axes.plot([], [], "o", color=BLACK, markersize=5, markerfacecolor="none", label="the paper's")
    axes.plot([], [], "--", color=GREY, linewidth=1, label="copying, corrupted test labels")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8.5)
    return sign(figure, provenance(results, shown))


def by_level(results: Results, model: str) -> dict[float, list[RunRecord]]:
    """A model's runs at each level of corruption at which there are any, all of one size."""
    alike = results.alike(model)
    return {p: found for p in CORRUPTION_LEVELS if (found := alike.of(model=model, corruption=corruption_at(p)))}


Metric = Callable[[RunRecord, float], float | None]
"""Of a run and its level of corruption; None where there is no value, as of the time to something never reached."""


def _relative_time(results: Results, threshold: float) -> Metric:
    """Epochs until the training accuracy reaches ``threshold`` over those of the same seed at level 0; ``results`` are
    one model's of figure-1bc, all of one size."""
    base = {
        record.config.seed: record.epochs_to_overfit(threshold)
        for record in results.records
        if record.config.corruption == "true-labels"
    }

    def relative(record: RunRecord, p: float) -> float | None:
        epochs, first = record.epochs_to_overfit(threshold), base.get(record.config.seed)
        return None if epochs is None or first is None else epochs / first

    return relative


def _true_error(record: RunRecord, p: float) -> float:
    return 100 * record.test_error


def _corrupted_error(record: RunRecord, p: float) -> float:
    return 100 * error_on_corrupted_labels(record.test_error, p)


def _beside(
    axes: Axes,
    whole: Results,
    model: str,
    drawn: list[RunRecord],
    metric: Metric,
    levels: Sequence[float] = CORRUPTION_LEVELS,
    **style: Any,
) -> list[RunRecord]:
    """A diamond for each run at the paper's size, where the line that was ``drawn`` is of reduced ones; those runs."""
    if not (drawn and drawn[0].reduced):
        return []
    at = {p: whole.of(model=model, corruption=corruption_at(p)) for p in levels}
    points = [(p, value) for p, found in at.items() for value in _of_all(found, metric, p)]
    if points:
        axes.plot(*zip(*points, strict=True), "D", color=MODEL_COLORS[model], markersize=4.5, zorder=4, **style)
    reached = {p for p, _ in points}
    return [record for p, found in at.items() if p in reached for record in found]


def _of_all(found: list[RunRecord], metric: Metric, p: float) -> list[float]:
    """The metric of each run, or nothing where some run has none: the mean would be of the lucky."""
    values = [value for record in found if (value := metric(record, p)) is not None]
    return values if len(values) == len(found) else []


def _sweep(
    axes: Axes, results: Results, model: str, metric: Metric, line: str = "-", label: str = "_"
) -> list[RunRecord]:
    """Draw a model's ``metric`` against the level of corruption; return the records drawn.

    The line is the mean over seeds, the band spans them; a level at which the metric of some seed is None is left out.
    The line breaks at a level that has not been run. In the label ``{}`` stands for the model's name; without a label
    the legend leaves the line out.
    """
    found = by_level(results, model)
    values = [_of_all(found.get(p, []), metric, p) for p in CORRUPTION_LEVELS]
    drawn = [record for p, reached in zip(CORRUPTION_LEVELS, values, strict=True) if reached for record in found[p]]
    if drawn:
        joined = any(one and next_one for one, next_one in pairwise(values))
        style, size = (f"o{line}", 3) if joined else ("o", 4.5)  # single levels are points, in the legend too
        label = label.format(named(model, drawn))
        draw_seeds(
            axes, CORRUPTION_LEVELS, values, style, markersize=size, color=MODEL_COLORS[model], label=label, zorder=3
        )
    return drawn


def _paper_times(axes: Axes, model: str) -> None:
    """The paper's points of Figure 1b for one model, and what the axes are."""
    epochs = paper.figure_1b(model)
    ratios = [value / epochs[0.0] for value in epochs.values()]
    _paper_points(axes, list(epochs), ratios, model, f"{MODEL_NAMES[model]}, the paper")
    axes.set(xlabel="fraction of corrupted training labels, p", ylabel="time to overfit, relative to p = 0")


def _paper_points(axes: Axes, x: list[float], y: list[float], model: str, label: str = "_") -> None:
    axes.plot(x, y, "o", markerfacecolor="none", markersize=5, color=MODEL_COLORS[model], label=label)
