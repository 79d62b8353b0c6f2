"""Runs that are killed, shared or stopped end with the records they would have had."""

from __future__ import annotations

import errno
import json
import signal
import time
from dataclasses import replace

import pytest

from rethinking.experiments import RecordError, lease, records, runner, weights
from rethinking.experiments.lease import Leases
from rethinking.experiments.runner import Observer, run_missing
from rethinking.training import DeviceError, train
from systems import posix_only, wait_for

RUNNER = """
import json, sys, time
from pathlib import Path
from rethinking.experiments import lease
from rethinking.experiments.runner import Observer, run_missing
from rethinking.training import RunConfig

lease.HEARTBEAT, lease.EXPIRY = 0.1, 2.0
if len(sys.argv) > 5:
    lease._machine = lambda: sys.argv[5]
epochs = []

class Slow(Observer):
    def epoch(self, config, row):
        epochs.append(row["epoch"])
        time.sleep(float(sys.argv[2]))

runs = [
    RunConfig(model="mlp-1x512", dataset="cifar10-mini", train_size=100, batch_size=20, epochs=int(sys.argv[3]),
              corruption="random-labels", random_crop=True, seed=seed)
    for seed in range(int(sys.argv[4]))
]
outcome = run_missing(runs, device="cpu", observer=Slow(), folder=Path(sys.argv[1]))
seeds = {"written": [c.seed for c in outcome.written], "elsewhere": [c.seed for c in outcome.elsewhere]}
print(json.dumps({**seeds, "epochs": epochs}))
"""


@pytest.fixture(autouse=True)
def quick_beats(monkeypatch):
    monkeypatch.setattr(lease, "HEARTBEAT", 0.1)


@pytest.fixture
def run(small_run):
    return small_run(train_size=100, batch_size=20, epochs=8, corruption="random-labels", random_crop=True)


