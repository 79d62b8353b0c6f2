"""The paper's randomizations (Section 2), drawn once from a seed and never again.

Label corruptions change the training labels alone: test labels stay true, but for ``random-signs``, which knows no true
ones. Input corruptions change the images of both splits. Crop before you randomize: a permutation of the
full image would carry border pixels into the crop.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from rethinking.data.image_set import ImageSet
from rethinking.randomness import stream

CONDITIONS = ("true-labels", "random-labels", "shuffled-pixels", "random-pixels", "gaussian")
"""Figure 1a's five conditions, in its order."""

CORRUPTIONS = (*CONDITIONS, "random-values", "partially-corrupted-labels(p)", "permuted-classes", "random-signs")
SIGNS = ("−1", "+1")
"""The two classes of ``random-signs``."""


def parse(corruption: str) -> tuple[str, float | None]:
    """Name and probability of a corruption: ``"partially-corrupted-labels(0.4)"`` -> (…, 0.4); others have None.

    Raises:
        ValueError: unknown name, a missing probability, or one outside [0, 1].
    """
    match = re.fullmatch(r"partially-corrupted-labels\((.*)\)", corruption)
    if match:
        try:
            p = float(match[1])
        except ValueError:
            p = float("nan")
        if not 0 <= p <= 1:
            raise ValueError(f"corruption {corruption!r}: the probability must be a number in [0, 1]; got {match[1]!r}")
        return "partially-corrupted-labels", abs(p)  # -0.0 is 0.0
    if corruption not in CORRUPTIONS or corruption.endswith("(p)"):
        raise ValueError(f"unknown corruption {corruption!r}; choose from {', '.join(CORRUPTIONS)} with p in [0, 1]")
    return corruption, None


def randomize(train: ImageSet, test: ImageSet, corruption: str, seed: int) -> tuple[ImageSet, ImageSet]:
    """Both splits under ``corruption``; the same seed gives the same randomness at every call.

    - ``true-labels``: nothing changes.
    - ``random-labels``: each training label is replaced by a class drawn uniformly, which may be the true one.
    - ``partially-corrupted-labels(p)``: the same, for each training label independently with probability p. A larger p
      under the same seed corrupts the same labels and more, in the same way; p = 1 is ``random-labels``.
    - ``shuffled-pixels``: one permutation of the pixel positions for all images of both splits.
    - ``random-pixels``: each image has its own permutation of the pixel positions.
    - ``random-values``: each image has its own permutation of all its values, so that its colours are gone too. Another
      reading of the paper's random pixels.
    - ``gaussian``: every value is drawn from a normal distribution with the mean and variance of the training images,
      channel by channel.
    - ``permuted-classes``: one renaming of the classes, none keeping its name, for the training labels. A control:
      the classes are intact, only called differently, so a network still generalizes, up to the renaming.

    - ``random-signs``: the labels of both splits are one of two classes, drawn uniformly: the signs in the definition
      of Rademacher complexity. Whatever the images' classes were is gone.

    Channels of a pixel stay together under a permutation of pixels.

    Raises:
        ValueError: unknown corruption, p outside [0, 1].

    Source: Zhang et al. (2017), Section 2.
    """
    name, p = parse(corruption)
    if name in PIXEL_CORRUPTIONS:
        return _CHANGES[name](train, test, seed)
    if name == "random-signs":
        return _with_random_signs(train, seed, "train"), _with_random_signs(test, seed, "test")
    if name == "random-labels":
        p = 1.0
    if p is not None:
        train = replace(train, labels=_corrupted_labels(train, p, seed))
    elif name == "permuted-classes":
        train = replace(train, labels=class_renaming(len(train.classes), seed)[train.labels])
    return train, test


def error_on_corrupted_labels(error: float, p: float, classes: int = 10) -> float:
    """The expected error of a fixed classifier once the labels it is scored against are corrupted with probability p.

    Args:
        error: its error against the true labels, a fraction.

    Source: {prf:ref}`prop-corrupted-test-labels`.
    """
    return 1 - (1 - p) * (1 - error) - p / classes


