"""Pictures, tables and numbers of *What theory expected*: complexity against n, stability, norms and margins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from rethinking import complexity
from rethinking.complexity.stability import QUANTILES
from rethinking.experiments import MeasurementRecord, Results, StudyResults
from rethinking.experiments.plan import RADEMACHER_SIZES
from rethinking.figures.seeds import draw_seeds
from rethinking.figures.spreads import over_seeds
from rethinking.figures.style import (
    BLUE,
    CONDITION_COLORS,
    GREEN,
    GREY,
    MODEL_COLORS,
    ORANGE,
    BookFigure,
    Provenance,
    sign,
    subplots,
)
from rethinking.figures.tables import Table
from rethinking.figures.words import CONDITION_NAMES, MODEL_NAMES, NOT_RUN, measured, percent, provenance, seeds
from rethinking.training import RunRecord

CORRUPTIONS = ("true-labels", "random-labels")
KNOWN_CLASSES = {
    "linear-classifiers": ("linear classifiers, at least", ORANGE, "s-"),
    "linear-ball": ("linear functions in a ball", BLUE, "--"),
    "kernel-ball": ("Gaussian kernel, functions in a ball", GREEN, "-."),
}
MEASURES = {
    "spectral_product": "product of spectral norms",
    "frobenius_product": "product of Frobenius norms",
    "spectral_complexity": "spectral complexity, from the initialization",
    "spectral_complexity_from_zero": "spectral complexity, from zero",
    "distances.0": "first layer's distance from the initialization",
    "distances.1": "second layer's distance from the initialization",
    "margins.0.05": "margin (5 % quantile)",
    "normalized.frobenius_product": "Frobenius product times input norm, over margin",
    "normalized.spectral_complexity": "spectral complexity times input norm, over margin",
}


def runs_at(results: Results, n: int) -> list[RunRecord]:
    """The runs on ``n`` images with random signs, one for each draw; none where a smaller run stands in."""
    planned = (run.record for run in results.runs if run.config.train_size == n)
    return [record for record in planned if record is not None and record.config.train_size == n]


def rademacher(results: Results, known: StudyResults) -> BookFigure:
    """Empirical Rademacher complexity against n: the network's, from below, beside that of classes where it falls."""
    figure, axes = subplots(height=3.9)
    found = {n: runs for n in RADEMACHER_SIZES if (runs := runs_at(results, n))}
    if found:
        estimates = [complexity.estimate(map(_correlation, runs)) for runs in found.values()]
        axes.errorbar(
            list(found),
            [each.mean for each in estimates],
            yerr=[each.standard_error or 0 for each in estimates],
            fmt="o-",
            color=MODEL_COLORS["mlp-1x512"],
            label=f"{MODEL_NAMES['mlp-1x512']}, at least",
            zorder=3,
        )
    estimates = (known.result("cifar10") or {"estimates": {}})["estimates"]
    for name, each in estimates.items():
        label, color, line = KNOWN_CLASSES[name]
        axes.errorbar(
            [int(n) for n in each],
            [value["mean"] for value in each.values()],
            yerr=[value["standard_error"] for value in each.values()],
            fmt=line,
            color=color,
            label=label,
        )
    axes.set(xscale="log", yscale="log", xlabel="number of examples, $n$", ylabel="empirical Rademacher complexity")
    axes.set_yticks([0.1, 0.2, 0.5, 1, 2, 4], ["0.1", "0.2", "0.5", "1", "2", "4"], minor=False)
    axes.set_yticks([], minor=True)
    axes.set_title("Theory hopes for a fall; the network stays at the top")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left")
    made = provenance(results, [record for runs in found.values() for record in runs])
    records = tuple(f"{record.run}.json" for record in known.records)
    command = f"{made.command} {known.experiment.name}" if records else made.command
    return sign(figure, replace(made, command=command, records=(*made.records, *records)))


