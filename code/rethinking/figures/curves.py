"""The paper's Figure 1 and its like, our runs as lines, the paper's own points as hollow markers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from statistics import fmean
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rethinking import paper
from rethinking.data import CONDITIONS, error_on_corrupted_labels
from rethinking.experiments.plan import (
    CORRUPTION_LEVELS,
    FIGURE_1_MODELS,
    PAPER_MODELS,
    corruption_at,
)
from rethinking.experiments.results import Results
from rethinking.figures.accuracies import CHANCE, draw_chance, draw_rows, on_test_images, on_training_images
from rethinking.figures.seeds import draw_seeds
from rethinking.figures.style import (
    BLACK,
    BLUE,
    CONDITION_COLORS,
    GREY,
    MODEL_COLORS,
    PURPLE,
    SKY,
    VERMILION,
    sign,
    subplots,
)
from rethinking.figures.words import CONDITION_NAMES, MODEL_NAMES, named, provenance
from rethinking.training import OVERFIT, RunRecord
from rethinking.training.record import LOSS_EVERY

PAPER_STEPS = 391
"""In an epoch: its curves have a point every 391 steps."""

LAST_STEP, LARGEST_LOSS = 25_000, 2.6
"""Where the axes of Figure 1a end."""

DASHED = ("shuffled-pixels",)
"""Conditions whose line is dashed: an MLP's hides behind that of true labels."""

THRESHOLDS = {0.9: SKY, 0.95: BLUE, OVERFIT: BLACK, 0.999: PURPLE}


def figure_1a(results: Results, model: str = "inception") -> Figure:
    """Training loss against steps under the five conditions, as the steps met it; a band spans the seeds.

    The paper draws Inception alone, so its points stand beside every model's lines. Reduced runs have fewer steps in an
    epoch: with them, the axis counts epochs.
    """
    figure, axes = subplots(height=3.9)
    alike = results.alike(model)
    runs = {condition: alike.of(model=model, corruption=condition) for condition in CONDITIONS}
    shown = [record for found in runs.values() for record in found]
    by_epoch = in_epochs(shown)
    for condition, found in runs.items():
        color = CONDITION_COLORS[condition]
        if found:
            losses = _by_hundred(found)
            x = _steps(len(losses)) / (steps_per_epoch(found[0]) if by_epoch else 1)
            dashes = "--" if condition in DASHED else "-"
            draw_seeds(axes, x, losses, dashes, color=color, label=CONDITION_NAMES[condition])
        steps, theirs = paper.figure_1a(condition)
        at = np.array(steps) / (PAPER_STEPS if by_epoch else 1)
        axes.plot(at, theirs, "o", markersize=3, markerfacecolor="none", markeredgewidth=0.8, color=color, alpha=0.75)
    axes.plot([], [], "o", markersize=3, markerfacecolor="none", color=GREY, label="the paper's Inception")
    axes.set(ylim=(0, LARGEST_LOSS), ylabel="training loss (nats)")
    if by_epoch:
        axes.set(xlim=(0, LAST_STEP / PAPER_STEPS), xlabel="epoch")
    else:
        axes.set(xlim=(0, LAST_STEP), xlabel="training steps")
    fits = all(record.train_accuracy >= OVERFIT for record in shown)
    axes.set_title(named(model, shown) + (" fits whatever it is given" if fits else " under five conditions"))
    figure.legend(loc="outside upper left", ncols=3, fontsize=8.5)
    return sign(figure, provenance(results, shown))


def met_and_evaluated(results: Results, model: str = "inception", corruption: str = "random-labels") -> Figure:
    """The training loss of one run as its steps met it, batch by batch, and of its network evaluated after each
    epoch."""
    figure, axes = subplots(height=2.9)
    found = results.alike(model).of(model=model, corruption=corruption)
    for record in found[:1]:
        steps = steps_per_epoch(record)
        label = "on the training batches, mean of each hundred steps"
        axes.plot(steps_of(record), record.step_losses, color=CONDITION_COLORS[corruption], label=label)
        evaluated = np.array(record.history["train_loss"], dtype=float)
        after = steps * np.arange(1, record.epochs + 1)
        axes.plot(after, evaluated, color=GREY, label="evaluated after each epoch", zorder=1.9)
        axes.set(xlim=(0, steps * record.epochs))
    axes.set(ylim=(0, None), xlabel="training steps", ylabel="training loss (nats)")
    axes.set_title(f"{named(model, found)}, {CONDITION_NAMES.get(corruption, corruption)}")
    if found:
        figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return sign(figure, provenance(results, found[:1]))


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


