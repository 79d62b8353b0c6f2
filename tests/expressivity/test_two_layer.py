"""Theorem 1: any sample, exactly, with 2n + d weights."""

import numpy as np
import pytest
import torch

from factory import sample
from rethinking.expressivity import fit_two_layer
from rethinking.expressivity import sample as sample_module


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 4), (2, 1), (3, 7), (100, 1), (100, 50), (3000, 10)])
@pytest.mark.parametrize("outputs", [None, 1, 10])
def test_it_is_exact_on_the_sample_with_the_theorems_number_of_weights(n, d, outputs):
    inputs, targets = sample(n, d, outputs)
    network = fit_two_layer(inputs, targets)
    assert sum(p.numel() for p in network.parameters()) == network.weight_count == n * ((outputs or 1) + 1) + d
    assert not list(network.buffers())
    tolerance = 20 * network.conditioning.error_estimate + 1e-12
    assert network.in_blocks(inputs).shape == targets.shape
    assert np.abs(network.in_blocks(inputs) - targets).max() <= tolerance < 1e-4
    assert np.abs(network.evaluate(inputs) - targets).max() <= tolerance


def test_fifty_thousand_points_in_the_dense_forward():
    inputs, targets = sample(50_000, 20)
    network = fit_two_layer(inputs, targets)
    some = np.random.default_rng(1).permutation(50_000)[:1000]  # all of them take a minute
    assert np.abs(network.in_blocks(inputs[some]) - targets[some]).max() < 2e-4
    assert np.abs(network.evaluate(inputs) - targets).max() < 1e-4


def test_a_million_points():
    inputs, targets = sample(10**6, 4)
    network = fit_two_layer(inputs, targets)
    assert network.weight_count == 2 * 10**6 + 4
    assert np.abs(network.evaluate(inputs) - targets).max() < 1e-2


def test_it_is_affine_relu_affine_and_equals_its_dense_version_everywhere():
    inputs, targets = sample(60, 5, 3)
    network = fit_two_layer(inputs, targets)
    dense = network.dense()
    assert [type(layer) for layer in dense] == [torch.nn.Linear, torch.nn.ReLU, torch.nn.Linear]
    assert torch.linalg.matrix_rank(dense[0].weight) == 1  # all units share the direction
    new = torch.tensor(np.random.default_rng(9).standard_normal((500, 5)) * 3)
    with torch.no_grad():
        out = network(new)
        assert torch.allclose(out, dense(new), atol=1e-8)
    assert np.allclose(out, network.evaluate(new.numpy()), atol=1e-8)


def test_the_function_is_zero_left_of_the_first_threshold():
    network = fit_two_layer([[1.0], [2.0]], [5.0, 6.0])
    assert np.array_equal(network.evaluate([[-100.0], [0.0]]), [0.0, 0.0])
    assert network.in_blocks([[-100.0]])[0] == 0


def test_the_order_of_the_sample_does_not_matter():
    inputs, targets = sample(200, 3)
    shuffled = np.random.default_rng(5).permutation(200)
    one, other = fit_two_layer(inputs, targets), fit_two_layer(inputs[shuffled], targets[shuffled])
    for name in ("a", "b", "w"):
        assert np.allclose(getattr(one, name).detach(), getattr(other, name).detach(), rtol=1e-6)


def test_any_direction_without_ties_will_do():
    inputs, targets = sample(100, 3)
    for seed in range(20):
        network = fit_two_layer(inputs, targets, seed=seed)
        assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-6


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e-3, 1e3, 1e30, 1e300])
@pytest.mark.parametrize("d", [1, 5])
def test_huge_and_tiny_inputs(scale, d):
    inputs, targets = sample(300, d)
    network = fit_two_layer(inputs * scale, targets)
    assert np.abs(network.in_blocks(inputs * scale) - targets).max() < 1e-6


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
@pytest.mark.parametrize("length", [5e-324, 1e-300, 1.0, 1.7e308])
def test_a_huge_or_tiny_direction_is_as_good_as_its_multiple(scale, length):
    inputs, targets = sample(300, 8)
    network = fit_two_layer(inputs * scale, targets, direction=np.full(8, length))
    assert np.abs(network.in_blocks(inputs * scale) - targets).max() < 1e-6


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e290])
def test_huge_and_tiny_targets(scale):
    inputs, targets = sample(300, 2)
    network = fit_two_layer(inputs, targets * scale)
    assert np.abs(network.evaluate(inputs) - targets * scale).max() < 1e-6 * scale


def test_near_ties_in_one_dimension():
    """Steps of eight rounding units: 2e-15 apart, and targets that jump by two."""
    x = 1 + 8 * np.finfo(float).eps * np.arange(100)
    y = np.where(np.arange(100) % 2, 1.0, -1.0)
    network = fit_two_layer(x[:, None], y)
    assert np.abs(network.evaluate(x[:, None]) - y).max() < 1e-3
    assert network.conditioning.smallest_gap < 2e-15


def test_a_cluster_far_from_the_rest():
    """Slopes of 2e9 over a range of 1e6: the report says what that costs, and it does cost it."""
    inputs = np.array([[0.0], [1e-9], [2e-9], [1.0], [1e6]])
    targets = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    network = fit_two_layer(inputs, targets)
    error = np.abs(network.in_blocks(inputs) - targets)
    assert error[:4].max() < 1e-6
    assert 0.01 < error[4] < network.conditioning.error_estimate < 1


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int64, bool, np.float16])
def test_other_dtypes_are_computed_in_float64(dtype):
    inputs = np.random.default_rng(0).integers(0, 2 if dtype is bool else 256, (40, 12)).astype(dtype)
    targets = np.arange(40) % 3
    network = fit_two_layer(inputs, targets)
    assert network.w.dtype == torch.float64
    assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-8