def copier_error(error: float, p: float, classes: int = 10) -> float:
    """The expected error of a classifier that copies training labels, once they are corrupted with probability p.

    Args:
        error: its error when the training labels are true, a fraction.

    Source: {prf:ref}`prop-copying`.
    """
    return error_on_corrupted_labels(error, p, classes)  # either way the distance from chance shrinks by 1 - p


def error_on_true_labels(error: float, p: float, classes: int = 10) -> float:
    """The error against true labels of which ``error_on_corrupted_labels`` makes ``error``; p is less than 1."""
    return 1 - (1 - error - p / classes) / (1 - p)


def class_renaming(classes: int, seed: int) -> np.ndarray:
    """int64 [classes]: the new name of each class under ``permuted-classes``; of two or more none keeps its own."""
    order = stream(seed, "corruption", "permuted-classes").permutation(classes)
    renaming = np.empty(classes, dtype=np.int64)
    renaming[order] = np.roll(order, -1)  # one cycle through all classes, so none is left in place
    return renaming


def _corrupted_labels(train: ImageSet, p: float, seed: int) -> np.ndarray:
    rng = stream(seed, "corruption", "labels")
    chance = rng.random(len(train))
    drawn = rng.integers(len(train.classes), size=len(train), dtype=np.int64)
    return np.where(chance < p, drawn, train.labels)


def _with_random_signs(split: ImageSet, seed: int, key: str) -> ImageSet:
    drawn = stream(seed, "corruption", "random-signs", key).integers(2, size=len(split), dtype=np.int64)
    return ImageSet(split.images, drawn, SIGNS)


def _shuffled_pixels(train: ImageSet, test: ImageSet, seed: int) -> tuple[ImageSet, ImageSet]:
    height, width = train.images.shape[-2:]
    order = stream(seed, "corruption", "shuffled-pixels").permutation(height * width)

    def shuffle(split: ImageSet) -> ImageSet:
        pixels = split.images.reshape(*split.images.shape[:2], -1)
        return replace(split, images=pixels[:, :, order].reshape(split.images.shape))

    return shuffle(train), shuffle(test)


def _random_pixels(train: ImageSet, test: ImageSet, seed: int) -> tuple[ImageSet, ImageSet]:
    def shuffle(split: ImageSet, rng: np.random.Generator) -> ImageSet:
        n, channels, height, width = split.images.shape
        orders = rng.permuted(np.broadcast_to(np.arange(height * width, dtype=np.int64), (n, height * width)), axis=1)
        pixels = np.take_along_axis(split.images.reshape(n, channels, -1), orders[:, None, :], axis=2)
        return replace(split, images=pixels.reshape(split.images.shape))

    return (
        shuffle(train, stream(seed, "corruption", "random-pixels", "train")),
        shuffle(test, stream(seed, "corruption", "random-pixels", "test")),
    )


def _random_values(train: ImageSet, test: ImageSet, seed: int) -> tuple[ImageSet, ImageSet]:
    def shuffle(split: ImageSet, key: str) -> ImageSet:
        rng = stream(seed, "corruption", "random-values", key)
        values = rng.permuted(split.images.reshape(len(split), -1), axis=1)
        return replace(split, images=values.reshape(split.images.shape))

    return shuffle(train, "train"), shuffle(test, "test")


def _gaussian(train: ImageSet, test: ImageSet, seed: int) -> tuple[ImageSet, ImageSet]:
    mean = train.images.mean(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)[:, None, None]
    deviation = train.images.std(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)[:, None, None]

    def noise(split: ImageSet, rng: np.random.Generator) -> ImageSet:
        return replace(split, images=rng.standard_normal(split.images.shape, dtype=np.float32) * deviation + mean)

    return (
        noise(train, stream(seed, "corruption", "gaussian", "train")),
        noise(test, stream(seed, "corruption", "gaussian", "test")),
    )


_CHANGES = {
    "shuffled-pixels": _shuffled_pixels,
    "random-pixels": _random_pixels,
    "random-values": _random_values,
    "gaussian": _gaussian,
}
PIXEL_CORRUPTIONS = tuple(_CHANGES)
