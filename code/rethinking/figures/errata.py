"""The picture and the numbers of *Errata and tensions*: what the paper says twice, and how far the two are apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from rethinking import paper
from rethinking.experiments.plan import FIGURE_1_MODELS, PAPER_MODELS
from rethinking.experiments.results import Results
from rethinking.figures.curves import PAPER_STEPS, steps_of
from rethinking.figures.implicit import FIGURE_2B_MODELS, normalization
from rethinking.figures.quotes import at_full_size
from rethinking.figures.spreads import epochs_over_seeds, gains_by_seed, percent_over_seeds, points_over_seeds
from rethinking.figures.style import BLACK, BLUE, CONDITION_COLORS, GREY, ORANGE, VERMILION, sign, subplots
from rethinking.figures.words import MODEL_NAMES, NOT_RUN, named, percent, provenance, scale, span
from rethinking.training import RunRecord
from rethinking.training.record import LOSS_EVERY


class Reading(NamedTuple):
    """What may be meant by random pixels: its name in quotes and in the legend, and its line."""

    key: str
    label: str
    color: str
    line: str = "-"


READINGS = {
    "random-pixels": Reading("pixels", "pixels permuted, colours kept", CONDITION_COLORS["random-pixels"]),
    "random-values": Reading("values", "all values permuted", BLACK, "--"),
    "gaussian": Reading("noise", "Gaussian noise", CONDITION_COLORS["gaussian"]),
}
"""By the corruption; Gaussian noise is there for comparison."""

LAST = PAPER_STEPS // LOSS_EVERY - 1
"""The place of the last mean of a hundred steps within the first epoch."""

PLACES = {"Table 1": (VERMILION, "o"), "Figure 1c": (BLUE, "s"), "Figure 2b": (ORANGE, "^")}


def clean_test_accuracies(model: str) -> dict[str, float]:
    """The paper's test accuracies (fractions) of one setting, true labels and no regularizer, by where they stand."""
    found = {"Table 1": paper.table_1(model, "true-labels", random_crop=False, weight_decay=False)[1]}
    if model in FIGURE_1_MODELS:
        found["Figure 1c"] = 1 - paper.figure_1c(model)[0.0]
    if model in FIGURE_2B_MODELS:
        found["Figure 2b"] = paper.figure_2b(model, "test_accuracy")[1][-1]
    return found


def one_setting(table_1: Results) -> Figure:
    """The paper's several test accuracies of one setting, and those of our runs, less that of its Table 1; of reduced
    runs, whose accuracy is another matter, only how they scatter about their mean."""
    models = ("inception", "inception-no-bn", "alexnet", "mlp-1x512")
    figure, axes = subplots(height=3.4)
    shown: list[RunRecord] = []
    names: list[str] = []
    for row, model in enumerate(models):
        reported = clean_test_accuracies(model)
        names.append(MODEL_NAMES[model])
        for place, accuracy in reported.items():
            color, marker = PLACES[place]
            label = f"the paper, {place}" if row == 0 else None
            height = row - (0.22 if place == "Table 1" else -0.02)  # where they agree, both are seen
            axes.plot(
                [100 * (accuracy - reported["Table 1"])], [height], marker, color=color, markersize=7, label=label
            )
        found = table_1.of(model=model)
        small = any(record.reduced for record in found)
        if not found or (small and len(found) == 1):  # a reduced run alone has no scatter
            continue
        accuracies = np.array([record.test_accuracy for record in found])
        middle, color = (accuracies.mean(), GREY) if small else (reported["Table 1"], BLACK)
        heights = np.full(len(found), row + 0.27)
        axes.plot(100 * (accuracies - middle), heights, "|", color=color, markersize=9)
        names[-1] += "\n(grey: reduced runs)" if small else ""
        shown += found
    if shown:
        axes.plot([], [], "|", color=BLACK, markersize=9, label="our runs, one for each seed")
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set(ylim=(len(models) - 0.4, -0.6), xlabel="test accuracy (points from Table 1)")
    axes.set_yticks(range(len(models)), names)
    axes.grid(axis="y", visible=False)
    axes.set_title("One setting, several numbers")
    axes.legend(loc="upper left", fontsize=8.5)
    return sign(figure, provenance(table_1, shown))


def random_pixels(random_values: Results, model: str = "inception") -> Figure:
    """Training loss by step on random pixels in the paper and ours in two readings, beside Gaussian noise; ours reduced
    while the second reading has not been run in full.

    Args:
        random_values: of the experiment of this name.
    """
    figure, (theirs, ours) = subplots(1, 2, height=3.3, width=7.2, sharey=True, gridspec_kw={"wspace": 0.08})
    for corruption in ("random-pixels", "gaussian"):
        steps, losses = paper.figure_1a(corruption)
        theirs.plot(steps, losses, "o", markersize=4, fillstyle="none", color=CONDITION_COLORS[corruption])
    shown: list[RunRecord] = []
    for corruption, found in readings(random_values, model).items():
        reading = READINGS[corruption]
        for record in found:
            ours.plot(steps_of(record), record.step_losses, reading.line, color=reading.color)
        ours.plot([], [], reading.line, color=reading.color, label=reading.label)
        shown += found
    theirs.set(xlim=(0, 10_000), ylim=(0, 2.6), xlabel="training steps", ylabel="training loss (nats)")
    theirs.set_title("The paper's Inception")
    longest = LOSS_EVERY * max((len(record.step_losses) for record in shown), default=0)
    ours.set(xlim=(0, longest or 1), xlabel="training steps")
    ours.set_title(f"Ours: {named(model, shown)}" if shown else "Ours")
    figure.legend(*ours.get_legend_handles_labels(), loc="outside upper left", ncols=3, fontsize=8.5)
    return sign(figure, provenance(random_values, shown))


