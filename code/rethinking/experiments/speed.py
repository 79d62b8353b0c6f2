"""How fast training is: an epoch of each network against its floor and against the loop that most would write.

The floor is physical: the floating-point operations of the epoch's products, counted, at the rate at which the same
machine multiplies two matrices. No program that takes the same steps can be faster.

Times are given by two clocks, the wall's and the processor's. The studies' records are made with one thread and read by
the second, which other work on the machine hardly moves; ``tests/benchmarks`` reads the first.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from rethinking import models
from rethinking.data import ImageSet, load
from rethinking.experiments.studies import Measurement, Study
from rethinking.randomness import torch_stream
from rethinking.reports import Report
from rethinking.training import RunConfig, train

BATCH = 128
WORKERS = 0 if os.name == "nt" else 1
"""Of the plain loop's loaders; none where the processor's clock does not count those of other processes."""


@dataclass(frozen=True)
class Seconds:
    """One piece of work by two clocks; ``processor`` adds up all threads and the loader's worker."""

    wall: float
    processor: float


def epoch_speed(
    report: Report,
    model: str,
    dataset: str,
    images: int,
    precision: str = "float32",
    threads: int | None = None,
    device: str = "cpu",
) -> dict[str, object]:
    """An epoch of ours and of a plain loop, each with both evaluations, one after the other, on one device.

    Args:
        images: the first so many training images; every test image is evaluated.
        precision: of our products; the plain loop's are float32.
        device: ``cpu`` or ``cuda``.
        threads: None for all of the machine's.

    Returns:
        Plain JSON values. ``operations`` an epoch, in products, additions and multiplications counted apart; ``rate``,
        of a matrix product with two clocks, operations a second; ``ours`` and ``plain``, seconds.
    """
    with _threads(threads) as threads:
        load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0  # what else the machine was doing
        report("counting operations", 0.0)
        test_images = len(load(dataset, "test"))
        forward, step = operations(model)
        product = product_seconds(device, precision)
        report(f"{model}: our epoch", 0.05)
        config = RunConfig(model=model, dataset=dataset, train_size=images, epochs=2, precision=precision)
        ours = our_epoch(config, device)
        report(f"{model}: the plain loop's epoch", 0.6)
        plain = plain_epoch(model, dataset, images, device)
        return {
            "operations": images * step + (images + test_images) * forward,
            "operations_of_an_image_and_step": step,
            "rate": {name: 2 * math.prod(PRODUCTS[device]) / seconds for name, seconds in asdict(product).items()},
            "ours": asdict(ours),
            "plain": asdict(plain),
            "train_images": images,
            "test_images": test_images,
            "threads": threads,
            "cores": os.cpu_count(),
            "load": load_average,
        }


def operations(model: str) -> tuple[int, int]:
    """Floating-point operations per image of the products of one network: (evaluated, trained on for a step).

    A step needs the products of the forward pass, those of the gradient by the weights, and, in every layer but the
    first, those of the gradient by its inputs.
    """
    network = models.build(model, generator=torch_stream(0, "initialization"))
    inputs, labels = torch.zeros(2, 3, 28, 28), torch.zeros(2, dtype=torch.long)
    with FlopCounterMode(display=False) as evaluated, torch.no_grad():
        network(inputs)
    with FlopCounterMode(display=False) as trained:
        F.cross_entropy(network(inputs), labels).backward()
    return evaluated.get_total_flops() // 2, trained.get_total_flops() // 2


def our_epoch(config: RunConfig, device: str = "cpu") -> Seconds:
    """The second epoch of a run: training and both evaluations, data already loaded."""
    ends: list[Seconds] = []
    train(config, device=device, progress=lambda row: ends.append(now()))
    return Seconds(ends[1].wall - ends[0].wall, ends[1].processor - ends[0].processor)