def stability(results: StudyResults) -> BookFigure:
    """How far an example's loss moves when one training example is replaced: quantiles, training and test images."""
    figure, panels = subplots(1, 2, height=3.4, sharey=True)
    shares = [*QUANTILES, "largest"]
    places = np.arange(len(shares))
    for axes, split in zip(panels, ("train", "test"), strict=True):
        for corruption in CORRUPTIONS:
            found = [record.result[split]["cross_entropy"] for record in _of(results, corruption)]
            if found:
                rows = np.array([[*each["quantiles"].values(), each["largest"]] for each in found])
                color, marker = CONDITION_COLORS[corruption], "o" if corruption == "true-labels" else "s"
                draw_seeds(axes, places, rows.T, f"{marker}-", color=color, label=CONDITION_NAMES[corruption])
        axes.set(yscale="log", xlabel="percent of the images")
        axes.set_xticks(places, shares)
        axes.set_title({"train": "Training images", "test": "Test images"}[split])
    panels[0].set_ylabel("change of the loss, up to (nats)")
    if results.records:
        panels[0].legend(loc="lower right")
    return sign(figure, _measured(results))


def margins(results: StudyResults) -> BookFigure:
    """The distribution of the training margins, as they are and over the network's spectral complexity."""
    figure, panels = subplots(1, 2, height=3.4, sharey=True)
    for corruption in CORRUPTIONS:
        for number, record in enumerate(_of(results, corruption)):
            shares = 100 * np.array([float(share) for share in record.result["margins"]])
            values = np.array(list(record.result["margins"].values()))
            scale = record.result["spectral_complexity"] * record.result["input_norm"] / record.result["n"] ** 0.5
            for axes, unit in zip(panels, (1.0, scale), strict=True):
                axes.plot(
                    values / unit,
                    shares,
                    "-" if corruption == "true-labels" else "--",
                    color=CONDITION_COLORS[corruption],
                    label=CONDITION_NAMES[corruption] if number == 0 else None,
                )
    for axes in panels:
        axes.axvline(0, color=GREY, linewidth=0.8)
    panels[1].locator_params(axis="x", nbins=4)
    panels[0].set(xlabel="margin", ylabel="training images below it (percent)", title="As they are")
    panels[1].set(xlabel="margin over capacity", title="Over spectral complexity")
    if results.records:
        panels[0].legend(loc="lower right")
    return sign(figure, _measured(results))


def norms(results: StudyResults) -> Table:
    """Each measure for true and for random labels, their ratio, and whether it says which generalizes."""
    rows = []
    for key, name in MEASURES.items():
        true, random = ([_value(record.result, key) for record in _of(results, c)] for c in CORRUPTIONS)
        if not (true and random):
            rows.append((name, NOT_RUN, NOT_RUN, "–", "–"))
            continue
        ratio = np.mean(random) / np.mean(true)
        margin = key.startswith("margins")
        orders = max(random) < min(true) if margin else min(random) > max(true)
        rows.append((name, _number(true), _number(random), f"{ratio:.2f}", "yes" if orders else "no"))
    return Table(("measure", ">true labels", ">random labels", ">ratio", "as expected"), tuple(rows))


def quotes(
    rademacher: Results, known: StudyResults, stability: StudyResults, norms: StudyResults, table_1: Results
) -> dict[str, str]:
    """The chapter's numbers as text."""
    gap = [record.generalization_gap for record in table_1.of(model="mlp-1x512")]
    return {
        "gap": percent(float(np.mean(gap)), 1) if gap else NOT_RUN,
        **_rademacher_quotes(rademacher, known.result("cifar10")),
        **_stability_quotes(stability),
        **_norm_quotes(norms),
    }


def _rademacher_quotes(results: Results, known: dict | None) -> dict[str, str]:
    """The network's complexity at the largest n that was run, and those of the known classes at both ends."""
    names = ("largest_n", "draws", "estimate", "estimate_least", "bound")
    texts = dict.fromkeys(names, NOT_RUN)
    sizes = [n for n in RADEMACHER_SIZES if runs_at(results, n)]
    if sizes:
        n = sizes[-1]
        reached = complexity.estimate(map(_correlation, runs_at(results, n)))
        least = reached.mean - complexity.draws_deviation(n, reached.draws)
        texts |= {
            "largest_n": f"{n:,}",
            "draws": str(reached.draws),
            "estimate": f"{reached.mean:.4f}",
            "estimate_least": f"{math.floor(100 * least) / 100:.2f}",
            "bound": percent(complexity.rademacher_bound(0.0, reached.mean, n), 1),
        }
    for name in KNOWN_CLASSES:
        values = list(known["estimates"][name].values()) if known else []
        for place, when in ((0, "first"), (-1, "last")):
            texts[f"{name.replace('-', '_')}_{when}"] = f"{values[place]['mean']:.2f}" if values else NOT_RUN
    bounds = list(known["bounds"]["linear-classifiers"].values()) if known else []
    texts["linear_classifiers_bound"] = f"{bounds[-1]:.2f}" if bounds else NOT_RUN
    return {**texts, "known_d": f"{known['d']:,}" if known else NOT_RUN}


