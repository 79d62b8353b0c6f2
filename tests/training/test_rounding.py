"""bfloat16 products of rounded float32 numbers are the processor's own bfloat16 products, up to the order of sums."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from rethinking import models
from rethinking.training import device, train
from rethinking.training.rounding import RoundedProducts


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def products(layer: list[torch.Tensor]) -> list[torch.Tensor]:
    """A layer's output and the three gradients, of a loss that weighs the outputs unevenly, by bfloat16 numbers."""
    leaves = [tensor.clone().requires_grad_() for tensor in layer]
    y = (F.conv2d if layer[0].ndim == 4 else F.linear)(*leaves)
    (y.to(layer[0].dtype) * rounded(random(*y.shape, seed=9))).sum().backward()
    return [y.detach().to(layer[0].dtype), *(leaf.grad for leaf in leaves)]


def rounded(x: torch.Tensor) -> torch.Tensor:
    return x.bfloat16().to(x.dtype)


LAYERS = pytest.mark.parametrize(
    "layer",
    [
        [random(*shape, seed=seed) for seed, shape in enumerate(shapes)]
        for shapes in (((16, 40), (8, 40), (8,)), ((4, 5, 6, 6), (7, 5, 3, 3), (7,)))
    ],
    ids=["linear", "convolution"],
)


@LAYERS
def test_a_layer_gives_the_rounded_products_of_rounded_numbers(layer):
    """Forward and backward; a sum in float32 may now and then fall to the other side of a rounding's edge."""
    with RoundedProducts():
        ours = products(layer)
    exact = products([rounded(tensor).double() for tensor in layer])
    for a, b in zip(ours, exact, strict=True):
        assert a.dtype == torch.float32
        assert torch.equal(a, rounded(a))
        assert (a == rounded(b)).float().mean() > 0.97


@LAYERS
def test_a_layer_is_what_autocast_makes_of_it(layer):
    """Up to a few last bits: without the instructions, torch rounds some of its partial sums too."""
    with RoundedProducts():
        ours = products(layer)
    with torch.autocast("cpu", torch.bfloat16):
        theirs = products(layer)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=2**-7 * a.abs().max().item(), rtol=0)


def test_other_operations_and_other_contexts_are_left_alone():
    x = random(3, 4)
    with RoundedProducts():
        assert torch.equal(F.relu(x), x.clamp(min=0)) and torch.equal(x @ x.T, x @ x.T)
    assert not torch.equal(F.linear(x, x), F.linear(x, x).bfloat16().float())


@pytest.mark.parametrize("model", ["mlp-1x512", "alexnet", "inception"])
def test_every_product_of_a_network_is_rounded(model):
    network = models.build(model, generator=torch.Generator().manual_seed(0)).eval()
    outputs = []
    for part in network.modules():
        if isinstance(part, (torch.nn.Linear, torch.nn.Conv2d)):
            part.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    with RoundedProducts(), torch.no_grad():
        network(random(2, 3, 28, 28))
    assert outputs and all(torch.equal(output, rounded(output)) for output in outputs)


@pytest.mark.usefixtures("one_thread")
def test_a_run_is_the_same_run_with_the_instructions_and_without(small_run, monkeypatch):
    losses = []
    for there in (True, False):
        monkeypatch.setattr(device, "multiplies_bfloat16", lambda on, there=there: there)
        losses.append(train(small_run(precision="bfloat16"), device="cpu").history["train_loss"])
    assert losses[1] == pytest.approx(losses[0], abs=4e-3)
