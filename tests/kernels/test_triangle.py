"""The lower triangle: factorized in place as NumPy does it, and its leading parts come with it."""

import numpy as np
import pytest
import torch

from rethinking.kernels.triangle import LowerTriangle, NotPositiveDefinite, triangle_bytes

pytestmark = pytest.mark.usefixtures("one_thread")


def filled(matrix: np.ndarray, block: int) -> LowerTriangle:
    triangle = LowerTriangle(len(matrix), block)
    for (start, end), panel in zip(triangle.bounds(), triangle.panels, strict=True):
        panel.copy_(torch.as_tensor(matrix[start:end, :end]))
    return triangle


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    A = np.random.default_rng(0).standard_normal((50, 80))
    return A @ A.T


@pytest.mark.parametrize("block", [1, 8, 17, 50, 64])
def test_the_factor_is_numpys(matrix, block):
    triangle = filled(matrix, block)
    triangle.factorize()
    L = np.zeros_like(matrix)
    for (start, end), panel in zip(triangle.bounds(), triangle.panels, strict=True):
        L[start:end, :end] = panel
    np.testing.assert_allclose(np.tril(L), np.linalg.cholesky(matrix), atol=1e-4)


@pytest.mark.parametrize("upto", [1, 8, 20, 50])
def test_one_factor_solves_every_leading_system(matrix, upto):
    triangle = filled(matrix, 8)
    triangle.factorize()
    Y = np.random.default_rng(1).standard_normal((upto, 3))
    solution = triangle.solve(torch.as_tensor(Y, dtype=torch.float32), upto=upto)
    np.testing.assert_allclose(solution, np.linalg.solve(matrix[:upto, :upto], Y), atol=1e-4)


def test_products_add_up_block_by_block():
    A = torch.randn(50, 30, generator=torch.Generator().manual_seed(0))
    whole, parts = LowerTriangle(50, 16), LowerTriangle(50, 16)
    whole.add_product(A)
    for some in A.split(7, dim=1):
        parts.add_product(some)
    for one, other in zip(whole.panels, parts.panels, strict=True):
        torch.testing.assert_close(one, other)


def test_a_row_without_a_positive_pivot_is_named():
    broken = np.eye(50)
    broken[33, 33] = -1
    with pytest.raises(NotPositiveDefinite, match="row 33"):
        filled(broken, 16).factorize()


def test_it_takes_little_more_than_half_the_square():
    triangle = LowerTriangle(1000, 50)
    assert sum(panel.numel() * 4 for panel in triangle.panels) <= triangle_bytes(1000, 50) < 0.53 * 4 * 1000**2
