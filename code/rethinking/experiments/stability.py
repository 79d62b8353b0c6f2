"""Uniform stability, measured: networks trained alike on sets that differ in one example, and their losses."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations

import numpy as np
from torch import nn

from rethinking import complexity
from rethinking.experiments import weights
from rethinking.experiments.plan import REPLACED_EXAMPLE, SEEDS, SHORTER_EPOCHS, own_run
from rethinking.experiments.studies import Measurement, Study
from rethinking.experiments.weights import scores_of
from rethinking.reports import Report
from rethinking.training import RunConfig, image_sets
from rethinking.training.checkpoint import sha256


def pair(report: Report, replaced_example: int, **run: object) -> dict[str, object]:
    """What replacing one training example changes, on every training and test image and on the replaced example itself.

    Both networks share initialization and batch order. The losses are those against the labels of the original
    training set, and against the true labels of the test set; ``replaced`` is the example that left the training set
    and ``fresh`` the one that came instead.

    Args:
        run: of the original run: dataset, corruption, seed, epochs, train_size.

    Returns:
        Plain JSON values; cross-entropies in nats, accuracies and shares as fractions.
    """
    configs = [own_run(**run), own_run(**run, replaced_example=replaced_example)]
    networks = _networks(report, configs)
    (train, test), (changed, _) = image_sets(configs[0]), image_sets(configs[1])
    outputs = {
        name: [scores_of(net, images) for net in networks] for name, images in (("train", train), ("test", test))
    }
    fresh = [scores_of(net, changed)[replaced_example : replaced_example + 1] for net in networks]
    fresh_label = changed.labels[replaced_example : replaced_example + 1]
    return {
        **{name: _compare(outputs[name], labels) for name, labels in (("train", train.labels), ("test", test.labels))},
        "replaced": [
            float(complexity.cross_entropies(scores, train.labels)[replaced_example]) for scores in outputs["train"]
        ],
        "fresh": [float(complexity.cross_entropies(scores, fresh_label)[0]) for scores in fresh],
        "train_accuracy": [float(np.mean(scores.argmax(axis=1) == train.labels)) for scores in outputs["train"]],
        "test_accuracy": [float(np.mean(scores.argmax(axis=1) == test.labels)) for scores in outputs["test"]],
        "n": len(train),
        "weights": [sha256(network) for network in networks],
    }


def _networks(report: Report, configs: list[RunConfig]) -> list[nn.Module]:
    networks = []
    for place, config in enumerate(configs):
        report(f"training or loading {config.run}", place / len(configs))
        networks.append(weights.network(config))
    return networks


def _compare(scores: list[np.ndarray], labels: np.ndarray) -> dict[str, object]:
    losses = [complexity.cross_entropies(each, labels) for each in scores]
    predictions = [each.argmax(axis=1) for each in scores]
    wrong = [(each != labels).astype(float) for each in predictions]
    return {
        "cross_entropy": asdict(complexity.change(*losses)),
        "zero_one": asdict(complexity.change(*wrong)),
        "agreement": float(np.mean(predictions[0] == predictions[1])),
    }


def apart(report: Report, seeds: list[int], **run: object) -> dict[str, object]:
    """What everything else does: the networks of two seeds, so of another initialization and order, on the same data.

    The measure of how much of the change under one replaced example is chaos. Only for labels that do not depend on
    the seed.

    Args:
        run: dataset, corruption, epochs, train_size.

    Returns:
        As ``pair``, ``train`` and ``test``.
    """
    configs = [own_run(**run, seed=seed) for seed in seeds]
    networks = _networks(report, configs)
    sets = dict(zip(("train", "test"), image_sets(configs[0]), strict=True))
    return {
        **{name: _compare([scores_of(net, each) for net in networks], each.labels) for name, each in sets.items()},
        "weights": [sha256(network) for network in networks],
    }


STUDY = Study(
    "stability",
    "How far one training example moves the losses",
    "ours, to Section 2.2",
    tuple(
        Measurement(
            f"{corruption}.seed-{seed}",
            pair,
            {
                "replaced_example": REPLACED_EXAMPLE,
                "dataset": "cifar10",
                "corruption": corruption,
                "epochs": SHORTER_EPOCHS,
                "seed": seed,
            },
        )
        for seed in SEEDS
        for corruption in ("true-labels", "random-labels")
    )
    + tuple(
        Measurement(
            f"true-labels.seeds-{first}-{second}",
            apart,
            {
                "seeds": [first, second],
                "dataset": "cifar10",
                "corruption": "true-labels",
                "epochs": SHORTER_EPOCHS,
            },
        )
        for first, second in combinations(SEEDS, 2)
    ),
)
