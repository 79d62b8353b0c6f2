"""The studies of trained networks, on the small data set."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from factory import listen
from rethinking import complexity
from rethinking.experiments import norms, rademacher_classes, stability

SMALL = {"dataset": "cifar10-mini", "epochs": 12, "seed": 0, "train_size": 300}


@pytest.mark.parametrize("corruption", ["true-labels", "random-labels"])
def test_the_pair_differs_and_is_scored_on_everything(corruption):
    result = stability.pair(listen, replaced_example=5, corruption=corruption, **SMALL)
    json.dumps(result, allow_nan=False)
    assert (result["train"]["cross_entropy"]["count"], result["test"]["cross_entropy"]["count"]) == (300, 1000)
    for split in ("train", "test"):
        moved, flipped = result[split]["cross_entropy"], result[split]["zero_one"]
        assert 0 < moved["mean"] < moved["largest"]
        assert flipped["mean"] <= 1 - result[split]["agreement"] + 1e-12
    assert result["weights"][0] != result["weights"][1]
    assert result["fresh"][1] < result["fresh"][0], "the second network was trained on the fresh example"


def test_networks_of_two_seeds_are_apart():
    run = {name: value for name, value in SMALL.items() if name != "seed"}
    result = stability.apart(listen, seeds=[0, 1], corruption="true-labels", **run)
    assert (result["train"]["cross_entropy"]["count"], result["test"]["cross_entropy"]["count"]) == (300, 1000)
    assert result["weights"][0] != result["weights"][1] and result["test"]["agreement"] < 1


def test_norms_agree_with_the_network_they_are_of():
    result = norms.norms_and_margins(listen, corruption="random-labels", **SMALL)
    json.dumps(result, allow_nan=False)
    assert len(result["spectral"]) == len(result["frobenius"]) == len(result["distances"]) == 2
    assert all(s <= f for s, f in zip(result["spectral"], result["frobenius"], strict=True))
    assert result["spectral_product"] == pytest.approx(result["spectral"][0] * result["spectral"][1])
    assert result["input_norm"] == pytest.approx(2352**0.5, rel=0.02)  # 28 x 28 x 3 standardized values
    assert result["margins"]["0.01"] <= result["margins"]["0.5"]


def test_classes_that_are_held_in_check_fall_and_stay_below_their_bounds():
    result = rademacher_classes.classes(listen, "cifar10-mini", sizes=(100, 400, 1600), draws=100, fitted=50)
    json.dumps(result, allow_nan=False)
    for name, estimates in result["estimates"].items():
        for n, found in estimates.items():
            assert found["mean"] <= result["bounds"][name][n] + 4 * found["standard_error"]
    assert all(result["estimates"]["linear-classifiers"][n]["mean"] == 1 for n in ("100", "400")), "d is 2,352"
    for ball in ("linear-ball", "kernel-ball"):
        means = [each["mean"] for each in result["estimates"][ball].values()]
        assert means[0] / means[2] == pytest.approx(4, rel=0.15), "as 1 / sqrt(n)"


def test_a_kernel_matrix_made_in_pieces_is_the_whole(monkeypatch):
    rng = np.random.default_rng(0)
    X, signs = rng.standard_normal((30, 8)), complexity.draw_signs(30, 5, rng)
    K = np.exp(-2 * ((X[:, None] - X) ** 2).sum(axis=2) / 8)
    monkeypatch.setattr("rethinking.complexity.rademacher.ROWS", 7)
    ball = complexity.kernel_ball(rademacher_classes._gaussian, X, 3.0, signs)
    assert ball == pytest.approx([3 / 30 * math.sqrt(sign @ K @ sign) for sign in signs])
