"""Corollary 1: trade width for depth. A chain of ordinary sparse layers, exact on the sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from rethinking.expressivity.lemma import place_thresholds
from rethinking.expressivity.sample import checked, on_a_line
from rethinking.expressivity.two_layer import overflow_message
from rethinking.expressivity.window import windows
from rethinking.expressivity.wiring import Affine, wire


class SparseLinear(nn.Module):
    """``nn.Linear`` that keeps only the weights there are: an affine map R^in -> R^out.

    Attributes:
        values: float64 [q], the weights; at: int64 [2, q], their rows and columns; bias: float64 [out].
    """

    at: Tensor

    def __init__(self, affine: Affine) -> None:
        super().__init__()
        self.shape = affine.shape
        self.register_buffer("at", torch.tensor(np.stack([affine.rows, affine.columns])))
        self.values = nn.Parameter(torch.tensor(affine.values, dtype=torch.float64))
        self.bias = nn.Parameter(torch.tensor(affine.bias, dtype=torch.float64))

    def matrix(self) -> Tensor:
        """Its weights, a sparse float64 [width, width before]."""
        return torch.sparse_coo_tensor(self.at, self.values, self.shape, check_invariants=False)

    def forward(self, z: Tensor) -> Tensor:
        return torch.sparse.mm(self.matrix(), z.T).T + self.bias

    def affine(self) -> Affine:
        """The same weights and biases as arrays, which share its memory."""
        rows, columns = self.at.numpy()
        return Affine(rows, columns, self.values.detach().numpy(), self.bias.detach().numpy(), self.shape)


class DeepReLU(nn.Module):
    """``depth`` layers of ReLUs, each after an affine map, and a last affine map.

    Attributes:
        layers: the depth + 1 affine maps.
        a, b: float64 [d] and [n], the direction and the thresholds it was built from (they are in the layers' weights).
    """

    def __init__(self, maps: list[Affine], a: np.ndarray, b: np.ndarray, *, scalar: bool) -> None:
        super().__init__()
        self.layers = cast(Sequence[SparseLinear], nn.ModuleList(SparseLinear(affine) for affine in maps))
        self.a, self.b, self.scalar = a, b, scalar

    @property
    def depth(self) -> int:
        return len(self.layers) - 1

    @property
    def widths(self) -> list[int]:
        """The number of ReLUs in each layer."""
        return [layer.shape[0] for layer in self.layers[:-1]]

    @property
    def width(self) -> int:
        return max(self.widths)

    @property
    def weight_count(self) -> int:
        """The nonzero weights and biases; every other entry of the layers' matrices is zero."""
        return sum(int(torch.count_nonzero(parameter)) for parameter in self.parameters())

    def forward(self, z: Tensor) -> Tensor:
        """z [m, d] to [m], or [m, k] if the targets were."""
        z = z.to(torch.float64)
        for layer in self.layers[:-1]:
            z = torch.relu(layer(z))
        z = self.layers[-1](z)
        return z[:, 0] if self.scalar else z

    @torch.no_grad()
    def in_blocks(self, inputs: np.ndarray, block: int = 2048) -> np.ndarray:
        """``forward`` for many inputs [m, d], ``block`` at a time: float64 [m] or [m, k]."""
        parts = [torch.as_tensor(np.asarray(inputs[i : i + block], float)) for i in range(0, len(inputs), block)]
        return torch.cat([self(part) for part in parts]).numpy()

    @torch.no_grad()
    def dense(self) -> nn.Sequential:
        """The same network as PyTorch's ordinary layers, zeros written out; its output is [m, k]."""
        modules: list[nn.Module] = []
        for layer in self.layers:
            linear = nn.Linear(layer.shape[1], layer.shape[0], dtype=torch.float64)
            linear.weight.copy_(layer.matrix().to_dense())
            linear.bias.copy_(layer.bias)
            modules += [linear, nn.ReLU()]
        return nn.Sequential(*modules[:-1])


def fit_deep(
    inputs: object, targets: object, depth: int, *, seed: int = 0, margin: float = 0.05, direction: object = None
) -> DeepReLU:
    """The network of Corollary 1: ``depth`` ReLU layers of width about n / depth, exact on the sample.

    With n different inputs in R^d and scalar targets its width is at most ``ceil(n / (depth - 1)) + 5`` and it has at
    most ``4 n + 13 depth + d`` nonzero weights.

    Args:
        inputs: [n, d], any real dtype (computed in float64); targets: [n] or [n, k].
        depth: the number of ReLU layers, 2 to n + 1: one to project, the others share the n points.
        seed, margin, direction: as for ``fit_two_layer``.

    Raises:
        ValueError, OverflowError: as for ``fit_two_layer``; or a depth out of range.

    Source: Zhang et al. (2017), Corollary 1; {prf:ref}`cor-width-for-depth`.
    """
    inputs, targets = checked(inputs, targets)
    line = on_a_line(inputs, targets, seed=seed, direction=direction)
    n = len(line.x)
    if int(depth) != depth or not 2 <= depth <= n + 1:
        raise ValueError(f"depth must be a whole number from 2 to n + 1 = {n + 1}; got {depth}")
    b = place_thresholds(line.x, margin)
    with np.errstate(over="ignore", invalid="ignore"):
        plan = windows(line.x, b, line.y.reshape(n, -1), int(depth) - 1)
        maps = wire(line.a, b, plan)
    if not all(np.isfinite(affine.values).all() for affine in maps):
        raise OverflowError(overflow_message(margin, line.x))
    return DeepReLU(maps, line.a, b, scalar=line.y.ndim == 1)
