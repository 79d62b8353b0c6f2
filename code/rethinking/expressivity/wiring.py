"""Corollary 1's network, layer by layer: which unit hears which, with what weight.

Works for float64 arrays and, for the certificate, for object arrays of exact rational numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rethinking.expressivity.window import Window

Number = float | Fraction


@dataclass(frozen=True)
class Affine:
    """A sparse affine map R^in -> R^out.

    Attributes:
        rows, columns: int64 [q], where the weights are; values: [q], the weights; bias: [out]; shape: (out, in).
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    bias: np.ndarray
    shape: tuple[int, int]


def wire(a: np.ndarray, b: np.ndarray, plan: list[Window]) -> list[Affine]:
    """The affine maps of the network; a ReLU follows each but the last.

    Layer 1 is the single unit ``u = max(<a, z> - b[0], 0)``, which tells where on the line the input is.
    Layer t = 2, 3, ... holds, in this order,

    - the units ``g[j] = max(u - (beta[j] - b[0]), 0)`` of window t - 1,
    - ``u = max(u, 0)``, carrying u on, unless no later layer needs it,
    - from t = 3 on, ``P = max(s, 0)`` and ``N = max(-s, 0)`` for each output, where s = P - N + sum_j w[j] * g[j] of
      the layer before adds its window to the sum so far. P - N = s, so the sum is carried on whatever its sign.

    The last map is s once more.

    Args:
        a: [d]; b: [n] increasing; plan: the windows, their weights [m, k].

    Source: {prf:ref}`cor-width-for-depth`.
    """
    outputs = plan[0].w.shape[1]
    one = b[0] * 0 + 1  # the number 1 of b's kind
    maps = [Affine(np.zeros(len(a), np.int64), np.arange(len(a)), a, -b[:1], (1, len(a)))]
    hears = _Before(units=1, u=0)
    for place, window in enumerate(plan):
        wires = _Wires(hears.units, one)
        for threshold in window.beta:
            wires.unit([(hears.u, one)], -(threshold - b[0]))
        if place + 1 < len(plan):
            wires.unit([(hears.u, one)])
        sums = None
        if place > 0:
            sums = wires.count
            for output in range(outputs):
                wires.unit(hears.sum(output, one))
                wires.unit([(unit, -weight) for unit, weight in hears.sum(output, one)])
        maps.append(wires.affine())
        hears = _Before(units=wires.count, u=len(window.beta), g=len(window.beta), w=window.w, sums=sums)
    last = _Wires(hears.units, one)
    for output in range(outputs):
        last.unit(hears.sum(output, one))
    return [*maps, last.affine()]


@dataclass(frozen=True)
class _Before:
    """The layer before: its number of units, and where in it u, the window's g and the sums P, N lie."""

    units: int
    u: int
    g: int = 0
    w: np.ndarray | None = None
    sums: int | None = None

    def sum(self, output: int, one: Number) -> list[tuple[int, Number]]:
        """The wires of s for one output: P - N + sum_j w[j] * g[j]."""
        carried = [] if self.sums is None else [(self.sums + 2 * output, one), (self.sums + 2 * output + 1, -one)]
        added = [] if self.w is None else [(unit, self.w[unit, output]) for unit in range(self.g)]
        return carried + added


class _Wires:
    """A layer under construction."""

    def __init__(self, before: int, one: Number) -> None:
        self.before, self.zero = before, one * 0
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[Number] = []
        self.bias: list[Number] = []

    @property
    def count(self) -> int:
        return len(self.bias)

    def unit(self, wires: list[tuple[int, Number]], bias: Number | None = None) -> None:
        """One more unit: the units it hears with their weights, and its bias."""
        self.rows += [self.count] * len(wires)
        self.columns += [unit for unit, _ in wires]
        self.values += [weight for _, weight in wires]
        self.bias.append(self.zero if bias is None else bias)

    def affine(self) -> Affine:
        kind = np.float64 if isinstance(self.zero, float) else object
        return Affine(
            np.array(self.rows, dtype=np.int64),
            np.array(self.columns, dtype=np.int64),
            np.array(self.values, dtype=kind),
            np.array(self.bias, dtype=kind),
            (self.count, self.before),
        )
