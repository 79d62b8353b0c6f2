"""Pictures and numbers for *Questions readers ask*: renaming, noise, stopping early, the gap, what is learnt first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.experiments.plan import corruption_at
from rethinking.experiments.results import Results
from rethinking.figures.accuracies import Mark, draw_rows, on_test_images, on_training_images
from rethinking.figures.curves import curve_by_epoch, mean_by_epoch
from rethinking.figures.implicit import gains, paper_quotes
from rethinking.figures.spreads import epochs_over_seeds, percent_over_seeds, points_over_seeds
from rethinking.figures.style import BLUE, CONDITION_COLORS, GREEN, GREY, VERMILION, sign, subplots
from rethinking.figures.words import CONDITION_NAMES, NOT_RUN, provenance
from rethinking.training import RunRecord

MODEL = "mlp-1x512"
NOISE = ("random-labels", "random-pixels", "gaussian")
RENAMED = ("true-labels", "permuted-classes", "random-labels")
LEVELS = {0.0: BLUE, 0.5: GREY, 1.0: VERMILION}


def renamed_classes(renamed: Results, model: str = MODEL) -> Figure:
    """Accuracies with true labels, with every class renamed, and with random labels, end to end."""
    figure, axes = subplots(height=2.7)
    by_condition = {name: renamed.of(model=model, corruption=name) for name in RENAMED}
    rows: dict[str, list[Mark]] = {}
    for condition, found in by_condition.items():
        if found:
            rows[CONDITION_NAMES[condition]] = marks = [
                on_training_images(fmean(record.train_accuracy for record in found), "training images"),
                on_test_images(fmean(record.test_accuracy for record in found), "test images, by their true names"),
            ]
            if condition == "permuted-classes":
                renamed_accuracy = fmean(_last(found, "renamed_test_accuracy"))
                marks.append(Mark(renamed_accuracy, "test images, by the new names", GREEN, "s"))
    draw_rows(axes, rows)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8.5)
    return sign(figure, provenance(renamed, [record for found in by_condition.values() for record in found]))


def no_pattern(figure_1a: Results, model: str = MODEL, epochs: int = 60) -> Figure:
    """Training accuracy by epoch where labels, pixels or everything is random."""
    figure, axes = subplots(height=3.1)
    alike, shown = figure_1a.alike(model), []
    for condition in ("true-labels", *NOISE):
        found = alike.of(model=model, corruption=condition)
        curve_by_epoch(axes, found, "train_accuracy", CONDITION_COLORS[condition], CONDITION_NAMES[condition])
        shown += found
    axes.set(xlim=(1, epochs), ylim=(0, 103), xlabel="epoch", ylabel="training accuracy (%)")
    axes.set_title("Fitted, with a pattern or without")
    _legend(axes, loc="lower right")
    return sign(figure, provenance(figure_1a, shown))


def gap_against_fit(figure_1bc: Results, model: str = MODEL) -> Figure:
    """The generalization gap against the training accuracy, epoch by epoch, at three levels of label corruption."""
    figure, axes = subplots(height=3.5)
    alike, shown = figure_1bc.alike(model), []
    for level, color in LEVELS.items():
        found = alike.of(model=model, corruption=corruption_at(level))
        if found:
            train, test = (mean_by_epoch(found, name) for name in ("train_accuracy", "test_accuracy"))
            label = {0.0: "true labels", 1.0: "random labels"}.get(level, f"{100 * level:g} % of the labels random")
            axes.plot(train, train - test, "o-", color=color, markersize=2.5, linewidth=1, label=label)
            shown += found
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set(xlim=(0, 103), xlabel="training accuracy (%)", ylabel="generalization gap (points)")
    axes.set_title("The more it fits, the wider the gap; each point is an epoch")
    _legend(axes, loc="upper left")
    return sign(figure, provenance(figure_1bc, shown))


def learnt_first(results: Results, model: str = MODEL, level: float = 0.5) -> Figure:
    """Accuracy by epoch on the training images with a true label and on those with a wrong one."""
    figure, axes = subplots(height=3.6)
    found = results.of(model=model, corruption=corruption_at(level))
    curves = {
        "kept_accuracy": ("rightly labelled: given label", BLUE),
        "wrong_accuracy": ("wrongly labelled: given label", VERMILION),
        "wrong_true_accuracy": ("wrongly labelled: true label", GREEN),
        "test_accuracy": ("test images: true label", GREY),
    }
    for name, (label, color) in curves.items():
        curve_by_epoch(axes, found, name, color, label)
    epochs = found[0].epochs if found else 100
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100) if tick <= epochs]
    axes.set(xscale="log", xlim=(1, epochs), ylim=(0, 103), xlabel="epoch", ylabel="accuracy (%)")
    axes.set_xticks(ticks, ticks)
    axes.minorticks_off()
    axes.set_title("First the rule, then the exceptions")
    _legend(figure, loc="outside upper left", ncols=2, fontsize=8.5)
    return sign(figure, provenance(results, found))


def quotes(results: Callable[[str], Results], model: str = MODEL) -> dict[str, str]:
    """The numbers that the chapter quotes; ``results`` loads an experiment by name."""
    table_1, curves, sweep = results("table-1"), results("figure-1a"), results("figure-1bc")
    plain, random = table_1.of(model=model), table_1.of(model=model, corruption="random-labels")
    texts = {
        "true_test": percent_over_seeds(record.test_accuracy for record in plain),
        "random_test": percent_over_seeds(record.test_accuracy for record in random),
        "random_train": percent_over_seeds(record.train_accuracy for record in random),
        "stopping_gain": percent_over_seeds(gains(plain)),
        "stopping_gain_deep": percent_over_seeds(gains(table_1.of(model="mlp-3x512"))),
        **paper_quotes("inception"),
        "gap_last": percent_over_seeds(record.generalization_gap for record in plain),
        "gap_first": percent_over_seeds(_gap(record)[0] for record in plain),
    }
    for condition in NOISE:
        found, name = curves.of(model=model, corruption=condition), condition.replace("-", "_")
        texts[f"{name}_fit"] = percent_over_seeds(record.train_accuracy for record in found)
        texts[f"{name}_epochs"] = epochs_over_seeds(found)
        texts[f"{name}_chance"] = percent_over_seeds(record.test_accuracy for record in found)
    half = sweep.of(model=model, corruption=corruption_at(0.5))
    gap = mean_by_epoch(half, "train_accuracy") - mean_by_epoch(half, "test_accuracy") if half else None
    texts["gap_lowest"] = NOT_RUN if gap is None else points_over_seeds([np.nanmin(gap)])
    texts["gap_lowest_epoch"] = NOT_RUN if gap is None else str(int(np.nanargmin(gap)) + 1)
    renamed = {name: results("renamed-classes").of(model=model, corruption=name) for name in RENAMED}
    for name in ("train_accuracy", "test_accuracy", "renamed_test_accuracy"):
        texts[f"permuted_{name}"] = percent_over_seeds(_last(renamed["permuted-classes"], name))
    for condition in ("true-labels", "random-labels"):
        name = f"as_long_{condition.replace('-', '_')}_test"
        texts[name] = percent_over_seeds(record.test_accuracy for record in renamed[condition])
    noisy = {
        "half": results("learnt-first").of(model=model, corruption=corruption_at(0.5)),
        "alexnet_half": sweep.whole().of(model="alexnet", corruption=corruption_at(0.5)),
        "alexnet_most": sweep.whole().of(model="alexnet", corruption=corruption_at(0.8)),
    }
    for name, found in noisy.items():
        texts |= {f"{name}_{what}": text for what, text in _learnt_first_quotes(found).items()}
    return texts


def _learnt_first_quotes(found: list[RunRecord]) -> dict[str, str]:
    """At the epoch in which most wrongly labelled images get their true label, and at the end."""
    names = ("kept_accuracy", "wrong_accuracy", "wrong_true_accuracy", "test_accuracy")
    if not found:
        return dict.fromkeys(("epoch", *names, *(f"{name}_last" for name in names)), NOT_RUN)
    epoch = int(mean_by_epoch(found, "wrong_true_accuracy").argmax())
    return {
        "epoch": str(epoch + 1),
        **{name: percent_over_seeds((_at(r, name, epoch) for r in found), 1) for name in names},
        **{f"{name}_last": percent_over_seeds(_last(found, name), 1) for name in names},
    }


def _last(found: Iterable[RunRecord], name: str) -> list[float]:
    return [record.history[name][-1] for record in found]


def _at(record: RunRecord, name: str, epoch: int) -> float:
    """A column's value in the epoch of that index, or in the next one that was scored, as the last one always is."""
    return next(value for value in record.history[name][epoch:] if value is not None)


def _gap(record: RunRecord) -> np.ndarray:
    """The generalization gap in the epochs in which the test set was scored."""
    train, test = (np.array(record.history[f"{split}_accuracy"], dtype=float) for split in ("train", "test"))
    return (train - test)[~np.isnan(test)]


def _legend(place: Axes | Figure, **style: Any) -> None:
    """A legend in the axes, or outside them in the figure, if there is anything to name."""
    axes = place.axes[0] if isinstance(place, Figure) else place
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place.legend(handles, labels, **style)
