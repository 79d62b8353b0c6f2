"""Pictures, table and quotes of the theory's chapter show what was measured, also where nothing was, and no more."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from factory import drawn_text, record_of, study_results
from rethinking import complexity, experiments
from rethinking.experiments import StudyResults, records
from rethinking.experiments.plan import RADEMACHER_SIZES, own_run
from rethinking.figures import theory
from rethinking.figures.words import NOT_RUN


def compared(size: float, agreement: float) -> dict:
    change = {"largest": 9 * size, "mean": size, "quantiles": dict.fromkeys(("50", "90", "99", "99.9"), size)}
    return {"cross_entropy": change, "zero_one": change, "agreement": agreement}


def pair(corruption: str) -> dict:
    size, agreement = (1.0, 0.75) if corruption == "true-labels" else (2.0, 0.5)
    return {
        "train": compared(size / 10, 1.0),
        "test": compared(size, agreement),
        "train_accuracy": [0.98, 0.98],
        "replaced": [0.1, 1.0],
        "fresh": [2.0, 0.2],
        "n": 100,
    }


def capacities(corruption: str) -> dict:
    size = 10.0 if corruption == "true-labels" else 30.0
    measures = {"frobenius_product": size, "spectral_complexity": size}
    return {
        **measures,
        "spectral_product": 20.0,
        "spectral_complexity_from_zero": size,
        "distances": [size, size],
        "margins": {"0.05": 1 / size, "0.5": 2 / size},
        "input_norm": 10.0,
        "normalized": measures,
        "n": 100,
    }


def known_classes(corruption: str) -> dict:
    estimates = {"500": {"mean": 1.0, "standard_error": 0.01}, "20000": {"mean": 0.25, "standard_error": 0.01}}
    bounds = {"linear-classifiers": {"500": 1.0, "20000": 0.85}}
    return {"d": 2352, "estimates": dict.fromkeys(theory.KNOWN_CLASSES, estimates), "bounds": bounds}


RESULTS = {"stability": pair, "norms": capacities, "rademacher-classes": known_classes}


def measured(name: str, filled: bool = True) -> StudyResults:
    """A study of this house, its results made up."""
    made_up = RESULTS[name]
    return study_results(experiments.find(name), lambda m: made_up(m.settings.get("corruption")) if filled else None)


@pytest.fixture
def fitted(tmp_path):
    """The runs of ``rademacher`` at two sizes; at the larger one a sixteenth of the signs is missed."""
    for config in experiments.find("rademacher").runs():
        if config.train_size in (5_000, 20_000):
            train = 1.0 if config.train_size == 5_000 else 15 / 16
            records.write(record_of(config, train=train), tmp_path)
    return experiments.load("rademacher", folder=tmp_path)


@pytest.fixture
def nothing(tmp_path):
    return experiments.load("rademacher", folder=tmp_path / "empty")


@pytest.fixture
def table_1(tmp_path):
    return experiments.load("table-1", folder=tmp_path)


def lines(axes, label: str) -> np.ndarray:
    """The y values of the line of that name."""
    container = next(c for c in axes.containers if c.get_label().startswith(label))
    return container.lines[0].get_ydata()


def test_the_picture_of_complexity_has_the_network_beside_what_falls(fitted):
    figure = theory.rademacher(fitted, measured("rademacher-classes"))
    axes = figure.axes[0]
    assert list(lines(axes, "MLP 1×512")) == [1.0, 0.875]
    assert list(lines(axes, "linear classifiers")) == [1.0, 0.25]
    low, high = axes.get_ylim()
    assert all(low < y < high for label in ("MLP", "linear", "Gaussian") for y in lines(axes, label))
    text = drawn_text(figure)
    assert "a machine" in text and "rethinking run rademacher rademacher-classes" in text


def test_a_run_that_stands_in_for_a_missing_one_is_counted_once(fitted):
    """Runs of other sizes are missing, and those on 5,000 images stand in for them."""
    assert len(theory.runs_at(fitted, 5_000)) == len(theory.runs_at(fitted, 20_000)) == 3


def test_quotes_are_the_records_numbers(fitted, table_1):
    studies = [measured(name) for name in ("rademacher-classes", "stability", "norms")]
    texts = theory.quotes(fitted, *studies, table_1)
    assert (texts["largest_n"], texts["draws"], texts["estimate"]) == ("20,000", "3", "0.8750")
    assert (texts["kernel_ball_first"], texts["kernel_ball_last"], texts["known_d"]) == ("1.00", "0.25", "2,352")
    assert (texts["true_largest"], texts["random_largest"]) == ("9.0", "18.0")
    assert (texts["true_flipped"], texts["random_flipped"]) == ("25.0", "50.0")
    assert texts["random_least"] == "0.98" and texts["frobenius_product_ratio"] == "3.00"
    assert texts["spectral_bound"] == "1"
    assert texts["true_replaced_with"] == "0.10 to 0.10" and texts["random_fresh_without"] == "2.00 to 2.00"
    assert (texts["seeds_flipped"], texts["seeds_median"]) == ("25.0", "1.00")


def test_margins_are_drawn_as_they_are_and_over_the_capacity():
    raw, normalized = theory.margins(measured("norms")).axes
    assert {tuple(line.get_xdata()) for line in raw.get_lines() if len(line.get_xdata()) == 2} >= {(0.1, 0.2)}
    drawn = [line.get_xdata() for line in normalized.get_lines()]
    capacity = 10.0 * 10.0 / 100**0.5  # of true labels: spectral complexity, norm of an input, n
    assert any(np.allclose(xs, (0.1 / capacity, 0.2 / capacity)) for xs in drawn)
    assert all(np.allclose(line.get_ydata(), (5, 50)) for line in normalized.get_lines() if line.get_xdata()[0] > 0)


def test_a_measure_orders_the_networks_only_if_it_does_in_every_seed():
    results = measured("norms")
    said = {row[0]: row[-1] for row in theory.norms(results).rows}
    assert said["product of spectral norms"] == "no"
    assert said["product of Frobenius norms"] == said["margin (5 % quantile)"] == "yes"
    first = next(run for run in results.runs if run.measurement.name == "random-labels.seed-1")
    smaller = replace(first, record=replace(first.record, result={**first.record.result, "frobenius_product": 9.0}))
    runs = tuple(smaller if run is first else run for run in results.runs)
    said = {row[0]: row[-1] for row in theory.norms(replace(results, runs=runs)).rows}
    assert said["product of Frobenius norms"] == "no"


def test_stability_is_drawn_for_both_kinds_of_labels():
    figure = theory.stability(measured("stability"))
    text = drawn_text(figure)
    assert "true labels" in text and "random labels" in text and "seeds 0, 1, 2" in text
    for axes in figure.axes:
        assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "90", "99", "99.9", "largest"]


def test_the_page_can_be_built_before_anything_is_measured(nothing, table_1):
    studies = [measured(name, filled=False) for name in ("rademacher-classes", "stability", "norms")]
    texts = theory.quotes(nothing, *studies, table_1)
    filled = theory.quotes(nothing, *(measured(study.experiment.name) for study in studies), table_1)
    assert set(texts) == set(filled) and texts["estimate"] == texts["kernel_ball_last"] == NOT_RUN
    assert "No run yet" in drawn_text(theory.rademacher(nothing, studies[0]))
    assert "Not measured yet" in drawn_text(theory.stability(studies[1]))
    assert all(NOT_RUN in row for row in theory.norms(studies[2]).rows)


def loaded():
    names = ("rademacher", "rademacher-classes", "stability", "norms", "table-1")
    return [experiments.load(name) for name in names]


@pytest.fixture
def results_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    return tmp_path


def test_without_records_every_number_says_so(results_folder):
    rademacher, known, stability, norms, table_1 = loaded()
    texts = theory.quotes(rademacher, known, stability, norms, table_1)
    assert set(texts.values()) == {NOT_RUN}
    theory.rademacher(rademacher, known)
    theory.stability(stability)
    theory.norms(norms)


def test_the_least_complexity_is_never_rounded_up(results_folder):
    n = RADEMACHER_SIZES[-1]
    for seed in (0, 1):
        config = own_run(corruption="random-signs", train_size=n, epochs=50, seed=seed)
        records.write(record_of(config, train=1.0), results_folder)
    texts = theory.quotes(*loaded())
    assert (texts["draws"], texts["estimate"]) == ("2", "1.0000")
    least = 1 - complexity.draws_deviation(n, 2)
    assert float(texts["estimate_least"]) <= least < float(texts["estimate_least"]) + 0.01
    assert math.isclose(float(texts["bound"]), 100 * complexity.rademacher_bound(0, 1, n), abs_tol=0.05)
