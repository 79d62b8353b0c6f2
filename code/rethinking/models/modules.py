"""The pieces the paper's networks are made of, initialized as TensorFlow did in 2016."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm2d):
    """Batch normalization with a shift and no scale, TF-slim's default; one parameter a channel.

    This is the reading under which the paper's parameter counts come out exactly, with and without normalization.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=0.001)
        del self.weight
        self.register_buffer("weight", torch.ones(channels))


class ConvModule(nn.Sequential):
    """Convolution, batch normalization, ReLU. Without normalization the convolution has the bias instead."""

    def __init__(self, channels_in: int, channels_out: int, size: int, *, stride: int = 1, batch_norm: bool) -> None:
        padding = 0 if stride > 1 else size // 2  # strided modules see a 'VALID' window: 28 -> 14 by the pad before it
        convolution = nn.Conv2d(channels_in, channels_out, size, stride, padding, bias=not batch_norm)
        parts: list[nn.Module] = [convolution]
        if stride > 1:
            parts.insert(0, SamePad())
        if batch_norm:
            parts.append(BatchNorm(channels_out))
        super().__init__(*parts, nn.ReLU())


class SamePad(nn.ZeroPad2d):
    """TensorFlow's 'SAME' padding for a 3x3 window of stride 2 on an even size: one row below, one column right."""

    def __init__(self) -> None:
        super().__init__((0, 1, 0, 1))


class ResponseNorm(nn.Module):
    """Local response normalization over 9 neighbouring channels, ``x / (1 + 0.001 mean of their squares)^0.75``.

    The numbers are those of ``nn.LocalResponseNorm(9, alpha=0.001, beta=0.75, k=1)``, which divides alpha by the
    window, as the tutorial's constant does. The sum over neighbours is a product with a band matrix: on a CPU 4 to 5
    times faster than torch's pooling in three dimensions. It is in float32, whatever the network's own products are.
    """

    size, alpha, beta, k = 9, 0.001, 0.75, 1
    band: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        position = torch.arange(channels)
        near = (position[:, None] - position).abs() <= self.size // 2
        self.register_buffer("band", near.float() * (self.alpha / self.size), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return _ResponseNorm.apply(x, self.band)


class _ResponseNorm(torch.autograd.Function):
    """``y = x s^-3/4`` with ``s = k + band x^2``, so ``dx = dy s^-3/4 - 3/2 x band(dy x s^-7/4)``.

    With the derivative written out, backward is twice as fast on a CPU as what autograd makes of forward.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, band: Tensor) -> Tensor:
        values = x.float()
        root = _over_channels(values.square(), band).add_(ResponseNorm.k).rsqrt_()  # s^-1/2
        scale = root.sqrt().mul_(root)
        ctx.save_for_backward(values, root, scale, band)
        ctx.dtype = x.dtype
        return values * scale

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        values, root, scale, band = ctx.saved_tensors
        scaled = gradient * scale
        neighbours = _over_channels((scaled * values).mul_(root).mul_(root), band)
        return scaled.addcmul_(values, neighbours, value=-2 * ResponseNorm.beta).to(ctx.dtype), None


def _over_channels(x: Tensor, band: Tensor) -> Tensor:
    """The symmetric ``band`` [c, c] applied to ``x`` [n, c, h, w]."""
    return (x.movedim(1, -1) @ band).movedim(-1, 1)


def average_over(model: nn.Module, steps: float) -> None:
    """Let the means and variances that batch normalization keeps for evaluation span about so many training steps."""
    for module in model.modules():
        if isinstance(module, BatchNorm):
            module.momentum = min(1.0, 1 / steps)


def max_pool_halving() -> nn.MaxPool2d:
    """A 3x3 maximum of stride 2, 28 -> 14 -> 7: 'SAME' padding where the size is even; only what is inside counts."""
    return nn.MaxPool2d(3, 2, ceil_mode=True)


class Concatenate(nn.Module):
    """Several branches on one input, their channels side by side."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def initialize(model: nn.Module, generator: torch.Generator) -> None:
    """Glorot's uniform initialization for every weight, zero for every bias; the paper does not state its own."""
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