def _stability_quotes(results: StudyResults) -> dict[str, str]:
    """What the replacement of one example moved, with true and with random labels, and what another seed moves."""
    texts: dict[str, str] = {}
    for corruption in CORRUPTIONS:
        name, found = corruption.split("-")[0], _of(results, corruption)
        texts |= {f"{name}_{key}": NOT_RUN for key in ("largest", "median", "flipped", "least", "seeds")}
        if found:
            moved = [record.result["test"] for record in found]
            accuracy = float(np.mean([record.result["train_accuracy"][0] for record in found]))
            texts |= {
                f"{name}_largest": f"{max(each['cross_entropy']['largest'] for each in moved):.1f}",
                f"{name}_median": _median(moved),
                f"{name}_flipped": _flipped(moved),
                f"{name}_least": f"{complexity.least_stability(accuracy, 10):.2f}",
                f"{name}_seeds": seeds(found),
            }
        # the original network saw the example that was replaced, the other one the fresh example
        for key, networks in {"replaced": ("with", "without"), "fresh": ("without", "with")}.items():
            for place, network in enumerate(networks):
                texts[f"{name}_{key}_{network}"] = _range([record.result[key][place] for record in found])
    others = [record.result["test"] for record in results.records if "seeds" in record.settings]
    texts["seeds_flipped"], texts["seeds_median"] = _flipped(others), _median(others)
    return texts


def _median(moved: list[dict]) -> str:
    """How far the loss of the median image moved, in nats."""
    return f"{np.mean([each['cross_entropy']['quantiles']['50'] for each in moved]):.2f}" if moved else NOT_RUN


def _flipped(moved: list[dict]) -> str:
    """How many images got another class, in percent."""
    return percent(1 - float(np.mean([each["agreement"] for each in moved])), 1) if moved else NOT_RUN


def _norm_quotes(results: StudyResults) -> dict[str, str]:
    """Norms with random labels over those with true ones, and the bound that the spectral complexity gives."""
    texts = {}
    for key in ("spectral_product", "frobenius_product", "normalized.spectral_complexity"):
        true, random = ([_value(record.result, key) for record in _of(results, c)] for c in CORRUPTIONS)
        ratio = f"{np.mean(random) / np.mean(true):.2f}" if true and random else NOT_RUN
        texts[f"{key.replace('.', '_')}_ratio"] = ratio
    found = [record.result for record in _of(results, "true-labels")]
    scale = [result["normalized"]["spectral_complexity"] / result["n"] ** 0.5 for result in found]
    return {**texts, "spectral_bound": f"{np.mean(scale):,.0f}" if scale else NOT_RUN}


def _of(results: StudyResults, corruption: str) -> list[MeasurementRecord]:
    """One record for each seed; comparisons between seeds are not among them."""
    return [r for r in results.records if r.settings["corruption"] == corruption and "seed" in r.settings]


def _correlation(record: RunRecord) -> float:
    return complexity.correlation_of_accuracy(record.train_accuracy)


def _value(result: Mapping, key: str) -> float:
    first, _, rest = key.partition(".")
    value = result[first]
    if isinstance(value, list):
        return value[int(rest)]
    return value[rest] if rest else value


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}" if values else NOT_RUN


def _number(values: Sequence[float]) -> str:
    mean = fmean(values)
    return over_seeds(values, f"{{:,.{2 if mean < 100 else 1 if mean < 1000 else 0}f}}".format)


def _seeds(records: Iterable[MeasurementRecord]) -> set[int]:
    return {seed for r in records for seed in r.settings.get("seeds") or [r.settings["seed"]]}


def _measured(results: StudyResults) -> Provenance:
    found = results.records
    seeds = ", ".join(map(str, sorted(_seeds(found))))
    epochs = ", ".join(map(str, sorted({record.settings["epochs"] for record in found})))
    images = ", ".join(f"{n:,}" for n in sorted({record.result["n"] for record in found if "n" in record.result}))
    what = f"CIFAR-10, {images} training images, {epochs} epochs, seeds {seeds}, float32"
    return measured(found, what, f"rethinking run {results.experiment.name}")
