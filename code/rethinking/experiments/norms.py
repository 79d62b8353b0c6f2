"""Norms and margins of trained networks, true labels against random ones: does any of them order the test errors?"""

from __future__ import annotations

import numpy as np
import torch

from rethinking import complexity
from rethinking.data import ImageSet, standardize
from rethinking.experiments import weights
from rethinking.experiments.plan import SEEDS, SHORTER_EPOCHS, own_run
from rethinking.experiments.studies import Measurement, Study
from rethinking.experiments.weights import scores_of
from rethinking.reports import Report
from rethinking.training import image_sets, initial_network
from rethinking.training.checkpoint import sha256

QUANTILES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.999)


def norms_and_margins(report: Report, **run: object) -> dict[str, object]:
    """The capacities of one trained network.

    Args:
        run: dataset, corruption, seed, epochs, train_size.

    Returns:
        Plain JSON values. ``margins`` are quantiles over the training set as labelled; ``normalized`` are the spectral
        complexities (with the initialization as reference, or zero) and the product of Frobenius norms, each times the
        root mean square norm of the inputs and over the margin at the ``0.05`` quantile: the part of the margin bounds
        that depends on the network, without logarithms, before the division by sqrt(n).
    """
    config = own_run(**run)
    report(f"training or loading {config.run}", 0.0)
    network = weights.network(config)
    train, test = image_sets(config)
    layers = complexity.layers_of(network)
    start = complexity.layers_of(initial_network(config, len(train.classes), train.images.shape[1]))
    scores = {"train": scores_of(network, train), "test": scores_of(network, test)}
    margins = complexity.margins(scores["train"], train.labels)
    quantiles = {str(share): float(np.quantile(margins, share)) for share in QUANTILES}
    capacities = {
        "spectral_complexity": complexity.spectral_complexity(layers, start),
        "spectral_complexity_from_zero": complexity.spectral_complexity(layers),
        "frobenius_product": complexity.frobenius_complexity(layers),
    }
    scale = _input_norm(train) / quantiles["0.05"]
    return {
        "spectral": list(layers.spectral),
        "frobenius": list(layers.frobenius),
        "distances": list(layers.distances(start)),
        "spectral_at_start": list(start.spectral),
        "frobenius_at_start": list(start.frobenius),
        "spectral_product": float(np.prod(layers.spectral)),
        **capacities,
        "margins": quantiles,
        "input_norm": _input_norm(train),
        "normalized": {name: value * scale for name, value in capacities.items()},
        "train_accuracy": float(np.mean(scores["train"].argmax(axis=1) == train.labels)),
        "test_accuracy": float(np.mean(scores["test"].argmax(axis=1) == test.labels)),
        "n": len(train),
        "weights": sha256(network),
    }


def _input_norm(images: ImageSet) -> float:
    """The root mean square Euclidean norm of the network's inputs."""
    total = sum(float((standardize(part) ** 2).sum()) for part in torch.from_numpy(images.images).split(weights.BLOCK))
    return float(np.sqrt(total / len(images)))


STUDY = Study(
    "norms",
    "Norms and margins of networks trained on true and on random labels",
    "ours, to Section 2.2",
    tuple(
        Measurement(
            f"{corruption}.seed-{seed}",
            norms_and_margins,
            {"dataset": "cifar10", "corruption": corruption, "epochs": SHORTER_EPOCHS, "seed": seed},
            version=2,
        )
        for seed in SEEDS
        for corruption in ("true-labels", "random-labels")
    ),
)
