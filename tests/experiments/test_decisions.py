"""What the studies choose, and what they divide by what, by hand or by another computation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from factory import listen
from rethinking import kernels
from rethinking.data import standardize
from rethinking.experiments import kernel_machines, norms, random_convnet
from rethinking.experiments.plan import own_run
from rethinking.training import image_sets


def test_the_narrowest_kernel_within_one_standard_error_of_the_best_is_chosen():
    """An error of 10 % on 100 images has a standard error of 3 points: sqrt(0.1 * 0.9 / 100)."""
    errors = {0.005: 0.2, 0.01: 0.1, 0.02: 0.125, 0.04: 0.135}
    search = [{"bandwidth": bandwidth, "validation_error": error} for bandwidth, error in errors.items()]
    for rows in (search, search[::-1]):
        assert kernel_machines.choose_bandwidth(rows, 100) == 0.02
    assert kernel_machines.choose_bandwidth(search, 50) == 0.04  # 4.2 points
    assert kernel_machines.choose_bandwidth(search, 10_000) == 0.01  # 0.3 points


def test_each_definition_of_the_norm_is_that_of_its_own_interpolant():
    """Each kind of targets is solved for by itself in double precision; here they are combined from one solution."""
    rng, classes = np.random.default_rng(0), 3
    X, labels = rng.random((12, 4)), rng.integers(classes, size=12)
    one_hot = np.eye(classes)[labels]
    machine = kernels.solve_interpolation(kernels.Gaussian(2.0), X, np.hstack([one_hot, np.ones((12, 1))]))
    found = kernel_machines.norms_by_definition(machine, classes)

    K = np.exp(-2 * ((X[:, None] - X) ** 2).sum(axis=2))
    for name, Y in {
        "one-hot targets": one_hot,
        "targets of 1 and -1": np.where(one_hot == 1, 1.0, -1.0),
        "centred one-hot targets": np.where(one_hot == 1, 2 / 3, -1 / 3),
    }.items():
        alpha = np.linalg.solve(K, Y)
        each = np.sqrt((Y * alpha).sum(axis=0))
        expected = {
            "all outputs": np.sqrt((each**2).sum()),
            "mean over outputs": each.mean(),
            "sum over outputs": each.sum(),
            "coefficients alpha": np.sqrt((alpha**2).sum()),
        }
        assert {key: found[f"{name}, {key}"] for key in expected} == pytest.approx(expected, rel=1e-3), name
    digit = np.sqrt(labels @ np.linalg.solve(K, labels.astype(float)))
    assert found["the class's number as the one target"] == pytest.approx(digit, rel=1e-3)
    squared = np.trace(one_hot.T @ np.linalg.solve(K, one_hot)) / classes
    assert found["one-hot targets, mean over outputs, squared"] == pytest.approx(squared, rel=1e-3)


def test_the_ridge_with_the_least_validation_error_is_the_best():
    rows = [{"ridge": ridge, "validation_error": error} for ridge, error in ((1.0, 0.3), (2.0, 0.2), (4.0, 0.4))]
    assert random_convnet._best(iter(rows)) == {"ridge": 2.0, "validation_error": 0.2}


def test_the_random_nets_targets_are_one_hot_labels_less_their_mean(made_up):
    images = made_up(4, classes=3)
    images.labels[:] = [0, 0, 0, 2]
    expected = [[0.25, 0, -0.25]] * 3 + [[-0.75, 0, 0.75]]
    np.testing.assert_allclose(random_convnet._targets(images).cpu(), expected)


def test_capacities_are_of_the_change_since_the_start_and_over_the_margin(monkeypatch):
    """Of a single layer the spectral norms cancel, and the lengths of the rows of A - M are left to be summed."""
    torch.manual_seed(0)
    network, start = (torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2352, 10)) for _ in range(2))
    monkeypatch.setattr(norms.weights, "network", lambda config: network)
    monkeypatch.setattr(norms, "initial_network", lambda *arguments: start)
    result = norms.norms_and_margins(
        listen, dataset="cifar10-mini", corruption="true-labels", epochs=1, seed=0, train_size=300
    )
    A, M = (model[1].weight.detach().double() for model in (network, start))
    expected = {
        "spectral_complexity": (A - M).norm(dim=1).sum().item(),
        "spectral_complexity_from_zero": A.norm(dim=1).sum().item(),
        "frobenius_product": A.norm().item(),
    }
    assert {name: result[name] for name in expected} == pytest.approx(expected)

    images, _ = image_sets(own_run(dataset="cifar10-mini", train_size=300))
    scores, labels = network(standardize(torch.from_numpy(images.images))), torch.from_numpy(images.labels)
    others = scores.scatter(1, labels[:, None], -torch.inf).amax(dim=1)
    margin = np.quantile((scores.gather(1, labels[:, None])[:, 0] - others).detach(), 0.05)
    for name, value in expected.items():  # each standardized image of 2,352 values has a norm of sqrt(2352)
        assert result["normalized"][name] == pytest.approx(value * 2352**0.5 / margin, rel=1e-3)
