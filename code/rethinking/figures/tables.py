"""Tables for the page: records in, Markdown out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from rethinking import paper
from rethinking.data import copier_error, error_on_corrupted_labels
from rethinking.experiments import Results, StudyResults
from rethinking.experiments.plan import FIGURE_1_MODELS, PAPER_MODELS
from rethinking.figures.quotes import DRAWN_TWICE
from rethinking.figures.spreads import epochs_over_seeds, percent_over_seeds, ratio_by_seed
from rethinking.figures.sweeps import by_level
from rethinking.figures.words import MODEL_NAMES, NBSP, NOT_RUN, devices, named, percent, remarks, scale
from rethinking.training import RunRecord

TABLE_2: tuple[tuple[str, dict[str, bool]], ...] = (
    ("true", {"augmentation": True, "dropout": True, "weight_decay": True}),
    ("true", {"augmentation": True}),
    ("true", {"weight_decay": True}),
    ("true", {}),
    ("random", {"dropout": True, "weight_decay": True}),
    ("random", {"weight_decay": True}),
    ("random", {}),
)
"""The rows of the paper's Table 2: the labels, and the regularizers that are on."""


@dataclass(frozen=True)
class Table:
    """A table a notebook shows as Markdown, which the book's theme then styles.

    Attributes:
        columns: the headings; those starting with ``>`` are aligned right.
        rows: cells as text.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        heads = [column.removeprefix(">") for column in self.columns]
        rules = ["---:" if column.startswith(">") else ":---" for column in self.columns]
        body = [[cell.replace("|", "\\|") for cell in row] for row in self.rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in (heads, rules, *body))

    def __str__(self) -> str:
        return self._repr_markdown_()


def table_1(results: Results, models: Iterable[str] = PAPER_MODELS) -> Table:
    """Table 1, the paper's accuracies beside ours (mean ± standard deviation over seeds), in percent."""
    rows = []
    for row in results.experiment.rows:
        if row.model not in models:
            continue
        found = results.of_row(row)
        train, test = paper.table_1(
            row.model, row.corruption, random_crop=row.random_crop, weight_decay=row.weight_decay > 0
        )
        rows.append(
            (
                MODEL_NAMES[row.model],
                "random" if row.corruption == "random-labels" else "true",
                _yes(row.random_crop),
                _yes(row.weight_decay > 0),
                percent(train),
                percent_over_seeds(record.train_accuracy for record in found),
                percent(test),
                percent_over_seeds(record.test_accuracy for record in found),
                _sample(found),
            )
        )
    columns = (
        "model",
        "labels",
        "crop",
        "decay",
        ">train, paper",
        ">train, ours",
        ">test, paper",
        ">test, ours",
        "seeds",
    )
    return Table(columns, tuple(rows))


def table_2() -> Table:
    """Table 2, the paper's accuracies of Inception V3 on ImageNet in percent, in parentheses the best in training."""
    rows = []
    for labels, on in TABLE_2:
        switches = (_yes(on.get(name, False)) for name in ("augmentation", "dropout", "weight_decay"))
        train = (percent(paper.table_2(f"top{k}_train", labels, **on)) for k in (1, 5))
        rows.append((labels, *switches, *train, *(_test_of_table_2(k, labels, on) for k in (1, 5))))
    accuracies = (f">{split}, top {k}" for split in ("train", "test") for k in (1, 5))
    return Table(("labels", "augmentation", "dropout", "decay", *accuracies), tuple(rows))


def _test_of_table_2(k: int, labels: str, on: dict[str, bool]) -> str:
    last = percent(paper.table_2(f"top{k}_test", labels, **on))
    try:
        return f"{last}{NBSP}({percent(paper.table_2(f'top{k}_test_best', labels, **on))})"
    except KeyError:  # the paper gives the best of two rows only
        return last


def table_4(results: Results) -> Table:
    """Table 4, training accuracy on random labels with a regularizer on, the paper's beside ours, in percent."""
    rows = []
    for row in results.experiment.rows:
        regularizer = "weight decay" if row.weight_decay else "random cropping" if row.random_crop else "augmentation"
        reported = paper.table_4(row.model, regularizer)
        found = results.of_row(row)
        rows.append(
            (
                MODEL_NAMES[row.model],
                regularizer,
                np.format_float_positional(row.weight_decay) if row.weight_decay else "–",
                "failed to converge" if reported is None else percent(reported),
                percent_over_seeds(record.train_accuracy for record in found),
                _sample(found),
            )
        )
    return Table(("model", "regularizer", ">our coefficient", ">train, paper", ">train, ours", "seeds"), tuple(rows))


def neither_nor(table_1: Results, table_4: Results, model: str = "mlp-1x512") -> Table:
    """What weight decay does to test accuracy, and whether it is necessary or sufficient: accuracies in percent."""
    plain, decayed = table_1.of(model=model), table_1.of(model=model, weight_decay=True)
    memorized = table_4.of(model=model, corruption="random-labels", weight_decay=True)
    off, on = (
        percent(paper.table_1(model, "true-labels", random_crop=False, weight_decay=decay)[1])
        for decay in (False, True)
    )
    reported = paper.table_4(model, "weight decay")
    fitted = "–" if reported is None else percent(reported)
    rows = (
        ("on", "true", "test", decayed, on, "may help"),
        ("off", "true", "test", plain, off, "is not necessary"),
        ("on", "random", "training", memorized, fitted, "does not prevent memorizing"),
        ("on", "random", "test", memorized, "–", "is not sufficient"),
    )
    names = {"training": "train_accuracy", "test": "test_accuracy"}
    return Table(
        ("weight decay", "labels", "accuracy", ">ours", ">paper", "so weight decay"),
        tuple(
            (decay, labels, split, _ours_of(found, names[split]), theirs, verdict)
            for decay, labels, split, found, theirs, verdict in rows
        ),
    )


