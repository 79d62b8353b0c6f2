"""The paper's networks by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from rethinking.models import networks
from rethinking.models.modules import average_over, initialize

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "inception": networks.inception,
    "inception-no-bn": networks.inception_no_bn,
    "alexnet": networks.alexnet,
    "mlp-3x512": partial(networks.mlp, hidden_layers=3),
    "mlp-1x512": partial(networks.mlp, hidden_layers=1),
}
MODELS = tuple(_BUILDERS)


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


__all__ = ["MODELS", "average_over", "build", "parameter_count"]
