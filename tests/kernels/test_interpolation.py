"""The kernel machine: it interpolates, its norm is the closed form, and bad input is told why it is bad."""

import re

import numpy as np
import pytest
import scipy.linalg
import torch

from rethinking.kernels import (
    Gaussian,
    Linear,
    SingularKernel,
    inner_products,
    memory,
    minimum_norm,
    one_hot,
    predict,
    solve_interpolation,
)

pytestmark = pytest.mark.usefixtures("one_thread")
KERNEL = Gaussian(0.1)


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)


@pytest.fixture(scope="module")
def targets() -> np.ndarray:
    return one_hot(np.random.default_rng(1).integers(4, size=300), 4)


def gaussian_matrix(X: np.ndarray, Z: np.ndarray, bandwidth: float = 0.1) -> np.ndarray:
    """In float64, from the differences themselves."""
    return np.exp(-bandwidth * ((X[:, None].astype(float) - Z[None].astype(float)) ** 2).sum(axis=2))


@pytest.mark.parametrize("block", [7, 100, 300, 1000])
def test_the_solution_takes_the_targets_values_at_the_points(points, targets, block):
    machine = solve_interpolation(KERNEL, points, targets, block=block)
    assert machine.residual < 1e-3
    assert np.abs(predict(machine, points) - targets).max() < 2e-3
    np.testing.assert_allclose(machine.outputs, predict(machine, points), atol=1e-5)


def test_it_is_scipys_solution(points, targets):
    alpha = scipy.linalg.solve(gaussian_matrix(points, points), targets.astype(float), assume_a="pos")
    machine = solve_interpolation(KERNEL, points, targets, tolerance=1e-6)
    np.testing.assert_allclose(machine.coefficients, alpha, atol=1e-4)
    new = np.random.default_rng(2).standard_normal((50, 20)).astype(np.float32)
    np.testing.assert_allclose(predict(machine, new), gaussian_matrix(new, points) @ alpha, atol=1e-4)


def test_the_norm_is_the_closed_form_per_output_and_in_all(points, targets):
    K = gaussian_matrix(points, points)
    squares = targets.T.astype(float) @ np.linalg.solve(K, targets.astype(float))
    norms = minimum_norm(solve_interpolation(KERNEL, points, targets))
    np.testing.assert_allclose(norms.per_output, np.sqrt(np.diag(squares)), rtol=1e-3)
    np.testing.assert_allclose(norms.total, np.sqrt(np.trace(squares)), rtol=1e-3)


def test_other_targets_norms_follow_from_the_inner_products(points, targets):
    with_ones = np.hstack([targets, np.ones((300, 1), np.float32)])
    C = np.vstack([2 * np.eye(4), -np.ones((1, 4))])  # targets of 1 and -1
    from_products = C.T @ inner_products(solve_interpolation(KERNEL, points, with_ones)) @ C
    direct = minimum_norm(solve_interpolation(KERNEL, points, 2 * targets - 1))
    np.testing.assert_allclose(np.sqrt(np.diag(from_products)), direct.per_output, rtol=1e-3)


def test_a_ridge_solves_the_penalized_problem_and_shrinks_the_norm(points, targets):
    machine = solve_interpolation(KERNEL, points, targets, ridge=0.5, tolerance=1e-6)
    alpha = np.linalg.solve(gaussian_matrix(points, points) + 0.5 * np.eye(300), targets.astype(float))
    np.testing.assert_allclose(machine.coefficients, alpha, atol=1e-5)
    assert minimum_norm(machine).total < minimum_norm(solve_interpolation(KERNEL, points, targets)).total
    assert np.abs(machine.outputs.numpy() - targets).max() > 0.1


def test_the_linear_kernel_gives_the_weights_of_least_norm():
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((30, 100)), rng.standard_normal(30)
    machine = solve_interpolation(Linear(), X, y, tolerance=1e-6)
    w = np.linalg.pinv(X) @ y
    np.testing.assert_allclose(X.T @ machine.coefficients.numpy()[:, 0], w, atol=1e-4)
    np.testing.assert_allclose(minimum_norm(machine).total, np.linalg.norm(w), rtol=1e-4)


def test_a_nearly_singular_kernel_is_still_interpolated(points, targets):
    """Its smallest eigenvalues are below single precision's rounding of the factor; conjugate gradients mend that."""
    wide = Gaussian(0.004)
    smallest = np.linalg.eigvalsh(gaussian_matrix(points, points, 0.004))[0]
    assert smallest < 1e-3
    machine = solve_interpolation(wide, points, targets)
    assert np.abs(predict(machine, points) - targets).max() < 2e-3


