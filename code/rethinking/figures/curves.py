"""Learning curves and their ends: the paper's Figure 1a and its like, our runs as lines, the paper's points hollow."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import fmean
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rethinking import paper
from rethinking.data import CONDITIONS
from rethinking.experiments.plan import PAPER_MODELS
from rethinking.experiments.results import Results
from rethinking.figures.accuracies import draw_chance, draw_rows, on_test_images, on_training_images
from rethinking.figures.seeds import draw_seeds
from rethinking.figures.style import BLUE, CONDITION_COLORS, GREY, VERMILION, sign, subplots
from rethinking.figures.words import CONDITION_NAMES, MODEL_NAMES, named, provenance
from rethinking.training import OVERFIT, RunRecord
from rethinking.training.record import LOSS_EVERY

PAPER_STEPS = 391
"""In an epoch: its curves have a point every 391 steps."""

LAST_STEP, LARGEST_LOSS = 25_000, 2.6
"""Where the axes of Figure 1a end."""

DASHED = ("shuffled-pixels",)
"""Conditions whose line is dashed: an MLP's hides behind that of true labels."""


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
