"""bfloat16 products on a processor that has no instructions for them: products of rounded numbers, in float32.

A product of two bfloat16 numbers is exact in float32, and processors that have the instructions add such products in
float32 and round the sum. Rounding the factors, multiplying in float32 and rounding the result is therefore the same
up to the order of the sum. torch's own bfloat16 products on other processors are slower than that by an order of
magnitude.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

PRODUCTS = (F.linear, F.conv2d)


class RoundedProducts(TorchFunctionMode):
    """Within this context, the products of the networks' layers are rounded as ``torch.autocast`` to bfloat16 would
    have them, forward and backward; their results are float32 tensors of bfloat16 numbers."""

    def __torch_function__(
        self, function: Callable, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        if function not in PRODUCTS:
            return function(*args, **(kwargs or {}))
        rounded = (_Round.apply(arg) if isinstance(arg, Tensor) else arg for arg in args)
        return _Round.apply(function(*rounded, **(kwargs or {})))


class _Round(torch.autograd.Function):
    """To the nearest bfloat16, and so the gradient."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.bfloat16().float()

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient.bfloat16().float()
