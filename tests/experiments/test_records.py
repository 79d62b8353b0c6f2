"""A record survives the disk; what is not a record says so and is left alone."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rethinking.experiments import RecordError, records, results_folder
from rethinking.training import RECIPE, RunRecord
from systems import posix_only


@pytest.fixture
def record(small_run) -> RunRecord:
    columns = ("learning_rate", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")
    history = {"epoch": [1, 2, 3]} | {name: [0.1, 1 / 3, 0.2] for name in columns}
    return RunRecord(
        small_run(), "finished", history, [1.5, 1.2], {"device": "cpu", "device_name": "a", "revision": None}
    )


def test_what_is_written_is_read(record, tmp_path):
    path = records.write(record, tmp_path)
    assert path == tmp_path / f"{record.config.run}.json"
    assert records.read(path) == records.find(record.config, tmp_path) == record
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_record_is_none(record, tmp_path):
    assert records.find(record.config, tmp_path) is None
    with pytest.raises(RecordError, match="there is no record"):
        records.read(tmp_path / "none.json")


def test_final_figures_follow_from_the_history(record):
    assert record.test_accuracy == 0.2
    assert record.best_test_accuracy == 1 / 3
    assert record.test_error == pytest.approx(0.8)
    assert record.early_stopping_gain == pytest.approx(1 / 3 - 0.2)
    assert record.epochs_to_overfit(0.3) == 2
    assert record.epochs_to_overfit(0.5) is None
    assert record.to_dict()["final"]["test_accuracy"] == 0.2


def test_a_record_is_readable_json_without_nan(record, tmp_path):
    record.history["train_loss"][-1] = None
    text = records.write(replace(record, status="diverged"), tmp_path).read_text("utf-8")
    data = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert data["history"]["train_loss"][-1] is None
    assert data["reduced"] is True
    assert len(text.splitlines()) < 60  # a column is one line
    record.history["train_loss"][-1] = math.nan
    with pytest.raises(RecordError, match=r"history\.train_loss\[2\] is nan, which JSON cannot hold"):
        records.write(record, tmp_path / "other")
    assert not (tmp_path / "other").exists() or not list((tmp_path / "other").rglob("*.*"))


def without(key: str):
    return lambda data: data.pop(key)


def put(value: object, *keys: str):
    def change(data: dict) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(without(key) for key in ("config", "status", "recipe", "environment", "history", "step_losses")),
        put("unknown", "status"),
        put("resnet", "config", "model"),
        put(1, "config", "surprise"),
        put([1, 2], "history", "epoch"),
        put("high", "config", "epochs"),
        put(5, "history"),
        put([], "config"),
        put(4, "config", "epochs"),
        put("x", "recipe"),
        put(float("inf"), "recipe"),
        put(1.5, "recipe"),
        put(None, "config", "dataset"),
        put({}, "environment"),
        put(7, "step_losses", "every"),
        put(None, "history", "test_accuracy", -1),
        put(["long", "longer", "longest"], "history", "seconds"),
        put(None, "history", "train_accuracy", -1),
        put(1.5, "history", "train_accuracy", -1),
        put(-0.1, "history", "test_accuracy", -1),
        put(math.nan, "history", "train_loss", -1),
        put(None, "history", "seconds", -1),
        put(10**400, "history", "seconds", -1),
        put([3, 2, 1], "history", "epoch"),
        put([1, 2, 3.5], "history", "epoch"),
        put(None, "history", "test_accuracy", 0),
        put("low", "step_losses", "mean", 0),
        put(None, "history", "train_loss", -1),  # of a run that has finished
        put("diverged", "status"),  # with losses that are all finite
    ],
)
def test_what_is_not_a_record(record, tmp_path, change):
    path = records.write(record, tmp_path)
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data))
    refused(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b'{"name": "other"}'])
def test_damaged_and_foreign_files(record, tmp_path, content):
    path = records.write(record, tmp_path)
    path.write_bytes(content)
    refused(path)


def test_a_truncated_record(record, tmp_path):
    path = records.write(record, tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    refused(path)


def refused(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(RecordError, match="is not a run record.*git checkout.*run it again") as caught:
        records.read(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_record_under_another_runs_name(record, tmp_path):
    path = records.write(record, tmp_path)
    other = records.path_of(replace(record.config, seed=1), tmp_path)
    path.rename(other)
    with pytest.raises(RecordError, match="holds the record of another run") as caught:
        records.find(replace(record.config, seed=1), tmp_path)
    assert str(other) in str(caught.value)
    assert f"{record.config.run}.json" in str(caught.value)


def test_runs_whose_names_coincide_do_not_share_a_record(record, tmp_path):
    config = replace(record.config, dataset="folder:/a/b")
    records.write(replace(record, config=config), tmp_path)
    with pytest.raises(RecordError, match="another run"):
        records.find(replace(config, dataset="folder:/a-b"), tmp_path)


def test_older_recipes_are_stale(record):
    assert not records.is_stale(record)
    assert records.is_stale(replace(record, recipe=RECIPE - 1))


def test_a_folder_that_cannot_be_written(record, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="cannot write .*file.*checkpoint"):
        records.write(record, tmp_path / "file")


@posix_only
def test_a_full_disk_leaves_the_old_record(record, tmp_path, run_python):
    """A limit on the size of files stands in for the full disk."""
    path = records.write(record, tmp_path)
    before = path.read_bytes()
    script = """
import resource, sys
from pathlib import Path
from rethinking.experiments import RecordError, records
record = records.read(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    records.write(record, Path(sys.argv[1]).parent.parent)
except RecordError as error:
    print(error)
"""
    assert f"cannot write {path}" in run_python(script, path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_the_results_folder_is_found_from_anywhere_inside(tmp_path, monkeypatch):
    monkeypatch.delenv("RETHINKING_RESULTS", raising=False)
    (tmp_path / "book" / "results").mkdir(parents=True)
    (tmp_path / "code" / "deep").mkdir(parents=True)
    for inside in (tmp_path, tmp_path / "book", tmp_path / "book" / "results", tmp_path / "code" / "deep"):
        monkeypatch.chdir(inside)
        assert results_folder() == tmp_path / "book" / "results"
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path / "mine"))
    with pytest.raises(RecordError, match="mine, which is not a folder"):
        results_folder()
    assert results_folder(to_write=True) == tmp_path / "mine"
    (tmp_path / "mine").mkdir()
    assert results_folder() == tmp_path / "mine"


def test_no_results_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("RETHINKING_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match="RETHINKING_RESULTS") as caught:
        results_folder()
    assert str(tmp_path) in str(caught.value)
