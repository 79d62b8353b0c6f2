"""Interpolation by a kernel, ``K alpha = y``: Section 5's model, solved for, not trained.

Among all functions of the kernel's space that take the values ``y`` at the points, ``f(x) = sum_i alpha_i k(x_i, x)``
is the one of least norm, and ``|f|^2 = y^T K^-1 y``. Gradient descent from 0 on the same features ends there too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rethinking.kernels import memory
from rethinking.kernels.functions import Kernel
from rethinking.kernels.triangle import LowerTriangle, NotPositiveDefinite, triangle_bytes
from rethinking.reports import Report, silent

TILE = 2048  # rows and columns of the kernel matrix evaluated at once: 16 MB, near the size of a cache
PATIENCE = 5  # steps after which a residual larger than the first one means divergence


class SingularKernel(ValueError):
    """The kernel matrix has no inverse, or none that single precision can tell from none."""


@dataclass(frozen=True)
class KernelMachine:
    """``f(x) = sum_i coefficients[i] * kernel(inputs[i], x)``, with k outputs.

    Attributes:
        inputs: float32 [n, d], on the device it was solved on.
        coefficients: float64 [n, k], there too: alpha.
        outputs: float64 [n, k]: f at the inputs themselves.
        residual: the largest ``|K alpha + ridge alpha - y|``, over points and outputs.
        seconds: what ``gram``, ``factor`` and ``solve`` (refinement and residual included) took.
    """

    kernel: Kernel
    inputs: Tensor
    coefficients: Tensor
    outputs: Tensor
    residual: float
    seconds: dict[str, float]


@dataclass(frozen=True)
class Norms:
    """Norms in the kernel's space.

    Attributes:
        per_output: float64 [k], ``sqrt(y_k^T K^-1 y_k)`` for an interpolant.
        total: the root of the sum of their squares.
    """

    per_output: np.ndarray
    total: float


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Targets: float32 [n, classes], 1 at the label and 0 elsewhere.

    Raises:
        ValueError: a label is not a whole number in ``range(classes)``; names the first.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels must be whole numbers [n]; got {labels.dtype} {list(labels.shape)}")
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(outside):
        raise ValueError(f"labels must lie in 0..{classes - 1}; label {outside[0]} is {labels[outside[0]]}")
    return np.eye(classes, dtype=np.float32)[labels]


def solve_interpolation(
    kernel: Kernel,
    X: np.ndarray | Tensor,
    Y: np.ndarray | Tensor,
    *,
    ridge: float = 0.0,
    tolerance: float = 1e-3,
    iterations: int = 30,
    block: int | None = None,
    device: str | torch.device = "cpu",
    report: Report = silent,
) -> KernelMachine:
    """Solve ``(K + ridge I) alpha = Y`` with ``K[i, j] = kernel(X[i], X[j])``; without a ridge, f(X) = Y.

    A Cholesky factorization in float32 takes ``n^3/3`` operations and ``2 n^2`` bytes: 72 teraflop and 7.4 GB for
    n = 60,000. Its rounding can hide the smallest eigenvalues, so what is factored is K with a little on its diagonal,
    and conjugate gradients with that factor as preconditioner solve the system without. Each of their steps evaluates
    the kernel anew and sums in float64. Mostly one step is enough.

    Args:
        X: [n, d], taken as float32.
        Y: [n] or [n, k]. All columns share one factorization, so true and random labels may stand side by side.
        ridge: the strength of the penalty ``ridge * |f|^2`` beside the sum of squared errors.
        tolerance: stop when no entry of the residual is larger than this times the largest ``|Y|``.
        iterations: give up after so many steps.
        block: rows of the triangle's panels.

    Raises:
        ValueError: wrong shapes, values that are not real and finite, a ridge below 0, no iterations, no tolerance.
        SingularKernel: two points are equal and there is no ridge (names them, and whether their targets differ);
            or there is no solution to within the tolerance (names a ridge that would do).
        MemoryError: it would not fit; names the n that would. Nothing has been allocated then.

    Source: Zhang et al. (2017), Section 5, equation (3).
    """
    X, Y = _checked(X, Y, ridge)
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1; got {iterations}")
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be above 0; got {tolerance}")
    n, d = X.shape
    memory.require(lambda m: triangle_bytes(m, block) + 4 * m * d + 60 * m * Y.shape[1] + 2**28, n, device)
    if not ridge:
        _require_distinct(X, Y)
    X, Y = X.to(device), Y.to(device, torch.float64)

    report = _by_operations(report, n, d)
    triangle = LowerTriangle(n, block, device)
    shift, seconds = _factorize(triangle, kernel, X, ridge, report)
    start = time.perf_counter()

    def system(direction: Tensor, step: int) -> Tensor:
        what = "solve" if step == 0 else f"solve, step {step + 1}"
        return product(kernel, X, X, direction, report, what) + ridge * direction

    enough = tolerance * float(Y.abs().max())
    alpha, taken, residual = _conjugate_gradients(system, triangle, Y, enough, iterations)
    if not residual <= enough:
        raise SingularKernel(
            f"the kernel matrix is singular, or nearly: conjugate gradients end with a residual of {residual:.1e}; "
            f"use a narrower kernel, or a ridge of about {10 * shift:.0e} (it is {ridge:g})"
        )
    seconds["solve"] = time.perf_counter() - start
    return KernelMachine(kernel, X, alpha, taken - ridge * alpha, residual, seconds)


def predict(machine: KernelMachine, X: np.ndarray | Tensor, report: Report = silent) -> np.ndarray:
    """f at new points X [m, d]: float64 [m, k]. For the class take the largest, ``.argmax(axis=1)``.

    Raises:
        ValueError: another number of columns than the training inputs', values that are not finite.
    """
    X = torch.as_tensor(X, dtype=torch.float32)
    d = machine.inputs.shape[1]
    if X.ndim != 2 or X.shape[1] != d:
        raise ValueError(f"points must be [m, {d}], as the machine was trained; got {list(X.shape)}")
    _require_finite("points", X)
    X = X.to(machine.inputs.device)
    return product(machine.kernel, X, machine.inputs, machine.coefficients, report, "predict").cpu().numpy()


def inner_products(machine: KernelMachine) -> np.ndarray:
    """float64 [k, k]: the inner products of the outputs in the kernel's space, ``Y^T K^-1 Y`` for an interpolant.

    For other targets that are combinations ``Y C`` of the columns it is ``C^T (...) C``, without a new solve.
    """
    products = (machine.coefficients.T @ machine.outputs).cpu().numpy()
    return (products + products.T) / 2


def minimum_norm(machine: KernelMachine) -> Norms:
    """The norm of the solution in the kernel's space; no function that takes the same values has a smaller one."""
    squares = np.diag(inner_products(machine)).clip(min=0)
    return Norms(per_output=np.sqrt(squares), total=float(np.sqrt(squares.sum())))


