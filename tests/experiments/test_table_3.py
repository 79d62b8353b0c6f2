"""The measurements of Table 3, on a few small images."""

import json

import numpy as np
import pytest
import torch

from factory import listen
from rethinking import data, kernels
from rethinking.experiments import find, kernel_machines, random_convnet, studies
from rethinking.randomness import stream

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    whole = data.load
    mini = lambda name, split: whole("cifar10-mini", split).first(400 if split == "train" else 50)  # noqa: E731
    monkeypatch.setattr(data, "load", mini)
    monkeypatch.setattr(random_convnet, "FILTERS_AT_ONCE", 10)


def test_a_kernel_machine_fits_true_and_random_labels_and_the_random_ones_have_the_larger_norm():
    result = kernel_machines.kernel_machine(listen, "cifar10", "pixels", [0.01, 0.02], train_size=300, search_size=100)
    assert result["train_error"] == result["random_labels"]["train_error"] == 0
    assert result["norm"] < result["random_labels"]["norm"]
    assert result["norm"] == pytest.approx(sum(norm**2 for norm in result["norm_per_output"]) ** 0.5)
    assert result["definitions"]["one-hot targets, all outputs"] == pytest.approx(result["norm"])
    assert [row["bandwidth"] for row in result["bandwidth_search"]] == [0.01, 0.02]
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("curve", [random_convnet.curve_by_points, random_convnet.curve_by_features])
def test_the_curve_has_its_points_each_with_its_best_ridge_and_its_last_is_the_result(curve):
    result = curve(listen, [10, 20], train_size=200, validation_size=50, ridges=[0.01, 1e6])
    assert [(point["filters"], point["features"]) for point in result["curve"]] == [(10, 80), (20, 160)]
    for key in ("test_error", "train_error", "ridge_test_error"):
        assert result[key] == result["curve"][-1][key]
        assert 0 <= result[key] < 1
    assert len(result["ridge_search"]) == 4
    for point in result["curve"]:
        errors = {r["ridge"]: r["validation_error"] for r in result["ridge_search"] if r["filters"] == point["filters"]}
        assert errors[point["ridge"]] == min(errors.values())
    json.dumps(result, allow_nan=False)


def test_the_curve_is_ridge_regression_on_all_its_images(monkeypatch):
    monkeypatch.setattr(random_convnet, "IMAGES_AT_ONCE", 30)
    settings = {"train_size": 200, "validation_size": 50, "ridges": [0.5]}
    result = random_convnet.curve_by_points(listen, [20], **settings)

    train, test = data.load("cifar10", "train").first(200), data.load("cifar10", "test")
    order = stream(0, "ridge-search").permutation(200)
    net = kernels.random_convnet(train.images, 20, 0)
    sample = net.features(train.images[order[50:80]])
    raw = (net.features(images) for images in (train.images, test.images))
    phi, new = ((each - sample.mean(dim=0)) / sample.std(dim=0) for each in raw)
    targets = torch.as_tensor(np.eye(10, dtype=np.float32)[train.labels])
    targets = targets - targets.mean(dim=0)
    w = torch.linalg.solve(phi.T @ phi + 0.5 * 200 * torch.eye(160), phi.T @ targets)
    wrong = (new @ w).argmax(dim=1).numpy() != test.labels
    assert result["ridge_test_error"] == pytest.approx(wrong.mean(), abs=0.021), "of 50 images"


def test_gabor_features_are_centred_and_as_spread_as_the_pixels(made_up):
    train, test = made_up(30, channels=1, size=28), made_up(5, seed=1, channels=1, size=28)
    pixels, _ = kernel_machines.features_of(train, test, "pixels")
    gabor, new = kernel_machines.features_of(train, test, "gabor")
    assert len(new) == 5 and np.abs(gabor.mean(axis=0)).max() < 1e-4
    assert gabor.var(axis=0).sum() == pytest.approx(pixels.var(axis=0).sum(), rel=1e-3)
    with pytest.raises(ValueError, match="unknown features 'wavelet'; choose 'pixels' or 'gabor'"):
        kernel_machines.features_of(train, test, "wavelet")


def test_a_regularized_machine_is_ridge_regression_with_the_ridge_that_errs_least_on_held_out_images():
    settings = {"bandwidth": 0.01, "ridges": [1e-4, 1e-2, 1e6], "train_size": 300, "search_size": 100}
    result = kernel_machines.regularized_machine(listen, "cifar10", "pixels", **settings)
    errors = {row["ridge"]: row["validation_error"] for row in result["ridge_search"]}
    assert list(errors) == settings["ridges"] and errors[result["ridge"]] == min(errors.values()) < errors[1e6]

    train, test = data.load("cifar10", "train").first(300), data.load("cifar10", "test")
    X, Z = (s.images.reshape(len(s), -1) / 255.0 for s in (train, test))
    k = lambda A: np.exp(-0.01 * ((A[:, None] - X) ** 2).sum(axis=2))  # noqa: E731
    alpha = np.linalg.solve(k(X) + 300 * result["ridge"] * np.eye(300), np.eye(10)[train.labels])
    assert result["test_error"] == pytest.approx(np.mean((k(Z) @ alpha).argmax(axis=1) != test.labels))
    assert result["train_error"] == pytest.approx(np.mean((k(X) @ alpha).argmax(axis=1) != train.labels))


def test_the_machines_with_a_ridge_have_the_bandwidths_of_those_without():
    rows = studies.load(find("table-3"))
    for name in ("mnist-pixels", "mnist-gabor"):
        settings = rows.experiment.measurement(f"{name}-ridge").settings
        assert settings["bandwidth"] == rows.result(name)["bandwidth"]
        same = {key: value for key, value in settings.items() if key not in ("bandwidth", "ridges")}
        assert same.items() <= rows.experiment.measurement(name).settings.items()


def test_a_search_for_a_bandwidth_needs_images_to_judge_on():
    train = data.load("cifar10", "train")
    with pytest.raises(ValueError, match="needs 600; there are 400"):
        kernel_machines.bandwidth_search(listen, train.images, train, [0.1, 0.2], 300, 0)


def test_features_rounded_to_bfloat16_give_nearly_the_same_errors(monkeypatch):
    settings = {"filters": [40], "train_size": 300, "validation_size": 50, "ridges": [0.1]}
    whole = random_convnet.curve_by_features(listen, **settings)
    add, given = kernels.RidgeByFeatures.add, set()
    monkeypatch.setattr(kernels.RidgeByFeatures, "add", lambda *to: given.add(to[1].dtype) or add(*to))
    rounded = random_convnet.curve_by_features(listen, **settings, precision="bfloat16")
    assert given == {torch.bfloat16}
    for key in ("test_error", "ridge_test_error"):
        assert rounded[key] == pytest.approx(whole[key], abs=0.041), "of 50 images"


def test_a_feature_that_never_varies_becomes_zero():
    features, new = torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[2.0, 5.0]])
    here, there = random_convnet._standardized(features, new)
    torch.testing.assert_close(here, torch.tensor([[-(0.5**0.5), 0.0], [0.5**0.5, 0.0]]))
    torch.testing.assert_close(there, torch.zeros(1, 2))


def test_more_features_than_images_interpolate():
    result = random_convnet.curve_by_features(listen, [10, 50], train_size=300, validation_size=50, ridges=[0.1])
    assert result["train_error"] == 0 < result["curve"][0]["train_error"]
