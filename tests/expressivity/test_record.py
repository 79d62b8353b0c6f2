"""The record of Section 4 on images, and the pictures and phrases the chapters draw from it."""

import numpy as np
import pytest

from chapters import BOOK
from factory import drawn_text, listen
from rethinking import expressivity
from rethinking.experiments import load, theorem_1
from rethinking.figures import expressivity as pictures
from rethinking.figures import theorem_1 as built
from rethinking.figures.words import NOT_RUN

RESULTS = BOOK / "results"


def committed(name: str):
    return load("theorem-1", folder=RESULTS).record(name)


@pytest.mark.parametrize("corruption", ["true-labels", "random-labels"])
@pytest.mark.parametrize("depth", [None, 5])
def test_images_are_fitted_and_nothing_is_learnt(corruption, depth):
    record = theorem_1.fit_images(listen, "cifar10-mini", corruption, depth)
    assert record["train_accuracy"] == 1.0
    assert record["largest_error"] < 1e-6
    assert 0.05 < record["test_accuracy"] < 0.17  # chance is 0.1, and there are 1,000 test images
    assert record["n"] == 2000 and record["d"] == 3072
    if depth is None:
        assert record["weights"] == 2000 * 11 + 3072


def test_the_record_in_the_repository_is_of_the_whole_data_set():
    for name in ("random-labels", "true-labels"):
        record = committed(f"cifar10.{name}.two-layer")
        assert record.result["n"] == 50_000 and not record.reduced
        assert record.result["train_accuracy"] == 1.0
        assert 0.08 < record.result["test_accuracy"] < 0.12
        assert record.result["weights"] == 50_000 * 11 + 3072
        assert {"torch", "numpy", "device", "date", "revision"} <= set(record.environment)
    deep = committed("cifar10.random-labels.depth-11").result
    assert deep["relu_layers"] == 11 and deep["width"] == 5000 + 3 + 2 * 10 and deep["train_accuracy"] == 1.0


def test_every_picture_can_be_drawn(tmp_path):
    x, b = expressivity.interleaved_sample(6, seed=0)
    y = np.linspace(-1, 1, 6)
    z = np.random.default_rng(0).standard_normal((6, 2))
    deep = [expressivity.fit_deep(z, y, depth=k) for k in (2, 3, 5)]
    drawn = [
        pictures.matrix(expressivity.interleaving_matrix(x, b)),
        pictures.sorted_line(x, b),
        pictures.neuron_by_neuron(x, b, y, [1, 3, 6]),
        pictures.plane([expressivity.fit_two_layer(z, y), expressivity.fit_two_layer(z, y, seed=1)], z, y),
        pictures.window_functions(x, b, y, 3),
        pictures.wiring(deep[2]),
        pictures.width_and_weights(deep, 6, 2),
        pictures.error_along_the_line(40, (0.05, 0.6)),
        pictures.eigenvalue_against_inverse(range(1, 9), (0.05, 0.6)),
        pictures.error_against_margin([0.1, 0.6], {"one": [1e-9, 1.0], "other": [1e-8, 2.0]}),
    ]
    for place, figure in enumerate(drawn):
        figure.savefig(tmp_path / f"{place}.svg")


def test_pictures_show_what_they_say():
    x, b = expressivity.interleaved_sample(6, seed=0)
    y = np.linspace(-1, 1, 6)
    curve = pictures.neuron_by_neuron(x, b, y, [1, 3, 6]).axes[1].get_lines()[0]
    assert np.interp(x[:3], *curve.get_data()) == pytest.approx(y[:3], abs=0.05), "three units, three points"

    depths, z = (2, 3, 5), np.random.default_rng(0).standard_normal((6, 2))
    deep = [expressivity.fit_deep(z, y, depth=k) for k in depths]
    left, right = pictures.width_and_weights(deep, 6, 2).axes
    for axes, bounds in ((left, [-(-6 // (k - 1)) + 5 for k in depths]), (right, [4 * 6 + 13 * k + 2 for k in depths])):
        bound, built = axes.get_lines()
        assert list(bound.get_ydata()) == bounds and all(bound.get_ydata() >= built.get_ydata())
    wires = pictures.wiring(deep[2]).axes[0].get_lines()
    assert len(wires) == sum(int((layer.values != 0).sum()) for layer in deep[2].layers)

    norm, inverse = pictures.eigenvalue_against_inverse([1, 4], [0.05, 0.6]).axes[1].get_lines()
    assert list(inverse.get_ydata()) == [1 / 0.4] * 2
    grid = np.arange(4.0)
    expected = expressivity.inverse_norm(grid, expressivity.place_thresholds(grid, 0.6))
    assert norm.get_ydata()[1] == pytest.approx(expected)


def test_what_was_built_is_shown_and_quoted():
    study = load("theorem-1", folder=RESULTS)
    assert "random labels" in drawn_text(built.contrast(study)) and "two running sums" in drawn_text(
        built.speeds(study)
    )
    quotes = built.quotes(study)
    assert quotes["built_deep_train"] == "100.00" and quotes["built_random_width"] == "50,000"
    assert "built_deep_steepest" not in quotes  # nobody has measured it


def test_without_records_pictures_and_quotes_stand(tmp_path):
    study = load("theorem-1", folder=tmp_path)
    for figure in (built.contrast(study), built.speeds(study)):
        assert "Not measured yet" in drawn_text(figure)
    assert set(built.quotes(study)) >= set(built.quotes(load("theorem-1", folder=RESULTS)))
    assert set(built.quotes(study).values()) == {NOT_RUN}