def _ours_of(found: list[RunRecord], name: str) -> str:
    """An accuracy over seeds in percent, and what must be said of the runs."""
    return percent_over_seeds(getattr(record, name) for record in found) + remarks(found).replace(" ", NBSP)


def times_to_overfit(figure_1bc: Results) -> Table:
    """Epochs to overfit true labels and random ones, and their ratio: ours at the paper's size, ours reduced, the
    paper's."""
    rows = []
    for model in FIGURE_1_MODELS:
        theirs = paper.figure_1b(model)
        cells = [_times(size, model) for size in (figure_1bc.whole(), figure_1bc.small())]
        rows.append((MODEL_NAMES[model], *cells, f"{theirs[0.0]} → {theirs[1.0]}: {theirs[1.0] / theirs[0.0]:.2f}×"))
    return Table(("network", ">ours", ">ours, reduced", ">the paper's"), tuple(rows))


def _times(results: Results, model: str) -> str:
    true, random = results.of(model=model), results.of(model=model, corruption="random-labels")
    if not (true and random):
        return "–"
    epochs, ratio = (epochs_over_seeds(true), epochs_over_seeds(random)), ratio_by_seed(random, true)
    return " → ".join(epochs) + (f": {ratio}×" if ratio[0].isdigit() else "")


def distance_from_figure_1c(figure_1bc: Results) -> Table:
    """How far test errors lie from the paper's Figure 1c between its ends, in points, on average over the levels: by
    true test labels, and by test labels corrupted at the same level ({prf:ref}`prop-corrupted-test-labels`). The level
    at which the paper's MLP is drawn twice is left out."""
    rows = []
    for model in FIGURE_1_MODELS:
        theirs = _figure_1c(model)
        for size in (figure_1bc.whole(), figure_1bc.small()):
            found = {p: runs for p, runs in by_level(size, model).items() if 0 < p < 1 and p in theirs}
            if found:
                ours = _mean_errors(found)
                size_of_all = scale(record for runs in found.values() for record in runs)
                cells = (size_of_all, str(len(ours)), _apart(ours, theirs), _apart(_on_corrupted(ours), theirs))
                rows.append((MODEL_NAMES[model], *cells))
    return Table(("network", "trained on", ">levels", ">by true labels", ">by corrupted labels"), tuple(rows))


def distance_from_copying(figure_1bc: Results) -> Table:
    """How far test errors lie between the ends from those of a classifier that copies training labels and has the same
    error at level 0, in points, on average over the levels ({prf:ref}`prop-copying`): ours by true test labels, the
    paper's by true and by corrupted ones. The level at which the paper's MLP is drawn twice is left out there."""
    rows = []
    for model in FIGURE_1_MODELS:
        found, theirs = by_level(figure_1bc, model), _figure_1c(model)
        ours, copied = _mean_errors(found), _copied(theirs)
        cells = (_apart(ours, _copied(ours)), _apart(theirs, copied), _apart(theirs, _on_corrupted(copied)))
        rows.append((named(model, [record for runs in found.values() for record in runs]), *cells))
    head = ("network", ">ours", ">the paper's, on true test labels", ">the paper's, on corrupted ones")
    return Table(head, tuple(rows))


def _figure_1c(model: str) -> dict[float, float]:
    """The paper's test errors by level, without the one that is drawn twice."""
    return {p: e for p, e in paper.figure_1c(model).items() if (model, p) != ("mlp-1x512", DRAWN_TWICE)}


def _mean_errors(found: dict[float, list[RunRecord]]) -> dict[float, float]:
    return {p: fmean(record.test_error for record in runs) for p, runs in found.items()}


def _on_corrupted(errors: dict[float, float]) -> dict[float, float]:
    return {p: error_on_corrupted_labels(error, p) for p, error in errors.items()}


def _copied(errors: dict[float, float]) -> dict[float, float]:
    """Of a copier with the same error at level 0; {} if that is not known."""
    return {p: copier_error(errors[0.0], p) for p in errors} if 0.0 in errors else {}


def _apart(ones: dict[float, float], others: dict[float, float]) -> str:
    """The mean distance in points over the levels between the ends that both have."""
    apart = [abs(ones[p] - others[p]) for p in ones if 0 < p < 1 and p in others]
    return f"{100 * fmean(apart):.1f}" if apart else NOT_RUN


def plan(loaded: Iterable[Results | StudyResults]) -> Table:
    """Every experiment with its command, what is done, and the time its records took."""
    rows = []
    for results in loaded:
        records = results.records
        seconds = [record.seconds for record in records if record.seconds is not None]
        rows.append(
            (
                f"{results.experiment.title} ({results.experiment.place})",
                f"`rethinking run {results.experiment.name}`",
                str(len(results.runs)),
                _done(results),
                f"{fmean(seconds) / 60:.1f} min" if seconds else "–",
                devices(records) or "–",
            )
        )
    return Table(("shows", "command", ">runs", ">done", ">time a run", "device"), tuple(rows))


def _done(results: Results | StudyResults) -> str:
    """How many records count, and how many of them are of reduced size, planned so or standing in."""
    records = [run.record for run in results.runs if run.record is not None and run.state in ("done", "reduced")]
    small = sum(record.reduced for record in records)
    counts = {"": len(records) - small, " reduced": small}
    return " and ".join(f"{count}{word}" for word, count in counts.items() if count) or "0"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _sample(found: list) -> str:
    if not found:
        return "–"
    return str(len(found)) + remarks(found)
