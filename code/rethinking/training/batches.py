"""All of a run's data as tensors on its device: no loader, no workers, nothing decoded twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from rethinking.data import ImageSet, centre_crop, class_renaming, load, randomize, standardize
from rethinking.data.preprocess import flip_and_rotate, random_crop
from rethinking.training.config import RunConfig

EVALUATION_BATCH = 2000
CACHED_EVALUATION_BATCH = 50
"""Of a convolutional network on a processor, whose cache then holds what passes from layer to layer. Seconds for 1,000
images in batches of 1,000 and of 50: Inception 7.2 and 4.4, AlexNet 1.1 and 0.6. The MLPs want the larger ones."""


@dataclass(frozen=True)
class Subset:
    """Some images of a split, and labels to score predictions against that need not be those trained on.

    Attributes:
        split: ``train`` or ``test``.
        index: int64 [m], which images.
        labels: int64 [m].
    """

    split: str
    index: Tensor
    labels: Tensor


@dataclass(frozen=True)
class TrainingData:
    """A run's two splits on its device.

    Attributes:
        train_inputs, test_inputs: [n, c, 28, 28], standardized; float32, or bfloat16 where the products are.
        train_labels, test_labels: int64 [n]; the training labels as corrupted, the test labels true (signs, with random
            signs).
        raw: uint8 [n, c, h, w], the uncropped training images, kept only where each step draws its own view of them.
        classes: how many.
        subsets: further accuracies to follow, by the name of their column in the history.
    """

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor
    raw: Tensor | None
    classes: int
    config: RunConfig
    subsets: dict[str, Subset] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Training steps in an epoch; the last may have a smaller batch."""
        return -(-len(self.train_labels) // self.config.batch_size)

    def training_batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """The network's inputs for the training images ``index``, int64 [m], cropped and augmented if the run asks."""
        if self.raw is None:
            return self.train_inputs[index]
        images = self.raw[index]
        images = random_crop(images, generator) if self.config.random_crop else centre_crop(images)
        images = images.float()
        if self.config.augmentation:
            images = flip_and_rotate(images, generator)
        return standardize(images).to(self.train_inputs.dtype)

    def evaluation_batches(self, split: str) -> list[tuple[Tensor, Tensor]]:
        """(inputs, labels) over a whole split, centre crops, in order."""
        inputs, labels = (
            (self.train_inputs, self.train_labels) if split == "train" else (self.test_inputs, self.test_labels)
        )
        cached = inputs.device.type == "cpu" and not self.config.model.startswith("mlp")
        size = CACHED_EVALUATION_BATCH if cached else EVALUATION_BATCH
        return list(zip(inputs.split(size), labels.split(size), strict=True))


def image_sets(config: RunConfig) -> tuple[ImageSet, ImageSet]:
    """The run's training and test images, cropped to the centre and then randomized, bytes not yet standardized."""
    train, test = randomize(*_cropped(config), config.corruption, config.seed)
    if config.replaced_example is not None:
        train = _with_replaced_example(train, config.replaced_example, config)
    return train, test


def _cropped(config: RunConfig) -> tuple[ImageSet, ImageSet]:
    train, test = load(config.dataset, "train"), load(config.dataset, "test")
    if config.train_size is not None:
        train = train.first(config.train_size)
    train, test = (ImageSet(centre_crop(s.images), s.labels, s.classes) for s in (train, test))
    return train, test


def _with_replaced_example(train: ImageSet, example: int, config: RunConfig) -> ImageSet:
    """The last test image, labelled as the run labels, in the place of one training example."""
    _, test = _cropped(config)
    last = ImageSet(test.images[-1:], test.labels[-1:], test.classes)
    fresh, _ = randomize(last, test, config.corruption, config.seed)
    images, labels = train.images.copy(), train.labels.copy()
    if not example < len(train):
        raise ValueError(f"cannot replace example {example} of {len(train)}; choose a smaller one")
    images[example], labels[example] = fresh.images[0], fresh.labels[0]
    return replace(train, images=images, labels=labels)


def prepare(config: RunConfig, device: torch.device) -> TrainingData:
    """Load, crop, randomize, standardize, in that order, and move everything to ``device``."""
    train, test = image_sets(config)
    dtype = getattr(torch, config.precision)
    raw = None
    if config.random_crop or config.augmentation:  # such runs corrupt no pixels, so the raw images are the true ones
        raw = torch.from_numpy(load(config.dataset, "train").images[: len(train)]).to(device)

    def inputs(split: ImageSet) -> Tensor:
        parts = torch.from_numpy(split.images).split(EVALUATION_BATCH)
        return torch.cat([standardize(part).to(dtype) for part in parts]).to(device)

    return TrainingData(
        train_inputs=inputs(train),
        train_labels=torch.from_numpy(train.labels).to(device),
        test_inputs=inputs(test),
        test_labels=torch.from_numpy(test.labels).to(device),
        raw=raw,
        classes=len(train.classes),
        config=config,
        subsets=_subsets(config, train, test, device),
    )


def _subsets(config: RunConfig, train: ImageSet, test: ImageSet, device: torch.device) -> dict[str, Subset]:
    """Where only some labels are corrupted, or all in one way, the plain accuracies do not tell what was learnt."""

    def subset(split: str, index: np.ndarray, labels: np.ndarray) -> Subset:
        return Subset(split, torch.from_numpy(index).to(device), torch.from_numpy(labels[index]).to(device))

    if config.corruption.startswith("partially-corrupted-labels"):
        truth = load(config.dataset, "train").labels[: len(train)]
        kept, wrong = np.flatnonzero(train.labels == truth), np.flatnonzero(train.labels != truth)
        return {
            name: subset("train", index, labels)
            for name, index, labels in (
                ("kept_accuracy", kept, train.labels),
                ("wrong_accuracy", wrong, train.labels),
                ("wrong_true_accuracy", wrong, truth),
            )
            if len(index)
        }
    if config.corruption == "permuted-classes":
        renaming = class_renaming(len(test.classes), config.seed)
        return {"renamed_test_accuracy": subset("test", np.arange(len(test)), renaming[test.labels])}
    return {}
