"""The certificate: the construction in exact rational arithmetic, and what is left of it in floats.

Every float is a rational number with a power of two below the line, so the sample itself, the direction and the
thresholds are taken as they are, without rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rethinking.expressivity.deep import DeepReLU
from rethinking.expressivity.lemma import lie_between, place_thresholds, solve_interleaved
from rethinking.expressivity.sample import check_finite, checked
from rethinking.expressivity.two_layer import TwoLayerReLU
from rethinking.expressivity.window import windows
from rethinking.expressivity.wiring import Affine, wire

try:
    from gmpy2 import mpq as Rational  # the same numbers as Fraction, a hundred times as fast when they are long
except ImportError:
    Rational = Fraction

UNIT = 2.0**-53  # the relative error of one rounded float64 operation


@dataclass(frozen=True)
class Certificate:
    """What was proved about a network and a sample, without rounding.

    Attributes:
        n: the number of different inputs.
        exact: with rational weights, the network gives every target with error zero.
        bits: the length of the longest numerator or denominator among the rational weights.
        order_kept: the exact projections come in the order that the floats put them in.
        weights_error: the largest error of the network with its float weights, if it were evaluated without rounding.
        rounding_bound: no float64 evaluation of it, in whatever order it sums, is further from that than this (as long
            as no product underflows).
        error_bound: the sum: no float64 evaluation misses a target by more.
    """

    n: int
    exact: bool
    bits: int
    order_kept: bool
    weights_error: float
    rounding_bound: float

    @property
    def error_bound(self) -> float:
        return self.weights_error + self.rounding_bound


def certify(network: TwoLayerReLU | DeepReLU, inputs: object, targets: object) -> Certificate:
    """Prove that the network's construction, with rational weights, interpolates the sample; bound its floats.

    The direction is the network's own, and so are the thresholds as long as each lies in its gap between the exact
    projections, as {prf:ref}`prop-running-sums` wants it; otherwise they are placed again. Then the weights are solved
    for, and the network is evaluated at each input, in rational arithmetic. The numbers grow by about a hundred bits a
    point: n in the hundreds takes seconds.

    Args:
        network: from ``fit_two_layer`` or ``fit_deep``; inputs [n, d], targets [n] or [n, k]: its sample.

    Raises:
        ValueError: a malformed sample; equal inputs with different targets, or different inputs with one exact
            projection, naming their rows.

    Source: {prf:ref}`def-certificate`.
    """
    inputs, targets = checked(inputs, targets)
    check_finite(inputs, "inputs")
    if np.shape(network.in_blocks(inputs[:1]))[1:] != targets.shape[1:]:
        raise ValueError(f"the network has other outputs than the targets, whose shape is {list(targets.shape)}")
    if isinstance(network, DeepReLU):
        a, b = network.a, network.b
    else:
        a, b = network.a.detach().numpy(), network.b.detach().numpy()
    # One input of each kind, in the float network's order.
    _, rows, kind = np.unique(inputs + 0.0, axis=0, return_index=True, return_inverse=True)
    first = rows[kind.reshape(-1)]
    for i in np.flatnonzero((targets != targets[first]).reshape(len(inputs), -1).any(axis=1)):
        raise ValueError(f"inputs {first[i]} and {i} are equal and their targets differ")
    rows = rows[np.argsort(inputs[rows] @ a, kind="stable")]
    z, y = _rational(inputs[rows]), _rational(targets[rows].reshape(len(rows), -1))
    a_exact, x = _rational(a), _rational(inputs[rows]) @ _rational(a)
    order = np.array(sorted(range(len(x)), key=lambda i: x[i]))
    rows, z, y, x = rows[order], z[order], y[order], x[order]
    for i in np.flatnonzero(x[1:] == x[:-1]):
        raise ValueError(f"inputs {rows[i]} and {rows[i + 1]} have one projection; fit with another seed or direction")
    b_exact = _rational(b)
    if len(b) != len(x) or not lie_between(b_exact, x):
        b_exact = place_thresholds(x, Rational(1, 20))

    if isinstance(network, DeepReLU):
        ideal = wire(a_exact, b_exact, windows(x, b_exact, y, network.depth - 1))
        given = [layer.affine() for layer in network.layers]
        floats = [Affine(m.rows, m.columns, _rational(m.values), _rational(m.bias), m.shape) for m in given]
        ideal_out = np.stack([_through(ideal, point)[-1] for point in z])
        trace = [_through(floats, point) for point in z]
        given_out = np.stack([steps[-1] for steps in trace])
        rounding = max(_deep_rounding(given, inputs[row], steps) for row, steps in zip(rows, trace, strict=True))
        weights = np.concatenate([m.values for m in ideal])
    else:
        weights = solve_interleaved(x, b_exact, y)
        ideal_out = _on_line(x, b_exact, weights)
        w = network.w.detach().numpy().reshape(len(b), -1)
        given_out = _on_line(x, _rational(b), _rational(w))
        rounding = _two_layer_rounding(a, b, w, inputs[rows], x)
    return Certificate(
        n=len(x),
        exact=bool(np.all(ideal_out == y)),
        bits=max(max(int(v.numerator).bit_length(), int(v.denominator).bit_length()) for v in weights.ravel()),
        order_kept=bool(np.all(order == np.arange(len(order)))),
        weights_error=_up(np.abs(given_out - y).max()),
        rounding_bound=rounding,
    )


def _rational(array: np.ndarray) -> np.ndarray:
    """The same numbers, exactly, as an object array."""
    exact = np.empty(array.shape, dtype=object)
    exact.ravel()[:] = [Rational(value) for value in array.ravel().tolist()]
    return exact


def _on_line(x: np.ndarray, b: np.ndarray, w: np.ndarray) -> np.ndarray:
    """``c`` at increasing x [n], exactly, with two running sums: x * sum w - sum w * b over the thresholds below x."""
    out, j = [], 0
    s = t = w[0] * 0
    for point in x:
        while j < len(b) and b[j] < point:
            s, t, j = s + w[j], t + w[j] * b[j], j + 1
        out.append(point * s - t)
    return np.stack(out)


def _through(maps: list[Affine], z: np.ndarray) -> list[np.ndarray]:
    """The exact values of every affine map, before its ReLU, for one input [d]; the last are the outputs."""
    steps = []
    for m in maps:
        out = m.bias.copy()
        for row, column, value in zip(m.rows, m.columns, m.values, strict=True):
            if z[column]:
                out[row] += value * z[column]
        steps.append(out)
        z = np.maximum(out, 0)
    return steps


def _two_layer_rounding(a: np.ndarray, b: np.ndarray, w: np.ndarray, z: np.ndarray, x: np.ndarray) -> float:
    """How far float64 can take the forward pass from the exact one; the worst over the inputs z [n, d]."""
    exact_x = x.astype(np.float64)
    # Of the hidden units before the ReLU; two more terms than there are, for rounding exact_x and sums with it.
    off = _gamma(len(a) + 3) * ((np.abs(z) @ np.abs(a))[:, None] + np.abs(b))
    hidden = np.maximum(exact_x[:, None] - b, 0)
    # A unit that is off by more than its distance from the threshold is silent either way.
    off = np.where(exact_x[:, None] + off < b, 0, off)
    return float(np.max((off + _gamma(len(b)) * (hidden + off)) @ np.abs(w)) * (1 + 1e-6))


def _deep_rounding(maps: list[Affine], z: np.ndarray, exact: list[np.ndarray]) -> float:
    """The same for a chain of layers and one input z [d]; each passes errors on and adds its own.

    Errors up and down are kept apart. P and N carry one number between them: only one of the two can be too large, and
    neither can fall below zero, so an error does not double as it is carried on.
    """
    size, up, down = np.abs(z), np.zeros(len(z)), np.zeros(len(z))
    for m, before in zip(maps, exact, strict=True):
        terms = int(np.bincount(m.rows, minlength=1).max()) + 3  # the bias, and the rounding of ``before`` and its sums

        def total(parts: np.ndarray, m: Affine = m) -> np.ndarray:
            return np.bincount(m.rows, parts, minlength=m.shape[0])

        weight, on = np.abs(m.values), m.columns
        own = _gamma(terms) * (total(weight * (size + np.maximum(up, down))[on]) + np.abs(m.bias))
        positive = m.values > 0
        up, down = (
            own + total(weight * np.where(positive, up[on], down[on])),
            own + total(weight * np.where(positive, down[on], up[on])),
        )
        worst = np.maximum(up, down).max()
        before = before.astype(np.float64)
        size = np.maximum(before, 0)
        up = np.where(before < 0, np.maximum(up + before, 0), up)
        down = np.minimum(down, size)
    return float(worst * (1 + 1e-6))


def _gamma(terms: int) -> float:
    """The classical bound on the relative error of a sum of products with that many terms, in any order."""
    return terms * UNIT / (1 - terms * UNIT)


def _up(value: float | Fraction) -> float:
    """A float at or above an exact number."""
    return float(np.nextafter(float(value), np.inf)) if value else 0.0
