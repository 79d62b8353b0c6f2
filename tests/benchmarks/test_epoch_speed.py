"""One epoch with both evaluations, ours beside a plain ``DataLoader`` loop: ``pytest -m benchmark -s``.

``RETHINKING_BENCHMARK_IMAGES`` takes the first so many training images on both sides, for a quicker look.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Subset

from rethinking import models
from rethinking.data import data_root
from rethinking.data.vision import datasets, torchvision
from rethinking.experiments.paper import PRECISION
from rethinking.randomness import torch_stream
from rethinking.training import RunConfig, train

IMAGES = int(os.environ.get("RETHINKING_BENCHMARK_IMAGES", 50_000))
AT_LEAST = 8
CPU = "cpu"


def our_epoch(precision: str) -> float:
    """Seconds of the second epoch, as its record says: training and both evaluations, data already loaded."""
    config = RunConfig(model="mlp-1x512", train_size=IMAGES, epochs=2, precision=precision)
    return train(config, device=CPU).history["seconds"][1]


def plain_epoch() -> float:
    """Seconds of one epoch as most would write it: PIL, CenterCrop, ToTensor, Normalize, one worker."""
    transforms = torchvision.transforms
    views = transforms.Compose(
        [transforms.CenterCrop(28), transforms.ToTensor(), transforms.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))]
    )
    train_set = Subset(datasets.CIFAR10(str(data_root()), train=True, transform=views), range(IMAGES))
    test_set = datasets.CIFAR10(str(data_root()), train=False, transform=views)
    training = DataLoader(train_set, 128, shuffle=True, num_workers=1)
    evaluations = [DataLoader(split, 128, num_workers=1) for split in (train_set, test_set)]
    model = models.build("mlp-1x512", generator=torch_stream(0, "initialization"))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    start = time.perf_counter()
    for images, labels in training:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    with torch.no_grad():
        for loader in evaluations:
            loss, right = 0.0, 0
            for images, labels in loader:
                scores = model(images)
                loss += F.cross_entropy(scores, labels, reduction="sum").item()
                right += (scores.argmax(1) == labels).sum().item()
    return time.perf_counter() - start


def product_rate(dtype: torch.dtype) -> float:
    """Floating-point operations a second of a matrix product of the epoch's own shape, at best."""
    a, b = torch.randn(2000, 2352).to(dtype), torch.randn(2352, 512).to(dtype)
    return 2 * 2000 * 2352 * 512 / min(seconds(lambda: a @ b) for _ in range(10))


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def epoch_operations() -> float:
    """Forward and the weights' gradient while training (the inputs need none but for 512 -> 10), then evaluation."""
    first, last = 2 * 2352 * 512, 2 * 512 * 10
    return IMAGES * (2 * first + 3 * last) + (IMAGES + 10_000) * (first + last)


@pytest.mark.benchmark
@pytest.mark.usefixtures("cifar10_folder")
def test_an_epoch_is_at_least_eight_times_faster_than_a_plain_loader():
    ours = {precision: our_epoch(precision) for precision in ("float32", "bfloat16")}
    plain = plain_epoch()
    print(f"\nMLP 1x512, {IMAGES} images, {torch.get_num_threads()} threads: plain DataLoader loop {plain:.2f} s")
    for precision, taken in ours.items():
        floor = epoch_operations() / product_rate(getattr(torch, precision))
        print(
            f"{precision}: {taken:.2f} s, {plain / taken:.1f} times faster; "
            f"its {epoch_operations() / 1e9:.0f} GFLOP would take {floor:.2f} s at the measured rate"
        )
    assert plain / ours[PRECISION] >= AT_LEAST, "in the precision of the planned runs"
