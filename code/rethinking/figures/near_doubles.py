"""What a network answers where a test image resembles a training image whose label is wrong."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binomtest

from rethinking.data.corruptions import parse
from rethinking.experiments import StudyResults
from rethinking.figures.style import BLUE, GREY, VERMILION, sign, subplots
from rethinking.figures.words import NOT_RUN, measured, percent

OTHERS = 8
"""Classes that are neither the true one nor the one given."""

LINES = {
    "given": (VERMILION, "o-", "the wrong label that the training image was given"),
    "true": (BLUE, "D-", "the true label"),
    "other": (GREY, "s-", "any other label, on average"),
}


def answers(results: StudyResults) -> Figure:
    """Of each label the share of answers, against the distance to the training image; a panel for each measurement.
    Upright strokes are 95 % intervals (Wilson's)."""
    plan, found = results.experiment.measurements, results.records
    figure, panels = subplots(1, len(plan), height=3.5, width=7.2, sharex=True, sharey=True)
    for axes, measurement in zip(panels, plan, strict=True):
        result = results.result(measurement.name) or {"groups": []}
        groups = [group for group in result["groups"] if group["wrong"]]
        for name, (color, style, label) in LINES.items() if groups else ():
            at = [group["distance"] for group in groups]
            axes.plot(at, [100 * share(group, name) for group in groups], style, color=color, markersize=4, label=label)
            if name != "other":
                spans = [binomtest(group[name], group["wrong"]).proportion_ci(method="wilson") for group in groups]
                axes.vlines(at, *(100 * np.array(spans).T), color=color, linewidth=1)
        _, level = parse(measurement.settings["corruption"])
        axes.set(title=f"p = {level:g}", ylim=(0, 100))
    panels[0].set_ylabel("answers (%)")
    panels[len(panels) // 2].set_xlabel("distance to the nearest training image")
    drawn = next((axes for axes in panels if axes.get_lines()), None)
    if drawn is not None:
        figure.legend(*drawn.get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8.5)
    what = "AlexNet, CIFAR-10, 50,000 training images, one seed"
    return sign(figure, measured(found, what, f"rethinking run {results.experiment.name}"))


def share(group: dict, name: str) -> float:
    """Of a group's test images whose nearest training image is wrongly labelled, those answered with one label; NaN
    where there are none."""
    if not group["wrong"]:
        return math.nan
    count = (group["wrong"] - group["given"] - group["true"]) / OTHERS if name == "other" else group[name]
    return count / group["wrong"]


def quotes(results: StudyResults) -> dict[str, str]:
    """At the last level, of the test images nearest to a training image, ``near_…``, the ``next_…``, the ``third_…``
    and those farthest, ``far_…``: how many there are, how many show its class, how many of these find its label wrong;
    and in percent how often these are answered with each label. At the first level ``least_near_given`` and the test
    accuracy, ``least_accuracy``."""
    least, *_, result = (results.result(measurement.name) for measurement in results.experiment.measurements)
    texts = {
        "least_accuracy": NOT_RUN if least is None else percent(least["test_accuracy"], 0),
        "least_near_given": NOT_RUN if least is None else percent(share(least["groups"][0], "given"), 0),
    }
    for place, group in {"near": 0, "next": 1, "third": 2, "far": -1}.items():
        found = None if result is None else result["groups"][group]
        texts[f"{place}_images"] = NOT_RUN if found is None else f"{found['images']:,}"
        texts[f"{place}_same_class"] = NOT_RUN if found is None else f"{found['same_class']:,}"
        texts[f"{place}_wrong"] = NOT_RUN if found is None else f"{found['wrong']:,}"
        for name in LINES:
            texts[f"{place}_{name}"] = NOT_RUN if found is None else percent(share(found, name), 0)
    return texts
