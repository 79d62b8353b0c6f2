"""SGD on an underdetermined linear problem: where it may go, where it ends, and what the curvature does not say."""

from collections import deque

import numpy as np
import pytest

from rethinking import kernels

N, D = 12, 30


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, D)), rng.standard_normal(N), rng


def last(path):
    return deque(path, maxlen=1).pop()


def train(X, y, *, epochs=3000, size=4, seed=1, **settings):
    batches = kernels.shuffled_batches(len(X), size, epochs, np.random.default_rng(seed))
    return last(kernels.sgd(X, y, batches, kernels.best_step(X), **settings))


def test_batches_take_every_example_once_an_epoch_in_changing_order():
    batches = list(kernels.shuffled_batches(10, 4, 2, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == [4, 4, 2, 4, 4, 2]
    first, second = np.concatenate(batches[:3]), np.concatenate(batches[3:])
    assert sorted(first) == sorted(second) == list(range(10)) and list(first) != list(second)


def test_a_step_follows_the_gradient_of_the_mean_loss_of_its_batch(problem):
    X, y, rng = problem
    w0, batch, h = rng.standard_normal(D), np.array([3, 7, 8]), 1e-6
    for loss in (kernels.SQUARED, kernels.POISSON):

        def risk(w, loss=loss):
            return loss.value(X[batch] @ w, y[batch]).mean()

        gradient = [(risk(w0 + h * e) - risk(w0 - h * e)) / (2 * h) for e in np.eye(D)]
        (w1,) = kernels.sgd(X, y, [batch], 0.1, w0=w0, loss=loss)
        assert w0 - w1 == pytest.approx(0.1 * np.array(gradient), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("loss", [kernels.SQUARED, kernels.POISSON])
def test_a_loss_is_zero_only_where_output_and_target_agree_and_its_derivatives_are_right(loss):
    z, y, h = np.linspace(-2, 2, 41), 0.5, 1e-4
    assert loss.value(np.array(y), np.array(y)) == 0 and (loss.value(z, y) >= 0).all()
    assert (loss.value(z[z != y], y) > 0).all()
    slope = (loss.value(z + h, y) - loss.value(z - h, y)) / (2 * h)
    assert loss.slope(z, y) == pytest.approx(slope, abs=1e-6)
    curvature = (loss.slope(z + h, y) - loss.slope(z - h, y)) / (2 * h)
    assert loss.curvature(z, y) == pytest.approx(curvature, abs=1e-6)


@pytest.mark.parametrize("loss", [kernels.SQUARED, kernels.POISSON])
def test_sgd_never_leaves_the_span_of_the_data(problem, loss):
    X, y, rng = problem
    w0 = 0.1 * rng.standard_normal(D)
    batches = kernels.shuffled_batches(N, 5, 20, np.random.default_rng(2))
    for w in kernels.sgd(X, y, batches, 0.01, w0=w0, loss=loss):
        assert np.linalg.matrix_rank(np.vstack([X, w - w0])) == N
        assert kernels.null_space_part(X, w) == pytest.approx(kernels.null_space_part(X, w0), abs=1e-12)


def test_from_zero_sgd_ends_at_the_interpolant_of_least_norm(problem):
    X, y, rng = problem
    w = train(X, y)
    assert w == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0], abs=1e-8)  # LAPACK's is the minimum-norm solution
    assert w == pytest.approx(kernels.minimum_norm_interpolant(X, y), abs=1e-8)
    assert w == pytest.approx(kernels.sgd_limit(X, y), abs=1e-8)
    for _ in range(20):
        other = w + kernels.null_space_part(X, rng.standard_normal(D))
        assert X @ other == pytest.approx(y) and np.linalg.norm(other) > np.linalg.norm(w)


def test_from_elsewhere_sgd_ends_at_the_interpolant_closest_to_its_start(problem):
    X, y, rng = problem
    w0 = 3 * rng.standard_normal(D)
    w, limit = train(X, y, w0=w0), kernels.sgd_limit(X, y, w0)
    assert w == pytest.approx(limit, abs=1e-7) and X @ limit == pytest.approx(y)
    assert np.linalg.norm(limit - kernels.minimum_norm_interpolant(X, y)) > 1
    for _ in range(20):
        other = limit + kernels.null_space_part(X, rng.standard_normal(D))
        assert np.linalg.norm(other - w0) > np.linalg.norm(limit - w0)


def test_neither_the_batches_nor_their_order_decide_where_it_ends(problem):
    X, y, _ = problem
    ends = [train(X, y, size=size, seed=seed) for size, seed in ((1, 0), (1, 1), (5, 0), (N, 0))]
    assert all(end == pytest.approx(ends[0], abs=1e-6) for end in ends)


def test_no_step_within_the_theorems_range_moves_away_from_the_limit(problem):
    X, y, rng = problem
    w0 = rng.standard_normal(D)
    limit = kernels.sgd_limit(X, y, w0)
    for step in (0.1, 1, 1.99):
        batches = kernels.shuffled_batches(N, 3, 30, np.random.default_rng(3))
        path = [w0, *kernels.sgd(X, y, batches, step * kernels.best_step(X), w0=w0)]
        distances = [np.linalg.norm(w - limit) for w in path]
        assert all(after <= before * (1 + 1e-12) for before, after in zip(distances, distances[1:], strict=False))


@pytest.mark.parametrize("share", [0.5, 1.0, 1.5])
def test_the_expected_squared_distance_shrinks_at_least_by_the_factor(problem, share):
    """The expectation over one example drawn uniformly is a mean over n, so no sampling is needed."""
    X, y, rng = problem
    step = share * kernels.best_step(X)
    limit = kernels.minimum_norm_interpolant(X, y)
    directions = [*np.linalg.svd(X, full_matrices=False)[2], *(X.T @ rng.standard_normal((N, 20))).T]
    for v in directions:
        after = [np.sum((next(kernels.sgd(X, y, [[i]], step, w0=limit + v)) - limit) ** 2) for i in range(N)]
        assert np.mean(after) <= kernels.contraction(X, step) * np.sum(v**2) * (1 + 1e-12)


def test_the_factor_is_attained_when_all_examples_have_one_length_and_right_angles():
    X, step = 2 * np.eye(4, 7), 1 / 4
    limit = kernels.minimum_norm_interpolant(X, np.ones(4))
    after = [np.sum((next(kernels.sgd(X, np.ones(4), [[i]], step)) - limit) ** 2) for i in range(4)]
    assert np.mean(after) == pytest.approx(kernels.contraction(X, step) * np.sum(limit**2))


def test_steps_outside_the_theorem_are_refused(problem):
    X, _, _ = problem
    for share in (0, -1, 2, 3):
        with pytest.raises(ValueError, match="outside"):
            kernels.contraction(X, share * kernels.best_step(X))


def test_twice_the_best_step_may_run_for_ever():
    X, y = np.array([[1.0, 0.0]]), np.array([1.0])
    path = list(kernels.sgd(X, y, [[0]] * 10, 2 * kernels.best_step(X)))
    assert {round(w[0]) for w in path} == {0, 2}


def test_several_outputs_are_several_problems(problem):
    X, y, rng = problem
    Y = np.column_stack([y, rng.standard_normal(N)])
    assert train(X, Y)[:, 0] == pytest.approx(train(X, y), abs=1e-12)
    both = kernels.minimum_norm_interpolant(X, Y)
    assert both.shape == (D, 2) and both[:, 1] == pytest.approx(kernels.minimum_norm_interpolant(X, Y[:, 1]))


@pytest.mark.parametrize("loss", [kernels.SQUARED, kernels.POISSON])
def test_the_hessian_is_the_derivative_of_the_gradient(problem, loss):
    X, y, rng = problem
    w, h = rng.standard_normal(D), 1e-5

    def gradient(w):
        return X.T @ loss.slope(X @ w, y) / N

    rows = [(gradient(w + h * e) - gradient(w - h * e)) / (2 * h) for e in np.eye(D)]
    assert kernels.hessian(X, y, w, loss) == pytest.approx(np.array(rows), rel=1e-4, abs=1e-4)


def test_all_interpolants_have_one_hessian_and_it_is_flat_along_them(problem):
    X, y, rng = problem
    interpolants = [kernels.sgd_limit(X, y, s * rng.standard_normal(D)) for s in (0, 1, 10)]
    for loss in (kernels.SQUARED, kernels.POISSON):
        first, *others = [kernels.hessian(X, y, w, loss) for w in interpolants]
        assert all(other == pytest.approx(first, abs=1e-9) for other in others)
        assert np.linalg.matrix_rank(first) == N
        assert first @ (interpolants[1] - interpolants[2]) == pytest.approx(0, abs=1e-8)


def test_away_from_the_interpolants_only_the_squared_loss_keeps_its_hessian(problem):
    X, y, rng = problem
    at, away = kernels.minimum_norm_interpolant(X, y), rng.standard_normal(D)
    assert np.array_equal(kernels.hessian(X, y, at), kernels.hessian(X, y, away))
    poisson = [kernels.hessian(X, y, w, kernels.POISSON) for w in (at, away)]
    assert np.linalg.norm(poisson[0] - poisson[1]) > 0.1 * np.linalg.norm(poisson[0])


def test_dependent_rows_and_bad_numbers_are_named(problem):
    X, y, _ = problem
    with pytest.raises(ValueError, match="remove repeated examples"):
        kernels.coefficients(np.vstack([X, X[:1]]), np.ones(N + 1))
    with pytest.raises(ValueError, match="at most 5 examples"):
        kernels.coefficients(X[:, :5], y)
    with pytest.raises(ValueError, match="12 rows and y has 11"):
        kernels.coefficients(X, y[1:])
    with pytest.raises(ValueError, match="not finite"):
        kernels.coefficients(np.where(X > 1, np.nan, X), y)
