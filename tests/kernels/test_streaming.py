"""Ridge regression on features in blocks: by points and by features it is the same, and the textbook's."""

import numpy as np
import pytest
import torch

from rethinking.kernels import NotPositiveDefinite, RidgeByFeatures, RidgeByPoints, memory
from rethinking.kernels.triangle import LowerTriangle

pytestmark = pytest.mark.usefixtures("one_thread")
N, D, NEW, RIDGE = 60, 40, 9, 0.7


@pytest.fixture(scope="module")
def problem():
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(*shape, generator=random) for shape in ((N, D), (NEW, D), (N, 3)))


def textbook(Phi, Y, ridge):
    Phi, Y = Phi.double().numpy(), Y.double().numpy()
    return np.linalg.solve(Phi.T @ Phi + ridge * np.eye(Phi.shape[1]), Phi.T @ Y)


def test_by_points_and_by_features_give_the_textbooks_outputs(problem):
    Phi, new, Y = problem
    by_points = RidgeByPoints(D, 3)
    for rows in torch.arange(N).split(7):
        by_points.add(Phi[rows], Y[rows])
    by_features = RidgeByFeatures(Y, NEW)
    for columns in torch.arange(D).split(11):
        by_features.add(Phi[:, columns], new[:, columns])
    expected = textbook(Phi, Y, RIDGE)
    ((fitted, outputs),) = by_features.outputs(RIDGE, [N])
    (weights,) = by_points.weights(RIDGE, [D])
    np.testing.assert_allclose(weights, expected, atol=1e-5)
    np.testing.assert_allclose(outputs, new.double().numpy() @ expected, atol=1e-4)
    np.testing.assert_allclose(fitted, Phi.double().numpy() @ expected, atol=1e-4)


def test_the_weights_on_the_first_features_are_those_of_the_smaller_model(problem):
    Phi, _, Y = problem
    model = RidgeByPoints(D, 3)
    model.add(Phi, Y)
    for m, weights in zip((1, 13, D), model.weights(RIDGE, [1, 13, D]), strict=True):
        np.testing.assert_allclose(weights, textbook(Phi[:, :m], Y, RIDGE), atol=1e-5)


@pytest.mark.parametrize("block", [7, 128])
def test_the_outputs_after_the_first_points_are_those_of_the_model_that_saw_no_others(problem, block):
    Phi, new, Y = problem
    model = RidgeByFeatures(Y, NEW)
    model.products = LowerTriangle(N, block)
    model.add(Phi, new)
    upto = (1, 21, 50, N)
    for m, (outputs, at_new) in zip(upto, model.outputs(RIDGE, upto), strict=True):
        weights = textbook(Phi[:m], Y[:m], RIDGE)
        np.testing.assert_allclose(outputs, Phi.double().numpy() @ weights, atol=1e-4)
        np.testing.assert_allclose(at_new, new.double().numpy() @ weights, atol=1e-4)


def test_solving_between_blocks_of_features_is_solving_with_what_there_is(problem):
    Phi, new, Y = problem
    model = RidgeByFeatures(Y, NEW)
    for first in (0, 20):
        model.add(Phi[:, first : first + 20], new[:, first : first + 20])
        expected = new[:, : first + 20].double().numpy() @ textbook(Phi[:, : first + 20], Y, RIDGE)
        np.testing.assert_allclose(model.outputs(RIDGE, [N])[0][1], expected, atol=1e-4)


def test_features_of_bfloat16_are_multiplied_exactly_and_leave_other_products_as_they_were(problem):
    Phi, new, Y = (part.bfloat16() for part in problem)
    model = RidgeByFeatures(Y.float(), NEW)
    before = torch.get_float32_matmul_precision()
    model.add(Phi, new)
    assert torch.get_float32_matmul_precision() == before
    expected = new.double().numpy() @ textbook(Phi, Y, RIDGE)
    np.testing.assert_allclose(model.outputs(RIDGE, [N])[0][1], expected, atol=1e-4)


def test_without_a_ridge_more_features_than_points_interpolate():
    random = torch.Generator().manual_seed(1)
    Phi, Y = torch.randn(20, 100, generator=random), torch.randn(20, 2, generator=random)
    model = RidgeByFeatures(Y, 20)
    model.add(Phi, Phi)
    ((fitted, outputs),) = model.outputs(0.0, [20])
    torch.testing.assert_close(fitted, Y)
    torch.testing.assert_close(outputs, Y, atol=1e-4, rtol=1e-4)


def test_fewer_features_than_points_and_no_ridge_are_refused(problem):
    Phi, new, Y = problem
    model = RidgeByFeatures(Y, NEW)
    model.add(Phi, new)
    with pytest.raises(NotPositiveDefinite):
        model.outputs(0.0, [N])


def test_what_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 10**9)
    with pytest.raises(MemoryError, match=r"d = 100,000 needs .* d = \d\d,\d{3} would fit"):
        RidgeByPoints(100_000, 10)
    with pytest.raises(MemoryError, match=r"n = 50,000 needs .* n = \d\d,\d{3} would fit"):
        RidgeByFeatures(torch.zeros(50_000, 10), 10_000)
