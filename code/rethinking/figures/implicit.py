"""Pictures and numbers for *Implicit regularization*: stopping early, at each level of corruption, and Figure 2b."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from matplotlib.figure import Figure

from rethinking import paper
from rethinking.experiments.plan import FIGURE_1_MODELS, PAPER_MODELS
from rethinking.experiments.results import Results
from rethinking.figures.accuracies import draw_chance
from rethinking.figures.curves import curve_by_epoch
from rethinking.figures.seeds import draw_seeds
from rethinking.figures.spreads import epochs_over_seeds, gains_by_seed, percent_over_seeds, points_over_seeds
from rethinking.figures.style import BLUE, GREY, MODEL_COLORS, VERMILION, sign, subplots
from rethinking.figures.sweeps import by_level
from rethinking.figures.tables import Table
from rethinking.figures.words import (
    MODEL_NAMES,
    NOT_RUN,
    alternatives,
    named,
    percent,
    provenance,
    scale,
    seeds,
    span,
)
from rethinking.training import RunRecord

MODEL = "mlp-1x512"
FIGURE_2B_MODELS = ("inception", "inception-no-bn")


def stopping_early(table_1: Results) -> Figure:
    """Test accuracy by epoch without any regularizer, below its running best; a triangle at the best epoch.

    Runs that end as soon as their labels are fitted are left out.
    """
    figure, axes = subplots(height=3.5)
    shown = []
    for model in PAPER_MODELS:
        color, found = MODEL_COLORS[model], _to_the_end(table_1.of(model=model))
        if found:
            mean = curve_by_epoch(axes, found, "test_accuracy", color, named(model, found))
            scored = np.flatnonzero(~np.isnan(mean))
            running_best = np.maximum.accumulate(mean[scored])
            axes.plot(scored + 1, running_best, color=color, linewidth=0.8, linestyle="--")
            axes.plot([scored[mean[scored].argmax()] + 1], [running_best[-1]], "v", color=color, markersize=7)
        shown += found
    if shown:
        axes.plot([], [], "--", color=GREY, linewidth=0.8, label="running best")
        axes.legend(loc="lower right", fontsize=8.5, ncols=2)
    axes.set(xlim=(0, 101), xlabel="epoch", ylabel="test accuracy (%)")
    axes.set_title("With true labels, the last epoch is nearly the best")
    return sign(figure, provenance(table_1, shown))


def stopping_by_level(figure_1bc: Results, models: Sequence[str] = (MODEL, "alexnet")) -> Figure:
    """Test accuracy at the best epoch and at the last, against the level of label corruption, a panel for each network;
    bands span the seeds."""
    figure, panels = subplots(1, len(models), height=3.5, sharey=True)
    shown: list[RunRecord] = []
    for axes, model in zip(panels, models, strict=True):
        runs = _by_level(figure_1bc, model)
        for name, color, label in (
            ("best_test_accuracy", BLUE, "at the best epoch"),
            ("test_accuracy", VERMILION, "at the last epoch"),
        ):
            values = [[100 * getattr(record, name) for record in found] for found in runs.values()]
            draw_seeds(axes, list(runs), values, "o-", color=color, markersize=4, label=label)
        drawn = [record for found in runs.values() for record in found]
        shown += drawn
        draw_chance(axes)
        axes.set(xlabel="fraction of corrupted training labels, p", ylim=(0, 85), title=named(model, drawn))
    panels[0].set_ylabel("test accuracy (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return sign(figure, provenance(figure_1bc, shown))


def figure_2b(results: Results) -> Figure:
    """Figure 2b: training and test accuracy of Inception with and without batch normalization, ours and the paper's."""
    figure, panels = subplots(1, 2, height=3.7, sharey=True)
    shown: list[RunRecord] = []
    for axes, split in zip(panels, ("train", "test"), strict=True):
        longest = 0
        for model in FIGURE_2B_MODELS:
            color, found = MODEL_COLORS[model], results.of(model=model)
            curve_by_epoch(axes, found, f"{split}_accuracy", color, named(model, found))
            epochs, accuracies = paper.figure_2b(model, f"{split}_accuracy")
            points = {"color": color, "markersize": 3.5, "markerfacecolor": "none"}
            label = f"{MODEL_NAMES[model]}, the paper"
            axes.plot(epochs, 100 * np.array(accuracies), "o", **points, label=label)
            longest = max([longest, *epochs, *(record.epochs for record in found)])
            if split == "test":
                shown += found
        axes.set(xlim=(0, longest + 1), ylim=(35, 102), xlabel="epoch")
        axes.set_title({"train": "Training images", "test": "Test images"}[split])
    panels[0].set_ylabel("accuracy (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8.5)
    return sign(figure, provenance(results, shown))


def stopping_table(table_1: Results) -> Table:
    """Test accuracy in the last epoch and in the best, in percent, over seeds; the paper's from its Figure 2b.

    Runs that end as soon as their labels are fitted are left out.
    """
    rows: list[tuple[str, ...]] = []
    for model in PAPER_MODELS:
        if found := _to_the_end(table_1.of(model=model)):
            rows.append(
                (
                    named(model, found),
                    percent_over_seeds(record.test_accuracy for record in found),
                    percent_over_seeds(record.best_test_accuracy for record in found),
                    ",\N{NO-BREAK SPACE}".join(str(_best_epoch(record)) for record in found),
                    percent_over_seeds(gains(found)),
                )
            )
        if model in FIGURE_2B_MODELS:
            theirs = paper_quotes(model)
            cells = (theirs[f"paper_{key}"] for key in ("last", "best", "best_epoch", "gain"))
            rows.append((f"{MODEL_NAMES[model]}, the paper's Figure 2b", *cells))
    return Table(("network", ">accuracy, last epoch", ">accuracy, best epoch", ">best epoch", ">gain"), tuple(rows))


def quotes(table_1: Results, figure_1bc: Results, figure_2b: Results, model: str = MODEL) -> dict[str, str]:
    """What stopping early gains with true labels, where it gains most, and with random labels, where there is nothing
    to gain; what batch normalization gains."""
    plain = table_1.of(model=model)
    noisy = [gain for p, gain in _gained(_by_level(figure_1bc, model)).items() if 0 < p < 1]
    random = table_1.of(model="inception-no-bn", corruption="random-labels")
    normalized, plainer = figure_2b.in_one_size(*({"model": name} for name in FIGURE_2B_MODELS))

    def ends(name: str) -> float:
        return paper.figure_2b(name, "test_accuracy")[1][-1]

    def in_table(name: str) -> float:
        return paper.table_1(name, "true-labels", random_crop=False, weight_decay=False)[1]

    return {
        "gain": percent_over_seeds(gains(plain)),
        **paper_quotes("inception"),
        "least_noisy_gain": f"{100 * min(noisy):.1f}" if noisy else NOT_RUN,
        "most_noisy_gain": f"{100 * max(noisy):.1f}" if noisy else NOT_RUN,
        **{f"most_{what}": text for what, text in _stopped_where_it_gains_most(figure_1bc, model).items()},
        **{f"alexnet_most_{what}": text for what, text in _stopped_where_it_gains_most(figure_1bc, "alexnet").items()},
        **{
            f"{name.replace('-', '_')}_gain_by_luck": percent_over_seeds(
                gains(figure_1bc.whole().of(model=name, corruption="random-labels")), 1
            )
            for name in FIGURE_1_MODELS
        },
        "our_normalization": normalization(normalized, plainer),
        "normalization_gain": points_over_seeds(gains_by_seed(normalized, plainer)),
        "inception_gain": percent_over_seeds(gains(table_1.of(model="inception"))),
        "epochs_with": epochs_over_seeds(normalized),
        "epochs_without": epochs_over_seeds(plainer),
        "random_without": percent_over_seeds(record.train_accuracy for record in random),
        "random_without_scale": scale(random),
        "random_without_epochs": span(record.epochs for record in random),
        "normalization_table": percent(in_table("inception") - in_table("inception-no-bn")),
        "normalization_figure": percent(ends("inception") - ends("inception-no-bn")),
    }


def _gained(runs: dict[float, list[RunRecord]]) -> dict[float, float]:
    """What stopping early gains at each level, the mean over seeds."""
    return {p: fmean(gains(found)) for p, found in runs.items()}


def _stopped_where_it_gains_most(figure_1bc: Results, model: str) -> dict[str, str]:
    """The ``level`` of corruption in percent; there, the test accuracy at the ``best`` epoch and at the ``last``, the
    ``gain``, and the best ``epoch`` of each run."""
    runs = _by_level(figure_1bc, model)
    gained = _gained(runs)
    most = max(gained, key=lambda p: gained[p], default=None)
    found = [] if most is None else runs[most]
    return {
        "level": NOT_RUN if most is None else f"{100 * most:.0f}",
        "best": percent_over_seeds((record.best_test_accuracy for record in found), 1),
        "last": percent_over_seeds((record.test_accuracy for record in found), 1),
        "gain": percent_over_seeds(gains(found), 1),
        "epoch": alternatives(map(str, sorted({_best_epoch(record) for record in found}))),
    }


def paper_quotes(model: str) -> dict[str, str]:
    """What stopping early would have gained in the paper's Figure 2b."""
    epochs, accuracies = paper.figure_2b(model, "test_accuracy")
    best = int(np.argmax(accuracies))
    return {
        "paper_last": percent(accuracies[-1]),
        "paper_best": percent(accuracies[best]),
        "paper_best_epoch": str(epochs[best]),
        "paper_gain": percent(accuracies[best] - accuracies[-1]),
    }


def normalization(normalized: list[RunRecord], plain: list[RunRecord]) -> str:
    """A sentence: what batch normalization gains in our runs."""
    gained = gains_by_seed(normalized, plain)
    if not gained:
        return "Our own runs of the two at full size are still to come."
    ends = [percent_over_seeds(record.test_accuracy for record in found) for found in (normalized, plain)]
    apart = len({record.config.precision for record in (*normalized, *plain)}) > 1
    notes = [*([seeds(gained)] if len(gained) == 1 else []), *(["the two in different precisions"] if apart else [])]
    return (
        f"Our Inception, on {scale(normalized)}, ends at {ends[0]} % with normalization and at {ends[1]} % without, "
        f"a gain of {points_over_seeds(gained)} points{' (' + ', '.join(notes) + ')' if notes else ''}."
    )


def _by_level(figure_1bc: Results, model: str) -> dict[float, list[RunRecord]]:
    """The runs as planned at each level of corruption at which there are any: reduced ones end as soon as their labels
    are fitted."""
    return by_level(figure_1bc.whole(), model)


def _to_the_end(found: list[RunRecord]) -> list[RunRecord]:
    """The runs that can tell what stopping early would have gained."""
    return [record for record in found if record.early_stopping_gain is not None]


def gains(found: list[RunRecord]) -> list[float]:
    """What stopping early would have gained each run that can tell."""
    return [gain for record in found if (gain := record.early_stopping_gain) is not None]


def _best_epoch(record: RunRecord) -> int:
    scored = [-1.0 if accuracy is None else accuracy for accuracy in record.history["test_accuracy"]]
    return scored.index(max(scored)) + 1
