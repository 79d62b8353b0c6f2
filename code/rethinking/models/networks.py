"""The paper's five CIFAR-10 networks (Appendix A, Figure 3), with exactly its parameter counts on 3x28x28 inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from rethinking.models.modules import Concatenate, ConvModule, ResponseNorm, initialize, max_pool_halving
from rethinking.models.names import MODELS


def inception(channels: int, size: int, num_classes: int, *, batch_norm: bool = True) -> nn.Sequential:
    """The small Inception of Figure 3; ``size`` is the side of the image, 28 in the paper."""

    def conv(before: int, after: int, kernel: int, stride: int = 1) -> ConvModule:
        return ConvModule(before, after, kernel, stride=stride, batch_norm=batch_norm)

    def mixed(before: int, ones: int, threes: int) -> Concatenate:
        return Concatenate(conv(before, ones, 1), conv(before, threes, 3))

    def downsample(before: int, threes: int) -> Concatenate:
        return Concatenate(conv(before, threes, 3, stride=2), max_pool_halving())

    return nn.Sequential(
        conv(channels, 96, 3),
        mixed(96, 32, 32),
        mixed(64, 32, 48),
        downsample(80, 80),
        mixed(160, 112, 48),
        mixed(160, 96, 64),
        mixed(160, 80, 80),
        mixed(160, 48, 96),
        downsample(144, 96),
        mixed(240, 176, 160),
        mixed(336, 176, 160),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(336, num_classes),
    )


def inception_no_bn(channels: int, size: int, num_classes: int) -> nn.Sequential:
    """The same without batch normalization; each convolution has a bias, so the count is the same."""
    return inception(channels, size, num_classes, batch_norm=False)


def alexnet(channels: int, size: int, num_classes: int) -> nn.Sequential:
    """The small AlexNet: two (5x5 convolution, pool, normalize) blocks, then 384, 192 and the classes.

    Channels and the response normalization are the TensorFlow CIFAR-10 tutorial's, the only ones we know that give the
    paper's count. The maximum of a window's ReLUs is the ReLU of its maximum, in values and gradients; in this order
    there are four times fewer.
    """

    def block(before: int) -> list[nn.Module]:
        return [nn.Conv2d(before, 64, 5, padding=2), max_pool_halving(), nn.ReLU(), ResponseNorm(64)]

    side = size // 4  # two pools, each of which halves and rounds down
    return nn.Sequential(
        *block(channels),
        *block(64),
        nn.Flatten(),
        nn.Linear(64 * side * side, 384),
        nn.ReLU(),
        nn.Linear(384, 192),
        nn.ReLU(),
        nn.Linear(192, num_classes),
    )


def mlp(channels: int, size: int, num_classes: int, *, hidden_layers: int) -> nn.Sequential:
    """Hidden layers of 512 ReLU units each."""
    widths = [channels * size * size] + [512] * hidden_layers
    hidden = [layer for a, b in zip(widths, widths[1:], strict=False) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(widths[-1], num_classes))


_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "inception": inception,
    "inception-no-bn": inception_no_bn,
    "alexnet": alexnet,
    "mlp-3x512": partial(mlp, hidden_layers=3),
    "mlp-1x512": partial(mlp, hidden_layers=1),
}


def build(
    name: str,
    num_classes: int = 10,
    *,
    channels: int = 3,
    size: int = 28,
    generator: torch.Generator | None = None,
) -> nn.Module:
    """A network of the paper, float32, freshly initialized.

    Args:
        name: one of ``MODELS``.
        channels, size: of the input images, [n, channels, size, size]; the paper's are 3x28x28.
        generator: draws the initial weights, on the CPU; without it they come from a generator seeded with 0.

    Raises:
        ValueError: unknown name; lists the known ones.
    """
    if name not in _BUILDERS:
        raise ValueError(f"unknown model {name!r}; choose from {', '.join(MODELS)}")
    model = _BUILDERS[name](channels, size, num_classes)
    initialize(model, generator or torch.Generator().manual_seed(0))
    return model


def parameter_count(model: nn.Module) -> int:
    """How many numbers training changes."""
    return sum(parameter.numel() for parameter in model.parameters())
