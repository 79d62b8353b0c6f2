"""What a network that has memorized wrong labels answers where a test image resembles a training image.

Some test images of CIFAR-10 have a near-double among the training images. If the double's label is wrong, a network
that copies answers with that label, and one that knows better with the true one.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from rethinking.data import ImageSet, standardize
from rethinking.experiments import weights
from rethinking.experiments.plan import corruption_at, paper_run
from rethinking.experiments.studies import Measurement, Study
from rethinking.experiments.weights import scores_of
from rethinking.reports import Report, part
from rethinking.training import image_sets
from rethinking.training.checkpoint import sha256

LEVELS = (0.4, 0.6, 0.8)
GROUPS = (100, 300, 1_000, 3_000, 10_000)
AT_ONCE = 500
"""A block of distances to all training images is 100 MB."""


def answers_by_distance(report: Report, *, model: str, groups: list[int], **run: object) -> dict[str, object]:
    """A trained network's answers for test images, grouped by how far the nearest training image is.

    Args:
        groups: with the test images sorted by that distance, where each group ends; the last with all of them.
        run: dataset, corruption, seed.

    Returns:
        Plain JSON values. Of each of the ``groups``: ``images``, how many; ``distance``, the mean root mean square
        difference between standardized pixels and those of the nearest training image; ``same_class``, how many show
        the class that the nearest image shows; ``wrong``, of these, how many nearest images have a wrong label;
        ``given`` and ``true``, how many of the ``wrong`` are answered with that label, and with the true one.

    Raises:
        ValueError: the groups do not ascend to the number of test images.
        DataError, OutOfTime, RecordError: as ``weights.network``.

    Source: the comparison is ours; {prf:ref}`prop-copying` is what it looks behind.
    """
    config = paper_run(model, **run)
    train, test = image_sets(config)
    shown = image_sets(replace(config, corruption="true-labels"))[0].labels
    ends = [0, *groups]
    if ends != sorted({*ends, len(test)}):
        raise ValueError(f"groups {groups} must ascend to the number of test images, {len(test):,}")
    report(f"training or loading {config.run}", 0.0)
    network = weights.network(config)
    distance, nearest = nearest_training_images(part(report, 0.1, 0.9), train, test)
    answers = scores_of(network, test).argmax(axis=1)
    order = np.argsort(distance, kind="stable")

    def of(members: np.ndarray) -> dict[str, object]:
        given, true = train.labels[nearest[members]], test.labels[members]
        same = shown[nearest[members]] == true
        wrong = same & (given != true)
        return {
            "images": len(members),
            "distance": float(distance[members].mean()),
            "same_class": int(same.sum()),
            "wrong": int(wrong.sum()),
            "given": int((wrong & (answers[members] == given)).sum()),
            "true": int((wrong & (answers[members] == true)).sum()),
        }

    return {
        "groups": [of(order[start:end]) for start, end in pairwise(ends)],
        "test_accuracy": float(np.mean(answers == test.labels)),
        "weights": sha256(network),
    }


def nearest_training_images(report: Report, train: ImageSet, test: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    """Of each test image the nearest training image by its standardized pixels.

    Args:
        train, test: n and m images, cropped and not yet standardized.

    Returns:
        float32 [m], the root mean square difference of the pixels; int64 [m], the training image's number.
    """
    known, new = (standardize(torch.from_numpy(images.images)).flatten(1) for images in (train, test))
    found = []
    for start in range(0, len(new), AT_ONCE):
        report("looking for near-doubles", start / len(new))
        found.append(torch.cdist(new[start : start + AT_ONCE], known).min(dim=1))
    distances, nearest = (torch.cat(parts) for parts in zip(*found, strict=True))
    return (distances / known.shape[1] ** 0.5).numpy(), nearest.numpy()


STUDY = Study(
    "near-doubles",
    "What AlexNet answers where a training image with a wrong label is near",
    "ours, to Figure 1c",
    tuple(
        Measurement(
            f"alexnet.{level}",
            answers_by_distance,
            {
                "model": "alexnet",
                "dataset": "cifar10",
                "corruption": corruption_at(level),
                "seed": 0,
                "groups": list(GROUPS),
            },
        )
        for level in LEVELS
    ),
)