def plain_epoch(model: str, dataset: str, images: int, device: str = "cpu") -> Seconds:
    """One epoch as most would write it: PIL, CenterCrop, ToTensor, Normalize, and a ``DataLoader``, with one worker."""
    from rethinking.data.vision import torchvision

    transforms = torchvision.transforms
    mean, deviation = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
    view = transforms.Compose([transforms.CenterCrop(28), transforms.ToTensor(), transforms.Normalize(mean, deviation)])
    train_set = _Pictures(load(dataset, "train").first(images), view)
    test_set = _Pictures(load(dataset, "test"), view)
    training = DataLoader(train_set, BATCH, shuffle=True, num_workers=WORKERS)
    evaluations = [DataLoader(split, BATCH, num_workers=WORKERS) for split in (train_set, test_set)]
    network = models.build(model, generator=torch_stream(0, "initialization")).to(device)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    _plain_steps(network, optimizer, [next(iter(training))], device)  # the first step is slower than all others
    return timed(lambda: _plain_loop(network, optimizer, training, evaluations, device))


def _plain_loop(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    training: DataLoader,
    evaluations: list[DataLoader],
    device: str,
) -> None:
    network.train()
    _plain_steps(network, optimizer, training, device)
    network.eval()
    with torch.no_grad():
        for loader in evaluations:
            loss, right = 0.0, 0
            for images, labels in loader:
                images, labels = images.to(device), labels.to(device)
                scores = network(images)
                loss += F.cross_entropy(scores, labels, reduction="sum").item()
                right += (scores.argmax(1) == labels).sum().item()


def _plain_steps(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
    device: str,
) -> None:
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()


class _Pictures(Dataset):
    """Images one at a time, as ``torchvision.datasets.CIFAR10`` gives them."""

    def __init__(self, images: ImageSet, view: Callable) -> None:
        self._pictures, self._labels, self._view = images.images.transpose(0, 2, 3, 1), images.labels, view

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(np.ascontiguousarray(self._pictures[index]))
        return self._view(picture), int(self._labels[index])


PRODUCTS = {"cpu": (2000, 2352, 512), "cuda": (8192, 8192, 8192)}
"""The matrix product that measures a device's rate: on a CPU as large as the MLP's first on 2,000 images; a GPU needs a
larger one to show what it can."""


def product_seconds(device: str = "cpu", precision: str = "float32") -> Seconds:
    """A matrix product of the device's size: the fastest of twenty, by each clock. On a CPU always in float32, since it
    may have no other."""
    n, d, k = PRODUCTS[device]
    dtype = torch.float32 if device == "cpu" else getattr(torch, precision)
    a, b = (torch.randn(size, device=device, dtype=dtype) for size in ((n, d), (d, k)))
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def product() -> None:
        a @ b
        wait()

    taken = [timed(product) for _ in range(20)]
    return Seconds(min(t.wall for t in taken), min(t.processor for t in taken))


def timed(work: Callable[[], object]) -> Seconds:
    start = now()
    work()
    end = now()
    return Seconds(end.wall - start.wall, end.processor - start.processor)


def now() -> Seconds:
    """Both clocks; the processor's includes the threads of this process and the children that have ended."""
    spent = os.times()
    children = spent.children_user + spent.children_system
    return Seconds(time.perf_counter(), time.process_time() + children)


@contextmanager
def _threads(wanted: int | None) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(wanted or before)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def _epoch(model: str, dataset: str, images: int, precision: str = "float32") -> Measurement:
    settings = {"model": model, "dataset": dataset, "images": images, "precision": precision, "threads": 1}
    return Measurement(f"{model}.{precision}", epoch_speed, settings, reduced=dataset == "cifar10-mini")


STUDY = Study(
    "speed",
    "An epoch of each network against its floor and against a plain loop",
    "ours",
    (
        _epoch("mlp-1x512", "cifar10", 50_000),
        _epoch("mlp-1x512", "cifar10", 50_000, "bfloat16"),
        _epoch("mlp-3x512", "cifar10", 50_000),
        _epoch("alexnet", "cifar10-mini", 1_000),
        _epoch("inception", "cifar10-mini", 500),
        _epoch("inception-no-bn", "cifar10-mini", 500),
    ),
)
