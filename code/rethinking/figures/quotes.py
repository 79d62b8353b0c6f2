"""The numbers that chapters quote in their prose, as text; a number whose runs are missing says so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from rethinking import paper
from rethinking.data import CONDITIONS, error_on_corrupted_labels, error_on_true_labels
from rethinking.experiments import mean_and_spread
from rethinking.experiments.plan import CORRUPTION_LEVELS, WEIGHT_DECAY, corruption_at
from rethinking.experiments.results import Results
from rethinking.figures.spreads import (
    epochs_over_seeds,
    gains_by_seed,
    percent_over_seeds,
    points_over_seeds,
    ratio_by_seed,
    signed,
)
from rethinking.figures.words import NOT_RUN, percent, scale, seeds, span
from rethinking.paper.claims import VERDICTS
from rethinking.scorecard import Verdict
from rethinking.training import RunRecord

DRAWN_TWICE = 0.6
"""The level at which the paper's Figures 1b and 1c repeat the MLP's point of the next level."""


EFFECTS = {
    "gain": ((False, True), (False, False)),
    "crop_gain": ((True, False), (False, False)),
    "gain_on_crops": ((True, True), (True, False)),
}
"""Rows of Table 1 that are compared, as (random crops, weight decay)."""


def glue_all(texts: dict[str, str]) -> None:
    """Make every text available to the page as ``{glue:text}`name```."""
    from myst_nb import glue  # only here, since the package itself does not need the book's tools

    for name, text in texts.items():
        glue(name, text, display=False)


def verdict_counts(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """``claims``, how many have each verdict: ``reproduced``, ``partly``, ``not_reproduced``, ``undecided`` and
    ``not_run``; and of those reproduced how many at the paper's size, ``reproduced_whole``, on a single value
    ``reproduced_once``, and on reduced runs, ``reproduced_reduced``."""
    verdicts = list(verdicts)
    counts = Counter(verdict.verdict for verdict in verdicts)
    by_verdict = {name.replace(" ", "_"): str(counts[name]) for name in VERDICTS}
    reproduced = [verdict for verdict in verdicts if verdict.verdict == "reproduced"]
    whole = [verdict for verdict in reproduced if not verdict.reduced]
    sizes = {
        "reproduced_whole": str(len(whole)),
        "reproduced_once": str(sum(len(verdict.values) == 1 for verdict in whole)),
        "reproduced_reduced": str(len(reproduced) - len(whole)),
    }
    return {"claims": str(len(verdicts)), **by_verdict, **sizes}


def finding(table_1: Results, model: str = "mlp-1x512") -> dict[str, str]:
    """Accuracies with true and random labels: ``true_train``, ``true_test``, ``random_train``, ``random_test``."""
    alike = table_1.alike(model, "true-labels", "random-labels")
    true, random = alike.of(model=model), alike.of(model=model, corruption="random-labels")
    return {
        "true_train": percent_over_seeds(r.train_accuracy for r in true),
        "true_test": percent_over_seeds(r.test_accuracy for r in true),
        "random_train": percent_over_seeds(r.train_accuracy for r in random),
        "random_test": percent_over_seeds(r.test_accuracy for r in random),
    }


def learning_curves(figure_1a: Results, model: str = "mlp-1x512") -> dict[str, str]:
    """For each condition its ``…_train`` and ``…_test`` accuracy and ``…_epochs`` to overfit."""
    texts, alike = {}, figure_1a.alike(model)
    for condition in CONDITIONS:
        found, name = alike.of(model=model, corruption=condition), condition.replace("-", "_")
        texts[f"{name}_train"] = percent_over_seeds(r.train_accuracy for r in found)
        texts[f"{name}_test"] = percent_over_seeds(r.test_accuracy for r in found)
        texts[f"{name}_epochs"] = epochs_over_seeds(found)
    return texts


def corruption_sweep(figure_1bc: Results, model: str = "mlp-1x512") -> dict[str, str]:
    """Time to overfit and test error as labels are corrupted, ours and the paper's (``tables.times_to_overfit`` has the
    times at our own threshold). ``paper_true_error_…`` is what the paper's would be by true labels, had it scored
    corrupted ones."""
    alike = figure_1bc.alike(model)
    found = {p: alike.of(model=model, corruption=corruption_at(p)) for p in CORRUPTION_LEVELS}
    epochs, errors = paper.figure_1b(model), paper.figure_1c(model)
    ours = {p: mean_and_spread(r.test_error for r in runs)[0] for p, runs in found.items() if runs}
    below = {p: 100 * (errors[p] - error) for p, error in ours.items() if p not in (1.0, DRAWN_TWICE)}
    apart = {p: 100 * abs(error_on_corrupted_labels(error, p) - errors[p]) for p, error in ours.items()}
    doubtful = apart.pop(DRAWN_TWICE, None)
    explained = apart.values()
    return {
        "ratio_0.9": ratio_by_seed(found[1.0], found[0.0], 0.9),
        "ratio_0.95": ratio_by_seed(found[1.0], found[0.0], 0.95),
        "fitted_random": percent_over_seeds(r.train_accuracy for r in found[1.0]),
        "paper_epochs_true": str(epochs[0.0]),
        "paper_epochs_random": str(epochs[1.0]),
        "largest_below": f"{max(below.values()):.1f}" if below else NOT_RUN,
        "largest_gap_explained": f"{math.ceil(10 * max(explained)) / 10:.1f}" if explained else NOT_RUN,
        "gap_where_drawn_twice": NOT_RUN if doubtful is None else f"{doubtful:.1f}",
        **{
            f"corrupted_error_{p}": percent_over_seeds(error_on_corrupted_labels(r.test_error, p) for r in runs)
            for p, runs in found.items()
        },
        **{f"error_{p}": percent_over_seeds(r.test_error for r in runs) for p, runs in found.items()},
        **{f"paper_error_{p}": percent(value) for p, value in errors.items()},
        **{f"paper_true_error_{p}": percent(error_on_true_labels(e, p), 1) for p, e in errors.items() if p < 1},
    }


def regularization(table_1: Results) -> dict[str, str]:
    """What the regularizers of Table 1 do, by model.

    Returns:
        Of runs at the paper's size the unregularized ``…_test`` accuracy and the training accuracy on ``…_random``
        labels; the ``…_gain`` in test accuracy by weight decay, in points, and ``…_gain_scale``, what the runs compared
        were trained on; our coefficient ``…_decay``. For those that are trained on random crops too the ``…_crop_gain``
        by these alone and the ``…_gain_on_crops`` by weight decay beside them, with their scales, and the test accuracy
        ``…_all`` with both. ``…_paper_…`` is the paper's.
    """
    texts = {}
    for model, coefficient in WEIGHT_DECAY.items():
        name = model.replace("-", "_")
        whole = table_1.whole()
        plain, random = whole.of(model=model), whole.of(model=model, corruption="random-labels")
        texts[f"{name}_test"] = percent_over_seeds(r.test_accuracy for r in plain)
        texts[f"{name}_random"] = percent_over_seeds(r.train_accuracy for r in random)
        texts[f"{name}_decay"] = np.format_float_positional(coefficient)
        paper_plain = paper.table_1(model, "true-labels", random_crop=False, weight_decay=False)[1]
        texts[f"{name}_paper_test"] = percent(paper_plain)
        crops = any(row.model == model and row.random_crop for row in table_1.experiment.rows)
        for effect, switches in EFFECTS.items() if crops else (("gain", EFFECTS["gain"]),):
            on, off = ({"random_crop": crop, "weight_decay": decay} for crop, decay in switches)
            more, less = table_1.in_one_size({"model": model, **on}, {"model": model, **off})
            texts[f"{name}_{effect}"] = points_over_seeds(gains_by_seed(more, less))
            texts[f"{name}_{effect}_scale"] = scale(more)
            theirs = [paper.table_1(model, "true-labels", **switched)[1] for switched in (on, off)]
            texts[f"{name}_paper_{effect}"] = signed(100 * (theirs[0] - theirs[1]))
        if crops:
            both = whole.of(model=model, random_crop=True, weight_decay=True)
            texts[f"{name}_all"] = percent_over_seeds(r.test_accuracy for r in both)
            paper_both = paper.table_1(model, "true-labels", random_crop=True, weight_decay=True)[1]
            texts[f"{name}_paper_all"] = percent(paper_both)
    return texts


def in_both_sizes(results: Results, **description: object) -> dict[str, str]:
    """How far the runs of one row come: their training accuracy, epochs, and what is then left of the learning rate, in
    percent; the accuracy and epochs of the reduced ones beside them.

    Args:
        description: as ``row_of`` takes it.
    """
    whole, small = results.whole().of(**description), results.small().of(**description)
    left = {100 * record.config.learning_rate_decay ** (record.epochs - 1) for record in whole}
    return {
        "train": percent_over_seeds(record.train_accuracy for record in whole),
        "epochs": span(record.epochs for record in whole),
        "rate_left": f"{min(left):.1f}" if left else NOT_RUN,
        "small_train": percent_over_seeds(record.train_accuracy for record in small),
        "small_epochs": span(record.epochs for record in small),
    }


def at_full_size(table_1: Results, model: str) -> dict[str, str]:
    """Of the unregularized runs at the paper's size the ``test`` accuracy and how many ``seeds``; ``random`` and
    ``random_test``, training and test accuracy on random labels."""
    true = table_1.whole().of(model=model)
    random = table_1.whole().of(model=model, corruption="random-labels")
    return {
        "test": percent_over_seeds(record.test_accuracy for record in true),
        "seeds": seeds(true),
        "random": percent_over_seeds(record.train_accuracy for record in random),
        "random_test": percent_over_seeds(record.test_accuracy for record in random),
    }


def imagenet() -> dict[str, str]:
    """From the paper's Table 2: the top-1 test accuracy with ``…_augmentation`` alone, ``…_decay`` alone or
    ``…_nothing``, and the points it falls when all is turned ``…_off``; the ``…_gap…`` between training and test with
    all, with nothing, and on random labels with nothing, in points; the top-5 one with nothing, and that of the
    ``…_reference``; the training accuracy on ``…_random`` labels, also ``…_decayed`` and then ``…_dropped`` too."""
    fitted, everything = (
        paper.table_2(metric, augmentation=True, dropout=True, weight_decay=True)
        for metric in ("top1_train", "top1_test")
    )
    nothing = paper.table_2("top1_test")
    return {
        "imagenet_augmentation": percent(paper.table_2("top1_test", augmentation=True)),
        "imagenet_decay": percent(paper.table_2("top1_test", weight_decay=True)),
        "imagenet_nothing": percent(nothing),
        "imagenet_off": percent(everything - nothing),
        "imagenet_nothing_top_5": percent(paper.table_2("top5_test")),
        "imagenet_reference": percent(paper.table_2_reference(), 1),
        "imagenet_random": percent(paper.table_2("top1_train", "random")),
        "imagenet_random_decayed": percent(paper.table_2("top1_train", "random", weight_decay=True)),
        "imagenet_random_dropped": percent(paper.table_2("top1_train", "random", dropout=True, weight_decay=True)),
        "imagenet_gap_all": percent(fitted - everything, 1),
        "imagenet_gap_nothing": percent(paper.table_2("top1_train") - nothing, 1),
        "imagenet_gap_random": percent(paper.table_2("top1_train", "random") - paper.table_2("top1_test", "random"), 1),
        "imagenet_images": f"{paper.setup('train_images', 'imagenet'):,}",
    }


def memorization(record: RunRecord) -> dict[str, str]:
    """A live run's ``mini_train`` and ``mini_test`` accuracy, ``mini_epoch`` of overfitting and ``mini_seconds``."""
    return {
        "mini_train": percent(record.train_accuracy, 1),
        "mini_test": percent(record.test_accuracy, 1),
        "mini_epoch": epochs_over_seeds([record]),
        "mini_seconds": f"{record.seconds:.0f}",
    }
