"""Lemma 1 and its system."""

import numpy as np
import pytest
import scipy.linalg

from rethinking import expressivity

SIZES = (1, 2, 3, 10, 40)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_a_sample_interleaves(n, seed):
    x, b = expressivity.interleaved_sample(n, seed)
    sequence = np.stack([b, x], axis=1).ravel()
    assert np.all(np.diff(sequence) > 0)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_the_matrix_is_triangular_with_its_spectrum_on_the_diagonal(n, seed):
    x, b = expressivity.interleaved_sample(n, seed)
    A = expressivity.interleaving_matrix(x, b)
    assert np.array_equal(A, np.array([[max(x[i] - b[j], 0) for j in range(n)] for i in range(n)]))
    assert np.array_equal(A, np.tril(A))
    assert np.array_equal(np.diag(A), x - b) and np.all(x > b)
    # The determinant is the product of the eigenvalues, and no eigenvalue solver's rounding stands between.
    assert np.linalg.slogdet(A)[1] == pytest.approx(np.log(x - b).sum())
    if n <= 10:
        assert np.sort(np.linalg.eigvals(A).real) == pytest.approx(np.sort(x - b), rel=1e-6)
        assert np.linalg.matrix_rank(A) == n


@pytest.mark.parametrize(
    ("x", "b", "named"),
    [
        ([1.0, 3.0], [1.0, 2.0], r"b\[0\] = 1.0 is not below x\[0\] = 1.0"),
        ([1.0, 3.0], [0.0, 1.0], r"x\[0\] = 1.0 is not below b\[1\] = 1.0"),
        ([1.0, np.nan], [0.0, 2.0], r"b\[1\] = 2.0 is not below x\[1\] = nan"),
        ([1.0], [0.0, 2.0], "one length"),
        ([], [], "one length"),
    ],
)
def test_what_does_not_interleave_is_named(x, b, named):
    with pytest.raises(ValueError, match=named):
        expressivity.interleaving_matrix(np.array(x), np.array(b))


def test_a_sample_of_none_is_refused():
    with pytest.raises(ValueError, match="at least 1; got 0"):
        expressivity.interleaved_sample(0, seed=0)


@pytest.mark.parametrize("margin", [0.0, 0.05, 0.5, 0.8])
@pytest.mark.parametrize("outputs", [None, 3])
def test_the_solution_without_the_matrix_is_the_solution_with_it(margin, outputs):
    rng = np.random.default_rng(0)
    x = np.sort(rng.standard_normal(25))
    y = rng.standard_normal(25 if outputs is None else (25, outputs))
    b = expressivity.place_thresholds(x, margin)
    A = np.maximum(x[:, None] - b, 0)
    w = expressivity.solve_interleaved(x, b, y)
    assert w.shape == y.shape
    assert w == pytest.approx(scipy.linalg.solve_triangular(A, y, lower=True), rel=1e-6)


@pytest.mark.parametrize("margin", [0.01, 0.3, 0.49])
def test_thresholds_sit_at_the_margin_of_each_gap(margin):
    x = np.sort(np.random.default_rng(1).standard_normal(50))
    b = expressivity.place_thresholds(x, margin)
    expressivity.interleaving_matrix(x, b)
    assert (b[1:] - x[:-1]) / np.diff(x) == pytest.approx(np.full(49, margin))


def test_between_neighbouring_floats_a_threshold_falls_on_the_lower():
    x = np.array([1.0, np.nextafter(1.0, 2.0)])
    b = expressivity.place_thresholds(x, 0.9)
    assert b[1] == x[0]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("margin", [0.05, 0.5, 0.6])
def test_the_norm_of_the_inverse_is_exact(n, margin):
    x = np.sort(np.random.default_rng(n).random(n))
    b = expressivity.place_thresholds(x, margin)
    A = np.maximum(x[:, None] - b, 0)
    assert expressivity.inverse_norm(x, b) == pytest.approx(np.linalg.norm(np.linalg.inv(A), np.inf), rel=1e-6)


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.25, 0.45])
def test_below_one_half_the_eigenvalue_bounds_the_inverse(margin):
    """prop-margin, part 1: ||inverse of A|| <= 4 / ((1 - 2m) g) for the smallest gap g."""
    for seed in range(5):
        x = np.sort(np.random.default_rng(seed).standard_normal(2000))
        norm = expressivity.inverse_norm(x, expressivity.place_thresholds(x, margin))
        assert 1 / np.diff(x).min() <= norm <= 4 / ((1 - 2 * margin) * np.diff(x).min())


@pytest.mark.parametrize("margin", [0.55, 0.6, 0.75])
def test_above_one_half_the_inverse_grows_exponentially_whatever_the_eigenvalue(margin):
    """prop-margin, part 2, on an even grid, where the smallest eigenvalue is 1 - m at every n."""
    ratio = margin / (1 - margin)
    for n in (2, 10, 50, 100):
        x = np.arange(n, dtype=float)
        b = expressivity.place_thresholds(x, margin)
        assert np.min(x - b) == pytest.approx(1 - margin)
        assert expressivity.inverse_norm(x, b) >= ratio ** (n - 2)


@pytest.mark.parametrize(
    ("x", "b", "message"),
    [
        ([1.0, 2.0], [0.0, 0.5], r"x\[0\] = 1.0 <= b\[1\] < x\[1\] = 2.0; got 0.5"),
        ([1.0, 2.0], [1.0, 1.5], r": b\[0\] < x\[0\] = 1.0; got 1.0"),
        ([1.0, 2.0], [0.0], "one length"),
        ([], [], "one length"),
    ],
)
def test_thresholds_out_of_place_are_refused(x, b, message):
    x, b = np.array(x), np.array(b)
    for compute in (expressivity.inverse_norm, lambda x, b: expressivity.solve_interleaved(x, b, x)):
        with pytest.raises(ValueError, match=message):
            compute(x, b)


def test_thresholds_need_points_in_order_and_a_margin_in_the_gap():
    for x, margin, message in (([2.0, 1.0], 0.1, r"x\[0\] = 2.0"), ([], 0.1, "empty"), ([1.0, 2.0], 2, r"in \[0, 1\)")):
        with pytest.raises(ValueError, match=message):
            expressivity.place_thresholds(np.array(x), margin)
