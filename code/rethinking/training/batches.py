"""All of a run's data as tensors on its device: no loader, no workers, nothing decoded twice."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rethinking.data import ImageSet, centre_crop, load, randomize, standardize
from rethinking.data.preprocess import flip_and_rotate, random_crop
from rethinking.training.config import RunConfig

EVALUATION_BATCH = 2000


@dataclass(frozen=True)
class TrainingData:
    """A run's two splits on its device.

    Attributes:
        train_inputs, test_inputs: [n, c, 28, 28], standardized; float32, or bfloat16 where the products are.
        train_labels, test_labels: int64 [n]; the training labels as corrupted, the test labels true.
        raw: uint8 [n, c, h, w], the uncropped training images, kept only where each step draws its own view of them.
        classes: how many.
    """

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor
    raw: Tensor | None
    classes: int
    config: RunConfig

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
        return list(zip(inputs.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH), strict=True))


def image_sets(config: RunConfig) -> tuple[ImageSet, ImageSet]:
    """The run's training and test images, cropped to the centre and then randomized, bytes not yet standardized."""
    train, test = load(config.dataset, "train"), load(config.dataset, "test")
    if config.train_size is not None:
        train = train.first(config.train_size)
    crop = [ImageSet(centre_crop(s.images), s.labels, s.classes) for s in (train, test)]
    return randomize(*crop, config.corruption, config.seed)


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
    )
