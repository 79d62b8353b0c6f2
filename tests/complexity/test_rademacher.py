"""The estimator finds complexities that are known; the bounds are bounds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from rethinking import complexity


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((40, 7))


def every_sign(n: int) -> np.ndarray:
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


def test_the_estimate_of_a_linear_ball_is_its_known_complexity_within_its_error(X):
    """Fit each draw by the best w there is, estimate from a hundred draws, compare with the mean over ten thousand."""
    B, rng = 2.5, np.random.default_rng(1)

    def best(signs):
        w = X.T @ signs
        return X @ (B * w / np.linalg.norm(w))

    signs = complexity.draw_signs(40, 100, rng)
    found = complexity.estimate(complexity.correlation(each, best(each)) for each in signs)
    known = complexity.linear_ball(X, B, complexity.draw_signs(40, 10_000, rng)).mean()
    assert found.draws == 100
    assert abs(found.mean - known) < 4 * found.standard_error
    assert found.standard_error < 0.05 * known


def test_a_fit_that_is_not_the_best_estimates_from_below(X):
    signs = complexity.draw_signs(40, 50, np.random.default_rng(2))
    w = np.ones(7) / math.sqrt(7)
    half = complexity.estimate(abs(complexity.correlation(each, X @ w)) for each in signs)
    assert half.mean < complexity.linear_ball(X, 1.0, signs).mean()


def test_exact_values_by_enumeration():
    X = np.array([[1.0, 0.0], [0.0, 1.0]])  # |X^T sigma| = sqrt(2) for every sigma
    signs = every_sign(2)
    assert complexity.linear_ball(X, 3.0, signs) == pytest.approx([3 * math.sqrt(2) / 2] * 4)
    assert complexity.linear_ball_bound(X, 3.0) == pytest.approx(3 * math.sqrt(2) / 2)


def test_a_kernel_ball_with_the_linear_kernel_is_the_linear_ball(X):
    signs = complexity.draw_signs(40, 5, np.random.default_rng(3))
    ball = complexity.kernel_ball(lambda X, Z: X @ Z.T, X, 1.3, signs)
    assert ball == pytest.approx(complexity.linear_ball(X, 1.3, signs))
    assert complexity.kernel_ball_bound(X @ X.T, 1.3) == pytest.approx(complexity.linear_ball_bound(X, 1.3))


def test_the_mean_over_all_signs_is_below_the_bound():
    X = np.random.default_rng(4).standard_normal((8, 3))
    assert complexity.linear_ball(X, 1.0, every_sign(8)).mean() < complexity.linear_ball_bound(X, 1.0)


def test_signs_are_fair_and_estimates_of_one_draw_have_no_error():
    signs = complexity.draw_signs(1000, 50, np.random.default_rng(5))
    assert set(np.unique(signs)) == {-1.0, 1.0} and abs(signs.mean()) < 4 / math.sqrt(50_000)
    assert complexity.estimate([0.5]).standard_error is None
    with pytest.raises(ValueError, match="no correlations"):
        complexity.estimate([])
    assert complexity.correlation_of_accuracy(1.0) == 1 and complexity.correlation_of_accuracy(0.5) == 0


@pytest.mark.parametrize(("n", "d"), [(5, 0), (6, 2), (10, 4), (7, 7), (7, 9)])
def test_sauers_sum(n, d):
    exact = sum(math.comb(n, i) for i in range(min(n, d) + 1))
    assert complexity.growth_bound(n, d) == pytest.approx(math.log(exact), abs=1e-12)


@pytest.mark.parametrize(("delta", "deviation"), [(2 / math.e, 0.5), (2 / math.e**4, 1.0)])
def test_bounds_by_hand(delta, deviation):
    """At n = 2, where sqrt(ln(2/delta) / (2 n)) is a half and 1."""
    assert complexity.rademacher_bound(0.25, 0.125, 2, delta) == pytest.approx(0.25 + 0.125 + 3 * deviation)
    assert complexity.margin_bound(0.25, 0.125, 2, delta) == pytest.approx(0.25 + 2 * 0.125 + 3 * deviation)
    for d, patterns in ((0, 1), (1, 3), (2, 4)):  # of two points' signs
        expected = 0.25 + math.sqrt(2 * math.log(patterns) / 2) + 3 * deviation
        assert complexity.vc_bound(0.25, d, 2, delta) == pytest.approx(expected)


def test_the_deviation_of_draws_by_hand():
    assert complexity.draws_deviation(4, 2, delta=math.exp(-4)) == pytest.approx(1.0)
    assert complexity.draws_deviation(16, 2, delta=math.exp(-4)) == pytest.approx(0.5)


def test_massarts_bound_by_hand():
    assert complexity.massart_bound(8.0, 4) == pytest.approx(2.0)


def test_massarts_lemma_on_small_classes():
    """The complexity of any set of sign patterns is at most Massart's bound."""
    rng, signs = np.random.default_rng(6), every_sign(10)
    for patterns in (1, 2, 5, 50):
        chosen = complexity.draw_signs(10, patterns, rng)
        exact = (signs @ chosen.T / 10).max(axis=1).mean()
        assert exact <= complexity.massart_bound(math.log(patterns), 10) + 1e-12


def test_a_class_that_fits_all_signs_is_promised_nothing():
    assert complexity.rademacher_bound(0.0, 1.0, 50_000) > 1
    assert complexity.vc_bound(0.0, 50_000, 50_000) > 1
    assert complexity.rademacher_bound(0.1, 0.01, 10**6) < 0.12


def test_means_over_draws_rarely_exceed_their_expectation_by_more_than_the_deviation():
    """A class of fifty fixed patterns; means over three draws, many times."""
    rng = np.random.default_rng(7)
    patterns = complexity.draw_signs(200, 50, rng)
    best = (complexity.draw_signs(200, 30_000, rng) @ patterns.T / 200).max(axis=1)
    means = best.reshape(-1, 3).mean(axis=1)
    assert np.mean(means - best.mean() > complexity.draws_deviation(200, 3)) <= 0.05


def test_a_margin_bound_covers_the_error_of_a_linear_machine():
    rng = np.random.default_rng(8)
    X, T = rng.standard_normal((2, 5000, 5))
    y, truth = np.sign(X[:, 0] + rng.standard_normal(5000)), np.sign(T[:, 0] + rng.standard_normal(5000))
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    ramp_risk = np.clip(1 - y * (X @ w), 0, 1).mean()
    bound = complexity.margin_bound(ramp_risk, complexity.linear_ball_bound(X, np.linalg.norm(w)), 5000)
    assert np.mean(np.sign(T @ w) != truth) < bound < 1


def test_what_is_no_correlation_is_refused():
    with pytest.raises(ValueError, match=r"must be \[n\]; got shapes \[3\] and \[3, 1\]"):
        complexity.correlation(np.ones(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="finite"):
        complexity.estimate([1.0, math.nan])


@pytest.mark.parametrize("delta", [0, 1, 2.0, -0.1, math.nan])
def test_a_probability_lies_between_0_and_1(delta):
    for bound in (
        lambda: complexity.rademacher_bound(0.1, 0.1, 100, delta),
        lambda: complexity.margin_bound(0.1, 0.1, 100, delta),
        lambda: complexity.vc_bound(0.1, 5, 100, delta),
        lambda: complexity.stability_bound(0.1, 0.1, 100, delta),
        lambda: complexity.draws_deviation(100, 3, delta),
        lambda: complexity.deviation(100, 0.0, delta),
    ):
        with pytest.raises(ValueError, match="delta"):
            bound()
