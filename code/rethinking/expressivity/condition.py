"""What floats will make of an exact construction: the report that comes with every fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rethinking.expressivity.lemma import inverse_norm, ratios, slopes


@dataclass(frozen=True)
class Conditioning:
    """How sensitive the system ``A w = y`` of a fit is.

    Attributes:
        smallest_gap, largest_gap: between neighbouring projections (inf and 0 if there is one point).
        smallest_eigenvalue: of A, ``min(x - b)``: what Lemma 1 speaks of.
        inverse_norm: of A's inverse, the largest ``|w|`` over all targets within [-1, 1]: what matters.
        largest_ratio: in which ratio a threshold cuts its gap at worst; from 1 on, errors need not die out.
        amplification: the largest factor by which an error in one slope comes back in a later one.
        steepest: the largest slope of the fitted function.
        error_estimate: what to expect of the dense forward, as a rule of thumb: n sums of the size of the steepest
            slope times the range, each rounded, in random directions.
    """

    smallest_gap: float
    largest_gap: float
    smallest_eigenvalue: float
    inverse_norm: float
    largest_ratio: float
    amplification: float
    steepest: float
    error_estimate: float

    def __str__(self) -> str:
        return "\n".join(f"{name.replace('_', ' '):<20} {value:.3g}" for name, value in vars(self).items())


def conditioning(x: np.ndarray, b: np.ndarray, y: np.ndarray) -> Conditioning:
    """The report for projections x [n], thresholds b [n] and targets y [n] or [n, k], in O(n)."""
    gaps, rho = np.diff(x), ratios(x, b)
    steepest = float(np.abs(slopes(x, b, y)).max())
    # Products of consecutive ratios are sums of logarithms; the largest run of them is the largest rise of the sum.
    with np.errstate(divide="ignore"):
        total = np.cumsum(np.maximum(np.log(rho[1:]), -1e3))
    rise = np.max(total - np.minimum.accumulate(np.concatenate([[0.0], total[:-1]])), initial=-np.inf)
    return Conditioning(
        smallest_gap=float(gaps.min(initial=np.inf)),
        largest_gap=float(gaps.max(initial=0.0)),
        smallest_eigenvalue=float((x - b).min()),
        inverse_norm=inverse_norm(x, b),
        largest_ratio=float(rho.max()),
        amplification=float(np.exp(min(max(rise, -745.0), 709.0))) if len(x) > 1 else 0.0,
        steepest=steepest,
        error_estimate=float(2**-53 * len(x) ** 0.5 * steepest * max(np.abs(x[[0, -1]]).max(), x[-1] - b[0])),
    )
