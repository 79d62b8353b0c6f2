"""The plan: which runs make up each figure and table of the paper.

An experiment lists its rows at seed 0; every further seed repeats them all. Runs that several experiments share are one
run: p = 0 of Figure 1b is the true-labels run of Figure 1a, and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rethinking.data import CONDITIONS
from rethinking.training import PRECISIONS, RunConfig

SEEDS = (0, 1, 2)

EPOCHS = 100
"""0.95^100 is 0.006: by then the learning rate has died. The paper states no number of epochs."""

SHORTER_EPOCHS = 70
"""Of Inception, whose epochs cost the most, and of our own experiments: as long as the longest training the paper
shows, and random labels are fitted by then."""

PRECISION = "bfloat16"
"""Matrix products only; ``precision-check`` repeats runs in both to show that it changes nothing that matters.
Our own experiments with MLP 1x512 are float32, so that any processor does them at its best."""

WEIGHT_DECAY = {
    "inception": 4e-5,  # TF-slim's default for Inception
    "inception-no-bn": 4e-5,
    "alexnet": 5e-4,  # AlexNet's own, Krizhevsky et al. (2012)
    "mlp-3x512": 1e-4,  # the default of the first author's demonstration code
    "mlp-1x512": 1e-4,
}
"""The paper says 'the default coefficient for each model' and gives none; these are ours."""

PAPER_MODELS = tuple(WEIGHT_DECAY)
"""The networks of the paper's tables; there may be others to train."""

FIGURE_1_MODELS = ("inception", "alexnet", "mlp-1x512")

REDUCED_TRAIN_SIZE = 5_000
REDUCED_STOP_AT = 0.999
RADEMACHER_SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
REPLACED_EXAMPLE = 0
STRONG_DECAY = (1e-3, 3e-3, 1e-2)
CORRUPTION_LEVELS = tuple(level / 10 for level in range(11))


@dataclass(frozen=True)
class Experiment:
    """The runs behind one figure or table.

    Attributes:
        name: as on the command line, e.g. ``table-1``.
        title: what it shows, in a phrase.
        place: where it stands in the paper.
        rows: its runs at seed 0.
        seeds: the seeds planned; more may be asked for.
    """

    name: str
    title: str
    place: str
    rows: tuple[RunConfig, ...]
    seeds: tuple[int, ...] = SEEDS

    def runs(self, seeds: Iterable[int] | None = None) -> list[RunConfig]:
        """Its runs for ``seeds`` (the planned ones if None), seed by seed."""
        return [replace(row, seed=seed) for seed in (self.seeds if seeds is None else seeds) for row in self.rows]


def paper_run(model: str, **changes: Any) -> RunConfig:
    """A run on CIFAR-10 with the paper's settings and our choice of what it leaves open."""
    epochs = SHORTER_EPOCHS if model.startswith("inception") else EPOCHS
    return RunConfig(model=model, **{"epochs": epochs, "precision": PRECISION, **changes})


def corruption_at(level: float) -> str:
    """The corruption of Figure 1b/1c at level p; its ends have names of their own."""
    return {0.0: "true-labels", 1.0: "random-labels"}.get(level, f"partially-corrupted-labels({level})")


def reduced(config: RunConfig, precision: str = "float32") -> RunConfig:
    """The same run, smaller, for machines that cannot do the whole; marked wherever shown: on the first 5,000 training
    images, until they are fitted, the test set scored in every third epoch.

    Args:
        precision: float32, which any processor does at its best; ``bfloat16`` for one that multiplies it faster.
    """
    return replace(
        config,
        train_size=min(config.train_size or REDUCED_TRAIN_SIZE, REDUCED_TRAIN_SIZE),
        stop_at_accuracy=REDUCED_STOP_AT,
        test_every=3,
        epochs=EPOCHS,
        precision=precision,
    )


def _table_1() -> Iterable[RunConfig]:
    for model, coefficient in WEIGHT_DECAY.items():
        decay = {"weight_decay": coefficient}
        if model in ("inception", "alexnet"):
            yield paper_run(model, random_crop=True, **decay)
            yield paper_run(model, random_crop=True)
        yield paper_run(model, **decay)
        yield paper_run(model)
        yield paper_run(model, corruption="random-labels")


