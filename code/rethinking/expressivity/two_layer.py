"""Theorem 1: a network with one hidden layer and 2n + d weights that gives any n inputs any n targets."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rethinking.expressivity.condition import Conditioning, conditioning
from rethinking.expressivity.lemma import place_thresholds, solve_interleaved
from rethinking.expressivity.sample import checked, on_a_line


class TwoLayerReLU(nn.Module):
    """``c(z) = sum_j w[j] * max(<a, z> - b[j], 0)``.

    All hidden units share the direction a, so the weights are d + n + n for one output and d + n + n * k for k.

    Attributes:
        a: float64 [d]; b: float64 [n], increasing; w: float64 [n] or [n, k].
        conditioning: the report of the fit, or None.
    """

    def __init__(self, a: np.ndarray, b: np.ndarray, w: np.ndarray, report: Conditioning | None = None) -> None:
        super().__init__()
        self.a, self.b, self.w = (nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in (a, b, w))
        self.conditioning = report

    @property
    def weight_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, z: Tensor) -> Tensor:
        """Affine, ReLU, affine: z [m, d] to [m] or [m, k]. The hidden layer takes m * n * 8 bytes."""
        hidden = torch.relu((z.to(self.a.dtype) @ self.a)[:, None] - self.b)
        return hidden @ self.w

    @torch.no_grad()
    def in_blocks(self, inputs: np.ndarray, block: int = 512) -> np.ndarray:
        """``forward`` for many inputs [m, d], ``block`` at a time: float64 [m] or [m, k]."""
        parts = [self(_tensor(inputs[i : i + block])) for i in range(0, len(inputs), block)]
        return torch.cat(parts).numpy()

    @torch.no_grad()
    def evaluate(self, inputs: object) -> np.ndarray:
        """The same function in O((m + n) log n): find each projection's piece, and use its value and slope.

        Args:
            inputs: [m, d].

        Returns:
            float64 [m] or [m, k]; equal to ``forward`` up to rounding.
        """
        b, w = self.b.numpy(), self.w.numpy()
        x = np.asarray(inputs, dtype=np.float64) @ self.a.numpy()
        slope = np.cumsum(w, axis=0)
        rise = (slope[:-1].T * np.diff(b)).T
        value = np.concatenate([np.zeros_like(w[:1]), np.cumsum(rise, axis=0)])  # c(b[j])
        piece = np.searchsorted(b, x, side="right") - 1
        out = value[piece] + (slope[piece].T * (x - b[piece])).T
        out[piece < 0] = 0  # left of every threshold
        return out

    @torch.no_grad()
    def dense(self) -> nn.Sequential:
        """The same network as PyTorch's ordinary layers; n * d + n + n * k numbers, the rows of the first all a."""
        n, k = self.w.reshape(len(self.b), -1).shape
        first = nn.Linear(len(self.a), n, dtype=torch.float64)
        last = nn.Linear(n, k, bias=False, dtype=torch.float64)
        first.weight.copy_(self.a.expand(n, -1))
        first.bias.copy_(-self.b)
        last.weight.copy_(self.w.reshape(n, k).T)
        return nn.Sequential(first, nn.ReLU(), last)


def fit_two_layer(
    inputs: object, targets: object, *, seed: int = 0, margin: float = 0.05, direction: object = None
) -> TwoLayerReLU:
    """The network of Theorem 1: exact on the sample, built without training, in the time of a projection and a sort.

    Args:
        inputs: [n, d], any real dtype (computed in float64); targets: [n] or [n, k].
        seed: draws the direction a, which only has to tell the inputs apart.
        margin: where in its gap each threshold sits, in [0, 1). Below 1/2 errors die out; above they grow from point
            to point. See {prf:ref}`prop-margin`.
        direction: a to use instead of a drawn one, [d].

    Returns:
        The network, with 2n + d weights (n(k + 1) + d for targets [n, k]) for n different inputs, and its
        ``conditioning`` report.

    Raises:
        ValueError: a sample that no function fits or that is malformed; names the rows or the place.
        OverflowError: the weights exceed float64.

    Source: Zhang et al. (2017), Theorem 1; {prf:ref}`thm-finite-sample`.
    """
    inputs, targets = checked(inputs, targets)
    line = on_a_line(inputs, targets, seed=seed, direction=direction)
    a, x, y = line.a, line.x, line.y
    b = place_thresholds(x, margin)
    with np.errstate(over="ignore", invalid="ignore"):
        w = solve_interleaved(x, b, y)
    if not np.isfinite(w).all():
        raise OverflowError(overflow_message(margin, x))
    return TwoLayerReLU(a, b, w, conditioning(x, b, y))


def overflow_message(margin: float, x: np.ndarray) -> str:
    """Why weights for projections ``x`` [n] exceed float64, and what to do."""
    if margin > 0.5:
        return f"the weights exceed float64: margin {margin:g} multiplies errors at every point; choose it below 0.5"
    gap = np.diff(x).min(initial=np.inf)
    return f"the weights exceed float64: the smallest gap between projections is {gap:.3g}; scale the targets down"


def _tensor(inputs: object) -> Tensor:
    return torch.as_tensor(np.asarray(inputs, dtype=np.float64))