def memorization(record: RunRecord) -> Figure:
    """Training and test accuracy of one run, epoch by epoch."""
    figure, axes = subplots(height=2.9)
    epochs, corruption = record.history["epoch"], record.config.corruption
    curve_by_epoch(axes, [record], "train_accuracy", VERMILION, "training images")
    curve_by_epoch(axes, [record], "test_accuracy", BLUE, "test images")
    draw_chance(axes)
    axes.set(xlabel="epoch", ylabel="accuracy (%)", ylim=(0, 103), xlim=(1, epochs[-1]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{MODEL_NAMES[record.config.model]}, {CONDITION_NAMES.get(corruption, corruption)}")
    axes.legend(loc="center right")
    return figure


def finding(results: Results) -> Figure:
    """The paper in one picture: training and test accuracy of each model, with true and with random labels."""
    alike = {m: results.alike(m, "true-labels", "random-labels") for m in PAPER_MODELS}
    both = {m: (found.of(model=m), found.of(model=m, corruption="random-labels")) for m, found in alike.items()}
    models = [model for model, (true, random) in both.items() if true and random]
    figure, panels = subplots(
        1, 2, width=5.7, height=1.5 + 0.62 * max(1, len(models)), sharey=True, sharex=True
    )  # narrow enough for a phone
    shown: list[RunRecord] = []
    for place, (axes, title) in enumerate(zip(panels, ("True labels", "Random labels"), strict=True)):
        rows = {}
        for model in models:
            found = both[model][place]
            shown += found
            rows[fill(named(model, [*both[model][0], *both[model][1]]), 20)] = (
                on_training_images(fmean(record.train_accuracy for record in found)),
                on_test_images(fmean(record.test_accuracy for record in found)),
            )
        draw_rows(axes, rows, fontsize=10)
        axes.set_title(title)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return sign(figure, provenance(results, shown))


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


def _paper_times(axes: Axes, model: str) -> None:
    """The paper's points of Figure 1b for one model, and what the axes are."""
    epochs = paper.figure_1b(model)
    ratios = [value / epochs[0.0] for value in epochs.values()]
    _paper_points(axes, list(epochs), ratios, model, f"{MODEL_NAMES[model]}, the paper")
    axes.set(xlabel="fraction of corrupted training labels, p", ylabel="time to overfit, relative to p = 0")


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


def by_level(results: Results, model: str) -> dict[float, list[RunRecord]]:
    """A model's runs at each level of corruption at which there are any, all of one size."""
    alike = results.alike(model)
    return {p: found for p in CORRUPTION_LEVELS if (found := alike.of(model=model, corruption=corruption_at(p)))}


def _paper_points(axes: Axes, x: list[float], y: list[float], model: str, label: str = "_") -> None:
    axes.plot(x, y, "o", markerfacecolor="none", markersize=5, color=MODEL_COLORS[model], label=label)


def in_epochs(found: Iterable[RunRecord]) -> bool:
    """Whether learning curves are drawn against epochs: where an epoch of some run has other steps than the paper's."""
    return any(record.reduced for record in found)


def steps_of(record: RunRecord) -> np.ndarray:
    """How many steps had been taken by each of its step losses."""
    return _steps(len(record.step_losses))


def _steps(points: int) -> np.ndarray:
    return LOSS_EVERY * np.arange(1, points + 1)


def _by_hundred(found: list[RunRecord]) -> list[list[float]]:
    """The step losses of several seeds, hundred by hundred, as far as all that did not diverge go."""
    lengths = [len(record.step_losses) for record in found if record.status == "finished"]
    points = range(min(lengths or [len(record.step_losses) for record in found]))
    losses = [[record.step_losses[i] for record in found if i < len(record.step_losses)] for i in points]
    return [[loss for loss in seeds if loss is not None] for seeds in losses]


def steps_per_epoch(record: RunRecord) -> int:
    """Of a run on one of the data sets whose size is known."""
    images = record.config.train_images
    assert images is not None, record.run
    return math.ceil(images / record.config.batch_size)


def mean_by_epoch(found: list[RunRecord], name: str) -> np.ndarray:
    """A column of the histories in percent, averaged over the runs, as far as all of them go."""
    epochs = min(record.epochs for record in found)
    return 100 * np.mean([record.history[name][:epochs] for record in found], axis=0, dtype=float)


def curve_by_epoch(axes: Axes, found: list[RunRecord], name: str, color: str, label: str) -> np.ndarray:
    """The mean over seeds by epoch, with a band that spans them; nothing where there are no runs. NaN where some run
    was not scored: the line passes over it."""
    if not found:
        return np.array([])
    mean = mean_by_epoch(found, name)
    scored = np.flatnonzero(~np.isnan(mean))
    values = 100 * np.array([record.history[name][: len(mean)] for record in found], dtype=float)[:, scored]
    draw_seeds(axes, scored + 1, values.T, color=color, label=label)
    return mean
