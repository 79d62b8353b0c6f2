"""A large symmetric matrix of which only the lower triangle is kept, and its Cholesky factorization in place.

Why not a library's? SciPy's and torch's factorizations want the whole square and return another: twice 14.4 GB for
60,000 points in single precision, where this keeps 7.4 GB in all. OpenBLAS moreover crashes at 60,000 rows, in
``X @ X.T`` as in ``spotrf``, by a 32-bit overflow; LAPACK's packed format has the size but not the speed.
EigenPro and Falkon fit such sets by iteration and stop near the interpolant, where this solves for it; GPyTorch solves
by conjugate gradients, for Gaussian processes with noise. Here every operation of weight is a library's matrix product
on blocks, so the speed is that of the library, and the device any that torch has.

The floor under the time is ``n^3 / 3`` operations, half of them additions and half multiplications: 72 teraflop for
n = 60,000, 7 minutes at the 176 gigaflop/s that a matrix product reaches on two cores with AVX2.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from rethinking.reports import Report, silent


class NotPositiveDefinite(ArithmeticError):
    """The factorization met a pivot that is not above 0.

    Attributes:
        row: where, counted from 0.
    """

    def __init__(self, row: int) -> None:
        super().__init__(f"the matrix is not positive definite in {torch.float32}: no pivot above 0 in row {row}")
        self.row = row


class LowerTriangle:
    """The lower triangle of a symmetric n x n matrix, as row panels.

    Attributes:
        n: rows.
        block: rows of a panel; the last may have fewer.
        panels: float32 [rows, end of the rows] each: panel i holds rows ``i * block`` to ``(i + 1) * block`` up to the
            diagonal, and the corner of its diagonal block above the diagonal, which nothing reads after ``factorize``.
    """

    def __init__(self, n: int, block: int | None = None, device: str | torch.device = "cpu") -> None:
        self.n, self.block = n, block or default_block(n)
        self.panels = [torch.zeros(end - start, end, device=device) for start, end in self.bounds()]

    def bounds(self, upto: int | None = None) -> Iterator[tuple[int, int]]:
        """Start and end of each panel's rows; of those of the leading ``upto`` rows only."""
        upto = self.n if upto is None else upto
        return ((start, min(start + self.block, upto)) for start in range(0, upto, self.block))

    def copy(self) -> LowerTriangle:
        """Another with the same entries; takes as many bytes again."""
        other = LowerTriangle(0, self.block)
        other.n, other.panels = self.n, [panel.clone() for panel in self.panels]
        return other

    def add_product(self, A: Tensor) -> None:
        """Add ``A A^T`` for A float32 [n, m]."""
        for (start, end), panel in zip(self.bounds(), self.panels, strict=True):
            panel.addmm_(A[start:end], A[:end].T)

    def below(self, V: Tensor) -> Tensor:
        """The rows from m on times V float32 [m, k], with their first m columns alone: [n - m, k]; before
        ``factorize``."""
        m = len(V)
        rows = [
            panel[max(m - start, 0) :, :m] @ V
            for (start, end), panel in zip(self.bounds(), self.panels, strict=True)
            if end > m
        ]
        return torch.cat([V[:0], *rows])

    def add_to_diagonal(self, value: float) -> None:
        """Add one number to each diagonal entry, in place."""
        for (start, _), panel in zip(self.bounds(), self.panels, strict=True):
            panel[:, start:].diagonal().add_(value)

    def factorize(self, report: Report = silent) -> None:
        """Overwrite the matrix A with its Cholesky factor L, ``A = L L^T``.

        Left-looking: a block waits until all to its left is known and is then updated once, by one long product.

        Raises:
            NotPositiveDefinite: A is singular, or so nearly that rounding makes it so.
        """
        for i, (start, end) in enumerate(self.bounds()):
            row = self.panels[i]
            for j, (left, right) in enumerate(self.bounds(start)):
                target, above = row[:, left:right], self.panels[j]
                target.addmm_(row[:, :left], above[:, :left].T, alpha=-1)
                target.copy_(torch.linalg.solve_triangular(above[:, left:].T, target, upper=True, left=False))
            corner = row[:, start:]
            corner.addmm_(row[:, :start], row[:, :start].T, alpha=-1)
            factor, failed_at = torch.linalg.cholesky_ex(corner)
            if failed_at:
                raise NotPositiveDefinite(start + int(failed_at) - 1)
            corner.copy_(factor)
            report("factor", (end / self.n) ** 3)

    def solve(self, Y: Tensor, upto: int | None = None) -> Tensor:
        """``A^-1 Y`` after ``factorize``, for Y float32 [n, k].

        Args:
            upto: take only the leading ``upto`` rows and columns of A, whose factor is the leading part of L, so that
                one factorization solves every leading system; Y is then [upto, k].
        """
        Z, bounds = Y.clone(), list(self.bounds(upto))
        for panel, (start, end) in zip(self.panels, bounds, strict=False):
            row, part = panel[: end - start, :end], Z[start:end]
            part.addmm_(row[:, :start], Z[:start], alpha=-1)
            part.copy_(torch.linalg.solve_triangular(row[:, start:], part, upper=False))
        for panel, (start, end) in reversed(list(zip(self.panels, bounds, strict=False))):
            row, part = panel[: end - start, :end], Z[start:end]
            part.copy_(torch.linalg.solve_triangular(row[:, start:].T, part, upper=True))
            Z[:start].addmm_(row[:, :start].T, part, alpha=-1)
        return Z


def default_block(n: int) -> int:
    """Rows of a panel: enough to keep matrix products long, few enough to keep the corners cheap."""
    return 2048 if n > 20_000 else 512 if n > 2_000 else 128


def triangle_bytes(n: int, block: int | None = None) -> int:
    """Bytes of a ``LowerTriangle``: a little over ``2 n^2``."""
    return 2 * n * (n + (block or default_block(n)))
