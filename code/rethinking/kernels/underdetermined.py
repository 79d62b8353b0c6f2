"""A linear model with more weights than examples: its interpolants, their curvature, and the one that SGD finds.

Throughout, ``X`` is float64 [n, d] and holds one example in each row; its rows are linearly independent, so ``d >= n``.
``y`` is float64 [n], or [n, k] for k outputs; ``w`` is [d] or [d, k] accordingly. An interpolant is a ``w`` with
``X @ w == y``. Symbols are those of Section 5 of Zhang et al. (2017).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg

Elementwise = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Loss:
    """A loss of an output ``z`` on a target ``y``, both of one shape, that is zero where they agree.

    Attributes:
        value: ``loss(z, y)``, not negative.
        slope: its first derivative in z; zero at ``z == y``.
        curvature: its second derivative in z.
    """

    value: Elementwise
    slope: Elementwise
    curvature: Elementwise


SQUARED = Loss(
    value=lambda z, y: (z - y) ** 2 / 2,
    slope=lambda z, y: z - y,
    curvature=lambda z, y: np.ones_like(z - y),
)
POISSON = Loss(
    value=lambda z, y: np.exp(z) - np.exp(y) * (1 + z - y),
    slope=lambda z, y: np.exp(z) - np.exp(y),
    curvature=lambda z, y: np.exp(z + 0 * y),
)
"""The deviance of Poisson regression, halved, where output and target are logarithms of rates."""


def shuffled_batches(n: int, size: int, epochs: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Batches as they are used in practice: in every epoch a new order of the n examples, cut into pieces.

    Args:
        size: examples in a batch; the last of an epoch may have fewer.

    Yields:
        int64 [size], places in the training set.
    """
    for _ in range(epochs):
        yield from np.split(rng.permutation(n), range(size, n, size))


def sgd(
    X: np.ndarray,
    y: np.ndarray,
    batches: Iterable[Sequence[int] | np.ndarray],
    step: float,
    *,
    w0: Sequence[float] | np.ndarray | None = None,
    loss: Loss = SQUARED,
) -> Iterator[np.ndarray]:
    """Stochastic gradient descent on the mean loss of ``X @ w``, with a constant step.

    Args:
        batches: for each step the places of its examples.
        w0: [d] or [d, k], the start; zero unless given.

    Yields:
        w after each step, a new array each time.

    Source: Zhang et al. (2017), Section 5; {prf:ref}`prop-span` and {prf:ref}`thm-sgd-limit`.
    """
    shape = (X.shape[1], *np.shape(y)[1:])
    w = np.zeros(shape) if w0 is None else np.asarray(w0, dtype=float)
    if w.shape != shape:
        raise ValueError(f"w0 must have the shape {list(shape)} that X and y ask for; got {list(w.shape)}")
    for batch in batches:
        rows = X[batch]
        e = loss.slope(rows @ w, y[batch])
        w = w - (step / len(batch)) * (rows.T @ e)
        yield w


def coefficients(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The ``alpha`` with ``K @ alpha == y``, where ``K = X @ X.T``; float64, shaped like y.

    Raises:
        ValueError: a number is not finite, the shapes disagree, or the rows of X are dependent, also to rounding.

    Source: Zhang et al. (2017), Equation (3); {prf:ref}`prop-minimum-norm`.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    n, d = X.shape
    if len(y) != n:
        raise ValueError(f"X has {n} rows and y has {len(y)}; give one target for each example")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X or y holds a number that is not finite; remove those examples")
    dependent = f"the {n} rows of X, of {d} numbers each, are linearly dependent: some targets have no interpolant"
    if n > d:
        raise ValueError(f"{dependent}; take at most {d} examples or more features")
    with warnings.catch_warnings():
        warnings.simplefilter("error", scipy.linalg.LinAlgWarning)  # SciPy only warns when K is singular to rounding
        try:
            return scipy.linalg.solve(X @ X.T, y, assume_a="pos")
        except (scipy.linalg.LinAlgError, scipy.linalg.LinAlgWarning) as error:
            raise ValueError(f"{dependent}; remove repeated examples or take more features") from error


def minimum_norm_interpolant(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``X.T @ alpha``: of all interpolants the one of least Euclidean norm; [d] or [d, k].

    Raises:
        ValueError: as ``coefficients``.

    Source: {prf:ref}`prop-minimum-norm`.
    """
    return np.asarray(X).T @ coefficients(X, y)


def null_space_part(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The projection of w on the null space of X: what no example sees, and no step of SGD changes.

    Raises:
        ValueError: as ``coefficients``.

    Source: {prf:ref}`prop-span`.
    """
    return w - minimum_norm_interpolant(X, X @ w)


def sgd_limit(X: np.ndarray, y: np.ndarray, w0: np.ndarray | None = None) -> np.ndarray:
    """Where SGD on the squared loss ends: the interpolant closest to its start ``w0``, zero unless given.

    Raises:
        ValueError: as ``coefficients``.

    Source: {prf:ref}`thm-sgd-limit`.
    """
    nearest_to_zero = minimum_norm_interpolant(X, y)
    return nearest_to_zero if w0 is None else null_space_part(X, w0) + nearest_to_zero


def best_step(X: np.ndarray) -> float:
    """``1 / L`` with L the largest squared norm of an example: there the theorem's factor is smallest. Half the largest
    step it allows.

    Source: {prf:ref}`thm-sgd-limit`.
    """
    return 1 / np.max(np.sum(np.square(X), axis=1))


def contraction(X: np.ndarray, step: float) -> float:
    """A factor by which the expected squared distance to the limit shrinks in each step with independent batches, or
    by more.

    ``1 - step * (2 - step * L) * lambda_min(K) / n``.

    Raises:
        ValueError: the step is outside (0, 2 / L), where the theorem promises nothing.

    Source: {prf:ref}`thm-sgd-limit`.
    """
    largest = 2 * best_step(X)
    if not 0 < step < largest:
        raise ValueError(f"step {step:g} is outside (0, {largest:g}); choose one inside, best {largest / 2:g}")
    smallest_eigenvalue = scipy.linalg.eigvalsh(X @ X.T, subset_by_index=[0, 0])[0]
    return 1 - 2 * step * (1 - step / largest) * smallest_eigenvalue / len(X)


def hessian(X: np.ndarray, y: np.ndarray, w: np.ndarray, loss: Loss = SQUARED) -> np.ndarray:
    """The second derivative of the empirical risk at w for one output, ``X.T @ diag(beta) @ X / n``; [d, d].

    ``beta[i]`` is the loss's curvature at output ``x_i @ w`` and target ``y[i]``.

    Source: Zhang et al. (2017), Section 5; {prf:ref}`prop-curvature`.
    """
    beta = loss.curvature(X @ w, y)
    return (X.T * beta) @ X / len(X)