def product(
    kernel: Kernel, X: Tensor, Z: Tensor, alpha: Tensor, report: Report = silent, what: str = "product"
) -> Tensor:
    """``K(X, Z) @ alpha`` without K: float64 [n, k]. Kernel values in X's precision, sums in float64.

    Where X is Z each tile below the diagonal serves twice.
    """
    same = X is Z
    result = torch.zeros(len(X), alpha.shape[1], dtype=torch.float64, device=X.device)
    for start in range(0, len(X), TILE):
        rows = slice(start, start + TILE)
        for column in range(0, start + 1 if same else len(Z), TILE):
            columns = slice(column, column + TILE)
            tile = kernel(X[rows], Z[columns]).double()
            result[rows] += tile @ alpha[columns]
            if same and column < start:
                result[columns] += tile.T @ alpha[rows]
        done = min(1.0, (start + TILE) / len(X))
        report(what, done**2 if same else done)
    return result


def _factorize(
    triangle: LowerTriangle, kernel: Kernel, X: Tensor, ridge: float, report: Report
) -> tuple[float, dict[str, float]]:
    """Fill the triangle with K and factorize it; how little on the diagonal it took, and the seconds spent."""
    diagonal = max(float(kernel(point, point)) for point in X[:: max(1, len(X) // 256)].split(1))
    rounding = torch.finfo(torch.float32).eps * len(X) ** 0.5 * diagonal  # the norm of random rounding errors
    for shift in dict.fromkeys((max(ridge, rounding), max(ridge, 100 * rounding))):
        start = time.perf_counter()
        for (first, end), panel in zip(triangle.bounds(), triangle.panels, strict=True):
            for left, right in triangle.bounds(end):
                panel[:, left:right] = kernel(X[first:end], X[left:right])
            report("gram", (end / triangle.n) ** 2)
        triangle.add_to_diagonal(shift)
        formed = time.perf_counter()
        try:
            triangle.factorize(report)
        except NotPositiveDefinite as error:
            failed_at = error.row
        else:
            return shift, {"gram": formed - start, "factor": time.perf_counter() - formed}
    raise SingularKernel(
        f"the kernel matrix is singular in single precision, even with {shift:.1g} on its diagonal; point {failed_at} "
        f"can hardly be told from those before it; use a narrower kernel, or a ridge of about {10 * shift:.0e}"
    )


def _conjugate_gradients(
    system: Callable[[Tensor, int], Tensor], factored: LowerTriangle, Y: Tensor, enough: float, iterations: int
) -> tuple[Tensor, Tensor, float]:
    """Solve ``A alpha = Y`` from 0, preconditioned; also ``A alpha``, and the largest entry of the residual.

    Args:
        system: ``A @ direction``, told which step asks.
        factored: a matrix near A.
        enough: stop when no entry of the residual is larger.
    """
    alpha, taken, errors = torch.zeros_like(Y), torch.zeros_like(Y), Y
    direction, before = torch.zeros_like(Y), torch.ones_like(Y[:1])
    residual, start = float("inf"), float(Y.abs().max())
    for step in range(iterations):
        corrected = factored.solve(errors.float()).double()
        now = (errors * corrected).sum(dim=0, keepdim=True)
        direction = corrected + direction * _ratio(now, before)
        image = system(direction, step)
        length = _ratio(now, (direction * image).sum(dim=0, keepdim=True))
        alpha += length * direction
        taken += length * image
        errors = Y - taken
        residual, before = float(errors.abs().max()), now
        if residual <= enough:
            break
        if step >= PATIENCE and residual > start:
            break  # rounding in K has made it indefinite, and more steps lead further away
    return alpha, taken, residual


def _ratio(a: Tensor, b: Tensor) -> Tensor:
    return torch.where(b == 0, 0.0, a / b)  # a column that is solved already has nothing left to divide


def _by_operations(report: Report, n: int, d: int) -> Report:
    """Of each step's fraction, the fraction of the whole: so much for the matrix, the factor, one product."""
    steps = {"gram": n * n * d, "factor": n**3 / 3, "solve": n * n * d}
    begins, total = {}, 0.0
    for what, operations in steps.items():
        begins[what], total = total, total + operations

    def whole(what: str, fraction: float) -> None:
        done = begins[what] + steps[what] * fraction if what in steps else total
        report(what, done / total)

    return whole


def _checked(X: np.ndarray | Tensor, Y: np.ndarray | Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    X, Y = torch.as_tensor(X), torch.as_tensor(Y)
    for name, values in (("points", X), ("targets", Y)):
        if values.is_complex():
            raise ValueError(f"{name} must be real numbers; got {values.dtype}")
    X, Y = X.float(), Y[:, None] if Y.ndim == 1 else Y
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or not len(X):
        raise ValueError(f"points must be [n, d] and targets [n, k]; got {list(X.shape)} and {list(Y.shape)}")
    if not ridge >= 0:
        raise ValueError(f"the ridge must be 0 or more; got {ridge}")
    _require_finite("points", X)
    _require_finite("targets", Y)
    return X, Y


def _require_finite(name: str, values: Tensor) -> None:
    if not torch.isfinite(values).all():
        row = int((~torch.isfinite(values)).any(dim=1).nonzero()[0])
        raise ValueError(f"{name} must be finite; row {row} is not")


def _require_distinct(X: Tensor, Y: Tensor) -> None:
    first: dict[bytes, int] = {}
    for row, point in enumerate(X.cpu().numpy()):
        earlier = first.setdefault((point + 0.0).tobytes(), row)  # + 0.0 makes -0 the same bytes as 0
        if earlier == row:
            continue
        if torch.equal(Y[earlier], Y[row]):
            raise SingularKernel(f"points {earlier} and {row} are equal; drop one of them, or use a ridge above 0")
        raise SingularKernel(
            f"points {earlier} and {row} are equal but their targets differ, so no function interpolates; "
            "drop one of them, or use a ridge above 0"
        )
