"""Corollary 1: k layers, width O(n / k), O(n + d) weights, exact."""

import numpy as np
import pytest
import torch

from factory import sample
from rethinking.expressivity import fit_deep, fit_two_layer, place_thresholds, windows


def width_bound(n, depth, outputs=1):
    return -(-n // (depth - 1)) + 3 + 2 * outputs


def weight_bound(n, d, depth, outputs=1):
    assert outputs == 1
    return 4 * n + 13 * depth + d


def weights_exactly(n, d, depth):
    """cor-width-for-depth, counted: every wire and bias but the zeros."""
    sizes = [(i + 1) * n // (depth - 1) - i * n // (depth - 1) for i in range(depth - 1)]
    units = [p + 2 for p in sizes[:-1]] + [sizes[-1]]
    sums = 2 * sum(units[:-1]) + 4 * max(depth - 3, 0)
    output = units[-1] + 2 * (depth > 2)
    return (d + 1) + (2 * sum(units) - 1) + (depth - 2) + sums + output


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
def test_every_depth_is_exact(n):
    inputs, targets = sample(n, 3, seed=n)
    for depth in range(2, n + 2):
        network = fit_deep(inputs, targets, depth=depth)
        assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-8, depth
        assert network.depth == depth == sum(isinstance(m, torch.nn.ReLU) for m in network.dense())


@pytest.mark.parametrize(("n", "d"), [(1, 1), (5, 2), (64, 10), (300, 40), (1000, 1)])
def test_width_and_weights_are_those_of_the_corollary(n, d):
    inputs, targets = sample(n, d)
    for depth in sorted({2, 3, 4, 9, n // 2, n, n + 1}):
        if 2 <= depth <= n + 1:
            network = fit_deep(inputs, targets, depth=depth)
            assert network.width <= width_bound(n, depth)
            assert network.weight_count <= weight_bound(n, d, depth)
            assert network.weight_count == weights_exactly(n, d, depth)
            assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-6


@pytest.mark.parametrize("depth", [2, 3, 8])
def test_several_outputs(depth):
    inputs, targets = sample(150, 6, 4)
    network = fit_deep(inputs, targets, depth=depth)
    assert network.in_blocks(inputs).shape == (150, 4)
    assert np.abs(network.in_blocks(inputs) - targets).max() < 1e-7
    assert network.width <= width_bound(150, depth, 4)


def test_depth_two_is_the_theorem_with_its_projection_written_out():
    inputs, targets = sample(50, 4)
    new = np.random.default_rng(3).standard_normal((1000, 4)) * 2
    shallow, deep = fit_two_layer(inputs, targets), fit_deep(inputs, targets, depth=2)
    assert np.allclose(shallow.in_blocks(new), deep.in_blocks(new), atol=1e-9)
    assert deep.weight_count == 3 * 50 + 4  # 2n + d, and a wire from u to each unit; b[0] is the bias of layer 1


def test_it_is_made_of_ordinary_layers_only():
    inputs, targets = sample(40, 5)
    network = fit_deep(inputs, targets, depth=6)
    dense = network.dense()
    assert {type(module) for module in dense} == {torch.nn.Linear, torch.nn.ReLU}
    new = torch.tensor(np.random.default_rng(3).standard_normal((300, 5)) * 3)
    with torch.no_grad():
        assert torch.allclose(network(new), dense(new)[:, 0], atol=1e-9)
    assert sum(int(torch.count_nonzero(p)) for p in dense.parameters()) == network.weight_count


def test_a_window_fits_its_points_and_is_zero_at_all_others():
    x = np.sort(np.random.default_rng(0).random(23))
    y = np.random.default_rng(1).standard_normal((23, 2))
    plan = windows(x, place_thresholds(x, 0.05), y, 4)
    assert [w.start for w in plan[1:]] == [w.stop for w in plan[:-1]]
    for window in plan:
        out = np.maximum(x[:, None] - window.beta, 0) @ window.w
        inside = (np.arange(23) >= window.start) & (np.arange(23) < window.stop)
        assert np.allclose(out[inside], y[inside]) and np.allclose(out[~inside], 0)


def test_it_is_the_sum_of_its_windows_everywhere():
    inputs, targets = sample(30, 2)
    network = fit_deep(inputs, targets, depth=5)
    new = np.random.default_rng(8).standard_normal((500, 2)) * 3
    x = np.sort(inputs @ network.a)
    y = targets[np.argsort(inputs @ network.a)][:, None]
    total = sum(np.maximum((new @ network.a)[:, None] - o.beta, 0) @ o.w for o in windows(x, network.b, y, 4))
    assert np.allclose(network.in_blocks(new), total[:, 0], atol=1e-8)


@pytest.mark.parametrize("depth", [1, 0, 12, 2.5])
def test_a_depth_out_of_range_is_refused(depth):
    inputs, targets = sample(10, 2)
    with pytest.raises(ValueError, match="depth must be a whole number from 2 to n \\+ 1 = 11; got"):
        fit_deep(inputs, targets, depth=depth)


def test_bad_samples_are_named_here_too():
    with pytest.raises(ValueError, match="inputs 0 and 1 are equal but their targets differ"):
        fit_deep([[1.0], [1.0]], [1, 2], depth=2)
    with pytest.raises(ValueError, match="margin must lie in"):
        fit_deep([[1.0], [2.0]], [1, 2], depth=2, margin=1)


def test_equal_inputs_are_merged():
    network = fit_deep([[1.0], [2.0], [1.0]], [5, 6, 5], depth=3)
    assert np.allclose(network.in_blocks([[1.0], [2.0]]), [5, 6])