def test_labels_side_by_side_share_the_solve(points, targets):
    other = targets[::-1].copy()
    both = solve_interpolation(KERNEL, points, np.hstack([targets, other]))
    apart = solve_interpolation(KERNEL, points, other)
    np.testing.assert_allclose(both.coefficients[:, 4:], apart.coefficients, atol=1e-3)


def test_progress_rises_to_the_end(points, targets):
    told = []
    solve_interpolation(KERNEL, points, targets, block=64, report=lambda what, fraction: told.append((what, fraction)))
    fractions = [fraction for _, fraction in told]
    assert [*dict(told)][:3] == ["gram", "factor", "solve"]
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1)


@pytest.mark.parametrize("bandwidth", [0, -1.0, float("nan"), float("inf")])
def test_a_bandwidth_must_be_above_0(bandwidth):
    with pytest.raises(ValueError, match=f"finite number above 0; got {bandwidth}"):
        Gaussian(bandwidth)


def test_equal_points_are_named_and_whether_their_targets_differ(points, targets):
    X, Y = points.copy(), targets.copy()
    X[200] = X[17]
    Y[17] = Y[200] = [1, 0, 0, 0]
    with pytest.raises(SingularKernel, match="points 17 and 200 are equal; drop one"):
        solve_interpolation(KERNEL, X, Y)
    Y[17] = [0, 1, 0, 0]
    with pytest.raises(SingularKernel, match="points 17 and 200 are equal but their targets differ"):
        solve_interpolation(KERNEL, X, Y)
    assert solve_interpolation(KERNEL, X, Y, ridge=0.1).residual < 1e-3


def test_a_singular_kernel_says_so(points, targets):
    """300 points in 20 dimensions: the linear kernel has rank 20."""
    with pytest.raises(SingularKernel, match="singular.*or a ridge of about ") as caught:
        solve_interpolation(Linear(), points, targets)
    ridge = float(re.search(r"a ridge of about (\S+)", str(caught.value))[1])
    assert solve_interpolation(Linear(), points, targets, ridge=ridge).residual < 1e-2, "what it names will do"


def test_without_iterations_nothing_is_solved(points, targets):
    with pytest.raises(ValueError, match="iterations must be at least 1; got 0"):
        solve_interpolation(KERNEL, points, targets, iterations=0)


@pytest.mark.parametrize("tolerance", [0, float("nan")])
def test_a_tolerance_that_nothing_meets_is_named(points, targets, tolerance):
    with pytest.raises(ValueError, match=f"tolerance must be above 0; got {tolerance}"):
        solve_interpolation(KERNEL, points, targets, tolerance=tolerance)


@pytest.mark.parametrize("name", ["points", "targets"])
def test_complex_numbers_do_not_lose_their_imaginary_part(points, targets, name):
    given = {"points": points, "targets": targets}
    given[name] = given[name] + 1j
    with pytest.raises(ValueError, match=f"{name} must be real numbers; got torch.complex"):
        solve_interpolation(KERNEL, given["points"], given["targets"])


@pytest.mark.parametrize("name", ["points", "targets"])
def test_a_value_that_is_not_finite_is_named(points, targets, name):
    given = {"points": points.copy(), "targets": targets.copy()}
    given[name][42, 1] = np.nan
    with pytest.raises(ValueError, match=f"{name} must be finite; row 42 is not"):
        solve_interpolation(KERNEL, given["points"], given["targets"])


def test_labels_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"labels must lie in 0..9; label 2 is 10"):
        one_hot(np.array([0, 9, 10]), 10)
    with pytest.raises(ValueError, match=r"label 0 is -1"):
        one_hot(np.array([-1]), 10)


def test_wrong_shapes_and_ridges_are_named(points, targets):
    with pytest.raises(ValueError, match=r"\[300, 20\] and \[299, 4\]"):
        solve_interpolation(KERNEL, points, targets[1:])
    with pytest.raises(ValueError, match="ridge must be 0 or more; got -1"):
        solve_interpolation(KERNEL, points, targets, ridge=-1)
    with pytest.raises(ValueError, match=r"points must be \[m, 20\]"):
        predict(solve_interpolation(KERNEL, points, targets), points[:, :3])


def test_what_does_not_fit_is_refused_before_anything_is_allocated(points, targets, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**28 + 200_000)
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: pytest.fail("allocated"))
    with pytest.raises(MemoryError, match=r"n = 300 needs 0.\d GB on cpu .* n = 2\d\d would fit"):
        solve_interpolation(KERNEL, points, targets)
