"""The record of Section 4 on images, and the pictures and phrases the chapters draw from it."""

import json
from pathlib import Path

import numpy as np
import pytest

from rethinking import expressivity
from rethinking.experiments import RecordError
from rethinking.experiments import expressivity as records
from rethinking.figures import expressivity as pictures

RESULTS = Path(__file__).parents[2] / "book" / "results"


@pytest.mark.parametrize("corruption", ["true-labels", "random-labels"])
@pytest.mark.parametrize("depth", [None, 5])
def test_images_are_fitted_and_nothing_is_learnt(corruption, depth):
    record = records.fit_images("cifar10-mini", corruption, depth)
    assert record["train_accuracy"] == 1.0
    assert record["largest_error"] < 1e-6
    assert 0.05 < record["test_accuracy"] < 0.17  # chance is 0.1, and there are 1,000 test images
    assert record["reduced"] and record["n"] == 2000 and record["d"] == 3072
    if depth is None:
        assert record["weights"] == 2000 * 11 + 3072


def test_the_record_in_the_repository_is_of_the_whole_data_set(monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(RESULTS))
    for name in ("random-labels", "true-labels"):
        record = records.load(f"cifar10.{name}.two-layer")
        assert record["n"] == 50_000 and not record["reduced"]
        assert record["train_accuracy"] == 1.0
        assert 0.08 < record["test_accuracy"] < 0.12
        assert record["weights"] == 50_000 * 11 + 3072
        assert {"torch", "numpy", "device", "date", "revision"} <= set(record["environment"])
    deep = records.load("cifar10.random-labels.depth-11")
    assert deep["relu_layers"] == 11 and deep["width"] == 5000 + 3 + 2 * 10 and deep["train_accuracy"] == 1.0


def test_records_are_made_once_and_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    monkeypatch.setattr(records, "FITS", {"mini": ("cifar10-mini", "random-labels", None)})
    monkeypatch.setattr(records, "speed", lambda: {"solves": []})
    records.make([])
    assert records.load("mini")["train_accuracy"] == 1.0
    assert sorted(p.name for p in (tmp_path / "theorem-1").iterdir()) == ["mini.json", "speed.json"]
    before = (tmp_path / "theorem-1" / "mini.json").read_text()
    records.make([])
    assert (tmp_path / "theorem-1" / "mini.json").read_text() == before
    with pytest.raises(RecordError, match="unknown record 'other'; choose from mini, speed"):
        records.make(["other"])


def test_a_missing_or_damaged_record_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    with pytest.raises(RecordError, match="python -m rethinking.experiments.expressivity"):
        records.load("speed")
    (tmp_path / "theorem-1").mkdir()
    (tmp_path / "theorem-1" / "speed.json").write_text("{")
    with pytest.raises(RecordError, match="no usable record"):
        records.load("speed")


def test_every_picture_can_be_drawn(tmp_path):
    x, b = expressivity.interleaved_sample(6, seed=0)
    y = np.linspace(-1, 1, 6)
    z = np.random.default_rng(0).standard_normal((6, 2))
    deep = [expressivity.fit_deep(z, y, depth=k) for k in (2, 3, 5)]
    fits = {name: json.loads((RESULTS / "theorem-1" / f"cifar10.{name}.json").read_text()) for name in (
        "random-labels.two-layer", "random-labels.depth-11")}  # fmt: skip
    speed = json.loads((RESULTS / "theorem-1" / "speed.json").read_text())
    drawn = [
        pictures.matrix(expressivity.interleaving_matrix(x, b)),
        pictures.sorted_line(x, b),
        pictures.neuron_by_neuron(x, b, y, [1, 3, 6]),
        pictures.plane([expressivity.fit_two_layer(z, y), expressivity.fit_two_layer(z, y, seed=1)], z, y),
        pictures.contrast(fits),
        pictures.window_functions(x, b, y, 3),
        pictures.wiring(deep[2]),
        pictures.width_and_weights(deep, 6, 2),
        pictures.error_along_the_line(40, (0.05, 0.6)),
        pictures.eigenvalue_against_inverse(range(1, 9), (0.05, 0.6)),
        pictures.error_against_margin([0.1, 0.6], {"one": [1e-9, 1.0], "other": [1e-8, 2.0]}),
        pictures.speeds(speed),
    ]
    for place, figure in enumerate(drawn):
        figure.savefig(tmp_path / f"{place}.svg")
    quotes = pictures.quotes("deep", fits["random-labels.depth-11"]) | pictures.speed_quotes(speed)
    assert quotes["deep_train"] == "100.00" and all(isinstance(text, str) for text in quotes.values())


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.25, "0.25"), (1.58e-6, "1.6·10⁻⁶"), (3e21, "3.0·10²¹")])
def test_numbers_read_well(value, text):
    assert pictures.power_of_ten(value) == text
