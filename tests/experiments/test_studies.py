"""Measurements: made once, kept whole, made again when their settings or version change."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from rethinking.experiments import Measurement, RecordError, Study, catalogue, records, studies
from rethinking.experiments.lease import Leases
from rethinking.experiments.measure import measure_missing


@pytest.fixture
def calls():
    return []


@pytest.fixture
def study(calls):
    def compute(report, n, scale=1.0):
        calls.append(n)
        report("adding up", 0.5)
        return {"sum": scale * n * (n + 1) / 2, "parts": list(range(n))}

    three = Measurement("three", compute, {"n": 3})
    return Study("sums", "Sums", "nowhere", (three, Measurement("four", compute, {"n": 4}, reduced=True)))


def test_a_measurement_is_made_once(study, calls, tmp_path):
    assert [run.state for run in studies.load(study, tmp_path).runs] == ["missing", "missing"]
    assert studies.load(study, tmp_path).result("three") is None
    said = []
    written = measure_missing(study, folder=tmp_path, report=lambda *words: said.append(words))
    assert [record.run for record in written] == ["sums/three", "sums/four"]
    assert said == [("adding up", 0.5)] * 2
    assert measure_missing(study, folder=tmp_path) == [] and calls == [3, 4]
    results = studies.load(study, tmp_path)
    assert results.result("three") == {"sum": 6.0, "parts": [0, 1, 2]}
    assert [run.state for run in results.runs] == ["done", "reduced"]
    assert {"torch", "device", "date", "revision"} <= set(results.record("four").environment)
    assert sorted(p.name for p in (tmp_path / "sums").iterdir()) == ["four.json", "three.json"]


def test_a_measurement_that_another_worker_is_at_is_left_to_it(study, calls, tmp_path):
    with Leases(records.checkpoint_folder()).take("sums/three"):
        assert [record.name for record in measure_missing(study, folder=tmp_path)] == ["four"]
    assert [record.name for record in measure_missing(study, folder=tmp_path)] == ["three"]


def test_another_version_or_setting_makes_it_stale(study, calls, tmp_path):
    measure_missing(study, ["three"], folder=tmp_path)
    for change in ({"version": 2}, {"settings": {"n": 3, "scale": 2.0}}):
        changed = replace(study, measurements=(replace(study.measurements[0], **change),))
        assert studies.load(changed, tmp_path).count("stale") == 1
        assert studies.load(changed, tmp_path).result("three") is None
        assert len(measure_missing(changed, folder=tmp_path)) == 1
        assert studies.load(changed, tmp_path).count("done") == 1


def test_a_damaged_record_is_named_and_left_alone(study, calls, tmp_path):
    measure_missing(study, ["three"], folder=tmp_path)
    path = tmp_path / "sums" / "three.json"
    path.write_text("{")
    assert str(path) in next(run.problem for run in studies.load(study, tmp_path).runs if run.problem)
    with pytest.raises(RecordError, match="git checkout"):
        measure_missing(study, folder=tmp_path)
    assert path.read_text("utf-8") == "{" and calls == [3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "four"}, "it is that of sums/four"),
        ({"result": None}, "its result is not a table"),
        ({"environment": 7}, "its environment is not a table"),
        ({"environment": {"device": "cpu"}}, "its environment lacks device_name"),
        ({"seconds": "long"}, "its seconds are no number"),
        ({"reduced": "no"}, "'reduced' is neither true nor false"),
    ],
)
def test_what_is_not_this_measurements_record_is_damaged(study, tmp_path, change, message):
    measure_missing(study, ["three"], folder=tmp_path)
    path = tmp_path / "sums" / "three.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    results = studies.load(study, tmp_path)
    assert results.count("damaged") == 1 and results.record("three") is None
    assert message in results.runs[0].problem


def test_a_failure_leaves_nothing_behind(tmp_path):
    def compute(report):
        raise ValueError("a singular kernel")

    study = Study("s", "t", "p", (Measurement("m", compute),))
    with pytest.raises(ValueError, match="a singular kernel"):
        measure_missing(study, folder=tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def test_what_json_cannot_hold_is_refused(tmp_path):
    study = Study("s", "t", "p", (Measurement("m", lambda report: {"losses": [0.0, float("nan")]}),))
    with pytest.raises(RecordError, match=r"m\.json cannot be written: result\.losses\[1\] is nan, which JSON cannot"):
        measure_missing(study, folder=tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def test_after_the_deadline_nothing_is_begun(study, calls, tmp_path):
    assert measure_missing(study, folder=tmp_path, deadline=time.monotonic() - 1) == [] and calls == []


def test_unknown_measurements_list_the_known(study, tmp_path):
    with pytest.raises(ValueError, match="no measurement 'five'; choose from three, four"):
        measure_missing(study, ["five"], folder=tmp_path)


def test_of_names_from_several_studies_each_takes_its_own(study):
    assert study.chosen(["four", "of-another-study"]) == ("four",)
    assert study.chosen(None) == ("three", "four")


@pytest.mark.parametrize("name", catalogue.STUDIES)
def test_every_study_is_planned_in_json(name):
    study = catalogue.find(name)
    assert study.name == name
    names = [measurement.name for measurement in study.measurements]
    assert len(set(names)) == len(names)
    for measurement in study.measurements:
        json.dumps(measurement.settings, allow_nan=False)
