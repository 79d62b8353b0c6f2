"""The measurements of Table 3, on a few small images."""

import json

import pytest

from factory import listen
from rethinking import data
from rethinking.experiments import kernel_machines, random_convnet

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


def test_more_features_than_images_interpolate():
    result = random_convnet.curve_by_features(listen, [10, 50], train_size=300, validation_size=50, ridges=[0.1])
    assert result["train_error"] == 0 < result["curve"][0]["train_error"]
