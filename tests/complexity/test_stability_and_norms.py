"""Changes of the loss, norms and margins, on cases that can be done by hand, and what leaves them alone."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from rethinking import complexity


def network(*widths: int, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = [part for a, b in zip(widths, widths[1:], strict=False) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers[:-1])


def test_cross_entropies_are_torchs():
    scores = np.random.default_rng(0).standard_normal((20, 5)) * 50
    labels = np.random.default_rng(1).integers(5, size=20)
    expected = nn.functional.cross_entropy(torch.from_numpy(scores), torch.from_numpy(labels), reduction="none")
    np.testing.assert_allclose(complexity.cross_entropies(scores, labels), expected.numpy(), atol=1e-9)


def test_change_by_hand():
    found = complexity.change(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.5, 1.0, 0.0, 3.0]))
    assert (found.largest, found.mean, found.count, found.quantiles["50"]) == (2.0, 0.625, 4, 0.25)
    with pytest.raises(ValueError, match="same examples"):
        complexity.change(np.zeros(3), np.zeros(4))


def test_the_stability_bound_needs_beta_below_one_over_root_n():
    n = 10_000
    assert complexity.stability_bound(0.0, 1 / n, n) < 0.05
    assert complexity.stability_bound(0.0, 1 / math.sqrt(n), n) > 1
    assert complexity.least_stability(0.91, 10) == pytest.approx(0.9)
    assert complexity.least_stability(1.0, 10) == 1, "as the nearest neighbour's"
    assert complexity.least_stability(0.05, 10) == 0


def test_the_stability_bound_by_hand():
    """sqrt(ln(1/delta) / (2 n)) is 1/2 at n = 2 and delta = 1/e, and 1 at delta = e^-4."""
    bound = partial(complexity.stability_bound, 0.25, 0.125, 2)
    assert bound(delta=math.exp(-1)) == pytest.approx(0.25 + 0.125 + (2 * 2 * 0.125 + 1) / 2)
    assert bound(delta=math.exp(-4), largest_loss=3.0) == pytest.approx(0.25 + 0.125 + (2 * 2 * 0.125 + 3))


def test_margins_by_hand():
    scores = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]])
    assert list(complexity.margins(scores, np.array([0, 2]))) == [1.0, -1.0]
    assert scores[0, 0] == 3.0, "the scores are left as they were"


def test_a_margin_is_positive_exactly_where_the_prediction_is_right():
    scores = np.random.default_rng(2).standard_normal((200, 10))
    labels = np.random.default_rng(3).integers(10, size=200)
    np.testing.assert_array_equal(complexity.margins(scores, labels) > 0, scores.argmax(axis=1) == labels)


def test_norms_of_a_diagonal_network():
    model = network(2, 2, 2)
    with torch.no_grad():
        model[1].weight.copy_(torch.diag(torch.tensor([3.0, 4.0])))
        model[3].weight.copy_(torch.diag(torch.tensor([1.0, 2.0])))
    layers = complexity.layers_of(model)
    assert layers.spectral == pytest.approx((4, 2)) and layers.frobenius == pytest.approx((5, math.sqrt(5)))
    assert complexity.frobenius_complexity(layers) == pytest.approx(5 * math.sqrt(5))
    expected = 8 * ((7 / 4) ** (2 / 3) + (3 / 2) ** (2 / 3)) ** 1.5  # rows of norm 3 and 4, and of 1 and 2
    assert complexity.spectral_complexity(layers) == pytest.approx(expected)
    assert complexity.spectral_complexity(layers, layers) == 0


def test_scale_moved_between_relu_layers_changes_no_output_and_no_capacity():
    """The function stays the same, and so do the products of norms; a single layer's norm does not."""
    model, images = network(6, 8, 5, 3), torch.randn(30, 6)
    before, scores = complexity.layers_of(model), model(images).detach().numpy()
    with torch.no_grad():
        model[1].weight.mul_(10), model[1].bias.mul_(10), model[3].weight.div_(10)
    after = complexity.layers_of(model)
    np.testing.assert_allclose(model(images).detach().numpy(), scores, atol=1e-4)
    for measure in (complexity.spectral_complexity, complexity.frobenius_complexity):
        assert measure(after) == pytest.approx(measure(before), rel=1e-5)
    assert after.spectral[0] == pytest.approx(10 * before.spectral[0], rel=1e-5)


def test_normalized_margins_ignore_the_last_layers_scale():
    model, images, labels = network(6, 8, 3), torch.randn(30, 6), np.zeros(30, dtype=int)

    def normalized() -> np.ndarray:
        with torch.no_grad():
            scores = model(images).numpy()
        return complexity.margins(scores, labels) / complexity.spectral_complexity(complexity.layers_of(model))

    before = normalized()
    with torch.no_grad():
        model[-1].weight.mul_(7), model[-1].bias.mul_(7)
    np.testing.assert_allclose(normalized(), before, rtol=1e-3, atol=1e-7)


def test_convolutions_count_as_matrices():
    layers = complexity.layers_of(nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)))
    assert [weight.shape for weight in layers.weights] == [(4, 75), (2, 16)]
    assert layers.distances(layers) == (0, 0)


@pytest.mark.parametrize("measure", [complexity.margins, complexity.cross_entropies])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0], "labels \\[n\\]; got shapes \\[6, 3\\] and \\[1\\]"),
        ([0, 1, 2, 0, 1, -1], "from 0 to 2"),
        ([0.5] * 6, "whole"),
    ],
)
def test_labels_are_those_of_the_scores(measure, labels, message):
    with pytest.raises(ValueError, match=message):
        measure(np.ones((6, 3)), np.array(labels))
