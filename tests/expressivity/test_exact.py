"""The certificate: what holds exactly, and what floats make of it."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from factory import sample
from rethinking.expressivity import certify, exact, fit_deep, fit_two_layer


@pytest.mark.parametrize(("n", "d", "outputs"), [(1, 1, None), (2, 5, None), (40, 3, 2), (120, 8, None)])
def test_the_theorem_holds_exactly(n, d, outputs):
    inputs, targets = sample(n, d, outputs)
    network = fit_two_layer(inputs, targets)
    certificate = certify(network, inputs, targets)
    assert certificate.exact and certificate.order_kept and certificate.n == n
    error = max(
        np.abs(network.in_blocks(inputs) - targets).max(),
        np.abs(network.dense()(torch.tensor(inputs)).detach().numpy().reshape(targets.shape) - targets).max(),
    )
    assert error <= certificate.error_bound < 1e-6


@pytest.mark.parametrize("depth", [2, 3, 7, 25, 26])
def test_the_corollary_holds_exactly(depth):
    inputs, targets = sample(25, 3)
    network = fit_deep(inputs, targets, depth=depth)
    certificate = certify(network, inputs, targets)
    assert certificate.exact
    assert np.abs(network.in_blocks(inputs) - targets).max() <= certificate.error_bound < 1e-6


def test_where_floats_fail_the_construction_does_not():
    """Thresholds at 0.9 of each gap: errors grow ninefold at each of the points."""
    inputs, targets = sample(60, 2)
    network = fit_two_layer(inputs, targets, margin=0.9)
    certificate = certify(network, inputs, targets)
    assert np.abs(network.in_blocks(inputs) - targets).max() > 1e20
    assert certificate.exact
    assert certificate.weights_error > 1e20


def test_where_floats_put_the_points_in_the_wrong_order():
    """Pairs of inputs that differ in the last bits: rounding their projections swaps two of them."""
    rng = np.random.default_rng(74)
    inputs = rng.standard_normal((8, 3))
    inputs[4:] = inputs[:4] + rng.integers(-3, 4, (4, 3)) * 2.2e-16
    targets = np.arange(8.0)
    network = fit_two_layer(inputs, targets, direction=rng.standard_normal(3))
    certificate = certify(network, inputs, targets)
    assert certificate.exact and not certificate.order_kept
    assert certificate.weights_error > 1
    assert np.abs(network.in_blocks(inputs) - targets).max() <= certificate.error_bound


def test_merged_inputs_are_certified_once():
    inputs, targets = sample(10, 2)
    twice, both = np.concatenate([inputs, inputs]), np.concatenate([targets, targets])
    assert certify(fit_two_layer(twice, both), twice, both).n == 10


def test_equal_inputs_with_different_targets_are_not_certified():
    inputs, targets = sample(10, 2)
    network = fit_two_layer(inputs, targets)
    with pytest.raises(ValueError, match="inputs 0 and 10 are equal and their targets differ"):
        certify(network, np.concatenate([inputs, inputs[:1]]), np.concatenate([targets, [99.0]]))


def test_a_wrong_network_is_found_out():
    """The weights' error is measured on the network given, not on the one that would be right."""
    inputs, targets = sample(30, 2)
    network = fit_two_layer(inputs, targets)
    network.w.data[3] += 0.5
    moved = np.abs(network.in_blocks(inputs) - targets).max()
    certificate = certify(network, inputs, targets)
    assert certificate.exact and certificate.weights_error == pytest.approx(moved)


def test_pythons_own_fractions_give_the_same(monkeypatch):
    inputs, targets = sample(15, 2)
    network = fit_deep(inputs, targets, depth=4)
    one = certify(network, inputs, targets)
    monkeypatch.setattr(exact, "Rational", Fraction)
    assert certify(network, inputs, targets) == one