def readings(random_values: Results, model: str) -> dict[str, list[RunRecord]]:
    """The records of each corruption in ``READINGS``, of one size."""
    rows = random_values.in_one_size(*({"model": model, "corruption": corruption} for corruption in READINGS))
    return dict(zip(READINGS, rows, strict=True))


def reading_quotes(random_values: Results, model: str = "inception") -> dict[str, str]:
    """Random pixels in both readings.

    Returns:
        ``paper_first`` and ``paper_noise_first``, the paper's loss after an epoch; ``pixels_whole_first``, ours on all
        images towards the end of the first epoch; of each reading ``pixels``, ``values`` and ``noise``, in one size,
        ``…_steps``, after which the mean of the last hundred is below a half, and ``…_test``, the test accuracy at the
        end, that of MLP 1x512 as ``mlp_…_test``.
    """
    whole = random_values.whole().of(model=model, corruption="random-pixels")
    in_one_size, mlp = readings(random_values, model), readings(random_values, "mlp-1x512")
    texts = {
        "paper_first": f"{paper.figure_1a('random-pixels')[1][0]:.2f}",
        "paper_noise_first": f"{paper.figure_1a('gaussian')[1][0]:.2f}",
        "pixels_whole_first": _mean_loss(loss for record in whole for loss in record.step_losses[LAST:][:1]),
        "readings_scale": scale(in_one_size["random-pixels"]),
    }
    for corruption, (key, *_) in READINGS.items():
        found = in_one_size[corruption]
        texts[f"{key}_steps"] = span(steps for record in found if (steps := _steps_to_half(record)) is not None)
        texts[f"{key}_test"] = percent_over_seeds(record.test_accuracy for record in found)
        texts[f"mlp_{key}_test"] = percent_over_seeds(record.test_accuracy for record in mlp[corruption])
    return texts


def _steps_to_half(record: RunRecord) -> int | None:
    """Steps until the mean loss of the last hundred is below 0.5; None if it never is."""
    losses = zip(steps_of(record).tolist(), record.step_losses, strict=True)
    return next((steps for steps, loss in losses if loss is not None and loss < 0.5), None)


def _mean_loss(losses: Iterable[float | None]) -> str:
    met = [loss for loss in losses if loss is not None]
    return f"{np.mean(met):.2f}" if met else NOT_RUN


def quotes(table_1: Results) -> dict[str, str]:
    """Our test accuracies at the paper's size and the paper's own; our gain by batch normalization, and our training
    accuracy on random labels; the fewest and the most random labels that a network of the paper misses."""
    plain = table_1.of(model="mlp-1x512")
    random = table_1.of(model="mlp-1x512", corruption="random-labels")
    alexnet, mlp = clean_test_accuracies("alexnet"), clean_test_accuracies("mlp-1x512")
    fitted = [
        *(paper.table_1(m, "random-labels", random_crop=False, weight_decay=False)[0] for m in PAPER_MODELS),
        paper.table_4("mlp-1x512", "weight decay"),
    ]
    missed = [round(paper.setup("train_images") * (1 - share)) for share in fitted if share is not None and share < 1]
    decayed = table_1.in_one_size(*({"model": name, "weight_decay": True} for name in FIGURE_2B_MODELS))
    return {
        "mlp_test": percent_over_seeds(record.test_accuracy for record in plain),
        **{f"alexnet_{what}": text for what, text in at_full_size(table_1, "alexnet").items()},
        "alexnet_epochs": epochs_over_seeds(table_1.whole().of(model="alexnet")),
        "alexnet_paper_epochs": str(paper.figure_1b("alexnet")[0.0]),
        "normalization": normalization(*table_1.in_one_size(*({"model": name} for name in FIGURE_2B_MODELS))),
        "normalization_decayed": points_over_seeds(gains_by_seed(*decayed)),
        "normalization_decayed_scale": scale(decayed[0]),
        "inception_test": at_full_size(table_1, "inception")["test"],
        "random_fitted": percent_over_seeds(record.train_accuracy for record in random),
        "alexnet_table": percent(alexnet["Table 1"]),
        "alexnet_figure": percent(alexnet["Figure 1c"]),
        "alexnet_apart": percent(alexnet["Table 1"] - alexnet["Figure 1c"]),
        "mlp_apart": percent(abs(mlp["Table 1"] - mlp["Figure 1c"])),
        "least_missed": str(min(missed)),
        "most_missed": str(max(missed)),
    }
