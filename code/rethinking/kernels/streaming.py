"""Ridge regression on features that are never all in memory: they come in blocks, and what is kept is their products.

With ``Phi`` [n, d] the features of n points, the weights are ``(Phi^T Phi + ridge I)^-1 Phi^T Y``, and also
``Phi^T (Phi Phi^T + ridge I)^-1 Y``. The first system is d x d and grows by blocks of points; the second is n x n and
grows by blocks of features. The smaller is the one to take. As the ridge goes to 0, the second interpolates.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rethinking.kernels import memory
from rethinking.kernels.products import float32_products_of
from rethinking.kernels.triangle import LowerTriangle, triangle_bytes
from rethinking.reports import Report, silent


class RidgeByPoints:
    """The d x d system, fed with blocks of points.

    Args:
        d, k: number of features and of outputs.

    Raises:
        MemoryError: two triangles of d rows do not fit; names the d that would.
    """

    def __init__(self, d: int, k: int, device: str | torch.device = "cpu") -> None:
        memory.require(lambda m: 2 * triangle_bytes(m) + 4 * m * k, d, device, name="d")
        self.products = LowerTriangle(d, device=device)
        self.with_targets = torch.zeros(d, k, device=device)

    def add(self, Phi: Tensor, Y: Tensor) -> None:
        """Points with features Phi float32 [m, d] and targets Y float32 [m, k]."""
        self.products.add_product(Phi.T)
        self.with_targets.addmm_(Phi.T, Y)

    def weights(self, ridge: float, upto: Sequence[int], report: Report = silent) -> list[Tensor]:
        """float32 [m, k] for each m of ``upto``: the weights of the model on the first m features alone.

        One factorization serves them all, since the leading part of a Cholesky factor is the leading part's factor.

        Raises:
            NotPositiveDefinite: the ridge is too small for single precision.
        """
        factor = self.products.copy()
        factor.add_to_diagonal(ridge)
        factor.factorize(report)
        return [factor.solve(self.with_targets[:m], upto=m) for m in upto]


class RidgeByFeatures:
    """The n x n system, fed with blocks of features, for outputs at given new points.

    Args:
        Y: float32 [n, k], the targets.
        points: number of new points.

    Raises:
        MemoryError: two triangles of n rows and the products with the new points do not fit; names the n that would.
    """

    def __init__(self, Y: Tensor, points: int) -> None:
        n, k = Y.shape
        memory.require(lambda m: 2 * triangle_bytes(m) + 4 * m * (points + k), n, Y.device)
        self.Y = Y
        self.products = LowerTriangle(n, device=Y.device)
        self.with_new = torch.zeros(points, n, device=Y.device)

    def add(self, Phi: Tensor, new: Tensor) -> None:
        """A block of features, of the training points [n, m] and of the new points [points, m].

        Float32, or bfloat16, whose products are summed in float32 all the same (``products``).
        """
        with float32_products_of(Phi.dtype):
            Phi, new = Phi.float(), new.float()
            self.products.add_product(Phi)
            self.with_new.addmm_(new, Phi.T)

    def outputs(self, ridge: float, upto: Sequence[int], report: Report = silent) -> list[tuple[Tensor, Tensor]]:
        """For each m of ``upto``, the outputs of the model fitted to the first m points alone, with the features so
        far: float32 [n, k] at all n points, of which it has not seen those from m on, and [points, k] at the new ones.

        One factorization serves them all, as in ``RidgeByPoints.weights``.

        Raises:
            NotPositiveDefinite: the ridge is too small for single precision.
        """
        factor = self.products.copy()
        factor.add_to_diagonal(ridge)
        factor.factorize(report)
        found = []
        for m in upto:
            alpha = factor.solve(self.Y[:m], upto=m)
            fitted = self.Y[:m] - ridge * alpha
            found.append((torch.cat([fitted, self.products.below(alpha)]), self.with_new[:, :m] @ alpha))
        return found
