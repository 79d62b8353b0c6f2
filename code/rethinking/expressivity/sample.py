"""From a sample to numbers on a line: check it, merge repeated inputs, find a direction that tells the others apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIRECTIONS = 8  # how many directions to draw before giving up on ties


@dataclass(frozen=True)
class Line:
    """A sample laid out on a line.

    Attributes:
        a: float64 [d], the direction.
        x: float64 [n], the projections <a, z_i>, strictly increasing.
        y: float64 [n] or [n, k], the targets in the same order.
    """

    a: np.ndarray
    x: np.ndarray
    y: np.ndarray


def checked(inputs: object, targets: object) -> tuple[np.ndarray, np.ndarray]:
    """Inputs [n, d] and targets [n] or [n, k] as float64 arrays.

    Raises:
        ValueError: not numbers, wrong shape, no row, different lengths, targets that are not finite, integers that
            float64 cannot hold. Inputs that are not finite are found by ``on_a_line``, which sees them for free.
    """
    inputs, targets = _float64(inputs, "inputs"), _float64(targets, "targets")
    if inputs.ndim != 2:
        raise ValueError(
            f"inputs must be [n, d]; got shape {list(inputs.shape)}; flatten images, or reshape(-1, 1) if d = 1"
        )
    if targets.ndim not in (1, 2):
        raise ValueError(f"targets must be [n] or [n, k]; got shape {list(targets.shape)}")
    if len(inputs) != len(targets):
        raise ValueError(f"{len(inputs)} inputs but {len(targets)} targets; give each input one target")
    if not inputs.size or not targets.size:
        raise ValueError(
            f"the sample is empty: inputs {list(inputs.shape)}, targets {list(targets.shape)}; give at least one row"
        )
    check_finite(targets, "targets")
    return inputs, targets


def on_a_line(inputs: np.ndarray, targets: np.ndarray, *, seed: int = 0, direction: object = None) -> Line:
    """Project on a direction, sort, merge inputs that are equal.

    A direction under which different inputs coincide is drawn again, up to 8 in all; so is one under which two come
    so close that rounding could swap them, and the best one is kept. In one dimension the direction is 1.

    Raises:
        ValueError: an input is not finite; equal inputs have different targets; every direction has ties.
    """
    best, best_gap, tie = None, 0.0, None
    for a in _directions(inputs.shape[1], seed, direction):
        a, x = _project(inputs, a)
        order = np.argsort(x, kind="stable")
        order = order[~_repeated(inputs, targets, order, x[order])]
        x = x[order]
        gaps = np.diff(x)
        gap = gaps.min(initial=np.inf)
        if gap <= 0:
            tie = order[np.argmin(gaps)], order[np.argmin(gaps) + 1]
        elif gap > best_gap:
            best, best_gap = Line(a, x, targets[order]), gap
        if gap > 4 * np.finfo(float).eps * np.abs(x[[0, -1]]).max():
            break
    if best is None:
        assert tie is not None
        first, second = sorted(map(int, tie))
        distance = np.abs(inputs[first] - inputs[second]).max()
        tried, way_out = (
            f"each of {DIRECTIONS} directions",
            "merge them, try another seed, or subtract the mean from the inputs",
        )
        if direction is not None:
            tried, way_out = "the given direction", "choose another direction, or none"
        raise ValueError(
            f"inputs {first} and {second} differ (by up to {distance:g}) but have one projection under {tried}; "
            f"{way_out}"
        )
    return best


def _float64(array: object, name: str) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} must be real numbers; got dtype {array.dtype}")
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        largest = max(-int(array.min()), int(array.max()))
        if largest > 2**53:
            raise ValueError(f"{name} has the integer {largest}, beyond 2**53, which float64 would round; rescale")
    return np.asarray(array, dtype=np.float64)


def check_finite(array: np.ndarray, name: str) -> None:
    """Raises ValueError: a value is not finite; names the first."""
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"{name}{list(place)} is {array[place]}; remove the row or replace the value")


def _directions(d: int, seed: int, direction: object):
    if direction is not None:
        a = np.asarray(direction, dtype=np.float64)
        if a.shape != (d,) or not np.isfinite(a).all() or not a.any():
            raise ValueError(f"direction must be {d} finite numbers, not all zero; got {direction}")
        yield a
    elif d == 1:
        yield np.ones(1)  # projecting would only round
    else:
        for attempt in range(DIRECTIONS):
            a = np.random.default_rng([seed, attempt]).standard_normal(d)
            yield a / np.linalg.norm(a)


def _project(inputs: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The direction, rescaled by a power of two if it or the inputs are huge or tiny, and the projections."""
    with np.errstate(over="ignore", invalid="ignore"):
        x = inputs @ a
        size = np.abs(x).max()
    if not 1e-150 < size < 1e150:
        # One pass over the projections instead of one over the inputs: what is wrong there shows here.
        check_finite(inputs, "inputs")
        size = max(inputs.max(), -inputs.min())
        if size > 0:
            a = np.ldexp(a, -np.frexp(np.abs(a).max())[1])
            a = np.ldexp(a, -int(np.clip(np.frexp(size)[1], -1000, 1000)))
            x = inputs @ a
    return a, x


def _repeated(inputs: np.ndarray, targets: np.ndarray, order: np.ndarray, x: np.ndarray) -> np.ndarray:
    """bool [n], in sorted order: an equal input with an equal target stands earlier.

    Equal rows may be rounded to different projections, depending on how BLAS blocks the product. So every run of
    projections that are close is searched, row by row; runs are rare and short unless inputs do repeat.

    Raises:
        ValueError: equal inputs with different targets; names the two rows.
    """
    repeated = np.zeros(len(x), dtype=bool)
    close = np.diff(x) <= 1e-10 * np.abs(x[[0, -1]]).max()
    starts = np.flatnonzero(np.diff(close.astype(np.int8), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(close.astype(np.int8), append=0) == -1) + 1
    for start, end in zip(starts, ends, strict=True):
        seen: dict[bytes, int] = {}
        for place in sorted(range(start, end + 1), key=lambda place: order[place]):
            row = int(order[place])
            first = seen.setdefault((inputs[row] + 0.0).tobytes(), row)  # + 0.0 makes -0.0 and 0.0 the same bytes
            if first != row:
                if np.any(targets[first] != targets[row]):
                    raise ValueError(
                        f"inputs {first} and {row} are equal but their targets differ ({targets[first]} and "
                        f"{targets[row]}): no function fits both; remove one of the two rows"
                    )
                repeated[place] = True
    return repeated
