"""How far an experiment is, and how long the rest of it takes, by records that are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factory import record_of
from rethinking.experiments import Measurement, Study, load, records, studies
from rethinking.experiments.measure import measure_missing
from rethinking.experiments.plan import paper_run, reduced
from rethinking.experiments.runner import expected_seconds
from rethinking.experiments.status import count_by_model

MLP = paper_run("mlp-1x512")


def write(folder, config, seconds_an_epoch: float) -> None:
    record = record_of(config)
    seconds = [seconds_an_epoch] * record.epochs
    records.write(replace(record, history={**record.history, "seconds": seconds}), folder)


def test_runs_are_expected_to_take_the_median_time_for_each_image_and_epoch(tmp_path):
    for seed, seconds in enumerate((30.0, 2.0, 5.0)):  # of 50,000 images
        write(tmp_path, replace(MLP, seed=seed), seconds)
    write(tmp_path, paper_run("alexnet"), 50.0)
    small = replace(MLP, train_size=10_000, epochs=80)
    an_epoch = 5.0 * (10_000 + 2_500) / (50_000 + 2_500)  # to score 10,000 images is to train on 2,500
    assert expected_seconds([small], tmp_path, "cpu") == pytest.approx(80 * an_epoch)
    assert expected_seconds([replace(MLP, seed=7), small, paper_run("alexnet", seed=1)], tmp_path, "cpu") == (
        pytest.approx(100 * 5.0 + 80 * an_epoch + 100 * 50.0)
    )
    assert expected_seconds([], tmp_path, "cpu") == 0


def test_reduced_runs_tell_how_long_whole_ones_take(tmp_path):
    write(tmp_path, reduced(MLP, "bfloat16"), 0.5)  # of 5,000 images, scored on the test images every third epoch
    expected = 0.5 * (50_000 + 2_500) / (5_000 + 2_500 / 3)
    assert expected_seconds([MLP], tmp_path, "cpu") == pytest.approx(100 * expected)


@pytest.mark.parametrize(
    "change", [{"model": "mlp-3x512"}, {"precision": "float32"}, {"dataset": "mnist"}], ids=lambda change: min(change)
)
def test_what_has_no_record_of_its_kind_has_no_expected_time(tmp_path, change):
    write(tmp_path, MLP, 1.0)
    other = replace(MLP, learning_rate=None, **change)
    assert expected_seconds([MLP, other], tmp_path, "cpu") is None
    assert expected_seconds([MLP], tmp_path, "cuda") is None
    write(tmp_path, other, 2.0)
    assert expected_seconds([MLP], tmp_path, "cpu") == pytest.approx(100.0), "the others' times are not its own"


def test_runs_are_counted_by_model_and_state(tmp_path):
    """Each model has five conditions and three seeds in the plan of Figure 1a."""
    for seed in (0, 1):
        records.write(record_of(replace(MLP, seed=seed)), tmp_path)
    records.write(replace(record_of(paper_run("mlp-1x512", corruption="gaussian")), recipe=0), tmp_path)
    records.write(record_of(reduced(paper_run("inception"))), tmp_path)
    assert count_by_model(load("figure-1a", folder=tmp_path)) == {
        "inception": {"reduced": 1, "missing": 14},
        "alexnet": {"missing": 15},
        "mlp-1x512": {"done": 2, "stale": 1, "missing": 12},
    }


def test_measurements_are_counted_together(tmp_path):
    study = Study("s", "t", "p", tuple(Measurement(name, lambda report: {"x": 1}) for name in "abc"))
    measure_missing(study, ["b"], folder=tmp_path)
    assert count_by_model(studies.load(study, tmp_path)) == {"measurements": {"done": 1, "missing": 2}}
