"""One epoch with both evaluations, ours beside a plain ``DataLoader`` loop: ``pytest -m benchmark -s``.

``RETHINKING_BENCHMARK_IMAGES`` takes the first so many training images on both sides: all 50,000 for the MLP if it is
not set, and few of the package's own for the convolutional networks, whose epochs take minutes.
"""

from __future__ import annotations

import os

import pytest
import torch

from rethinking.data import DataError, load
from rethinking.experiments import speed
from rethinking.experiments.plan import PRECISION
from rethinking.training.device import multiplies_bfloat16

CHOSEN = os.environ.get("RETHINKING_BENCHMARK_IMAGES")
FLOORS = {"mlp-1x512": 0.005e9, "alexnet": 0.15e9, "inception": 1.23e9}
"""What an image and step cost at least, written down before anything was made faster: operations."""

AT_LEAST = {"mlp-1x512": 8.0, "alexnet": 1.0, "inception": 1.0}
"""How many times faster than the plain loop an epoch must be, in the precisions that the processor multiplies."""

ROUNDED = 0.75
"""The part of that which is enough where bfloat16 products have to be made of float32 ones."""


ON_A_GPU = 5.0
"""How many times faster on a CUDA device; its plain loop moves each batch there."""


@pytest.mark.benchmark
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("model", AT_LEAST)
def test_an_epoch_on_a_gpu_beside_a_plain_loader(model):
    """Ours in the plan's precision, the plain loop in float32, as most would write it."""
    measured = speed.epoch_speed(lambda what, fraction: None, model, "cifar10-mini", 2000, PRECISION, device="cuda")
    ours, plain = measured["ours"]["wall"], measured["plain"]["wall"]
    share = measured["operations"] / measured["rate"]["wall"] / ours
    print(
        f"\n{model}, 2,000 images, {PRECISION}: ours {ours:.3f} s, plain DataLoader loop {plain:.2f} s, "
        f"{plain / ours:.1f} times faster; {share:.1%} of the measured rate of "
        f"{measured['rate']['wall'] / 1e12:.0f} TFLOP/s"
    )
    assert plain / ours >= ON_A_GPU


@pytest.mark.benchmark
@pytest.mark.parametrize("precision", [PRECISION, "float32"])
@pytest.mark.parametrize("model", AT_LEAST)
def test_an_epoch_beside_a_plain_loader(model, precision):
    dataset, images = ("cifar10", 50_000) if model == "mlp-1x512" else ("cifar10-mini", 300)
    try:
        images = min(int(CHOSEN or images), len(load(dataset, "train")))
    except DataError as error:
        pytest.skip(str(error))
    measured = speed.epoch_speed(lambda what, fraction: None, model, dataset, images, precision)
    ours, plain = measured["ours"]["wall"], measured["plain"]["wall"]
    floor = measured["operations"] / measured["rate"]["wall"]
    print(
        f"\n{model}, {images:,} images, {precision}, {measured['threads']} threads, load {measured['load']:.1f}: "
        f"ours {ours:.2f} s, plain DataLoader loop {plain:.2f} s, {plain / ours:.1f} times faster; "
        f"floor {floor:.2f} s, {floor / ours:.0%} of the measured rate of {measured['rate']['wall'] / 1e9:.0f} GFLOP/s"
    )
    assert measured["operations_of_an_image_and_step"] == pytest.approx(FLOORS[model], rel=0.05)
    rounded = precision == "bfloat16" and not multiplies_bfloat16(torch.device("cpu"))
    assert plain / ours >= max(1.0, AT_LEAST[model] * (ROUNDED if rounded else 1.0))