@posix_only
def test_a_killed_run_resumes_to_the_same_record(run, start_python, run_python, tmp_path, outcome):
    interrupted, whole = tmp_path / "interrupted", tmp_path / "whole"
    checkpoint = records.checkpoint_folder() / f"{run.run}.pt"
    process = start_python(RUNNER, interrupted, 0.3, run.epochs, 1)
    wait_for(lambda: checkpoint.exists() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert checkpoint.exists()
    assert records.find(run, interrupted) is None

    assert json.loads(run_python(RUNNER, interrupted, 0, run.epochs, 1))["written"] == [0]
    assert not checkpoint.exists()
    elsewhere = {"RETHINKING_CHECKPOINTS": str(tmp_path / "others")}
    run_python(RUNNER, whole, 0, run.epochs, 1, **elsewhere)
    assert outcome(records.find(run, interrupted)) == outcome(records.find(run, whole))
    assert not list(interrupted.rglob("*.tmp"))


@posix_only
def test_a_run_of_a_host_that_died_is_taken_over_when_its_lease_expires(
    run, start_python, run_python, tmp_path, outcome
):
    interrupted, whole = tmp_path / "interrupted", tmp_path / "whole"
    checkpoint = records.checkpoint_folder() / f"{run.run}.pt"
    process = start_python(RUNNER, interrupted, 0.3, run.epochs, 1, "one host")
    wait_for(lambda: checkpoint.exists() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    start = time.monotonic()
    second = json.loads(run_python(RUNNER, interrupted, 0, run.epochs, 1, "another host"))
    assert time.monotonic() - start > 2.0, "expiry was not waited for"
    assert second["written"] == [0] and second["epochs"][0] > 1, "it did not go on from the checkpoint"
    assert not list(records.checkpoint_folder().rglob("*.*"))
    run_python(RUNNER, whole, 0, run.epochs, 1, RETHINKING_CHECKPOINTS=str(tmp_path / "others"))
    assert outcome(records.find(run, interrupted)) == outcome(records.find(run, whole))


@posix_only
def test_a_worker_that_stalls_loses_its_run_and_writes_nothing(run, start_python, run_python, tmp_path):
    checkpoint = records.checkpoint_folder() / f"{run.run}.pt"
    stalled = start_python(RUNNER, tmp_path / "results", 0.3, run.epochs, 1, "one host")
    wait_for(lambda: checkpoint.exists() or stalled.poll() is not None)
    stalled.send_signal(signal.SIGSTOP)
    second = json.loads(run_python(RUNNER, tmp_path / "results", 0, run.epochs, 1, "another host"))
    assert second["written"] == [0]
    path = records.path_of(run, tmp_path / "results")
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    stalled.send_signal(signal.SIGCONT)
    out, errors = stalled.communicate(timeout=120)
    assert stalled.returncode == 0, errors
    assert json.loads(out)["written"] == [] and len(json.loads(out)["epochs"]) < run.epochs
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_two_runners_share_the_runs(run, start_python, tmp_path):
    """Each run is done once, by one of them, and no record is lost."""
    both = [start_python(RUNNER, tmp_path / "results", 0.05, 4, 3) for _ in range(2)]
    done = []
    for process in both:
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        done += json.loads(out)["written"]
    assert sorted(done) == [0, 1, 2]
    for seed in range(3):
        assert records.find(replace(run, epochs=4, seed=seed), tmp_path / "results").status == "finished"


def test_a_run_another_process_is_at_is_left_to_it(run, tmp_path):
    with Leases(records.checkpoint_folder()).take(run.run):
        assert run_missing([run], device="cpu", folder=tmp_path).elsewhere == [run]
    assert run_missing([run], device="cpu", folder=tmp_path).written == [run]


def test_done_runs_are_not_done_again(run, tmp_path):
    twice = [run, replace(run)]
    assert run_missing(twice, device="cpu", folder=tmp_path).written == [run]
    before = records.path_of(run, tmp_path).read_bytes()
    assert run_missing(twice, device="cpu", folder=tmp_path).written == []
    assert records.path_of(run, tmp_path).read_bytes() == before


def test_stale_records_are_redone(run, tmp_path):
    records.write(replace(train(run, device="cpu"), recipe=0), tmp_path)
    assert records.is_stale(records.find(run, tmp_path))
    assert runner.missing([run], tmp_path) == [run]
    assert run_missing([run], device="cpu", folder=tmp_path).written == [run]
    assert not records.is_stale(records.find(run, tmp_path))


def test_cheap_models_and_first_seeds_come_first(small_run, tmp_path):
    runs = [small_run(model=model, seed=seed) for model in ("inception", "alexnet", "mlp-1x512") for seed in (1, 0)]
    order = [(config.seed, config.model) for config in runner.cheap_first(runs)]
    assert order == [(seed, model) for seed in (0, 1) for model in ("mlp-1x512", "alexnet", "inception")]


def test_no_time_no_record(run, tmp_path):
    outcome = run_missing([run], device="cpu", folder=tmp_path, deadline=time.monotonic())
    assert outcome.out_of_time
    assert not outcome.written
    assert records.find(run, tmp_path) is None


def test_a_full_disk_keeps_the_training(run, tmp_path, monkeypatch):
    """The record cannot be written; the old one stays, and so does the checkpoint, which a second try needs only."""
    old = records.write(replace(train(run, device="cpu"), recipe=0), tmp_path)
    before = old.read_bytes()

    def full(path, write):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(records, "write_atomically", full)
        with pytest.raises(RecordError, match="No space left.*checkpoint"):
            run_missing([run], device="cpu", folder=tmp_path)
    assert old.read_bytes() == before
    assert (records.checkpoint_folder() / f"{run.run}.pt").exists()

    epochs = []

    class Counting(Observer):
        def epoch(self, config, row):
            epochs.append(row)

    assert run_missing([run], device="cpu", folder=tmp_path, observer=Counting()).written == [run]
    assert not epochs


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"config": {}}'])
def test_a_damaged_record_is_not_overwritten(run, tmp_path, damage):
    path = records.path_of(run, tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(damage)
    with pytest.raises(RecordError, match=run.slug.replace(".", r"\.")):
        run_missing([run], device="cpu", folder=tmp_path)
    assert path.read_text("utf-8") == damage


def test_a_results_folder_that_cannot_be_written_is_found_out_first(run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(weights, "fit", lambda *args, **kwargs: pytest.fail("trained for nothing"))
    with pytest.raises(RecordError, match="file/results/mlp-1x512 is not writable.*RETHINKING_RESULTS"):
        run_missing([run], device="cpu", folder=tmp_path / "file" / "results")


def test_an_unknown_device(run, tmp_path):
    with pytest.raises(DeviceError, match="abacus"):
        run_missing([run], device="abacus", folder=tmp_path)
