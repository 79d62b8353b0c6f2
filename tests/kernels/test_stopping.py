"""Gradient descent that is stopped, and a ridge: closed forms against the algorithms, and each within the other."""

from collections import deque

import numpy as np
import pytest

from rethinking import kernels


@pytest.fixture(params=[(12, 30, 12), (30, 8, 8), (20, 20, 5)], ids=["wide", "tall", "deficient"])
def problem(request):
    n, d, rank = request.param
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, rank)) @ np.diag(np.logspace(0, -2, rank)) @ rng.standard_normal((rank, d))
    return X, rng.standard_normal((n, 2)), len(X) / np.linalg.norm(X, 2) ** 2


@pytest.mark.parametrize("steps", [1, 7, 500])
def test_descent_that_is_stopped_has_shrunk_each_component(problem, steps):
    X, y, largest = problem
    everything = [np.arange(len(X))] * steps
    w = deque(kernels.sgd(X, y, everything, 0.7 * largest), maxlen=1).pop()
    closed = kernels.shrunk(X, y, kernels.stopping_factors(X, 0.7 * largest, steps))
    assert closed == pytest.approx(w, abs=1e-9 * np.abs(w).max())


def test_weight_decay_shrinks_each_component(problem):
    X, y, _ = problem
    w = np.linalg.solve(X.T @ X + len(X) * 0.03 * np.eye(X.shape[1]), X.T @ y)
    assert kernels.shrunk(X, y, kernels.ridge_factors(X, 0.03)) == pytest.approx(w, abs=1e-9)


@pytest.mark.parametrize("steps", [1, 3, 40, 10_000])
def test_the_two_shrink_alike_within_a_factor_of_two(problem, steps):
    X, _, largest = problem
    stopped = kernels.stopping_factors(X, largest, steps)
    ridge = kernels.ridge_factors(X, 1 / (largest * steps))
    assert np.all(ridge <= stopped + 1e-15)
    assert np.all(stopped <= 2 * ridge + 1e-15)


@pytest.mark.parametrize("times", [0, -1, 1.01, np.nan])
def test_a_step_that_overshoots_is_refused(problem, times):
    X, _, largest = problem
    with pytest.raises(ValueError, match="step .* is outside"):
        kernels.stopping_factors(X, times * largest, 3)


@pytest.mark.parametrize("weight_decay", [0, -1.0, np.nan])
def test_a_ridge_must_be_positive(problem, weight_decay):
    with pytest.raises(ValueError, match="weight_decay must be positive"):
        kernels.ridge_factors(problem[0], weight_decay)