def test_torch_tensors_and_lists_are_welcome():
    inputs, targets = sample(20, 3)
    network = fit_two_layer(torch.tensor(inputs), torch.tensor(targets))
    assert np.abs(network(torch.tensor(inputs)).detach().numpy() - targets).max() < 1e-9
    assert fit_two_layer(inputs.tolist(), targets.tolist()).weight_count == 43


def test_equal_inputs_with_equal_targets_are_merged():
    inputs, targets = sample(500, 30)
    twice = np.concatenate([inputs, inputs[::-1], -0.0 * inputs[:1], 0.0 * inputs[:1]])
    network = fit_two_layer(twice, np.concatenate([targets, targets[::-1], [7.0, 7.0]]))
    assert len(network.b) == 501
    assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-6


def test_equal_inputs_with_different_targets_are_named():
    inputs, targets = sample(50, 4)
    inputs[31] = inputs[7]
    with pytest.raises(ValueError, match="inputs 7 and 31 are equal but their targets differ"):
        fit_two_layer(inputs, targets)


def test_a_direction_with_ties_is_refused_and_drawn_ones_have_none():
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match=r"inputs 0 and 1 differ .by up to 1. but .* the given direction"):
        fit_two_layer(inputs, [1, 2, 3], direction=[1.0, 0.0])
    assert fit_two_layer(inputs, [1, 2, 3]).weight_count == 8


def test_inputs_that_no_float_projection_can_tell_apart():
    inputs = np.array([[1e20, 0.0], [1e20, 1.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match=r"inputs 0 and 1 differ .by up to 1. but .* each of 8 directions"):
        fit_two_layer(inputs, [1, 2, 3])


@pytest.mark.parametrize(
    ("inputs", "targets", "named"),
    [
        ([[1.0, np.nan], [0, 1]], [1, 2], r"inputs\[0, 1\] is nan"),
        ([[1.0, 0], [np.inf, 1]], [1, 2], r"inputs\[1, 0\] is inf"),
        ([[1.0, 0], [0, 1]], [1, -np.inf], r"targets\[1\] is -inf"),
        ([[1.0, 0], [0, 1]], [1, 2, 3], "2 inputs but 3 targets"),
        (np.zeros((0, 3)), [], "sample is empty"),
        (np.zeros((3, 0)), [1, 2, 3], "sample is empty"),
        ([1.0, 2.0], [1, 2], r"inputs must be \[n, d\]; got shape \[2\]"),
        ([[1.0], [2.0]], [[[1]], [[2]]], r"targets must be \[n\] or \[n, k\]"),
        ([["a"], ["b"]], [1, 2], "inputs must be real numbers"),
        ([[1j], [2j]], [1, 2], "inputs must be real numbers"),
        ([[2**60], [2**60 + 1]], [1, 2], r"beyond 2\*\*53"),
    ],
)
def test_bad_samples_are_named(inputs, targets, named):
    with pytest.raises(ValueError, match=named):
        fit_two_layer(inputs, targets)


@pytest.mark.parametrize("margin", [-0.1, 1.0, float("nan")])
def test_a_margin_outside_its_range_is_refused(margin):
    with pytest.raises(ValueError, match="margin must lie in"):
        fit_two_layer([[1.0]], [1.0], margin=margin)


@pytest.mark.parametrize("direction", [[0.0, 0.0], [1.0], [np.inf, 1.0]])
def test_a_direction_that_is_none_is_refused(direction):
    with pytest.raises(ValueError, match="direction must be 2 finite numbers"):
        fit_two_layer([[1.0, 2.0]], [1.0], direction=direction)


def test_weights_that_exceed_floats_say_why():
    inputs, targets = sample(5000, 1)
    with pytest.raises(OverflowError, match="margin 0.7 multiplies errors"):
        fit_two_layer(inputs, targets, margin=0.7)
    with pytest.raises(OverflowError, match="scale the targets down"):
        fit_two_layer(inputs, targets * 1e306)


def test_targets_of_zero_need_no_weights_whatever_the_margin():
    inputs = np.random.default_rng(0).standard_normal((3000, 3))
    assert not fit_two_layer(inputs, np.zeros(3000), margin=0.99).w.any()


def test_the_report_predicts_what_the_margin_does():
    inputs, targets = sample(2000, 8)
    good, even = fit_two_layer(inputs, targets), fit_two_layer(inputs, targets, margin=0.5)
    assert good.conditioning.largest_ratio == pytest.approx(0.05 / 0.95, rel=1e-3)
    assert even.conditioning.largest_ratio == pytest.approx(1, rel=1e-3)
    assert good.conditioning.amplification < 0.06 < 0.9 < even.conditioning.amplification
    bad = fit_two_layer(inputs[:200], targets[:200], margin=0.6).conditioning
    assert bad.amplification == pytest.approx(1.5**199, rel=0.01)
    assert "inverse norm" in str(bad)


def test_a_direction_with_ties_is_drawn_again(monkeypatch):
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    drawn = []

    def directions(d, seed, direction):
        for a in ([1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.5, 0.7]):
            drawn.append(a)
            yield np.array(a)

    monkeypatch.setattr(sample_module, "_directions", directions)
    network = fit_two_layer(inputs, [1, 2, 3])
    assert drawn[-1] == [0.6, 0.8]  # the first without ties, and no other after it
    assert np.abs(network.in_blocks(inputs) - [1, 2, 3]).max() < 1e-12
