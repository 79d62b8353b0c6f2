"""Lemma 1: the triangular matrix of interleaving sequences, and the system it belongs to, solved without forming it.

Everything here works for float64 arrays and, for the certificate, for object arrays of exact rational numbers.
"""

from __future__ import annotations

import numpy as np


def interleaved_sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Interleaving sequences, ``b[0] < x[0] < b[1] < x[1] < ...``: 2n uniform draws from [0, 1), sorted, dealt in turn.

    Returns:
        x, b: float64 [n] each.

    Raises:
        ValueError: ``n`` is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    dealt = np.sort(np.random.default_rng(seed).random(2 * n))
    return dealt[1::2], dealt[0::2]


def interleaving_matrix(x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The matrix of Lemma 1, ``A[i, j] = max(x[i] - b[j], 0)``.

    Args:
        x, b: float64 [n], interleaved, ``b[0] < x[0] < b[1] < x[1] < ...``.

    Returns:
        float64 [n, n], lower triangular with diagonal ``x - b > 0``; its eigenvalues are that diagonal.

    Raises:
        ValueError: not interleaved, names the first pair out of order; or not of one length.

    Source: Zhang et al. (2017), Lemma 1; {prf:ref}`lem-interleaving`.
    """
    x, b = np.asarray(x), np.asarray(b)
    check_interleaved(x, b)
    return np.maximum(x[:, None] - b[None, :], 0)


def check_interleaved(x: np.ndarray, b: np.ndarray) -> None:
    """Raises ValueError unless ``b[0] < x[0] < b[1] < x[1] < ...``; names the first pair out of order."""
    _check_lengths(x, b)
    for i in range(len(x)):  # in the order of the sequence, so that the first offence is named
        if not b[i] < x[i]:
            raise ValueError(f"not interleaved: b[{i}] = {b[i]} is not below x[{i}] = {x[i]}")
        if i + 1 < len(x) and not x[i] < b[i + 1]:
            raise ValueError(f"not interleaved: x[{i}] = {x[i]} is not below b[{i + 1}] = {b[i + 1]}")


def _check_lengths(x: np.ndarray, b: np.ndarray) -> None:
    if np.ndim(x) != 1 or np.shape(x) != np.shape(b) or not len(x):
        raise ValueError(f"x and b must have one length of at least 1; got shapes {np.shape(x)} and {np.shape(b)}")


def lie_between(b: np.ndarray, x: np.ndarray) -> bool:
    """Whether ``b[0] < x[0]`` and ``x[i-1] <= b[i] < x[i]``, the condition of ``prop-running-sums``, for as many
    thresholds as points: weaker than to interleave, since a threshold may lie on the point before."""
    return bool(np.all(b < x) and np.all(x[:-1] <= b[1:]))


def _check_thresholds(x: np.ndarray, b: np.ndarray) -> None:
    _check_lengths(x, b)
    if not lie_between(b, x):
        i = next(i for i in range(len(x)) if not (b[i] < x[i] and (i == 0 or x[i - 1] <= b[i])))
        before = f"x[{i - 1}] = {x[i - 1]} <= " if i else ""
        raise ValueError(f"thresholds must lie between their points: {before}b[{i}] < x[{i}] = {x[i]}; got {b[i]}")


def place_thresholds(x: np.ndarray, margin: float) -> np.ndarray:
    """Thresholds at the fraction ``margin`` of each gap: ``b[i] = x[i-1] + margin * (x[i] - x[i-1])``.

    Below the first point there is no gap. It gets one, as wide as the mean of the others (1 if there is one point).

    Args:
        x: [n], strictly increasing.
        margin: in [0, 1).

    Returns:
        b: [n] with ``x[i-1] <= b[i] < x[i]``. Between neighbouring floats there is no room for a third; then, and for
        ``margin = 0``, ``b[i] = x[i-1]``, which still makes the matrix triangular with a positive diagonal.

    Raises:
        ValueError: x is empty or does not increase strictly, or the margin is out of range.
    """
    n = len(x)
    if not n:
        raise ValueError("x must have at least one point, and is empty")
    falls = np.flatnonzero(~np.less(x[:-1], x[1:]))
    if len(falls):
        i = falls[0]
        pair = f"x[{i}] = {x[i]} and x[{i + 1}] = {x[i + 1]}"
        raise ValueError(f"x must increase strictly, but {pair}; sort it, and drop what is there twice")
    if not 0 <= margin < 1:
        raise ValueError(f"margin must lie in [0, 1); got {margin}")
    first = (x[-1] - x[0]) / (n - 1) if n > 1 else x[0] * 0 + 1
    previous = np.concatenate([[x[0] - first], x[:-1]])
    b = previous + margin * (x - previous)
    return np.where(b < x, np.maximum(b, previous), previous)


def slopes(x: np.ndarray, b: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The running sums ``s[i] = w[0] + ... + w[i]`` of the solution of ``A w = y``, without forming A.

    Row i reads ``y[i] = x[i] * s[i] - t[i]`` with the running sums s of w and t of w * b. Taking row i - 1 away
    eliminates t and leaves one recurrence: ``s[i] = (y[i] - y[i-1]) / (x[i] - b[i]) - rho[i] * s[i-1]`` with
    ``rho[i] = (b[i] - x[i-1]) / (x[i] - b[i])``. As a picture, s[i] is the slope of c right of the threshold b[i].

    Args:
        x, b: [n] with ``x[i-1] <= b[i] < x[i]``; y: [n] or [n, k].

    Returns:
        s, shaped like y. Not finite where the arithmetic overflows.

    Raises:
        ValueError: x and b are not as they should be.

    Source: {prf:ref}`prop-running-sums`.
    """
    _check_thresholds(x, b)
    h = x - b
    rho = ratios(x, b)
    step = np.diff(y, axis=0, prepend=y[:1] * 0)
    return _recurrence(-rho, (step.T / h).T)


def ratios(x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """In which ratio each threshold cuts its gap: [n], ``rho[i] = (b[i] - x[i-1]) / (x[i] - b[i])``, ``rho[0] = 0``.

    An error in ``s[i-1]`` comes back in ``s[i]`` multiplied by ``-rho[i]``.
    """
    return np.concatenate([x[:1] * 0, (b[1:] - x[:-1]) / (x[1:] - b[1:])])


def solve_interleaved(x: np.ndarray, b: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The solution w of ``A w = y`` in O(n), shaped like y; arguments as for ``slopes``."""
    s = slopes(x, b, y)
    with np.errstate(invalid="ignore"):
        return np.diff(s, axis=0, prepend=s[:1] * 0)


def inverse_norm(x: np.ndarray, b: np.ndarray) -> float:
    """The norm of A's inverse, ``max |w|`` over all targets with ``max |y| <= 1``, exactly and in O(n).

    The entries in a row of the inverse alternate in sign, so their absolute values obey a recurrence of their own.

    Args and errors as for ``slopes``.

    Source: {prf:ref}`prop-inverse-norm`.
    """
    _check_thresholds(x, b)
    h = x - b
    with np.errstate(over="ignore"):
        u = np.concatenate([1 / h[:1], 2 / h[1:]])
        rows = _recurrence(ratios(x, b), u)
    return float(np.max(rows + np.concatenate([[0.0], rows[:-1]])))


def _recurrence(r: np.ndarray, u: np.ndarray) -> np.ndarray:
    """``s[i] = u[i] + r[i] * s[i-1]`` with ``r[0] = 0``; r [n], u [n] or [n, k].

    Floats double the distance over which terms are carried with each pass, so that NumPy does the work; the passes
    end as soon as the products of r vanish, which for small r is after a few. Rationals go one by one.
    """
    s, r = u.copy(), r.copy()
    if not s.any():  # else a product of r that overflows would make zero times infinity of it
        return s
    if s.dtype == object:
        for i in range(1, len(s)):
            s[i] = u[i] + r[i] * s[i - 1]
        return s
    distance = 1
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        while distance < len(s) and r.any():
            carried = r[distance:] if s.ndim == 1 else r[distance:, None]
            s[distance:] += carried * s[:-distance]
            r[distance:] = r[distance:] * r[:-distance]  # r[:distance] is zero already: it contains the factor r[0]
            distance *= 2
    return s