def _table_4() -> Iterable[RunConfig]:
    for model in ("inception", "alexnet", "mlp-3x512", "mlp-1x512"):
        yield paper_run(model, corruption="random-labels", weight_decay=WEIGHT_DECAY[model])
    slow = {"corruption": "random-labels", "learning_rate_decay": 0.999, "epochs": 3 * EPOCHS}
    yield paper_run("inception", random_crop=True, **slow)
    yield paper_run("inception", augmentation=True, **slow)


def own_run(**changes: Any) -> RunConfig:
    """A run of our own experiments: MLP 1x512 in float32 for fewer epochs, otherwise as ``paper_run``."""
    return paper_run("mlp-1x512", **{"precision": "float32", "epochs": SHORTER_EPOCHS, **changes})


_ALL = (
    Experiment(
        "figure-1a",
        "Learning curves under five randomizations",
        "Figure 1a, p. 4",
        tuple(paper_run(model, corruption=condition) for model in FIGURE_1_MODELS for condition in CONDITIONS),
    ),
    Experiment(
        "table-1",
        "Explicit regularizers switched on and off, true and random labels",
        "Table 1, p. 6",
        tuple(_table_1()),
    ),
    Experiment(
        "figure-1bc",
        "Time to overfit and test error as labels are corrupted",
        "Figures 1b and 1c, p. 4",
        tuple(paper_run(m, corruption=corruption_at(p)) for m in FIGURE_1_MODELS for p in CORRUPTION_LEVELS),
    ),
    Experiment(
        "table-4",
        "Random labels under explicit regularization",
        "Table 4, p. 14",
        tuple(_table_4()),
    ),
    Experiment(
        "figure-2b",
        "Batch normalization and early stopping, no explicit regularization",
        "Figure 2b, p. 7",
        (paper_run("inception"), paper_run("inception-no-bn")),
    ),
    Experiment(
        "precision-check",
        "The same runs with matrix products in float32 and in bfloat16",
        "ours",
        (
            *(paper_run("mlp-1x512", precision=p) for p in PRECISIONS),
            *(paper_run("mlp-1x512", precision=p, corruption="random-labels") for p in PRECISIONS),
            *(reduced(paper_run("inception"), p) for p in PRECISIONS),
        ),
        seeds=(0,),
    ),
    Experiment(
        "strong-decay",
        "How much weight decay keeps a network from fitting random labels, and what that costs",
        "ours, to Table 4",
        tuple(
            run(corruption=corruption, weight_decay=coefficient)
            for run in (own_run, partial(paper_run, "alexnet"))
            for coefficient in (0.0, *STRONG_DECAY)
            for corruption in ("true-labels", "random-labels")
        ),
        seeds=(0,),
    ),
    Experiment(
        "random-values",
        "Random pixels read in two ways: colours kept, or shuffled as well",
        "ours, to Figure 1a",
        tuple(
            run(corruption=corruption)
            for run in (own_run, partial(paper_run, "inception"))
            for corruption in ("random-pixels", "random-values", "gaussian")
        ),
        seeds=(0,),
    ),
    Experiment(
        "renamed-classes",
        "A label that is only another name for the class",
        "ours, to Section 2",
        tuple(own_run(corruption=corruption) for corruption in ("true-labels", "permuted-classes", "random-labels")),
    ),
    Experiment(
        "learnt-first",
        "Half the labels random: which half is learnt first",
        "ours, to Section 2",
        (own_run(corruption="partially-corrupted-labels(0.5)"),),
    ),
    Experiment(
        "stability-pairs",
        "Networks whose training sets differ in one example",
        "ours, to Section 2.2",
        tuple(
            own_run(corruption=corruption, replaced_example=replaced)
            for corruption in ("true-labels", "random-labels")
            for replaced in (None, REPLACED_EXAMPLE)
        ),
    ),
    Experiment(
        "rademacher",
        "Random signs fitted at growing sample sizes; a seed is a draw of the signs",
        "ours, to Section 2.2",
        tuple(own_run(corruption="random-signs", train_size=n, epochs=50) for n in RADEMACHER_SIZES),
    ),
)

EXPERIMENTS = {plan.name: plan for plan in _ALL}
if twice := [name for name, count in Counter(plan.name for plan in _ALL).items() if count > 1]:
    raise ValueError(f"two experiments are called {twice[0]!r}; give one of them another name")
